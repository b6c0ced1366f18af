import {
  KeySet,
  OWN_TOKENS,
  TokenRejection,
  type AccessTokenRules,
  type AccessTokens,
  type DecodedJws,
  type IDToken,
  type TokenProof,
} from '../tokens/index.js';
import type { BrokerSettings } from './broker.settings.js';
import type { SessionWatch } from './session-watch.js';
import type { SigningKeys } from './signing-keys.js';

/** Whatever the algorithm is now: tokens of the one before live on. */
const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];
/** In milliseconds. The store is at hand, so that an unknown key may be looked up at once. */
const KEY_TIMES = { refreshAfter: 30_000, maxAge: Infinity, cooldown: 1_000 };

/** Proves our own access tokens: signature and claims, and that the session still lives. */
export class OwnTokens implements TokenProof {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly watch: SessionWatch,
  ) {}

  /**
   * @throws {@link TokenRejection} if the token is no proof, or its session has ended
   * @throws {@link Unavailable}, {@link StoreUnavailableError} while nobody can say
   */
  verify(token: string, decoded?: DecodedJws): IDToken | Promise<IDToken> {
    const verified = this.tokens.verify(token, decoded);
    return verified instanceof Promise ? verified.then((proven) => this.living(proven)) : this.living(verified);
  }

  /** A proven token whose session lives; tokens from an exchange belong to none. @throws as {@link verify} */
  living(proven: IDToken): IDToken | Promise<IDToken> {
    const lives = proven.sid === undefined || this.watch.lives(proven.sid);
    return lives instanceof Promise ? lives.then((alive) => ofLiving(proven, alive)) : ofLiving(proven, lives);
  }

  /** For a log-out: a token that has only expired still says whose session it was. */
  async verifyExpired(token: string): Promise<IDToken> {
    return this.tokens.verifyExpired(token);
  }
}

function ofLiving(proven: IDToken, lives: boolean): IDToken {
  if (lives) return proven;
  throw new TokenRejection('session_ended');
}

/** What makes an access token one of ours. */
export function ownTokenRules(settings: BrokerSettings, signingKeys: SigningKeys): AccessTokenRules {
  const { issuer, audience, clientId, clients, clockTolerance, checks, now } = settings;
  const fetchKeys = async () => {
    const { keys } = await signingKeys.fetch();
    // a key set has its limits: should there be very many, the newest count
    return { issuers: [issuer], jwks: { keys: keys.toReversed() } };
  };
  return {
    keys: new KeySet(fetchKeys, KEY_TIMES, now, checks),
    algorithms: ALGORITHMS,
    audience: [audience],
    clientId,
    // a client of the provider may be called like our audience, and its roles are not ours
    clients,
    clock: { now, tolerance: clockTolerance },
    kind: OWN_TOKENS,
  };
}
