import { Controller, Get, Inject, Injectable, Module, UseGuards } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import {
  CurrentToken,
  OidcAuth,
  OidcAuthEvents,
  OidcAuthModule,
  oidcAuthToken,
  OidcGuard,
  Optional,
  Public,
  type IDToken,
} from 'nestjs-oidc-auth';
import { adapters } from '../support/apps.js';
import { bootContext, soundOptions } from './booted-context.js';
import { badToken, doorsOn } from './guarded-app.js';

const options = (registration: object = {}) => ({ ...soundOptions, ...registration });

@Injectable()
class Reader {
  constructor(@Inject(OidcAuth) readonly auth: OidcAuth) {}
}

/** A feature module that imports nothing, and one that imports the registration. */
@Module({ providers: [Reader], exports: [Reader] })
class FeatureModule {}

describe('OidcAuth', () => {
  it('is there for every module', async () => {
    const { context } = await bootContext({ imports: [FeatureModule, OidcAuthModule.forRoot(options())] });
    expect(context.get(Reader).auth).toBe(context.get(OidcAuth));
    expect(context.get(OidcAuth)).toMatchObject({ name: 'default', prefix: '', baseUrl: undefined });
    await context.close();
  });

  it('with isGlobal: false is there for those who import the registration, and for nobody else', async () => {
    const registration = OidcAuthModule.forRoot(options({ isGlobal: false }));
    await expect(bootContext({ imports: [FeatureModule, registration] })).rejects.toThrow(/Reader/);
    const { context } = await bootContext({ imports: [registration], providers: [Reader] });
    expect(context.get(Reader).auth.name).toBe('default');
    await context.close();
  });

  it('with isGlobal: false beside a factory is there for those who import it', async () => {
    const registration = OidcAuthModule.forRootAsync({ isGlobal: false, useFactory: () => options() });
    await expect(bootContext({ imports: [FeatureModule, registration] })).rejects.toThrow(/Reader/);
    const { context } = await bootContext({ imports: [registration], providers: [Reader] });
    expect(context.get(Reader).auth.name).toBe('default');
    await context.close();
  });

  it('of a registration with a name is injected by its token', async () => {
    const partner = options({ name: 'partner', prefix: '/partner', baseUrl: 'https://app.example.org/partner' });
    const { context } = await bootContext({
      imports: [OidcAuthModule.forRoot(options()), OidcAuthModule.forRoot(partner)],
    });
    expect(oidcAuthToken()).toBe(OidcAuth);
    expect(oidcAuthToken('default')).toBe(OidcAuth);
    expect(context.get<OidcAuth>(oidcAuthToken('partner'))).toMatchObject({
      name: 'partner',
      prefix: '/partner',
      baseUrl: 'https://app.example.org/partner',
    });
    await context.close();
  });
});

describe('several registrations', () => {
  const taken = (name: string) =>
    `name: OidcAuthModule is registered twice as "${name}": give each registration a name of its own.`;

  it.each<[string, object, object, string]>([
    ['no name and the default one', {}, { name: 'default', prefix: '/other' }, taken('default')],
    ['one name', { name: 'partner' }, { name: 'partner', prefix: '/other' }, taken('partner')],
    [
      'one prefix',
      { prefix: '/api' },
      { name: 'partner', prefix: '/api' },
      'prefix: the registrations "default" and "partner" both answer under "/api": give each a prefix of its own.',
    ],
  ])('with %s stop the boot, whichever way they are made', async (_, first, second, sentence) => {
    const asynchronous = (shape: object) => OidcAuthModule.forRootAsync({ ...shape, useFactory: () => options() });
    const pairs = [
      [OidcAuthModule.forRoot(options(first)), OidcAuthModule.forRoot(options(second))],
      [OidcAuthModule.forRoot(options(first)), asynchronous(second)],
      [asynchronous(first), asynchronous(second)],
    ];
    for (const imports of pairs) await expect(bootContext({ imports })).rejects.toThrow(sentence);
  });
});

@UseGuards(OidcGuard)
@Controller('reports')
class ReportsController {
  @Get()
  list(@CurrentToken() token: IDToken): { sub: string } {
    return { sub: token.sub };
  }

  @Public()
  @Get('about')
  about(): string {
    return 'about';
  }
}

@Controller('plain')
class PlainController {
  @Get()
  list(): string {
    return 'in';
  }

  @Get('maybe')
  maybe(@Optional() token?: IDToken): { sub: string | null } {
    return { sub: token?.sub ?? null };
  }

  @Public()
  @Get('open')
  open(): string {
    return 'open';
  }
}

describe.each(adapters)('OidcGuard on %s', (adapter) => {
  const doors = doorsOn(adapter);

  it('resolves in feature modules that import nothing, global registration or not', async () => {
    @Module({ controllers: [ReportsController] })
    class ReportsModule {}

    for (const isGlobal of [true, false]) {
      const app = await doors.boot({ imports: [ReportsModule], auth: { isGlobal } });
      expect(await app.status('/reports')).toBe(401);
      expect((await app.get('/reports', { sub: 'ada' })).json).toEqual({ sub: 'ada' });
      expect(await app.status('/reports/about')).toBe(200);
    }
  });

  it.each([
    ['useClass', { provide: APP_GUARD, useClass: OidcGuard }],
    ['useExisting', { provide: APP_GUARD, useExisting: OidcGuard }],
    ['useFactory', { provide: APP_GUARD, useFactory: (guard: OidcGuard) => guard, inject: [OidcGuard] }],
  ])('closes every route that does not say otherwise, as APP_GUARD by %s', async (_, provider) => {
    const app = await doors.boot({ controllers: [PlainController], providers: [provider] });
    expect(await app.status('/plain')).toBe(401);
    expect(await app.status('/plain', badToken)).toBe(401);
    expect(await app.status('/plain', {})).toBe(200);
    expect((await app.get('/plain/maybe')).json).toEqual({ sub: null });
    expect(await app.status('/plain/open')).toBe(200);
    expect(await app.status('/auth/v2/userinfo')).toBe(401);
    expect(await app.status('/auth/v2/login')).toBe(400);
  });

  it('is one that services can inject, in the registration’s module and in others', async () => {
    @Injectable()
    class Doorman {
      constructor(
        @Inject(OidcGuard) readonly guard: OidcGuard,
        @Inject(OidcAuthEvents) readonly events: OidcAuthEvents,
      ) {}
    }

    @Module({ providers: [Doorman] })
    class DoorsModule {}

    const { app } = await doors.boot({ imports: [DoorsModule] });
    const { guard, events } = app.get(Doorman, { strict: false });
    expect(guard).toBe(app.get(OidcGuard, { strict: false }));
    expect(events).toBe(app.get(OidcAuthEvents, { strict: false }));
  });
});
