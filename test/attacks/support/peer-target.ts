import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import type { JWTPayload } from 'jose';
import type { BrokerOptions } from 'nestjs-oidc-auth';
import { bootBroker, type BrokerApp, type BrokerAppOptions } from '../../broker/e2e/support/broker-app.js';
import { expectOpen, expectShut } from '../../broker/e2e/support/expect-doors.js';
import { sessionAt } from '../../broker/e2e/support/stub-logins.js';
import type { AdapterName } from '../../support/apps.js';
import { claimsOf, signingKey } from '../../support/keys.js';
import { StubPeer, type StubPeerOptions } from '../../support/stub-peer.js';
import { startStubProvider, type StubProvider } from '../../support/stub-provider.js';
import type { WireAnswer } from '../../support/wire-client.js';

/** Made once: they are nobody's matter but the signatures' of those who stand by. */
const providerKeys = [await signingKey('RS256', 'the key of the provider')];
const neighbourKeys = [await signingKey('RS256', 'the key of the neighbour')];

type Entry = Exclude<NonNullable<BrokerOptions['trustedIssuers']>[number], string>;

export interface PeerTargetOptions extends BrokerAppOptions {
  /** What the peer's entry in `trustedIssuers` says beside its issuer. */
  readonly entry?: Partial<Entry>;
  readonly peer?: StubPeerOptions;
}

/** An application in broker mode, a peer that it trusts and that attacks it, and another that must not suffer. */
export class PeerTarget {
  private constructor(
    readonly app: BrokerApp,
    readonly stub: StubProvider,
    readonly peer: StubPeer,
    readonly neighbour: StubPeer,
    /** A token of ours, of a session that lives. */
    readonly own: string,
  ) {}

  static async boot(adapter: AdapterName, options: PeerTargetOptions = {}): Promise<PeerTarget> {
    const { entry, peer: published, broker, ...others } = options;
    const stub = await startStubProvider({ keys: providerKeys });
    const peer = await StubPeer.start(published);
    const neighbour = await StubPeer.start({ keys: neighbourKeys });
    const trustedIssuers = [{ issuer: peer.issuer, ...entry }, neighbour.issuer];
    const app = await bootBroker(adapter, stub, { ...others, broker: { trustedIssuers, ...broker } });
    const { access } = await sessionAt(app, stub);
    return new PeerTarget(app, stub, peer, neighbour, access);
  }

  get(bearer: string, path = '/me'): Promise<WireAnswer> {
    return this.app.client.get(path, {}, { bearer });
  }

  /** That a token is refused with 401 for this reason, also where no token is needed, and that no log repeats it. */
  async refuses(bearer: string | Promise<string>, reason: string): Promise<void> {
    const token = await bearer;
    await expectShut(this.app, token, reason);
    await expectShut(this.app, token, reason, '/maybe');
    const last = this.app.logs.lines.slice(-10).map(({ text }) => text);
    expect(last.filter((line) => line.includes(token))).toEqual([]);
  }

  /** That nobody can say what a token is worth. */
  async cannotSay(bearer: string | Promise<string>): Promise<void> {
    const { refused } = this.app.told;
    const before = refused.length;
    const { status, json, headers } = await this.get(await bearer);
    const reasons = refused.slice(before).map(({ reason }) => reason);
    expect({ status, error: json.error, reasons }).toEqual({
      status: 503,
      error: 'temporarily_unavailable',
      reasons: ['peer_unreachable'],
    });
    expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  }

  /** That a peer's token lets in as whom it speaks of. @returns the token as the route got it */
  async admits(bearer: string | Promise<string> = this.peer.token()): Promise<WireAnswer['json']> {
    const token = await bearer;
    const { iss, sub } = claimsOf(token);
    const { status, json } = await this.get(token);
    expect({ status, iss: json.iss, sub: json.sub }).toEqual({ status: 200, iss, sub });
    return json;
  }

  /** That tokens of everybody else are as good as before. */
  async othersPass(): Promise<void> {
    await expectOpen(this.app, this.own);
    await this.admits(this.neighbour.token());
  }

  async close(): Promise<void> {
    await this.app.close();
    for (const server of [this.stub, this.peer, this.neighbour]) await server.close();
  }
}

/**
 * One target for all tests of a `describe` block. Genuine tokens have to pass after each of them.
 *
 * @param genuine what the peer's has beside what it has anyway
 */
export function peerTargetOn(
  adapter: AdapterName,
  options: () => PeerTargetOptions | Promise<PeerTargetOptions> = () => ({}),
  genuine: JWTPayload = {},
): () => PeerTarget {
  let held: PeerTarget | undefined;
  const target = (): PeerTarget => {
    if (!held) throw new Error('The target is there while tests run.');
    return held;
  };
  beforeAll(async () => {
    held = await PeerTarget.boot(adapter, await options());
  });
  afterEach(async () => {
    const { peer } = target();
    peer.jwks = peer.keys.map(({ publicJwk }) => publicJwk);
    await target().admits(peer.token(genuine));
    await target().othersPass();
  });
  afterAll(() => target().close());
  return target;
}

/** A target for one test, closed at its end. */
export async function withPeerTarget(
  adapter: AdapterName,
  options: PeerTargetOptions,
  test: (target: PeerTarget) => Promise<void>,
): Promise<void> {
  const target = await PeerTarget.boot(adapter, options);
  try {
    await test(target);
  } finally {
    await target.close();
  }
}
