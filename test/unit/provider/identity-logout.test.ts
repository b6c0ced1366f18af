import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { JWTPayload } from 'jose';
import { Provider, type ProviderSettings } from '../../../lib/provider/index.js';
import { hang, json, status } from '../../support/faults.js';
import { sign, signingKey, type Header, type SigningKey } from '../../support/keys.js';
import { startStubProvider, type StubProvider } from '../../support/stub-provider.js';
import { FakeClock } from '../fake-clock.js';
import { providerSettings } from './settings.js';

const LOGOUT = 'http://schemas.openid.net/event/backchannel-logout';

let stub: StubProvider;
let stranger: SigningKey;
let clock: FakeClock;
beforeAll(async () => {
  stub = await startStubProvider();
  stranger = await signingKey();
  clock = new FakeClock();
});
afterEach(() => {
  stub.restore();
  stub.requests.length = 0;
});
afterAll(() => stub.close());

const identity = (others: Partial<ProviderSettings> = {}) =>
  new Provider(providerSettings(stub, { now: clock.now, ...others }), () => undefined).identity;
const outcome = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);

describe('revocation', () => {
  it('tells the provider which refresh token is over', async () => {
    await identity().revoke('rt-1');
    expect(stub.requestsTo('revocation').map(({ form }) => Object.fromEntries(form))).toEqual([
      expect.objectContaining({ token: 'rt-1', token_type_hint: 'refresh_token', client_id: 'my-client' }),
    ]);
  });

  it('is not needed where there is no endpoint', async () => {
    const { revocation_endpoint, ...others } = stub.metadata;
    stub.on('discovery', () => others);
    expect(revocation_endpoint).toBeDefined();
    await identity().revoke('rt-1');
    expect(stub.calls('revocation')).toBe(0);
  });

  it.each<[string, Parameters<StubProvider['on']>[1], object]>([
    ['500', status(500), { status: 503 }],
    ['silence', hang, { status: 503, reason: 'provider_timeout' }],
    ['a refusal of the client', json({ error: 'invalid_client' }, 401), { reason: 'provider_refuses_client' }],
    ['a refusal of the token', json({ error: 'unsupported_token_type' }, 400), { reason: 'grant_refused' }],
    ['404', status(404), { status: 502 }],
  ])('that is answered with %s is not confirmed', async (_, answer, error) => {
    stub.on('revocation', answer);
    const thrown = await outcome(identity({ timeout: 1_000 }).revoke('rt-1'));
    expect(thrown).toMatchObject(error);
    expect(String(thrown)).not.toContain('rt-1');
  });

  it('is not confirmed by a provider that is down', async () => {
    await stub.down();
    expect(await outcome(identity().revoke('rt-1'))).toMatchObject({ status: 503 });
    await stub.up();
  });
});

describe('a logout token', () => {
  const standard = (): JWTPayload => ({
    iss: stub.issuer,
    aud: 'my-client',
    iat: clock.seconds,
    exp: clock.seconds + 120,
    jti: 'j-1',
    sid: 's-1',
    sub: 'stub-user',
    events: { [LOGOUT]: {} },
  });
  const token = (claims: JWTPayload = {}, header: Header = {}, key = stub.key) =>
    sign(key, JSON.parse(JSON.stringify({ ...standard(), ...claims })) as JWTPayload, { typ: 'logout+jwt', ...header });
  const proven = async (claims: JWTPayload = {}, header: Header = {}, key = stub.key) =>
    outcome(identity().verifyLogoutToken(await token(claims, header, key)));
  const rejection = (reason: string) => expect.objectContaining({ name: 'TokenRejection', reason });

  it('says whose sessions end', async () => {
    expect(await proven()).toEqual({
      jti: 'j-1',
      issuer: stub.issuer,
      sid: 's-1',
      sub: 'stub-user',
      iat: clock.seconds,
      exp: clock.seconds + 120,
      offline: false,
    });
  });

  it.each<[string, JWTPayload, Header, object]>([
    ['names the session alone', { sub: undefined }, {}, { sid: 's-1', sub: undefined }],
    ['names the user alone', { sid: undefined }, {}, { sid: undefined, sub: 'stub-user' }],
    ['is of an older provider that types it as JWT', {}, { typ: 'JWT' }, { jti: 'j-1' }],
    ['is of an older provider that does not type it', {}, { typ: undefined }, { jti: 'j-1' }],
    ['is typed by its full name', {}, { typ: 'application/logout+jwt' }, { jti: 'j-1' }],
    ['is for the client among audiences that are known', { aud: ['my-client', 'my-api'] }, {}, { jti: 'j-1' }],
    ['has just expired', { exp: -4 }, {}, { jti: 'j-1' }],
    ['is of a clock that is ahead', { iat: 4 }, {}, { jti: 'j-1' }],
  ])('may be one that %s', async (_, claims, header, result) => {
    expect(await proven(shifted(claims), header)).toMatchObject(result);
  });

  it.each<[string, unknown]>([
    ['beside the event (Keycloak)', { [LOGOUT]: {}, revoke_offline_access: true }],
    ['as an event of its own', { [LOGOUT]: {}, revoke_offline_access: {} }],
    ['within the event', { [LOGOUT]: { revoke_offline_access: true } }],
  ])('may mean sessions with offline access, too: %s', async (_, events) => {
    expect(await proven({ events })).toMatchObject({ offline: true });
  });

  it.each<[unknown]>([[false], [null], ['true'], [0], [1], [[]]])(
    'does not mean sessions with offline access if it says %j of them',
    async (value) => {
      expect(
        await proven({ events: { [LOGOUT]: { revoke_offline_access: value }, revoke_offline_access: value } }),
      ).toMatchObject({
        offline: false,
      });
    },
  );

  it('without exp counts for two minutes, as earlier drafts had it', async () => {
    const older = await token({ exp: undefined });
    expect(await outcome(identity().verifyLogoutToken(older))).toMatchObject({ exp: clock.seconds + 120 });
    const stale = await token({ exp: undefined, iat: clock.seconds - 126 });
    expect(await outcome(identity().verifyLogoutToken(stale))).toEqual(rejection('expired'));
    const timeless = await token({ exp: undefined, iat: undefined });
    expect(await outcome(identity().verifyLogoutToken(timeless))).toEqual(rejection('claim_malformed'));
  });

  it.each<[string, JWTPayload, Header, string]>([
    ['without the event', { events: undefined }, {}, 'token_type'],
    ['with another event', { events: { 'https://example.org/event': {} } }, {}, 'token_type'],
    ['with an event that is no object', { events: { [LOGOUT]: true } }, {}, 'token_type'],
    ['with an event that is null', { events: { [LOGOUT]: null } }, {}, 'token_type'],
    ['with a list of events', { events: [LOGOUT] }, {}, 'token_type'],
    ['with an event by its name alone', { events: LOGOUT }, {}, 'token_type'],
    ['with a nonce', { nonce: 'n' }, {}, 'token_type'],
    ['with an empty nonce', { nonce: null }, {}, 'token_type'],
    ['typed as an access token', {}, { typ: 'at+jwt' }, 'token_type'],
    ['typed as something else', {}, { typ: 'secevent+jwt' }, 'token_type'],
    ['with a type that is no text', {}, { typ: 1 }, 'token_type'],
    ['of another issuer', { iss: 'https://evil.example.org' }, {}, 'issuer_unknown'],
    ['of no issuer', { iss: undefined }, {}, 'issuer_unknown'],
    ['for another client', { aud: 'another-client' }, {}, 'audience_mismatch'],
    ['for nobody', { aud: undefined }, {}, 'audience_mismatch'],
    ['for the API', { aud: 'my-api' }, {}, 'audience_mismatch'],
    ['for somebody unknown, too', { aud: ['my-client', 'another'] }, {}, 'audience_mismatch'],
    ['that has expired', { exp: -6 }, {}, 'expired'],
    ['of the future', { iat: 6 }, {}, 'issued_in_future'],
    ['that is not valid yet', { nbf: 6 }, {}, 'not_yet_valid'],
    ['without iat', { iat: undefined }, {}, 'claim_malformed'],
    ['without jti', { jti: undefined }, {}, 'claim_malformed'],
    ['with an empty jti', { jti: '' }, {}, 'claim_malformed'],
    ['with a jti that is no text', { jti: 1 as never }, {}, 'claim_malformed'],
    ['that names nobody', { sid: undefined, sub: undefined }, {}, 'claim_malformed'],
    ['with a sid that is no text', { sid: ['s-1'] }, {}, 'claim_malformed'],
    ['with an empty sid', { sid: '' }, {}, 'claim_malformed'],
    ['with a sub that is no text', { sub: {} as never }, {}, 'claim_malformed'],
  ])('%s proves nothing', async (_, claims, header, reason) => {
    expect(await proven(shifted(claims), header)).toEqual(rejection(reason));
  });

  it('with an exp that is no number proves nothing', async () => {
    expect(await proven({ exp: 'soon' as never })).toEqual(rejection('claim_malformed'));
  });

  it('that somebody else signed proves nothing', async () => {
    expect(await proven({}, {}, stranger)).toEqual(rejection('key_unknown'));
    expect(await proven({}, { kid: stub.key.kid }, stranger)).toEqual(rejection('signature_invalid'));
  });

  it('under an algorithm that is not configured proves nothing', async () => {
    const own = identity({ idTokens: { algorithms: ['ES256'], otherAudiences: [] } });
    expect(await outcome(own.verifyLogoutToken(await token()))).toEqual(rejection('algorithm_not_allowed'));
  });

  it.each(['', 'garbage', 'a.b.c', `${'a'.repeat(20_000)}.b.c`])('that is no token proves nothing', async (text) => {
    expect(await outcome(identity().verifyLogoutToken(text))).toMatchObject({ name: 'TokenRejection' });
  });

  it('that is an ID token or an access token proves nothing', async () => {
    const own = new Provider(providerSettings(stub), () => undefined).identity;
    for (const other of [
      await stub.idToken({ sid: 's-1' }),
      await stub.accessToken({ aud: 'my-client', sid: 's-1' }),
    ]) {
      expect(await outcome(own.verifyLogoutToken(other))).toEqual(rejection('token_type'));
    }
  });

  it('cannot be judged while keys or metadata cannot be had', async () => {
    stub.on('jwks', status(500));
    expect(await proven()).toMatchObject({ status: 503 });
    stub.on('discovery', status(500));
    expect(await proven()).toMatchObject({ status: 503 });
  });

  /** Times of the table, which count from now. */
  function shifted(claims: JWTPayload): JWTPayload {
    return Object.fromEntries(
      Object.entries(claims).map(([name, value]) => [
        name,
        ['exp', 'iat', 'nbf'].includes(name) && typeof value === 'number' ? clock.seconds + value : value,
      ]),
    );
  }
});

describe('an access token of the provider', () => {
  const own = () => new Provider(providerSettings(stub), () => undefined).identity;

  it('is proven with its claims as they are', async () => {
    const claims = await own().verifyAccessToken(await stub.accessToken({ azp: 'spa', scope: 'read', groups: ['g'] }));
    expect(claims).toMatchObject({ sub: 'stub-user', azp: 'spa', scope: 'read', groups: ['g'], aud: 'my-api' });
    expect(claims).not.toHaveProperty('roles');
  });

  it.each<[string, () => Promise<string>, string]>([
    ['for another API', () => stub.accessToken({ aud: 'another-api' }), 'audience_mismatch'],
    ['that is an ID token', () => stub.idToken({ aud: 'my-api', nonce: 'n' }), 'not_an_access_token'],
    ['that has expired', () => stub.accessToken({ exp: 1 }), 'expired'],
    ['that is bound to a key', () => stub.accessToken({ cnf: { jkt: 'x' } }), 'sender_constrained'],
    ['of somebody else', () => stub.accessToken({}, {}, stranger), 'key_unknown'],
  ])('%s proves nothing', async (_, token, reason) => {
    expect(await outcome(own().verifyAccessToken(await token()))).toMatchObject({ name: 'TokenRejection', reason });
  });

  it('cannot be judged while the keys cannot be had', async () => {
    stub.on('jwks', status(500));
    expect(await outcome(own().verifyAccessToken(await stub.accessToken()))).toMatchObject({ status: 503 });
  });
});
