/**
 * A `fetch` that sees a public site where an application listens on loopback, as behind a reverse proxy.
 *
 * @param upstream where the request for a path goes: the URL of an application
 */
export function reverseProxy(site: string, upstream: (path: string) => string): typeof fetch {
  return (input, init) => {
    const { origin, pathname, search, href } = new URL(input instanceof Request ? input.url : input);
    return fetch(origin === site ? upstream(pathname) + pathname + search : href, init);
  };
}
