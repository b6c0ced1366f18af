import { InvalidRequestError } from '../errors/index.js';
import { isLoopback } from '../outbound/index.js';
import type { LoginSettings } from './provider.settings.js';

/** Where a log-in ends. */
export interface RedirectTarget {
  uri: string;
  /** `own`: our callback endpoint; `loopback`: a native client; `listed`: an entry of `redirectUris`. */
  kind: 'own' | 'loopback' | 'listed';
}

/**
 * The target that a client asks for, if it is allowed: our own callback, an entry of the list, loopback.
 *
 * @throws {@link InvalidRequestError} `redirect_uri_not_allowed`
 * @see RFC 9700, section 2.1; RFC 8252, section 7.3
 */
export function redirectTarget(uri: string, settings: LoginSettings): RedirectTarget {
  const url = plainUrl(uri);
  if (url && uri === settings.callbackUrl) return { uri, kind: 'own' };
  if (url && settings.redirectUris.includes(uri)) return { uri, kind: 'listed' };
  if (url && settings.loopback && url.protocol === 'http:' && isLoopback(url)) return { uri, kind: 'loopback' };
  throw new InvalidRequestError('redirect_uri_not_allowed', refusal(settings));
}

/**
 * Checks where a log-out may end: an entry of the list, or loopback.
 *
 * @throws {@link InvalidRequestError} `redirect_uri_not_allowed`
 */
export function checkPostLogoutTarget(uri: string, settings: LoginSettings): void {
  const url = plainUrl(uri);
  if (settings.postLogoutRedirectUris.includes(uri)) return;
  if (url && settings.loopback && url.protocol === 'http:' && isLoopback(url)) return;
  throw new InvalidRequestError(
    'redirect_uri_not_allowed',
    'post_logout_redirect_uri is not allowed: register it with this application (option postLogoutRedirectUris), character by character.',
  );
}

/** A URL that reads the same to everybody: its own serialisation, without user, query and fragment. */
function plainUrl(uri: string): URL | undefined {
  if (!URL.canParse(uri)) return undefined;
  const url = new URL(uri);
  const plain =
    url.href === uri && url.username === '' && url.password === '' && !uri.includes('?') && !uri.includes('#');
  return plain ? url : undefined;
}

function refusal({ callbackUrl, loopback }: LoginSettings): string {
  const own = callbackUrl ? `${callbackUrl}, ` : '';
  const local = loopback ? ' or http on loopback (localhost, 127.0.0.1, [::1]) with a path' : '';
  return (
    `redirect_uri is not allowed: it has to be ${own}a URI registered with this application (option redirectUris)${local}, ` +
    'exactly as it would be written by a browser, without user, query and fragment.'
  );
}
