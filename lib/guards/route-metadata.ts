import type { ExecutionContext, Type } from '@nestjs/common';
import { GUARDS_METADATA } from '@nestjs/common/constants.js';
import type { TokenRequirements } from '../tokens/index.js';

const TOKEN_PARAMETERS = Symbol('nestjs-oidc-auth:token-parameters');
const REQUIREMENTS = Symbol('nestjs-oidc-auth:requirements');
const PUBLIC = Symbol('nestjs-oidc-auth:public');
const INSTANCE = Symbol('nestjs-oidc-auth:instance');
const ROUTE_KEY = Symbol('nestjs-oidc-auth:route-key');

/** What every OidcGuard, and every subclass of it, has as a static property. */
export const IS_OIDC_GUARD = Symbol('nestjs-oidc-auth:guard');

/** A handler, whatever its signature. */
export type Handler = ReturnType<ExecutionContext['getHandler']>;

/** What a route may want: requirements on the token, and whose token it has to be. */
export interface RouteRequirements extends TokenRequirements {
  /** Name of the registration whose tokens are meant. Default: the controller's own, else `default`. */
  instance?: string;
}

/** One `@Required()` or `@Optional()` on a parameter; the object itself is what guard and parameter recognise. */
export class TokenParameter {
  constructor(
    readonly kind: 'required' | 'optional',
    readonly requirements: RouteRequirements,
    /** On `@Optional`: what becomes of a token that is there and is bad. */
    readonly onInvalid: 'refuse' | 'anonymous',
  ) {}
}

// What is said of a method is kept by class and name: a decorator that replaces the function cannot make it disappear.

export function addTokenParameter(prototype: object, key: string | symbol, parameter: TokenParameter): void {
  const { constructor } = prototype;
  nameFunction(prototype, key);
  Reflect.defineMetadata(
    TOKEN_PARAMETERS,
    [...own<TokenParameter>(TOKEN_PARAMETERS, constructor, key), parameter],
    constructor,
    key,
  );
}

export function addRequirements(requirements: RouteRequirements, target: object, key?: string | symbol): void {
  if (key === undefined) {
    const list = (Reflect.getOwnMetadata(REQUIREMENTS, target) ?? []) as RouteRequirements[];
    Reflect.defineMetadata(REQUIREMENTS, [...list, requirements], target);
    return;
  }
  const { constructor } = target;
  nameFunction(target, key);
  Reflect.defineMetadata(
    REQUIREMENTS,
    [...own<RouteRequirements>(REQUIREMENTS, constructor, key), requirements],
    constructor,
    key,
  );
}

export function markPublic(target: object, key?: string | symbol): void {
  if (key === undefined) Reflect.defineMetadata(PUBLIC, true, target);
  else Reflect.defineMetadata(PUBLIC, true, target.constructor, key);
}

/** Says to which registration a controller belongs. */
export function setInstance(controller: Type, instance: string): void {
  Reflect.defineMetadata(INSTANCE, instance, controller);
}

/** Hands on what was said of a method to the one that stands for it in a subclass. */
export function inheritRouteMetadata(from: Type, to: Type, key: string): void {
  const said = metadataOf(from, key);
  Reflect.defineMetadata(TOKEN_PARAMETERS, said.parameters, to, key);
  Reflect.defineMetadata(REQUIREMENTS, said.requirements, to, key);
  if (said.isPublic) markPublic(to.prototype as object, key);
}

/** What was said of a method, and of its class and the classes above. An override stands for itself. */
export function metadataOf(controller: Type, key: string | symbol) {
  const owner = ownerOf(controller, key);
  return {
    parameters: own<TokenParameter>(TOKEN_PARAMETERS, owner, key),
    requirements: own<RouteRequirements>(REQUIREMENTS, owner, key),
    isPublic: Reflect.hasOwnMetadata(PUBLIC, owner, key),
  };
}

export function classMetadataOf(controller: Type) {
  const classes = [...lineage(controller.prototype as object)].map(({ constructor }) => constructor);
  return {
    requirements: classes.flatMap((one) => (Reflect.getOwnMetadata(REQUIREMENTS, one) ?? []) as RouteRequirements[]),
    isPublic: Reflect.getMetadata(PUBLIC, controller) === true,
    instance: Reflect.getMetadata(INSTANCE, controller) as string | undefined,
  };
}

/**
 * The names of the method that a handler is. What Nest calls may be a wrapper that was put on the instance, or around the
 * call: then the name that it took over from the function within tells.
 */
export function keysOf(controller: Type, handler: Handler): string[] {
  const names = [...lineage(controller.prototype as object)].flatMap((prototype) =>
    Object.getOwnPropertyNames(prototype),
  );
  const methods = [...new Set(names)].filter((name) => name !== 'constructor' && isMethod(controller, name));
  const itself = methods.filter((name) => methodOf(controller, name) === handler);
  if (itself.length > 0) return itself;
  const taken: unknown[] = [Reflect.getMetadata(ROUTE_KEY, handler), handler.name.replace(/^bound /, '')];
  return methods.filter((name) => taken.includes(name));
}

/** Whether OidcGuard is among the guards of a class or function. */
export function carriesGuard(target: object): boolean {
  const guards = (Reflect.getMetadata(GUARDS_METADATA, target) ?? []) as unknown[];
  return guards.some(isOidcGuard);
}

export function isOidcGuard(guard: unknown): boolean {
  const type = typeof guard === 'object' && guard !== null ? guard.constructor : guard;
  return typeof type === 'function' && IS_OIDC_GUARD in type;
}

/** The function behind a name, without running a getter. */
export function methodOf(controller: Type, name: string): unknown {
  for (const prototype of lineage(controller.prototype as object)) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    if (descriptor) return descriptor.value;
  }
  return undefined;
}

function isMethod(controller: Type, name: string): boolean {
  return typeof methodOf(controller, name) === 'function';
}

/** Wrappers that hand metadata on hand on whose they are. */
function nameFunction(prototype: object, key: string | symbol): void {
  const method = methodOf(prototype.constructor as Type, key as string);
  if (typeof method === 'function') Reflect.defineMetadata(ROUTE_KEY, key, method);
}

function ownerOf(controller: Type, key: string | symbol): object {
  for (const prototype of lineage(controller.prototype as object)) {
    if (Object.hasOwn(prototype, key)) return prototype.constructor;
  }
  return controller;
}

function* lineage(prototype: object): Generator<object> {
  for (let at: object | null = prototype; at && at !== Object.prototype; at = Reflect.getPrototypeOf(at)) yield at;
}

function own<T>(metadata: symbol, constructor: object, key: string | symbol): T[] {
  return (Reflect.getOwnMetadata(metadata, constructor, key) ?? []) as T[];
}
