import { allowInsecureRequests, clockSkew, clockTolerance, Configuration, customFetch } from 'openid-client';
import { OidcAuthError, ProviderFaultError } from '../errors/index.js';
import { Refreshed } from '../tokens/index.js';
import { MetadataError, parseMetadata, type ProviderMetadata } from './metadata.js';
import type { Outbound } from '../outbound/index.js';
import type { ProviderSettings } from './provider.settings.js';
import { unavailable } from './unavailable.js';

/** The provider as it described itself last, and openid-client's view of it. */
export interface DiscoveredProvider {
  metadata: ProviderMetadata;
  configuration: Configuration;
}

/** What went wrong while fetching metadata or keys or reading an access token, for the log. */
export interface ProviderFailure {
  what: 'metadata' | 'keys' | 'access token';
  reason: string;
  message: string;
}

/** Finds out about the provider at the first need, and again by age. */
export class Discovery {
  readonly #metadata: Refreshed<ProviderMetadata>;

  constructor(
    private readonly settings: ProviderSettings,
    private readonly outbound: Outbound,
    private readonly report: (failure: ProviderFailure) => void,
  ) {
    this.#metadata = new Refreshed(() => this.#discover(), settings.times, settings.now);
  }

  /**
   * @param outbound by which way openid-client asks the provider
   * @throws {@link ProviderUnavailableError} until discovery succeeds
   */
  async get(outbound: Outbound = this.outbound): Promise<DiscoveredProvider> {
    const metadata = await this.#known();
    return { metadata, configuration: this.#configure(metadata, outbound) };
  }

  /** The provider's key set with the issuers for which it speaks, straight from the provider. */
  async fetchKeys(): Promise<{ issuers: readonly string[]; jwks: unknown }> {
    const metadata = await this.#known();
    return this.#reporting('keys', async () => {
      const jwks = await this.outbound.json(metadata.jwks_uri);
      const listed = typeof jwks === 'object' && jwks !== null && 'keys' in jwks && Array.isArray(jwks.keys);
      if (!listed)
        throw new ProviderFaultError('provider_answer_invalid', 'The jwks_uri of the provider gives no JWK Set.');
      return { issuers: [metadata.issuer, ...this.settings.tokenIssuers], jwks };
    });
  }

  async #known(): Promise<ProviderMetadata> {
    try {
      return await this.#metadata.get();
    } catch (error) {
      throw unavailable(error);
    }
  }

  async #discover(): Promise<ProviderMetadata> {
    return this.#reporting('metadata', async () => {
      const document = await this.outbound.json(this.settings.discovery.url.href);
      return parseMetadata(document, this.settings.discovery);
    });
  }

  /** Made anew for each call, because it notes how our clock differs from the system's. */
  #configure(metadata: ProviderMetadata, { fetch, timeout }: Outbound): Configuration {
    const { clientId, clientAuthentication, now } = this.settings;
    const client = {
      [clockSkew]: Math.round((now() - Date.now()) / 1000),
      [clockTolerance]: this.settings.clockTolerance,
    };
    const configuration = new Configuration(metadata, clientId, client, clientAuthentication);
    configuration[customFetch] = fetch;
    // ours ends first, and says so in its own words
    configuration.timeout = timeout / 1000 + 30;
    // which URLs may be plain http has been decided by then: parseMetadata
    allowInsecureRequests(configuration);
    return configuration;
  }

  async #reporting<T>(what: ProviderFailure['what'], action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      const reason = error instanceof OidcAuthError ? error.reason : 'internal';
      const message = error instanceof MetadataError ? error.remedy : error instanceof Error ? error.message : '';
      this.report({ what, reason, message });
      throw error;
    }
  }
}
