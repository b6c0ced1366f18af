/** Whether a URL's host is this machine: `localhost`, `127.0.0.1` or `[::1]`, as RFC 8252, section 7.3 means it. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
}
