import type { JWTPayload } from 'jose';
import { describe, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import { signingKey } from '../support/keys.js';
import { targetOn, withTarget } from './support/bearer-target.js';

const foreign = 'not_an_access_token';
const logoutEvent = { 'http://schemas.openid.net/event/backchannel-logout': {} };

/** All with the audience, issuer and times of an access token. */
const kinds: readonly (readonly [name: string, claims: object, reason: string])[] = [
  ['an ID token by its nonce', { nonce: 'n' }, foreign],
  ['an ID token by a nonce that is empty', { nonce: '' }, foreign],
  ['an ID token by a nonce that is null', { nonce: null }, foreign],
  ['an ID token by its nonce, with a claim typ that is no string', { nonce: 'n', typ: ['Bearer'] }, foreign],
  ['an ID token by at_hash', { at_hash: 'x' }, foreign],
  ['an ID token by c_hash', { c_hash: 'x' }, foreign],
  ['an ID token by s_hash', { s_hash: 'x' }, foreign],
  ['an ID token by an at_hash that is null', { at_hash: null }, foreign],
  ['an ID token by at_hash that calls itself Bearer', { typ: 'Bearer', at_hash: 'x' }, foreign],
  ['a logout token', { events: logoutEvent, sid: 's' }, foreign],
  ['a logout token that calls itself Bearer', { typ: 'Bearer', events: logoutEvent }, foreign],
  ['a logout token with events that are empty', { events: {} }, foreign],
  ['a logout token with events that are null', { events: null }, foreign],
  ...[
    'ID',
    'Refresh',
    'Offline',
    'Logout',
    'DPoP',
    'bearer',
    'BEARER',
    'Bearer ',
    'Bearer ID',
    'JWT',
    'at+jwt',
    '',
  ].map((typ) => [`claim typ ${JSON.stringify(typ)}`, { typ }, foreign] as const),
  ['cnf of DPoP', { cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' } }, 'sender_constrained'],
  ['cnf of mTLS', { cnf: { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' } }, 'sender_constrained'],
  ['cnf that is empty', { cnf: {} }, 'sender_constrained'],
  ['cnf that is null', { cnf: null }, 'sender_constrained'],
  ['cnf with claim typ Bearer', { cnf: { jkt: 'x' }, typ: 'Bearer' }, 'sender_constrained'],
];

describe.each(adapters)('token-type confusion, on %s', (adapter) => {
  const target = targetOn(adapter);

  it.each(kinds)('%s', async (_, claims, reason) => {
    for (const typ of ['at+jwt', 'JWT', undefined]) {
      await target().refuses(await target().stub.accessToken({ ...claims }, { typ }), { reason });
    }
    await target().admits();
  });

  it("the provider's ID token for this client", async () => {
    const { stub } = target();
    await target().refuses(await stub.idToken(), { reason: 'audience_mismatch' });
    await target().refuses(await stub.idToken({ nonce: 'n' }, { typ: 'JWT' }), { reason: 'audience_mismatch' });
    await target().refuses(await stub.idToken({ aud: ['my-client', 'my-api'], nonce: 'n' }), { reason: foreign });
    await target().admits();
  });

  it("an ID token for this client that names the API beside it, as the provider's refreshed ones do: no nonce", async () => {
    const { stub } = target();
    const token = await stub.idToken({ aud: ['my-client', 'my-api'], azp: 'my-client' }, { typ: 'JWT' });
    await target().refuses(token, { reason: foreign });
    await target().admits();
  });

  it("Keycloak's access tokens: header JWT, claim typ Bearer, and a nonce", async () => {
    const { stub } = target();
    await target().admits(await stub.accessToken({ typ: 'Bearer', nonce: 'n' }, { typ: 'JWT' }));
    await target().admits(await stub.accessToken({ typ: 'Bearer', nonce: 'n' }, { typ: undefined }));
  });

  it('what is no token of this kind at all', async () => {
    for (const opaque of [
      'garbage',
      'a.b',
      'a.b.c',
      '..',
      'e30.e30.e30',
      'e30.e30.',
      'bnVsbA.bnVsbA.bnVsbA',
      'a.b.c.d',
    ]) {
      await target().refuses(opaque, { reason: 'token_malformed' });
    }
    await target().admits();
  });
});

const home = await signingKey('RS256', 'home');

describe.each(adapters)('an audience that is the client id itself, on %s', (adapter) => {
  const provider = { keys: [home] };
  const scopeless = { scope: undefined } as JWTPayload;

  it.each<[name: string, audience: string | string[], aud: string | string[]]>([
    ['alone', 'my-client', 'my-client'],
    ['in a list', 'my-client', ['my-client']],
    ['twice', 'my-client', ['my-client', 'my-client']],
    ['beside a stranger', 'my-client', ['my-client', 'account']],
    ['as one of two that are accepted', ['my-api', 'my-client'], 'my-client'],
  ])('%s, without scope', async (_, audience, aud) => {
    await withTarget(adapter, { provider, auth: { audience } }, async (target) => {
      const { stub } = target;
      for (const typ of ['at+jwt', 'JWT', undefined]) {
        await target.refuses(await stub.accessToken({ ...scopeless, aud }, { typ }), { reason: foreign });
      }
      await target.refuses(await stub.idToken({ aud }, { typ: 'JWT' }), { reason: foreign });
      await target.admits(await stub.accessToken({ aud }));
      await target.admits(await stub.accessToken({ ...scopeless, scp: ['read'], aud }));
    });
  });

  it('any audience at all, without scope', async () => {
    const auth = { audience: undefined, insecureAudience: true };
    await withTarget(adapter, { provider, auth }, async (target) => {
      for (const aud of ['my-client', ['my-client'], [], undefined]) {
        const token = await target.stub.accessToken({ ...scopeless, aud });
        await target.refuses(token, { reason: foreign });
      }
      await target.refuses(await target.stub.idToken({ aud: 'else', nonce: 'n' }), { reason: foreign });
      await target.admits();
      await target.admits({ aud: 'anything' });
    });
  });

  it('scope and scp that are null are as good as none', async () => {
    await withTarget(adapter, { provider, auth: { audience: 'my-client' } }, async (target) => {
      const nulls = { scope: null, scp: null } as unknown as JWTPayload;
      await target.refuses(await target.stub.accessToken({ ...nulls, aud: 'my-client' }), { reason: foreign });
      await target.admits({ aud: 'my-client' });
    });
  });
});
