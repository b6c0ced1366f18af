import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import type { AuthAppOptions } from '../support/auth-app.js';
import { loopbackTarget } from '../support/wire-client.js';
import { begin, beginWithVerifier, grantTo, redeem } from './support/logins.js';
import { newVerifier } from './support/pkce.js';
import { badGrant, expectRefused, targetOn, type Attacked } from './support/target.js';

const { privateKey } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
/** Clients whose credentials are no secret fit to seal with: an attacker who knows or guesses them is one more instance. */
const weak: [name: string, auth: NonNullable<AuthAppOptions['auth']>][] = [
  ['a client secret of one character', { clientSecret: 'x' }],
  ['a client secret of 31 characters', { clientSecret: 'x'.repeat(31) }],
  ['no client secret', { clientSecret: undefined }],
  [
    'a private key',
    { clientSecret: undefined, clientAuthentication: { method: 'private_key_jwt', key: privateKey, kid: 'k' } },
  ],
];

describe.each(adapters)('secrets that can be guessed, on %s:', (adapter) => {
  const target = targetOn(adapter);

  /** Two instances of the same application, as far as configuration goes. */
  const twins = async (auth: NonNullable<AuthAppOptions['auth']>): Promise<[Attacked, Attacked]> => {
    const same = { baseUrl: target.app.url, ...auth };
    return [await target.boot({ auth: same, controllers: [] }), await target.boot({ auth: same, controllers: [] })];
  };
  const deviceCode = async ({ client }: Attacked) => String((await client.post('/auth/v2/device')).json.device_code);

  describe.each(weak)('%s', (_, auth) => {
    it('opens no state that another instance sealed', async () => {
      const [one, two] = await twins(auth);
      const begun = await begin(one.client, loopbackTarget);
      grantTo(target, begun);
      await expectRefused(two, () => redeem(two, begun.state), badGrant('state_invalid'));
      expect((await redeem(one, begun.state)).status).toBe(200);
    });

    it('opens no device code', async () => {
      const [one, two] = await twins(auth);
      const device_code = await deviceCode(one);
      const poll = ({ client }: Attacked) => client.post('/auth/v2/token', { device_code });
      await expectRefused(two, () => poll(two), badGrant('device_code_invalid'));
      expect((await poll(one)).status).toBe(200);
    });

    it("computes no nonce for a client's own challenge", async () => {
      const [one, two] = await twins(auth);
      const verifier = newVerifier();
      const begun = await beginWithVerifier(one.client, loopbackTarget, verifier);
      grantTo(target, begun);
      expect((await beginWithVerifier(two.client, loopbackTarget, verifier)).nonce).not.toBe(begun.nonce);
      await expectRefused(two, () => redeem(two, verifier), badGrant('nonce_mismatch'));
      expect((await redeem(one, verifier)).status).toBe(200);
    });

    it('is said at boot, without the secret', async () => {
      const [one] = await twins(auth);
      expect(one.logs.text('warn')).toMatch(/Several pods.*need the option secret/);
      expect(one.logs.text()).not.toMatch(/x{31}|PRIVATE KEY/);
    });
  });

  it('a client secret of 32 characters seals for all instances', async () => {
    const [one, two] = await twins({ clientSecret: 'x'.repeat(32) });
    const begun = await begin(one.client, loopbackTarget);
    grantTo(target, begun);
    expect((await redeem(two, begun.state)).status).toBe(200);
    expect(one.logs.text('warn')).not.toMatch(/secret/);
  });

  it('a secret that was rotated out opens nothing any more', async () => {
    const [older, newer] = ['an older secret of thirty-two characters', 'a newer secret of thirty-two characters'];
    const boot = (secret: string[]) => target.boot({ auth: { baseUrl: target.app.url, secret }, controllers: [] });
    const [before, during, after] = [await boot([older]), await boot([newer, older]), await boot([newer])];
    const begun = await begin(before.client, loopbackTarget);
    grantTo(target, begun);
    await expectRefused(after, () => redeem(after, begun.state), badGrant('state_invalid'));
    expect((await redeem(during, begun.state)).status).toBe(200);
  });
});
