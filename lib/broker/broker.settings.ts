import type { SignatureChecks } from '../tokens/index.js';
import type { PeersSettings } from './peers/peer.settings.js';

/** Broker mode of one registration, checked and normalised. All times are in milliseconds. */
export interface BrokerSettings {
  /** `iss` of our tokens: the base URL. */
  issuer: string;
  /** `aud` of our tokens. */
  audience: string;
  clientId: string;
  /** The first seals and signs, all open and verify. */
  encryptionKeys: readonly string[];
  subject: 'sub' | 'preferred_username';
  /** Whose `resource_access` roles count: our own clients, or everybody's. */
  roles: 'own' | 'all';
  /** Clients and audiences that count as our own in `resource_access`. */
  clients: readonly string[];
  /** Claims of the provider that our tokens carry as they came. */
  claims: readonly string[];
  signing: SigningSettings;
  lifetimes: { code: number; device: number; exchange: number };
  session: { idle: number; max: number };
  refresh: RefreshSettings;
  /** How old what is known of a session may be when a guard relies on it; `Infinity`: any age. */
  sessionCheckInterval: number;
  exchange: ExchangeSettings | undefined;
  peers: PeersSettings;
  /** Whether back-channel logout ends sessions with offline access, too. */
  endOfflineSessions: boolean;
  /** Time between two purges; `undefined`: never. */
  purgeEvery: number | undefined;
  /** In seconds, on our own tokens. */
  clockTolerance: number;
  /** How many verified tokens are remembered. */
  verifiedTokens: number;
  /** Who checks signatures. */
  checks: SignatureChecks;
  now: () => number;
}

export type SigningAlgorithm = 'RS256' | 'ES256' | 'EdDSA';

export interface SigningSettings {
  algorithm: SigningAlgorithm;
  /** Age at which the next key takes over. */
  rotateAfter: number;
  /** How long a key is published before it signs. */
  publishBefore: number;
}

/** The refresh protocol's times. */
export interface RefreshSettings {
  /** How often the holder of a lease shows that it lives. The same in every process. */
  beat: number;
  /** How often a waiter looks. */
  look: number;
  /** How long a caller waits. */
  patience: number;
  /** How long a successor is handed out again, counted from the first time. */
  replayWindow: number;
  /** Whether a refresh token whose answer was lost is presented once more. */
  resend: boolean;
}

/** Which tokens of the provider may be exchanged for ours: RFC 8693. */
export interface ExchangeSettings {
  /** `azp` or `client_id` of the subject token. */
  clients: readonly string[];
  /** What may be asked for as audience; the first is the usual one. */
  audiences: readonly string[];
  policy: ExchangePolicy | undefined;
}

/** A wish to exchange a subject token, proven and within the limits. */
export interface ExchangeWish {
  /** The claims of the subject token. */
  subject: Readonly<Record<string, unknown>>;
  /** The client to which it was issued. */
  client: string;
  audience: string;
  scopes: readonly string[];
}

/**
 * Has the last word on an exchange: `true` grants it as asked, `false` refuses it, `{ scopes }` grants fewer scopes.
 */
export type ExchangePolicy = (
  wish: ExchangeWish,
) => boolean | { scopes: readonly string[] } | Promise<boolean | { scopes: readonly string[] }>;
