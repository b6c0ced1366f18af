import { Controller, Get, UseGuards } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { CurrentToken, OidcAuthEvents, OidcGuard, Optional, Required, type IDToken } from 'nestjs-oidc-auth';
import { adapters } from '../support/apps.js';
import { status } from '../support/faults.js';
import { badToken, doorsOn } from './guarded-app.js';

interface Who {
  sub: string | null;
}

const who = (token: IDToken | undefined): Who => ({ sub: token?.sub ?? null });

@Controller()
class FeedController {
  @Get('feed')
  feed(@Optional() token?: IDToken): Who {
    return who(token);
  }

  @Get('lenient')
  lenient(@Optional({ scopes: 'read', onInvalid: 'anonymous' }) token?: IDToken): Who {
    return who(token);
  }

  @Get('strict')
  strict(@Optional({ scopes: 'read', onInvalid: 'refuse' }) token?: IDToken): Who {
    return who(token);
  }

  @Get('required')
  required(@Required() token: IDToken): Who {
    return who(token);
  }
}

@UseGuards(OidcGuard)
@Controller('guarded')
class GuardedFeedController {
  @Get()
  feed(@Optional() token: IDToken | undefined, @CurrentToken() current: IDToken | undefined): Who & { same: boolean } {
    return { ...who(token), same: token === current };
  }
}

describe.each(adapters)('@Optional on %s', (adapter) => {
  const doors = doorsOn(adapter);

  it('lets the anonymous in with undefined, and hands a good token over', async () => {
    const app = await doors.open(FeedController);
    for (const path of ['/feed', '/lenient', '/strict']) {
      expect((await app.get(path)).json).toEqual({ sub: null });
      expect((await app.get(path, { scope: 'read', sub: 'ada' })).json).toEqual({ sub: 'ada' });
    }
  });

  it('relaxes the guard on its class', async () => {
    const app = await doors.open(GuardedFeedController);
    expect((await app.get('/guarded')).json).toEqual({ sub: null, same: true });
    expect((await app.get('/guarded', {})).json).toEqual({ sub: 'stub-user', same: true });
    expect(await app.status('/guarded', badToken)).toBe(401);
  });

  it('refuses a bad token, and one that lacks what is wanted', async () => {
    const app = await doors.open(FeedController);
    expect(await app.status('/feed', badToken)).toBe(401);
    expect(await app.status('/feed', { aud: 'other-api' })).toBe(401);
    expect(await app.status('/feed', { exp: 1 })).toBe(401);
    expect(await app.status('/strict', badToken)).toBe(401);
    expect(await app.status('/strict', { scope: 'write' })).toBe(403);
  });

  it('takes either for anonymous where it is told to', async () => {
    const app = await doors.open(FeedController);
    const refused: unknown[] = [];
    app.app.get(OidcAuthEvents).on('refused', (event) => refused.push(event));
    for (const carried of [
      badToken,
      { scope: 'write' },
      { scope: 'read', aud: 'other-api' },
      { scope: 'read', exp: 1 },
    ]) {
      const { status: code, json } = await app.get('/lenient', carried);
      expect({ code, json }).toEqual({ code: 200, json: { sub: null } });
    }
    expect(refused).toEqual([]);
  });

  it('makes nobody anonymous because the provider is down: 503', async () => {
    const app = await doors.open(FeedController);
    const token = await doors.stub.accessToken({ scope: 'read' });
    await doors.stub.down();
    for (const path of ['/feed', '/lenient', '/strict', '/required']) {
      const answer = await app.get(path, token);
      expect([path, answer.status]).toEqual([path, 503]);
      expect(answer.json).toMatchObject({ error: 'temporarily_unavailable' });
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
    expect((await app.get('/feed')).json).toEqual({ sub: null });
    expect(await app.status('/required')).toBe(401);
  });

  it('needs the provider for keys only: failing keys are 503, never 401', async () => {
    const app = await doors.open(FeedController);
    doors.stub.on('jwks', status(500));
    for (const path of ['/feed', '/lenient', '/required']) {
      expect([path, await app.status(path, {})]).toEqual([path, 503]);
    }
  });
});
