import { customFetch, fetchUserInfo } from 'openid-client';
import { ProviderFaultError, ProviderUnavailableError } from '../errors/index.js';
import { decodeJws, verifySignature, type JsonObject, type KeySet } from '../tokens/index.js';
import type { Discovery } from './discovery.js';
import type { Outbound } from '../outbound/index.js';
import { atSeam } from './seam.js';
import { unavailable } from './unavailable.js';

/** The token is not good for it, or there is nothing: none of it is an error. */
const NOTHING: readonly number[] = [401, 403, 404];

/** The provider's userinfo endpoint: OpenID Connect Core 1.0, section 5.3. */
export class UserinfoEndpoint {
  constructor(
    private readonly discovery: Discovery,
    private readonly outbound: Outbound,
    private readonly keys: KeySet,
    private readonly algorithms: readonly string[],
  ) {}

  /**
   * What it says of a subject; nothing, where there is no such endpoint or it has nothing to say.
   *
   * @throws {@link ProviderFaultError} if the answer cannot be used, or speaks of somebody else
   * @throws {@link ProviderUnavailableError} if there is none
   */
  async of(accessToken: string, subject: string): Promise<JsonObject | undefined> {
    const { configuration, metadata } = await this.discovery.get(this.outbound);
    if (metadata.userinfo_endpoint === undefined) return undefined;
    let answer: Response | undefined;
    configuration[customFetch] = async (...request) => {
      const received = await this.outbound.fetch(...request);
      answer = received.clone();
      return received;
    };
    try {
      const claims = await atSeam(() => fetchUserInfo(configuration, accessToken, subject));
      await this.#proveSigned(answer);
      return claims;
    } catch (error) {
      const known = unavailable(error, false);
      if (known instanceof ProviderUnavailableError) throw known;
      if (answer && NOTHING.includes(answer.status)) return undefined;
      throw new ProviderFaultError(
        'provider_answer_invalid',
        'The userinfo endpoint gave an answer that cannot be used.',
      );
    }
  }

  /** A signed answer has to be the provider's own: openid-client compares its claims only. */
  async #proveSigned(answer: Response | undefined): Promise<void> {
    const type = answer?.headers.get('content-type') ?? '';
    if (!answer || !/^application\/jwt(?:\s*;|$)/i.test(type)) return;
    const token = (await answer.text()).trim();
    await verifySignature(token, decodeJws(token).header, this.keys, this.algorithms);
  }
}
