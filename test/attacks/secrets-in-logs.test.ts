import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OidcAuthEvents } from 'nestjs-oidc-auth';
import { adapters } from '../support/apps.js';
import { bootAuthApp, type AuthApp } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { startProvider, type TestProvider } from '../support/provider.js';
import { signIn } from '../support/sign-in.js';
import { loopbackTarget, offline } from '../support/wire-client.js';

const secret = 'the-option-secret-with-thirty-two-characters';

describe.each(adapters)('logs and events on %s, at the most verbose level', (adapter) => {
  let provider: TestProvider;
  let app: AuthApp;
  const events: unknown[] = [];
  /** Everything that nobody else may know, by what it is. */
  const issued = new Map<string, string>([['secret', secret]]);

  beforeAll(async () => {
    provider = await startProvider();
    app = await bootAuthApp(adapter, provider, { auth: { secret } });
    const emitter = app.app.get(OidcAuthEvents, { strict: false });
    emitter.on('refused', (event) => void events.push(event));
    emitter.on('provider-failed', (event) => void events.push(event));
  });
  afterAll(async () => {
    await app.close();
    await provider.close();
  });

  const keep = (kind: string, value: unknown) => void issued.set(`${kind} ${issued.size}`, String(value));
  const keepTokens = ({ json }: { json: Readonly<Record<string, unknown>> }) => {
    keep('access token', json.access_token);
    if (json.refresh_token !== undefined) keep('refresh token', json.refresh_token);
  };

  it('hold no secret, token, code, verifier, state or cookie after every flow and many failures', async () => {
    const { client } = app;

    // a native client, twice with the same code
    const login = await client.codeFor(loopbackTarget, { parameters: offline });
    keep('code', login.code);
    keep('state', login.state);
    const tokens = await client.redeem(login);
    keepTokens(tokens);
    await client.redeem(login);

    // a browser at our own callback, replayed, and in another browser
    const browser = new Browser();
    const own = client.url('/auth/v2/callback');
    const { code, state, iss } = await client.codeFor(own, { browser });
    const cookie = browser.cookies.header(new URL(own)) ?? '';
    keep('code', code);
    keep('state', state);
    for (const pair of cookie.split('; ')) keep('cookie', pair.split('=')[1]);
    await client.get('/auth/v2/callback', { code, state, iss });
    keepTokens(await client.get('/auth/v2/callback', { code, state, iss }, { headers: { cookie } }));
    await client.get('/auth/v2/callback', { code, state, iss }, { headers: { cookie } });

    // refresh, with its token and with one that was used before
    const refresh = { refresh_token: String(tokens.json.refresh_token) };
    keepTokens(await client.post('/auth/v2/token', refresh));
    await client.post('/auth/v2/token', refresh);

    // the device flow, before and after the user's approval
    const { json: device } = await client.post('/auth/v2/device');
    keep('device code', device.device_code);
    await client.post('/auth/v2/token', { device_code: String(device.device_code) });
    await signIn(new Browser(), String(device.verification_uri_complete), {});
    keepTokens(await client.post('/auth/v2/token', { device_code: String(device.device_code) }));

    // bearers, good, bad and too weak; log-out
    const bearer = String(tokens.json.access_token);
    const forged = `${bearer.slice(0, -8)}AAAAAAAA`;
    keep('forged token', forged);
    for (const one of [bearer, forged]) {
      await client.get('/auth/v2/userinfo', {}, { bearer: one });
      const { json } = await client.post('/auth/v2/logout', {}, { bearer: one });
      if (typeof json.logout_url !== 'string') continue;
      const ticket = new URL(json.logout_url).searchParams.get('ticket') ?? '';
      keep('ticket', ticket);
      await client.get('/auth/v2/logout', { ticket });
      await client.get('/auth/v2/logout', { ticket: `${ticket}x` });
    }

    // the provider is gone
    await provider.down();
    await client.post('/auth/v2/token', refresh);
    await client.redeem(login);
    await client.post('/auth/v2/device');
    await provider.up();

    expect(issued.size).toBeGreaterThan(14);
    const told = app.logs.text() + JSON.stringify(events);
    expect(told).toContain('grant_refused');
    const leaked = [...issued].filter(([, value]) => value.length > 5 && told.includes(value)).map(([kind]) => kind);
    expect(leaked).toEqual([]);
  });
});
