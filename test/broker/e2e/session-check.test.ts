import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { BrokerOptions } from 'nestjs-oidc-auth';
import { MemoryBrokerStore, type BrokerStore } from '../../../lib/broker/index.js';
import { adapters } from '../../support/apps.js';
import { expectTokens, expectWireError } from '../../support/expect-wire.js';
import { claimsOf } from '../../support/keys.js';
import { startStubProvider, type StubProvider } from '../../support/stub-provider.js';
import { MovedClock } from '../../attacks/support/bearer-target.js';
import { bootBroker, type BrokerApp } from './support/broker-app.js';
import { expectOpen, expectShut } from './support/expect-doors.js';
import { letPass } from './support/hurried.js';
import { refresh, sessionAt } from './support/stub-logins.js';

let stub: StubProvider;
beforeAll(async () => {
  stub = await startStubProvider();
});
afterEach(() => {
  jest.restoreAllMocks();
  stub.restore();
});
afterAll(() => stub.close());

describe.each(adapters)('a session that has ended, on %s,', (adapter) => {
  const running: BrokerApp[] = [];
  afterEach(async () => {
    for (const app of running.splice(0)) await app.close();
  });
  const boot = async (broker: Partial<BrokerOptions>, auth: object = {}) => {
    const app = await bootBroker(adapter, stub, { broker, auth });
    running.push(app);
    return app;
  };
  /** Two processes of one application on one store. */
  const pair = async (sessionCheckInterval?: number | false) => {
    const store = new MemoryBrokerStore();
    const broker = { store, ...(sessionCheckInterval !== undefined && { sessionCheckInterval }) };
    const baseUrl = 'https://app.example.org';
    return [await boot(broker, { baseUrl }), await boot(broker, { baseUrl })] as const;
  };
  const logOut = ({ client }: BrokerApp, bearer: string) => client.post('/auth/v2/logout', {}, { bearer });

  it.each([undefined, 0, 30, false] as const)(
    'is refused at once where it was ended, if sessionCheckInterval is %p',
    async (interval) => {
      const [app] = await pair(interval);
      const { access, refresh: token } = await sessionAt(app, stub);
      const other = await sessionAt(app, stub);
      await expectOpen(app, access);
      expect((await logOut(app, access)).status).toBe(200);
      await expectShut(app, access, 'session_ended');
      await expectShut(app, access, 'session_ended', '/maybe');
      expectWireError(await refresh(app, token), 400, 'invalid_grant');
      await expectOpen(app, other.access);
    },
  );

  it('is refused everywhere with the next request, if sessionCheckInterval is 0', async () => {
    const [here, there] = await pair(0);
    const { access } = await sessionAt(here, stub);
    await expectOpen(there, access);
    await logOut(here, access);
    await expectShut(there, access, 'session_ended');
  });

  it.each([
    [30, undefined],
    [60, 60],
  ])('is refused everywhere after %i s, if sessionCheckInterval is %p', async (seconds, interval) => {
    const [here, there] = await pair(interval);
    const { access } = await sessionAt(here, stub);
    await expectOpen(there, access);
    await logOut(here, access);
    letPass(seconds - 1);
    await expectOpen(there, access);
    letPass(2);
    await expectShut(there, access, 'session_ended');
    await expectShut(there, access, 'session_ended');
  });

  it('is refused by a process that never saw it, at once', async () => {
    const [here, there] = await pair(300);
    const { access } = await sessionAt(here, stub);
    await logOut(here, access);
    await expectShut(there, access, 'session_ended');
  });

  it('is not refused elsewhere until its token expires, if sessionCheckInterval is false', async () => {
    const [here, there] = await pair(false);
    const { access, refresh: token } = await sessionAt(here, stub);
    await logOut(here, access);
    letPass(3_000);
    await expectOpen(there, access);
    expectWireError(await refresh(there, token), 400, 'invalid_grant');
    await expectShut(there, access, 'session_ended');
  });

  it.each<[string, (app: BrokerApp, session: { access: string; refresh: string }) => Promise<unknown>]>([
    ['revoked', (app, { refresh: token }) => app.client.post('/auth/v2/revoke', { token })],
    ['logout', (app, { access }) => logOut(app, access)],
  ])('is told once, by the one that ended it: %s', async (reason, end) => {
    const [here, there] = await pair(0);
    const session = await sessionAt(here, stub);
    await end(here, session);
    await end(there, session);
    expect(here.told.ended).toEqual([expect.objectContaining({ reason })]);
    expect(there.told.ended).toEqual([]);
  });
});

describe.each(adapters)('a store that is lost, on %s,', (adapter) => {
  /** A store in memory with an outage. */
  function unreachable(): { store: BrokerStore; lose: () => void; find: () => void; calls: string[] } {
    const memory = new MemoryBrokerStore();
    const calls: string[] = [];
    let lost = false;
    const store = new Proxy<BrokerStore>(memory, {
      get:
        (_, name: keyof BrokerStore) =>
        async (...values: unknown[]) => {
          calls.push(name);
          if (lost) throw Object.assign(new Error('a text with a secret-in-it'), { code: 'ECONNREFUSED' });
          return (memory[name] as (...all: unknown[]) => unknown).apply(memory, values);
        },
    });
    return { store, calls, lose: () => void (lost = true), find: () => void (lost = false) };
  }
  let app: BrokerApp;
  afterEach(() => app.close());

  it('is 503 with Retry-After for whatever needs it, and works again as soon as it is back', async () => {
    const { store, lose, find } = unreachable();
    app = await bootBroker(adapter, stub, { broker: { store, sessionCheckInterval: 0 } });
    const { access, refresh: token } = await sessionAt(app, stub);
    await expectOpen(app, access);
    lose();
    for (const answer of [
      await refresh(app, token),
      await app.client.post('/auth/v2/revoke', { token }),
      await app.client.post('/auth/v2/logout', {}, { bearer: access }),
      await app.client.get('/auth/v2/userinfo', {}, { bearer: access }),
    ]) {
      expectWireError(answer, 503, 'temporarily_unavailable');
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(answer.text).not.toContain('secret-in-it');
    }
    const door = await app.client.get('/me', {}, { bearer: access });
    expect({ status: door.status, error: door.json.error }).toEqual({ status: 503, error: 'temporarily_unavailable' });
    expect(door.headers.has('retry-after')).toBe(true);
    expect(new Set(app.told.storeFailed.map(({ code }) => code))).toEqual(new Set(['ECONNREFUSED']));
    expect(app.logs.text() + JSON.stringify(app.told)).not.toContain('secret-in-it');

    find();
    await expectOpen(app, access);
    expectTokens(await refresh(app, token), true);
  });

  it('keeps nobody out whose session was seen alive within sessionCheckInterval', async () => {
    const { store, lose } = unreachable();
    app = await bootBroker(adapter, stub, { broker: { store } });
    const { access } = await sessionAt(app, stub);
    await expectOpen(app, access);
    lose();
    await expectOpen(app, access);
    letPass(31);
    expect((await app.client.get('/me', {}, { bearer: access })).status).toBe(503);
  });

  it('at a log-in is 503, and what the provider granted is revoked', async () => {
    const { store, lose } = unreachable();
    app = await bootBroker(adapter, stub, { broker: { store } });
    await sessionAt(app, stub);
    lose();
    const revoked = stub.calls('revocation');
    await expect(sessionAt(app, stub)).rejects.toThrow(/answered 503/);
    expect(stub.calls('revocation')).toBe(revoked + 1);
  });

  it('at boot stops nobody: it is opened at the first need once it is there', async () => {
    const { store, lose, find } = unreachable();
    const clock = new MovedClock();
    lose();
    app = await bootBroker(adapter, stub, { broker: { store }, auth: { now: clock.now } });
    expect(app.logs.text('error')).toContain('ECONNREFUSED');
    expectWireError(await app.client.get('/auth/v2/.well-known/jwks.json'), 503, 'temporarily_unavailable');
    find();
    letPass(1);
    clock.advance(1);
    await expectOpen(app, (await sessionAt(app, stub)).access);
  });

  it('is asked anew by a request that comes while it is being asked, if sessionCheckInterval is 0', async () => {
    const memory = new MemoryBrokerStore();
    const held: (() => void)[] = [];
    const store = new Proxy<BrokerStore>(memory, {
      get:
        (_, name: keyof BrokerStore) =>
        async (...values: unknown[]) => {
          const answer: unknown = await (memory[name] as (...all: unknown[]) => unknown).apply(memory, values);
          if (name === 'lives') await new Promise<void>((resolve) => held.push(resolve));
          return answer;
        },
    });
    app = await bootBroker(adapter, stub, { broker: { store, sessionCheckInterval: 0 } });
    const { access } = await sessionAt(app, stub);
    const heldUp = async (count: number) => {
      while (held.length < count) await new Promise(setImmediate);
    };
    const first = app.client.get('/me', {}, { bearer: access });
    await heldUp(1);
    // as another process would
    expect(await memory.end(String(claimsOf(access).sid), 'logout')).toBe(true);
    const second = app.client.get('/me', {}, { bearer: access });
    await heldUp(2);
    for (const answer of held) answer();
    expect((await first).status).toBe(200);
    expect((await second).status).toBe(401);
  });

  it('is asked for each request if sessionCheckInterval is 0, and never if it is false', async () => {
    for (const [interval, expected] of [
      [0, 3],
      [30, 0],
      [false, 0],
    ] as const) {
      const { store, calls } = unreachable();
      app = await bootBroker(adapter, stub, { broker: { store, sessionCheckInterval: interval } });
      const { access } = await sessionAt(app, stub);
      for (let request = 0; request < 3; request++) await expectOpen(app, access);
      expect(calls.filter((name) => name === 'lives')).toHaveLength(expected);
      await app.close();
    }
  });
});
