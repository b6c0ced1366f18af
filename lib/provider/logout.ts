import { buildEndSessionUrl, tokenRevocation } from 'openid-client';
import { InvalidRequestError } from '../errors/index.js';
import type { Discovery } from './discovery.js';
import type { LogoutHints } from './logout-hints.js';
import type { ProviderSettings } from './provider.settings.js';
import { checkPostLogoutTarget } from './redirect-targets.js';
import { SealExpired, type Sealer } from './seal.js';
import { atSeam } from './seam.js';

/** How long a ticket carries a log-out from POST to GET, in seconds. */
export const TICKET_LIFETIME = 60;

/** A browser's wish to log out, checked for form only. */
export interface EndSessionRequest {
  postLogoutRedirectUri: string | undefined;
  state: string | undefined;
  /** What the log-out was begun with, where it was. */
  idTokenHint: string | undefined;
}

/** Log-outs at the provider: OpenID Connect RP-Initiated Logout 1.0. */
export class Logout {
  constructor(
    private readonly settings: ProviderSettings,
    private readonly discovery: Discovery,
    private readonly tickets: Sealer<{ idTokenHint?: string }>,
    private readonly hints: LogoutHints,
  ) {}

  /**
   * Gives up a verified access token: the provider is told (RFC 7009), as far as it listens.
   *
   * @returns the ID token that went with it, where one is known
   */
  async giveUp(accessToken: string): Promise<string | undefined> {
    const hint = this.hints.take(accessToken);
    await this.#revoke(accessToken).catch(() => undefined);
    return this.settings.logoutHint ? hint : undefined;
  }

  /** What lets a browser's navigation carry on a log-out that a request with a token began. */
  async ticket(idTokenHint: string | undefined): Promise<string> {
    return this.tickets.seal({ ...(idTokenHint !== undefined && { idTokenHint }) }, TICKET_LIFETIME);
  }

  /** @throws {@link InvalidRequestError} `ticket_invalid`, `ticket_expired` */
  async redeem(ticket: string): Promise<string | undefined> {
    try {
      return (await this.tickets.open(ticket)).idTokenHint;
    } catch (error) {
      throw error instanceof SealExpired
        ? new InvalidRequestError('ticket_expired', 'The ticket has expired: begin the log-out anew.')
        : new InvalidRequestError('ticket_invalid', 'ticket is not one that this application issued.');
    }
  }

  /** @throws {@link InvalidRequestError} if the browser may not end there, whether or not the provider can be reached */
  checkTarget(postLogoutRedirectUri: string | undefined): void {
    if (postLogoutRedirectUri !== undefined) checkPostLogoutTarget(postLogoutRedirectUri, this.settings.login);
  }

  /** Where the browser goes on to, if anywhere. */
  async endSession({ postLogoutRedirectUri, state, idTokenHint }: EndSessionRequest): Promise<string | undefined> {
    const { configuration, metadata } = await this.discovery.get();
    const returning = { ...(state !== undefined && { state }) };
    if (metadata.end_session_endpoint === undefined) {
      return postLogoutRedirectUri && withParameters(postLogoutRedirectUri, returning);
    }
    return buildEndSessionUrl(configuration, {
      ...(postLogoutRedirectUri !== undefined && { post_logout_redirect_uri: postLogoutRedirectUri, ...returning }),
      ...(idTokenHint !== undefined && { id_token_hint: idTokenHint }),
    }).href;
  }

  async #revoke(accessToken: string): Promise<void> {
    const { configuration, metadata } = await this.discovery.get();
    if (metadata.revocation_endpoint === undefined) return;
    await atSeam(() => tokenRevocation(configuration, accessToken, { token_type_hint: 'access_token' }));
  }
}

function withParameters(uri: string, parameters: Record<string, string>): string {
  const url = new URL(uri);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.append(name, value);
  return url.href;
}
