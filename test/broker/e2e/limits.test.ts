import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { BrokerOptions } from 'nestjs-oidc-auth';
import { MemoryBrokerStore, type BrokerStore } from '../../../lib/broker/index.js';
import { expectWireError } from '../../support/expect-wire.js';
import { claimsOf } from '../../support/keys.js';
import { startStubProvider, type StubProvider } from '../../support/stub-provider.js';
import { MovedClock } from '../../attacks/support/bearer-target.js';
import { bootBroker, encryptionKey, type BrokerApp } from './support/broker-app.js';
import { expectOpen } from './support/expect-doors.js';
import { sessionAt } from './support/stub-logins.js';

let stub: StubProvider;
beforeAll(async () => {
  stub = await startStubProvider();
});
afterAll(() => stub.close());

describe('broker mode at its limits', () => {
  let clock: MovedClock;
  let app: BrokerApp;
  const boot = async (broker: Partial<BrokerOptions>) => {
    clock = new MovedClock();
    app = await bootBroker('fastify', stub, { broker, auth: { now: clock.now } });
  };
  afterEach(() => app.close());

  it('asks the store for no more notes at once than it has to know, however many encryption keys there are', async () => {
    const asked: number[] = [];
    const memory = new MemoryBrokerStore();
    const store = new Proxy<BrokerStore>(memory, {
      get:
        (_, name: keyof BrokerStore) =>
        async (...values: unknown[]) => {
          if (name === 'noted') asked.push((values[0] as string[]).length);
          return (memory[name] as (...all: unknown[]) => unknown).apply(memory, values);
        },
    });
    const older = [1, 2, 3, 4, 5].map((number) => `${encryptionKey}, the older one number ${number}`);
    await boot({ store, encryptionKey: [encryptionKey, ...older] });
    // a log-in that has taken long
    const { access } = await sessionAt(app, stub, { idToken: { iat: Math.floor(Date.now() / 1000) - 110 } });
    await expectOpen(app, access);
    expect(Math.max(...asked)).toBeLessThanOrEqual(500);
    expect(asked.reduce((sum, length) => sum + length)).toBeGreaterThan(500);
  });

  it('knows its latest signing key among very many', async () => {
    await boot({ signing: { algorithm: 'ES256', rotateAfter: 30, publishBefore: 0 } });
    const published = async () => {
      const { keys } = (await app.client.get('/auth/v2/.well-known/jwks.json')).json as { keys: unknown[] };
      return keys.length;
    };
    while ((await published()) <= 105) clock.advance(31);
    const now = Math.floor(clock.now() / 1000);
    const times = { iat: now, exp: now + 300 };
    const { access } = await sessionAt(app, stub, { idToken: times, accessToken: times });
    await expectOpen(app, access);
  });

  it('exchanges no token that has expired within the tolerance of clocks: ours would live longer', async () => {
    await boot({ exchange: { clients: ['spa'] } });
    const now = Math.floor(Date.now() / 1000);
    const exchange = async (exp: number) =>
      app.client.post('/auth/v2/token', {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: await stub.accessToken({ azp: 'spa', exp }),
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      });
    for (const ago of [1, 2]) {
      expectWireError(await exchange(now - ago), 400, 'invalid_request');
      expect(app.told.refused.at(-1)).toMatchObject({ reason: 'subject_token_invalid' });
    }
    const { json } = await exchange(now + 60);
    expect(claimsOf(String(json.access_token)).exp).toBeLessThanOrEqual(now + 60);
  });
});
