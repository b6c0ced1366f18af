import type { ServerMetadata } from 'openid-client';
import { ProviderFaultError } from '../errors/index.js';
import { isLoopback } from '../outbound/index.js';
import type { DiscoverySettings } from './provider.settings.js';

/** The provider's metadata (OpenID Connect Discovery 1.0, section 3), checked as far as this package relies on them. */
export type ProviderMetadata = ServerMetadata & { issuer: string; jwks_uri: string };

/** A fault of the discovery document, with what an administrator can do about it. */
export class MetadataError extends ProviderFaultError {
  constructor(readonly remedy: string) {
    super('provider_metadata_invalid', 'The metadata of the identity provider cannot be used.');
  }
}

const BROWSER_ENDPOINTS = ['authorization_endpoint', 'end_session_endpoint'] as const;
const SERVER_ENDPOINTS = [
  'jwks_uri',
  'token_endpoint',
  'device_authorization_endpoint',
  'userinfo_endpoint',
  'revocation_endpoint',
] as const;

/**
 * Reads a discovery document. Only what names the expected issuer is believed, and an issuer on https sends nobody to
 * plain http.
 *
 * @throws {@link MetadataError}
 */
export function parseMetadata(document: unknown, settings: DiscoverySettings): ProviderMetadata {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new MetadataError(`${settings.url.href} is no discovery document: expected a JSON object.`);
  }
  const metadata = Object.fromEntries(Object.entries(document).filter(isRead));
  checkIssuer(metadata.issuer, settings);
  for (const [name, value] of Object.entries(settings.overrides)) {
    if (value === null) Reflect.deleteProperty(metadata, name);
    else metadata[name] = value;
  }
  for (const name of [...SERVER_ENDPOINTS, ...BROWSER_ENDPOINTS]) checkEndpoint(name, metadata, settings);
  if (!Array.isArray(metadata.scopes_supported)) delete metadata.scopes_supported;
  if (metadata.jwks_uri === undefined)
    throw new MetadataError('The discovery document names no jwks_uri: set metadata.jwks_uri.');
  return metadata as ProviderMetadata;
}

/** Besides the endpoints, only values that metadata have: text, a switch, a list of names. Others nobody here reads. */
function isRead([name, value]: [string, unknown]): boolean {
  if ([...SERVER_ENDPOINTS, ...BROWSER_ENDPOINTS].some((endpoint) => endpoint === name)) return true;
  if (Array.isArray(value)) return value.every((entry) => typeof entry === 'string');
  return typeof value !== 'object';
}

function checkIssuer(issuer: unknown, { url, issuers }: DiscoverySettings): void {
  if (typeof issuer !== 'string') throw new MetadataError(`${url.href} names no issuer: it is no discovery document.`);
  if (issuer.includes('{')) {
    throw new MetadataError(
      `The issuer ${shown(issuer)} is a template that stands for many tenants: put one tenant's id into discoveryUrl in its place.`,
    );
  }
  if (issuers.includes(issuer)) return;
  throw new MetadataError(
    `${url.href} names the issuer ${shown(issuer)}, expected ${shown(issuers[0])}: ` +
      `correct discoveryUrl, or set issuer: ${shown(issuer)} if that is the provider you mean.`,
  );
}

function checkEndpoint(name: string, metadata: Record<string, unknown>, settings: DiscoverySettings): void {
  const value = metadata[name];
  if (value === undefined) return;
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  const downgrade = url?.protocol === 'http:' && settings.url.protocol === 'https:';
  const configured = name in settings.overrides || url?.origin === settings.internalBaseUrl?.origin;
  if (!url || !mayReach(url, settings) || (downgrade && !configured)) {
    throw new MetadataError(
      `The provider's ${name} is ${shown(value)}: expected a URL on https. Correct the provider, or set metadata.${name}.`,
    );
  }
}

/** Whether this server may send a request, and with it secrets, to a URL. */
function mayReach(url: URL, { insecureHttp }: DiscoverySettings): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && (insecureHttp || isLoopback(url)));
}

/** A value of the provider's, short enough for a log. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  return (text ?? 'nothing').slice(0, 200);
}
