import { Controller, Get, UseGuards } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import { CurrentToken, OidcGuard, Optional, Required, Requires, type IDToken } from 'nestjs-oidc-auth';
import { adapters } from '../support/apps.js';
import { doorsOn } from './guarded-app.js';
import { instrument } from './replacing.js';

/** OpenTelemetry's agent for Nest does this: the class stays as it is, and Nest calls a wrapper of the method. */
@Controller()
class InstrumentedController {
  constructor() {
    instrument(this, 'parameter', 'requires', 'guarded', 'optional');
  }

  @Get('parameter')
  parameter(@Required({ scopes: 'admin' }) token: IDToken): { sub: string } {
    return { sub: token.sub };
  }

  @Requires({ scopes: 'admin' })
  @Get('requires')
  requires(): { in: boolean } {
    return { in: true };
  }

  @UseGuards(OidcGuard)
  @Get('guarded')
  guarded(@CurrentToken() token: IDToken): { sub: string } {
    return { sub: token.sub };
  }

  @Get('optional')
  optional(@Optional() token?: IDToken): { sub: string | null } {
    return { sub: token?.sub ?? null };
  }
}

/** A habit from plain JavaScript; the bound function has no metadata, and Nest finds no guard on it. */
@Controller()
class BindingController {
  constructor() {
    this.parameter = this.parameter.bind(this);
    this.requires = this.requires.bind(this);
  }

  @Get('parameter')
  parameter(@Required({ scopes: 'admin' }) token: IDToken): { sub: string } {
    return { sub: token.sub };
  }

  @Requires({ scopes: 'admin' })
  @Get('requires')
  requires(): { in: boolean } {
    return { in: true };
  }
}

describe.each(adapters)('a handler that is replaced on the instance, on %s', (adapter) => {
  const doors = doorsOn(adapter);
  const globally = [{ provide: APP_GUARD, useClass: OidcGuard }];

  describe.each([
    ['alone', []],
    ['under APP_GUARD', globally],
  ])('by an agent that hands metadata on, %s', (_, providers) => {
    const boot = () => doors.boot({ controllers: [InstrumentedController], providers });

    it('keeps the requirement of @Requires in force', async () => {
      const app = await boot();
      expect(await app.status('/requires')).toBe(401);
      expect(await app.status('/requires', { scope: 'reader' })).toBe(403);
      expect(await app.status('/requires', { scope: 'admin' })).toBe(200);
    });

    it('keeps @Required as it is', async () => {
      const app = await boot();
      expect(await app.status('/parameter')).toBe(401);
      expect(await app.status('/parameter', { scope: 'reader' })).toBe(403);
      expect(await app.status('/parameter', { scope: 'admin' })).toBe(200);
    });

    it('keeps @Optional as it is', async () => {
      expect((await (await boot()).get('/optional')).json).toEqual({ sub: null });
    });

    it('keeps the token for @CurrentToken', async () => {
      const app = await boot();
      expect(await app.status('/guarded')).toBe(401);
      expect((await app.get('/guarded', {})).json).toEqual({ sub: 'stub-user' });
    });
  });

  it.each([
    ['alone', []],
    ['under APP_GUARD', globally],
  ])('by its constructor, lets nobody in who lacks what is required (%s)', async (_, providers) => {
    const boot = doors.boot({ controllers: [BindingController], providers });
    const refused = await boot.catch((error: unknown) => String(error));
    if (typeof refused === 'string') {
      // told at boot is as good
      expect(refused).toContain('BindingController');
      return;
    }
    for (const path of ['/parameter', '/requires']) {
      for (const carried of [undefined, { scope: 'reader' }]) {
        expect({ path, status: await refused.status(path, carried) }).not.toEqual({ path, status: 200 });
      }
    }
  });
});
