import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { OidcAuth } from 'nestjs-oidc-auth';
import { adapters } from '../../support/apps.js';
import { expectUncached, expectWireError } from '../../support/expect-wire.js';
import { hang, notJson, status, type Fault } from '../../support/faults.js';
import { claimsOf } from '../../support/keys.js';
import { startStubProvider, type StubProvider } from '../../support/stub-provider.js';
import { MovedClock } from '../../attacks/support/bearer-target.js';
import { bootBroker, type BrokerApp } from './support/broker-app.js';
import { expectOpen, expectShut } from './support/expect-doors.js';
import { hurry } from './support/hurried.js';
import { refresh, sessionAt } from './support/stub-logins.js';
import { UnreliableStore } from './support/unreliable-store.js';

let stub: StubProvider;
beforeAll(async () => {
  stub = await startStubProvider();
});
afterAll(() => stub.close());

describe.each(adapters)('revocation on %s', (adapter) => {
  const unreliable = new UnreliableStore();
  let app: BrokerApp;
  beforeAll(async () => {
    app = await bootBroker(adapter, stub, {
      broker: { store: unreliable.store, exchange: { clients: ['my-client'] } },
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
    unreliable.failing.clear();
    stub.restore();
  });
  afterAll(() => app.close());

  const revoke = (token: string, others: Record<string, string> = {}) =>
    app.client.post('/auth/v2/revoke', { token, ...others });
  const session = async () => {
    const provided = randomUUID();
    return { ...(await sessionAt(app, stub, { others: { refresh_token: provided } })), provided };
  };
  type Session = Awaited<ReturnType<typeof session>>;
  const revocationsOf = ({ provided }: Pick<Session, 'provided'>) =>
    stub.requestsTo('revocation').filter(({ form }) => form.get('token') === provided);

  const expectDone = async (token: string, others: Record<string, string> = {}) => {
    const answer = await revoke(token, others);
    expect({ status: answer.status, json: answer.json }).toEqual({ status: 200, json: {} });
    expectUncached(answer);
  };
  const expectEnded = async ({ access, refresh: token }: Session) => {
    await expectShut(app, access, 'session_ended');
    expectWireError(await refresh(app, token), 400, 'invalid_grant');
    const { sid } = claimsOf(access);
    const ends = app.told.ended.filter((event) => event.session === sid);
    expect(ends).toEqual([expect.objectContaining({ reason: 'revoked' })]);
  };

  it.each(['refresh', 'access'] as const)(
    "by the %s token ends the session, and revokes the provider's refresh token once",
    async (kind) => {
      const [meant, other] = [await session(), await session()];
      await expectDone(meant[kind]);
      await expectEnded(meant);
      await expectOpen(app, other.access);
      expect(revocationsOf(meant).map(({ form }) => form.get('token_type_hint'))).toEqual(['refresh_token']);
      expect(revocationsOf(other)).toEqual([]);
    },
  );

  it('by a refresh token that was used before ends the session', async () => {
    const old = await session();
    const { status: refreshed, json } = await refresh(app, old.refresh);
    expect(refreshed).toBe(200);
    await expectDone(old.refresh);
    expectWireError(await refresh(app, String(json.refresh_token)), 400, 'invalid_grant');
  });

  it('of what has been revoked is done, and asks the provider no more', async () => {
    const meant = await session();
    await expectDone(meant.refresh);
    await expectDone(meant.refresh);
    await expectDone(meant.access);
    expect(revocationsOf(meant)).toHaveLength(1);
    await expectEnded(meant);
  });

  it.each(['access_token', 'refresh_token', 'something_else'])('goes by the token, not the hint %s', async (hint) => {
    const meant = await session();
    await expectDone(meant.refresh, { token_type_hint: hint });
    await expectEnded(meant);
  });

  it("of what is none of ours is done, and ends nothing: garbage, forgeries, the provider's tokens", async () => {
    const ours = await session();
    const before = [stub.calls('revocation'), app.told.ended.length];
    const [, payload, signature] = ours.access.split('.');
    await expectDone('garbage');
    await expectDone(await stub.accessToken());
    await expectDone(ours.provided);
    await expectDone(`e30.${payload}.${signature}`);
    await expectDone(`${ours.refresh}x`);
    expect([stub.calls('revocation'), app.told.ended.length]).toEqual(before);
    await expectOpen(app, ours.access);
  });

  it('without token, or with two, is 400', async () => {
    expectWireError(await app.client.post('/auth/v2/revoke', {}), 400, 'invalid_request');
    expectWireError(await revoke(''), 400, 'invalid_request');
    const two = await app.client.post('/auth/v2/revoke', [
      ['token', 'one'],
      ['token', 'two'],
    ]);
    expectWireError(two, 400, 'invalid_request');
  });

  it('of a token from an exchange is 400 unsupported_token_type: it belongs to no session', async () => {
    const subject_token = await stub.accessToken({ azp: 'my-client' });
    const grant_type = 'urn:ietf:params:oauth:grant-type:token-exchange';
    const { json } = await app.client.post('/auth/v2/token', { grant_type, subject_token });
    const exchanged = String(json.access_token);
    expectWireError(await revoke(exchanged), 400, 'unsupported_token_type');
    expect(app.told.refused.at(-1)?.reason).toBe('token_type_not_revocable');
    await expectOpen(app, exchanged);
  });

  const faults: [string, Fault][] = [
    ['fails', status(500)],
    ['answers nonsense', notJson],
    ['hangs', hang],
  ];
  it.each(faults)("ends the session even if the provider's endpoint %s", async (_, fault) => {
    hurry();
    stub.on('revocation', fault);
    const meant = await session();
    await expectDone(meant.refresh);
    await expectEnded(meant);
    expect(revocationsOf(meant)).toHaveLength(1);
  });

  it('is 503 while the store is away, and the same token works afterwards', async () => {
    const meant = await session();
    unreliable.failing.add('end');
    const answer = await revoke(meant.access);
    expectWireError(answer, 503, 'temporarily_unavailable');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    unreliable.failing.clear();
    await expectOpen(app, meant.access);
    await expectDone(meant.access);
    await expectEnded(meant);
  });
});

describe.each(adapters)('revocation later on, on %s', (adapter) => {
  let clock: MovedClock;
  let app: BrokerApp;
  beforeEach(async () => {
    clock = new MovedClock();
    app = await bootBroker(adapter, stub, { auth: { now: clock.now } });
  });
  afterEach(async () => {
    stub.restore();
    await app.close();
  });

  it('by an access token that has expired ends the session', async () => {
    const { access, refresh: token } = await sessionAt(app, stub);
    clock.advance(3_700);
    await expectShut(app, access, 'expired');
    expect((await app.client.post('/auth/v2/revoke', { token: access })).status).toBe(200);
    expectWireError(await refresh(app, token), 400, 'invalid_grant');
    expect(app.told.ended).toEqual([expect.objectContaining({ session: claimsOf(access).sid, reason: 'revoked' })]);
  });

  it('that the provider has not confirmed is caught up by a purge', async () => {
    const { refresh: token } = await sessionAt(app, stub);
    stub.on('revocation', status(500));
    expect((await app.client.post('/auth/v2/revoke', { token })).status).toBe(200);
    stub.restore('revocation');
    const before = stub.calls('revocation');
    clock.advance(120);
    await app.app.get(OidcAuth).purgeExpired();
    expect(stub.calls('revocation')).toBe(before + 1);
  });
});

it.each(adapters)('a provider without revocation endpoint keeps no session from ending, on %s', async (adapter) => {
  const bare = await startStubProvider({ metadata: { revocation_endpoint: undefined } });
  const app = await bootBroker(adapter, bare);
  try {
    const { access, refresh: token } = await sessionAt(app, bare);
    expect((await app.client.post('/auth/v2/revoke', { token })).status).toBe(200);
    await expectShut(app, access, 'session_ended');
    expect(bare.calls('revocation')).toBe(0);
  } finally {
    await app.close();
    await bare.close();
  }
});
