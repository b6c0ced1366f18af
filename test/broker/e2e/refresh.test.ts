import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { adapters } from '../../support/apps.js';
import { expectTokens, expectWireError } from '../../support/expect-wire.js';
import { json } from '../../support/faults.js';
import { claimsOf, signingKey } from '../../support/keys.js';
import { startStubProvider, type StubProvider } from '../../support/stub-provider.js';
import { loopbackTarget } from '../../support/wire-client.js';
import { begin, redeem } from '../../attacks/support/logins.js';
import { bootBroker, type BrokerApp } from './support/broker-app.js';
import { expectOpen, expectShut } from './support/expect-doors.js';
import { answerTokens, refresh, sessionAt, type Granted } from './support/stub-logins.js';

let stub: StubProvider;
beforeAll(async () => {
  stub = await startStubProvider();
});
afterEach(() => {
  stub.restore();
  stub.jwks = stub.keys.map(({ publicJwk }) => publicJwk);
});
afterAll(() => stub.close());

describe.each(adapters)('a refresh in broker mode on %s', (adapter) => {
  let app: BrokerApp;
  beforeAll(async () => {
    app = await bootBroker(adapter, stub);
  });
  afterEach(() => {
    app.told.ended.splice(0);
    app.told.refused.splice(0);
  });
  afterAll(() => app.close());

  /** The refresh tokens that the provider was shown, latest last. */
  const shown = () => stub.requestsTo('token').map(({ form }) => form.get('refresh_token'));
  const revoked = () => stub.requestsTo('revocation').map(({ form }) => form.get('token'));
  const granted = (refresh_token: string | undefined, more: Granted = {}): Granted => ({
    ...more,
    others: { refresh_token, ...more.others },
  });

  describe('presents to the provider', () => {
    it("the provider's own token, and the one that took its place", async () => {
      const first = await sessionAt(app, stub, granted('provider-1'));
      answerTokens(stub, granted('provider-2'));
      const second = await refresh(app, first.refresh);
      expect(shown().at(-1)).toBe('provider-1');
      answerTokens(stub, granted('provider-3'));
      expectTokens(await refresh(app, String(second.json.refresh_token)), true);
      expect(shown().at(-1)).toBe('provider-2');
    });

    it('the same one again and again, if the provider does not rotate', async () => {
      const first = await sessionAt(app, stub, granted('provider-stays'));
      answerTokens(stub, granted(undefined));
      let { refresh: token } = first;
      for (let round = 0; round < 3; round++) {
        const answer = await refresh(app, token);
        expectTokens(answer, true);
        expect(shown().at(-1)).toBe('provider-stays');
        expect(answer.json.refresh_token).not.toBe(token);
        token = String(answer.json.refresh_token);
      }
    });

    it('one token once, however many ask at the same moment, and all get the same successor', async () => {
      const first = await sessionAt(app, stub);
      const calls = stub.calls('token');
      const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(app, first.refresh)));
      expect(stub.calls('token')).toBe(calls + 1);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect(new Set(answers.map(({ json: tokens }) => tokens.refresh_token)).size).toBe(1);
    });
  });

  it('that the provider refuses ends the session', async () => {
    const { access, refresh: token } = await sessionAt(app, stub);
    stub.on('token', json({ error: 'invalid_grant', error_description: 'secret-detail' }, 400));
    const answer = await refresh(app, token);
    expectWireError(answer, 400, 'invalid_grant');
    expect(answer.text).not.toContain('secret-detail');
    expect(app.told.refused.at(-1)).toMatchObject({ reason: 'session_ended' });
    expect(app.told.ended).toEqual([expect.objectContaining({ reason: 'refused' })]);
    await expectShut(app, access, 'session_ended');

    stub.restore();
    const calls = stub.calls('token');
    expectWireError(await refresh(app, token), 400, 'invalid_grant');
    expect(stub.calls('token')).toBe(calls);
  });

  describe('takes an answer', () => {
    const logIn = { azp: 'my-client', auth_time: 1_700_000_000 };

    it.each<[string, Granted]>([
      ['without ID token', { others: { id_token: undefined } }],
      ['with an ID token that says no more than it has to', {}],
      ['with everything as it was at the log-in', { idToken: logIn }],
      ['without auth_time', { idToken: { azp: 'my-client' } }],
    ])('%s: the user stays who it was', async (_, more) => {
      const first = await sessionAt(app, stub, { idToken: { ...logIn, preferred_username: 'ada' } });
      answerTokens(stub, { ...more, idToken: { azp: 'my-client', ...more.idToken } });
      const answer = await refresh(app, first.refresh);
      expectTokens(answer, true);
      expect(claimsOf(String(answer.json.access_token)).sub).toBe('stub-user');
      expect(app.told.ended).toEqual([]);
    });

    it('with an ID token that tells of a new name', async () => {
      const first = await sessionAt(app, stub, { idToken: { preferred_username: 'ada' } });
      answerTokens(stub, { idToken: { preferred_username: 'countess' } });
      const answer = await refresh(app, first.refresh);
      expect(claimsOf(String(answer.json.access_token))).toMatchObject({
        sub: 'stub-user',
        preferred_username: 'countess',
      });
    });

    it('with the nonce of the log-in', async () => {
      const { state, nonce } = await begin(app.client, loopbackTarget);
      answerTokens(stub, { idToken: { nonce } });
      const { json: tokens } = await redeem(app, state);
      expectTokens(await refresh(app, String(tokens.refresh_token)), true);
    });

    it('signed with a key that the provider has just published', async () => {
      const key = await signingKey('RS256');
      const { refresh: token } = await sessionAt(app, stub);
      stub.jwks = [...stub.jwks, key.publicJwk];
      stub.on('token', async () => stub.tokens({}, { id_token: await stub.idToken({}, {}, key) }));
      expectTokens(await refresh(app, token), true);
    });
  });

  describe('whose answer speaks of somebody else, or proves nothing, ends the session:', () => {
    const now = Math.floor(Date.now() / 1000);
    const stranger = signingKey('RS256');

    it.each<[string, Granted]>([
      ['another sub', { idToken: { sub: 'somebody-else' } }],
      ['another iss', { idToken: { iss: 'https://evil.example.org' } }],
      ['another aud', { idToken: { aud: 'another-client' } }],
      ['another azp', { idToken: { azp: 'another-client' } }],
      ['no azp, where there was one', { idToken: { azp: undefined } }],
      ['another auth_time', { idToken: { auth_time: 1_700_000_001 } }],
      ['another nonce', { idToken: { nonce: 'another-nonce' } }],
      ['an iat ahead', { idToken: { iat: now + 86_400 } }],
      ['an exp gone by', { idToken: { exp: now - 60 } }],
      ['no JWT', { others: { id_token: 'opaque' } }],
    ])('%s', async (_, more) => {
      const first = await sessionAt(app, stub, { idToken: { azp: 'my-client', auth_time: 1_700_000_000 } });
      answerTokens(stub, granted('new-token', { ...more, idToken: { azp: 'my-client', ...more.idToken } }));
      await expectEnded(first);
    });

    it('a forged signature', async () => {
      const first = await sessionAt(app, stub);
      const key = { ...(await stranger), kid: stub.key.kid };
      answerTokens(stub, granted('new-token', { others: { id_token: await stub.idToken({}, {}, key) } }));
      await expectEnded(first);
    });

    const expectEnded = async ({ access, refresh: token }: { access: string; refresh: string }) => {
      expectWireError(await refresh(app, token), 400, 'invalid_grant');
      expect(app.told.ended).toEqual([expect.objectContaining({ reason: 'identity' })]);
      expect(revoked().slice(-2)).toContain('new-token');
      await expectShut(app, access, 'session_ended');
      stub.restore();
      expectWireError(await refresh(app, token), 400, 'invalid_grant');
    };
  });

  it('of one session leaves all others alone', async () => {
    const [one, other] = [await sessionAt(app, stub), await sessionAt(app, stub)];
    stub.on('token', json({ error: 'invalid_grant' }, 400));
    expectWireError(await refresh(app, one.refresh), 400, 'invalid_grant');
    stub.restore();
    await expectOpen(app, other.access);
    expectTokens(await refresh(app, other.refresh), true);
  });
});
