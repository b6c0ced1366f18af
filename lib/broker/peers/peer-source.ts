import {
  OidcAuthError,
  PeerUnavailableError,
  ProviderFaultError,
  ProviderUnavailableError,
} from '../../errors/index.js';
import type { Outbound } from '../../outbound/index.js';
import { familyJwksUri, jwksUriFrom, metadataUrls, PeerMetadataError } from './peer-metadata.js';
import type { PeerSettings } from './peer.settings.js';

/** Why a peer's keys cannot be had. */
export type PeerFailure =
  'unreachable' | 'timeout' | 'answer_invalid' | 'answer_too_large' | 'redirects' | 'metadata_invalid';

/** How a peer is, for events and logs. */
export type PeerHealth =
  | { event: 'peer-failed'; issuer: string; reason: PeerFailure; message: string }
  | { event: 'peer-recovered'; issuer: string };

/** How long a peer's metadata are believed to say where its keys are, in milliseconds. */
const LOCATION_AGE = 3_600_000;

const MESSAGES: Readonly<Record<Exclude<PeerFailure, 'metadata_invalid'>, string>> = {
  unreachable: 'It cannot be reached, or says that it is not available.',
  timeout: 'It did not answer in time.',
  answer_invalid: 'What it publishes is no JWK Set.',
  answer_too_large: 'What it publishes is larger than a key set may be.',
  redirects: 'It redirects, which is not followed: trust the issuer under the address that answers, or set jwksUri.',
};

/** Whence a peer's keys come. */
export class PeerSource {
  #located: { uri: string; until: number } | undefined;
  #failing = false;

  constructor(
    private readonly peer: PeerSettings,
    private readonly outbound: Outbound,
    private readonly now: () => number,
    private readonly report: (health: PeerHealth) => void,
  ) {}

  /** @throws {@link PeerUnavailableError} */
  async keys(): Promise<unknown> {
    const { issuer } = this.peer;
    try {
      const jwks = await this.#fetch();
      if (this.#failing) this.report({ event: 'peer-recovered', issuer });
      this.#failing = false;
      return jwks;
    } catch (error) {
      this.#failing = true;
      this.#located = undefined;
      const reason = reasonOf(error);
      const message = reason === 'metadata_invalid' ? (error as PeerMetadataError).message : MESSAGES[reason];
      this.report({ event: 'peer-failed', issuer, reason, message });
      throw new PeerUnavailableError();
    }
  }

  async #fetch(): Promise<unknown> {
    const jwks = await this.outbound.json(await this.#jwksUri());
    const listed = typeof jwks === 'object' && jwks !== null && 'keys' in jwks && Array.isArray(jwks.keys);
    if (listed) return jwks;
    throw new ProviderFaultError('provider_answer_invalid');
  }

  async #jwksUri(): Promise<string> {
    const { issuer, jwksUri } = this.peer;
    if (jwksUri !== undefined) return jwksUri;
    if (this.#located && this.now() < this.#located.until) return this.#located.uri;
    const uri = (await this.#published()) ?? familyJwksUri(issuer);
    this.#located = { uri, until: this.now() + LOCATION_AGE };
    return uri;
  }

  /** What the peer's metadata say, if it has any. */
  async #published(): Promise<string | undefined> {
    for (const url of metadataUrls(this.peer.issuer)) {
      const document = await this.outbound.json(url).catch(nothingUnlessSilent);
      const uri = jwksUriFrom(document, this.peer.issuer);
      if (uri !== undefined) return uri;
    }
    return undefined;
  }
}

/** A server may answer whatever it likes where it has no metadata; one that does not answer is not asked again and again. */
function nothingUnlessSilent(error: unknown): undefined {
  if (reasonOf(error) === 'timeout') throw error;
}

function reasonOf(error: unknown): PeerFailure {
  if (error instanceof PeerMetadataError) return 'metadata_invalid';
  if (!(error instanceof OidcAuthError)) throw error;
  if (error instanceof ProviderUnavailableError) return error.reason === 'provider_timeout' ? 'timeout' : 'unreachable';
  if (error.reason === 'provider_answer_too_large') return 'answer_too_large';
  return error.reason === 'provider_redirects' ? 'redirects' : 'answer_invalid';
}
