import { randomBytes } from 'node:crypto';
import { GrantError, ProviderFaultError, ProviderUnavailableError, StoreUnavailableError } from '../errors/index.js';
import type { JsonObject } from '../tokens/index.js';
import type { BrokerSettings } from './broker.settings.js';
import type { Endings } from './endings.js';
import type { Description, IdentityProvider, LoginGrant, ProviderGrant } from './identity-provider.js';
import type { Outcome } from './refresh/outcome.js';
import { contentFrom, type LoginKind, type SessionContent } from './session-content.js';
import type { StoreAccess } from './store-access.js';
import type { SessionRow } from './store.js';
import type { Timing } from './timing.js';
import { subjectOf, userClaims } from './user-claims.js';
import { SealKeyUnknown, type Vault } from './vault.js';
import type { SessionIndex } from './session-index.js';

/** The longest ID token that is kept as a hint: it has to fit into a sealed ticket. */
const MOST_HINT_CHARACTERS = 6_000;
/** Without userinfo a log-in comes to nothing, and its code cannot be redeemed again: a few attempts are worth it. */
const LOGIN_ATTEMPTS = 3;
/** How many notes the store looks up at once; several encryption keys make more of them. */
const MOST_NOTES = 500;

export interface SessionParts {
  access: StoreAccess;
  vault: Vault;
  provider: IdentityProvider;
  endings: Endings;
  index: SessionIndex;
  timing: Timing;
  settings: BrokerSettings;
  /** The row of a session cannot be opened: by an encryption key that is not configured here, or it was tampered with. */
  report: (reason: 'encryption_key_unknown' | 'row_broken', id: string) => void;
}

/** What sessions hold: made of the provider's answers, sealed for their rows, and opened again. */
export class Sessions {
  constructor(private readonly parts: SessionParts) {}

  /**
   * A new session for a log-in.
   *
   * @throws {@link GrantError} `invalid_grant` if the provider has ended the log-in meanwhile
   * @throws {@link ProviderUnavailableError}, {@link StoreUnavailableError}; what the provider gave is revoked then
   */
  async begin(grant: LoginGrant, kind: LoginKind): Promise<{ id: string } & (Outcome & { kind: 'successor' })> {
    try {
      return await this.#begin(grant, kind);
    } catch (error) {
      await this.parts.endings.revoke(grant.refreshToken);
      throw error;
    }
  }

  /** The content of a row; a broken one ends its session. */
  async open(row: SessionRow): Promise<{ kind: 'opened'; content: SessionContent } | Outcome> {
    const { vault, report } = this.parts;
    try {
      return { kind: 'opened', content: contentFrom(vault.open(row.sealed, placeOf(row.id, row.generation))) };
    } catch (error) {
      if (error instanceof SealKeyUnknown) {
        report('encryption_key_unknown', row.id);
        return { kind: 'unavailable', error: new StoreUnavailableError() };
      }
      report('row_broken', row.id);
      return this.#ended(row, 'broken');
    }
  }

  seal(id: string, generation: number, content: SessionContent): string {
    return this.parts.vault.seal(content, placeOf(id, generation));
  }

  /**
   * What a row hands out.
   *
   * @param lifetime milliseconds until the session expires
   */
  async successor(row: SessionRow, lifetime: number): Promise<Outcome> {
    const { generation } = row;
    const opened = await this.open(row);
    if (opened.kind !== 'opened') return opened;
    try {
      return { kind: 'successor', generation, content: await this.#completed(opened.content), lifetime };
    } catch (error) {
      if (!isRejection(error)) return { kind: 'unavailable', error };
      return this.#ended(row, 'identity');
    }
  }

  /** Ends a session whose row is worth nothing, unless it is another row by now. Nobody is refused before it has ended. */
  async #ended({ id, generation }: SessionRow, reason: string): Promise<Outcome> {
    try {
      if (await this.parts.endings.end(id, reason, { generation })) return { kind: 'refused' };
    } catch {
      // unknown: whoever comes again will see
    }
    return { kind: 'unavailable', error: new StoreUnavailableError() };
  }

  /**
   * What a session holds after a refresh. An answer that cannot be understood at the moment is kept as it is, and
   * understood before it is handed out.
   */
  async renewed(
    content: SessionContent,
    grant: ProviderGrant,
  ): Promise<{ kind: 'renewed'; content: SessionContent; lifetime: number; error?: unknown } | { kind: 'rejected' }> {
    const kept = this.#kept(content, grant);
    const lifetime = this.#lifetime(kept);
    const { accessToken, idToken } = grant;
    let known: SessionContent = { ...kept, pending: { accessToken, idToken } };
    try {
      // an ID token is proven while it is fresh: userinfo may be away for longer than it lives
      known = await this.#confirmed(known);
      return { kind: 'renewed', content: await this.#described(known), lifetime };
    } catch (error) {
      if (isRejection(error)) return { kind: 'rejected' };
      return { kind: 'renewed', content: known, lifetime, error };
    }
  }

  async #begin(grant: LoginGrant, kind: LoginKind): Promise<{ id: string } & (Outcome & { kind: 'successor' })> {
    const { access, endings, index, settings } = this.parts;
    const { claims } = grant;
    const description = await this.#describe(grant.accessToken, claims);
    const content = this.#kept(
      {
        kind,
        startedAt: settings.now(),
        login: claims,
        ...this.#understood(claims, description),
        idToken: undefined,
        refreshToken: undefined,
        refreshExpiresAt: undefined,
        scope: undefined,
        pending: undefined,
      },
      grant,
    );
    // whoever cannot be named gets no token, and needs no session
    subjectOf(claims, content.user, settings);
    const id = randomBytes(16).toString('base64url');
    const lifetime = this.#lifetime(content);
    const row = { id, sealed: this.seal(id, 1, content), lifetime, ...index.keysOf(claims) };
    await access.use((store) => store.insert(row));
    // back-channel logout notes first and ends then: one of the two finds the other
    if (await this.#isEndedByNote(index.notesAbout(claims))) {
      await endings.end(id, 'backchannel');
      throw new GrantError('invalid_grant', 'session_ended', 'The log-in has been ended at the provider.');
    }
    return { id, kind: 'successor', generation: 1, content, lifetime };
  }

  async #isEndedByNote(notes: readonly string[]): Promise<boolean> {
    for (let at = 0; at < notes.length; at += MOST_NOTES) {
      if (await this.parts.access.use((store) => store.noted(notes.slice(at, at + MOST_NOTES)))) return true;
    }
    return false;
  }

  async #describe(accessToken: string, login: JsonObject): Promise<Description> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.parts.provider.describe(accessToken, login);
      } catch (error) {
        if (!(error instanceof ProviderUnavailableError) || attempt === LOGIN_ATTEMPTS) throw error;
        await this.parts.timing.sleep(100 * 2 ** attempt);
      }
    }
  }

  async #completed(content: SessionContent): Promise<SessionContent> {
    return this.#described(await this.#confirmed(content));
  }

  /** Who the user is, proven by the ID token of the latest answer. */
  async #confirmed(content: SessionContent): Promise<SessionContent> {
    const { pending } = content;
    if (!pending) return content;
    const login = confirmed(content.login, await this.parts.provider.confirm(pending.idToken, content.login));
    return { ...content, login, pending: { ...pending, idToken: undefined } };
  }

  /** What else the latest answer says of the user. */
  async #described(content: SessionContent): Promise<SessionContent> {
    const { pending, login, ...known } = content;
    if (!pending) return content;
    const { user, userinfo } = this.#understood(login, await this.parts.provider.describe(pending.accessToken, login));
    return { ...known, login, user: this.#stillNamed(user, known.user), userinfo, pending: undefined };
  }

  /** Where tokens are issued by user name, a name that the provider leaves out once does not cost the session. */
  #stillNamed(user: JsonObject, { preferred_username }: JsonObject): JsonObject {
    return this.parts.settings.subject === 'sub' ? user : { preferred_username, ...user };
  }

  #understood(login: JsonObject, description: Description): Pick<SessionContent, 'user' | 'userinfo'> {
    return { user: userClaims(login, description, this.parts.settings), userinfo: description.userinfo };
  }

  /** The provider's tokens as of now; what an answer leaves out stays as it was (RFC 6749, section 6). */
  #kept(content: SessionContent, { refreshToken, refreshLifetime, idToken, scope }: ProviderGrant): SessionContent {
    const { now } = this.parts.settings;
    const stays = refreshToken === undefined && refreshLifetime === undefined;
    const expires = stays ? content.refreshExpiresAt : expiryOf(refreshLifetime, now());
    const hint = idToken !== undefined && idToken.length <= MOST_HINT_CHARACTERS ? idToken : content.idToken;
    return {
      ...content,
      refreshToken: refreshToken ?? content.refreshToken,
      refreshExpiresAt: expires,
      idToken: hint,
      scope: scope ?? content.scope,
    };
  }

  /** Unused so long, alive so long, or expired at the provider: the earliest ends the session. */
  #lifetime({ kind, startedAt, refreshToken, refreshExpiresAt = Infinity }: SessionContent): number {
    const { session, lifetimes, now } = this.parts.settings;
    const unused = refreshToken === undefined ? lifetimes[kind] : session.idle;
    return Math.max(0, Math.floor(Math.min(unused, startedAt + session.max - now(), refreshExpiresAt - now())));
  }
}

function placeOf(id: string, generation: number) {
  return ['sessions', id, generation] as const;
}

/** When a refresh token expires; nothing, if it never does or nobody says. */
function expiryOf(lifetime: number | undefined, now: number): number | undefined {
  return lifetime === undefined || lifetime === Infinity ? undefined : now + lifetime * 1000;
}

/** Whether the answer speaks of somebody else or proves nothing; all else is a matter of time. */
function isRejection(error: unknown): boolean {
  return error instanceof ProviderFaultError && error.reason === 'id_token_invalid';
}

/** What the log-in said of itself holds for every later ID token, which need not repeat it (OpenID Connect Core 1.0, 12.2). */
function confirmed(login: JsonObject, latest: JsonObject): JsonObject {
  const kept = ['auth_time', 'azp', 'nonce', 'sid'].filter((name) => Object.hasOwn(login, name));
  return { ...Object.fromEntries(kept.map((name) => [name, login[name]])), ...latest };
}
