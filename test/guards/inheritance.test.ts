import { Controller, Get, Optional as NestOptional, UseGuards, type Type } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import { CurrentToken, OidcGuard, Optional, Public, Required, Requires, type IDToken } from 'nestjs-oidc-auth';
import { adapters } from '../support/apps.js';
import { doorsOn } from './guarded-app.js';

/** Never registered itself. */
abstract class BaseController {
  @Get('admin')
  admin(@Required({ scopes: 'admin' }) token: IDToken): { by: string; sub: string } {
    return { by: 'base', sub: token.sub };
  }

  @Requires({ scopes: 'audit' })
  @Get('audit')
  audit(): { by: string } {
    return { by: 'base' };
  }

  @Get('feed')
  feed(@Optional() token?: IDToken): { sub: string | null } {
    return { sub: token?.sub ?? null };
  }
}

@Controller('heir')
class HeirController extends BaseController {}

@Controller('second')
class SecondHeirController extends BaseController {
  @Public()
  @Get('open')
  open(): string {
    return 'open';
  }
}

@Controller('repeating')
class RepeatingController extends BaseController {
  @Get('admin')
  override admin(@Required({ scopes: 'owner' }) token: IDToken): { by: string; sub: string } {
    return { by: 'override', sub: token.sub };
  }
}

@Controller('relaxing')
class RelaxingController extends BaseController {
  @Get('admin')
  override admin(@Optional() token?: IDToken): { by: string; sub: string } {
    return { by: 'override', sub: token?.sub ?? 'nobody' };
  }
}

@Controller('forgetting')
class ForgettingController extends BaseController {
  @Get('admin')
  override admin(token: IDToken): { by: string; sub: string } {
    return { by: 'override', sub: token.sub };
  }
}

@UseGuards(OidcGuard)
@Controller('forgetting-guarded')
class ForgettingGuardedController extends BaseController {
  @Get('admin')
  override admin(token: IDToken): { by: string; sub: string } {
    return { by: 'override', sub: token.sub };
  }
}

@Controller('super')
class SuperController extends BaseController {
  @Get('admin')
  override admin(@Required({ scopes: 'owner' }) token: IDToken): { by: string; sub: string } {
    return { ...super.admin(token), by: 'both' };
  }
}

describe.each(adapters)('inherited handlers on %s', (adapter) => {
  const doors = doorsOn(adapter);

  it.each(['/heir', '/second'])('bring requirement and guard along (%s)', async (path) => {
    const app = await doors.open(HeirController, SecondHeirController);
    expect(await app.status(`${path}/admin`)).toBe(401);
    expect(await app.status(`${path}/admin`, { scope: 'audit' })).toBe(403);
    expect((await app.get(`${path}/admin`, { scope: 'admin' })).json).toEqual({ by: 'base', sub: 'stub-user' });
    expect(await app.status(`${path}/audit`)).toBe(401);
    expect(await app.status(`${path}/audit`, { scope: 'admin' })).toBe(403);
    expect(await app.status(`${path}/audit`, { scope: 'audit' })).toBe(200);
    expect((await app.get(`${path}/feed`)).json).toEqual({ sub: null });
    expect((await app.get(`${path}/feed`, {})).json).toEqual({ sub: 'stub-user' });
  });

  it('have the requirement of an override in the place of their own', async () => {
    const app = await doors.open(HeirController, RepeatingController);
    expect(await app.status('/repeating/admin')).toBe(401);
    expect(await app.status('/repeating/admin', { scope: 'admin' })).toBe(403);
    expect((await app.get('/repeating/admin', { scope: 'owner' })).json).toEqual({ by: 'override', sub: 'stub-user' });
    expect(await app.status('/repeating/audit', { scope: 'owner' })).toBe(403);
    expect(await app.status('/heir/admin', { scope: 'owner' })).toBe(403);
    expect(await app.status('/heir/admin', { scope: 'admin' })).toBe(200);
  });

  it('may be relaxed by an override that says so', async () => {
    const app = await doors.open(HeirController, RelaxingController);
    expect((await app.get('/relaxing/admin')).json).toEqual({ by: 'override', sub: 'nobody' });
    expect(await app.status('/heir/admin')).toBe(401);
  });

  it('are called by an override that repeats the requirement', async () => {
    const app = await doors.open(SuperController);
    expect((await app.get('/super/admin', { scope: 'owner' })).json).toEqual({ by: 'both', sub: 'stub-user' });
    expect(await app.status('/super/admin', { scope: 'admin' })).toBe(403);
  });

  it.each<[string, Type]>([
    ['nothing guards', ForgettingController],
    ['a guard on the class guards', ForgettingGuardedController],
  ])('stop the boot where an override forgets to repeat it and %s', async (_, controller) => {
    await expect(doors.open(controller)).rejects.toThrow(
      `${controller.name}.admin overrides a handler whose parameter injects the token: repeat @Required() or @Optional() on its own parameter.`,
    );
  });

  it('stop the boot under APP_GUARD, too', async () => {
    const providers = [{ provide: APP_GUARD, useClass: OidcGuard }];
    await expect(doors.boot({ controllers: [ForgettingController], providers })).rejects.toThrow(
      'ForgettingController.admin overrides a handler',
    );
  });

  it('do not hand their requirement to an override whose own parameters are decorated otherwise', async () => {
    @Controller('other')
    class OtherController extends BaseController {
      @UseGuards(OidcGuard)
      @Get('admin')
      override admin(@CurrentToken() token: IDToken): { by: string; sub: string } {
        return { by: 'override', sub: token.sub };
      }
    }
    const app = await doors.open(OtherController);
    expect(await app.status('/other/admin')).toBe(401);
    expect((await app.get('/other/admin', {})).json).toEqual({ by: 'override', sub: 'stub-user' });
  });
});

describe.each(adapters)("Nest's own Optional on a handler's parameter, on %s", (adapter) => {
  const doors = doorsOn(adapter);

  abstract class MistakenBase {
    @Get('mistaken')
    mistaken(@NestOptional() token?: IDToken): { sub: string | null } {
      return { sub: token?.sub ?? null };
    }
  }

  @Controller()
  class MistakenController {
    @Get('mistaken')
    mistaken(@NestOptional() token?: IDToken): { sub: string | null } {
      return { sub: token?.sub ?? null };
    }
  }

  @Controller()
  class MistakenHeirController extends MistakenBase {}

  @Controller()
  class InjectingController {
    constructor(@NestOptional() readonly nothing?: MistakenBase) {}

    @Get('injecting')
    injecting(): { injected: boolean } {
      return { injected: this.nothing !== undefined };
    }
  }

  it.each<[string, Type]>([
    ['in the class itself', MistakenController],
    ['in an abstract class above', MistakenHeirController],
  ])('stops the boot and names ours, %s', async (_, controller) => {
    await expect(doors.open(controller)).rejects.toThrow(
      new RegExp(`${controller.name}[\\s\\S]*Optional of @nestjs/common[\\s\\S]*import Optional from nestjs-oidc-auth`),
    );
  });

  it('is left alone where it belongs, on a constructor', async () => {
    const app = await doors.open(InjectingController);
    expect((await app.get('/injecting')).json).toEqual({ injected: false });
  });
});
