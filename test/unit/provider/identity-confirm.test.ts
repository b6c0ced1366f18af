import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { JWTPayload } from 'jose';
import { Provider, type ProviderSettings } from '../../../lib/provider/index.js';
import { status } from '../../support/faults.js';
import { claimsOf, sign, signingKey, type SigningKey } from '../../support/keys.js';
import { startStubProvider, type StubProvider } from '../../support/stub-provider.js';
import { FakeClock } from '../fake-clock.js';
import { providerSettings } from './settings.js';

let stub: StubProvider;
let stranger: SigningKey;
beforeAll(async () => {
  stub = await startStubProvider();
  stranger = await signingKey();
});
afterEach(() => {
  stub.restore();
  stub.jwks = [stub.key.publicJwk];
});
afterAll(() => stub.close());

const identity = (others: Partial<ProviderSettings> = {}) =>
  new Provider(providerSettings(stub, others), () => undefined).identity;
const login = { azp: 'my-client', auth_time: 1_750_000_000, nonce: 'n-1', sid: 's-1' };
const known = async (claims: JWTPayload = login) => claimsOf(await stub.idToken(claims));
const rejected = expect.objectContaining({ status: 502, reason: 'id_token_invalid' });
/** What becomes of an ID token with these claims beside the standard ones, after a log-in with those. */
const confirmed = async (claims: JWTPayload, before: JWTPayload = login): Promise<unknown> =>
  identity()
    .confirm(await stub.idToken(claims), await known(before))
    .catch((error: unknown) => error);

describe('the ID token of a refresh', () => {
  it('may be missing: what the log-in said goes on to hold', async () => {
    const before = await known();
    expect(await identity().confirm(undefined, before)).toBe(before);
    expect(stub.calls('jwks')).toBe(0);
  });

  it.each<[string, JWTPayload, JWTPayload]>([
    ['the same of everything', login, login],
    ['neither nonce nor time of the log-in', { azp: 'my-client' }, login],
    ['the client as azp, where the log-in said nothing', { azp: 'my-client' }, {}],
    ['a time of the log-in, where that said nothing', { auth_time: 1 }, {}],
    ['another session and other names', { ...login, sid: 's-2', preferred_username: 'new' }, login],
    ['an audience beside the client', { ...login, aud: ['my-client', 'my-api'] }, login],
  ])('may say %s', async (_, claims, before) => {
    expect(await confirmed(claims, before)).toMatchObject({ sub: 'stub-user', ...claims });
  });

  it.each<[string, JWTPayload, JWTPayload]>([
    ['another user', { ...login, sub: 'somebody-else' }, login],
    ['no user', { ...login, sub: undefined }, login],
    ['another issuer', { ...login, iss: 'https://evil.example.org' }, login],
    ['another audience', { ...login, aud: 'another-client' }, login],
    ['an audience that nobody knows beside the client', { ...login, aud: ['my-client', 'evil'] }, login],
    ['another client as azp', { ...login, azp: 'another-client' }, login],
    ['no azp, where the log-in named one', { ...login, azp: undefined }, login],
    ['another time of the log-in', { ...login, auth_time: 1_750_000_001 }, login],
    ['another nonce', { ...login, nonce: 'n-2' }, login],
    ['a nonce, where the log-in had none', { nonce: 'n-1' }, {}],
    ['that it has expired', { ...login, exp: 1 }, login],
    ['that it is of tomorrow', { ...login, iat: Math.floor(Date.now() / 1000) + 86_400 }, login],
  ])('is rejected if it says %s', async (_, claims, before) => {
    expect(await confirmed(claims, before)).toEqual(rejected);
  });

  it('is rejected if the log-in was at another issuer, though this one is the right one now', async () => {
    const before = { ...(await known()), iss: 'https://former.example.org' };
    await expect(identity().confirm(await stub.idToken(login), before)).rejects.toEqual(rejected);
  });

  it.each<[string, () => Promise<string>]>([
    ['garbage', () => Promise.resolve('garbage')],
    ['of an unknown key', () => stub.idToken(login, {}, stranger)],
    ['of another key under a known name', () => stub.idToken(login, { kid: stub.key.kid }, stranger)],
    ['an access token', () => stub.accessToken({ ...login, aud: 'my-client' })],
    ['unsigned', async () => (await stub.idToken(login)).replace(/[\w-]+$/, '')],
  ])('is rejected if it is %s', async (_, token) => {
    await expect(identity().confirm(await token(), await known())).rejects.toEqual(rejected);
  });

  it('is no reason to reject anything while the keys cannot be had', async () => {
    stub.on('jwks', status(500));
    expect(await confirmed(login)).toMatchObject({ status: 503, reason: 'provider_unreachable' });
  });

  it('is rejected for an unknown key only after the keys were fetched for it', async () => {
    const clock = new FakeClock(Date.now());
    const own = identity({ now: clock.now });
    const before = await known();
    await expect(own.confirm(await stub.idToken(login, {}, stranger), before)).rejects.toEqual(rejected);

    const fresh = await signingKey();
    stub.jwks = [...stub.jwks, fresh.publicJwk];
    const renewed = await sign(fresh, { ...before });
    await expect(own.confirm(renewed, before)).rejects.toMatchObject({ status: 503, reason: 'key_unknown' });
    clock.pass(30);
    expect(await own.confirm(renewed, before)).toEqual(before);
  });
});
