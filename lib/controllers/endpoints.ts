import { RequestMethod } from '@nestjs/common';

/** The standard endpoints by name. `logout` stands for POST and GET; `revoke` and what follows are there in broker mode only. */
export type EndpointName =
  | 'login'
  | 'callback'
  | 'token'
  | 'device'
  | 'userinfo'
  | 'logout'
  | 'revoke'
  | 'backchannelLogout'
  | 'jwks'
  | 'metadata';

/** A path below the prefix in the place of the standard one, or `false`: not at all. */
export type EndpointPaths = Partial<Record<EndpointName, string | false>>;

interface Endpoint {
  name: EndpointName;
  /** The method of AuthController that answers. */
  handler:
    | 'login'
    | 'callback'
    | 'token'
    | 'device'
    | 'userinfo'
    | 'logout'
    | 'endSession'
    | 'revoke'
    | 'backchannelLogout'
    | 'jwks'
    | 'metadata';
  method: RequestMethod;
  /** Where it is, unless it was moved. */
  path: string;
  /** Whether it is there in broker mode only. */
  broker?: true;
}

const { GET, POST } = RequestMethod;

/** Which method of AuthController answers what. */
export const ENDPOINTS: readonly Endpoint[] = [
  { name: 'login', handler: 'login', method: GET, path: 'auth/v2/login' },
  { name: 'callback', handler: 'callback', method: GET, path: 'auth/v2/callback' },
  { name: 'token', handler: 'token', method: POST, path: 'auth/v2/token' },
  { name: 'device', handler: 'device', method: POST, path: 'auth/v2/device' },
  { name: 'userinfo', handler: 'userinfo', method: GET, path: 'auth/v2/userinfo' },
  { name: 'logout', handler: 'logout', method: POST, path: 'auth/v2/logout' },
  { name: 'logout', handler: 'endSession', method: GET, path: 'auth/v2/logout' },
  { name: 'revoke', handler: 'revoke', method: POST, path: 'auth/v2/revoke', broker: true },
  {
    name: 'backchannelLogout',
    handler: 'backchannelLogout',
    method: POST,
    path: 'auth/v2/backchannel-logout',
    broker: true,
  },
  { name: 'jwks', handler: 'jwks', method: GET, path: 'auth/v2/.well-known/jwks.json', broker: true },
  { name: 'metadata', handler: 'metadata', method: GET, path: '.well-known/oauth-authorization-server', broker: true },
];

export const ENDPOINT_NAMES: readonly EndpointName[] = [...new Set(ENDPOINTS.map(({ name }) => name))];

/** Where an endpoint answers, below the prefix: `/auth/v2/login`, unless it was moved; nothing, if it was switched off. */
export function endpointPath(name: EndpointName, moved: EndpointPaths = {}): string | undefined {
  const path = moved[name] ?? ENDPOINTS.find((endpoint) => endpoint.name === name)?.path;
  return path === undefined || path === false ? undefined : `/${path.replace(/^\/+|\/+$/g, '')}`;
}
