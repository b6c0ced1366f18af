import { Controller, Get, Module, UseGuards, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  CurrentToken,
  OidcAuthModule,
  OidcGuard,
  Optional,
  Public,
  Required,
  Requires,
  type IDToken,
} from 'nestjs-oidc-auth';
import { createTestIssuer, guardWithClaims } from 'nestjs-oidc-auth/testing';
import { adapters, bootApp } from '../support/apps.js';
import { CapturedLogs } from '../support/captured-logs.js';

interface Who {
  sub: string | null;
}

const who = (token: IDToken | undefined): Who => ({ sub: token?.sub ?? null });

@Controller()
class RoutesController {
  @Get('me')
  me(@Required() token: IDToken): Who {
    return who(token);
  }

  @Get('admin')
  admin(@Required({ scopes: 'admin', claims: { roles: 'staff' } }) token: IDToken): Who {
    return who(token);
  }

  @Requires({ audience: 'reports-api' })
  @Get('reports')
  reports(@CurrentToken() token: IDToken): Who {
    return who(token);
  }

  @Requires({ issuers: ['https://issuer.test'] })
  @Get('issuer')
  issuer(@CurrentToken() token: IDToken): Who {
    return who(token);
  }

  @Get('maybe')
  maybe(@Optional({ scopes: 'admin' }) token?: IDToken): Who {
    return who(token);
  }

  @Get('lenient')
  lenient(@Optional({ scopes: 'admin', onInvalid: 'anonymous' }) token?: IDToken): Who {
    return who(token);
  }

  @Get('partner')
  partner(@Required({ instance: 'partner' }) token: IDToken): Who {
    return who(token);
  }
}

@UseGuards(OidcGuard)
@Controller('guarded')
class GuardedController {
  @Get()
  list(@CurrentToken() token: IDToken): Who {
    return who(token);
  }

  @Public()
  @Get('open')
  open(): Who {
    return who(undefined);
  }
}

describe('guardWithClaims', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function visit(claims: Record<string, unknown> | undefined, ...controllers: Type[]) {
    const usual = { clientId: 'test', discoveryUrl: 'http://127.0.0.1:1', insecureAudience: true };

    @Module({
      imports: [
        OidcAuthModule.forRoot(usual),
        OidcAuthModule.forRoot({ ...usual, name: 'partner', prefix: '/partner' }),
      ],
      controllers,
    })
    class AppModule {}

    const testing = await Test.createTestingModule({ imports: [AppModule] })
      .setLogger(new CapturedLogs())
      .overrideGuard(OidcGuard)
      .useValue(guardWithClaims(claims))
      .compile();
    const app = testing.createNestApplication();
    closing.push(() => app.close());
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    return async (path: string) => {
      const answer = await fetch(url + path);
      return [answer.status, ((await answer.json()) as Partial<Who>).sub];
    };
  }

  it('makes every request that of the user, and enforces what routes require', async () => {
    const as = await visit({ sub: 'ada', scope: 'reports:read' }, RoutesController, GuardedController);
    expect(await as('/me')).toEqual([200, 'ada']);
    expect(await as('/guarded')).toEqual([200, 'ada']);
    expect(await as('/guarded/open')).toEqual([200, null]);
    expect(await as('/issuer')).toEqual([200, 'ada']);
    expect(await as('/partner')).toEqual([200, 'ada']);
    expect(await as('/admin')).toEqual([403, undefined]);
    expect(await as('/reports')).toEqual([401, undefined]);
    expect(await as('/maybe')).toEqual([403, undefined]);
  });

  it('lets in who has what is required', async () => {
    const as = await visit(
      { sub: 'ada', scope: 'admin', groups: ['staff'], aud: ['reports-api'], iss: 'https://else.test' },
      RoutesController,
    );
    expect(await as('/admin')).toEqual([200, 'ada']);
    expect(await as('/reports')).toEqual([200, 'ada']);
    expect(await as('/maybe')).toEqual([200, 'ada']);
    expect(await as('/issuer')).toEqual([401, undefined]);
  });

  it('without claims makes every request anonymous', async () => {
    const as = await visit(undefined, RoutesController, GuardedController);
    for (const path of ['/me', '/admin', '/reports', '/issuer', '/guarded'])
      expect(await as(path)).toEqual([401, undefined]);
    for (const path of ['/maybe', '/lenient', '/guarded/open']) expect(await as(path)).toEqual([200, null]);
  });

  it('takes who lacks what is required for anonymous where the route does', async () => {
    const as = await visit({ sub: 'ada', scope: 'reports:read' }, RoutesController);
    expect(await as('/lenient')).toEqual([200, null]);
  });
});

describe.each(adapters)('createTestIssuer on %s', (adapter) => {
  it('mints tokens that the real guard accepts, or refuses', async () => {
    const issuer = await createTestIssuer({ audience: 'kit-api' });
    const { discoveryUrl, audience } = issuer;
    expect([discoveryUrl, audience]).toEqual([issuer.issuer, 'kit-api']);
    const app = await bootApp(adapter, {
      imports: [
        OidcAuthModule.forRoot({ clientId: 'test', discoveryUrl, audience }),
        OidcAuthModule.forRoot({ clientId: 'test', discoveryUrl, audience, name: 'partner', prefix: '/partner' }),
      ],
      controllers: [RoutesController],
    });
    const status = async (path: string, claims?: Record<string, unknown>) => {
      const authorization = `Bearer ${await issuer.token(claims)}`;
      return (await fetch(app.url + path, { headers: { authorization } })).status;
    };
    expect(await status('/me')).toBe(200);
    expect(await status('/admin')).toBe(403);
    expect(await status('/admin', { scope: 'admin', roles: ['staff'] })).toBe(200);
    expect(await status('/me', { aud: 'else' })).toBe(401);
    expect(await status('/me', { exp: 1 })).toBe(401);
    expect(await status('/me', { iss: 'https://else.test' })).toBe(200);
    const other = await createTestIssuer({ audience: 'kit-api' });
    const forged = { authorization: `Bearer ${await other.token()}` };
    expect((await fetch(`${app.url}/me`, { headers: forged })).status).toBe(401);
    await Promise.all([app.close(), issuer.close(), other.close()]);
  });
});
