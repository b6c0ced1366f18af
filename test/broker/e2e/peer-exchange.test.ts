import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { JWTPayload } from 'jose';
import type { BrokerOptions, PeerExchangePolicy, PeerExchangeWish } from 'nestjs-oidc-auth';
import { adapters } from '../../support/apps.js';
import { expectWireError } from '../../support/expect-wire.js';
import { claimsOf } from '../../support/keys.js';
import { StubPeer } from '../../support/stub-peer.js';
import { startStubProvider, type StubProvider } from '../../support/stub-provider.js';
import { bootBroker, type BrokerApp } from './support/broker-app.js';
import { expectOpen } from './support/expect-doors.js';

const grant_type = 'urn:ietf:params:oauth:grant-type:token-exchange';
const rights = { roles: ['their-admin', 'their-user'], scope: 'read write', groups: ['admins'], sid: 'theirs' };
const user = { preferred_username: 'ada', email: 'ada@example.org', email_verified: true };

let stub: StubProvider;
let peer: StubPeer;
beforeAll(async () => {
  stub = await startStubProvider();
  peer = await StubPeer.start();
});
afterAll(async () => {
  await stub.close();
  await peer.close();
});

let app: BrokerApp;
afterEach(() => app.close());

describe.each(adapters)('the exchange of a token of a peer on %s', (adapter) => {
  const boot = async (exchange: PeerExchangePolicy | undefined, broker: Partial<BrokerOptions> = {}) => {
    const trustedIssuers = [{ issuer: peer.issuer, ...(exchange && { exchange }) }];
    app = await bootBroker(adapter, stub, { broker: { trustedIssuers, ...broker } });
  };
  const exchange = async (form: Record<string, string> = {}, claims: JWTPayload = {}) =>
    app.client.post('/auth/v2/token', {
      grant_type,
      subject_token: await peer.token({ ...user, ...rights, ...claims }),
      ...form,
    });
  const providerToken = () => stub.accessToken({ azp: 'spa' });
  const refused = { status: 400, json: { error: 'invalid_request' } };

  it('is refused where nothing allows it, and what may be exchanged is only what an option names', async () => {
    await boot(undefined);
    expectWireError(await exchange(), 400, 'unsupported_grant_type');
    await app.close();
    await boot(undefined, { exchange: { clients: ['spa'] } });
    expect(await exchange()).toMatchObject(refused);
    expect(app.told.refused.at(-1)?.reason).toBe('subject_token_not_allowed');
    expect((await exchange({ subject_token: await providerToken() })).status).toBe(200);
    await app.close();
    await boot(({ subject }) => ({ sub: String(subject.sub) }));
    expect((await exchange()).status).toBe(200);
    expect(await exchange({ subject_token: await providerToken() })).toMatchObject(refused);
  });

  it('gives a token of ours, of the subject, roles and scopes that the policy names', async () => {
    const wishes: PeerExchangeWish[] = [];
    await boot((wish) => {
      wishes.push(wish);
      return Promise.resolve({ sub: `peer:${String(wish.subject.sub)}`, roles: ['guest'], scopes: ['read'] });
    });
    const subject_token = await peer.token({ ...user, ...rights });
    const answer = await exchange({ subject_token });
    expect(answer.status).toBe(200);
    const issued = claimsOf(String(answer.json.access_token));
    expect(issued).toEqual({
      ...{
        iss: app.url,
        aud: 'own-api',
        sub: 'peer:peer-user',
        client_id: peer.issuer,
        scope: 'read',
        roles: ['guest'],
      },
      ...user,
      ...{ jti: expect.any(String), iat: expect.any(Number), exp: expect.any(Number) },
    });
    expect(answer.json).not.toHaveProperty('refresh_token');
    expect(answer.json.scope).toBe('read');
    const { issuer } = peer;
    expect(wishes).toEqual([{ issuer, subject: claimsOf(subject_token), audience: 'own-api', scopes: undefined }]);
    await expectOpen(app, String(answer.json.access_token));
  });

  it('gives no roles and no scopes where the policy names none', async () => {
    await boot(() => ({ sub: 'guest' }));
    const issued = claimsOf(String((await exchange()).json.access_token));
    expect(issued).toMatchObject({ sub: 'guest', roles: [] });
    expect(issued).not.toHaveProperty('scope');
    expect(issued).not.toHaveProperty('groups');
    expect(issued).not.toHaveProperty('sid');
  });

  it('lives no longer than the subject token', async () => {
    await boot(() => ({ sub: 'guest' }));
    const exp = Math.floor(Date.now() / 1000) + 60;
    const issued = claimsOf(String((await exchange({}, { exp })).json.access_token));
    expect(issued.exp).toBeLessThanOrEqual(exp);
  });

  it('grants the scopes that are asked for, as far as the policy goes', async () => {
    await boot(() => ({ sub: 'guest', scopes: ['read', 'list'] }));
    expect((await exchange({ scope: 'list' })).json.scope).toBe('list');
    expectWireError(await exchange({ scope: 'read write' }), 400, 'invalid_scope');
  });

  it('is for our audiences only', async () => {
    await boot(() => ({ sub: 'guest' }));
    expect((await exchange({ audience: 'own-api' })).status).toBe(200);
    expectWireError(await exchange({ audience: 'their-api' }), 400, 'invalid_target');
  });

  it.each<[name: string, claims: JWTPayload]>([
    ['for another audience', { aud: 'their-api' }],
    ['that has expired', { exp: 1_700_000_000 }],
    ['of another issuer', { iss: 'https://other.example.org' }],
    ['that speaks of an actor', { act: { sub: 'robot' } }],
    ['for an actor', { may_act: { sub: 'robot' } }],
    ['that is bound to a key', { cnf: { jkt: 'x' } }],
    ['that is an ID token', { nonce: 'n' }],
  ])('is refused for a token %s', async (_, claims) => {
    await boot(() => ({ sub: 'guest' }));
    expect(await exchange({}, claims)).toMatchObject(refused);
    expect((await exchange()).status).toBe(200);
  });

  it.each([
    [false],
    [undefined],
    [null],
    [true],
    ['guest'],
    [{}],
    [{ sub: '' }],
    [{ sub: 7 }],
    [{ sub: 'guest', roles: 'admin' }],
    [{ sub: 'guest', roles: [1] }],
    [{ sub: 'guest', scopes: 'read' }],
    [{ roles: ['admin'] }],
  ])('is refused where the policy says %j', async (decision) => {
    await boot((() => decision) as unknown as PeerExchangePolicy);
    expect(await exchange()).toMatchObject(refused);
    expect(app.told.refused.at(-1)?.reason).toBe('subject_token_not_allowed');
  });

  it('waits for the peer: 503 while its keys cannot be had', async () => {
    await boot(() => ({ sub: 'guest' }));
    await peer.down();
    expectWireError(await exchange(), 503, 'temporarily_unavailable');
    await peer.up();
  });
});
