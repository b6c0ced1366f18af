import type { JSONWebKeySet } from 'jose';
import { GrantError } from '../errors/index.js';
import { Outbound } from '../outbound/index.js';
import {
  AccessTokens,
  TokenRejection,
  VerifiedTokens,
  type IDToken,
  type TokenAnswer,
  type TokenProof,
} from '../tokens/index.js';
import { Answers } from './answers.js';
import { BackchannelLogout } from './backchannel-logout.js';
import type { BrokerSettings } from './broker.settings.js';
import { Endings } from './endings.js';
import { TokenExchange, type ExchangeRequest } from './token-exchange.js';
import type { IdentityProvider, LoginGrant } from './identity-provider.js';
import { OwnTokens, ownTokenRules } from './own-tokens.js';
import type { PeerHealth } from './peers/peer-source.js';
import { Peers } from './peers/peers.js';
import { Purge } from './purge.js';
import { Refreshes } from './refresh/refreshes.js';
import { RefreshTokens } from './refresh-tokens.js';
import { contentFrom, type LoginKind, type SessionContent } from './session-content.js';
import { SessionIndex } from './session-index.js';
import { Sessions } from './sessions.js';
import { SessionWatch } from './session-watch.js';
import { SigningKeys } from './signing-keys.js';
import { StoreAccess } from './store-access.js';
import type { BrokerStore } from './store.js';
import { realTiming, type Timing } from './timing.js';
import { TrustedTokens } from './trusted-tokens.js';
import { Vault } from './vault.js';

/** What happens in broker mode, for events and logs: codes and ids, never content. */
export type BrokerEvent =
  | { event: 'store-failed'; code: string; remedy: string | undefined }
  | { event: 'session-ended'; reason: string; session: string }
  | { event: 'row-unreadable'; reason: 'encryption_key_unknown' | 'row_broken'; row: string }
  | PeerHealth;

export interface BrokerParts {
  settings: BrokerSettings;
  store: BrokerStore;
  provider: IdentityProvider;
  report: (event: BrokerEvent) => void;
  /** Default: time as it passes. */
  timing?: Timing;
}

/** How long a process that goes down waits for refreshes under way, in milliseconds. */
const LONGEST_FAREWELL = 20_000;
/** In seconds. */
const LONGEST_KEY_CACHE = 300;

/** The application's own tokens: issued after log-ins, refreshed, exchanged, verified, revoked. */
export class Broker {
  /** Proves our own access tokens, and those of trusted issuers. */
  readonly proof: TokenProof;
  readonly #closing = new AbortController();
  readonly #settings: BrokerSettings;
  readonly #timing: Timing;
  readonly #vault: Vault;
  readonly #access: StoreAccess;
  readonly #keys: SigningKeys;
  readonly #outbound: Outbound;
  readonly #own: OwnTokens;
  readonly #refreshTokens: RefreshTokens;
  readonly #sessions: Sessions;
  readonly #endings: Endings;
  readonly #refreshes: Refreshes;
  readonly #answers: Answers;
  readonly #exchange: TokenExchange;
  readonly #backchannel: BackchannelLogout;
  readonly #watch: SessionWatch;
  readonly #purge: Purge;

  constructor({ settings, store, provider, report, timing = realTiming }: BrokerParts) {
    const { encryptionKeys, issuer, clientId, clockTolerance, now } = settings;
    this.#settings = settings;
    this.#timing = timing;
    const vault = (this.#vault = new Vault(encryptionKeys));
    const access = (this.#access = new StoreAccess(
      store,
      timing,
      (code, remedy) => report({ event: 'store-failed', code, remedy }),
      async (opened) => {
        await this.#keys.prepare(opened);
        await peers.prepare(opened);
      },
    ));
    const unreadable = (reason: 'encryption_key_unknown' | 'row_broken', row: string) =>
      report({ event: 'row-unreadable', reason, row });
    this.#keys = new SigningKeys(access, vault, settings, (sequence) =>
      unreadable('encryption_key_unknown', `key ${sequence}`),
    );
    this.#refreshTokens = new RefreshTokens(encryptionKeys, issuer, clientId);
    this.#answers = new Answers(this.#keys, this.#refreshTokens, settings);
    const watch = (this.#watch = new SessionWatch(access, timing, settings.sessionCheckInterval));
    const ended = (reason: string, session: string) => report({ event: 'session-ended', reason, session });
    const endings = new Endings({ access, vault, provider, watch, timing, now, report: ended });
    const index = new SessionIndex(encryptionKeys, now);
    const sessions = new Sessions({ access, vault, provider, endings, index, timing, settings, report: unreadable });
    this.#endings = endings;
    this.#sessions = sessions;
    const closing = this.#closing.signal;
    this.#refreshes = new Refreshes({
      access,
      sessions,
      endings,
      provider,
      timing,
      settings: settings.refresh,
      closing,
    });
    const verified = new VerifiedTokens(settings.verifiedTokens);
    const outbound = (this.#outbound = new Outbound(settings.peers));
    // what is cut off here is no fault of the peer
    const health = (told: PeerHealth) => {
      if (!closing.aborted) report(told);
    };
    const peers = new Peers({ settings, access, vault, outbound, verified, unreadable, report: health });
    this.#exchange = new TokenExchange(provider, peers, settings);
    const endOffline = settings.endOfflineSessions;
    this.#backchannel = new BackchannelLogout({ access, vault, provider, endings, index, endOffline, now });
    this.#purge = new Purge(access, endings, timing);
    const own = (this.#own = new OwnTokens(new AccessTokens(ownTokenRules(settings, this.#keys), verified), watch));
    this.proof = new TrustedTokens(own, peers, verified, { now, tolerance: clockTolerance }, issuer);
  }

  /**
   * Opens the store and begins to clear up behind sessions.
   *
   * @throws {@link ConfigurationError} if an administrator has to mend something
   */
  async start(): Promise<void> {
    await this.#access.start();
    const { purgeEvery } = this.#settings;
    if (purgeEvery !== undefined) this.#purge.start(purgeEvery);
  }

  /** Our tokens for a log-in at the provider. */
  async issue(grant: LoginGrant, kind: LoginKind): Promise<TokenAnswer> {
    const session = await this.#sessions.begin(grant, kind);
    this.#watch.lived(session.id);
    return this.#answers.ofSession(session.id, session);
  }

  /**
   * @throws {@link GrantError} `invalid_grant` if the token is none of ours or its session has ended
   * @throws {@link ProviderUnavailableError}, {@link StoreUnavailableError}, {@link SessionBusyError}: the session stays
   */
  async refresh(refreshToken: string): Promise<TokenAnswer> {
    const claim = this.#refreshTokens.read(refreshToken);
    if (!claim) {
      throw new GrantError(
        'invalid_grant',
        'refresh_token_invalid',
        'The refresh token is not one that was issued here.',
      );
    }
    const outcome = await this.#refreshes.present(claim.id, claim.generation);
    switch (outcome.kind) {
      case 'successor':
        this.#watch.lived(claim.id);
        return this.#answers.ofSession(claim.id, outcome);
      case 'refused':
        this.#watch.ended(claim.id);
        throw new GrantError('invalid_grant', 'session_ended', 'The session has ended: log in again.');
      case 'unavailable':
        throw outcome.error;
    }
  }

  /** Turns an access token of the provider or of a peer into one of ours: RFC 8693. */
  async exchange(request: ExchangeRequest): Promise<TokenAnswer> {
    return this.#answers.ofExchange(await this.#exchange.grant(request));
  }

  /**
   * Ends the session of an access token of ours, which may have expired.
   *
   * @returns the latest ID token, where one is kept
   * @throws {@link TokenRejection} if the token is none of ours
   * @throws {@link StoreUnavailableError} if nobody knows whether the session has ended
   */
  async logOut(accessToken: string): Promise<string | undefined> {
    const { sid } = await this.#own.verifyExpired(accessToken);
    if (sid === undefined) return undefined;
    const content = await this.#contentOf(sid);
    await this.#endings.end(sid, 'logout');
    this.#watch.ended(sid);
    return content?.idToken;
  }

  /**
   * Ends the session of a refresh or access token of ours; any other token is none of our business: RFC 7009, section 2.2.
   *
   * @throws {@link GrantError} `unsupported_token_type` for an access token that belongs to no session
   */
  async revoke(token: string): Promise<void> {
    const id = this.#refreshTokens.read(token)?.id ?? (await this.#sessionOf(token));
    if (id !== undefined) await this.#endings.end(id, 'revoked');
  }

  /** The provider ends sessions of ours: OpenID Connect Back-Channel Logout 1.0. */
  backchannelLogout(logoutToken: string): Promise<void> {
    return this.#backchannel.end(logoutToken);
  }

  /** What is known of the user of a token: claims in the provider's names. */
  async userOf(token: IDToken): Promise<object> {
    const content = token.sid === undefined ? undefined : await this.#contentOf(token.sid);
    return { ...content?.userinfo, ...content?.login, ...content?.user, ...token };
  }

  /** The public signing keys, and how long they may be cached, in seconds: a coming key has to be known before it signs. */
  async jwks(): Promise<{ jwks: JSONWebKeySet; maxAge: number }> {
    const maxAge = Math.min(LONGEST_KEY_CACHE, Math.floor(this.#settings.signing.publishBefore / 2_000));
    return { jwks: await this.#keys.published(), maxAge };
  }

  /** Whether token exchange is offered. */
  get exchanges(): boolean {
    return this.#exchange.offered;
  }

  /** Clears up what has expired, as the background does from time to time. */
  purgeExpired(): Promise<void> {
    return this.#purge.run();
  }

  /** Waits, for some seconds at most, until what is under way has come to its end: an answer of the provider is not to be lost. */
  async settle(): Promise<void> {
    const done = new AbortController();
    void Promise.all([this.#refreshes.settled(), this.#endings.settled()]).finally(() => {
      done.abort();
    });
    await this.#timing.sleep(LONGEST_FAREWELL, done.signal);
  }

  async close(): Promise<void> {
    await this.settle();
    this.#closing.abort();
    this.#outbound.close();
    await this.#purge.stop();
    await this.#access.close();
  }

  async #sessionOf(token: string): Promise<string | undefined> {
    try {
      const { sid } = await this.#own.verifyExpired(token);
      if (sid !== undefined) return sid;
    } catch (error) {
      if (error instanceof TokenRejection) return undefined;
      throw error;
    }
    throw new GrantError(
      'unsupported_token_type',
      'token_type_not_revocable',
      'The token belongs to no session: it ends when it expires.',
    );
  }

  async #contentOf(id: string): Promise<SessionContent | undefined> {
    const reading = await this.#access.use((store) => store.read(id));
    if (!reading || reading.row.sealed === '') return undefined;
    try {
      return contentFrom(this.#vault.open(reading.row.sealed, ['sessions', id, reading.row.generation]));
    } catch {
      return undefined;
    }
  }
}
