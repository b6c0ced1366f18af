import { Controller, Get, UseGuards, type Type } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import { CurrentToken, OidcAuthModule, OidcGuard, Public, Required, Requires, type IDToken } from 'nestjs-oidc-auth';
import { adapters } from '../support/apps.js';
import { usualOptions } from '../support/auth-app.js';
import { badToken, doorsOn } from './guarded-app.js';

interface Who {
  sub: string | undefined;
}

@UseGuards(OidcGuard)
@Controller('class')
class ClassController {
  @Get()
  list(@CurrentToken() token: IDToken): Who {
    return { sub: token.sub };
  }
}

@Controller('method')
class MethodController {
  @UseGuards(OidcGuard)
  @Get()
  list(@CurrentToken() token: IDToken): Who {
    return { sub: token.sub };
  }
}

@Requires({ scopes: 'read' })
@Controller('requires')
class RequiresController {
  @Get()
  list(@CurrentToken() token: IDToken): Who {
    return { sub: token.sub };
  }
}

@Controller('global')
class GlobalController {
  @Get()
  list(@CurrentToken() token: IDToken): Who {
    return { sub: token.sub };
  }

  @Public()
  @Get('open')
  open(@CurrentToken() token: IDToken | undefined): Who {
    return { sub: token?.sub };
  }
}

describe.each(adapters)('@CurrentToken on %s', (adapter) => {
  const doors = doorsOn(adapter);
  const globally = [{ provide: APP_GUARD, useClass: OidcGuard }];

  it.each<[string, Type, boolean]>([
    ['@UseGuards(OidcGuard) on the class', ClassController, false],
    ['@UseGuards(OidcGuard) on the method', MethodController, false],
    ['@Requires on the class', RequiresController, false],
    ['APP_GUARD', GlobalController, true],
  ])('reads what %s left', async (_, controller, global) => {
    const app = await doors.boot({ controllers: [controller], providers: global ? globally : [] });
    const path = `/${controller.name.replace('Controller', '').toLowerCase()}`;
    expect(await app.status(path)).toBe(401);
    expect(await app.status(path, badToken)).toBe(401);
    expect((await app.get(path, { scope: 'read', sub: 'ada' })).json).toEqual({ sub: 'ada' });
  });

  it.each([
    ['without any guard', '/global', []],
    ['where @Public lets everybody pass', '/global/open', globally],
  ])('fails loudly %s, with and without a token', async (_, path, providers) => {
    const app = await doors.boot({ controllers: [GlobalController], providers });
    for (const carried of [undefined, {}, badToken]) {
      const { status, text } = await app.get(path, carried);
      expect({ status, text }).toEqual({ status: 500, text: expect.not.stringContaining('OidcGuard') });
    }
    expect(app.logs.text('error')).toMatch(
      /@CurrentToken\(\) of GlobalController\.(list|open) finds no token.*add @UseGuards\(OidcGuard\), or use @Required\(\)/,
    );
  });

  it('gives the token of the registration that is named, or of the only one', async () => {
    @Controller('two')
    class TwoController {
      @Requires({ instance: 'partner' })
      @Get('only')
      only(@CurrentToken() token: IDToken): Who {
        return { sub: token.sub };
      }

      @Get('both')
      both(
        @Required() own: IDToken,
        @Required({ instance: 'partner' }) partner: IDToken,
        @CurrentToken({ instance: 'partner' }) named: IDToken,
        @CurrentToken() unnamed: IDToken,
      ): { named: boolean; unnamed: boolean; different: boolean } {
        return { named: named === partner, unnamed: unnamed === own, different: own !== partner };
      }

      @UseGuards(OidcGuard)
      @Get('foreign')
      foreign(@CurrentToken({ instance: 'partner' }) token: IDToken | undefined): Who {
        return { sub: token?.sub };
      }
    }
    const partner = {
      ...usualOptions(doors.stub, 'https://app.example.org/partner'),
      name: 'partner',
      prefix: '/partner',
    };
    const app = await doors.boot({ controllers: [TwoController], imports: [OidcAuthModule.forRoot(partner)] });
    expect((await app.get('/two/only', { sub: 'ada' })).json).toEqual({ sub: 'ada' });
    expect((await app.get('/two/both', {})).json).toEqual({ named: true, unnamed: true, different: true });
    expect(await app.status('/two/foreign', {})).toBe(500);
    expect(app.logs.text('error')).toContain('wants the token of "partner", which no guard verified');
  });
});
