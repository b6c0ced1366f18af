import { genericGrantRequest } from 'openid-client';
import { GrantError, ProviderFaultError } from '../errors/index.js';
import { TokenRejection, verifyIdToken, type IdTokenRules } from '../tokens/index.js';
import type { Discovery } from './discovery.js';
import type { LogoutHints } from './logout-hints.js';
import { atSeam } from './seam.js';
import type { ProviderTokens } from './token-answer.js';
import { unavailable } from './unavailable.js';

const VISIBLE = /^[\x21-\x7e]+$/;

/** What the ID token of an answer has to satisfy. */
export interface IdTokenExpectation {
  /** Whether an answer without ID token is a fault. */
  required: boolean;
  /** Any of these is the right nonce; `undefined`: there was none. */
  nonces?: readonly string[];
}

/** The provider's token endpoint: one call of ours is one request to it, and no answer passes unproven. */
export class TokenEndpoint {
  constructor(
    private readonly discovery: Discovery,
    private readonly idTokens: IdTokenRules,
    private readonly hints: LogoutHints,
  ) {}

  /**
   * @throws {@link GrantError} if the provider refuses
   * @throws {@link ProviderFaultError} if the answer cannot be used
   * @throws {@link ProviderUnavailableError} if there is none
   */
  async grant(type: string, parameters: Record<string, string>, expected: IdTokenExpectation): Promise<ProviderTokens> {
    const { configuration, metadata } = await this.discovery.get();
    if (metadata.token_endpoint === undefined) throw new ProviderFaultError('provider_lacks_endpoint');
    // first, because a code or refresh token that was used up for an answer nobody can prove is lost
    await proven(() => this.idTokens.keys.get());
    const tokens: ProviderTokens = await atSeam(() => genericGrantRequest(configuration, type, parameters));
    if (!isUsable(tokens)) throw new ProviderFaultError('provider_answer_invalid');
    await this.#prove(tokens, metadata.issuer, expected);
    if (tokens.id_token !== undefined) this.hints.remember(tokens.access_token, tokens.id_token);
    return tokens;
  }

  async #prove({ id_token }: ProviderTokens, issuer: string, { required, nonces }: IdTokenExpectation): Promise<void> {
    if (id_token === undefined) {
      if (required) throw new ProviderFaultError('id_token_missing', 'The provider sent no ID token.');
      return;
    }
    const { nonce } = await proven(() => verifyIdToken(id_token, this.idTokens, issuer));
    if (nonces && (typeof nonce !== 'string' || !nonces.includes(nonce))) {
      throw new GrantError('invalid_grant', 'nonce_mismatch', 'The code belongs to another log-in.');
    }
  }
}

/** Bearer tokens of characters that may stand in a header (RFC 6749, section 7.1 and appendix A.12). */
function isUsable({ access_token, refresh_token, token_type }: ProviderTokens): boolean {
  return token_type === 'bearer' && VISIBLE.test(access_token) && VISIBLE.test(refresh_token ?? 'none');
}

async function proven<T>(proof: () => Promise<T>): Promise<T> {
  try {
    return await proof();
  } catch (error) {
    if (!(error instanceof TokenRejection)) throw unavailable(error);
    throw new ProviderFaultError(
      'id_token_invalid',
      `The provider sent an ID token that proves nothing (${error.reason}).`,
    );
  }
}
