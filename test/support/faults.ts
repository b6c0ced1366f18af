import type { ServerResponse } from 'node:http';

/** What a stub provider does with a request in the place of answering it properly. */
export type Fault = (request: unknown, response: ServerResponse) => void;

const megabyte = Buffer.alloc(1_048_576, 'x');

/** An empty answer with this status. */
export function status(code: number, headers: Record<string, string> = {}): Fault {
  return (_, response) => void response.writeHead(code, headers).end();
}

/** 429, or another status, with Retry-After. */
export function overloaded(retryAfter: number | string, code = 429): Fault {
  return status(code, { 'retry-after': String(retryAfter) });
}

export function redirect(location: string, code = 302): Fault {
  return status(code, { location });
}

/** Takes the request and never answers. */
export const hang: Fault = () => undefined;

/** 200 with a page of a proxy that is no JSON. */
export const notJson: Fault = (_, response) =>
  void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome to the proxy</html>');

/** 200 with JSON of the wrong type. */
export function json(value: unknown, code = 200): Fault {
  return (_, response) =>
    void response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** Announces a body, sends half of it and cuts the connection. */
export const halfBody: Fault = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
  response.write('{"half":', () => response.destroy());
};

/** Answers one byte at a time, slower than any client waits. */
export const drip: Fault = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000000' });
  const timer = setInterval(() => response.write(' '), 20);
  response.once('close', () => clearInterval(timer));
};

/** A body of so many megabytes, with or without announcing its size. */
export function huge(megabytes = 50, { announced = false } = {}): Fault {
  return (_, response) => {
    const length = String(megabytes * megabyte.length);
    response.writeHead(200, { 'content-type': 'application/json', ...(announced ? { 'content-length': length } : {}) });
    pour(response, megabytes);
  };
}

/** A body that never ends. */
export const endless: Fault = huge(Number.POSITIVE_INFINITY);

/** Writes as fast as the reader takes it, until the reader has gone. */
function pour(response: ServerResponse, megabytes: number): void {
  if (response.destroyed) return;
  if (megabytes <= 0) return void response.end();
  response.write(megabyte, () => pour(response, megabytes - 1));
}
