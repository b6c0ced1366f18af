import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { JWTPayload } from 'jose';
import type { BrokerOptions } from 'nestjs-oidc-auth';
import { adapters } from '../../support/apps.js';
import { expectWireError } from '../../support/expect-wire.js';
import { startStubProvider, type StubProvider } from '../../support/stub-provider.js';
import { bootBroker, type BrokerApp } from './support/broker-app.js';

type Policy = NonNullable<NonNullable<BrokerOptions['exchange']>['policy']>;

let stub: StubProvider;
beforeAll(async () => {
  stub = await startStubProvider();
});
afterAll(() => stub.close());

describe.each(adapters)('the policy of token exchange on %s', (adapter) => {
  let app: BrokerApp;
  const boot = async (policy: Policy) => {
    app = await bootBroker(adapter, stub, { broker: { exchange: { clients: ['spa'], policy } } });
  };
  const exchange = async (form: Record<string, string> = {}, claims: JWTPayload = {}) => {
    const grant_type = 'urn:ietf:params:oauth:grant-type:token-exchange';
    const subject_token = await stub.accessToken({ azp: 'spa', scope: 'openid read write', ...claims });
    return app.client.post('/auth/v2/token', { grant_type, subject_token, ...form });
  };
  afterEach(() => app.close());

  it('is asked with the proven claims, the client, the audience and the scopes', async () => {
    const wishes: unknown[] = [];
    await boot((wish) => wishes.push(wish) > 0);
    expect((await exchange({ scope: 'read' }, { department: 'chemistry' })).status).toBe(200);
    expect(wishes).toEqual([
      {
        subject: expect.objectContaining({ sub: 'stub-user', department: 'chemistry' }),
        client: 'spa',
        audience: 'own-api',
        scopes: ['read'],
      },
    ]);
  });

  it.each<[string, Policy]>([
    ['false', () => false],
    ['a promise of false', () => Promise.resolve(false)],
    ['nothing', () => undefined as unknown as boolean],
    ['what counts as true', () => 'yes' as unknown as boolean],
  ])('refuses by returning %s', async (_, policy) => {
    await boot(policy);
    expectWireError(await exchange(), 400, 'invalid_request');
    expect(app.told.refused.at(-1)?.reason).toBe('subject_token_not_allowed');
  });

  it('grants the scopes that it names, and none that were not wished for', async () => {
    await boot(() => Promise.resolve({ scopes: ['read', 'admin'] }));
    expect((await exchange()).json.scope).toBe('read');
    const none = await exchange({ scope: 'write' });
    expect(none.status).toBe(200);
    expect(none.json).not.toHaveProperty('scope');
  });

  it('may throw, which is a fault of the application, and grants nothing', async () => {
    await boot(() => Promise.reject(new Error('a secret of the policy')));
    const answer = await exchange();
    expectWireError(answer, 500, 'server_error');
    expect(answer.text).not.toContain('a secret of the policy');
  });
});
