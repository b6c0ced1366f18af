import { describe, expect, jest, test } from '@jest/globals';
import type { ExchangePolicy, ExchangeSettings } from '../../../lib/broker/broker.settings.js';
import { TokenExchange, type ExchangeRequest } from '../../../lib/broker/token-exchange.js';
import { TokenRejection, type JsonObject } from '../../../lib/tokens/index.js';
import { brokerSettings, EPOCH, HOUR, peersOf, providerWith } from './broker-parts.js';

const subject = { sub: 'alice', azp: 'spa', scope: 'read write', exp: EPOCH / 1000 + 60, groups: ['staff'] };
const wish: ExchangeRequest = { subjectToken: 'token', targets: [], scopes: undefined };

/** An exchange for the client `spa`, whose subject tokens say these claims. */
function exchangeOf(claims: JsonObject = subject, others: Partial<ExchangeSettings> = {}): TokenExchange {
  const exchange = { clients: ['spa'], audiences: ['own-api', 'other-api'], policy: undefined, ...others };
  const settings = brokerSettings({ exchange, now: () => EPOCH });
  return new TokenExchange(
    providerWith({ verifyAccessToken: () => Promise.resolve(claims) }),
    peersOf(settings),
    settings,
  );
}

describe('what is granted', () => {
  test('names user and client, with the scopes and the rest of the life of the subject token', async () => {
    expect(await exchangeOf().grant(wish)).toEqual({
      claims: { sub: 'alice', client_id: 'spa', groups: ['staff'], roles: ['staff'] },
      audience: 'own-api',
      scope: 'read write',
      lifetime: 60_000,
    });
  });

  test('lives no longer than the option says', async () => {
    const { lifetime } = await exchangeOf({ ...subject, exp: EPOCH / 1000 + 86_400 }).grant(wish);
    expect(lifetime).toBe(HOUR);
  });

  test('has one audience, which may be named twice', async () => {
    const { audience } = await exchangeOf().grant({ ...wish, targets: ['other-api', 'other-api'] });
    expect(audience).toBe('other-api');
  });

  test('has no scope where none is left', async () => {
    expect((await exchangeOf({ ...subject, scope: undefined }).grant(wish)).scope).toBeUndefined();
    expect((await exchangeOf().grant({ ...wish, scopes: [] })).scope).toBeUndefined();
  });
});

describe('nothing is granted', () => {
  test.each<[string, TokenExchange, Partial<ExchangeRequest>, string]>([
    ['for two audiences', exchangeOf(), { targets: ['own-api', 'other-api'] }, 'target_not_allowed'],
    ['for an audience that is not configured', exchangeOf(), { targets: ['their-api'] }, 'target_not_allowed'],
    ['for an empty audience', exchangeOf(), { targets: [''] }, 'target_not_allowed'],
    ['beyond the scopes of the subject token', exchangeOf(), { scopes: ['read', 'admin'] }, 'scope_missing'],
    ['to another client', exchangeOf({ ...subject, azp: 'other' }), {}, 'subject_token_not_allowed'],
    [
      'to a client that only one claim names',
      exchangeOf({ ...subject, azp: 'other', client_id: 'spa' }),
      {},
      'subject_token_not_allowed',
    ],
    ['to a client without a name', exchangeOf({ ...subject, azp: undefined }), {}, 'subject_token_not_allowed'],
    ['to a list of clients', exchangeOf({ ...subject, azp: ['spa'] }), {}, 'subject_token_not_allowed'],
    ['for a token of an actor', exchangeOf({ ...subject, act: { sub: 'robot' } }), {}, 'subject_token_invalid'],
    ['for a token for actors', exchangeOf({ ...subject, may_act: {} }), {}, 'subject_token_invalid'],
  ])('%s', async (_, exchange, request, reason) => {
    await expect(exchange.grant({ ...wish, ...request })).rejects.toMatchObject({ status: 400, reason });
  });

  test('without the option', async () => {
    const exchange = new TokenExchange(providerWith({}), peersOf(brokerSettings()), brokerSettings());
    await expect(exchange.grant(wish)).rejects.toMatchObject({ error: 'unsupported_grant_type' });
  });

  test('for a token that proves nothing, of which only the reason is told', async () => {
    const verifyAccessToken = () => Promise.reject(new TokenRejection('expired'));
    const settings = brokerSettings({ exchange: { clients: ['spa'], audiences: ['own-api'], policy: undefined } });
    const exchange = new TokenExchange(providerWith({ verifyAccessToken }), peersOf(settings), settings);
    await expect(exchange.grant({ ...wish, subjectToken: 'hunter2' })).rejects.toMatchObject({
      reason: 'subject_token_invalid',
      message: 'subject_token is not valid here (expired).',
    });
  });

  test.each([[false], [undefined], [null], [0], [1], ['true'], [{}], [{ scopes: 'read' }]])(
    'if the policy says %j',
    async (said) => {
      const policy = (() => said) as ExchangePolicy;
      await expect(exchangeOf(subject, { policy }).grant(wish)).rejects.toMatchObject({
        reason: 'subject_token_not_allowed',
      });
    },
  );
});

describe('the policy', () => {
  test('sees the wish, checked', async () => {
    const policy = jest.fn<ExchangePolicy>(() => true);
    await exchangeOf(subject, { policy }).grant({ ...wish, targets: ['other-api'], scopes: ['read'] });
    expect(policy.mock.calls).toEqual([[{ subject, client: 'spa', audience: 'other-api', scopes: ['read'] }]]);
  });

  test('is not asked about what may not be granted anyway', async () => {
    const policy = jest.fn<ExchangePolicy>(() => true);
    await expect(exchangeOf(subject, { policy }).grant({ ...wish, scopes: ['admin'] })).rejects.toThrow();
    expect(policy).not.toHaveBeenCalled();
  });

  test('takes scopes away, and gives none', async () => {
    const policy: ExchangePolicy = () => Promise.resolve({ scopes: ['admin', 'read'] });
    expect((await exchangeOf(subject, { policy }).grant(wish)).scope).toBe('read');
  });
});
