import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Res } from '@nestjs/common';
import { Required, type IDToken } from 'nestjs-oidc-auth';
import { adapters } from '../support/apps.js';
import { claimsOf, signingKey } from '../support/keys.js';
import { MovedClock, TargetController, targetOn, withTarget, type Refusal } from './support/bearer-target.js';
import { replacePart } from './support/forge.js';

const home = await signingKey('RS256', 'home');
const scopeMissing: Refusal = {
  reason: 'scope_missing',
  status: 403,
  error: 'insufficient_scope',
  path: '/reader',
  scope: 'read:all',
};
const groupMissing: Refusal = { reason: 'claim_missing', status: 403, error: 'insufficient_scope', path: '/admin' };

/** Tries to raise its own token for later requests, in every way that a handler could do by accident. */
@Controller()
class CarelessController {
  @Get('careless')
  careless(@Required() token: IDToken<{ nested: { deep: { list: string[] } } }>): { done: string[] } {
    const open = token as unknown as Record<string, unknown> & { groups: string[]; roles: string[] };
    const attempts: Record<string, () => unknown> = {
      'push a role': () => open.roles.push('admins'),
      'push a group': () => open.groups.push('admins'),
      'push into what is nested': () => token.nested.deep.list.push('admins'),
      'set a group by index': () => (open.groups[0] = 'admins'),
      'set the scope': () => (open.scope = 'read:all'),
      'set the subject': () => (open.sub = 'admin'),
      'add a claim': () => (open.admin = true),
      'remove the expiry': () => delete open.exp,
      'define the groups anew': () => Object.defineProperty(open, 'groups', { value: ['admins'] }),
      'change the prototype': () => Object.setPrototypeOf(open, { groups: ['admins'] }) as object,
      'assign to nested': () => Object.assign(token.nested.deep, { list: ['admins'] }),
    };
    const succeeds = ([, attempt]: [string, () => unknown]): boolean => {
      try {
        attempt();
        return true;
      } catch {
        return false;
      }
    };
    return {
      done: Object.entries(attempts)
        .filter(succeeds)
        .map(([name]) => name),
    };
  }

  @Get('throws')
  throws(@Required() token: IDToken, @Res() _: unknown): void {
    token.roles.push('admins');
  }
}

describe.each(adapters)('the cache of verified tokens, on %s', (adapter) => {
  const target = targetOn(adapter, () => ({ controllers: [TargetController, CarelessController] }));

  it('two tokens equal but for one claim', async () => {
    const { stub } = target();
    const same = { jti: 'same', iat: Math.floor(Date.now() / 1000), sid: 'same' };
    const plain = await stub.accessToken({ ...same, groups: ['users'] });
    const admin = await stub.accessToken({ ...same, groups: ['admins'] });
    for (let round = 0; round < 3; round++) {
      await target().admits(plain);
      await target().admits(admin, '/admin');
      await target().refuses(plain, groupMissing);
    }
  });

  it('a cached token with another payload, header or signature', async () => {
    const { stub } = target();
    const token = await stub.accessToken({ groups: ['users'] });
    await target().admits(token);
    const raised = replacePart(token, 1, { ...claimsOf(token), groups: ['admins'] });
    await target().refuses(raised, { reason: 'signature_invalid', path: '/admin' });
    await target().refuses(replacePart(token, 0, { alg: 'none' }), { reason: 'algorithm_not_allowed' });
    await target().refuses(replacePart(token, 2, Buffer.alloc(256)), { reason: 'signature_invalid' });
    await target().refuses(token.slice(0, token.lastIndexOf('.') + 1), { reason: 'signature_invalid' });
    await target().admits(token);
  });

  it('a cached token on a route with a stricter requirement', async () => {
    const token = await target().stub.accessToken({ scope: 'read', groups: ['users'] });
    for (let round = 0; round < 3; round++) {
      await target().admits(token);
      await target().refuses(token, scopeMissing);
      await target().refuses(token, groupMissing);
    }
    await target().admits({ scope: 'read:all' }, '/reader');
  });

  it('a refused token is refused again, and once it was refused nobody remembers it as good', async () => {
    const bad = await target().stub.accessToken({ aud: 'else' });
    for (let round = 0; round < 3; round++) await target().refuses(bad, { reason: 'audience_mismatch' });
    await target().admits();
  });

  it('a frozen token mutated by a handler', async () => {
    const token = await target().stub.accessToken({ groups: ['users'], nested: { deep: { list: [] } } });
    const { json } = await target().get('/careless', token);
    expect(json).toEqual({ done: [] });
    for (const refusal of [groupMissing, scopeMissing]) await target().refuses(token, refusal);
    await target().admits(token);
  });

  it('a handler that fails over a frozen token', async () => {
    const token = await target().stub.accessToken();
    expect((await target().get('/throws', token)).status).toBe(500);
    await target().refuses(token, groupMissing);
    await target().admits(token);
  });
});

describe.each(adapters)('cached tokens in the course of time, on %s', (adapter) => {
  const seconds = () => Math.floor(Date.now() / 1000);

  it('a token that expires while it is cached', async () => {
    const clock = new MovedClock();
    await withTarget(adapter, { provider: { keys: [home] }, auth: { now: clock.now } }, async (target) => {
      const token = await target.stub.accessToken({ exp: seconds() + 300 });
      for (let round = 0; round < 2; round++) await target.admits(token);
      clock.advance(300);
      await target.admits(token);
      clock.advance(6);
      for (let round = 0; round < 2; round++) await target.refuses(token, { reason: 'expired' });
      await target.admits({ exp: seconds() + 1_000 });
    });
  });

  it('a token whose time has not come when the clock is set back', async () => {
    const clock = new MovedClock();
    await withTarget(adapter, { provider: { keys: [home] }, auth: { now: clock.now } }, async (target) => {
      const token = await target.stub.accessToken({ nbf: seconds() });
      await target.admits(token);
      clock.advance(-60);
      await target.refuses(token, { reason: 'not_yet_valid' });
      clock.advance(60);
      await target.admits(token);
    });
  });

  it('nothing is remembered past the age up to which keys are used', async () => {
    const clock = new MovedClock();
    await withTarget(adapter, { provider: { keys: [home] }, auth: { now: clock.now } }, async (target) => {
      const token = await target.stub.accessToken({ exp: seconds() + 1_000_000 });
      await target.admits(token);
      await target.stub.down();
      clock.advance(86_400);
      const unavailable = { reason: 'provider_unreachable', status: 503, error: 'temporarily_unavailable' };
      await target.refuses(token, unavailable);
      await target.stub.up();
      clock.advance(30);
      await target.admits(token);
    });
  });

  it.each([0, 1, 3])('a cache of %d tokens answers as any other', async (verifiedTokens) => {
    await withTarget(adapter, { provider: { keys: [home] }, auth: { cache: { verifiedTokens } } }, async (target) => {
      const tokens = await Promise.all(
        Array.from({ length: 6 }, (_, at) => target.stub.accessToken({ groups: [at % 2 === 0 ? 'admins' : 'users'] })),
      );
      for (let round = 0; round < 3; round++) {
        for (const [at, token] of tokens.entries()) {
          if (at % 2 === 0) await target.admits(token, '/admin');
          else await target.refuses(token, groupMissing);
        }
      }
      await target.refuses(await target.stub.accessToken({ aud: 'else' }), { reason: 'audience_mismatch' });
    });
  });
});
