import { describe, expect, test } from '@jest/globals';
import { BackchannelLogout } from '../../../lib/broker/backchannel-logout.js';
import type { LogoutToken } from '../../../lib/broker/identity-provider.js';
import { SessionIndex } from '../../../lib/broker/session-index.js';
import type { SessionContent } from '../../../lib/broker/session-content.js';
import { TokenRejection } from '../../../lib/tokens/index.js';
import { DAY, ENCRYPTION_KEY, EPOCH, providerWith } from './broker-parts.js';
import { EndingBench } from './ending-bench.js';

const IAT = EPOCH / 1000;
const ISSUER = 'https://idp.example.org';
const OLD_KEY = 'the encryption key that came before it';

/** A bench to which the provider sends logout tokens. */
class LogoutBench extends EndingBench {
  readonly index = new SessionIndex([ENCRYPTION_KEY, OLD_KEY], this.now);
  readonly logout = this.logoutWith(false);
  #count = 0;

  logoutWith(endOffline: boolean): BackchannelLogout {
    const { access, vault, endings, index, now } = this;
    const verifyLogoutToken = async (token: string) => JSON.parse(token) as LogoutToken;
    return new BackchannelLogout({
      access,
      vault,
      provider: providerWith({ verifyLogoutToken }),
      endings,
      index,
      endOffline,
      now,
    });
  }

  async begin(id: string, login: object = {}, others: Partial<SessionContent> = {}, index = this.index): Promise<void> {
    const claims = { iss: ISSUER, sid: 'provider-session', sub: 'alice', iat: IAT, ...login };
    const content = { login: claims, refreshToken: undefined, ...others };
    const keys = index.keysOf(claims);
    await this.store.insert({ id, sealed: this.sealed(id, 1, content), lifetime: DAY, ...keys });
  }

  async send(token: Partial<LogoutToken>, logout = this.logout): Promise<void> {
    const complete = { jti: String((this.#count += 1)), issuer: ISSUER, iat: IAT, exp: IAT + 120, offline: false };
    await this.time.outcomeOf(logout.end(JSON.stringify({ ...complete, ...token })));
  }

  async ended(...ids: string[]): Promise<string[]> {
    const states = await Promise.all(ids.map(async (id) => ({ id, state: await this.stateOf(id) })));
    return states.filter(({ state }) => state?.ended === 'backchannel').map(({ id }) => id);
  }
}

describe('a logout token', () => {
  test('ends more sessions than one page of the index has', async () => {
    const bench = new LogoutBench();
    const ids = Array.from({ length: 620 }, (_, count) => `session ${count}`);
    for (const id of ids) await bench.begin(id);
    await bench.send({ sub: 'alice' });
    expect(await bench.ended(...ids)).toHaveLength(620);
  });

  test('reaches what lies behind many sessions that stay', async () => {
    const bench = new LogoutBench();
    for (let count = 0; count < 520; count += 1) await bench.begin(`offline ${count}`, {}, { scope: 'offline_access' });
    await bench.begin('last');
    await bench.send({ sub: 'alice' });
    expect(await bench.ended('offline 0', 'offline 519', 'last')).toEqual(['last']);
  });

  test('finds sessions from before the encryption keys were changed', async () => {
    const bench = new LogoutBench();
    await bench.begin('old', {}, {}, new SessionIndex([OLD_KEY], bench.now));
    await bench.send({ sid: 'provider-session' });
    expect(await bench.ended('old')).toEqual(['old']);
  });

  test.each([
    ['another user', { iss: ISSUER, sub: 'bob' }],
    ['the same name at another provider', { iss: 'https://other.example', sub: 'alice' }],
  ])('does not end %s, to whom the index points wrongly', async (_, login) => {
    const bench = new LogoutBench();
    const sealed = bench.sealed('other', 1, { login });
    const keys = bench.index.keysOf({ iss: ISSUER, sub: 'alice' });
    await bench.store.insert({ id: 'other', sealed, lifetime: DAY, ...keys });
    await bench.send({ sub: 'alice' });
    expect(await bench.ended('other')).toEqual([]);
  });

  test('ends what cannot be opened', async () => {
    const bench = new LogoutBench();
    const keys = bench.index.keysOf({ iss: ISSUER, sub: 'alice' });
    await bench.store.insert({ id: 'broken', sealed: 'nonsense', lifetime: DAY, ...keys });
    await bench.send({ sub: 'alice' });
    expect(await bench.ended('broken')).toEqual(['broken']);
  });

  test.each([
    ['the token', { offline: true }, false],
    ['the option', {}, true],
  ])('ends offline sessions if %s says so', async (_, token, option) => {
    const bench = new LogoutBench();
    await bench.begin('one', {}, { scope: 'openid offline_access' });
    await bench.send({ sub: 'alice', ...token }, bench.logoutWith(option));
    expect(await bench.ended('one')).toEqual(['one']);
  });

  test('is taken once, though another provider may use the same jti', async () => {
    const bench = new LogoutBench();
    await bench.send({ jti: 'same', sub: 'alice' });
    await expect(bench.send({ jti: 'same', sub: 'alice' })).rejects.toMatchObject({ reason: 'logout_token_invalid' });
    await expect(bench.send({ jti: 'same', sub: 'alice', issuer: 'https://other.example' })).resolves.toBeUndefined();
  });

  test('is remembered for longer than it lives', async () => {
    const bench = new LogoutBench();
    await bench.send({ jti: 'same', sub: 'alice', exp: IAT + 86_400 });
    await bench.time.pass(DAY + 1);
    await expect(bench.send({ jti: 'same', sub: 'alice' })).rejects.toMatchObject({ status: 400 });
  });

  test('that failed half way is taken again', async () => {
    const bench = new LogoutBench();
    await bench.begin('one');
    const idsOf = bench.store.idsOf.bind(bench.store);
    bench.store.idsOf = () => Promise.reject(new Error('away'));
    await expect(bench.send({ jti: 'same', sub: 'alice' })).rejects.toMatchObject({ status: 503 });
    bench.store.idsOf = idsOf;
    await bench.send({ jti: 'same', sub: 'alice' });
    expect(await bench.ended('one')).toEqual(['one']);
  });

  test('leaves a note before it looks, for log-ins that are under way', async () => {
    const bench = new LogoutBench();
    const login = { iss: ISSUER, sid: 'new', sub: 'alice', iat: IAT };
    const found: boolean[] = [];
    const idsOf = bench.store.idsOf.bind(bench.store);
    bench.store.idsOf = async (...given) => {
      found.push(await bench.store.noted(bench.index.notesAbout(login)));
      return idsOf(...given);
    };
    await bench.send({ sub: 'alice' });
    expect([found.length > 0, found.every(Boolean)]).toEqual([true, true]);
  });

  test('that proves nothing is refused with the reason, and nothing is asked of the store', async () => {
    const bench = new LogoutBench();
    const verifyLogoutToken = () => Promise.reject(new TokenRejection('expired'));
    const { access, vault, endings, index, now } = bench;
    const provider = providerWith({ verifyLogoutToken });
    const logout = new BackchannelLogout({ access, vault, provider, endings, index, endOffline: false, now });
    bench.store.noted = () => Promise.reject(new Error('nobody expected to be asked'));
    await expect(logout.end('x')).rejects.toMatchObject({
      status: 400,
      message: 'logout_token is not valid here (expired).',
    });
  });
});
