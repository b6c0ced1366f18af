import { RequestMapping, UseFilters, VERSION_NEUTRAL, type Type } from '@nestjs/common';
import { CONTROLLER_WATERMARK, PATH_METADATA, VERSION_METADATA } from '@nestjs/common/constants.js';
import { markEndpoint } from '../http/index.js';
import { inheritRouteMetadata, markPublic, setInstance } from '../guards/index.js';
import type { AuthController } from './auth.controller.js';
import { endpointPath, ENDPOINTS, type EndpointPaths } from './endpoints.js';
import { wireFilterOf } from './wire.filter.js';

/** How one registration shows its endpoints. */
export interface Mounting {
  controller: Type<AuthController>;
  /** Path before the endpoints' own. */
  prefix: string;
  endpoints: EndpointPaths;
  /** Name of the registration. */
  instance: string;
}

/**
 * A subclass of the controller for one registration: routes are laid on methods of its own, so that several registrations
 * share the class given, plain overrides keep their endpoints, and nothing shared is changed.
 */
export function mount({ controller, prefix, endpoints, instance }: Mounting): Type<AuthController> {
  const mounted = class extends controller {};
  Object.defineProperty(mounted, 'name', { value: controller.name });
  Reflect.defineMetadata(CONTROLLER_WATERMARK, true, mounted);
  Reflect.defineMetadata(PATH_METADATA, prefix === '' ? '/' : prefix, mounted);
  if (Reflect.getMetadata(VERSION_METADATA, controller) === undefined) {
    Reflect.defineMetadata(VERSION_METADATA, VERSION_NEUTRAL, mounted);
  }
  setInstance(mounted, instance);
  for (const { name, handler, method } of ENDPOINTS) {
    const path = endpointPath(name, endpoints);
    if (path === undefined) continue;
    const descriptor = standIn(controller, mounted, handler);
    RequestMapping({ path, method })(mounted.prototype, handler, descriptor);
    UseFilters(wireFilterOf(prefix + path))(mounted.prototype, handler, descriptor);
    markPublic(mounted.prototype, handler);
    markEndpoint(descriptor.value, { instance, path: prefix + path });
  }
  return mounted;
}

/**
 * Takes the endpoints of broker mode away from a mounted controller, or gives them back: whether there is a broker is known
 * when the options are, which is before routes are added and after the class was made.
 */
export function showBrokerEndpoints(
  mounted: Type<AuthController>,
  { endpoints }: Pick<Mounting, 'endpoints'>,
  shown: boolean,
): void {
  for (const { name, handler, broker } of ENDPOINTS) {
    const path = endpointPath(name, endpoints);
    const method: unknown = Object.getOwnPropertyDescriptor(mounted.prototype, handler)?.value;
    if (!broker || path === undefined || typeof method !== 'function') continue;
    if (shown) Reflect.defineMetadata(PATH_METADATA, path, method);
    else Reflect.deleteMetadata(PATH_METADATA, method);
  }
}

/** A method that calls the one it stands for, with all that decorators said of that one. */
function standIn(controller: Type<AuthController>, mounted: Type<AuthController>, handler: keyof AuthController) {
  const original = (controller.prototype as Record<string, unknown>)[handler] as (...args: unknown[]) => unknown;
  function method(this: AuthController, ...args: unknown[]): unknown {
    return original.apply(this, args);
  }
  for (const key of Reflect.getMetadataKeys(original)) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, original), method);
  }
  const descriptor = { value: method, writable: true, configurable: true, enumerable: false };
  Object.defineProperty(mounted.prototype, handler, descriptor);
  inheritRouteMetadata(controller, mounted, handler);
  return descriptor;
}
