import { OidcAuthError, ProviderFaultError, ProviderUnavailableError } from '../errors/index.js';
import { isUnsent } from './unsent.js';

const MOST_BYTES = 1_048_576;
const LONGEST_RETRY_AFTER = 300;
/** Statuses by which a provider says that it did nothing. What a gateway says (502, 504) is not the provider's word. */
const DID_NOTHING: readonly number[] = [429, 500, 503];

const TOO_LATE = new DOMException('The time for an answer is over.', 'TimeoutError');

type FetchInit = Parameters<typeof fetch>[1];

interface OutboundSettings {
  fetch: typeof fetch;
  /** In milliseconds, for one whole exchange. */
  timeout: number;
  /** Requests to the origin of `url` take another way, if `internalBaseUrl` names one. */
  discovery?: { url: URL; internalBaseUrl: URL | undefined };
}

/**
 * Every request that this server makes, to the provider and to peers: bounded in time and size, never redirected, never on plain http
 * to another machine unless configuration says so. An answer is read whole before anybody sees it, so that a body that
 * drips or breaks off is a fault here and not somewhere else.
 */
export class Outbound {
  /** What is under way. Each has a signal of its own: what is made of one that lives on would live on, too. */
  readonly #exchanges = new Set<AbortController>();
  #closed = false;

  constructor(private readonly settings: OutboundSettings) {}

  /** In milliseconds, for one whole exchange. */
  get timeout(): number {
    return this.settings.timeout;
  }

  /** The `fetch` that openid-client is given. */
  readonly fetch = async (url: string, init?: FetchInit): Promise<Response> => {
    const target = this.#route(new URL(url));
    if (this.#closed) throw unreachable(true);
    const exchange = new AbortController();
    const { signal } = exchange;
    const timer = setTimeout(() => {
      exchange.abort(TOO_LATE);
    }, this.settings.timeout).unref();
    this.#exchanges.add(exchange);
    const end = endOf(signal);
    try {
      // an application's own fetch may look at no signal
      return await Promise.race([this.#exchange(target, { ...init, redirect: 'manual', signal }), end.reached]);
    } catch (error) {
      if (error instanceof OidcAuthError) throw error;
      throw signal.reason === TOO_LATE
        ? new ProviderUnavailableError('provider_timeout', 'The identity provider did not answer in time.')
        : unreachable(isUnsent(error));
    } finally {
      clearTimeout(timer);
      end.forget();
      this.#exchanges.delete(exchange);
    }
  };

  /**
   * The JSON document at a URL.
   *
   * @throws {@link ProviderUnavailableError}, {@link ProviderFaultError}
   */
  async json(url: string): Promise<unknown> {
    const answer = await this.fetch(url, { headers: { accept: 'application/json' } });
    if (answer.status !== 200) throw new ProviderFaultError('provider_answer_invalid');
    try {
      return JSON.parse(await answer.text());
    } catch {
      throw new ProviderFaultError('provider_answer_invalid');
    }
  }

  /** Ends what is under way and refuses what comes. */
  close(): void {
    this.#closed = true;
    for (const exchange of this.#exchanges) exchange.abort();
  }

  async #exchange(target: URL, init: FetchInit): Promise<Response> {
    const answer = await this.settings.fetch(target.href, init);
    refuseFailures(answer);
    const body = await readBounded(answer);
    const empty = answer.status === 204 || body.length === 0;
    return new Response(empty ? null : body, { status: answer.status, headers: answer.headers });
  }

  #route(url: URL): URL {
    const { discovery } = this.settings;
    if (!discovery?.internalBaseUrl || url.origin !== discovery.url.origin) return url;
    const base = discovery.internalBaseUrl;
    // put together as text: a path that begins with two slashes would be taken for another host
    return new URL(base.origin + base.pathname.replace(/\/$/, '') + url.pathname + url.search);
  }
}

function refuseFailures(answer: Response): void {
  const { status } = answer;
  if (answer.redirected) throw new ProviderFaultError('provider_redirects');
  if (status < 300 || (status >= 400 && status < 500 && status !== 429)) return;
  void answer.body?.cancel().catch(() => undefined);
  if (status < 400) throw new ProviderFaultError('provider_redirects');
  const retryAfter = Number(answer.headers.get('retry-after') ?? 1);
  throw new ProviderUnavailableError(
    status === 429 ? 'provider_overloaded' : 'provider_unreachable',
    `The identity provider answers ${status} at the moment.`,
    Number.isFinite(retryAfter) ? Math.min(retryAfter, LONGEST_RETRY_AFTER) : 1,
    DID_NOTHING.includes(status),
  );
}

/** @param definite whether nothing was sent */
function unreachable(definite: boolean): ProviderUnavailableError {
  return new ProviderUnavailableError(
    'provider_unreachable',
    'The identity provider cannot be reached.',
    undefined,
    definite,
  );
}

/** Fetch keeps the signal for a while, and the signal whoever listens to it: `forget` lets go of the exchange. */
function endOf(signal: AbortSignal): { reached: Promise<never>; forget: () => void } {
  let end = (): void => undefined;
  const reached = new Promise<never>((_, reject) => {
    end = () => {
      reject(new Error('aborted'));
    };
    signal.addEventListener('abort', end, { once: true });
  });
  return {
    reached,
    forget: () => {
      signal.removeEventListener('abort', end);
    },
  };
}

async function readBounded(answer: Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    // leaving the loop cancels the body, and with it the connection
    if (size > MOST_BYTES) throw new ProviderFaultError('provider_answer_too_large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
