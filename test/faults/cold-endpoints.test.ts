import { describe, expect, it } from '@jest/globals';
import { begin, callback, redeem } from '../attacks/support/logins.js';
import { newVerifier } from '../attacks/support/pkce.js';
import { expectAdmitted, expectRefused, targetOn, unavailable, type Attacked } from '../attacks/support/target.js';
import { adapters } from '../support/apps.js';
import { endless, halfBody, hang, huge, notJson, overloaded, status, type Fault } from '../support/faults.js';
import { loopbackTarget, type WireAnswer } from '../support/wire-client.js';

const faults: [name: string, fault: Fault, reason: string][] = [
  ['500', status(500), 'provider_unreachable'],
  ['hang', hang, 'provider_timeout'],
  ['no JSON', notJson, 'provider_answer_invalid'],
  ['half a body', halfBody, 'provider_unreachable'],
  ['50 MB', huge(50), 'provider_answer_too_large'],
  ['a body without end', endless, 'provider_answer_too_large'],
  ['429', overloaded(7), 'provider_overloaded'],
];
/** Short where it has to run out; else no machine is slow enough to reach it. */
const timeoutFor = (reason: string) => ({ timeout: reason === 'provider_timeout' ? 0.5 : 30 });
const secret = 'a secret of at least thirty-two characters';

describe.each(adapters)('a cold application on %s', (adapter) => {
  const target = targetOn(adapter, { auth: { secret } });
  /** One that has never spoken with the provider, in the place of {@link target}'s. */
  const cold = (auth = {}) => target.boot({ auth: { secret, baseUrl: target.app.url, ...auth } });

  /** What needs the provider's metadata, by the pods that have them not. */
  const requests: Record<string, (app: Attacked) => Promise<() => Promise<WireAnswer>>> = {
    'GET login': async (app) => () => app.client.get('/auth/v2/login', { redirect_uri: loopbackTarget }),
    'GET callback': async (app) => {
      const begun = await begin(target.client, target.client.url('/auth/v2/callback'));
      return () => callback(app, begun);
    },
    'POST token with a state': async (app) => {
      const { state } = await begin(target.client, loopbackTarget);
      return () => redeem(app, state);
    },
    'POST token with a verifier': async (app) => () => redeem(app, newVerifier()),
    'POST token with a refresh token': async (app) => () => app.client.post('/auth/v2/token', { refresh_token: 'r' }),
    'POST token with a device code': async (app) => {
      const { json } = await target.client.post('/auth/v2/device');
      return () => app.client.post('/auth/v2/token', { device_code: String(json.device_code) });
    },
    'POST device': async (app) => () => app.client.post('/auth/v2/device'),
    'GET userinfo': async (app) => {
      const bearer = await target.stub.accessToken();
      return () => app.client.get('/auth/v2/userinfo', {}, { bearer });
    },
    'POST logout': async (app) => {
      const bearer = await target.stub.accessToken();
      return () => app.client.post('/auth/v2/logout', {}, { bearer });
    },
    'GET logout': async (app) => () => app.client.get('/auth/v2/logout'),
    'GET of a guarded route': async (app) => {
      const bearer = await target.stub.accessToken();
      return () => app.client.get('/door', {}, { bearer });
    },
  };

  describe.each(Object.keys(requests))('without metadata: %s', (name) => {
    it.each(faults)('is 503 with Retry-After while discovery gives %s', async (_, fault, reason) => {
      const app = await cold(timeoutFor(reason));
      const request = await requests[name]?.(app);
      if (!request) throw new Error(name);
      target.stub.on('discovery', fault);
      await expectRefused(app, request, unavailable(reason));
      // backing off: nobody is asked a second time
      const asked = target.stub.requests.length;
      await expectRefused(app, request, unavailable(reason));
      expect(target.stub.requests).toHaveLength(asked);
    });
  });

  it('recovers at every endpoint as soon as the back-off is over', async () => {
    let ahead = 0;
    const app = await cold({ now: () => Date.now() + ahead });
    target.stub.on('discovery', status(500));
    const { headers } = await app.client.get('/auth/v2/login', { redirect_uri: loopbackTarget });
    target.stub.restore();
    ahead = Number(headers.get('retry-after')) * 1000;
    expect((await app.client.get('/auth/v2/login', { redirect_uri: loopbackTarget })).status).toBe(302);
    await expectAdmitted(app, await target.stub.accessToken());
  });

  it('backs off for longer each time, and never for longer than the cooldown', async () => {
    let ahead = 0;
    const app = await cold({ now: () => Date.now() + ahead, cache: { cooldown: 30 } });
    target.stub.on('discovery', status(500));
    const waits: number[] = [];
    for (let attempt = 0; attempt < 8; attempt += 1) {
      const { headers } = await app.client.get('/auth/v2/login', { redirect_uri: loopbackTarget });
      waits.push(Number(headers.get('retry-after')));
      ahead += 60_000;
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
  });

  describe('without keys:', () => {
    it.each(faults)('a log-in begins while the key set is %s', async (_, fault, reason) => {
      const app = await cold(timeoutFor(reason));
      target.stub.on('jwks', fault);
      expect((await app.client.get('/auth/v2/login', { redirect_uri: loopbackTarget })).status).toBe(302);
      expect((await app.client.post('/auth/v2/device')).status).toBe(200);
      expect((await app.client.get('/auth/v2/logout')).status).toBe(302);
    });

    it.each(faults)(
      'a refresh is 503 while the key set is %s, and no refresh token is used up',
      async (_, fault, reason) => {
        const app = await cold(timeoutFor(reason));
        target.stub.on('jwks', fault);
        const used = target.stub.calls('token');
        const refresh = () => app.client.post('/auth/v2/token', { refresh_token: 'r' });
        await expectRefused(app, refresh, unavailable(reason));
        expect(target.stub.calls('token')).toBe(used);
      },
    );

    it('a code is 503 and not used up', async () => {
      const app = await cold();
      target.stub.on('jwks', status(500));
      const { state } = await begin(target.client, loopbackTarget);
      const used = target.stub.calls('token');
      await expectRefused(app, () => redeem(app, state), unavailable('provider_unreachable'));
      expect(target.stub.calls('token')).toBe(used);
    });

    it('a device code is 503 and not used up', async () => {
      const app = await cold();
      const { json } = await app.client.post('/auth/v2/device');
      target.stub.on('jwks', status(500));
      const used = target.stub.calls('token');
      const poll = () => app.client.post('/auth/v2/token', { device_code: String(json.device_code) });
      await expectRefused(app, poll, unavailable('provider_unreachable'));
      expect(target.stub.calls('token')).toBe(used);
    });
  });

  it('fifty requests of every kind at once: one for metadata, one for keys', async () => {
    const app = await cold();
    const begun = await Promise.all(Object.values(requests).map((prepare) => prepare(app)));
    const before = [target.stub.calls('discovery'), target.stub.calls('jwks')];
    const fifty = Array.from({ length: 50 }, (_, at) => begun[at % begun.length]).filter(
      (request) => request !== undefined,
    );
    await Promise.all(fifty.map((request) => request()));
    expect([target.stub.calls('discovery'), target.stub.calls('jwks')]).toEqual(before.map((count) => count + 1));
  });
});
