import { Inject, Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { GUARDS_METADATA, OPTIONAL_DEPS_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { APP_GUARD, DiscoveryService, MetadataScanner } from '@nestjs/core';
import { ConfigurationError } from '../errors/index.js';
import { OidcGuard } from './oidc.guard.js';
import { OidcRegistry } from './registry.js';
import { metadataOf, methodOf, TokenParameter, type Handler } from './route-metadata.js';
import { routePlanOf, type RoutePlan } from './route-plan.js';

/**
 * Looks at every route while the application boots: what would fail, or protect less than it says, at the first request
 * stops the boot.
 */
@Injectable()
export class RouteAudit implements OnModuleInit {
  constructor(
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(MetadataScanner) private readonly scanner: MetadataScanner,
    @Inject(OidcRegistry) private readonly registry: OidcRegistry,
  ) {}

  /** @throws {@link ConfigurationError} that names each route and its remedy */
  onModuleInit(): void {
    const guardedGlobally = this.discovery.getProviders().some(({ token, metatype, instance }) => {
      const global = typeof token === 'string' && token.startsWith(APP_GUARD);
      return global && (isOidcGuard(metatype) || isOidcGuard(instance));
    });
    const controllers = new Set(this.discovery.getControllers().map(({ metatype }) => metatype as Type | null));
    const problems = [...controllers].flatMap((controller) =>
      controller ? this.#audit(controller, guardedGlobally) : [],
    );
    if (problems.length > 0) throw new ConfigurationError(problems);
  }

  #audit(controller: Type, guardedGlobally: boolean): string[] {
    const prototype = controller.prototype as object;
    const names = this.scanner.getAllMethodNames(prototype);
    const guardedByClass = guardedGlobally || carriesGuard(controller);
    const problems = names.flatMap((name) => this.#auditMethod(controller, name, guardedByClass));
    if (Reflect.hasOwnMetadata(OPTIONAL_DEPS_METADATA, prototype)) {
      problems.push(
        `${controller.name}: a handler's parameter has the Optional of @nestjs/common, which protects nothing: ` +
          'import Optional from nestjs-oidc-auth.',
      );
    }
    return problems;
  }

  #auditMethod(controller: Type, name: string, guardedByClass: boolean): string[] {
    const handler = methodOf(controller, name) as Handler;
    const where = `${controller.name}.${name}`;
    let plan: RoutePlan;
    try {
      plan = routePlanOf(controller, handler);
    } catch (error) {
      return [`${where}: ${error instanceof Error ? error.message : String(error)}`];
    }
    const injected = tokenParametersInjected(controller, name);
    const protects = injected.length > 0 || metadataOf(controller, name).requirements.length > 0;
    const problems: string[] = [];
    if (injected.some((parameter) => !plan.parameters.has(parameter))) {
      problems.push(
        `${where} overrides a handler whose parameter injects the token: repeat @Required() or @Optional() on its own parameter.`,
      );
    } else if (protects && !guardedByClass && !carriesGuard(handler)) {
      problems.push(
        `${where} has lost its OidcGuard: another decorator replaced the handler; write @UseGuards(OidcGuard) above it.`,
      );
    }
    return [...problems, ...(protects ? this.#unknownInstances(plan) : [])];
  }

  #unknownInstances({ wants, handler }: RoutePlan): string[] {
    return wants
      .filter(({ instance }) => !this.registry.get(instance))
      .map(
        ({ instance }) =>
          `${handler} wants tokens of the instance ${JSON.stringify(instance)}: OidcAuthModule is registered as ` +
          `${this.registry.names.map((name) => JSON.stringify(name)).join(', ') || 'nothing'} only.`,
      );
  }
}

function carriesGuard(target: object): boolean {
  const guards = (Reflect.getMetadata(GUARDS_METADATA, target) ?? []) as unknown[];
  return guards.some(isOidcGuard);
}

function isOidcGuard(guard: unknown): boolean {
  if (guard instanceof OidcGuard) return true;
  return typeof guard === 'function' && (guard === OidcGuard || guard.prototype instanceof OidcGuard);
}

function tokenParametersInjected(controller: Type, name: string): TokenParameter[] {
  const args = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) ?? {}) as Record<string, { data?: unknown }>;
  return Object.values(args).flatMap(({ data }) => (data instanceof TokenParameter ? [data] : []));
}
