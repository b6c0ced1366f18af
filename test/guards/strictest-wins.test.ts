import { Controller, Get, Headers, UseGuards, type Type } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import { OidcGuard, Optional, Public, Required, Requires, type IDToken } from 'nestjs-oidc-auth';
import { adapters } from '../support/apps.js';
import { badToken, doorsOn, type Carried } from './guarded-app.js';

/** What is said of one route. Each place that requires something requires a scope of its own. */
interface Said {
  readonly classGuard: boolean;
  readonly classRequires: boolean;
  readonly methodRequires: boolean;
  readonly open: 'nowhere' | 'class' | 'method';
  readonly parameter: 'none' | 'required' | 'optional';
}

const either = [false, true];

const combinations: readonly Said[] = either.flatMap((classGuard) =>
  either.flatMap((classRequires) =>
    either.flatMap((methodRequires) =>
      (['nowhere', 'class', 'method'] as const).flatMap((open) =>
        (['none', 'required', 'optional'] as const).map((parameter) => ({
          classGuard,
          classRequires,
          methodRequires,
          open,
          parameter,
        })),
      ),
    ),
  ),
);

const visitors: readonly [name: string, carried: Carried | undefined][] = [
  ['nothing', undefined],
  ['a bad token', badToken],
  ['a token without the scope of the class', { scope: 'method parameter' }],
  ['a token without the scope of the method', { scope: 'class parameter' }],
  ['a token without the scope of the parameter', { scope: 'class method' }],
  ['a good token', { scope: 'class method parameter' }],
];

const nothing = () => undefined;
const parameters = {
  none: () => Headers('x-not-there'),
  required: () => Required({ scopes: 'parameter' }),
  optional: () => Optional({ scopes: 'parameter' }),
};

/** @param path also the answer's proof of which handler ran */
function doorOf({ classGuard, classRequires, methodRequires, open, parameter }: Said, path: string): Type {
  @(classGuard ? UseGuards(OidcGuard) : nothing)
  @(classRequires ? Requires({ scopes: 'class' }) : nothing)
  @(open === 'class' ? Public() : nothing)
  @Controller(path)
  class Door {
    @(methodRequires ? Requires({ scopes: 'method' }) : nothing)
    @(open === 'method' ? Public() : nothing)
    @Get()
    enter(@(parameters[parameter]()) token?: IDToken): { path: string; sub: string | null } {
      return { path, sub: token?.sub ?? null };
    }
  }
  return Door;
}

/** The rule in its own words: whoever requires something is heard, then `@Optional`, then `@Public`, then the guard. */
function answersTo(said: Said, guardedGlobally: boolean): readonly number[] {
  const required = said.classRequires || said.methodRequires || said.parameter === 'required';
  const guarded = said.classGuard || guardedGlobally;
  const lacking = [said.classRequires, said.methodRequires, said.parameter !== 'none'].map((asked) =>
    asked ? 403 : 200,
  );
  if (required) return [401, 401, ...lacking, 200];
  if (said.parameter === 'optional') return [200, 401, ...lacking, 200];
  if (said.open !== 'nowhere' || !guarded) return [200, 200, 200, 200, 200, 200];
  return [401, 401, 200, 200, 200, 200];
}

function nameOf(said: Said): string {
  return JSON.stringify(said);
}

describe.each(adapters)('the strictest wins on %s', (adapter) => {
  const doors = doorsOn(adapter);

  it.each([
    ['without a global guard', false],
    ['with OidcGuard as APP_GUARD', true],
  ])('in every combination of decorators, %s', async (_, guardedGlobally) => {
    const app = await doors.boot({
      controllers: combinations.map((said, at) => doorOf(said, `door-${at}`)),
      providers: guardedGlobally ? [{ provide: APP_GUARD, useClass: OidcGuard }] : [],
    });
    const bearers = await Promise.all(
      visitors.map(async ([, carried]) => (typeof carried === 'object' ? doors.stub.accessToken(carried) : carried)),
    );
    const answers: Record<string, readonly number[]> = {};
    for (const [at, said] of combinations.entries()) {
      answers[nameOf(said)] = await Promise.all(bearers.map((bearer) => app.status(`/door-${at}`, bearer)));
    }
    const expected = combinations.map((said) => [nameOf(said), answersTo(said, guardedGlobally)]);
    expect(answers).toEqual(Object.fromEntries(expected));
  });

  it('so that an OidcGuard on the method closes it although the class is @Public', async () => {
    @Public()
    @Controller()
    class MostlyOpenController {
      @Get('open')
      open(): string {
        return 'open';
      }

      @UseGuards(OidcGuard)
      @Get('closed')
      closed(): string {
        return 'closed';
      }
    }
    const app = await doors.open(MostlyOpenController);
    expect(await app.status('/open')).toBe(200);
    expect(await app.status('/closed', {})).toBe(200);
    expect(await app.status('/closed')).toBe(401);
  });

  it('over all parameters of a handler', async () => {
    @Controller()
    class TwoParametersController {
      @Get('both')
      both(
        @Optional({ scopes: 'first' }) maybe: IDToken | undefined,
        @Required({ scopes: 'second' }) token: IDToken,
      ): { same: boolean } {
        return { same: maybe === token };
      }

      @Get('either')
      either(
        @Optional({ onInvalid: 'anonymous' }) lenient: IDToken | undefined,
        @Optional() strict: IDToken | undefined,
      ): { subs: unknown[] } {
        return { subs: [lenient?.sub ?? null, strict?.sub ?? null] };
      }
    }
    const app = await doors.open(TwoParametersController);
    expect(await app.status('/both')).toBe(401);
    expect(await app.status('/both', { scope: 'second' })).toBe(403);
    expect(await app.status('/both', { scope: 'first' })).toBe(403);
    expect((await app.get('/both', { scope: 'first second' })).json).toEqual({ same: true });
    expect((await app.get('/either')).json).toEqual({ subs: [null, null] });
    expect(await app.status('/either', badToken)).toBe(401);
  });

  it('where the class above requires, whatever the class below opens', async () => {
    @Requires({ scopes: 'base' })
    @Controller('base')
    class BaseController {
      @Get()
      enter(): string {
        return 'in';
      }
    }

    @Public()
    @Requires({ scopes: 'derived' })
    @Controller('derived')
    class DerivedController extends BaseController {}

    const app = await doors.open(BaseController, DerivedController);
    expect(await app.status('/derived')).toBe(401);
    expect(await app.status('/derived', { scope: 'derived' })).toBe(403);
    expect(await app.status('/derived', { scope: 'base' })).toBe(403);
    expect(await app.status('/derived', { scope: 'base derived' })).toBe(200);
    expect(await app.status('/base', { scope: 'base' })).toBe(200);
  });

  it('under useGlobalGuards, too', async () => {
    @Controller()
    class PlainController {
      @Get('plain')
      plain(): string {
        return 'plain';
      }

      @Public()
      @Get('open')
      open(): string {
        return 'open';
      }

      @Get('maybe')
      maybe(@Optional() token?: IDToken): { sub: string | null } {
        return { sub: token?.sub ?? null };
      }
    }
    const app = await doors.boot({
      controllers: [PlainController],
      configure: (nest) => void nest.useGlobalGuards(nest.get(OidcGuard)),
    });
    expect(await app.status('/plain')).toBe(401);
    expect(await app.status('/plain', {})).toBe(200);
    expect(await app.status('/open')).toBe(200);
    expect((await app.get('/maybe')).json).toEqual({ sub: null });
  });
});
