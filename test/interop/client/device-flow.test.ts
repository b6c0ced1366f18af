import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Browser } from '../../support/browser.js';
import { json, notJson } from '../../support/faults.js';
import { startProvider, users, type TestProvider } from '../../support/provider.js';
import { answerDevice } from '../../support/sign-in.js';
import { startStubProvider, type StubProvider } from '../../support/stub-provider.js';
import { jsonOf } from '../../support/wire-client.js';
import { expectUsable } from './support/expect-token.js';
import { duringLogin, logInWith, tokenFrom } from './support/library.js';
import { bootSite, kinds, modes, type Site } from './support/site.js';
import { Workstation } from './support/workstation.js';

let provider: TestProvider;
let stub: StubProvider;
beforeAll(async () => {
  provider = await startProvider();
  stub = await startStubProvider();
});
afterEach(() => stub.restore());
afterAll(() => Promise.all([provider.close(), stub.close()]));

let workstation: Workstation;
beforeEach(async () => {
  workstation = await Workstation.start();
});
afterEach(() => workstation.close());

describe.each(kinds)('the device flow of py-oidc-auth-client with a site %s', (_, kind) => {
  let site: Site;
  beforeAll(async () => {
    site = await bootSite(kind, provider);
  });
  afterAll(() => site.close());

  it('opens the provider’s page and ends with a token that opens a protected route', async () => {
    workstation.user = (address) => answerDevice(new Browser(), address, { user: 'bob' });
    const token = await tokenFrom(workstation, { host: site.host });
    expect(workstation.opened).toEqual([expect.stringContaining(`${provider.issuer}/device?user_code=`)]);
    expect(site.traffic.statuses('/token')).toEqual([200]);
    await expectUsable(site, token, users.bob.sub);
  });
});

describe.each(modes)('while the user of a device takes time, with a site %s', (_, kind) => {
  let site: Site;
  let now: () => number;
  beforeEach(async () => {
    now = Date.now;
    site = await bootSite(kind, provider, { auth: { now: () => now() } });
  });
  afterEach(() => site.close());

  it('py-oidc-auth-client asks again until the code that it shows was typed in elsewhere', async () => {
    const login = logInWith(workstation, { flow: 'device without browser', host: site.host });
    const [, code = ''] = await duringLogin(login, workstation.screen.shows(/enter this code manually: ([\w-]+)\s/));
    await duringLogin(login, site.traffic.answered('/token', 1));
    await answerDevice(new Browser(), `${provider.issuer}/device?user_code=${code}`);
    const { token } = await login;
    expect(workstation.opened).toEqual([]);
    expect(site.traffic.statuses('/token')).toEqual([400, 200]);
    await expectUsable(site, token, users.alice.sub);
  });

  it('a program of the library’s steps gets an address, a code and an interval to show, and then the token', async () => {
    const login = logInWith(workstation, { flow: 'device step by step', host: site.host });
    const [shown] = await duringLogin(login, workstation.screen.shows(/^\{"uri": .*\}$/m));
    const { uri, ...others } = jsonOf(shown);
    expect(others).toEqual({ user_code: expect.any(String), device_code: expect.any(String), interval: 5 });
    await answerDevice(new Browser(), String(uri));
    const { token } = await login;
    await expectUsable(site, token, users.alice.sub);
  });

  it.each<[string, string, (address: string) => Promise<unknown>]>([
    ['the user says no', 'access_denied', (address) => answerDevice(new Browser(), address, { deny: true })],
    ['the provider says that the code has expired', 'expired_token', async () => provider.storage.expire('DeviceCode')],
    ['our clock says that it has', 'expired_token', async () => (now = () => Date.now() + 601_000)],
  ])('py-oidc-auth-client stops at once when %s', async (_, told, user) => {
    workstation.user = user;
    const { error } = await logInWith(workstation, { host: site.host });
    expect(error?.message).toBe(`Device flow failed: ${told}`);
    expect(site.traffic.statuses('/token')).toEqual([400]);
    expect(workstation.mishaps).toEqual([]);
  });
});

describe.each(modes)('py-oidc-auth-client with a site %s at a provider', (_, kind) => {
  let site: Site;
  beforeEach(async () => {
    site = await bootSite(kind, stub);
  });
  afterEach(() => site.close());

  it('that tells it to slow down goes on asking', async () => {
    const answers = [json({ error: 'slow_down' }, 400), json({ error: 'authorization_pending' }, 400)];
    stub.on('device', () => ({
      device_code: 'code',
      user_code: 'ABCD-EFGH',
      verification_uri: `${stub.issuer}/activate`,
      expires_in: 600,
      interval: 1,
    }));
    stub.on('token', (request, response) => {
      const answer = answers.shift();
      if (!answer) return stub.tokens();
      answer(request, response);
      return undefined;
    });
    const { token, err } = await logInWith(workstation, { host: site.host });
    // without an address that has the code in it nothing is opened
    expect(workstation.opened).toEqual([]);
    expect(err).toContain(`${stub.issuer}/activate`);
    expect(site.traffic.statuses('/token')).toEqual([400, 400, 200]);
    await expectUsable(site, token, 'stub-user');
  });

  it('that answers nonsense gives up, and opens nothing', async () => {
    stub.on('device', notJson);
    const { error } = await logInWith(workstation, { host: site.host });
    expect(error).toMatchObject({ status: 502, detail: { error: 'server_error' } });
    expect(workstation.opened).toEqual([]);
  });
});
