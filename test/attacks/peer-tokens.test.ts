import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { expectOpen } from '../broker/e2e/support/expect-doors.js';
import { logoutToken, LOGOUT_EVENT, sendLogout } from '../broker/e2e/support/logout-tokens.js';
import { refresh, sessionAt } from '../broker/e2e/support/stub-logins.js';
import { adapters } from '../support/apps.js';
import { claimsOf, signingKey } from '../support/keys.js';
import { loopbackTarget } from '../support/wire-client.js';
import { peerTargetOn } from './support/peer-target.js';
import { badGrant, badRequest, badToken, expectRefused, type Refusal } from './support/target.js';

const keys = [await signingKey('RS256', 'the key of the peer')];

describe.each(adapters)('a token of a peer on %s', (adapter) => {
  const target = peerTargetOn(adapter, () => ({
    peer: { keys },
    entry: { claims: ['roles', 'scope', 'client_id'], exchange: () => false },
  }));
  /** A session of ours that the peer would like to end or to have. */
  let victim: { access: string; refresh: string };
  let sid: string;
  beforeEach(async () => {
    const { app, stub } = target();
    victim = await sessionAt(app, stub, { idToken: { sid: 'of the provider' } });
    sid = String(claimsOf(victim.access).sid);
  });
  afterEach(async () => {
    const { app } = target();
    expect(app.told.ended).toEqual([]);
    await expectOpen(app, victim.access);
    expect((await refresh(app, victim.refresh)).status).toBe(200);
  });

  /** Genuine, and speaking of the session and of the user whose session it is. */
  const posing = () =>
    target().peer.token({ sid, sub: 'stub-user', client_id: 'my-client', jti: claimsOf(victim.access).jti });
  const refuses = (path: string, form: Record<string, string>, refusal: Refusal, bearer?: string) => {
    const { app } = target();
    return expectRefused(app.told, () => app.client.post(path, form, bearer === undefined ? {} : { bearer }), refusal);
  };

  it('as a refresh token, also where a refresh token of ours begins it', async () => {
    const token = await posing();
    const invalid = badGrant('refresh_token_invalid');
    const [id, , mac] = victim.refresh.split('.');
    const forged = [
      token,
      `${victim.refresh}.${token}`,
      [id, ...token.split('.').slice(1)].join('.'),
      `${token}.${mac}`,
    ];
    for (const one of forged) {
      await refuses('/auth/v2/token', { refresh_token: one }, invalid);
      await refuses('/auth/v2/token', { grant_type: 'refresh_token', 'refresh-token': one }, invalid);
    }
  });

  it('as a code, a verifier or a device code', async () => {
    const token = await posing();
    await refuses('/auth/v2/token', { device_code: token }, badGrant('device_code_invalid'));
    const form = { code: token, redirect_uri: loopbackTarget, code_verifier: token };
    await refuses('/auth/v2/token', form, badGrant('state_invalid'));
  });

  it('in an exchange that its policy refuses', async () => {
    const form = { grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', subject_token: await posing() };
    await refuses('/auth/v2/token', form, badRequest('subject_token_not_allowed'));
    await refuses('/auth/v2/token', { ...form, scope: 'read' }, badRequest('subject_token_not_allowed'));
  });

  it('at logout: by POST as a bearer and in the form, and by GET', async () => {
    const { app } = target();
    const token = await posing();
    await refuses('/auth/v2/logout', {}, badToken('key_unknown'), token);
    await refuses('/auth/v2/logout', { token }, badToken('key_unknown'));
    await expectRefused(
      app.told,
      () => app.client.get('/auth/v2/logout', {}, { bearer: token }),
      badToken('key_unknown'),
    );
    const ticket = () => app.client.get('/auth/v2/logout', { ticket: token });
    await expectRefused(app.told, ticket, badRequest('ticket_invalid'));
  });

  it('at revoke, which answers as to any token that is none of its business', async () => {
    const { client } = target().app;
    const token = await posing();
    for (const token_type_hint of ['', 'access_token', 'refresh_token']) {
      const { status, json } = await client.post('/auth/v2/revoke', { token, token_type_hint });
      expect({ status, json }).toEqual({ status: 200, json: {} });
    }
    // what the peer's token is worth is for the peer to say
    await target().admits(token);
  });

  it('at back-channel logout, also where it is a logout token', async () => {
    const { app, stub, peer, neighbour } = target();
    const events = { [LOGOUT_EVENT]: {} };
    const meant = { events, sid: 'of the provider', sub: 'stub-user', aud: 'my-client' };
    const attempts = [
      await posing(),
      await peer.token(meant, { typ: 'logout+jwt' }),
      await peer.token({ ...meant, iss: stub.issuer }, { typ: 'logout+jwt' }),
      await peer.token({ ...meant, iss: stub.issuer }, { typ: 'logout+jwt', kid: stub.key.kid }),
      await peer.token({ ...meant, iss: app.url }, { typ: 'logout+jwt' }),
      await peer.token({ ...meant, iss: neighbour.issuer }, { typ: 'logout+jwt' }),
      await logoutToken(stub, { ...meant, iss: peer.issuer }),
      await logoutToken(stub, meant, {}, peer.key),
    ];
    for (const attempt of attempts) {
      await expectRefused(app.told, () => sendLogout(app, attempt), badRequest('logout_token_invalid'));
    }
  });
});
