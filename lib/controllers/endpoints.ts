import { RequestMethod } from '@nestjs/common';

/** The standard endpoints by name. `logout` stands for POST and GET. */
export type EndpointName = 'login' | 'callback' | 'token' | 'device' | 'userinfo' | 'logout';

/** A path below the prefix in the place of the standard one, or `false`: not at all. */
export type EndpointPaths = Partial<Record<EndpointName, string | false>>;

interface Endpoint {
  name: EndpointName;
  /** The method of AuthController that answers. */
  handler: 'login' | 'callback' | 'token' | 'device' | 'userinfo' | 'logout' | 'endSession';
  method: RequestMethod;
}

/** Which method of AuthController answers what. */
export const ENDPOINTS: readonly Endpoint[] = [
  { name: 'login', handler: 'login', method: RequestMethod.GET },
  { name: 'callback', handler: 'callback', method: RequestMethod.GET },
  { name: 'token', handler: 'token', method: RequestMethod.POST },
  { name: 'device', handler: 'device', method: RequestMethod.POST },
  { name: 'userinfo', handler: 'userinfo', method: RequestMethod.GET },
  { name: 'logout', handler: 'logout', method: RequestMethod.POST },
  { name: 'logout', handler: 'endSession', method: RequestMethod.GET },
];

export const ENDPOINT_NAMES: readonly EndpointName[] = [...new Set(ENDPOINTS.map(({ name }) => name))];

/** Where an endpoint answers, below the prefix: `/auth/v2/login`, unless it was moved; nothing, if it was switched off. */
export function endpointPath(name: EndpointName, moved: EndpointPaths = {}): string | undefined {
  const path = moved[name] ?? `auth/v2/${name}`;
  return path === false ? undefined : `/${path.replace(/^\/+|\/+$/g, '')}`;
}
