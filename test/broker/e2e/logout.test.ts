import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { adapters } from '../../support/apps.js';
import { expectTokens, expectUncached, expectWireError } from '../../support/expect-wire.js';
import { halfBody, hang, json, status } from '../../support/faults.js';
import { claimsOf, sign, signingKey } from '../../support/keys.js';
import { clients, startProvider, users, type TestProvider } from '../../support/provider.js';
import { startStubProvider, type StubProvider } from '../../support/stub-provider.js';
import { offline, type WireAnswer } from '../../support/wire-client.js';
import { MovedClock } from '../../attacks/support/bearer-target.js';
import { bootBroker, type BrokerApp, type BrokerAppOptions } from './support/broker-app.js';
import { expectOpen, expectShut } from './support/expect-doors.js';
import { hurry } from './support/hurried.js';
import { ProviderTraffic } from './support/provider-traffic.js';
import { answerTokens, refresh, sessionAt } from './support/stub-logins.js';

const goodbye = 'https://www.example.org/goodbye';

let provider: TestProvider;
let stub: StubProvider;
beforeAll(async () => {
  provider = await startProvider();
  stub = await startStubProvider();
});
afterEach(async () => {
  jest.restoreAllMocks();
  stub.restore();
  await stub.up();
});
afterAll(async () => {
  await provider.close();
  await stub.close();
});

describe.each(adapters)('log-out in broker mode on %s', (adapter) => {
  let clock: MovedClock;
  let traffic: ProviderTraffic;
  let app: BrokerApp;
  const running: BrokerApp[] = [];
  const boot = async (at: { discoveryUrl: string }, { auth, ...options }: BrokerAppOptions = {}) => {
    const more = { postLogoutRedirectUris: [goodbye], now: clock.now, fetch: traffic.fetch, ...auth };
    app = await bootBroker(adapter, at, { ...options, auth: more });
    running.push(app);
  };
  beforeEach(async () => {
    clock = new MovedClock();
    traffic = new ProviderTraffic();
    await boot(stub);
  });
  afterEach(async () => {
    for (const one of running.splice(0)) await one.close();
  });

  const post = (bearer?: string, form: Record<string, string> = {}) =>
    app.client.post('/auth/v2/logout', form, bearer === undefined ? {} : { bearer });
  const get = (query: Record<string, string> = {}, bearer?: string) =>
    app.client.get('/auth/v2/logout', query, bearer === undefined ? {} : { bearer });
  const ticketOf = ({ json: body }: WireAnswer) => new URL(String(body.logout_url)).searchParams.get('ticket') ?? '';
  const targetOf = ({ status: code, headers }: WireAnswer) => {
    expect(code).toBe(302);
    return new URL(headers.get('location') ?? '');
  };
  const revoked = () => stub.requestsTo('revocation').map(({ form }) => form.get('token'));

  describe('POST /auth/v2/logout', () => {
    it.each<[string, (token: string) => Promise<WireAnswer>]>([
      ['a bearer', (token) => post(token)],
      ['a token in the form', (token) => post(undefined, { token })],
      ['the same token in both', (token) => post(token, { token })],
    ])("with %s ends the session and revokes the provider's refresh token", async (_, send) => {
      const { access, refresh: token } = await sessionAt(app, stub, { others: { refresh_token: 'held' } });
      const other = await sessionAt(app, stub);
      const answer = await send(access);
      expect({ status: answer.status, ...answer.json }).toEqual({
        status: 200,
        logout_url: expect.stringMatching(`^${app.url}/auth/v2/logout\\?ticket=`),
      });
      expectUncached(answer);
      traffic.expectKeptFrom(answer);
      expect(app.told.ended).toEqual([
        { instance: 'default', reason: 'logout', session: String(claimsOf(access).sid) },
      ]);
      expect(revoked().at(-1)).toBe('held');
      await expectShut(app, access, 'session_ended');
      expectWireError(await refresh(app, token), 400, 'invalid_grant');
      await expectOpen(app, other.access);
    });

    it("revokes the provider's latest refresh token", async () => {
      const { access, refresh: token } = await sessionAt(app, stub);
      expectTokens(await refresh(app, token), true);
      await post(access);
      expect(revoked().at(-1)).toBe(traffic.latest('refresh_token'));
    });

    it('takes a token of ours that has only expired', async () => {
      const { access, refresh: token } = await sessionAt(app, stub);
      clock.advance(4_000);
      await expectShut(app, access, 'expired');
      expect((await post(access)).status).toBe(200);
      expect(app.told.ended).toEqual([expect.objectContaining({ reason: 'logout' })]);
      expectWireError(await refresh(app, token), 400, 'invalid_grant');
    });

    it('may be repeated', async () => {
      const { access } = await sessionAt(app, stub);
      for (let round = 0; round < 2; round++) expect((await post(access)).status).toBe(200);
      expect(app.told.ended).toHaveLength(1);
    });

    it('refuses whatever is no access token of ours, and ends nothing', async () => {
      const { access, refresh: token } = await sessionAt(app, stub);
      const forged = await sign(await signingKey('ES256'), claimsOf(access), { typ: 'at+jwt' });
      for (const foreign of [await stub.accessToken(), await stub.idToken(), forged, token, 'garbage']) {
        expectWireError(await post(foreign), 401, 'invalid_token');
        expectWireError(await post(undefined, { token: foreign }), 401, 'invalid_token');
        expectWireError(await get({}, foreign), 401, 'invalid_token');
      }
      expectWireError(await post(), 401, 'invalid_token');
      expectWireError(await post(access, { token: 'another' }), 400, 'invalid_request');
      expect(app.told.ended).toEqual([]);
      await expectOpen(app, access);
    });

    it.each([
      ['fails', status(500)],
      ['is overloaded', status(429)],
      ['breaks off', halfBody],
      ['says unsupported_token_type', json({ error: 'unsupported_token_type' }, 400)],
      ['hangs', hang],
    ])('stands even if the revocation endpoint of the provider %s', async (_, fault) => {
      const { access, refresh: token } = await sessionAt(app, stub);
      hurry();
      stub.on('revocation', fault);
      expect((await post(access)).status).toBe(200);
      await expectShut(app, access, 'session_ended');
      expectWireError(await refresh(app, token), 400, 'invalid_grant');
      expect(stub.calls('revocation')).toBeGreaterThan(0);
    });

    it('stands even if the provider is down', async () => {
      const { access } = await sessionAt(app, stub);
      await stub.down();
      expect((await post(access)).status).toBe(200);
      await expectShut(app, access, 'session_ended');
    });
  });

  describe('logout_url', () => {
    it('leads to end_session with the ID token of the session as hint', async () => {
      const { access } = await sessionAt(app, stub, { idToken: { preferred_username: 'ada' } });
      const target = targetOf(await get({ ticket: ticketOf(await post(access)) }));
      expect(target.origin + target.pathname).toBe(`${stub.issuer}/logout`);
      expect(target.searchParams.get('client_id')).toBe(clients.basic.clientId);
      expect(target.searchParams.get('id_token_hint')).toBe(traffic.latest('id_token'));
    });

    it('carries the latest ID token', async () => {
      const { access, refresh: token } = await sessionAt(app, stub);
      const first = traffic.latest('id_token');
      answerTokens(stub, { idToken: { preferred_username: 'countess' } });
      expectTokens(await refresh(app, token), true);
      const hint = targetOf(await get({ ticket: ticketOf(await post(access)) })).searchParams.get('id_token_hint');
      expect(hint).toBe(traffic.latest('id_token'));
      expect(hint).not.toBe(first);
    });

    it('takes post_logout_redirect_uri and state along, if the target is allowed', async () => {
      const { access } = await sessionAt(app, stub);
      const ticket = ticketOf(await post(access));
      const { searchParams } = targetOf(await get({ ticket, post_logout_redirect_uri: goodbye, state: 'a b' }));
      expect(searchParams.get('post_logout_redirect_uri')).toBe(goodbye);
      expect(searchParams.get('state')).toBe('a b');
      const evil = await get({ ticket, post_logout_redirect_uri: 'https://evil.example.org/' });
      expectWireError(evil, 400, 'invalid_request');
    });

    it('withholds the ID token if logoutHint is false', async () => {
      await boot(stub, { auth: { logoutHint: false } });
      const { access } = await sessionAt(app, stub);
      const target = targetOf(await get({ ticket: ticketOf(await post(access)) }));
      expect(target.searchParams.has('id_token_hint')).toBe(false);
      expect(target.searchParams.get('client_id')).toBe(clients.basic.clientId);
      const other = await sessionAt(app, stub);
      expect(targetOf(await get({}, other.access)).searchParams.has('id_token_hint')).toBe(false);
    });

    it('is good for 60 s, and for nobody who changed it', async () => {
      const { access } = await sessionAt(app, stub);
      const ticket = ticketOf(await post(access));
      expectWireError(await get({ ticket: `${ticket}x` }), 400, 'invalid_request');
      clock.advance(45);
      targetOf(await get({ ticket }));
      clock.advance(20);
      expectWireError(await get({ ticket }), 400, 'invalid_request');
    });
  });

  describe('GET /auth/v2/logout', () => {
    it('with a bearer ends the session, too', async () => {
      const { access } = await sessionAt(app, stub);
      const target = targetOf(await get({}, access));
      expect(target.searchParams.get('id_token_hint')).toBe(traffic.latest('id_token'));
      expect(revoked().at(-1)).toBe(traffic.latest('refresh_token'));
      await expectShut(app, access, 'session_ended');
    });

    it('with nothing ends nothing, and redirects all the same', async () => {
      const { access } = await sessionAt(app, stub);
      const target = targetOf(await get());
      expect([...target.searchParams.keys()]).toEqual(['client_id']);
      expect(app.told.ended).toEqual([]);
      await expectOpen(app, access);
    });

    it('is refused for HEAD', async () => {
      const { access } = await sessionAt(app, stub);
      expect((await app.client.head('/auth/v2/logout', {}, { bearer: access })).status).toBe(405);
      await expectOpen(app, access);
    });
  });

  it('at a real provider ends its session: what was a refresh token there is none any more', async () => {
    await boot(provider);
    const { json: tokens } = await app.client.logIn({ user: 'bob', parameters: offline });
    const before = provider.calls.revocation;
    const answer = await post(String(tokens.access_token));
    expect(provider.calls.revocation).toBe(before + 1);
    const hint = targetOf(await get({ ticket: ticketOf(answer) })).searchParams.get('id_token_hint') ?? '';
    expect(claimsOf(hint)).toMatchObject({ iss: provider.issuer, sub: users.bob.sub });
    const credentials = Buffer.from(`${clients.basic.clientId}:${clients.basic.clientSecret}`).toString('base64');
    const refused = await fetch(`${provider.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}` },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: traffic.latest('refresh_token') }),
    });
    expect(await refused.json()).toMatchObject({ error: 'invalid_grant' });
  });
});
