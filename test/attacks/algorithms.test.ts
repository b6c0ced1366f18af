import { beforeAll, describe, expect, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import { publishedWithout, sign, signingKey, type SigningKey } from '../support/keys.js';
import { badToken, expectAdmitted, expectRefused, targetOn } from './support/target.js';
import { altered, publicKeyTexts, signedByText } from './support/tokens.js';

describe.each(adapters)('algorithms and keys on %s:', (adapter) => {
  const target = targetOn(adapter);
  const { expectBadToken, expectGenuine } = target;

  describe('unsigned tokens', () => {
    it.each(['none', 'None', 'NONE', 'nOnE', 'none\u0000', ' none', ''])('alg %j', async (alg) => {
      const token = await target.stub.accessToken();
      await expectBadToken(altered(token, { header: { alg }, signature: '' }), 'algorithm_not_allowed');
      await expectBadToken(altered(token, { header: { alg } }), 'algorithm_not_allowed');
      await expectGenuine();
    });

    it('RS256 with an empty signature', async () => {
      await expectBadToken(altered(await target.stub.accessToken(), { signature: '' }), 'signature_invalid');
      await expectGenuine();
    });

    it.each([
      ['no alg', undefined],
      ['a list', ['RS256']],
      ['null', null],
      ['a number', 256],
      ['an object', {}],
    ])('alg: %s', async (_, alg) => {
      await expectBadToken(altered(await target.stub.accessToken(), { header: { alg } }), 'token_malformed');
      await expectGenuine();
    });
  });

  describe('a public key in the place of a secret', () => {
    let texts: Record<string, string>;
    beforeAll(async () => {
      texts = await publicKeyTexts(target.stub.key);
    });

    it.each(['PEM', 'PEM with a line break at its end', 'JWK', 'modulus'])('HS256 with the %s', async (form) => {
      const token = await target.stub.accessToken();
      await expectBadToken(signedByText(token, texts[form] ?? ''), 'algorithm_not_allowed');
      await expectGenuine();
    });

    it.each(['HS384', 'HS512'])('%s', async (alg) => {
      const token = signedByText(await target.stub.accessToken(), texts.PEM ?? '', alg);
      await expectBadToken(token, 'algorithm_not_allowed');
      await expectGenuine();
    });

    it('HS256 labelled RS256', async () => {
      const mac = signedByText(await target.stub.accessToken(), texts.PEM ?? '').split('.')[2] ?? '';
      await expectBadToken(altered(await target.stub.accessToken(), { signature: mac }), 'signature_invalid');
      await expectGenuine();
    });

    it('an oct key in the key set', async () => {
      const k = Buffer.from('a secret that everybody can read in the key set').toString('base64url');
      target.stub.jwks = [{ kty: 'oct', kid: 'shared', alg: 'HS256', k }, ...target.stub.jwks];
      const app = await target.boot();
      const token = signedByText(
        altered(await target.stub.accessToken(), { header: { kid: 'shared' } }),
        Buffer.from(k, 'base64url').toString(),
      );
      await expectRefused(app, () => app.client.get('/door', {}, { bearer: token }), badToken('algorithm_not_allowed'));
      await expectAdmitted(app, await target.stub.accessToken());
    });
  });

  it.each(['HS256', 'RS1', 'ES256K', 'RSA-OAEP', 'dir', 'rs256', 'RS256 ', '__proto__', 'constructor'])(
    'alg %j, which is in nobody’s list',
    async (alg) => {
      await expectBadToken(altered(await target.stub.accessToken(), { header: { alg } }), 'algorithm_not_allowed');
      await expectGenuine();
    },
  );

  describe('an algorithm that configuration does not name', () => {
    it.each(['PS256', 'RS384'])('%s by the very key that signs RS256', async (alg) => {
      const [rs] = [target.stub.key];
      const bare = publishedWithout(rs, 'alg');
      target.stub.jwks = [bare];
      const app = await target.boot({ auth: { algorithms: ['RS256'] } });
      const other = await sameKeyAs(rs, alg);
      const token = await target.stub.accessToken({}, { alg }, other);
      await expectRefused(app, () => app.client.get('/door', {}, { bearer: token }), badToken('algorithm_not_allowed'));
      await expectAdmitted(app, await target.stub.accessToken());
    });

    it('HS256 cannot even be configured', async () => {
      await expect(target.boot({ auth: { algorithms: ['HS256', 'none'] } })).rejects.toThrow(/algorithms/);
      await expectGenuine();
    });
  });

  describe('a key that says for what it is', () => {
    it.each([
      ['another alg than the token', { alg: 'RS512' }],
      ['encryption', { use: 'enc' }],
      ['signing only', { key_ops: ['sign'] }],
    ])('%s', async (_, labels) => {
      const odd = await signingKey('RS256');
      target.stub.jwks = [{ ...odd.publicJwk, ...labels }, target.stub.key.publicJwk];
      const app = await target.boot();
      const token = await target.stub.accessToken({}, {}, odd);
      await expectRefused(app, () => app.client.get('/door', {}, { bearer: token }), badToken('key_unknown'));
      await expectAdmitted(app, await target.stub.accessToken());
    });

    it('a key without alg verifies no algorithm of another key type', async () => {
      const ec = await signingKey('ES256');
      target.stub.jwks = [publishedWithout(ec, 'alg', 'use'), target.stub.key.publicJwk];
      const app = await target.boot();
      const token = await target.stub.accessToken({}, { kid: ec.kid });
      await expectRefused(app, () => app.client.get('/door', {}, { bearer: token }), badToken('key_unknown'));
      await expectAdmitted(app, await target.stub.accessToken({}, {}, ec));
    });

    it('a published private key verifies nothing', async () => {
      const leaked = await signingKey('RS256');
      target.stub.jwks = [leaked.privateJwk, target.stub.key.publicJwk];
      const app = await target.boot();
      const token = await target.stub.accessToken({}, {}, leaked);
      await expectRefused(app, () => app.client.get('/door', {}, { bearer: token }), badToken('key_unknown'));
      await expectAdmitted(app, await target.stub.accessToken());
    });
  });

  it('an attacker’s key under a genuine kid', async () => {
    const forged = await signingKey('RS256', target.stub.key.kid);
    await expectBadToken(await target.stub.accessToken({}, {}, forged), 'signature_invalid');
    await expectGenuine();
  });

  it('an attacker’s key and no kid', async () => {
    const forged = await signingKey('RS256');
    await expectBadToken(await target.stub.accessToken({}, { kid: undefined }, forged), 'signature_invalid');
    await expectGenuine();
  });

  it('genuine claims that were changed, and a genuine header', async () => {
    await expectBadToken(altered(await target.stub.accessToken(), { claims: { sub: 'root' } }), 'signature_invalid');
    await expectBadToken(altered(await target.stub.accessToken(), { header: { x: 1 } }), 'signature_invalid');
    await expectGenuine();
  });
});

async function sameKeyAs(key: SigningKey, alg: string): Promise<SigningKey> {
  const { importJWK } = await import('jose');
  const { alg: _, ...jwk } = key.privateJwk;
  const privateKey = (await importJWK({ ...jwk, alg }, alg)) as SigningKey['privateKey'];
  const same = { ...key, alg, privateKey };
  await sign(same, {});
  return same;
}
