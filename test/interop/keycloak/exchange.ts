import { beforeAll, describe, expect, it } from '@jest/globals';
import { expectWireError } from '../../support/expect-wire.js';
import { claimsOf, headerOf } from '../../support/keys.js';
import type { KeycloakApp } from './support/apps.js';
import { exchangeAt, tokensAt } from './support/log-in.js';
import { SeenIdTokens } from './support/seen-id-tokens.js';
import type { Site } from './support/site.js';

/** Keycloak signs access and ID tokens with one key, under one header type. */
export function exchange(site: () => Site): void {
  describe("a token of Keycloak's", () => {
    const seen = new SeenIdTokens();
    let broker: KeycloakApp;
    let plain: KeycloakApp;
    beforeAll(async () => {
      const exchange = { clients: ['another-app'] };
      broker = await site().boot('broker', { broker: { exchange } });
      plain = await site().boot('pass-through', { auth: { fetch: seen.fetch } });
    });

    it('is exchanged for one of ours if it is an access token of an allowed client', async () => {
      const { access } = await tokensAt(plain);
      const { status, json } = await exchangeAt(broker, access);
      expect({ status, json }).toMatchObject({ status: 200, json: { scope: expect.stringContaining('openid') } });
      const claims = claimsOf(String(json.access_token));
      expect(claims).toMatchObject({ iss: broker.url, sub: claimsOf(access).sub, preferred_username: 'alice' });
      expect(claims.exp).toBeLessThanOrEqual(Number(claimsOf(access).exp));
      const { access: foreign } = await tokensAt(await site().boot('pass-through', { client: 'command-line' }));
      expectWireError(await exchangeAt(broker, foreign), 400, 'invalid_request');
    });

    it('is no access token if it is an ID token or a refresh token', async () => {
      const { access, refresh } = await tokensAt(plain);
      expect(headerOf(seen.latest)).toEqual(headerOf(access));
      for (const token of [seen.latest, refresh]) {
        const { status, json } = await plain.client.get('/me', {}, { bearer: token });
        expect({ status, json }).toMatchObject({ status: 401, json: { error: 'invalid_token' } });
        expectWireError(await exchangeAt(broker, token), 400, 'invalid_request');
      }
      expect((await plain.client.get('/me', {}, { bearer: access })).status).toBe(200);
    });
  });
}
