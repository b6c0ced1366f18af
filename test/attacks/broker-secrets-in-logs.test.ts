import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bootBroker, encryptionKey, type BrokerApp } from '../broker/e2e/support/broker-app.js';
import { expectOpen } from '../broker/e2e/support/expect-doors.js';
import { logoutToken, sendLogout } from '../broker/e2e/support/logout-tokens.js';
import { ProviderTraffic } from '../broker/e2e/support/provider-traffic.js';
import { answerTokens, refresh, sessionAt } from '../broker/e2e/support/stub-logins.js';
import { UnreliableStore } from '../broker/e2e/support/unreliable-store.js';
import { adapters } from '../support/apps.js';
import { json } from '../support/faults.js';
import { clients } from '../support/provider.js';
import { startStubProvider, type StubProvider } from '../support/stub-provider.js';
import { loopbackTarget, type WireAnswer } from '../support/wire-client.js';
import { signingKeysIn } from './support/broker-store.js';
import { begin, redeem } from './support/logins.js';
import { altered } from './support/tokens.js';

const secret = 'the-option-secret-with-thirty-two-characters';
const grant_type = 'urn:ietf:params:oauth:grant-type:token-exchange';

let stub: StubProvider;
beforeAll(async () => {
  stub = await startStubProvider();
});
afterAll(() => stub.close());

describe.each(adapters)('logs, events and errors of broker mode on %s, at the most verbose level', (adapter) => {
  const traffic = new ProviderTraffic();
  const unreliable = new UnreliableStore();
  let app: BrokerApp;
  /** Everything that nobody else may know, and what it is. */
  const secrets = new Map<string, string>();
  /** The bodies of refusals. */
  const errors: string[] = [];

  beforeAll(async () => {
    app = await bootBroker(adapter, stub, {
      broker: {
        store: unreliable.store,
        purge: false,
        refresh: { beat: 0.2, patience: 1.5 },
        exchange: { clients: ['spa'] },
      },
      auth: { secret, fetch: traffic.fetch },
    });
  });
  afterAll(() => app.close());

  const keep = (kind: string, value: unknown) => {
    if (typeof value === 'string' && value.length > 7) secrets.set(value, kind);
  };
  const seen = (answer: WireAnswer): WireAnswer => {
    for (const kind of ['access_token', 'refresh_token', 'device_code']) keep(kind, answer.json[kind]);
    if (answer.status >= 400) errors.push(answer.text + JSON.stringify([...answer.headers]));
    return answer;
  };
  const post = async (path: string, form: Record<string, string>, bearer?: string) =>
    seen(await app.client.post(path, form, bearer === undefined ? {} : { bearer }));
  const present = async (token: string) => seen(await refresh(app, token));
  const session = async (sub = 'stub-user') => {
    const tokens = await sessionAt(app, stub, { idToken: { sub } });
    keep('access token', tokens.access);
    keep('refresh token', tokens.refresh);
    return tokens;
  };
  /** Whatever fails hands its secrets to the application in its message, as openid-client's errors do. */
  const answerWithSecrets = (status: number) => {
    stub.on('token', ({ form }, response) => {
      const told = `${form.get('refresh_token')} ${form.get('code')} ${clients.basic.clientSecret}`;
      json({ error: 'invalid_grant', error_description: told, access_token: told }, status)(undefined, response);
    });
  };

  it('hold no token, code, secret or key after every flow and many failures', async () => {
    await logIns();
    await refreshes();
    await uses();
    await endings();
    await exchanges();
    await outages();
    await expectOpen(app, (await session()).access);

    for (const { kind, value } of traffic.secrets) keep(`${kind} of the provider`, value);
    for (const { form, headers } of stub.requests) {
      for (const name of ['code', 'code_verifier', 'refresh_token', 'token']) keep(name, form.get(name));
      keep('credentials', headers.authorization?.replace(/^\w+ /, ''));
    }
    for (const one of [encryptionKey, secret, clients.basic.clientSecret]) keep('secret', one);
    for (const { sealed, privateKey } of await signingKeysIn(unreliable.store, encryptionKey)) {
      keep('sealed key', sealed);
      keep('private key', privateKey.export({ format: 'jwk' }).d);
    }
    const kinds = [...new Set(secrets.values())];
    expect(kinds).toEqual(
      expect.arrayContaining([
        'access_token of the provider',
        'refresh_token of the provider',
        'id_token of the provider',
      ]),
    );
    expect(kinds).toEqual(
      expect.arrayContaining(['private key', 'sealed key', 'code_verifier', 'credentials', 'ticket']),
    );
    const told = `${app.logs.text()}\n${JSON.stringify(app.told)}\n${errors.join('\n')}`;
    for (const reason of ['reuse', 'revoked', 'logout', 'backchannel', 'refused', 'identity']) {
      expect(app.told.ended.map((event) => event.reason)).toContain(reason);
    }
    for (const reason of [
      'store_unreachable',
      'subject_token_invalid',
      'logout_token_invalid',
      'refresh_token_invalid',
    ]) {
      expect(told).toContain(reason);
    }
    const leaked = [...secrets].filter(([value]) => partsOf(value).some((part) => told.includes(part)));
    expect(leaked.map(([, kind]) => kind)).toEqual([]);
  });

  async function logIns() {
    await session();
    const { state } = await begin(app.client, loopbackTarget);
    keep('state', state);
    answerWithSecrets(400);
    seen(await redeem(app, state));
    seen(await redeem(app, `${state}x`));
    stub.restore();
    await post('/auth/v2/device', {});
  }

  async function refreshes() {
    const [{ refresh: first }, refused, replaced] = [await session(), await session(), await session()];
    answerTokens(stub, { others: { id_token: undefined } });
    const second = String((await present(first)).json.refresh_token);
    await present(first);
    await present(String((await present(second)).json.refresh_token));
    await present(first);
    await present(second);
    await present(`${first.slice(0, -4)}AAAA`);
    answerWithSecrets(400);
    await present(refused.refresh);
    answerTokens(stub, { idToken: { sub: 'somebody-else' } });
    await present(replaced.refresh);
    stub.restore();
  }

  async function uses() {
    const { access } = await session();
    for (const bearer of [access, altered(access, { claims: { sub: 'admin' } }), await stub.accessToken()]) {
      keep('bearer', bearer);
      for (const path of ['/auth/v2/userinfo', '/me', '/readers', '/admins']) {
        seen(await app.client.get(path, {}, { bearer }));
      }
    }
  }

  async function endings() {
    stub.on('userinfo', () => ({ sub: 'leaver', preferred_username: 'leaver' }));
    const [first, second, third] = [await session('leaver'), await session('leaver'), await session('leaver')];
    stub.restore();
    const { json: answer } = await post('/auth/v2/logout', {}, first.access);
    const ticket = new URL(String(answer.logout_url), app.url).searchParams.get('ticket') ?? '';
    keep('ticket', ticket);
    for (const one of [ticket, `${ticket}x`]) seen(await app.client.get('/auth/v2/logout', { ticket: one }));
    await post('/auth/v2/logout', {}, `${first.access}x`);
    await post('/auth/v2/revoke', { token: second.refresh });
    await post('/auth/v2/revoke', { token: `${third.access}x` });
    const good = await logoutToken(stub, {
      sub: 'leaver',
      events: {
        'http://schemas.openid.net/event/backchannel-logout': {},
        revoke_offline_access: {},
      },
    });
    for (const token of [good, good, altered(good, { claims: { sub: 'x' } }), 'garbage.of.somebody']) {
      keep('logout token', token);
      seen(await sendLogout(app, token));
    }
    seen(await app.client.get('/me', {}, { bearer: third.access }));
  }

  async function exchanges() {
    for (const claims of [{ azp: 'spa' }, { azp: 'another' }, { azp: 'spa', aud: 'another' }]) {
      const token = await stub.accessToken(claims);
      keep('subject token', token);
      await post('/auth/v2/token', { grant_type, subject_token: token });
      await post('/auth/v2/token', { grant_type, subject_token: token, audience: 'elsewhere' });
    }
  }

  async function outages() {
    const { access, refresh: token } = await session();
    for (const verb of ['read', 'take', 'commit', 'insert', 'end', 'lives'] as const) {
      unreliable.failing.add(verb);
      if (verb === 'insert') seen(await redeem(app, (await begin(app.client, loopbackTarget)).state));
      else if (verb === 'end') await post('/auth/v2/revoke', { token });
      else if (verb === 'read') await present(token);
      seen(await app.client.get('/auth/v2/userinfo', {}, { bearer: access }));
      unreliable.failing.delete(verb);
    }
    answerWithSecrets(500);
    stub.on('userinfo', (_, response) => json({ sub: access }, 500)(undefined, response));
    await present(token);
    stub.restore();
    await stub.down();
    await present(token);
    await stub.up();
  }
});

/** A secret, and of a JWT its payload and its signature alone. */
function partsOf(token: string): string[] {
  const parts = token.split('.');
  return parts.length === 3 ? [token, ...parts.slice(1).filter((part) => part.length > 20)] : [token];
}
