import { describe, expect, it } from '@jest/globals';
import { until } from '../../processes/support/until.js';
import { Browser, type Page } from '../../support/browser.js';
import { expectShut } from '../../broker/e2e/support/expect-doors.js';
import { expectWireError } from '../../support/expect-wire.js';
import { modes, type KeycloakApp } from './support/apps.js';
import { offlineAccess, refreshAt, tokensAt } from './support/log-in.js';
import { asksForPassword } from './support/pages.js';
import type { Site } from './support/site.js';

const TARGET = 'http://127.0.0.1:53100/bye';

export function logout(site: () => Site): void {
  describe.each(modes)('a log-out at Keycloak, in %s mode,', (mode) => {
    const app = () => site().apps[mode];
    /** Keeps the browser's session at Keycloak: that ends by itself when its only application revokes the refresh token. */
    const tokensElsewhere = (browser: Browser) =>
      tokensAt(site().apps[mode === 'broker' ? 'pass-through' : 'broker'], { browser });

    it('asks nobody, ends at the target, and leaves nothing of the log-in', async () => {
      const browser = new Browser();
      await tokensElsewhere(browser);
      const { access, refresh } = await tokensAt(app(), { browser });
      const page = await follow(browser, await logoutUrl(app(), access));
      expect({ url: page.url.href, forms: page.forms }).toEqual({ url: `${TARGET}?state=xyz`, forms: [] });
      expectWireError(await refreshAt(app(), refresh), 400, 'invalid_grant');
      expect(await isLoggedIn(app(), browser)).toBe(false);
    });

    it('leaves the log-in of another browser alone', async () => {
      const [here, there] = [new Browser(), new Browser()];
      const { access } = await tokensAt(app(), { browser: here });
      const other = await tokensAt(app(), { browser: there });
      await follow(here, await logoutUrl(app(), access));
      expect(await isLoggedIn(app(), there)).toBe(true);
      expect((await refreshAt(app(), other.refresh)).status).toBe(200);
    });

    it('is confirmed by the user where no hint goes along', async () => {
      const other = await site().boot(mode, { auth: { logoutHint: false } });
      const browser = new Browser();
      await tokensElsewhere(browser);
      const { access } = await tokensAt(other, { browser });
      const question = await follow(browser, await logoutUrl(other, access));
      expect(question.forms).toHaveLength(1);
      const page = await browser.submit(question, {}, { stopAt: TARGET });
      expect(page.url.href).toBe(`${TARGET}?state=xyz`);
      expect(await isLoggedIn(other, browser)).toBe(false);
    });
  });

  it("a log-out ends the session of ours at once, and the browser's if nobody else uses it, in broker mode", async () => {
    const app = site().apps.broker;
    const browser = new Browser();
    const { access } = await tokensAt(app, { browser });
    await logoutUrl(app, access);
    await expectShut(app, access, 'session_ended');
    await until('Keycloak has been told', async () => !(await isLoggedIn(app, browser)));
  });

  it('a log-out ends offline access at Keycloak, in broker mode', async () => {
    const app = site().apps.broker;
    const offlineSessions = () => site().keycloak.administrator.offlineSessions('alice', 'the-app');
    const before = await offlineSessions();
    const { access } = await tokensAt(app, { parameters: offlineAccess });
    const [added] = (await offlineSessions()).filter((id) => !before.includes(id));
    expect(added).toEqual(expect.any(String));
    await logoutUrl(app, access);
    await until('Keycloak has been told', async () => !(await offlineSessions()).includes(String(added)));
  });

  it('a log-out leaves offline access to who holds the refresh token, in pass-through mode', async () => {
    const app = site().apps['pass-through'];
    const browser = new Browser();
    const { access, refresh } = await tokensAt(app, { browser, parameters: offlineAccess });
    await follow(browser, await logoutUrl(app, access));
    expect(await isLoggedIn(app, browser)).toBe(false);
    expect((await refreshAt(app, refresh)).status).toBe(200);
  });
}

async function logoutUrl({ client }: KeycloakApp, bearer: string): Promise<string> {
  const { status, json } = await client.post('/auth/v2/logout', {}, { bearer });
  expect(status).toBe(200);
  return String(json.logout_url);
}

function follow(browser: Browser, address: string): Promise<Page> {
  const url = new URL(address);
  url.searchParams.set('post_logout_redirect_uri', TARGET);
  url.searchParams.set('state', 'xyz');
  return browser.visit(url, { stopAt: TARGET });
}

/** Whether a log-in in this browser would need no password. */
async function isLoggedIn({ client }: KeycloakApp, browser: Browser): Promise<boolean> {
  const address = client.url('/auth/v2/login', { redirect_uri: TARGET });
  return !asksForPassword(await browser.visit(address, { stopAt: TARGET }));
}
