import { Inject, Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { OPTIONAL_DEPS_METADATA, PATH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { APP_GUARD, DiscoveryService, MetadataScanner } from '@nestjs/core';
import { ConfigurationError } from '../errors/index.js';
import { topLevelNames } from '../tokens/index.js';
import { OidcRegistry } from './registry.js';
import { carriesGuard, isOidcGuard, metadataOf, methodOf, TokenParameter } from './route-metadata.js';
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
    const wrappers = new Map(this.discovery.getControllers().map((wrapper) => [wrapper.metatype, wrapper] as const));
    const problems = [...wrappers].flatMap(([controller, wrapper]) =>
      typeof controller === 'function'
        ? this.#audit(controller as Type, wrapper.instance as object, guardedGlobally)
        : [],
    );
    if (problems.length > 0) throw new ConfigurationError(problems);
  }

  #audit(controller: Type, instance: object | undefined, guardedGlobally: boolean): string[] {
    const prototype = controller.prototype as object;
    const names = this.scanner.getAllMethodNames(prototype);
    const guardedByClass = guardedGlobally || carriesGuard(controller);
    const problems = names.flatMap((name) =>
      this.#auditMethod(controller, name, calledOn(instance, name) ?? methodOf(controller, name), guardedByClass),
    );
    if (Reflect.hasMetadata(OPTIONAL_DEPS_METADATA, prototype)) {
      problems.push(
        `${controller.name}: a handler's parameter has the Optional of @nestjs/common, which protects nothing: ` +
          'import Optional from nestjs-oidc-auth.',
      );
    }
    return problems;
  }

  #auditMethod(controller: Type, name: string, called: unknown, guardedByClass: boolean): string[] {
    const injected = tokenParametersInjected(controller, name);
    const protects = injected.length > 0 || metadataOf(controller, name).requirements.length > 0;
    const isRoute = Reflect.hasMetadata(PATH_METADATA, methodOf(controller, name) as object);
    if (typeof called !== 'function' || (!protects && !isRoute)) return [];
    const handler = called;
    const where = `${controller.name}.${name}`;
    let plan: RoutePlan;
    try {
      plan = routePlanOf(controller, handler);
    } catch (error) {
      return [`${where}: ${error instanceof Error ? error.message : String(error)}`];
    }
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
    return [...problems, ...(protects ? this.#unknownInstances(plan) : []), ...this.#claimsNotCarried(plan)];
  }

  /** Broker tokens carry what the options say, and nothing else: a route that wants more lets nobody in. */
  #claimsNotCarried({ wants, handler }: RoutePlan): string[] {
    return wants.flatMap(({ instance, requirements }) => {
      const { carries } = this.registry.get(instance) ?? {};
      const paths = carries ? requirements.flatMap((requirement) => requirement.claimPaths) : [];
      return notCarried(paths, carries ?? []).map(
        (path) =>
          `${handler} requires the claim ${JSON.stringify(path)}, which tokens of the broker do not carry: add it to broker.claims.`,
      );
    });
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

/** The claim paths that no token with these claims can meet. */
export function notCarried(paths: readonly string[], carries: readonly string[]): string[] {
  return paths.filter((path) => !topLevelNames(path).some((name) => carries.includes(name)));
}

/** What Nest calls is the instance's own, if its constructor or an agent put one there. */
function calledOn(instance: object | undefined, name: string): unknown {
  return instance && (Object.getOwnPropertyDescriptor(instance, name)?.value as unknown);
}

function tokenParametersInjected(controller: Type, name: string): TokenParameter[] {
  const args = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) ?? {}) as Record<string, { data?: unknown }>;
  return Object.values(args).flatMap(({ data }) => (data instanceof TokenParameter ? [data] : []));
}
