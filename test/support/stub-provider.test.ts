import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { drip, endless, halfBody, hang, huge, notJson, overloaded, redirect, status } from './faults.js';
import { publishedWithout, signingKey } from './keys.js';
import { startStubProvider, type StubProvider } from './stub-provider.js';

let stub: StubProvider;
beforeAll(async () => {
  stub = await startStubProvider({ path: '/realms/demo' });
});
beforeEach(() => stub.restore());
afterAll(() => stub.close());

const get = (init?: RequestInit) => fetch(stub.discoveryUrl, { redirect: 'manual', ...init });

describe('the stub provider', () => {
  it('is a well-behaved provider unless told otherwise', async () => {
    expect(stub.discoveryUrl).toBe(`${stub.issuer}/.well-known/openid-configuration`);
    expect(await (await get()).json()).toMatchObject({ issuer: stub.issuer });

    const answer = await fetch(`${stub.issuer}/token`, { method: 'POST', body: new URLSearchParams({ code: 'c' }) });
    const { id_token: token } = (await answer.json()) as { id_token: string };
    expect(stub.requestsTo('token')[0]?.form.get('code')).toBe('c');

    const { keys } = (await (await fetch(`${stub.issuer}/jwks`)).json()) as { keys: (typeof stub.jwks)[number][] };
    await jwtVerify(token, createLocalJWKSet({ keys }), { issuer: stub.issuer, audience: 'my-client' });
  });

  it('mints tokens with any claim, header and key, and publishes keys without kid or alg', async () => {
    const key = await signingKey('ES256');
    const token = await stub.accessToken({ aud: undefined, nbf: 1 }, { typ: undefined, kid: undefined, x: 1 }, key);
    const bare = publishedWithout(key, 'kid', 'alg');
    expect(bare).not.toHaveProperty('kid');
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet({ keys: [bare] }));
    expect(protectedHeader).toEqual({ alg: 'ES256', x: 1 });
    expect(payload).not.toHaveProperty('aud');
  });

  it('fails as told', async () => {
    stub.on('discovery', status(500));
    expect((await get()).status).toBe(500);
    stub.on('discovery', overloaded(7));
    expect((await get()).headers.get('retry-after')).toBe('7');
    stub.on('discovery', notJson);
    await expect((await get()).json()).rejects.toThrow();
    stub.on('discovery', redirect('http://localhost:1/'));
    expect((await get()).headers.get('location')).toBe('http://localhost:1/');
    stub.on('discovery', halfBody);
    await expect(get().then((response) => response.text())).rejects.toThrow();
    stub.on('discovery', huge(2));
    expect((await (await get()).text()).length).toBe(2 * 1_048_576);
  });

  it.each([
    ['never answers', hang],
    ['drips', drip],
    ['never ends', endless],
  ])('%s until the client gives up', async (_, fault) => {
    stub.on('discovery', fault);
    const abort = new AbortController();
    const answer = get({ signal: abort.signal }).then(async (response) => {
      await response.body?.getReader().read();
      abort.abort();
      return response.text();
    });
    if (fault === hang) abort.abort();
    await expect(answer).rejects.toThrow();
  });

  it('cuts what hangs when it goes down, and comes back on its port', async () => {
    stub.on('discovery', hang);
    const hanging = get();
    while (stub.calls('discovery') === 0) await new Promise(setImmediate);
    await stub.down();
    await expect(hanging).rejects.toThrow();
    await stub.up();
    stub.restore('discovery');
    expect((await get()).status).toBe(200);
  });
});
