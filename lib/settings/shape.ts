import { PATH_METADATA } from '@nestjs/common/constants.js';
import {
  AuthController,
  endpointPath,
  ENDPOINT_NAMES,
  type EndpointName,
  type EndpointPaths,
} from '../controllers/index.js';
import { DEFAULT_INSTANCE } from '../guards/index.js';
import type { OidcAuthShape } from '../oidc-auth.options.js';
import { OptionReader, shown } from './option-reader.js';

/** The module's shape, checked. What is wrong with it is told when the options are read, not while a file is imported. */
export interface CheckedShape {
  name: string;
  prefix: string;
  endpoints: EndpointPaths;
  controller: typeof AuthController;
  problems: readonly string[];
}

/** Names that give the module its shape; the default values make Nest's builder know them. */
export const SHAPE_DEFAULTS: OidcAuthShape = {
  prefix: undefined,
  endpoints: undefined,
  controller: undefined,
  imports: undefined,
  isGlobal: undefined,
  name: undefined,
};

/** Segments of plain characters; those that clients resolve away, . and .., are none. */
const PREFIX = /^(?:\/(?!\.{1,2}(?:\/|$))[\w\-.~]+)*$/;
const PATH = /^\/?(?!\.{1,2}(?:\/|$))[\w\-.~]+(?:\/(?!\.{1,2}(?:\/|$))[\w\-.~]+)*$/;

export function checkShape(shape: OidcAuthShape): CheckedShape {
  const reader = new OptionReader(shape);
  const prefix = reader.raw('prefix') === '' ? '' : (reader.string('prefix', "Write for example '/api'.") ?? '');
  if (!PREFIX.test(prefix))
    reader.complain('prefix', `expected a path such as '/api', without a slash at its end, got ${shown(prefix)}.`);
  reader.boolean('isGlobal', true);
  return {
    name: reader.string('name', "Write for example 'partner'.") ?? DEFAULT_INSTANCE,
    prefix,
    endpoints: checkEndpoints(reader),
    controller: checkController(reader),
    problems: reader.problems,
  };
}

function checkEndpoints(reader: OptionReader): EndpointPaths {
  const endpoints = reader.nested('endpoints');
  for (const name of endpoints.names) {
    const value = endpoints.raw(name);
    if (!ENDPOINT_NAMES.includes(name as EndpointName)) {
      endpoints.complain(name, `there is no such endpoint, only ${ENDPOINT_NAMES.join(', ')}.`);
    } else if (value !== undefined && value !== false && !(typeof value === 'string' && PATH.test(value))) {
      endpoints.complain(name, `expected a path below the prefix, such as 'sign-in', or false, got ${shown(value)}.`);
    }
  }
  if (reader.problems.length > 0) return {};
  const moved = (reader.raw('endpoints') ?? {}) as EndpointPaths;
  const paths = ENDPOINT_NAMES.map((name) => endpointPath(name, moved)).filter((path) => path !== undefined);
  if (new Set(paths).size < paths.length)
    reader.complain('endpoints', 'two endpoints have the same path: give each its own.');
  return moved;
}

function checkController(reader: OptionReader): typeof AuthController {
  const given = reader.raw('controller');
  const controller = given === undefined ? AuthController : given;
  if (!isAuthController(controller)) {
    reader.complain('controller', `expected a class that extends AuthController, got ${shown(controller)}.`);
    return AuthController;
  }
  const path = Reflect.getMetadata(PATH_METADATA, controller) as unknown;
  if (path !== undefined && path !== '/') {
    reader.complain(
      'controller',
      `${controller.name} has the path ${shown(path)} of its own: leave @Controller() empty, and set prefix.`,
    );
  }
  return controller;
}

function isAuthController(value: unknown): value is typeof AuthController {
  return typeof value === 'function' && (value === AuthController || value.prototype instanceof AuthController);
}
