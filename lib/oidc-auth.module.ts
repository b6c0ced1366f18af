import {
  ConfigurableModuleBuilder,
  Inject,
  Logger,
  Module,
  type DynamicModule,
  type NestModule,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { endpointPath, mount, OidcAuth } from './controllers/index.js';
import { DEFAULT_INSTANCE, OidcAuthEvents, OidcRegistry } from './guards/index.js';
import { answerExpressBodyErrors, answerFastifyBodyErrors } from './http/index.js';
import type { OidcAuthOptions, OidcAuthShape } from './oidc-auth.options.js';
import { OidcCoreModule } from './oidc-core.module.js';
import { Provider } from './provider/index.js';
import { checkShape, settingsFrom, SHAPE_DEFAULTS, type CheckedShape } from './settings/index.js';
import { AccessTokens, PROVIDER_TOKENS } from './tokens/index.js';

const OPTIONS = Symbol('nestjs-oidc-auth:options');
const SHAPE = Symbol('nestjs-oidc-auth:shape');

/** The injection token under which a registration's {@link OidcAuth} is exported; the default one's is the class itself. */
export function oidcAuthToken(name: string = DEFAULT_INSTANCE): string | typeof OidcAuth {
  return name === DEFAULT_INSTANCE ? OidcAuth : `nestjs-oidc-auth:${name}`;
}

const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<OidcAuthOptions>({ optionsInjectionToken: OPTIONS })
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createOidcAuthOptions')
  .setExtras<OidcAuthShape>(SHAPE_DEFAULTS, wire)
  .build();

/**
 * OpenID Connect for an application: `forRoot(options)` or `forRootAsync({ imports, inject, useFactory | useClass | useExisting })`.
 *
 * @throws {@link ConfigurationError} at boot, with all that is wrong and its remedies
 *
 * @example
 * ```ts
 * import { Module } from '@nestjs/common';
 * import { OidcAuthModule } from 'nestjs-oidc-auth';
 *
 * @Module({
 *   imports: [
 *     OidcAuthModule.forRoot({
 *       clientId: 'my-client',
 *       discoveryUrl: 'https://idp.example.org/.well-known/openid-configuration',
 *       audience: 'my-api',
 *     }),
 *   ],
 * })
 * export class AppModule {}
 * ```
 */
@Module({})
export class OidcAuthModule extends ConfigurableModuleClass implements NestModule, OnModuleInit, OnApplicationShutdown {
  constructor(
    @Inject(OidcAuth) private readonly auth: OidcAuth,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {
    super();
  }

  /** Runs before routes are added. */
  configure(): void {
    if (this.#adapterIs('fastify')) answerFastifyBodyErrors(this.host.httpAdapter, this.auth.name, this.#told);
  }

  /** Runs once routes are there. */
  onModuleInit(): void {
    if (this.#adapterIs('express')) answerExpressBodyErrors(this.host.httpAdapter, this.auth.name, this.#told);
  }

  /** Not earlier: requests are in flight until then. */
  onApplicationShutdown(): void {
    this.auth.provider.close();
  }

  /** Without an HTTP server (workers, command lines) there is none. */
  #adapterIs(type: string): boolean {
    const adapter = this.host.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined;
    return adapter?.getType() === type;
  }

  readonly #told = (error: Parameters<OidcAuthEvents['refused']>[0], path: string): void => {
    this.auth.events.refused(error, this.auth.name, path);
  };
}

function wire(definition: DynamicModule, given: OidcAuthShape): DynamicModule {
  const shape = checkShape(given);
  const token = oidcAuthToken(shape.name);
  return {
    ...definition,
    global: given.isGlobal ?? true,
    imports: [OidcCoreModule, ...(definition.imports ?? given.imports ?? [])],
    controllers: shape.problems.length === 0 ? [mount({ ...shape, instance: shape.name })] : [],
    providers: [
      ...(definition.providers ?? []),
      { provide: SHAPE, useValue: shape },
      { provide: OidcAuth, useFactory: start, inject: [OPTIONS, SHAPE, OidcRegistry, OidcAuthEvents] },
      ...(token === OidcAuth ? [] : [{ provide: token, useExisting: OidcAuth }]),
    ],
    exports: [token],
  };
}

async function start(
  options: unknown,
  shape: CheckedShape,
  registry: OidcRegistry,
  events: OidcAuthEvents,
): Promise<OidcAuth> {
  const { provider: settings, audience, requirement, verifiedTokens, warnings } = await settingsFrom(options, shape);
  for (const warning of warnings) new Logger('OidcAuth').warn(warning);
  const provider = new Provider(settings, (failure) => {
    events.providerFailed({ instance: shape.name, ...failure });
  });
  const accessTokens = new AccessTokens({
    kind: PROVIDER_TOKENS,
    keys: provider.keys,
    algorithms: settings.idTokens.algorithms,
    audience,
    clientId: settings.clientId,
    clock: { now: settings.now, tolerance: settings.clockTolerance },
    remembered: verifiedTokens,
  });
  const logoutPath = endpointPath('logout', shape.endpoints);
  const auth = new OidcAuth(
    shape.name,
    shape.prefix,
    settings.login.baseUrl,
    logoutPath,
    provider,
    accessTokens,
    requirement,
    events,
  );
  registry.add(auth);
  return auth;
}
