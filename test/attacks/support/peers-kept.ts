import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import type { BrokerOptions } from 'nestjs-oidc-auth';
import { MemoryBrokerStore } from '../../../lib/broker/index.js';
import { peerId } from '../../../lib/broker/peers/kept-keys.js';
import { bootBroker, type BrokerApp } from '../../broker/e2e/support/broker-app.js';
import type { AdapterName } from '../../support/apps.js';
import { signingKey } from '../../support/keys.js';
import { StubPeer } from '../../support/stub-peer.js';
import { startStubProvider, type StubProvider } from '../../support/stub-provider.js';
import { MovedClock } from './bearer-target.js';
import { expectRefused, unavailable } from './target.js';

const keys = [await signingKey('RS256', 'the key of the peer')];
const neighbourKeys = [await signingKey('RS256', 'the key of the neighbour')];

/** In seconds. */
export const cache = { refreshAfter: 600, maxAge: 3_600, cooldown: 30 };

/** One store, the applications that use it one after another, and two peers whose keys are kept in it. */
export class PeersKept {
  readonly store = new MemoryBrokerStore();
  readonly clock = new MovedClock();
  readonly #apps: BrokerApp[] = [];

  constructor(
    private readonly adapter: AdapterName,
    readonly stub: StubProvider,
    readonly peer: StubPeer,
    readonly neighbour: StubPeer,
  ) {}

  /** A process of the application. Without a list it trusts both peers. */
  async boot(
    trustedIssuers: BrokerOptions['trustedIssuers'] = [this.peer.issuer, this.neighbour.issuer],
    broker: Partial<BrokerOptions> = {},
  ): Promise<BrokerApp> {
    const app = await bootBroker(this.adapter, this.stub, {
      broker: { store: this.store, trustedIssuers, ...broker },
      // no test waits for it
      auth: { now: this.clock.now, cache, timeout: 120 },
    });
    this.#apps.push(app);
    return app;
  }

  /** A process that has seen tokens of both peers, and has ended. */
  async keepBoth(): Promise<void> {
    const app = await this.boot();
    await this.admits(app, this.peer);
    await this.admits(app, this.neighbour);
    await app.close();
  }

  /** A token of this peer for the time at which the clock stands. */
  token(peer: StubPeer, key = peer.key): Promise<string> {
    const now = Math.floor(this.clock.now() / 1000);
    return peer.token({ iat: now, exp: now + 10_000_000 }, {}, key);
  }

  async admits(app: BrokerApp, peer: StubPeer, token?: string): Promise<void> {
    const bearer = token ?? (await this.token(peer));
    const { status, json } = await app.client.get('/me', {}, { bearer });
    expect({ status, iss: json.iss }).toEqual({ status: 200, iss: peer.issuer });
  }

  /** That nobody can say what a token of this peer is worth. */
  async cannotSay(app: BrokerApp, peer: StubPeer): Promise<void> {
    const bearer = await this.token(peer);
    await expectRefused(app.told, () => app.client.get('/me', {}, { bearer }), unavailable('peer_unreachable'));
  }

  /** What the store keeps of a peer. */
  async row(peer: StubPeer): Promise<string> {
    return (await this.store.peerKeys(peerId(peer.issuer))) ?? 'nothing';
  }

  async overwrite(peer: StubPeer, sealed: string): Promise<void> {
    await this.store.keepPeerKeys(peerId(peer.issuer), sealed);
  }

  async bothDown(): Promise<void> {
    await this.peer.down();
    await this.neighbour.down();
  }

  async bothUp(): Promise<void> {
    await this.peer.up();
    await this.neighbour.up();
  }

  async close(): Promise<void> {
    for (const app of this.#apps) await app.close();
  }
}

/** A store and a clock of its own for each test of a `describe` block. */
export function peersKeptOn(adapter: AdapterName): () => PeersKept {
  let servers: { stub: StubProvider; peer: StubPeer; neighbour: StubPeer };
  let held: PeersKept | undefined;
  beforeAll(async () => {
    const peer = await StubPeer.start({ keys });
    const neighbour = await StubPeer.start({ keys: neighbourKeys });
    servers = { stub: await startStubProvider(), peer, neighbour };
  });
  beforeEach(() => {
    held = new PeersKept(adapter, servers.stub, servers.peer, servers.neighbour);
  });
  afterEach(async () => {
    await held?.close();
    await held?.bothUp();
    servers.peer.jwks = servers.peer.keys.map(({ publicJwk }) => publicJwk);
  });
  afterAll(async () => {
    for (const server of Object.values(servers)) await server.close();
  });
  return () => {
    if (!held) throw new Error('The store is there while tests run.');
    return held;
  };
}
