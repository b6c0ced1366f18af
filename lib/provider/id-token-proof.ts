import { ProviderFaultError, ProviderUnavailableError } from '../errors/index.js';
import { TokenRejection, verifyIdToken, type IdTokenRules, type JsonObject } from '../tokens/index.js';
import type { Discovery } from './discovery.js';
import { unavailable } from './unavailable.js';

/** When keys that have changed are worth another look, in seconds. */
const KEYS_CHANGE = 5;

/** Proves the ID tokens that the provider sends. */
export class IdTokenProof {
  constructor(
    private readonly discovery: Discovery,
    private readonly rules: IdTokenRules,
  ) {}

  /**
   * Settles when the keys are at hand.
   *
   * @throws {@link ProviderUnavailableError}
   */
  async ready(): Promise<void> {
    try {
      await this.rules.keys.get();
    } catch (error) {
      throw unavailable(error);
    }
  }

  /**
   * The claims of an ID token for which more than one answer is at stake. Keys that have changed a moment ago may not be
   * looked up again yet: an unknown key is a rejection only when they were.
   *
   * @throws as {@link claims}
   */
  async renewed(idToken: string): Promise<JsonObject> {
    const { metadata } = await this.discovery.get();
    const { fetches } = this.rules.keys;
    return this.#prove(idToken, metadata.issuer, ({ reason }) => {
      if (reason !== 'key_unknown' || this.rules.keys.fetches !== fetches) return;
      throw new ProviderUnavailableError('key_unknown', 'The keys of the identity provider are changing.', KEYS_CHANGE);
    });
  }

  /**
   * @returns the claims; whether their nonce is the right one is for the caller to say
   * @throws {@link ProviderFaultError} `id_token_invalid` if the token proves nothing
   * @throws {@link ProviderUnavailableError} while the keys cannot be fetched
   */
  async claims(idToken: string): Promise<JsonObject> {
    const { metadata } = await this.discovery.get();
    return this.#prove(idToken, metadata.issuer);
  }

  async #prove(idToken: string, issuer: string, doubt?: (rejection: TokenRejection) => void): Promise<JsonObject> {
    try {
      return await verifyIdToken(idToken, this.rules, issuer);
    } catch (error) {
      // the provider has granted something already
      if (!(error instanceof TokenRejection)) throw unavailable(error, false);
      doubt?.(error);
      throw new ProviderFaultError(
        'id_token_invalid',
        `The provider sent an ID token that proves nothing (${error.reason}).`,
      );
    }
  }
}
