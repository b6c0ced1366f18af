import type { RefreshTimes } from '../../tokens/index.js';

/** A trusted issuer, checked and normalised. */
export interface PeerSettings {
  /** `iss` of its tokens, to the letter. */
  issuer: string;
  /** Where its keys are, if configuration says so. */
  jwksUri: string | undefined;
  /** One of these has to be in `aud`. */
  audience: readonly string[];
  algorithms: readonly string[];
  /** Names of the claims that it may assert beyond who the user is. */
  claims: readonly string[];
  exchange: PeerExchangePolicy | undefined;
}

/** The peers of one registration. */
export interface PeersSettings {
  trusted: readonly PeerSettings[];
  fetch: typeof fetch;
  /** For one whole exchange with a peer, in milliseconds. */
  timeout: number;
  times: RefreshTimes;
}

/** A wish to exchange a peer's access token for one of ours. The token is proven, and meant for us. */
export interface PeerExchangeWish {
  /** Whose token it is. */
  issuer: string;
  /** All of its claims: which of them to believe is for the policy to say. */
  subject: Readonly<Record<string, unknown>>;
  audience: string;
  /** The scopes that are asked for; `undefined`: the request names none. */
  scopes: readonly string[] | undefined;
}

/** What an exchange makes of a peer's token. */
export interface PeerExchangeGrant {
  /** `sub` of our token: who this is here. A peer's subjects are its own, and may be called like somebody of ours. */
  sub: string;
  /** Default: none. */
  roles?: readonly string[];
  /** Default: none. */
  scopes?: readonly string[];
}

/** Says what a peer's token is worth here; `false` refuses it. */
export type PeerExchangePolicy = (
  wish: PeerExchangeWish,
) => false | PeerExchangeGrant | Promise<false | PeerExchangeGrant>;
