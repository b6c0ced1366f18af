import { describe, expect, it } from '@jest/globals';
import { badToken, expectAdmitted, expectRefused, targetOn, unavailable } from '../attacks/support/target.js';
import { adapters } from '../support/apps.js';
import {
  drip,
  endless,
  halfBody,
  hang,
  huge,
  notJson,
  overloaded,
  redirect,
  status,
  type Fault,
} from '../support/faults.js';
import { signingKey } from '../support/keys.js';

const faults: [name: string, fault: Fault, reason: string][] = [
  ['500', status(500), 'provider_unreachable'],
  ['503', status(503), 'provider_unreachable'],
  ['404', status(404), 'provider_answer_invalid'],
  ['hang', hang, 'provider_timeout'],
  ['slow drip', drip, 'provider_timeout'],
  ['no JSON', notJson, 'provider_answer_invalid'],
  ['half a body', halfBody, 'provider_unreachable'],
  ['a body of 50 MB', huge(50), 'provider_answer_too_large'],
  ['a body of 50 MB, announced', huge(50, { announced: true }), 'provider_answer_too_large'],
  ['a body that never ends', endless, 'provider_answer_too_large'],
  ['a redirect', redirect('http://127.0.0.1:1/elsewhere'), 'provider_redirects'],
  ['429', overloaded(7), 'provider_overloaded'],
];

/** A clock that tests move, in milliseconds ahead of the real one. */
class Clock {
  ahead = 0;
  readonly now = () => Date.now() + this.ahead;
}

describe.each(adapters)('metadata and keys on %s', (adapter) => {
  const target = targetOn(adapter);
  const boot = (clock: Clock, auth = {}) => target.boot({ auth: { now: clock.now, timeout: 1.5, ...auth } });

  describe.each(['discovery', 'jwks'] as const)('of %s', (endpoint) => {
    it.each(faults)(
      '%s at boot: the application boots, answers 503, and recovers by itself',
      async (_, fault, reason) => {
        const clock = new Clock();
        target.stub.on(endpoint, fault);
        const app = await boot(clock);
        const token = await target.stub.accessToken();
        const ask = () => app.client.get('/door', {}, { bearer: token });
        await expectRefused(app, ask, unavailable(reason));
        expect(app.failed.map(({ what }) => what)).toEqual([endpoint === 'jwks' ? 'keys' : 'metadata']);

        const calls = target.stub.calls(endpoint);
        const { headers } = await ask();
        expect(target.stub.calls(endpoint)).toBe(calls);

        target.stub.restore();
        clock.ahead = Number(headers.get('retry-after')) * 1000;
        await expectAdmitted(app, token);
      },
    );

    it.each(faults)('%s later: good tokens pass', async (_, fault) => {
      const clock = new Clock();
      const app = await boot(clock);
      await expectAdmitted(app, await target.stub.accessToken());
      target.stub.on(endpoint, fault);
      clock.ahead = 700_000;
      const late = await target.stub.accessToken({ exp: Math.floor(clock.now() / 1000) + 60 });
      await expectAdmitted(app, late);
      await expectAdmitted(app, late);
    });
  });

  it('past their greatest age, while the keys fail: 503, and never 401', async () => {
    const clock = new Clock();
    const app = await boot(clock, { cache: { refreshAfter: 10, maxAge: 60 } });
    await expectAdmitted(app, await target.stub.accessToken());
    target.stub.on('jwks', status(500));
    clock.ahead = 61_000;
    const token = await target.stub.accessToken({ exp: Math.floor(clock.now() / 1000) + 60 });
    await expectRefused(app, () => app.client.get('/door', {}, { bearer: token }), unavailable('provider_unreachable'));
  });

  it('a provider that refuses connections at boot and comes back', async () => {
    const clock = new Clock();
    await target.stub.down();
    const app = await boot(clock);
    const token = await target.stub.accessToken();
    const ask = () => app.client.get('/door', {}, { bearer: token });
    await expectRefused(app, ask, unavailable('provider_unreachable'));
    expect((await app.client.get('/door')).status).toBe(401);
    expect((await app.client.get('/maybe')).status).toBe(200);
    expect((await app.client.get('/lenient', {}, { bearer: token })).status).toBe(503);
    await target.stub.up();
    clock.ahead = 30_000;
    await expectAdmitted(app, token);
  });

  it.each([
    ['another issuer', { issuer: 'https://evil.example' }, /issuer: "https:\/\/evil\.example"/],
    ['a templated issuer', { issuer: 'https://login.example/{tenantid}/v2.0' }, /template/],
    ['no issuer', { issuer: undefined }, /names no issuer/],
    ['no jwks_uri', { jwks_uri: undefined }, /metadata\.jwks_uri/],
    ['a jwks_uri on plain http elsewhere', { jwks_uri: 'http://keys.example/jwks' }, /jwks_uri/],
    ['a token endpoint that is a number', { token_endpoint: 5 }, /token_endpoint/],
  ])('a discovery document with %s: 503, and the log says what to do', async (_, entries, remedy) => {
    const app = await boot(new Clock());
    target.stub.on('discovery', () => ({ ...target.stub.metadata, ...entries }));
    const token = await target.stub.accessToken();
    await expectRefused(
      app,
      () => app.client.get('/door', {}, { bearer: token }),
      unavailable('provider_metadata_invalid'),
    );
    expect(app.failed.map(({ message }) => message)).toEqual([expect.stringMatching(remedy)]);
    expect(app.logs.text('warn')).toMatch(remedy);
  });

  it('fifty requests at once on a cold application: one request for metadata, one for keys', async () => {
    const app = await boot(new Clock());
    const before = [target.stub.calls('discovery'), target.stub.calls('jwks')];
    const token = await target.stub.accessToken();
    const answers = await Promise.all(Array.from({ length: 50 }, () => app.client.get('/door', {}, { bearer: token })));
    expect(answers.map(({ status: code }) => code)).toEqual(Array.from({ length: 50 }, () => 200));
    expect([target.stub.calls('discovery'), target.stub.calls('jwks')]).toEqual(before.map((count) => count + 1));
  });

  it('keys that are rotated: the new one is good at once, the old one until it is withdrawn', async () => {
    const clock = new Clock();
    const app = await boot(clock);
    const old = await target.stub.accessToken({ exp: Math.floor(Date.now() / 1000) + 3_000 });
    await expectAdmitted(app, old);
    const next = await signingKey('RS256');
    target.stub.jwks = [...target.stub.jwks, next.publicJwk];
    const fresh = await target.stub.accessToken({ exp: Math.floor(Date.now() / 1000) + 3_000 }, {}, next);
    await expectAdmitted(app, fresh);
    await expectAdmitted(app, old);

    target.stub.jwks = [next.publicJwk];
    clock.ahead = 601_000;
    // renewed by age in the background of a request: one of the next sees it
    const ask = () => app.client.get('/door', {}, { bearer: old });
    for (let requests = 0; requests < 500 && (await ask()).status === 200; requests += 1);
    await expectRefused(app, ask, badToken('key_unknown'));
    await expectAdmitted(app, fresh);
  });

  it.each([
    ['behind', -60, 'issued_in_future'],
    ['ahead', 360, 'expired'],
  ])('a clock that is %s: refused, and let in with a tolerance that covers it', async (_, seconds, reason) => {
    const now = () => Date.now() + seconds * 1000;
    const strict = await target.boot({ auth: { now } });
    const token = await target.stub.accessToken();
    await expectRefused(strict, () => strict.client.get('/door', {}, { bearer: token }), badToken(reason));
    const tolerant = await target.boot({ auth: { now, clockTolerance: 120 } });
    await expectAdmitted(tolerant, token);
  });

  it('odd entries that nobody needs change nothing', async () => {
    const app = await boot(new Clock());
    target.stub.on('discovery', () => ({ ...target.stub.metadata, scopes_supported: 5, claims_supported: 'x' }));
    await expectAdmitted(app, await target.stub.accessToken());
    expect((await app.client.get('/auth/v2/login', { redirect_uri: 'http://127.0.0.1:1/cb' })).status).toBe(302);
  });
});
