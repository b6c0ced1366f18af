import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { adapters } from '../../support/apps.js';
import { expectWireError } from '../../support/expect-wire.js';
import { claimsOf } from '../../support/keys.js';
import { freePort } from '../../support/loopback.js';
import { startStubProvider, type StubProvider } from '../../support/stub-provider.js';
import { WireClient } from '../../support/wire-client.js';
import { bootBroker, type BrokerApp } from './support/broker-app.js';
import { expectOpen, expectShut, expectTooWeak } from './support/expect-doors.js';
import { sessionAt } from './support/stub-logins.js';

let stub: StubProvider;
beforeAll(async () => {
  stub = await startStubProvider();
});
afterAll(() => stub.close());

const identity = { preferred_username: 'ada', email: 'ada@example.org', email_verified: true };

describe.each(adapters)('two instances that trust each other on %s', (adapter) => {
  let near: BrokerApp;
  let far: BrokerApp;
  beforeAll(async () => {
    const ports = [await freePort(), await freePort()] as const;
    const urlOf = (port: number) => `http://127.0.0.1:${port}`;
    const boot = (port: number, prefix: string, trusted: string, algorithm: 'RS256' | 'EdDSA') =>
      bootBroker(adapter, stub, {
        port,
        auth: { prefix },
        broker: { trustedIssuers: [{ issuer: trusted, claims: ['scope', 'groups'] }], signing: { algorithm } },
      });
    near = await boot(ports[0], '', `${urlOf(ports[1])}/far/away`, 'EdDSA');
    far = await boot(ports[1], '/far/away', urlOf(ports[0]), 'RS256');
  });
  afterAll(async () => {
    await near.close();
    await far.close();
  });

  const rights = { realm_access: { roles: ['user'] }, groups: ['admins'] };
  const bearerOf = async (app: BrokerApp) => {
    const granted = { idToken: identity, accessToken: rights, others: { scope: 'openid read' } };
    return (await sessionAt(app, stub, granted)).access;
  };
  /** The application's own routes, which have no prefix. */
  const at = (app: BrokerApp) => ({ ...app, client: new WireClient(app.url) });

  it('take each other tokens, which say whose they are', async () => {
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      const token = await bearerOf(from);
      const { status, json } = await at(to).client.get('/me', {}, { bearer: token });
      const { iss, sub, aud, iat, exp, jti, scope } = claimsOf(token);
      expect({ status, json }).toEqual({
        status: 200,
        json: { iss, sub, aud, iat, exp, jti, scope, groups: ['admins'], ...identity, roles: [] },
      });
    }
  });

  it('and what their tokens have to have is asked of them as of our own', async () => {
    const token = await bearerOf(far);
    const app = at(near);
    for (const path of ['/readers', '/admins', '/own-audience']) {
      expect((await app.client.get(path, {}, { bearer: token })).status).toBe(200);
    }
    for (const path of ['/users', '/roles']) await expectTooWeak(app, token, 'claim_missing', path);
    await expectShut(app, token, 'issuer_not_accepted', '/foreign-issuer');
  });

  it('answer userinfo for them', async () => {
    const { status, json } = await near.client.get('/auth/v2/userinfo', {}, { bearer: await bearerOf(far) });
    expect(status).toBe(200);
    expect(json).toMatchObject({ username: 'ada', email: 'ada@example.org' });
  });

  it('end sessions of their own only', async () => {
    const token = await bearerOf(far);
    expectWireError(await near.client.post('/auth/v2/logout', {}, { bearer: token }), 401, 'invalid_token');
    expect((await near.client.post('/auth/v2/revoke', { token })).status).toBe(200);
    await expectOpen(at(far), token);
    expect((await at(near).client.get('/me', {}, { bearer: token })).status).toBe(200);
  });
});
