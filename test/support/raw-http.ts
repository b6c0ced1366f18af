import { once } from 'node:events';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface RawRequest {
  readonly method?: string;
  /** The request target as it goes over the wire. */
  readonly path?: string;
  /** Header fields in order; names may repeat, values are sent as latin1 bytes. `host` is added unless given. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string | Buffer;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** The values of a header field, by its name in any case. */
  all(name: string): string[];
}

/** Sends one HTTP/1.1 request byte by byte as given, for what no HTTP client would send. */
export async function rawRequest(origin: string, request: RawRequest = {}): Promise<RawResponse> {
  const { hostname, port, host } = new URL(origin);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const received = buffer(socket);
  socket.write(serialize(request, host));
  return parse(await received);
}

function serialize({ method = 'GET', path = '/', headers = [], body }: RawRequest, host: string): Buffer {
  const has = (wanted: string) => headers.some(([name]) => name.toLowerCase() === wanted);
  const content = Buffer.from(body ?? '');
  const fields = [
    ...(has('host') ? [] : [['host', host] as const]),
    ...headers,
    ...(body === undefined || has('content-length') || has('transfer-encoding')
      ? []
      : [['content-length', String(content.length)] as const]),
    ['connection', 'close'] as const,
  ];
  const head = [`${method} ${path} HTTP/1.1`, ...fields.map(([name, value]) => `${name}: ${value}`), '', ''];
  return Buffer.concat([Buffer.from(head.join('\r\n'), 'latin1'), content]);
}

function parse(bytes: Buffer): RawResponse {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) throw new Error(`No HTTP answer: ${bytes.toString('latin1')}`);
  const [statusLine = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const all = (name: string) => headers.filter(([own]) => own === name.toLowerCase()).map(([, value]) => value);
  const content = bytes.subarray(end + 4);
  const body = all('transfer-encoding').includes('chunked') ? unchunked(content) : content;
  return { status: Number(statusLine.split(' ')[1]), headers, body: body.toString(), all };
}

function unchunked(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let rest = bytes; ;) {
    const lineEnd = rest.indexOf('\r\n');
    const size = Number.parseInt(rest.subarray(0, lineEnd).toString(), 16);
    if (lineEnd < 0 || !(size > 0)) return Buffer.concat(parts);
    const start = lineEnd + 2;
    parts.push(rest.subarray(start, start + size));
    rest = rest.subarray(start + size + 2);
  }
}
