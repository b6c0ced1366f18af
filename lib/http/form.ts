import type { IncomingMessage } from 'node:http';
import { InvalidRequestError } from '../errors/index.js';
import { rawRequest, type HttpRequest } from './carrier.js';
import { parametersFrom, type Parameters } from './parameters.js';

/** The largest form that is read, in bytes. */
export const MOST_FORM_BYTES = 65_536;

const FORM_TYPE = 'application/x-www-form-urlencoded';

/**
 * The form that a request carries: as the application's parser left it, else from the request itself.
 *
 * @throws {@link InvalidRequestError} `unsupported_content_type`, `body_too_large`, `repeated_parameter`
 */
export async function formOf(request: HttpRequest): Promise<Parameters> {
  const raw = rawRequest(request);
  const type = raw.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  const { body } = request;
  if (type !== undefined && type !== FORM_TYPE) {
    throw new InvalidRequestError('unsupported_content_type', `Send the parameters as ${FORM_TYPE}.`);
  }
  if (Number(raw.headers['content-length'] ?? 0) > MOST_FORM_BYTES) throw formTooLarge();
  if (typeof body === 'string' || Buffer.isBuffer(body)) return parse(body.toString());
  if (typeof body === 'object' && body !== null) return parametersFrom(bounded(Object.entries(body)));
  return type === undefined ? new Map() : parse(await read(raw));
}

/** A parser of the application's own may let more pass than it announced, in chunks or compressed. */
function bounded(fields: [string, unknown][]): [string, unknown][] {
  const size = fields.flat().reduce<number>((sum, part) => sum + (typeof part === 'string' ? part.length : 0), 0);
  if (size > MOST_FORM_BYTES) throw formTooLarge();
  return fields;
}

function parse(text: string): Parameters {
  if (text.length > MOST_FORM_BYTES) throw formTooLarge();
  return parametersFrom(new URLSearchParams(text));
}

async function read(raw: IncomingMessage): Promise<string> {
  if (raw.readableEnded) return '';
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of raw as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_FORM_BYTES) throw formTooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** The refusal of a body above {@link MOST_FORM_BYTES}, whoever found it too large. */
export function formTooLarge(): InvalidRequestError {
  return new InvalidRequestError('body_too_large', `The body has to have at most ${MOST_FORM_BYTES} bytes.`);
}
