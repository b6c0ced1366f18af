import { Controller, Get, type Type } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { AuthController, OidcAuthModule, type OidcAuthShape } from 'nestjs-oidc-auth';
import { adapters } from '../support/apps.js';
import { loopbackTarget } from '../support/wire-client.js';
import { bootContext, problemsOf, soundOptions } from './booted-context.js';
import { doorsOn } from './guarded-app.js';

const shaped = (shape: object) => problemsOf({ ...soundOptions, ...shape });

describe('the prefix', () => {
  it.each(['', '/api', '/api/v1', '/~ada', '/a.b-c_d'])('may be %j', async (prefix) => {
    expect(await shaped({ prefix })).toEqual([]);
  });

  it.each([
    '/',
    'api',
    '/api/',
    '//api',
    '/api//v1',
    '/a b',
    '/:tenant',
    '/*',
    '/a?b',
    '/a#b',
    '/ä',
    '/a%20b',
    '/..',
    '/./a',
  ])('may not be %j', async (prefix) => {
    expect(await shaped({ prefix })).toEqual([
      expect.stringMatching(/^prefix: expected a path such as '\/api', without a slash at its end, got /),
    ]);
  });
});

describe('endpoints', () => {
  it.each([
    {},
    { login: 'sign-in' },
    { login: '/sign-in', callback: 'signed/in' },
    { login: undefined },
    { login: 'auth/v2/callback', callback: 'auth/v2/login' },
    { login: false, callback: false, token: false, device: false, userinfo: false, logout: false },
  ])('may be %j', async (endpoints) => {
    expect(await shaped({ endpoints })).toEqual([]);
  });

  it.each([
    '',
    '/',
    'a/',
    '//a',
    'a//b',
    ':id',
    '*',
    'a b',
    'a?b',
    '../login',
    './login',
    'a/../b',
    true,
    5,
    null,
    ['a'],
  ])('may not be at %j', async (path) => {
    expect(await shaped({ endpoints: { login: path } })).toEqual([
      expect.stringMatching(/^endpoints\.login: expected a path below the prefix, such as 'sign-in', or false, got /),
    ]);
  });

  it.each([
    { login: 'x', callback: 'x' },
    { login: '/x', callback: 'x' },
    { login: 'auth/v2/token' },
    { device: 'auth/v2/logout' },
  ])('may not share a path: %j', async (endpoints) => {
    expect(await shaped({ endpoints })).toEqual(['endpoints: two endpoints have the same path: give each its own.']);
  });
});

describe('the controller', () => {
  class Plain extends AuthController {}

  @Controller()
  class Decorated extends AuthController {}

  @Controller({ version: '2' })
  class Versioned extends AuthController {}

  class Below extends Decorated {
    @Get('auth/v2/more')
    more(): string {
      return 'more';
    }
  }

  it.each<Type>([AuthController, Plain, Decorated, Versioned, Below])('may be %p', async (controller) => {
    expect(await shaped({ controller })).toEqual([]);
  });

  const functions: [string, unknown][] = [
    ['a class of another kind', Map],
    ['an arrow function', () => AuthController],
    ['an instance', Object.create(AuthController.prototype)],
    ['a name', 'AuthController'],
    ['a list', [AuthController]],
    ['an object', { useClass: AuthController }],
  ];

  it.each(functions)('may not be %s', async (_, controller) => {
    expect(await shaped({ controller })).toEqual([
      expect.stringMatching(/^controller: expected a class that extends AuthController, got /),
    ]);
  });

  @Controller('mine')
  class WithPath extends AuthController {}

  @Controller(['one', 'two'])
  class WithPaths extends AuthController {}

  class BelowPath extends WithPath {}

  it.each<[Type, string]>([
    [WithPath, '"mine"'],
    [WithPaths, '["one","two"]'],
    [BelowPath, '"mine"'],
  ])('may have no path of its own: %p', async (controller, path) => {
    expect(await shaped({ controller })).toEqual([
      `controller: ${controller.name} has the path ${path} of its own: leave @Controller() empty, and set prefix.`,
    ]);
  });

  it('is not changed by being registered', async () => {
    const before = Reflect.getMetadataKeys(Plain);
    expect(await shaped({ controller: Plain, prefix: '/api' })).toEqual([]);
    expect(Reflect.getMetadataKeys(Plain)).toEqual(before);
    expect(Object.getOwnPropertyNames(Plain.prototype)).toEqual(['constructor']);
  });
});

describe('a wrong shape', () => {
  it('is told with the wrong options, in one message', async () => {
    const problems = await shaped({ prefix: 'api', name: ' ', isGlobal: 'yes', timeout: 'soon' });
    expect(problems.map((problem) => problem.split(':', 1)[0]).sort()).toEqual([
      'isGlobal',
      'name',
      'prefix',
      'timeout',
    ]);
  });

  it('does not throw while the file with the module is imported', () => {
    const wrong = { prefix: 5, endpoints: null, controller: 'x', name: {}, isGlobal: 0 } as unknown as OidcAuthShape;
    expect(() => OidcAuthModule.forRoot({ ...soundOptions, ...wrong })).not.toThrow();
    expect(() => OidcAuthModule.forRootAsync({ ...wrong, useFactory: () => soundOptions })).not.toThrow();
  });

  it('beside a factory is told, too', async () => {
    const boot = bootContext({
      imports: [OidcAuthModule.forRootAsync({ prefix: 'api', useFactory: () => soundOptions })],
    });
    await expect(boot).rejects.toThrow(/prefix: expected a path such as '\/api'/);
  });

  it.each(['prefix', 'endpoints', 'controller', 'imports', 'isGlobal', 'name'])(
    'that a factory returns is refused, and told where it belongs: %s',
    async (option) => {
      const useFactory = () => ({ ...soundOptions, [option]: undefined });
      await expect(bootContext({ imports: [OidcAuthModule.forRootAsync({ useFactory })] })).rejects.toThrow(
        `${option}: shapes the module, and is needed before options are there: put it beside useFactory, not into what it returns.`,
      );
    },
  );
});

describe.each(adapters)('what shapes the module on %s', (adapter) => {
  const doors = doorsOn(adapter);

  it('moves endpoints, switches them off, and leaves the others', async () => {
    const auth = { prefix: '/api', endpoints: { login: '/in', token: 'in/token', logout: false } } as const;
    const app = await doors.boot({ auth });
    expect(await app.status(`/in?redirect_uri=${encodeURIComponent(loopbackTarget)}`)).toBe(302);
    expect(await app.status('/auth/v2/login')).toBe(404);
    expect(await app.status('/auth/v2/logout')).toBe(404);
    expect(await app.status('/auth/v2/callback')).toBe(400);
  });

  it('lets two registrations share a controller class', async () => {
    class Shared extends AuthController {
      @Get('auth/v2/whose')
      whose(): { whose: string } {
        return { whose: this.auth.name };
      }
    }
    const partner = OidcAuthModule.forRoot({
      ...soundOptions,
      name: 'partner',
      prefix: '/partner',
      controller: Shared,
    });
    const app = await doors.boot({ auth: { controller: Shared }, imports: [partner] });
    expect((await app.get('/auth/v2/whose')).json).toEqual({ whose: 'default' });
    expect((await app.get('/partner/auth/v2/whose')).json).toEqual({ whose: 'partner' });
  });
});
