import {
  Catch,
  Controller,
  Get,
  HttpException,
  Inject,
  Injectable,
  Scope,
  UnprocessableEntityException,
  UseGuards,
  type ArgumentMetadata,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, BaseExceptionFilter, REQUEST } from '@nestjs/core';
import { map, type Observable } from 'rxjs';
import { describe, expect, it } from '@jest/globals';
import {
  CurrentToken,
  IDToken,
  OidcAuthError,
  OidcAuthEvents,
  OidcGuard,
  Optional,
  Required,
  type Reason,
} from 'nestjs-oidc-auth';
import { adapters } from '../support/apps.js';
import { badToken, doorsOn } from './guarded-app.js';

/** With the class as type, as decorator metadata keep it. */
@Controller()
class TypedController {
  @Get('required')
  required(@Required() token: IDToken): { sub: string; genuine: boolean } {
    return { sub: token.sub, genuine: token instanceof IDToken };
  }

  @Get('optional')
  optional(@Optional() token?: IDToken): { sub: string | null } {
    return { sub: token?.sub ?? null };
  }
}

/** As a ValidationPipe with `validateCustomDecorators`: what has a class as type is made an instance, and checked. */
@Injectable()
class ValidatingPipe implements PipeTransform {
  readonly seen: unknown[] = [];

  transform(value: unknown, { metatype }: ArgumentMetadata): unknown {
    this.seen.push(metatype);
    if (metatype !== undefined && metatype !== Object) throw new UnprocessableEntityException('not validated');
    return value;
  }
}

@Injectable()
class WrappingInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data: unknown) => ({ data })));
  }
}

interface Caught {
  name: string;
  status: number;
  response: unknown;
  cause: unknown;
}

const caught: Caught[] = [];

@Catch(HttpException)
class RecordingFilter extends BaseExceptionFilter implements ExceptionFilter {
  override catch(exception: HttpException, host: ArgumentsHost): void {
    caught.push({
      name: exception.constructor.name,
      status: exception.getStatus(),
      response: exception.getResponse(),
      cause: exception.cause,
    });
    super.catch(exception, host);
  }
}

@Controller({ path: 'scoped', scope: Scope.REQUEST })
class ScopedController {
  constructor(@Inject(REQUEST) private readonly request: { url: string }) {}

  @Get()
  me(@Required({ scopes: 'read' }) token: IDToken): { sub: string; url: string } {
    return { sub: token.sub, url: this.request.url };
  }
}

@Injectable({ scope: Scope.REQUEST })
class ScopedGuard implements CanActivate {
  constructor(@Inject(REQUEST) private readonly request: { url: string }) {}

  canActivate(): boolean {
    return !this.request.url.includes('forbidden');
  }
}

@UseGuards(OidcGuard, ScopedGuard)
@Controller('both')
class BothGuardsController {
  @Get()
  both(@CurrentToken() token: IDToken): { sub: string } {
    return { sub: token.sub };
  }
}

describe.each(adapters)('protected handlers inside Nest on %s', (adapter) => {
  const doors = doorsOn(adapter);

  it.each([
    ['useGlobalPipes', false],
    ['APP_PIPE', true],
  ])('are passed by pipes that validate by type, with their token untouched (%s)', async (_, provided) => {
    const pipe = new ValidatingPipe();
    const app = await doors.boot({
      controllers: [TypedController],
      providers: provided ? [{ provide: APP_PIPE, useValue: pipe }] : [],
      configure: (nest) => {
        if (!provided) nest.useGlobalPipes(pipe);
      },
    });
    expect((await app.get('/required', {})).json).toEqual({ sub: 'stub-user', genuine: true });
    expect((await app.get('/optional')).json).toEqual({ sub: null });
    expect((await app.get('/optional', {})).json).toEqual({ sub: 'stub-user' });
    expect(await app.status('/required', badToken)).toBe(401);
    expect(new Set(pipe.seen)).toEqual(new Set([Object]));
  });

  it('have their answers wrapped, and their refusals not', async () => {
    const app = await doors.boot({
      controllers: [TypedController],
      providers: [{ provide: APP_INTERCEPTOR, useClass: WrappingInterceptor }],
    });
    expect((await app.get('/optional')).json).toEqual({ data: { sub: null } });
    const refused = await app.get('/required');
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toBe('Bearer');
    expect(Object.keys(refused.json).sort()).toEqual(['detail', 'error', 'error_description']);
  });

  it.each<[Reason, number, string | object | undefined, string]>([
    ['token_missing', 401, undefined, 'MissingTokenError'],
    ['token_malformed', 401, badToken, 'InvalidTokenError'],
    ['scope_missing', 403, { scope: 'x' }, 'InsufficientScopeError'],
  ])('refuse with an HttpException whose cause says why: %s', async (reason, status, carried, name) => {
    caught.length = 0;
    const app = await doors.boot({
      controllers: [ScopedController],
      providers: [{ provide: APP_FILTER, useClass: RecordingFilter }],
    });
    const answer = await app.get('/scoped', carried as never);
    expect(answer.status).toBe(status);
    const [{ cause, ...exception } = { cause: undefined }] = caught;
    expect(exception).toEqual({ name: 'HttpException', status, response: answer.json });
    expect(cause).toBeInstanceOf(OidcAuthError);
    expect(cause).toMatchObject({ name, reason, status, error: answer.json.error, message: answer.json.detail });
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  it('may belong to request-scoped controllers', async () => {
    const app = await doors.open(ScopedController);
    const [ada, bob] = await Promise.all([
      app.get('/scoped?ada', { scope: 'read', sub: 'ada' }),
      app.get('/scoped?bob', { scope: 'read', sub: 'bob' }),
    ]);
    expect([ada.json, bob.json]).toEqual([
      { sub: 'ada', url: '/scoped?ada' },
      { sub: 'bob', url: '/scoped?bob' },
    ]);
    expect(await app.status('/scoped')).toBe(401);
    expect(await app.status('/scoped', { scope: 'x' })).toBe(403);
  });

  it('may have request-scoped guards beside ours', async () => {
    const app = await doors.open(BothGuardsController);
    expect((await app.get('/both', {})).json).toEqual({ sub: 'stub-user' });
    expect(await app.status('/both?forbidden', {})).toBe(403);
    expect(await app.status('/both?forbidden')).toBe(401);
  });

  it('are let into once, however many guards of ours look', async () => {
    const refused: unknown[] = [];
    const app = await doors.boot({
      controllers: [BothGuardsController],
      providers: [{ provide: APP_GUARD, useClass: OidcGuard }],
    });
    app.app.get(OidcAuthEvents).on('refused', (event) => refused.push(event));
    expect(await app.status('/both', {})).toBe(200);
    expect(await app.status('/both')).toBe(401);
    expect(refused).toHaveLength(1);
  });
});
