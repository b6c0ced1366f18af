import type { Type } from '@nestjs/common';
import { Requirement } from '../tokens/index.js';
import {
  carriesGuard,
  classMetadataOf,
  keysOf,
  metadataOf,
  type Handler,
  type RouteRequirements,
  type TokenParameter,
} from './route-metadata.js';

/** Name of the registration that has none. */
export const DEFAULT_INSTANCE = 'default';

/** A token of one registration, and what it has to satisfy: all of it. */
export interface Want {
  instance: string;
  requirements: readonly Requirement[];
}

/** What one handler of one class wants of a request: everything that was said of parameters, method and class, resolved once. */
export interface RoutePlan {
  /** `required`: no entrance without token; `optional`: a token that is there has to be good; `public`: nobody looks. */
  mode: 'required' | 'optional' | 'public';
  /** A bad token counts as none. */
  anonymousIfInvalid: boolean;
  /** The tokens that are wanted, one of each registration. */
  wants: readonly Want[];
  /** The token parameters, each with the registration whose token it injects. */
  parameters: ReadonlyMap<TokenParameter, string>;
  /** The registration that is meant where nobody names one. */
  instance: string;
  /** `MeController.show`, for logs and events. */
  handler: string;
}

const plans = new WeakMap<Type, WeakMap<Handler, RoutePlan>>();

/**
 * @throws {@link TypeError} if a requirement cannot be understood, or nobody can say which method the handler is; for what
 *   is there at boot, the boot has said so before
 */
export function routePlanOf(controller: Type, handler: Handler): RoutePlan {
  let ofClass = plans.get(controller);
  if (!ofClass) plans.set(controller, (ofClass = new WeakMap()));
  let plan = ofClass.get(handler);
  if (!plan) ofClass.set(handler, (plan = resolve(controller, handler)));
  return plan;
}

function resolve(controller: Type, handler: Handler): RoutePlan {
  const ofClass = classMetadataOf(controller);
  const instance = ofClass.instance ?? DEFAULT_INSTANCE;
  const keys = keysOf(controller, handler);
  if (keys.length === 0) {
    throw new TypeError(
      `${controller.name}: something replaced a handler by a function that does not tell which method it is, so that nobody ` +
        'knows what it requires: let the wrapper keep the name and metadata of what it wraps.',
    );
  }
  const said = keys.map((key) => metadataOf(controller, key));
  const parameters = said.flatMap((one) => one.parameters);
  const explicit = [...ofClass.requirements, ...said.flatMap((one) => one.requirements)];
  return {
    mode: modeOf(
      parameters,
      explicit,
      !carriesGuard(handler) && (ofClass.isPublic || said.some((one) => one.isPublic)),
    ),
    anonymousIfInvalid: parameters.length > 0 && parameters.every(({ onInvalid }) => onInvalid === 'anonymous'),
    wants: wantsOf(instance, [...explicit, ...parameters.map(({ requirements }) => requirements)]),
    parameters: new Map(parameters.map((one) => [one, one.requirements.instance ?? instance])),
    instance,
    handler: `${controller.name}.${String(keys[0])}`,
  };
}

/** The strictest wins. `@Optional()` alone relaxes a guard that nobody gave a requirement of its own. */
function modeOf(parameters: TokenParameter[], explicit: RouteRequirements[], isPublic: boolean): RoutePlan['mode'] {
  if (explicit.length > 0 || parameters.some(({ kind }) => kind === 'required')) return 'required';
  if (parameters.length > 0) return 'optional';
  return isPublic ? 'public' : 'required';
}

function wantsOf(usual: string, list: RouteRequirements[]): RoutePlan['wants'] {
  const byInstance = new Map<string, Requirement[]>();
  for (const requirements of list) {
    const { instance = usual } = requirements;
    byInstance.set(instance, [...(byInstance.get(instance) ?? []), Requirement.parse(requirements)]);
  }
  if (byInstance.size === 0) byInstance.set(usual, []);
  return [...byInstance].map(([instance, requirements]) => ({ instance, requirements }));
}
