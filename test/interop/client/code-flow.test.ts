import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Browser, type Page } from '../../support/browser.js';
import { freePort } from '../../support/loopback.js';
import { startProvider, users, type TestProvider } from '../../support/provider.js';
import { signIn } from '../../support/sign-in.js';
import { commandLine } from './support/command-line.js';
import { expectUsable } from './support/expect-token.js';
import { logInWith, tokenFrom, type ClientToken } from './support/library.js';
import { bootSite, kinds, modes, type Site, type SiteOptions } from './support/site.js';
import { Workstation } from './support/workstation.js';

let provider: TestProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());

/** As if the provider had no device flow. */
const withoutDevices = { auth: { metadata: { device_authorization_endpoint: null } } };

let workstation: Workstation;
beforeEach(async () => {
  workstation = await Workstation.start();
});
afterEach(() => workstation.close());

/** The redirect target in the address that the client has opened. */
function targetOpened(): URL {
  return new URL(new URL(workstation.opened.at(-1) ?? '').searchParams.get('redirect_uri') ?? '');
}

describe.each(kinds)('the code flow of py-oidc-auth-client with a site %s', (_, kind) => {
  let site: Site;
  beforeAll(async () => {
    site = await bootSite(kind, provider);
  });
  afterAll(() => site.close());

  it('ends with a token that opens a protected route', async () => {
    const port = await freePort();
    workstation.user = (address) => signIn(new Browser(), address, { user: 'bob' });
    const token = await tokenFrom(workstation, { flow: 'code', host: site.host, redirect_ports: [port] });
    expect(workstation.opened).toHaveLength(1);
    const opened = new URL(String(workstation.opened[0]));
    expect(opened.origin + opened.pathname).toBe(`${site.host}/auth/v2/login`);
    expect(Object.fromEntries(opened.searchParams)).toEqual({
      redirect_uri: `http://localhost:${port}/callback`,
      offline_access: 'true',
      prompt: 'consent',
    });
    await expectUsable(site, token, users.bob.sub);
  });
});

describe.each(modes)('the code flow of py-oidc-auth-client with a site %s', (_, kind) => {
  const running: Site[] = [];
  const boot = async (options: SiteOptions = {}) => {
    const site = await bootSite(kind, provider, options);
    running.push(site);
    return site;
  };
  afterEach(async () => {
    for (const site of running.splice(0)) await site.close();
  });

  it('waits in vain when the user says no', async () => {
    const { host } = await boot();
    let page: Page | undefined;
    workstation.user = async (address) => {
      page = await signIn(new Browser(), address, { deny: true });
    };
    const wish = { flow: 'code', host, redirect_ports: [await freePort()], timeout: 2 } as const;
    const { error } = await logInWith(workstation, wish);
    expect(error?.message).toMatch(/did not complete/);
    expect(page?.url.origin).toBe(targetOpened().origin);
    expect(Object.fromEntries(page?.url.searchParams ?? [])).toMatchObject({ error: 'access_denied' });
  });

  it('ends with an error where a state is no verifier', async () => {
    const { host, traffic } = await boot({ auth: { acceptStateAsVerifier: false } });
    workstation.user = (address) => signIn(new Browser(), address);
    const { error } = await logInWith(workstation, { flow: 'code', host, redirect_ports: [await freePort()] });
    expect(error).toMatchObject({ status: 400, detail: { error: 'invalid_grant' } });
    expect(traffic.statuses('/token')).toEqual([400]);
  });

  it('finds endpoints that were moved, if the program knows where to', async () => {
    const site = await boot({ auth: { endpoints: { login: 'sign-in', token: 'tokens' } } });
    workstation.user = (address) => signIn(new Browser(), address);
    const wish = { flow: 'code', host: site.host, login_route: '/sign-in', token_route: '/tokens' } as const;
    const token = await tokenFrom(workstation, { ...wish, redirect_ports: [await freePort()] });
    await expectUsable(site, token, users.alice.sub);
  });

  it('takes the place of the device flow where the provider has none, which 503 says', async () => {
    const site = await boot(withoutDevices);
    workstation.user = (address) => signIn(new Browser(), address);
    const token = await tokenFrom(workstation, { host: site.host, redirect_ports: [await freePort()] });
    await expectUsable(site, token, users.alice.sub);
    expect(workstation.opened.map((address) => new URL(address).pathname)).toEqual(['/auth/v2/login']);
    expect(site.traffic.statuses('/device')).toEqual([503]);
    expect(site.traffic.statuses('/token')).toEqual([200]);
  });
});

describe('the port on which the code flow of py-oidc-auth-client ends', () => {
  const [, kind] = kinds[1];
  let site: Site;
  beforeAll(async () => {
    site = await bootSite(kind, provider, withoutDevices);
  });
  afterAll(() => site.close());

  it('is the first that is free', async () => {
    const ports = [await freePort(), await freePort()];
    const neighbour = createServer().listen(ports[0], '127.0.0.1');
    await once(neighbour, 'listening');
    workstation.user = (address) => signIn(new Browser(), address);
    const token = await tokenFrom(workstation, { flow: 'code', host: site.host, redirect_ports: ports });
    neighbour.close();
    expect(targetOpened().port).toBe(String(ports[1]));
    await expectUsable(site, token, users.alice.sub);
  });

  // No other test leaves it the choice: it takes no port on which something was said within the last minute.
  it('is one of six of its own on the command line, which falls back to this flow on 503', async () => {
    workstation.user = (address) => signIn(new Browser(), address);
    const { code, out } = await commandLine(workstation, site.host, '--json');
    expect(code).toBe(0);
    expect(site.traffic.statuses('/device')).toEqual([503]);
    expect(targetOpened().href).toMatch(/^http:\/\/localhost:5310[0-5]\/callback$/);
    await expectUsable(site, JSON.parse(out) as ClientToken, users.alice.sub);
  });
});
