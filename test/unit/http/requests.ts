import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { HttpRequest } from '../../../lib/http/index.js';

export interface RequestParts {
  headers?: IncomingHttpHeaders;
  rawHeaders?: string[];
  /** What a parser of the application left. */
  body?: unknown;
  /** What is still to be read. */
  chunks?: readonly string[];
}

/** A request as Express hands it on: Node's own. */
export function nodeRequest({ headers = {}, rawHeaders = [], body, chunks = [] }: RequestParts): HttpRequest {
  const stream = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  return Object.assign(stream as unknown as IncomingMessage, { headers, rawHeaders, body });
}

/** A request as Fastify hands it on: Node's is beneath it. */
export function wrappedRequest(parts: RequestParts): HttpRequest {
  return { raw: nodeRequest({ ...parts, body: undefined }), body: parts.body } as HttpRequest;
}
