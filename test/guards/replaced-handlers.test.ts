import { Controller, Get, UseGuards, type Type } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import { OidcGuard, Optional, Required, Requires, type IDToken } from 'nestjs-oidc-auth';
import { adapters } from '../support/apps.js';
import { doorsOn } from './guarded-app.js';
import { Measured, Traced } from './replacing.js';

const globally = [{ provide: APP_GUARD, useClass: OidcGuard }];

@Controller('parameter')
class ParameterController {
  @Get()
  @Traced()
  admin(@Required({ scopes: 'admin' }) token: IDToken): { sub: string } {
    return { sub: token.sub };
  }
}

@Controller('optional')
class OptionalController {
  @Get()
  @Traced()
  feed(@Optional({ scopes: 'admin' }) token?: IDToken): { sub: string | null } {
    return { sub: token?.sub ?? null };
  }
}

@Controller('requires')
class RequiresController {
  @Get()
  @Traced()
  @Requires({ scopes: 'admin' })
  admin(): string {
    return 'in';
  }
}

@UseGuards(OidcGuard)
@Controller('class-parameter')
class GuardedParameterController {
  @Get()
  @Traced()
  admin(@Required({ scopes: 'admin' }) token: IDToken): { sub: string } {
    return { sub: token.sub };
  }
}

@UseGuards(OidcGuard)
@Controller('class-requires')
class GuardedRequiresController {
  @Get()
  @Traced()
  @Requires({ scopes: 'admin' })
  admin(): string {
    return 'in';
  }
}

@Controller('above')
class GuardAboveController {
  @UseGuards(OidcGuard)
  @Get()
  @Traced()
  admin(@Required({ scopes: 'admin' }) token: IDToken): { sub: string } {
    return { sub: token.sub };
  }
}

@Controller('measured')
class MeasuredController {
  @Get()
  @Measured()
  admin(@Required({ scopes: 'admin' }) token: IDToken): { sub: string } {
    return { sub: token.sub };
  }
}

describe.each(adapters)('a decorator below the route that replaces the handler, on %s', (adapter) => {
  const doors = doorsOn(adapter);

  it.each<[string, Type]>([
    ['@Required', ParameterController],
    ['@Optional', OptionalController],
    ['@Requires', RequiresController],
  ])('takes the guard of %s with it: the boot stops with the remedy', async (_, controller) => {
    const sentence = `${controller.name}.${controller === OptionalController ? 'feed' : 'admin'} has lost its OidcGuard: another decorator replaced the handler; write @UseGuards(OidcGuard) above it.`;
    await expect(doors.open(controller)).rejects.toThrow(sentence);
  });

  it('is told for every route at once', async () => {
    const boot = doors.open(ParameterController, OptionalController, RequiresController);
    await expect(boot).rejects.toThrow(/ParameterController[\s\S]*OptionalController[\s\S]*RequiresController/);
  });

  it.each<[string, string, Type, boolean]>([
    ['@Required under a class guard', '/class-parameter', GuardedParameterController, false],
    ['@Requires under a class guard', '/class-requires', GuardedRequiresController, false],
    ['@Required under APP_GUARD', '/parameter', ParameterController, true],
    ['@Requires under APP_GUARD', '/requires', RequiresController, true],
    ['@Required under a guard above the decorator', '/above', GuardAboveController, false],
    ['@Required when it hands metadata on', '/measured', MeasuredController, false],
  ])('leaves the requirement of %s in force', async (_, path, controller, global) => {
    const app = await doors.boot({ controllers: [controller], providers: global ? globally : [] });
    expect(await app.status(path)).toBe(401);
    expect(await app.status(path, { scope: 'reader' })).toBe(403);
    expect(await app.status(path, { scope: 'admin' })).toBe(200);
  });

  it('lets @Optional relax APP_GUARD all the same, and no further', async () => {
    const app = await doors.boot({ controllers: [OptionalController], providers: globally });
    expect((await app.get('/optional')).json).toEqual({ sub: null });
    expect(await app.status('/optional', { scope: 'reader' })).toBe(403);
    expect((await app.get('/optional', { scope: 'admin' })).json).toEqual({ sub: 'stub-user' });
  });
});
