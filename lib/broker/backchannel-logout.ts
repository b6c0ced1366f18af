import { createHash } from 'node:crypto';
import { InvalidRequestError } from '../errors/index.js';
import { TokenRejection } from '../tokens/index.js';
import type { Endings } from './endings.js';
import type { IdentityProvider, LogoutToken } from './identity-provider.js';
import type { SessionIndex } from './session-index.js';
import { contentFrom, isOffline } from './session-content.js';
import type { StoreAccess } from './store-access.js';
import type { Vault } from './vault.js';

/** As long as a log-in that is under way may take to find it, in milliseconds. */
const NOTED = 600_000;
const FIRST_PAGE = 500;
const LARGEST_PAGE = 100_000;

export interface LogoutParts {
  access: StoreAccess;
  vault: Vault;
  provider: IdentityProvider;
  endings: Endings;
  index: SessionIndex;
  endOffline: boolean;
  now: () => number;
}

/** The provider ends sessions of ours: OpenID Connect Back-Channel Logout 1.0. */
export class BackchannelLogout {
  constructor(private readonly parts: LogoutParts) {}

  /**
   * @throws {@link InvalidRequestError} if the logout token proves nothing or was seen before
   * @throws {@link StoreUnavailableError}; the provider has to send it again
   */
  async end(token: string): Promise<void> {
    const { access, index, now } = this.parts;
    const logout = await this.#prove(token);
    const seen = `jti:${createHash('sha256')
      .update(JSON.stringify([logout.issuer, logout.jti]))
      .digest('base64url')}`;
    if (await access.use((store) => store.noted([seen]))) throw refused('The logout token has been used before.');
    const [kind, value] =
      logout.sid === undefined ? (['sub', logout.sub ?? ''] as const) : (['sid', logout.sid] as const);
    // first the note: a log-in that is under way inserts its session and looks for it then
    await access.use((store) => store.note(index.noteOf(kind, logout.issuer, value, logout.iat), NOTED));
    for (const key of index.keysFor(kind, logout.issuer, value)) await this.#endAll(`${kind}Key`, key, logout);
    // last, because a logout that failed half way has to be possible again
    await access.use((store) => store.note(seen, Math.max(logout.exp * 1000 - now(), 0) + NOTED));
  }

  async #prove(token: string): Promise<LogoutToken> {
    try {
      return await this.parts.provider.verifyLogoutToken(token);
    } catch (error) {
      throw error instanceof TokenRejection ? refused(`logout_token is not valid here (${error.reason}).`) : error;
    }
  }

  async #endAll(by: 'sidKey' | 'subKey', key: string, logout: LogoutToken): Promise<void> {
    const { access, endings } = this.parts;
    const done = new Set<string>();
    for (let page = FIRST_PAGE; page <= LARGEST_PAGE; page *= 4) {
      const ids = await access.use((store) => store.idsOf(by, key, page));
      for (const id of ids) {
        if (done.has(id)) continue;
        done.add(id);
        if (await this.#isMeant(id, logout)) await endings.end(id, 'backchannel');
      }
      if (ids.length < page) return;
    }
  }

  /** The index only points: who a session belongs to is inside its seal. What cannot be opened ends. */
  async #isMeant(id: string, { issuer, sid, sub, offline }: LogoutToken): Promise<boolean> {
    const { access, vault, endOffline } = this.parts;
    const reading = await access.use((store) => store.read(id));
    if (reading?.row.ended !== '') return false;
    try {
      const content = contentFrom(vault.open(reading.row.sealed, ['sessions', id, reading.row.generation]));
      const { login } = content;
      const named =
        login.iss === issuer && (sid === undefined || login.sid === sid) && (sub === undefined || login.sub === sub);
      return named && (offline || endOffline || !isOffline(content));
    } catch {
      return true;
    }
  }
}

function refused(description: string): InvalidRequestError {
  return new InvalidRequestError('logout_token_invalid', description);
}
