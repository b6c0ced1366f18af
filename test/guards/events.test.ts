import { Controller, Get } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import {
  OidcAuthEvents,
  OidcAuthModule,
  Required,
  type IDToken,
  type ProviderFailedEvent,
  type RefusedEvent,
} from 'nestjs-oidc-auth';
import { adapters } from '../support/apps.js';
import { usualOptions } from '../support/auth-app.js';
import { status } from '../support/faults.js';
import { signingKey } from '../support/keys.js';
import type { StubProvider } from '../support/stub-provider.js';
import { badToken, doorsOn, type Carried, type GuardedApp } from './guarded-app.js';

@Controller()
class MeController {
  @Get('me')
  me(@Required({ scopes: 'read', claims: { groups: 'staff' } }) token: IDToken): { sub: string } {
    return { sub: token.sub };
  }

  @Get('elsewhere')
  elsewhere(@Required({ audience: 'else', issuers: ['https://else.example'] }) token: IDToken): { sub: string } {
    return { sub: token.sub };
  }

  @Get('issuer')
  issuer(@Required({ issuers: ['https://else.example'] }) token: IDToken): { sub: string } {
    return { sub: token.sub };
  }
}

@Controller()
class PartnerController {
  @Get('partner')
  partner(@Required({ instance: 'partner' }) token: IDToken): { sub: string } {
    return { sub: token.sub };
  }
}

const good = { scope: 'read', groups: ['staff'] };
const now = () => Math.floor(Date.now() / 1000);

type Refusal = readonly [
  reason: string,
  status: number,
  error: string,
  path: string,
  carried: (stub: StubProvider) => Carried | undefined | Promise<string>,
];

const refusals: readonly Refusal[] = [
  ['token_missing', 401, 'invalid_token', '/me', () => undefined],
  ['token_malformed', 401, 'invalid_token', '/me', () => badToken],
  ['authorization_malformed', 401, 'invalid_token', '/me', () => 'two words'],
  ['expired', 401, 'invalid_token', '/me', () => ({ ...good, exp: now() - 60 })],
  ['not_yet_valid', 401, 'invalid_token', '/me', () => ({ ...good, nbf: now() + 600 })],
  ['issued_in_future', 401, 'invalid_token', '/me', () => ({ ...good, iat: now() + 600 })],
  ['issuer_unknown', 401, 'invalid_token', '/me', () => ({ ...good, iss: 'https://else.example' })],
  ['audience_mismatch', 401, 'invalid_token', '/me', () => ({ ...good, aud: 'else' })],
  ['claim_malformed', 401, 'invalid_token', '/me', () => ({ ...good, sub: '' })],
  ['not_an_access_token', 401, 'invalid_token', '/me', () => ({ ...good, typ: 'ID' })],
  ['sender_constrained', 401, 'invalid_token', '/me', () => ({ ...good, cnf: { jkt: 'x' } })],
  ['token_type', 401, 'invalid_token', '/me', (stub) => stub.accessToken(good, { typ: 'dpop+jwt' })],
  ['critical_header', 401, 'invalid_token', '/me', (stub) => stub.accessToken(good, { b64: true })],
  ['key_unknown', 401, 'invalid_token', '/me', (stub) => stub.accessToken(good, { kid: 'nobody' })],
  [
    'signature_invalid',
    401,
    'invalid_token',
    '/me',
    async (stub) => stub.accessToken(good, {}, await signingKey('RS256', stub.key.kid)),
  ],
  ['scope_missing', 403, 'insufficient_scope', '/me', () => ({ ...good, scope: 'write' })],
  ['claim_missing', 403, 'insufficient_scope', '/me', () => ({ ...good, groups: [] })],
  ['audience_mismatch', 401, 'invalid_token', '/elsewhere', () => good],
  ['issuer_not_accepted', 401, 'invalid_token', '/issuer', () => good],
];

describe.each(adapters)('refusals on %s', (adapter) => {
  const doors = doorsOn(adapter);

  function refusedOf({ app }: GuardedApp): RefusedEvent[] {
    const events: RefusedEvent[] = [];
    app.get(OidcAuthEvents).on('refused', (event) => events.push(event));
    return events;
  }

  it('each have a reason, in the event and in the log, and no token', async () => {
    const app = await doors.open(MeController);
    const events = refusedOf(app);
    const told: unknown[] = [];
    for (const [reason, code, error, path, carriedBy] of refusals) {
      const carried = await carriedBy(doors.stub);
      const bearer = typeof carried === 'object' ? await doors.stub.accessToken(carried) : carried;
      const answer = await app.get(path, bearer);
      const handler = `MeController.${path.slice(1)}`;
      expect({ reason, status: answer.status, error: answer.json.error }).toEqual({ reason, status: code, error });
      told.push({ reason, status: code, error, instance: 'default', handler });
      const level = reason === 'token_missing' ? 'debug' : 'warn';
      expect(app.logs.text(level)).toContain(`Refused ${handler}: ${reason} (${code} ${error})`);
      if (bearer !== undefined && bearer !== badToken) expect(app.logs.text()).not.toContain(bearer);
    }
    expect(events).toEqual(told);
  });

  it('name the registration', async () => {
    const partner = { ...usualOptions(doors.stub, 'https://app.example.org'), name: 'partner', prefix: '/partner' };
    const app = await doors.boot({ controllers: [PartnerController], imports: [OidcAuthModule.forRoot(partner)] });
    const events = refusedOf(app);
    expect(await app.status('/partner', badToken)).toBe(401);
    expect(events).toEqual([expect.objectContaining({ instance: 'partner', handler: 'PartnerController.partner' })]);
  });

  it('are the same whatever a listener throws', async () => {
    const app = await doors.open(MeController);
    const events = app.app.get(OidcAuthEvents);
    const heard: string[] = [];
    events.on('refused', () => {
      throw new Error('of the first listener');
    });
    events.once('refused', ({ reason }) => heard.push(`once ${reason}`));
    events.on('refused', ({ reason }) => heard.push(reason));
    expect(await app.status('/me')).toBe(401);
    expect(await app.status('/me', badToken)).toBe(401);
    expect(await app.status('/me', good)).toBe(200);
    expect(heard).toEqual(['once token_missing', 'token_missing', 'token_malformed']);
    expect(app.logs.text('error')).toContain('A listener for refused failed.');
  });

  it('are the same whatever an asynchronous listener throws', async () => {
    const app = await doors.open(MeController);
    const listener: () => unknown = () => Promise.reject(new Error('of an asynchronous listener'));
    app.app.get(OidcAuthEvents).on('refused', listener);
    expect(await app.status('/me')).toBe(401);
    expect(await app.status('/me', good)).toBe(200);
    expect(app.logs.text('error')).toContain('A listener for refused failed.');
  });
});

describe.each(adapters)('a provider that fails, on %s', (adapter) => {
  const doors = doorsOn(adapter);

  const failures: readonly [ProviderFailedEvent['what'], 'discovery' | 'jwks'][] = [
    ['metadata', 'discovery'],
    ['keys', 'jwks'],
  ];

  it.each(failures)('is told as an event and in the log: %s', async (what, endpoint) => {
    const app = await doors.open(MeController);
    const events: ProviderFailedEvent[] = [];
    app.app.get(OidcAuthEvents).on('provider-failed', (event) => {
      events.push(event);
      throw new Error('of a listener');
    });
    doors.stub.on(endpoint, status(500));
    expect(await app.status('/me', good)).toBe(503);
    expect(events).toEqual([
      { instance: 'default', what, reason: 'provider_unreachable', message: expect.any(String) },
    ]);
    expect(events[0]?.message).not.toBe('');
    expect(app.logs.text('warn')).toContain(
      `The ${what} of the provider (default) cannot be had: provider_unreachable.`,
    );
  });

  it('is told with the remedy where configuration is to blame', async () => {
    const app = await doors.boot({ controllers: [MeController], auth: { issuer: 'https://else.example' } });
    const events: ProviderFailedEvent[] = [];
    app.app.get(OidcAuthEvents).on('provider-failed', (event) => events.push(event));
    expect(await app.status('/me', good)).toBe(503);
    const message = expect.stringContaining(`set issuer: "${doors.stub.issuer}"`);
    expect(events).toMatchObject([{ reason: 'provider_metadata_invalid', message }]);
  });
});
