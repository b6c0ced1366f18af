export interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: string | undefined;
  /** Milliseconds since 1970; `undefined` lasts as long as the browser. */
  readonly expires: number | undefined;
}

/**
 * A browser's cookies (RFC 6265bis): kept per host, shared by its ports; loopback counts as secure without https; a `__Host-`
 * cookie is taken only with Secure, Path=/ and no Domain.
 */
export class CookieJar {
  private readonly hosts = new Map<string, Map<string, Cookie>>();

  /** Takes the Set-Cookie headers of an answer from `url`. */
  store(url: URL, headers: readonly string[]): void {
    for (const header of headers) {
      const cookie = accepted(header, url);
      if (!cookie) continue;
      const cookies = this.of(url);
      const key = `${cookie.name};${cookie.path}`;
      if (isExpired(cookie)) cookies.delete(key);
      else cookies.set(key, cookie);
    }
  }

  /** The cookies that a request to `url` carries, longest path first. */
  list(url: URL): Cookie[] {
    return [...this.of(url).values()]
      .filter((cookie) => !isExpired(cookie) && pathMatches(url.pathname, cookie.path))
      .filter((cookie) => !cookie.secure || isSecure(url))
      .sort((first, second) => second.path.length - first.path.length);
  }

  /** The value of the request's Cookie header, if there is one. */
  header(url: URL): string | undefined {
    return (
      this.list(url)
        .map(({ name, value }) => `${name}=${value}`)
        .join('; ') || undefined
    );
  }

  clear(): void {
    this.hosts.clear();
  }

  private of({ hostname }: URL): Map<string, Cookie> {
    const cookies = this.hosts.get(hostname) ?? new Map<string, Cookie>();
    this.hosts.set(hostname, cookies);
    return cookies;
  }
}

function accepted(header: string, url: URL): Cookie | undefined {
  const [pair = '', ...rest] = header.split(';');
  const [name, value] = cut(pair);
  const attributes = new Map(rest.map(cut).map(([key, text]) => [key.toLowerCase(), text]));
  const path = attributes.get('path');
  const cookie: Cookie = {
    name,
    value,
    path: path?.startsWith('/') ? path : defaultPath(url),
    secure: attributes.has('secure'),
    httpOnly: attributes.has('httponly'),
    sameSite: attributes.get('samesite'),
    expires: expiryOf(attributes),
  };
  if (!name || (cookie.secure && !isSecure(url))) return undefined;
  if (name.startsWith('__Secure-') && !cookie.secure) return undefined;
  if (name.startsWith('__Host-') && !(cookie.secure && path === '/' && !attributes.has('domain'))) return undefined;
  return cookie;
}

function cut(text: string): [string, string] {
  const at = text.indexOf('=');
  return at < 0 ? [text.trim(), ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

function expiryOf(attributes: Map<string, string>): number | undefined {
  const maxAge = attributes.get('max-age');
  if (maxAge !== undefined) return Date.now() + Number(maxAge) * 1000;
  const expires = attributes.get('expires');
  return expires === undefined ? undefined : Date.parse(expires);
}

function isExpired({ expires }: Cookie): boolean {
  return expires !== undefined && expires <= Date.now();
}

function isSecure({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

function defaultPath({ pathname }: URL): string {
  return pathname.slice(0, pathname.lastIndexOf('/')) || '/';
}

function pathMatches(requested: string, path: string): boolean {
  return requested === path || requested.startsWith(path.endsWith('/') ? path : `${path}/`);
}
