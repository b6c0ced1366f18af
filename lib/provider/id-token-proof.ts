import { ProviderFaultError } from '../errors/index.js';
import { TokenRejection, verifyIdToken, type IdTokenRules, type JsonObject } from '../tokens/index.js';
import type { Discovery } from './discovery.js';
import { unavailable } from './unavailable.js';

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
   * @returns the claims; whether their nonce is the right one is for the caller to say
   * @throws {@link ProviderFaultError} `id_token_invalid` if the token proves nothing
   * @throws {@link ProviderUnavailableError} while the keys cannot be fetched
   */
  async claims(idToken: string): Promise<JsonObject> {
    const { metadata } = await this.discovery.get();
    try {
      return await verifyIdToken(idToken, this.rules, metadata.issuer);
    } catch (error) {
      // the provider has granted something already
      if (!(error instanceof TokenRejection)) throw unavailable(error, false);
      throw new ProviderFaultError(
        'id_token_invalid',
        `The provider sent an ID token that proves nothing (${error.reason}).`,
      );
    }
  }
}
