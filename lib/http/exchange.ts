import type { AbstractHttpAdapter } from '@nestjs/core';
import { MethodNotAllowedError } from '../errors/index.js';
import { bearerOf } from './bearer.js';
import { rawRequest, type HttpRequest } from './carrier.js';
import { LoginCookies } from './cookies.js';
import { formOf } from './form.js';
import { parametersFrom, type Parameters } from './parameters.js';

/**
 * One request to an endpoint of ours and its answer, on Express and Fastify alike. What comes in is what the client
 * sent, and what goes out is what the client gets: pipes and interceptors of the application stay out of it.
 */
export class Exchange {
  #cookiesMerged = false;

  constructor(
    private readonly adapter: AbstractHttpAdapter,
    private readonly request: HttpRequest,
    private readonly response: unknown,
  ) {}

  /** HEAD runs the GET handler on both frameworks: endpoints whose GET changes something refuse it. */
  refuseHead(): void {
    if (rawRequest(this.request).method === 'HEAD') throw new MethodNotAllowedError('GET');
  }

  /** The request's path without query: a path alone, even if the client wrote a host before it (RFC 9112, section 3.2.2). */
  get path(): string {
    const [target = '/'] = this.#url.split('?', 1);
    const path = target.startsWith('/') || !URL.canParse(target) ? target : new URL(target).pathname;
    return path.replace(/^\/*/, '/');
  }

  get query(): Parameters {
    const at = this.#url.indexOf('?');
    const text = at === -1 ? '' : this.#url.slice(at + 1);
    return parametersFrom(new URLSearchParams(text));
  }

  form(): Promise<Parameters> {
    return formOf(this.request);
  }

  get bearer(): string | undefined {
    return bearerOf(this.request);
  }

  cookies(settings: { secure: boolean; lifetime: number }): LoginCookies {
    return new LoginCookies(rawRequest(this.request).headers.cookie, settings, (cookie) => this.#appendCookie(cookie));
  }

  redirect(url: string): void {
    this.#header('Cache-Control', 'no-store');
    this.adapter.redirect(this.response, 302, url);
  }

  /** A JSON answer that no cache keeps (RFC 6749, section 5.1). */
  json(body: object, status = 200, headers: Readonly<Record<string, string>> = {}): void {
    this.#header('Cache-Control', 'no-store');
    this.#header('Pragma', 'no-cache');
    for (const [name, value] of Object.entries(headers)) this.#header(name, value);
    this.adapter.reply(this.response, body, status);
  }

  /** A JSON document for everybody, that caches keep for so many seconds. */
  document(body: object, maxAge: number): void {
    this.#header('Cache-Control', `public, max-age=${maxAge}`);
    this.adapter.reply(this.response, body, 200);
  }

  get #url(): string {
    return String(this.adapter.getRequestUrl(this.request) ?? rawRequest(this.request).url ?? '/');
  }

  #header(name: string, value: string): void {
    this.adapter.setHeader(this.response, name, value);
  }

  #appendCookie(cookie: string): void {
    const { raw } = this.response as { raw?: NodeHeaders };
    const earlier = this.#cookiesMerged ? undefined : raw?.getHeader('set-cookie');
    this.#cookiesMerged = true;
    if (earlier !== undefined) {
      // Fastify on Nest 11 lets a reply's Set-Cookie replace those that middleware put on the raw response
      raw?.removeHeader('set-cookie');
      for (const kept of [earlier].flat()) this.adapter.appendHeader(this.response, 'Set-Cookie', String(kept));
    }
    this.adapter.appendHeader(this.response, 'Set-Cookie', cookie);
  }
}

/** The part of Node's response that lies beneath a Fastify reply. */
interface NodeHeaders {
  getHeader(name: string): string | number | string[] | undefined;
  removeHeader(name: string): void;
}
