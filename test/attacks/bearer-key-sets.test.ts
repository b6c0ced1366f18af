import type { ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { OidcAuthEvents } from 'nestjs-oidc-auth';
import { adapters } from '../support/apps.js';
import { halfBody, hang, json, notJson, redirect, status, type Fault } from '../support/faults.js';
import { signingKey } from '../support/keys.js';
import { MovedClock, withTarget, type BearerTarget } from './support/bearer-target.js';

const home = await signingKey('RS256', 'home');
const next = await signingKey('RS256', 'next');
const long = { exp: Math.floor(Date.now() / 1000) + 10_000_000 };
const cache = { refreshAfter: 600, maxAge: 3_600, cooldown: 30 };

/** Until what happens in the background has happened. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

describe.each(adapters)('the keys of the provider in the course of time, on %s', (adapter) => {
  async function inTime(test: (target: BearerTarget, clock: MovedClock) => Promise<void>): Promise<void> {
    const clock = new MovedClock();
    const options = { provider: { keys: [home, next] }, auth: { now: clock.now, cache } };
    await withTarget(adapter, options, (target) => test(target, clock));
  }

  /** Asks with a token until the renewal that the first request sets off, in the background, has done away with it. */
  async function untilRefused(target: BearerTarget, token: string): Promise<void> {
    while ((await target.get('/me', token)).status === 200);
    target.events.splice(0);
  }

  it('a key withdrawn from the JWKS verifies nothing once the set was renewed, cached or not', async () => {
    await inTime(async (target, clock) => {
      const { stub } = target;
      const [cached, fresh, good] = await Promise.all([
        stub.accessToken(long),
        stub.accessToken(long),
        stub.accessToken(long, {}, next),
      ]);
      for (const token of [cached, good]) await target.admits(token);
      stub.jwks = [next.publicJwk];
      clock.advance(cache.refreshAfter);
      await untilRefused(target, cached);
      for (const token of [cached, fresh, cached]) await target.refuses(token, { reason: 'key_unknown' });
      await target.admits(good);
    });
  });

  it('a key withdrawn from the JWKS verifies nothing once an unknown kid had the set fetched', async () => {
    await inTime(async (target) => {
      const { stub } = target;
      const cached = await stub.accessToken(long);
      stub.jwks = [home.publicJwk];
      await target.admits(cached);
      stub.jwks = [next.publicJwk];
      await target.admits(await stub.accessToken(long, {}, next));
      await target.refuses(cached, { reason: 'key_unknown' });
    });
  });

  it('a key that took the place of another under its kid counts, and the other no more', async () => {
    await inTime(async (target, clock) => {
      const { stub } = target;
      const [cached, good] = [await stub.accessToken(long), await stub.accessToken(long, { kid: 'home' }, next)];
      await target.admits(cached);
      await target.refuses(good, { reason: 'signature_invalid' });
      stub.jwks = [{ ...next.publicJwk, kid: 'home' }];
      clock.advance(cache.refreshAfter);
      await untilRefused(target, cached);
      await target.refuses(cached, { reason: 'signature_invalid' });
      await target.admits(good);
    });
  });

  it('a key set that was emptied lets nobody in', async () => {
    await inTime(async (target, clock) => {
      const cached = await target.stub.accessToken(long);
      await target.admits(cached);
      target.stub.jwks = [];
      clock.advance(cache.refreshAfter);
      await untilRefused(target, cached);
      await target.refuses(cached, { reason: 'key_unknown' });
      target.stub.jwks = [home.publicJwk];
      clock.advance(cache.cooldown);
      await target.admits(cached);
    });
  });

  it('a key withdrawn while nobody asked for hours: the first token after them', async () => {
    await inTime(async (target, clock) => {
      const { stub } = target;
      const withdrawn = await stub.accessToken(long);
      await target.admits(withdrawn);
      stub.jwks = [next.publicJwk];
      clock.advance(cache.maxAge - 1);
      await target.refuses(withdrawn, { reason: 'key_unknown' });
      await target.admits(await stub.accessToken(long, {}, next));
    });
  });

  it('1,000 random kids cost one fetch per cooldown, and good tokens pass all the while', async () => {
    await inTime(async (target, clock) => {
      const { stub } = target;
      const good = await stub.accessToken(long);
      await target.admits(good);
      const before = stub.calls('jwks');
      for (const [round, most] of [[1, 1_000] as const, [2, 100] as const]) {
        for (let sent = 0; sent < most; sent += 50) {
          const kids = Array.from({ length: 50 }, (_, at) => `kid-${round}-${sent + at}`);
          const tokens = kids.map((kid) => good.replace(/^[^.]+/, headerFor(kid)));
          const answers = await Promise.all([...tokens, good].map((token) => target.get('/me', token)));
          expect(new Set(answers.slice(0, -1).map((answer) => answer.status))).toEqual(new Set([401]));
          expect(answers.at(-1)?.status).toBe(200);
        }
        expect(stub.calls('jwks') - before).toBe(round);
        clock.advance(cache.cooldown);
      }
      expect(new Set(target.events.splice(0).map(({ reason }) => reason))).toEqual(new Set(['key_unknown']));
      expect(stub.calls('discovery')).toBe(1);
    });
  });

  it('random kids while the key set is on its way delay no good token', async () => {
    await inTime(async (target) => {
      const { stub } = target;
      const good = await stub.accessToken(long);
      await target.admits(good);
      const held: ServerResponse[] = [];
      stub.on('jwks', (_, response) => void held.push(response));
      const tokens = Array.from({ length: 20 }, (_, at) => good.replace(/^[^.]+/, headerFor(`kid-${at}`)));
      const strangers = Promise.all(tokens.map((token) => target.get('/me', token)));
      await until(() => held.length > 0);
      for (let sent = 0; sent < 5; sent++) await target.admits(await stub.accessToken(long));
      expect(held.length).toBe(1);
      for (const response of held) json({ keys: stub.jwks })(undefined, response);
      expect((await strangers).map((answer) => answer.status)).toEqual(tokens.map(() => 401));
      target.events.splice(0);
      await target.admits(good);
    });
  });

  it('random kids before the first good token cost one fetch', async () => {
    await inTime(async (target) => {
      const good = await target.stub.accessToken(long);
      const tokens = Array.from({ length: 100 }, (_, at) => good.replace(/^[^.]+/, headerFor(`kid-${at}`)));
      const answers = await Promise.all(tokens.map((token) => target.get('/me', token)));
      expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([401]));
      target.events.splice(0);
      await target.admits(good);
      expect([target.stub.calls('jwks'), target.stub.calls('discovery')]).toEqual([1, 1]);
    });
  });

  const faults: readonly (readonly [name: string, fault: Fault, reason: string])[] = [
    ['status 500', status(500), 'provider_unreachable'],
    ['status 404', status(404), 'provider_answer_invalid'],
    ['a page', notJson, 'provider_answer_invalid'],
    ['half a body', halfBody, 'provider_unreachable'],
    ['another document', json({ keys: { home: home.publicJwk } }), 'provider_answer_invalid'],
    ['a redirect', redirect('https://evil.example/jwks'), 'provider_redirects'],
  ];

  it.each(faults)('JWKS endpoint failing past its cache age: %s', async (_, fault, reason) => {
    await inTime(async (target, clock) => {
      const { stub } = target;
      const [good, stranger] = [await stub.accessToken(long), await stub.accessToken(long, { kid: 'stranger' })];
      await target.admits(good);
      const failures: unknown[] = [];
      target.app.app.get(OidcAuthEvents).on('provider-failed', (event) => failures.push(event.reason));
      stub.on('jwks', fault);
      for (let round = 1; round <= 3; round++) {
        clock.advance(round === 1 ? cache.refreshAfter : cache.cooldown);
        await target.admits(good);
        await until(() => failures.length === round);
        // while the newest attempt has failed, nobody can say whether a strange kid is a new key
        await target.refuses(stranger, { reason, status: 503, error: 'temporarily_unavailable' });
        for (let sent = 0; sent < 5; sent++) await target.admits(await stub.accessToken(long));
        expect(stub.calls('jwks')).toBe(1 + round);
      }
      expect(failures).toEqual([reason, reason, reason]);
      clock.advance(cache.maxAge);
      await target.refuses(good, { reason, status: 503, error: 'temporarily_unavailable' });
      stub.restore('jwks');
      clock.advance(cache.cooldown);
      await target.admits(good);
      await target.refuses(stranger, { reason: 'key_unknown' });
    });
  });

  it('JWKS endpoint that hangs: good tokens do not wait for it', async () => {
    await inTime(async (target, clock) => {
      const good = await target.stub.accessToken(long);
      await target.admits(good);
      target.stub.on('jwks', hang);
      clock.advance(cache.refreshAfter);
      await target.admits(good);
      await until(() => target.stub.calls('jwks') === 2);
      for (let sent = 0; sent < 5; sent++) await target.admits(await target.stub.accessToken(long));
      expect(target.stub.calls('jwks')).toBe(2);
    });
  });

  it('JWKS endpoint that fails for long and then hangs: good tokens do not wait for it', async () => {
    await inTime(async (target, clock) => {
      const { stub, app } = target;
      const good = await stub.accessToken(long);
      await target.admits(good);
      const failures: unknown[] = [];
      app.app.get(OidcAuthEvents).on('provider-failed', (event) => failures.push(event.reason));
      stub.on('jwks', status(500));
      clock.advance(cache.refreshAfter);
      await target.admits(good);
      await until(() => failures.length === 1);
      stub.on('jwks', hang);
      clock.advance(cache.refreshAfter + cache.cooldown);
      for (const token of [good, await stub.accessToken(long)]) await target.admits(token);
      expect(stub.calls('jwks')).toBe(3);
    });
  }, 5_000);
});

function headerFor(kid: string): string {
  return Buffer.from(JSON.stringify({ alg: 'RS256', typ: 'at+jwt', kid })).toString('base64url');
}
