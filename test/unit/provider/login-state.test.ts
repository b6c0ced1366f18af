import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  boundTo,
  newAttempt,
  newAttemptCookie,
  openState,
  openVerifierState,
  type LoginState,
} from '../../../lib/provider/login-state.js';
import { LogoutHints } from '../../../lib/provider/logout-hints.js';
import { Sealer } from '../../../lib/provider/seal.js';
import { FakeClock } from '../fake-clock.js';

const state: LoginState = {
  redirectUri: 'https://app.example.org/auth/v2/callback',
  target: 'own',
  nonce: 'nonce',
  codeVerifier: 'verifier',
  scope: 'openid',
  attempt: 'attempt',
};

let clock: FakeClock;
let sealer: Sealer<LoginState>;
beforeEach(() => {
  clock = new FakeClock();
  const context = { instance: 'default', clientId: 'my-client', issuer: 'https://idp.example.org', baseUrl: undefined };
  sealer = new Sealer('state', context, ['a secret of at least 32 characters, surely'], clock.now);
});

describe('an attempt to log in', () => {
  it('has a name of its own that sorts by time', () => {
    const names = Array.from({ length: 50 }, () => {
      clock.pass(1);
      return newAttempt(clock.now());
    });
    expect([...names].sort()).toEqual(names);
    expect(new Set([...names, newAttempt(clock.now())]).size).toBe(51);
    for (const name of names) expect(name).toMatch(/^[a-z0-9]{1,12}-[0-9a-f]{12}$/);
  });

  it('is bound to the browser that has its cookie', () => {
    const { value, digest } = newAttemptCookie('attempt');
    const bound = { ...state, cookieDigest: digest };
    expect(value).toMatch(/^[\w-]{43}$/);
    expect(boundTo(bound, (attempt) => (attempt === 'attempt' ? value : undefined))).toBe(true);
    for (const other of [undefined, '', digest, newAttemptCookie('attempt').value]) {
      expect(boundTo(bound, () => other)).toBe(false);
    }
  });

  it('needs no cookie where it was begun without', () => {
    expect(boundTo(state, () => undefined)).toBe(true);
  });
});

describe('the state of a log-in', () => {
  it('opens to what was sealed', async () => {
    expect(await openState(sealer, await sealer.seal(state, 600))).toMatchObject(state);
  });

  it.each(['', 'garbage', 'a.b.c.d.e'])('is not %j', async (text) => {
    const asState = { status: 400, error: 'invalid_request', reason: 'state_invalid' };
    await expect(openState(sealer, text)).rejects.toMatchObject(asState);
    await expect(openVerifierState(sealer, text)).rejects.toMatchObject({ ...asState, error: 'invalid_grant' });
  });

  it('expires', async () => {
    const sealed = await sealer.seal(state, 600);
    clock.pass(600);
    const expired = { status: 400, error: 'invalid_request', reason: 'state_expired' };
    await expect(openState(sealer, sealed)).rejects.toMatchObject(expired);
    await expect(openVerifierState(sealer, sealed)).rejects.toMatchObject({ ...expired, error: 'invalid_grant' });
  });
});

describe('the hints for log-outs', () => {
  it('are found by the access token, once', () => {
    const hints = new LogoutHints();
    hints.remember('access', 'id');
    expect(hints.take('other')).toBeUndefined();
    expect(hints.take('access')).toBe('id');
    expect(hints.take('access')).toBeUndefined();
  });

  it('are bounded in number: the oldest go first', () => {
    const hints = new LogoutHints();
    for (let n = 0; n <= 1_000; n++) hints.remember(`access ${n}`, `id ${n}`);
    expect(hints.take('access 0')).toBeUndefined();
    expect(hints.take('access 1')).toBe('id 1');
    expect(hints.take('access 1000')).toBe('id 1000');
  });
});
