import {
  ConfigurableModuleBuilder,
  Inject,
  Logger,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type NestModule,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { claimsThatMayCome } from './broker/index.js';
import { startBroker } from './broker-start.js';
import { announceIssuer, mount, OidcAuth, showBrokerEndpoints } from './controllers/index.js';
import { DEFAULT_INSTANCE, OidcAuthEvents, OidcRegistry } from './guards/index.js';
import { answerExpressBodyErrors, answerFastifyBodyErrors } from './http/index.js';
import type { OidcAuthOptions, OidcAuthShape } from './oidc-auth.options.js';
import { OidcCoreModule } from './oidc-core.module.js';
import { Provider } from './provider/index.js';
import { checkShape, settingsFrom, SHAPE_DEFAULTS, type CheckedShape } from './settings/index.js';

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
export class OidcAuthModule
  extends ConfigurableModuleClass
  implements NestModule, OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown
{
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
    if (this.#adapterIs('express') || this.#adapterIs('fastify')) announceIssuer(this.host.httpAdapter, this.auth);
  }

  /** The application's database connection may be closed before it is our turn. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.auth.broker?.settle();
  }

  /** Not earlier: requests are in flight until then. */
  async onApplicationShutdown(): Promise<void> {
    await this.auth.broker?.close();
    this.auth.provider.identity.close();
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
  const mounted = shape.problems.length === 0 ? [mount({ ...shape, instance: shape.name })] : [];
  const useFactory = async (...parts: Parameters<typeof start>): Promise<OidcAuth> => {
    const auth = await start(...parts);
    for (const controller of mounted) showBrokerEndpoints(controller, shape, auth.broker !== undefined);
    return auth;
  };
  return {
    ...definition,
    global: given.isGlobal ?? true,
    imports: [OidcCoreModule, ...(definition.imports ?? given.imports ?? [])],
    controllers: mounted,
    providers: [
      ...(definition.providers ?? []),
      { provide: SHAPE, useValue: shape },
      { provide: OidcAuth, useFactory, inject: [OPTIONS, SHAPE, OidcRegistry, OidcAuthEvents] },
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
  const settings = await settingsFrom(options, shape);
  for (const warning of settings.warnings) new Logger('OidcAuth').warn(warning);
  const instance = shape.name;
  const provider = new Provider(settings.provider, (failure) => {
    events.providerFailed({ instance, ...failure });
  });
  const broker = settings.broker && (await startBroker(settings.broker, provider.identity, instance, events));
  const auth = new OidcAuth({
    name: instance,
    prefix: shape.prefix,
    baseUrl: settings.provider.login.baseUrl,
    endpoints: shape.endpoints,
    provider,
    proof: broker?.proof ?? provider.accessTokens,
    requirement: settings.requirement,
    events,
    broker,
    logoutHint: settings.provider.logoutHint,
    carries: settings.broker && claimsThatMayCome(settings.broker.settings),
  });
  registry.add(auth);
  return auth;
}
