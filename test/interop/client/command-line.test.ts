import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Browser } from '../../support/browser.js';
import { startProvider, users, type TestProvider } from '../../support/provider.js';
import { answerDevice } from '../../support/sign-in.js';
import { commandLine } from './support/command-line.js';
import { expectUsable } from './support/expect-token.js';
import type { ClientToken } from './support/library.js';
import { bootSite, kinds, type Site } from './support/site.js';
import { python, Workstation } from './support/workstation.js';

let provider: TestProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());

let workstation: Workstation;
beforeEach(async () => {
  workstation = await Workstation.start();
  workstation.user = (address) => answerDevice(new Browser(), address);
});
afterEach(() => workstation.close());

async function tokenPrinted(...args: string[]): Promise<ClientToken> {
  const { code, out, err } = await commandLine(workstation, ...args, '--json');
  if (code !== 0) throw new Error(`oidc-auth ended with ${code}: ${err}`);
  return JSON.parse(out) as ClientToken;
}

describe.each(kinds)('the command line of py-oidc-auth-client with a site %s', (_, kind) => {
  let site: Site;
  beforeEach(async () => {
    site = await bootSite(kind, provider);
  });
  afterEach(() => site.close());

  it('logs in and says so', async () => {
    const { code, out } = await commandLine(workstation, site.host);
    expect(code).toBe(0);
    expect(out).toContain(`Authenticated to ${site.host}`);
    expect(out).toMatch(/scope: .*\bopenid\b/);
    expect(workstation.opened).toHaveLength(1);
  });

  it('prints a token that opens a protected route, and the same one from then on', async () => {
    const token = await tokenPrinted(site.host);
    await expectUsable(site, token, users.alice.sub);
    expect(await tokenPrinted(site.host)).toEqual(token);
    expect(site.traffic.statuses('/token')).toEqual([200]);
    expect((await tokenPrinted(site.host, '--force')).access_token).not.toBe(token.access_token);
    expect(workstation.opened).toHaveLength(2);
  });

  it('fails with what the user said, and keeps nothing', async () => {
    workstation.user = (address) => answerDevice(new Browser(), address, { deny: true });
    const { code, err } = await commandLine(workstation, site.host);
    expect(code).toBe(1);
    expect(err).toContain('Authentication failed: Device flow failed: access_denied');
    expect((await commandLine(workstation, '--list')).out).toBe('No cached tokens.\n');
  });
});

describe('the command line of py-oidc-auth-client as a module of Python', () => {
  const [[, kind]] = kinds;
  const module = (...args: string[]) => workstation.run(python(), ['-m', 'py_oidc_auth_client', ...args]);
  let site: Site;
  beforeEach(async () => {
    site = await bootSite(kind, provider);
  });
  afterEach(() => site.close());

  it('lists and removes what it has', async () => {
    expect((await module(site.host)).code).toBe(0);
    expect((await module('--list')).out).toBe(`  ${site.host}  (valid)\n`);
    expect((await module('--remove', site.host)).out).toBe(`Removed token for ${site.host}\n`);
    expect((await module('--list')).out).toBe('No cached tokens.\n');
    await module(site.host);
    expect((await module('--clear')).code).toBe(0);
    expect((await module('--list')).out).toBe('No cached tokens.\n');
    expect(workstation.opened).toHaveLength(2);
  });

  it('renews a token that has expired', async () => {
    const brief = await bootSite(kind, provider, { lifetime: 60 });
    for (let run = 0; run < 3; run++) expect((await module(brief.host)).code).toBe(0);
    expect(brief.traffic.statuses('/token')).toEqual([200, 200, 200]);
    expect(workstation.opened).toHaveLength(1);
    await brief.close();
  });
});
