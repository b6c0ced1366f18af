import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { BrokerOptions } from 'nestjs-oidc-auth';
import { redirect, status } from '../../support/faults.js';
import { signingKey } from '../../support/keys.js';
import { LoopbackServer } from '../../support/loopback.js';
import { StubPeer, type StubPeerOptions } from '../../support/stub-peer.js';
import { startStubProvider, type StubProvider } from '../../support/stub-provider.js';
import { FakeClock } from '../../unit/fake-clock.js';
import { bootBroker, type BrokerApp } from './support/broker-app.js';
import { expectShut } from './support/expect-doors.js';

type Trusted = NonNullable<BrokerOptions['trustedIssuers']>;

let stub: StubProvider;
beforeAll(async () => {
  stub = await startStubProvider();
});
afterAll(() => stub.close());

let clock: FakeClock;
let peer: StubPeer;
let app: BrokerApp;
beforeEach(() => {
  clock = new FakeClock(Date.now());
});
afterEach(async () => {
  await app.close();
  await peer.close();
});

/** An application that trusts a peer. */
async function trusting(options: StubPeerOptions = {}, entry: Partial<Exclude<Trusted[number], string>> = {}) {
  peer = await StubPeer.start(options);
  const trustedIssuers = [{ issuer: peer.issuer, ...entry }];
  app = await bootBroker('express', stub, { broker: { trustedIssuers }, auth: { now: clock.now } });
}
const answerTo = async (token: string | Promise<string>) =>
  (await app.client.get('/me', {}, { bearer: await token })).status;

const wellKnown = '/.well-known/oauth-authorization-server';
const family = '/auth/v2/.well-known/jwks.json';

describe('the keys of a peer', () => {
  it('are fetched at the first token, from where its metadata say, and once for all who ask meanwhile', async () => {
    await trusting();
    expect(peer.requests).toEqual([]);
    const tokens = await Promise.all(Array.from({ length: 20 }, () => peer.token()));
    expect(await Promise.all(tokens.map(answerTo))).toEqual(tokens.map(() => 200));
    expect(peer.requests).toEqual([wellKnown, '/keys']);
  });

  it.each<[path: string, requests: string[]]>([
    ['', [wellKnown, family]],
    ['/', [wellKnown, family]],
    ['/api', [`${wellKnown}/api`, `/api${wellKnown}`, `/api${family}`]],
    ['/api//', [`${wellKnown}/api`, `/api${wellKnown}`, `/api${family}`]],
  ])('are at the path of the Python family where there are no metadata: issuer %j', async (path, requests) => {
    peer = await StubPeer.start({ path, metadata: false });
    peer.handler = (asked) => (asked === requests.at(-1) ? { keys: peer.jwks } : null);
    const broker = { trustedIssuers: [peer.issuer] };
    app = await bootBroker('express', stub, { broker });
    expect(await answerTo(peer.token())).toBe(200);
    expect(peer.requests).toEqual(requests);
  });

  it('are found by metadata below the issuer, where it does not own the root of its origin', async () => {
    await trusting({ path: '/a/b' });
    peer.handler = (path) =>
      path === `/a/b${wellKnown}` ? peer.metadata : path === '/keys' ? { keys: peer.jwks } : null;
    expect(await answerTo(peer.token())).toBe(200);
    expect(peer.requests).toEqual([`${wellKnown}/a/b`, `/a/b${wellKnown}`, '/keys']);
  });

  it.each([
    ['an error', status(500)],
    ['a redirect', redirect('http://127.0.0.1:9/login')],
    ['a page', 'a page'],
    ['a list', []],
    ['something else', { status: 'up' }],
  ])('are found where another server answers for metadata: %s', async (_, answer) => {
    await trusting();
    peer.handler = (path, response) => {
      if (path === family) return { keys: peer.jwks };
      if (typeof answer !== 'function') return answer;
      answer(undefined, response);
      return undefined;
    };
    expect(await answerTo(peer.token())).toBe(200);
  });

  it('are where the option says, and nothing else is asked', async () => {
    const elsewhere = await LoopbackServer.start((request, response) => {
      response.end(JSON.stringify(request.url === '/own/keys' ? { keys: peer.jwks } : {}));
    });
    await trusting({}, { jwksUri: `${elsewhere.origin}/own/keys` });
    expect(await answerTo(peer.token())).toBe(200);
    expect(peer.requests).toEqual([]);
    await elsewhere.close();
  });

  it('are renewed by age; a key that was withdrawn stops then, a new one is found at once', async () => {
    await trusting();
    const next = await signingKey();
    const old = peer.token();
    expect(await answerTo(old)).toBe(200);
    peer.jwks = [next.publicJwk];
    expect(await answerTo(old)).toBe(200);
    expect(await answerTo(peer.token({}, {}, next))).toBe(200);
    await expectShut(app, await old, 'key_unknown');
  });

  it('that are unknown cause one fetch per cooldown', async () => {
    await trusting();
    expect(await answerTo(peer.token())).toBe(200);
    for (let i = 0; i < 10; i++) {
      await expectShut(app, await peer.token({}, { kid: `unknown ${i}` }), 'key_unknown');
    }
    expect(peer.keyFetches).toBe(2);
    clock.pass(31);
    await expectShut(app, await peer.token({}, { kid: 'unknown again' }), 'key_unknown');
    expect(peer.keyFetches).toBe(3);
  });
});

describe('a peer that is ill', () => {
  it('is told of, and of its recovery once', async () => {
    await trusting();
    await peer.down();
    const bearer = await peer.token();
    const { status: code, json, headers } = await app.client.get('/me', {}, { bearer });
    expect({ code, json }).toMatchObject({ code: 503, json: { error: 'temporarily_unavailable' } });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    const instance = 'default';
    const failed = { instance, issuer: peer.issuer, reason: 'unreachable', message: expect.any(String) };
    expect(app.told.peerFailed).toEqual([failed]);
    expect(app.told.refused.at(-1)?.reason).toBe('peer_unreachable');
    expect(app.logs.text()).toContain(
      `The keys of the trusted issuer ${peer.issuer} (default) cannot be had: unreachable`,
    );
    await peer.up();
    clock.pass(60);
    expect(await answerTo(peer.token({ iat: undefined, exp: clock.seconds + 300 }))).toBe(200);
    expect(await answerTo(peer.token({ iat: undefined, exp: clock.seconds + 301 }))).toBe(200);
    expect(app.told.peerRecovered).toEqual([{ instance, issuer: peer.issuer }]);
    expect(app.logs.text()).toContain(`The keys of the trusted issuer ${peer.issuer} (default) can be had again`);
  });
});
