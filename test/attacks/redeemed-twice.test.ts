import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import { bootAuthApp, type AuthApp } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { startProvider, type TestProvider } from '../support/provider.js';
import { signIn } from '../support/sign-in.js';
import { loopbackTarget, type WireAnswer } from '../support/wire-client.js';

describe.each(adapters)('redeemed twice in parallel on %s:', (adapter) => {
  let provider: TestProvider;
  let app: AuthApp;
  beforeAll(async () => {
    provider = await startProvider();
    app = await bootAuthApp(adapter, provider);
  });
  afterAll(async () => {
    await app.close();
    await provider.close();
  });

  const twice = async (redeem: () => Promise<WireAnswer>) => {
    const answers = await Promise.all([redeem(), redeem()]);
    return answers.map(({ status, json }) => [status, json.error]).sort();
  };

  it('a code', async () => {
    const login = await app.client.codeFor(loopbackTarget);
    expect(await twice(() => app.client.redeem(login))).toEqual([
      [200, undefined],
      [400, 'invalid_grant'],
    ]);
    expect((await app.client.logIn()).status).toBe(200);
  });

  it('a device code', async () => {
    const { json } = await app.client.post('/auth/v2/device');
    await signIn(new Browser(), String(json.verification_uri_complete), {});
    expect(await twice(() => app.client.post('/auth/v2/token', { device_code: String(json.device_code) }))).toEqual([
      [200, undefined],
      [400, 'invalid_grant'],
    ]);
  });

  it("a device code of somebody else's session at another application", async () => {
    const other = await bootAuthApp(adapter, provider, { auth: { secret: 'x'.repeat(32) } });
    const { json } = await other.client.post('/auth/v2/device');
    await signIn(new Browser(), String(json.verification_uri_complete), {});
    const stolen = await app.client.post('/auth/v2/token', { device_code: String(json.device_code) });
    expect([stolen.status, stolen.json.error]).toEqual([400, 'invalid_grant']);
    const rightful = await other.client.post('/auth/v2/token', { device_code: String(json.device_code) });
    expect(rightful.status).toBe(200);
    await other.close();
  });
});
