import { initiateDeviceAuthorization, randomPKCECodeVerifier, type DeviceAuthorizationResponse } from 'openid-client';
import { DeviceFlowUnavailableError, GrantError, OidcAuthError, ProviderFaultError } from '../errors/index.js';
import { challengeOf, scopesToAsk } from './authorization.js';
import type { DiscoveredProvider, Discovery } from './discovery.js';
import type { LoginGrant } from './grant.js';
import type { ProviderSettings } from './provider.settings.js';
import { SealExpired, type Sealer } from './seal.js';
import { atSeam } from './seam.js';
import type { TokenEndpoint } from './token-endpoint.js';

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:device_code';
const LONGEST_LIFETIME = 3_600;
const USUAL_INTERVAL = 5;
/** Sealed, a longer one would not fit into the form in which it has to come back. */
const MOST_DEVICE_CODE_CHARACTERS = 4_096;

/** RFC 8628, section 3.2, with our own sealed `device_code`. */
export interface DeviceAnswer {
  device_code: string;
  user_code: string;
  verification_uri: string;
  verification_uri_complete?: string;
  /** In seconds. */
  expires_in: number;
  /** In seconds. */
  interval: number;
}

/** What has to be remembered between the start and the polls. */
export interface SealedDeviceCode {
  deviceCode: string;
  codeVerifier?: string;
  scope: string;
}

/** Log-ins without a browser of one's own: RFC 8628. */
export class DeviceFlow {
  constructor(
    private readonly settings: ProviderSettings,
    private readonly discovery: Discovery,
    private readonly codes: Sealer<SealedDeviceCode>,
    private readonly endpoint: TokenEndpoint,
  ) {}

  /** @throws {@link DeviceFlowUnavailableError} if the provider has no device flow, or none for this client */
  async start(): Promise<DeviceAnswer> {
    const provider = await this.discovery.get();
    if (provider.metadata.device_authorization_endpoint === undefined) throw new DeviceFlowUnavailableError();
    const { login } = this.settings;
    const scope = scopesToAsk(login.scopes, login.offlineAccess, this.settings, provider);
    const codeVerifier = login.devicePkce ? randomPKCECodeVerifier() : undefined;
    const answer = await this.#authorize(provider, scope, codeVerifier);
    if (answer.device_code.length > MOST_DEVICE_CODE_CHARACTERS || !/^[\x20-\x7e]{1,128}$/.test(answer.user_code)) {
      throw new ProviderFaultError('provider_answer_invalid');
    }
    const lifetime = Math.min(Math.floor(answer.expires_in), LONGEST_LIFETIME);
    const sealed: SealedDeviceCode = { deviceCode: answer.device_code, scope, ...(codeVerifier && { codeVerifier }) };
    return {
      device_code: await this.codes.seal(sealed, lifetime),
      user_code: answer.user_code,
      verification_uri: webAddress(answer.verification_uri),
      ...(answer.verification_uri_complete && {
        verification_uri_complete: webAddress(answer.verification_uri_complete),
      }),
      expires_in: lifetime,
      interval: answer.interval ?? USUAL_INTERVAL,
    };
  }

  /** Asks the provider once. @throws {@link GrantError} `authorization_pending`, `slow_down`, `expired_token`, … */
  async poll(code: string): Promise<LoginGrant> {
    const { deviceCode, codeVerifier, scope } = await this.#open(code);
    const parameters = { device_code: deviceCode, ...(codeVerifier && { code_verifier: codeVerifier }) };
    return this.endpoint.login(GRANT_TYPE, parameters, scope);
  }

  async #authorize({ configuration }: DiscoveredProvider, scope: string, codeVerifier: string | undefined) {
    const parameters = {
      ...this.settings.login.authorizationParams,
      scope,
      ...(codeVerifier && { code_challenge: challengeOf(codeVerifier), code_challenge_method: 'S256' }),
    };
    try {
      return await atSeam<DeviceAuthorizationResponse>(() => initiateDeviceAuthorization(configuration, parameters));
    } catch (error) {
      throw offersNoDeviceFlow(error) ? new DeviceFlowUnavailableError() : error;
    }
  }

  async #open(code: string): Promise<SealedDeviceCode> {
    try {
      return await this.codes.open(code);
    } catch (error) {
      throw error instanceof SealExpired
        ? new GrantError('expired_token', 'device_code_expired', 'The device code has expired: start anew.')
        : new GrantError(
            'invalid_grant',
            'device_code_invalid',
            'device_code is not one that this application issued.',
          );
    }
  }
}

/**
 * Providers advertise the endpoint but have it off per client; then they say one of these. Our request is the same for
 * everybody: that it is malformed says as much.
 */
function offersNoDeviceFlow(error: unknown): boolean {
  if (!(error instanceof OidcAuthError)) return false;
  return (
    error.reason === 'provider_refuses_client' || ['unsupported_grant_type', 'invalid_request'].includes(error.error)
  );
}

/** Users are sent there, so nothing but a web address will do. */
function webAddress(uri: string): string {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  const isPrintable = /^[\x21-\x7e]{1,2048}$/.test(uri);
  if (isPrintable && (url?.protocol === 'https:' || url?.protocol === 'http:')) return uri;
  throw new ProviderFaultError('provider_answer_invalid');
}
