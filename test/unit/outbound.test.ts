import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { Outbound } from '../../lib/outbound/index.js';
import type { DiscoverySettings } from '../../lib/provider/index.js';
import { discoverySettings } from './provider/settings.js';

type Fetch = typeof fetch;

/** Requests as they leave, and what is answered. */
function outbound(answer: Fetch, discovery: Partial<DiscoverySettings> = {}, timeout = 10_000) {
  const requests: { url: string; init: RequestInit | undefined }[] = [];
  const recording: Fetch = (url, init) => {
    requests.push({ url: url instanceof Request ? url.url : new URL(url).href, init });
    return answer(url, init);
  };
  return { requests, provider: new Outbound({ fetch: recording, timeout, discovery: discoverySettings(discovery) }) };
}

/** The same without a record of requests, which would keep what they carry. */
function outboundThat(answer: Fetch): { provider: Outbound } {
  return { provider: new Outbound({ fetch: answer, timeout: 600_000 }) };
}

/** Collects garbage until all of these are gone, or some will not go. */
async function collected(references: readonly WeakRef<object>[]): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let attempt = 0; attempt < 20 && references.some((one) => one.deref()); attempt++) {
    await setImmediate();
    collect();
  }
}

const json =
  (value: unknown, init?: ResponseInit): Fetch =>
  () =>
    Promise.resolve(Response.json(value, init));
/** Never answers; ends when it is told to. */
const silent: Fetch = (_, init) =>
  new Promise((_resolve, reject) => {
    init?.signal?.addEventListener('abort', () => reject(new Error('aborted')));
  });
const failure = (status: number, reason: string, others: object = {}) =>
  expect.objectContaining({ status, reason, ...others });

describe('with an internal base URL', () => {
  const base = (url: string) => ({ internalBaseUrl: new URL(url), insecureHttp: true });

  it.each([
    ['http://keycloak:8080', 'https://idp.example.org/realms/demo/token', 'http://keycloak:8080/realms/demo/token'],
    ['http://keycloak:8080/', 'https://idp.example.org/a?b=c&d=%20', 'http://keycloak:8080/a?b=c&d=%20'],
    ['http://proxy/kc', 'https://idp.example.org/realms/demo/token', 'http://proxy/kc/realms/demo/token'],
    ['http://proxy/kc/', 'https://idp.example.org/', 'http://proxy/kc/'],
    ['https://10.0.0.7:8443', 'https://idp.example.org:443/a', 'https://10.0.0.7:8443/a'],
    ['http://keycloak:8080', 'https://keys.example.net/jwks', 'https://keys.example.net/jwks'],
    ['http://keycloak:8080', 'http://idp.example.org/a', 'http://idp.example.org/a'],
    ['http://keycloak:8080', 'https://idp.example.org:8443/a', 'https://idp.example.org:8443/a'],
    ['http://keycloak:8080', 'http://keycloak:8080/a', 'http://keycloak:8080/a'],
  ])('%s, %s is requested at %s', async (internal, url, target) => {
    const { provider, requests } = outbound(json({}), base(internal));
    await provider.json(url);
    expect(requests.map((request) => request.url)).toEqual([target]);
  });

  it('no path leads off the host', async () => {
    const { provider, requests } = outbound(json({}), base('http://keycloak:8080'));
    await provider.json('https://idp.example.org//evil.example.org/a');
    expect(new URL(requests[0]?.url ?? '').host).toBe('keycloak:8080');
  });
});

describe('a request to the provider', () => {
  it('leaves nothing in memory when it is over, although its time is not', async () => {
    const signals: WeakRef<AbortSignal>[] = [];
    const { provider } = outboundThat(async (_, init) => {
      if (init?.signal) signals.push(new WeakRef(init.signal));
      return Response.json({});
    });
    for (let count = 0; count < 10; count++) await provider.json('https://idp.example.org/');
    await collected(signals);
    expect(signals).toHaveLength(10);
    expect(signals.filter((signal) => signal.deref() !== undefined).length).toBe(0);
  });

  it('goes where it says without an internal base URL, with what it carries, and follows no redirect', async () => {
    const { provider, requests } = outbound(json({}));
    const init = { method: 'POST', headers: { authorization: 'Basic eA==' }, body: 'a=b' };
    await provider.fetch('https://idp.example.org/token', init);
    expect(requests).toEqual([
      { url: 'https://idp.example.org/token', init: { ...init, redirect: 'manual', signal: expect.any(AbortSignal) } },
    ]);
  });

  it.each([200, 201, 400, 401, 404])('is answered with %d as the provider does', async (status) => {
    const { provider } = outbound(json({ a: 1 }, { status, headers: { 'x-own': 'kept' } }));
    const answer = await provider.fetch('https://idp.example.org/');
    expect(answer.status).toBe(status);
    expect(answer.headers.get('x-own')).toBe('kept');
    expect(await answer.json()).toEqual({ a: 1 });
  });

  it.each([
    [204, null],
    [200, ''],
  ])('may be answered %d with nothing', async (status, body) => {
    const { provider } = outbound(() => Promise.resolve(new Response(body, { status })));
    expect((await provider.fetch('https://idp.example.org/')).body).toBeNull();
  });

  it.each([301, 302, 303, 307, 308, 304])('is not redirected by %d', async (status) => {
    const headers = { location: 'http://169.254.169.254/' };
    const { provider, requests } = outbound(() => Promise.resolve(new Response(null, { status, headers })));
    await expect(provider.fetch('https://idp.example.org/')).rejects.toEqual(failure(502, 'provider_redirects'));
    expect(requests).toHaveLength(1);
  });

  it.each<[number, string | undefined, string, number]>([
    [500, undefined, 'provider_unreachable', 1],
    [503, '20', 'provider_unreachable', 20],
    [503, '86400', 'provider_unreachable', 300],
    [502, 'Fri, 31 Dec 2027 23:59:59 GMT', 'provider_unreachable', 1],
    [429, '7', 'provider_overloaded', 7],
  ])('that is answered %d with Retry-After %s waits', async (status, retryAfter, reason, seconds) => {
    const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
    const { provider } = outbound(() => Promise.resolve(new Response('busy', { status, headers })));
    await expect(provider.fetch('https://idp.example.org/')).rejects.toEqual(
      failure(503, reason, { retryAfter: seconds }),
    );
  });

  it('that fails tells nothing of how', async () => {
    const cause = new Error('connect ECONNREFUSED, Authorization: Basic c2VjcmV0');
    const { provider } = outbound(() => Promise.reject(cause));
    const error: unknown = await provider.fetch('https://idp.example.org/').catch((thrown: unknown) => thrown);
    expect(error).toEqual(failure(503, 'provider_unreachable'));
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toMatch(/ECONN|Basic/);
  });

  it('whose answer breaks off is answered by nobody', async () => {
    const body = new ReadableStream({
      pull(controller) {
        controller.enqueue(Buffer.from('{"half":'));
        controller.error(new Error('reset'));
      },
    });
    const { provider } = outbound(() => Promise.resolve(new Response(body)));
    await expect(provider.json('https://idp.example.org/')).rejects.toEqual(failure(503, 'provider_unreachable'));
  });

  it('takes an answer of 1 MiB, and not a byte more', async () => {
    const of = (size: number) => outbound(() => Promise.resolve(new Response('x'.repeat(size)))).provider;
    expect((await (await of(1_048_576).fetch('https://idp.example.org/')).text()).length).toBe(1_048_576);
    await expect(of(1_048_577).fetch('https://idp.example.org/')).rejects.toEqual(
      failure(502, 'provider_answer_too_large'),
    );
  });

  it('lets go of an answer that is too large', async () => {
    let cancelled = false;
    const chunk = Buffer.alloc(65_536, 'x');
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(chunk),
      cancel: () => void (cancelled = true),
    });
    const { provider } = outbound(() => Promise.resolve(new Response(endless)));
    await expect(provider.fetch('https://idp.example.org/')).rejects.toEqual(failure(502, 'provider_answer_too_large'));
    expect(cancelled).toBe(true);
  });

  it('is given up after its time', async () => {
    const { provider } = outbound(silent, {}, 1);
    await expect(provider.fetch('https://idp.example.org/')).rejects.toEqual(failure(503, 'provider_timeout'));
  });

  it('ends when the application does, and none begins after', async () => {
    const { provider, requests } = outbound(silent);
    const underWay = provider.fetch('https://idp.example.org/');
    provider.close();
    await expect(underWay).rejects.toEqual(failure(503, 'provider_unreachable'));
    const late = outbound((_, init) =>
      Promise.reject(init?.signal?.aborted ? new Error('aborted') : new Error('sent')),
    );
    late.provider.close();
    await expect(late.provider.fetch('https://idp.example.org/')).rejects.toEqual(failure(503, 'provider_unreachable'));
    expect([...requests, ...late.requests].every(({ init }) => init?.signal?.aborted)).toBe(true);
  });
});

describe('a JSON document', () => {
  it('is read', async () => {
    const { provider, requests } = outbound(json({ keys: [] }));
    expect(await provider.json('https://idp.example.org/jwks')).toEqual({ keys: [] });
    expect(requests[0]?.init?.headers).toEqual({ accept: 'application/json' });
  });

  it.each<[string, string, number]>([
    ['a page', '<html>', 200],
    ['half of one', '{"a":', 200],
    ['nothing', '', 200],
    ['one with another status', '{}', 404],
  ])('is not %s', async (_, body, status) => {
    const { provider } = outbound(() => Promise.resolve(new Response(body, { status })));
    await expect(provider.json('https://idp.example.org/')).rejects.toEqual(failure(502, 'provider_answer_invalid'));
  });
});
