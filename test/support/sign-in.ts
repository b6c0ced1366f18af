import type { Browser, Navigation, Page } from './browser.js';

export interface Decision extends Navigation {
  /** Who logs in. Default: alice. */
  readonly user?: string;
  /** Press "deny" in the place of "allow". */
  readonly deny?: boolean;
}

const mostPages = 10;

/** Opens an address and answers every page of the provider, from the log-in to the consent, until there is no form. */
export async function signIn(browser: Browser, address: string | URL, decision: Decision = {}): Promise<Page> {
  return answerPages(browser, await browser.visit(address, decision), decision);
}

/** Types a device's user code in on the provider's page and approves or denies it. */
export function answerDevice(
  browser: Browser,
  verificationUriComplete: string,
  decision: Decision = {},
): Promise<Page> {
  return signIn(browser, verificationUriComplete, decision);
}

/** Follows a log-out to the provider and confirms it there. */
export async function signOut(browser: Browser, address: string | URL, navigation: Navigation = {}): Promise<Page> {
  const page = await browser.visit(address, navigation);
  return page.forms.length === 0 ? page : browser.submit(page, { logout: 'yes' }, navigation);
}

async function answerPages(browser: Browser, first: Page, { user = 'alice', deny, ...navigation }: Decision) {
  let page = first;
  for (let pages = 0; page.forms.length > 0; pages++) {
    if (pages === mostPages) throw new Error(`The provider keeps asking: ${page.body.slice(0, 300)}`);
    page = await browser.submit(page, { login: user, ...(deny ? { deny: 'yes', abort: 'yes' } : {}) }, navigation);
  }
  return page;
}
