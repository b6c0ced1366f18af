import { Controller, Get, Module, UseGuards } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import { CurrentToken, OidcGuard, Optional, Public, Required, Requires, type IDToken } from 'nestjs-oidc-auth';
import { adapters, bootApp, type App } from '../support/apps.js';
import { doorsOn } from './guarded-app.js';

@Controller()
class MeController {
  @Get('me')
  me(@Required() token: IDToken): { sub: string } {
    return { sub: token.sub };
  }

  @Get('maybe')
  maybe(@Optional() token?: IDToken): { sub: string | null } {
    return { sub: token?.sub ?? null };
  }

  @UseGuards(OidcGuard)
  @Get('guarded')
  guarded(): string {
    return 'in';
  }

  @Requires({ scopes: 'read' })
  @Get('requires')
  requires(): string {
    return 'in';
  }
}

describe.each(adapters)('an application that never imports OidcAuthModule, on %s', (adapter) => {
  let app: App | undefined;
  afterEach(() => app?.close());

  const status = async (path: string, headers: Record<string, string> = {}) =>
    (await fetch(`${app?.url ?? ''}${path}`, { headers })).status;

  it.each([
    ['by decorators', []],
    ['by APP_GUARD', [{ provide: APP_GUARD, useClass: OidcGuard }]],
  ])('lets nobody in whom it cannot look at, and says what is missing (%s)', async (_, providers) => {
    app = await bootApp(adapter, { controllers: [MeController], providers });
    for (const path of ['/me', '/guarded', '/requires']) {
      expect(await status(path)).toBe(401);
      expect(await status(path, { authorization: 'Bearer a.b.c' })).toBe(500);
    }
    expect(await status('/maybe', { authorization: 'Bearer a.b.c' })).toBe(500);
    expect(app.logs.text('error')).toContain(
      'MeController.me is protected by OidcGuard, but the application never imports OidcAuthModule: add OidcAuthModule.forRoot(...).',
    );
  });
});

describe('a test that replaces the guard by one that says yes', () => {
  const doors = doorsOn('express');

  it('is refused by the parameters, with the remedy', async () => {
    @Module({ controllers: [MeController] })
    class FeatureModule {}

    const testing = await Test.createTestingModule({ imports: [FeatureModule] })
      .overrideGuard(OidcGuard)
      .useValue({ canActivate: () => true })
      .compile();
    const errors: string[] = [];
    testing.useLogger({
      log: () => undefined,
      warn: () => undefined,
      error: (text: unknown) => errors.push(String(text)),
    });
    const app = testing.createNestApplication();
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    expect((await fetch(`${url}/me`)).status).toBe(500);
    expect((await fetch(`${url}/maybe`)).status).toBe(500);
    await app.close();
    expect(errors.join()).toContain('use guardWithClaims() of nestjs-oidc-auth/testing');
  });

  it('has no use for it: real tokens work in the testing module', async () => {
    const app = await doors.boot({ controllers: [MeController], testingModule: true });
    expect(await app.status('/me')).toBe(401);
    expect((await app.get('/me', { sub: 'ada' })).json).toEqual({ sub: 'ada' });
  });
});

describe.each(adapters)('what stops the boot on %s', (adapter) => {
  const doors = doorsOn(adapter);

  it('is a registration that nobody made', async () => {
    @Controller()
    class LostController {
      @Get('parameter')
      parameter(@Required({ instance: 'partner' }) token: IDToken): { sub: string } {
        return { sub: token.sub };
      }

      @Requires({ instance: 'staff' })
      @Get('method')
      method(): string {
        return 'in';
      }
    }
    const boot = doors.open(LostController);
    await expect(boot).rejects.toThrow(
      'LostController.parameter wants tokens of the instance "partner": OidcAuthModule is registered as "default" only.',
    );
    await expect(boot).rejects.toThrow('LostController.method wants tokens of the instance "staff"');
  });

  it.each<[string, object, RegExp]>([
    ['an empty scope', { scopes: '' }, /scopes: expected a string or a list of strings, none of them empty, got ""/],
    ['no scopes', { scopes: [] }, /scopes: expected/],
    ['a number for a scope', { scopes: 5 }, /scopes: .*got 5/],
    ['an object for a claim', { claims: { a: { b: 'c' } } }, /claims: "a" wants .*got \{"b":"c"\}/],
    ['null for a claim', { claims: { a: null } }, /claims: "a" wants .*got null/],
    ['an undefined claim value', { claims: { a: undefined } }, /claims: "a" wants .*got nothing/],
    ['an empty list of claim values', { claims: { a: [] } }, /claims: "a" wants/],
    ['an empty anyOf', { claims: { a: { anyOf: [] } } }, /claims: "a" wants/],
    ['a list for claims', { claims: ['a'] }, /claims: expected an object/],
    ['an empty audience', { audience: [''] }, /audience: expected/],
    ['a misspelt requirement', { scope: 'admin' }, /scope: there is no such requirement, only scopes, claims/],
    ['a string', 'admin' as unknown as object, /expected an object such as \{ scopes: 'admin' \}/],
  ])('is a requirement that cannot be understood: %s', async (_, requirements, sentence) => {
    @Controller()
    class WrongController {
      @Get()
      wrong(@Required(requirements) token: IDToken): { sub: string } {
        return { sub: token.sub };
      }
    }
    const boot = doors.open(WrongController);
    await expect(boot).rejects.toThrow(/nestjs-oidc-auth cannot start:[\s\S]*WrongController\.wrong: /);
    await expect(boot).rejects.toThrow(sentence);
  });

  it('is a scope that is named and undefined, such as one from an environment variable that is not set', async () => {
    @Controller()
    class UnsetController {
      @Get()
      unset(@Required({ scopes: process.env.NO_SUCH_VARIABLE }) token: IDToken): { sub: string } {
        return { sub: token.sub };
      }
    }
    await expect(doors.open(UnsetController)).rejects.toThrow(/UnsetController\.unset: scopes/);
  });

  it('is told in one message for all routes', async () => {
    @Requires({ claims: { a: [] } })
    @Controller('one')
    class OneController {
      @Get()
      one(): string {
        return 'in';
      }
    }

    @Controller('two')
    class TwoController {
      @Get()
      two(@Required({ instance: 'nobody' }) token: IDToken): { sub: string } {
        return { sub: token.sub };
      }
    }
    await expect(doors.open(OneController, TwoController)).rejects.toThrow(
      /OneController\.one[\s\S]*TwoController\.two/,
    );
  });
});

describe('token parameters', () => {
  it.each([Required, Optional])('belong on handlers, not on constructors (%p)', (decorator) => {
    expect(() => {
      class Service {
        constructor(@decorator() readonly token: unknown) {}
      }
      return Service;
    }).toThrow(TypeError);
  });
});

function methodOf(prototype: object, name: string): () => unknown {
  return (prototype as Record<string, () => unknown>)[name] ?? (() => undefined);
}

describe.each(['rpc', 'ws', 'graphql', 'unheard-of'])('a handler of type %s', (type) => {
  const doors = doorsOn('express');

  class Resolver {
    plain(): string {
      return 'in';
    }

    @Requires({ scopes: 'read' })
    requires(): string {
      return 'in';
    }

    @Public()
    open(@CurrentToken() token?: IDToken): IDToken | undefined {
      return token;
    }

    @Public()
    required(@Required() token: IDToken): IDToken {
      return token;
    }
  }

  const contextOf = (name: keyof Resolver, request: object) => {
    const context = new ExecutionContextHost([request, {}, {}, {}], Resolver, methodOf(Resolver.prototype, name));
    context.setType(type);
    return context;
  };

  it.each(['plain', 'requires', 'required'] as const)('is refused, whatever it carries (%s)', async (name) => {
    const { app } = await doors.boot({ providers: [OidcGuard] });
    const authorization = `Bearer ${await doors.stub.accessToken({ scope: 'read' })}`;
    const request = { headers: { authorization }, rawHeaders: ['authorization', authorization] };
    const enter = async () => app.get(OidcGuard).canActivate(contextOf(name, request));
    await expect(enter()).rejects.toThrow(
      `nestjs-oidc-auth protects HTTP handlers, and Resolver.${name} is of type ${type}: protect it otherwise, and mark it @Public() where OidcGuard is global.`,
    );
  });

  it('passes where it is @Public', async () => {
    const { app } = await doors.boot({ providers: [OidcGuard] });
    expect(app.get(OidcGuard).canActivate(contextOf('open', {}))).toBe(true);
  });
});
