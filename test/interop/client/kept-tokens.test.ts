import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Browser } from '../../support/browser.js';
import { freePort } from '../../support/loopback.js';
import { startProvider, users, type TestProvider } from '../../support/provider.js';
import { answerDevice } from '../../support/sign-in.js';
import { expectUsable } from './support/expect-token.js';
import { logInWith, tokenFrom, type ClientToken } from './support/library.js';
import { bootSite, kinds, modes, type Site } from './support/site.js';
import { Workstation } from './support/workstation.js';

/** In seconds: the client counts a token that has a minute left as expired. */
const LIFETIME = 60;

let provider: TestProvider;
let brief: TestProvider;
beforeAll(async () => {
  provider = await startProvider();
  brief = await startProvider({ accessTokenLifetime: LIFETIME });
});
afterAll(() => Promise.all([provider.close(), brief.close()]));

let workstation: Workstation;
const stations: Workstation[] = [];
const sitDown = async (likewise?: Workstation) => {
  const station = await Workstation.start(likewise);
  station.user = (address) => answerDevice(new Browser(), address);
  stations.push(station);
  return station;
};
beforeEach(async () => {
  workstation = await sitDown();
});
afterEach(async () => {
  for (const station of stations.splice(0)) await station.close();
});

describe.each(modes)('a token that lives, of a site %s, with py-oidc-auth-client', (_, kind) => {
  let site: Site;
  beforeEach(async () => {
    site = await bootSite(kind, provider);
  });
  afterEach(() => site.close());

  it('is used again without any request', async () => {
    const first = await tokenFrom(workstation, { host: site.host });
    const asked = site.traffic.count;
    expect(await tokenFrom(workstation, { host: site.host })).toEqual(first);
    expect(site.traffic.count).toBe(asked);
    expect(workstation.opened).toHaveLength(1);
  });

  it('gives way to a new log-in by force', async () => {
    const first = await tokenFrom(workstation, { host: site.host });
    const second = await tokenFrom(workstation, { host: site.host, force: true });
    expect(workstation.opened).toHaveLength(2);
    expect(second.access_token).not.toBe(first.access_token);
    expect(await tokenFrom(workstation, { host: site.host })).toEqual(second);
  });
});

describe.each(kinds)('a token that has expired, of a site %s, with py-oidc-auth-client', (_, kind) => {
  let site: Site;
  beforeEach(async () => {
    // half a minute is what two callers wait for a provider that is away, if nothing is said
    const broker = { refresh: { beat: 0.5, patience: 3 } };
    site = await bootSite(kind, brief, { lifetime: LIFETIME, broker });
  });
  afterEach(async () => {
    await brief.up();
    await site.close();
  });

  it('is renewed each time, without the user', async () => {
    const tokens = [];
    for (let run = 0; run < 4; run++) {
      const token = await tokenFrom(workstation, { host: site.host });
      await expectUsable(site, token, users.alice.sub);
      tokens.push(token);
    }
    expect(workstation.opened).toHaveLength(1);
    expect(site.traffic.statuses('/token')).toEqual([200, 200, 200, 200]);
    expect(new Set(tokens.map(({ access_token }) => access_token)).size).toBe(4);
    expect(new Set(tokens.map(({ refresh_token }) => refresh_token)).size).toBe(4);
  });

  it('is replaced by a new log-in when the provider refuses to renew it', async () => {
    await tokenFrom(workstation, { host: site.host });
    brief.storage.forget('RefreshToken');
    const { token, err } = await logInWith(workstation, { host: site.host });
    expect(err).toContain('Refresh failed');
    expect(site.traffic.statuses('/token')).toEqual([200, 400, 200]);
    expect(workstation.opened).toHaveLength(2);
    await expectUsable(site, token, users.alice.sub);
  });

  it('is renewed once the provider is back: while it was away nothing was lost', async () => {
    await tokenFrom(workstation, { host: site.host });
    await brief.down();
    workstation.user = async () => undefined;
    const wish = { host: site.host, timeout: 1, redirect_ports: [await freePort()] };
    const { error } = await logInWith(workstation, wish);
    expect(error?.message).toMatch(/did not complete/);
    // before each of its flows it tries to renew the token, and 503 leads it from one to the other
    expect(site.traffic.statuses('/token')).toEqual([200, 503, 503]);
    expect(site.traffic.statuses('/device')).toEqual([200, 503]);
    await brief.up();
    const opened = workstation.opened.length;
    const token = await tokenFrom(workstation, { host: site.host });
    expect(site.traffic.statuses('/token')).toEqual([200, 503, 503, 200]);
    expect(workstation.opened).toHaveLength(opened);
    await expectUsable(site, token, users.alice.sub);
  });
});

describe('a session of a site in broker mode, with py-oidc-auth-client', () => {
  const [[, kind]] = kinds;
  let site: Site;
  beforeEach(async () => {
    // however long programs take to start
    site = await bootSite(kind, brief, { lifetime: LIFETIME, broker: { refresh: { replayWindow: 300 } } });
  });
  afterEach(() => site.close());

  it.each<[string, (token: ClientToken) => Promise<{ status: number }>]>([
    ['was logged out', ({ access_token: bearer }) => site.client.post('/auth/v2/logout', {}, { bearer })],
    ['was revoked', ({ refresh_token: token }) => site.client.post('/auth/v2/revoke', { token })],
  ])('that %s is replaced by a new log-in', async (_, end) => {
    const first = await tokenFrom(workstation, { host: site.host });
    expect((await end(first)).status).toBe(200);
    expect((await fetch(`${site.url}/me`, { headers: first.headers })).status).toBe(401);
    const { token, err } = await logInWith(workstation, { host: site.host });
    expect(err).toContain('Refresh failed');
    expect(workstation.opened).toHaveLength(2);
    await expectUsable(site, token, users.alice.sub);
  });

  it('survives that several programs renew the same token at once, and gives them all the same successor', async () => {
    await tokenFrom(workstation, { host: site.host });
    const programs = [workstation, await sitDown(workstation), await sitDown(workstation)];
    const renewed = await Promise.all(programs.map((station) => tokenFrom(station, { host: site.host })));
    expect(new Set(renewed.map(({ refresh_token }) => refresh_token)).size).toBe(1);
    expect(programs.flatMap(({ opened }) => opened)).toHaveLength(1);
    for (const token of renewed) await expectUsable(site, token, users.alice.sub);
    await tokenFrom(workstation, { host: site.host });
    expect(site.traffic.statuses('/token')).toEqual([200, 200, 200, 200, 200]);
  });
});
