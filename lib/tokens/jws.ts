import { isUtf8 } from 'node:buffer';
import { TokenRejection } from './token-rejection.js';

/** A JSON object that came from outside. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A compact JWS, decoded and not yet verified. */
export interface DecodedJws {
  header: JsonObject & { alg: string };
  payload: JsonObject;
  /** The payload as it was written. */
  text: string;
}

/** The longest token that is looked at, in characters. */
export const MOST_TOKEN_CHARACTERS = 16_384;

const COMPACT_JWS = /^([\w-]+)\.([\w-]+)\.([\w-]*)$/;

/**
 * Decodes without verifying.
 *
 * @throws {@link TokenRejection} `token_too_large`, `token_malformed`
 * @see RFC 7515, section 7.1
 */
export function decodeJws(token: string): DecodedJws {
  if (token.length > MOST_TOKEN_CHARACTERS) throw new TokenRejection('token_too_large');
  const [, head, body, signature = ''] = COMPACT_JWS.exec(token) ?? [];
  if (!isBase64url(signature)) throw new TokenRejection('token_malformed');
  const header = head === latest.head ? latest.header : headerOf(head);
  const text = textOf(body);
  const payload = jsonObject(text);
  if (!header || !payload || text === undefined) throw new TokenRejection('token_malformed');
  return { header, payload, text };
}

/** An issuer signs with one key for months: most tokens have the same header. */
let latest: { head: string | undefined; header: DecodedJws['header'] | undefined } = { head: '', header: undefined };

function headerOf(head: string | undefined): DecodedJws['header'] | undefined {
  const header = jsonObject(textOf(head));
  if (typeof header?.alg !== 'string') return undefined;
  latest = { head, header: Object.freeze(header) as DecodedJws['header'] };
  return latest.header;
}

/** Of the right characters, and of a length that bytes can have (RFC 7515, section 2). */
function isBase64url(part: string): boolean {
  return part.length % 4 !== 1;
}

function textOf(part: string | undefined): string | undefined {
  if (part === undefined || !isBase64url(part)) return undefined;
  const bytes = Buffer.from(part, 'base64url');
  return isUtf8(bytes) ? bytes.toString() : undefined;
}

function jsonObject(text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
