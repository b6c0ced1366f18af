import { CookieJar } from './cookie-jar.js';
import { formsOf, type Form } from './html-forms.js';

/** What a browser shows after a navigation. */
export interface Page {
  /** Where the navigation ended. For a target that was not requested: the whole redirect, with its parameters. */
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  readonly forms: readonly Form[];
}

export interface Navigation {
  /** A redirect that begins with this ends the navigation unrequested, as with an app on the user's computer. */
  readonly stopAt?: string;
  readonly method?: 'GET' | 'POST' | 'HEAD';
  readonly body?: URLSearchParams;
  readonly headers?: Record<string, string>;
}

const mostRedirects = 20;

/**
 * A user's browser without a screen: keeps cookies, follows redirects one by one, fills in forms.
 *
 * @example
 * ```ts
 * const browser = new Browser();
 * const page = await browser.visit(`${app.url}/auth/v2/login?redirect_uri=…`, { stopAt: 'http://localhost:53100/' });
 * const after = await browser.submit(page, { login: 'alice' });
 * ```
 */
export class Browser {
  readonly cookies = new CookieJar();

  /** @param request makes the requests; a wrapper around `fetch` sends a public host name to a loopback port */
  constructor(private readonly request: typeof fetch = fetch) {}

  async visit(address: string | URL, navigation: Navigation = {}): Promise<Page> {
    let url = new URL(address);
    let { method = 'GET', body } = navigation;
    for (let redirects = 0; redirects <= mostRedirects; redirects++) {
      const response = await this.send(url, method, body, navigation.headers);
      const location = response.headers.get('location');
      if (location === null || response.status < 300 || response.status > 399) return pageOf(url, response);
      url = new URL(location, url);
      if (navigation.stopAt !== undefined && url.href.startsWith(navigation.stopAt)) return pageOf(url, response);
      if (response.status !== 307 && response.status !== 308) {
        method = method === 'HEAD' ? 'HEAD' : 'GET';
        body = undefined;
      }
    }
    throw new Error(`More than ${mostRedirects} redirects, the last one to ${url.href}`);
  }

  /** Sends the page's first form with these fields filled in. */
  submit(page: Page, fields: Record<string, string> = {}, navigation: Navigation = {}): Promise<Page> {
    const form = page.forms[0];
    if (!form) throw new Error(`No form on ${page.url.href} (${page.status}): ${page.body.slice(0, 300)}`);
    const values = new URLSearchParams({ ...form.fields, ...fields });
    if (form.method === 'POST') return this.visit(form.action, { ...navigation, method: 'POST', body: values });
    const target = new URL(form.action);
    target.search = values.toString();
    return this.visit(target, navigation);
  }

  private async send(
    url: URL,
    method: string,
    body: URLSearchParams | undefined,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const cookie = this.cookies.header(url);
    const response = await this.request(url, {
      method,
      body: body ?? null,
      redirect: 'manual',
      headers: { accept: 'text/html,*/*', ...headers, ...(cookie === undefined ? {} : { cookie }) },
    });
    this.cookies.store(url, response.headers.getSetCookie());
    return response;
  }
}

async function pageOf(url: URL, response: Response): Promise<Page> {
  const body = await response.text();
  const { status, headers } = response;
  return { url, status, headers, body, forms: formsOf(body, url.href) };
}
