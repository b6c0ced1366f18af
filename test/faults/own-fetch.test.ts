import { describe, expect, it } from '@jest/globals';
import { badAnswer, expectAdmitted, expectRefused, targetOn, unavailable } from '../attacks/support/target.js';
import { adapters } from '../support/apps.js';
import { redirect } from '../support/faults.js';
import { jsonOf } from '../support/wire-client.js';

type Fetch = typeof fetch;

const secret = 'rt-that-nobody-may-see';
const never = <T>() => new Promise<T>(() => undefined);
/** A body that never comes to its end, whatever the signal says. */
const silent = () => new ReadableStream<Uint8Array>({ pull: () => never() });
const pouring = () =>
  new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) });

/** Rejects with something that is no error. */
const text = async (thrown: string): Promise<Response> => {
  AbortSignal.abort(thrown).throwIfAborted();
  return never();
};
/** Short where it has to run out; else no machine is slow enough to reach it. */
const timeoutFor = (reason: string) => (reason === 'provider_timeout' ? 0.5 : 30);

/** Functions that an application may give as `fetch`, by what is wrong with them. */
const odd: [name: string, fetch: Fetch, reason: string][] = [
  [
    'throws',
    () => {
      throw new Error(secret);
    },
    'provider_unreachable',
  ],
  ['throws text', () => text(secret), 'provider_unreachable'],
  [
    'rejects with what it was given',
    (...given) => Promise.reject(Object.assign(new Error(secret), { given })),
    'provider_unreachable',
  ],
  ['resolves with nothing', () => Promise.resolve(undefined as never), 'provider_unreachable'],
  ['resolves with another object', () => Promise.resolve({ json: () => ({}) } as never), 'provider_unreachable'],
  [
    'gives a body that was read',
    async () => {
      const read = new Response('{}');
      await read.text();
      return read;
    },
    'provider_unreachable',
  ],
  ['never answers, and looks at no signal', () => never(), 'provider_timeout'],
  ['gives a silent body, and looks at no signal', () => Promise.resolve(new Response(silent())), 'provider_timeout'],
  [
    'gives a body without end, and looks at no signal',
    () => Promise.resolve(new Response(pouring())),
    'provider_answer_too_large',
  ],
];

describe.each(adapters)("an application's own fetch on %s,", (adapter) => {
  const target = targetOn(adapter);
  /** Given up by the test itself, if the application does not. */
  const post = async (base: string, signal = AbortSignal.timeout(5_000)) => {
    const body = new URLSearchParams({ refresh_token: secret });
    const answer = await fetch(`${base}/auth/v2/token`, { method: 'POST', body, signal });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, json: jsonOf(text) };
  };

  it.each(odd)('that %s: 503, and nothing of it is told', async (_, own, reason) => {
    const app = await target.boot({ auth: { timeout: timeoutFor(reason), fetch: own } });
    await expectRefused(app, () => post(app.url), unavailable(reason));
    expect(app.logs.text() + JSON.stringify([app.refused, app.failed])).not.toContain(secret);
  });

  it.each(odd)('that %s at the token endpoint alone: neither hangs nor tells', async (_, own, reason) => {
    const fetchOrOdd: Fetch = (url, init) => (addressOf(url).pathname === '/token' ? own(url, init) : fetch(url, init));
    const app = await target.boot({ auth: { timeout: timeoutFor(reason), fetch: fetchOrOdd } });
    await expectAdmitted(app, await target.stub.accessToken());
    const tooLarge = reason === 'provider_answer_too_large';
    await expectRefused(app, () => post(app.url), tooLarge ? badAnswer(reason) : unavailable(reason));
    expect(app.logs.text() + JSON.stringify([app.refused, app.failed])).not.toContain(secret);
    await expectAdmitted(app, await target.stub.accessToken());
  });

  it('that hung once: tokens pass as soon as it answers again, without a restart', async () => {
    let ahead = 0;
    let own: Fetch = () => never();
    const auth = { timeout: 1.5, now: () => Date.now() + ahead, fetch: ((...asked) => own(...asked)) as Fetch };
    const app = await target.boot({ auth });
    await expectRefused(app, () => post(app.url), unavailable('provider_timeout'));
    own = fetch;
    ahead = 30_000;
    await expectAdmitted(app, await target.stub.accessToken());
  });

  it('that follows redirects although it was told not to: what it brings back is not taken', async () => {
    const following: Fetch = (url, init) => fetch(url, { ...init, redirect: 'follow' });
    const app = await target.boot({ auth: { fetch: following } });
    await expectAdmitted(app, await target.stub.accessToken());
    target.stub.on('token', redirect(`${target.stub.issuer}/userinfo`, 307));
    target.stub.on('userinfo', () => target.stub.tokens());
    await expectRefused(app, () => post(app.url), badAnswer('provider_redirects'));
  });

  it('is told on every request to follow no redirect, and gets a signal', async () => {
    const seen: string[] = [];
    const noting: Fetch = (url, init) => {
      seen.push(`${addressOf(url).pathname} ${init?.redirect ?? ''} ${String(init?.signal instanceof AbortSignal)}`);
      return fetch(url, init);
    };
    const { client, app } = await target.boot({ auth: { fetch: noting } });
    const bearer = await target.stub.accessToken();
    await client.post('/auth/v2/token', { refresh_token: 'r' });
    await client.post('/auth/v2/device');
    await client.get('/auth/v2/userinfo', {}, { bearer });
    await client.post('/auth/v2/logout', {}, { bearer });
    await app.close();
    expect(seen.sort()).toEqual(
      ['/.well-known/openid-configuration', '/device', '/jwks', '/revoke', '/token', '/userinfo'].map(
        (path) => `${path} manual true`,
      ),
    );
  });
});

function addressOf(url: Parameters<Fetch>[0]): URL {
  return new URL(url instanceof Request ? url.url : url);
}
