import type { Outbound } from '../../outbound/index.js';
import { AccessTokens, decodeJws, KeySet, PEER_TOKENS, type VerifiedTokens } from '../../tokens/index.js';
import type { BrokerSettings } from '../broker.settings.js';
import type { StoreAccess } from '../store-access.js';
import type { BrokerStore } from '../store.js';
import type { Vault } from '../vault.js';
import { assertedToken } from './asserted.js';
import { KeptKeys, peerId, type ReportUnreadable } from './kept-keys.js';
import { PeerSource, type PeerHealth } from './peer-source.js';
import type { PeerSettings } from './peer.settings.js';

/** A trusted issuer, and what proves its tokens. */
export interface Peer {
  settings: PeerSettings;
  tokens: AccessTokens;
}

interface PeersParts {
  settings: BrokerSettings;
  access: StoreAccess;
  vault: Vault;
  outbound: Outbound;
  /** Shared by all issuers. */
  verified: VerifiedTokens;
  report: (health: PeerHealth) => void;
  unreadable: ReportUnreadable;
}

/** The instances whose tokens are accepted beside our own, each with keys of its own. */
export class Peers {
  readonly #peers: ReadonlyMap<string, Peer>;
  /** Whether tokens of a peer may be exchanged for ours. */
  readonly exchange: boolean;

  constructor(parts: PeersParts) {
    const { trusted } = parts.settings.peers;
    this.exchange = trusted.some(({ exchange }) => exchange !== undefined);
    this.#peers = new Map(
      trusted.map((settings) => [settings.issuer, { settings, tokens: tokensOf(settings, parts) }]),
    );
  }

  get any(): boolean {
    return this.#peers.size > 0;
  }

  get(issuer: string): Peer | undefined {
    return this.#peers.get(issuer);
  }

  /**
   * The peer that a token names as its issuer, which nothing has proven yet.
   *
   * @throws {@link TokenRejection} `token_too_large`, `token_malformed`
   */
  named(token: string): Peer | undefined {
    if (!this.any) return undefined;
    const { iss } = decodeJws(token).payload;
    return typeof iss === 'string' ? this.#peers.get(iss) : undefined;
  }

  /** Forgets the keys of instances that are trusted no more. */
  async prepare(store: BrokerStore): Promise<void> {
    await store.forgetPeersExcept([...this.#peers.keys()].map(peerId));
  }
}

function tokensOf(
  peer: PeerSettings,
  { settings, access, vault, outbound, verified, report, unreadable }: PeersParts,
): AccessTokens {
  const { now, clockTolerance, clientId, checks, peers } = settings;
  const { issuer, audience, algorithms, claims } = peer;
  const source = new PeerSource(peer, outbound, now, report);
  const fetchKeys = async () => ({ issuers: [issuer], jwks: await source.keys() });
  const memory = new KeptKeys(issuer, access, vault, now, unreadable);
  return new AccessTokens(
    {
      kind: PEER_TOKENS,
      keys: new KeySet(fetchKeys, peers.times, now, checks, memory),
      algorithms,
      audience,
      clientId,
      clock: { now, tolerance: clockTolerance },
      tokenOf: (proven) => assertedToken(proven, claims),
    },
    verified,
  );
}
