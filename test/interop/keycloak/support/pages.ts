import type { Browser, Navigation, Page } from '../../../support/browser.js';

/** Every user's. */
const PASSWORD = 'wonderland';
const MOST_PAGES = 5;

export interface Decision extends Navigation {
  /** Who logs in. Default: alice. */
  readonly user?: string;
  /** Press "No" where the user is asked for consent. */
  readonly deny?: boolean;
}

/** Opens an address and answers every page of Keycloak, from the log-in to the consent, until there is no form. */
export async function answerPages(browser: Browser, address: string, decision: Decision = {}): Promise<Page> {
  const { user = 'alice', deny = false, ...navigation } = decision;
  let page = await browser.visit(address, navigation);
  for (let pages = 0; page.forms.length > 0; pages++) {
    if (pages === MOST_PAGES) throw new Error(`Keycloak keeps asking: ${page.body}`);
    page = await browser.submit(page, answerTo(page, user, deny), navigation);
  }
  return page;
}

/** Whether it is the page on which user name and password are typed in. */
export function asksForPassword(page: Page): boolean {
  return page.forms.some(({ fields }) => fields.password !== undefined);
}

function answerTo(page: Page, username: string, deny: boolean): Record<string, string> {
  if (asksForPassword(page)) return { username, password: PASSWORD };
  // the buttons "Yes" and "No"
  return deny ? { cancel: '' } : { accept: '' };
}
