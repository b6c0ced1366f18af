import type { OidcAuthOptions } from '../oidc-auth.options.js';
import type { OptionReader } from './option-reader.js';
import { SHAPE_DEFAULTS } from './shape.js';

/** Every option by name, so that a misspelt one is found. */
const OPTIONS: Readonly<Record<keyof OidcAuthOptions, true>> = {
  clientId: true,
  clientSecret: true,
  clientAuthentication: true,
  discoveryUrl: true,
  issuer: true,
  tokenIssuers: true,
  audience: true,
  insecureAudience: true,
  insecureHttp: true,
  scopes: true,
  baseUrl: true,
  claims: true,
  offlineAccess: true,
  authorizationParams: true,
  timeout: true,
  secret: true,
  redirectUris: true,
  postLogoutRedirectUris: true,
  loopback: true,
  acceptStateAsVerifier: true,
  devicePkce: true,
  logoutHint: true,
  session: true,
  clockTolerance: true,
  algorithms: true,
  internalBaseUrl: true,
  metadata: true,
  cache: true,
  verifier: true,
  fetch: true,
  now: true,
  broker: true,
};

/** The Python family's names of what is called otherwise here. */
const PYTHON_NAMES: Readonly<Record<string, string>> = {
  proxy: 'baseUrl',
  timeout_sec: 'timeout',
  jwks_uri: 'metadata: { jwks_uri }',
  broker_mode: 'broker',
};

/** A name that is no option would be a setting that nobody makes. */
export function checkNames(options: OptionReader): void {
  for (const name of options.names) {
    if (Object.hasOwn(OPTIONS, name)) continue;
    if (Object.hasOwn(SHAPE_DEFAULTS, name)) {
      options.complain(
        name,
        'shapes the module, and is needed before options are there: put it beside useFactory, not into what it returns.',
      );
      continue;
    }
    const camelCase = name.replace(/[_-](\w)/g, (_, letter: string) => letter.toUpperCase());
    const meant =
      (Object.hasOwn(PYTHON_NAMES, name) ? PYTHON_NAMES[name] : undefined) ??
      Object.keys(OPTIONS).find((one) => one.toLowerCase() === camelCase.toLowerCase());
    options.complain(name, `there is no such option${meant === undefined ? '' : `: it is called ${meant}`}.`);
  }
}
