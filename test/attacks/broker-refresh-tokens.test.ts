import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { RefreshTokens } from '../../lib/broker/refresh-tokens.js';
import { bootBroker, encryptionKey, type BrokerApp, type BrokerAppOptions } from '../broker/e2e/support/broker-app.js';
import { expectOpen, expectShut } from '../broker/e2e/support/expect-doors.js';
import { answerTokens, refresh, sessionAt } from '../broker/e2e/support/stub-logins.js';
import { adapters } from '../support/apps.js';
import { claimsOf } from '../support/keys.js';
import { clients } from '../support/provider.js';
import { startStubProvider, type StubProvider } from '../support/stub-provider.js';
import { watchedStore, type WatchedStore } from './support/broker-store.js';
import { badGrant, badRequest, expectRefused, type Refusal } from './support/target.js';

const baseUrl = 'https://app.example.org';

let stub: StubProvider;
beforeAll(async () => {
  stub = await startStubProvider();
});
afterAll(() => stub.close());

describe.each(adapters)('a refresh token in broker mode on %s:', (adapter) => {
  let kept: WatchedStore;
  let app: BrokerApp;
  const others: BrokerApp[] = [];
  const boot = (options: BrokerAppOptions = {}) =>
    bootBroker(adapter, stub, {
      broker: { store: kept.store, purge: false, refresh: { beat: 0.2 } },
      ...options,
      auth: { baseUrl, ...options.auth },
    });
  beforeEach(async () => {
    kept = watchedStore();
    app = await boot();
    answerTokens(stub, { others: { id_token: undefined } });
  });
  afterEach(async () => {
    stub.restore();
    for (const one of [app, ...others.splice(0)]) await one.close();
  });

  const foreign = badGrant('refresh_token_invalid');
  const over = badGrant('session_ended');
  /** That a token is refused so, and that neither store nor provider is asked about it. */
  const expectForeign = async (token: string, refusal: Refusal = foreign) => {
    const [asked, requests] = [kept.calls.length, stub.requests.length];
    await expectRefused(app.told, () => refresh(app, token), refusal);
    expect(kept.calls.slice(asked)).toEqual([]);
    expect(stub.requests.slice(requests)).toEqual([]);
  };
  /** That a session goes on, with the successor of this token. */
  const expectGenuine = async (token: string) => {
    answerTokens(stub, { others: { id_token: undefined } });
    const { status, json } = await refresh(app, token);
    expect(status).toBe(200);
    await expectOpen(app, String(json.access_token));
    return String(json.refresh_token);
  };

  it('garbage, forgeries and other kinds of tokens, without a look into the store', async () => {
    const { access, refresh: genuine } = await sessionAt(app, stub);
    const [id = '', generation = '', mac = ''] = genuine.split('.');
    const strange = [
      'garbage',
      '..',
      '....',
      'null',
      '[object Object]',
      `${id}.${generation}`,
      `${id}.${generation}.`,
      `${id}.${generation}.${'A'.repeat(43)}`,
      `${id}.${generation}.${mac.slice(0, -1)}`,
      `${id}.${generation}.${mac}A`,
      `${id}.${generation}.${mac}=`,
      `${id}.${generation}.${mac.toUpperCase()}`,
      `${id}.${Number(generation) + 1}.${mac}`,
      `${id}.0${generation}.${mac}`,
      `${id}.0.${mac}`,
      `${id}.-1.${mac}`,
      `${id}.1e0.${mac}`,
      `${id}.999999999999999999999.${mac}`,
      `${'A'.repeat(22)}.${generation}.${mac}`,
      ` ${genuine}`,
      `${genuine} `,
      `${genuine}.${mac}`,
      genuine.slice(1),
      genuine.slice(0, -1),
      `'; DROP TABLE oidc_sessions; --`,
      'A'.repeat(12_288),
      access,
      await stub.accessToken(),
      await stub.idToken(),
    ];
    for (const token of strange) await expectForeign(token);
    await expectGenuine(genuine);
  });

  it('the refresh token of the provider', async () => {
    const { refresh: genuine } = await sessionAt(app, stub, { others: { refresh_token: 'the-token-of-the-provider' } });
    await expectForeign('the-token-of-the-provider');
    await expectGenuine(genuine);
  });

  it("another session's id under a genuine MAC", async () => {
    const [mine, theirs] = [await sessionAt(app, stub), await sessionAt(app, stub)];
    const [, generation, mac] = mine.refresh.split('.');
    await expectForeign(`${theirs.refresh.split('.')[0]}.${generation}.${mac}`);
    await expectGenuine(theirs.refresh);
    await expectGenuine(mine.refresh);
  });

  it('what no refresh token looks like: too long, not ASCII, repeated, a list, JSON', async () => {
    const { refresh: genuine } = await sessionAt(app, stub);
    for (const token of [
      'A'.repeat(12_289),
      `${genuine}\0`,
      `\0${genuine}`,
      `${genuine}\r\n`,
      'ünïcödé',
      '\ufeff',
      '💥',
    ]) {
      await expectForeign(token);
    }
    await expectForeign('A'.repeat(100_000), badRequest('body_too_large'));
    await expectForeign('', badRequest('missing_parameter'));

    const asked = kept.calls.length;
    const post = (form: [string, string][]) => () => app.client.post('/auth/v2/token', form);
    const pair: [string, string] = ['refresh_token', genuine];
    await expectRefused(app.told, post([pair, pair]), badRequest('repeated_parameter'));
    await expectRefused(app.told, post([pair, ['refresh-token', 'x']]), badRequest('contradicting_parameters'));
    await expectRefused(app.told, post([pair, ['code', 'x']]), badRequest('contradicting_parameters'));
    // Express reads brackets as a list or an object, Fastify as part of a name that means nothing
    const brackets = badRequest(adapter === 'express' ? 'repeated_parameter' : 'missing_parameter');
    for (const name of ['refresh_token[]', 'refresh_token[x]']) {
      await expectRefused(app.told, post([[name, genuine]]), brackets);
    }
    expect(kept.calls.slice(asked)).toEqual([]);
    await expectGenuine(genuine);
  });

  it('of an instance with another base URL or client, on the same store under the same encryption key', async () => {
    const elsewhere = await boot({ auth: { baseUrl: `${baseUrl}/other` } });
    const stranger = await boot({ auth: clients.post });
    others.push(elsewhere, stranger);
    await expectForeign((await sessionAt(elsewhere, stub)).refresh);
    await expectForeign((await sessionAt(stranger, stub, { idToken: { aud: clients.post.clientId } })).refresh);
    const twin = await boot();
    others.push(twin);
    await expectGenuine((await sessionAt(twin, stub)).refresh);
  });

  it('under another encryption key', async () => {
    const { access, refresh: genuine } = await sessionAt(app, stub);
    const forger = new RefreshTokens(['another encryption key of 32 characters'], baseUrl, 'my-client');
    await expectForeign(forger.issue(String(claimsOf(access).sid), 1));
    await expectGenuine(genuine);
  });

  describe('by somebody who has the encryption key,', () => {
    const forger = new RefreshTokens([encryptionKey], baseUrl, 'my-client');

    it('of a session that never was', async () => {
      const { refresh: genuine } = await sessionAt(app, stub);
      await expectRefused(app.told, () => refresh(app, forger.issue('A'.repeat(22), 1)), over);
      await expectGenuine(genuine);
    });

    it('of a generation that is yet to come: the session ends', async () => {
      const { access } = await sessionAt(app, stub, { others: { refresh_token: 'held' } });
      const calls = stub.calls('token');
      await expectRefused(app.told, () => refresh(app, forger.issue(String(claimsOf(access).sid), 2)), over);
      expect(stub.calls('token')).toBe(calls);
      expectEnded('future', access, 'held');
      await expectShut(app, access, 'session_ended');
      await expectGenuine((await sessionAt(app, stub)).refresh);
    });
  });

  const expectEnded = (reason: string, access: string, held: string) => {
    expect(app.told.ended).toEqual([{ instance: 'default', reason, session: claimsOf(access).sid }]);
    expect(stub.requestsTo('revocation').at(-1)?.form.get('token')).toBe(held);
  };

  it('reused within the replay window: the same successor, and the provider is not asked again', async () => {
    const { refresh: first } = await sessionAt(app, stub);
    const second = await expectGenuine(first);
    const calls = stub.calls('token');
    kept.clock.advance(9);
    expect(await expectGenuine(first)).toBe(second);
    expect(stub.calls('token')).toBe(calls);
    await expectGenuine(second);
  });

  it('reused after the replay window: the session ends, its tokens with it, and the provider revokes', async () => {
    const { access, refresh: first } = await sessionAt(app, stub);
    answerTokens(stub, { others: { id_token: undefined, refresh_token: 'rotated' } });
    const { json } = await refresh(app, first);
    kept.clock.advance(11);
    const calls = stub.calls('token');
    await expectRefused(app.told, () => refresh(app, first), over);
    expect(stub.calls('token')).toBe(calls);
    expectEnded('reuse', access, 'rotated');
    await expectRefused(app.told, () => refresh(app, String(json.refresh_token)), over);
    for (const token of [access, String(json.access_token)]) await expectShut(app, token, 'session_ended');
    await expectGenuine((await sessionAt(app, stub)).refresh);
  });

  it('reused two generations later, however soon', async () => {
    const { access, refresh: first } = await sessionAt(app, stub);
    const second = await expectGenuine(first);
    await expectGenuine(second);
    await expectRefused(app.told, () => refresh(app, first), over);
    expect(app.told.ended).toEqual([expect.objectContaining({ reason: 'reuse' })]);
    await expectShut(app, access, 'session_ended');
  });

  it('reused after a restart: the session ends all the same', async () => {
    const { access, refresh: first } = await sessionAt(app, stub);
    answerTokens(stub, { others: { id_token: undefined, refresh_token: 'rotated' } });
    const { json } = await refresh(app, first);
    await app.close();
    app = await boot();
    kept.clock.advance(11);
    await expectRefused(app.told, () => refresh(app, first), over);
    expectEnded('reuse', access, 'rotated');
    await expectRefused(app.told, () => refresh(app, String(json.refresh_token)), over);
    await expectGenuine((await sessionAt(app, stub)).refresh);
  });
});
