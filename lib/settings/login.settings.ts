import { endpointPath } from '../controllers/index.js';
import type { CheckedShape } from './shape.js';
import { isRecord, shown, type OptionReader } from './option-reader.js';
import { isLoopback } from '../outbound/index.js';
import type { LoginSettings } from '../provider/index.js';

/** Authorization parameters that belong to the log-in itself. */
const RESERVED = [
  'client_id',
  'redirect_uri',
  'response_type',
  'response_mode',
  'scope',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'request',
  'request_uri',
];
const REMEDY_URIS = "Write them as browsers do, such as 'https://app.example.org/callback'.";

/** What log-ins ask for and where they may end, from the options. */
export function loginSettingsFrom(options: OptionReader, shape: CheckedShape): LoginSettings {
  const baseUrl = baseUrlFrom(options);
  const callback = endpointPath('callback', shape.endpoints);
  const scopes = options.strings('scopes', "Write for example 'profile email'.") ?? ['profile email'];
  const { offlineAccess, offlineParams } = offlineAccessFrom(options);
  return {
    scopes: scopes.flatMap((scope) => scope.split(/\s+/).filter(Boolean)),
    offlineAccess,
    offlineParams,
    authorizationParams: parametersFrom(options, 'authorizationParams'),
    baseUrl,
    callbackUrl: baseUrl === undefined || callback === undefined ? undefined : baseUrl + callback,
    redirectUris: urisFrom(options, 'redirectUris', true),
    postLogoutRedirectUris: urisFrom(options, 'postLogoutRedirectUris', false),
    loopback: options.boolean('loopback', true),
    acceptStateAsVerifier: options.boolean('acceptStateAsVerifier', true),
    devicePkce: devicePkceFrom(options),
  };
}

function baseUrlFrom(options: OptionReader): string | undefined {
  const remedy = "Write the public address of the application, such as 'https://app.example.org/api'.";
  const url = options.url('baseUrl', remedy);
  if (!url) return undefined;
  const value = String(options.raw('baseUrl'));
  const plain = `${url.origin}${url.pathname.replace(/\/$/, '')}`;
  if (value !== plain) {
    options.complain(
      'baseUrl',
      `expected ${shown(plain)}, as browsers write it, without a slash at its end, got ${shown(value)}.`,
    );
    return undefined;
  }
  if (url.protocol === 'http:' && !isLoopback(url) && options.raw('insecureHttp') !== true) {
    options.complain(
      'baseUrl',
      `${shown(value)} is on plain http, where tokens and cookies can be read: use https, or set insecureHttp: true.`,
    );
    return undefined;
  }
  return value;
}

function offlineAccessFrom(options: OptionReader): Pick<LoginSettings, 'offlineAccess' | 'offlineParams'> {
  const value = options.raw('offlineAccess');
  if (isRecord(value)) {
    const nested = options.nested('offlineAccess', ['params']);
    if (nested.raw('params') === undefined)
      nested.complain('params', "is missing: write for example { access_type: 'offline' }.");
    return { offlineAccess: true, offlineParams: parametersFrom(nested, 'params') };
  }
  return { offlineAccess: options.boolean('offlineAccess', true), offlineParams: undefined };
}

function parametersFrom(options: OptionReader, name: string): Record<string, string> {
  const parameters = options.stringRecord(name) ?? {};
  const reserved = Object.keys(parameters).filter((parameter) => RESERVED.includes(parameter));
  if (reserved.length > 0)
    options.complain(name, `${reserved.join(', ')} cannot be set here: the log-in sets it itself.`);
  return parameters;
}

function devicePkceFrom(options: OptionReader): boolean {
  const value = options.raw('devicePkce');
  if (value !== undefined && value !== 'auto' && value !== false)
    options.complain('devicePkce', `expected 'auto' or false, got ${shown(value)}.`);
  return value !== false;
}

/** @param plain whether query and fragment are out of place, as in redirect URIs */
function urisFrom(options: OptionReader, name: string, plain: boolean): string[] {
  const value = options.raw(name);
  if (typeof value === 'string') {
    options.complain(name, `expected a list, got ${shown(value)}: write [${shown(value)}].`);
    return [];
  }
  const uris = Array.isArray(value) && value.length === 0 ? [] : (options.strings(name, REMEDY_URIS) ?? []);
  for (const uri of uris) {
    const problem = problemOf(uri, plain, options.raw('insecureHttp') === true);
    if (problem) options.complain(name, `${shown(uri)} ${problem}`);
  }
  return uris;
}

function problemOf(uri: string, plain: boolean, insecureHttp: boolean): string | undefined {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (!url) return `is no URL. ${REMEDY_URIS}`;
  if (uri.includes('*')) return 'has a wildcard, but entries are compared character by character: list each URI.';
  if (url.href !== uri) return `would be written ${shown(url.href)} by browsers: write it so.`;
  if (url.username !== '' || url.password !== '' || (plain && /[?#]/.test(uri)))
    return 'has a user, query or fragment: leave it out.';
  const privateUse = url.protocol.includes('.');
  const web = url.protocol === 'https:' || (url.protocol === 'http:' && (insecureHttp || isLoopback(url)));
  if (!privateUse && !web)
    return 'has to be on https, or have a private scheme with a dot (com.example.app:/callback).';
  return undefined;
}
