import { describe, expect, it } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { answerWith, idTokenFlows } from '../attacks/support/id-tokens.js';
import {
  badAnswer,
  badToken,
  expectAdmitted,
  expectRefused,
  targetOn,
  type Attacked,
  type Target,
} from '../attacks/support/target.js';
import { adapters } from '../support/apps.js';
import { claimsOf } from '../support/keys.js';

const minute = 60;
const seconds = () => Math.floor(Date.now() / 1000);

describe.each(adapters)('a clock that is a minute off, on %s,', (adapter) => {
  const target = targetOn(adapter);
  const boot = (ahead: number, auth = {}) => target.boot({ auth: { now: () => Date.now() + ahead * 1000, ...auth } });
  const at = (app: Attacked): Target => ({ ...target, stub: target.stub, app, client: app.client });

  it.each([
    ['behind: an access token of now', -minute, () => ({}), 'issued_in_future'],
    [
      'behind: an access token that begins now',
      -minute,
      () => ({ iat: seconds() - minute, nbf: seconds() }),
      'not_yet_valid',
    ],
    ['ahead: an access token with half a minute to live', minute, () => ({ exp: seconds() + 30 }), 'expired'],
  ])('%s is refused, and let in with a tolerance that covers it', async (_, ahead, claims, reason) => {
    const bearer = await target.stub.accessToken(claims());
    const strict = await boot(ahead);
    await expectRefused(strict, () => strict.client.get('/door', {}, { bearer }), badToken(reason));
    const close = await boot(ahead, { clockTolerance: 20 });
    await expectRefused(close, () => close.client.get('/door', {}, { bearer }), badToken(reason));
    await expectAdmitted(await boot(ahead, { clockTolerance: 120 }), bearer);
  });

  describe.each(idTokenFlows)('in a %s answer:', (flow) => {
    it.each([
      ['behind: an ID token of now', -minute, () => ({})],
      ['behind: an ID token that begins now', -minute, () => ({ iat: seconds() - minute, nbf: seconds() })],
      ['ahead: an ID token with half a minute to live', minute, () => ({ exp: seconds() + 30 })],
    ])('%s is refused, and taken with a tolerance that covers it', async (_, ahead, claims) => {
      const answer = (app: Attacked) =>
        answerWith(at(app), flow, (nonce) => target.stub.idToken({ ...(nonce && { nonce }), ...claims() }));
      const strict = await boot(ahead);
      await expectRefused(strict, () => answer(strict), badAnswer('id_token_invalid'));
      // openid-client's own tolerance, half a minute, is not ours
      const close = await boot(ahead, { clockTolerance: 20 });
      await expectRefused(close, () => answer(close), badAnswer('id_token_invalid'));
      expect((await answer(await boot(ahead, { clockTolerance: 120 }))).status).toBe(200);
    });

    it('ahead: an ID token of the usual lifetime is taken', async () => {
      const app = await boot(minute);
      const answer = await answerWith(at(app), flow, (nonce) => target.stub.idToken(nonce ? { nonce } : {}));
      expect(answer.status).toBe(200);
    });
  });

  it.each([-minute, minute])('by %i s: `expires` follows the clock of this server', async (ahead) => {
    const app = await boot(ahead, { clockTolerance: 120 });
    const { json } = await app.client.post('/auth/v2/token', { refresh_token: 'r' });
    expect(Math.abs(Number(json.expires) - (seconds() + ahead + 300))).toBeLessThanOrEqual(30);
  });

  it.each([-minute, minute])('by %i s: the assertion with which the client authenticates follows it', async (ahead) => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const app = await boot(ahead, {
      clockTolerance: 120,
      clientSecret: undefined,
      clientAuthentication: { method: 'private_key_jwt', key },
    });
    expect((await app.client.post('/auth/v2/token', { refresh_token: 'r' })).status).toBe(200);
    const { iat } = claimsOf(target.stub.requestsTo('token').at(-1)?.form.get('client_assertion') ?? '');
    expect(Math.abs(Number(iat) - (seconds() + ahead))).toBeLessThanOrEqual(30);
  });
});
