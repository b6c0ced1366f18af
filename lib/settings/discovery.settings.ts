import { isPlainWebUrl, isRecord, shown, type OptionReader } from './option-reader.js';
import { isLoopback } from '../outbound/index.js';
import type { DiscoverySettings } from '../provider/index.js';

const WELL_KNOWN = /^(.*)\/\.well-known\/(?:openid-configuration|oauth-authorization-server)(\/.*)?$/;
const EXAMPLE = 'https://idp.example.org/.well-known/openid-configuration';

/** Where the provider describes itself, and as whom, from the options around `discoveryUrl`. */
export function discoverySettingsFrom(options: OptionReader): DiscoverySettings {
  const insecureHttp = options.boolean('insecureHttp', false);
  const given = options.url(
    'discoveryUrl',
    `Write the address of the provider's discovery document, such as ${EXAMPLE}.`,
  );
  if (!given && options.raw('discoveryUrl') === undefined)
    options.complain('discoveryUrl', `is missing: set it, such as ${EXAMPLE}.`);
  if (given && /[{}]|%7b|%7d/i.test(given.href)) {
    options.complain(
      'discoveryUrl',
      `${shown(given.href)} is a template: put the value that is meant in the place of the braces.`,
    );
  }
  const url = given ?? new URL(EXAMPLE);
  const internalBaseUrl = options.url('internalBaseUrl', "Write for example 'https://keycloak.internal:8443'.");
  for (const [name, one] of [
    ['discoveryUrl', url],
    ['internalBaseUrl', internalBaseUrl],
  ] as const) {
    if (one?.protocol !== 'http:' || insecureHttp || isLoopback(one)) continue;
    options.complain(
      name,
      `${shown(one.href)} is on plain http, which everybody on the way can read and change: use https, or set insecureHttp: true.`,
    );
  }
  const issuer = options.string('issuer', 'Write the issuer as the discovery document names it.');
  const { document, issuers } = documentAndIssuers(url);
  return {
    url: document,
    issuers: issuer === undefined ? issuers : [issuer],
    internalBaseUrl,
    insecureHttp,
    overrides: overridesFrom(options, insecureHttp),
  };
}

/** An issuer may end with a slash or not; its well-known address looks the same (OpenID Connect Discovery 1.0, section 4.1). */
function documentAndIssuers(url: URL): { document: URL; issuers: string[] } {
  const [, before, after = ''] = WELL_KNOWN.exec(url.pathname) ?? [];
  const base = (url.origin + (before === undefined ? url.pathname : before + after)).replace(/\/$/, '');
  const document = before === undefined ? new URL(`${base}/.well-known/openid-configuration${url.search}`) : url;
  return { document, issuers: [base, `${base}/`] };
}

function overridesFrom(options: OptionReader, insecureHttp: boolean): Record<string, unknown> {
  const metadata = options.raw('metadata');
  if (metadata === undefined) return {};
  if (!isRecord(metadata)) {
    options.complain('metadata', `expected an object such as { jwks_uri: '…' }, got ${shown(metadata)}.`);
    return {};
  }
  for (const [name, value] of Object.entries(metadata)) {
    if (name === 'issuer') options.complain('metadata.issuer', 'set the option issuer instead.');
    if (!/_endpoint$|^jwks_uri$/.test(name) || value === null) continue;
    const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
    const reachable = url && isPlainWebUrl(url) && (url.protocol === 'https:' || insecureHttp || isLoopback(url));
    if (!reachable) options.complain(`metadata.${name}`, `expected a URL with https, got ${shown(value)}.`);
  }
  return metadata;
}
