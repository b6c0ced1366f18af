import { beforeAll, describe, expect, it } from '@jest/globals';
import { expectTokens, expectWireError } from '../../support/expect-wire.js';
import { claimsOf } from '../../support/keys.js';
import { loopbackTarget, type LoginResult, type WireAnswer } from '../../support/wire-client.js';
import { modes, type KeycloakApp, type Mode } from './support/apps.js';
import { codeAt, logIn, offlineAccess, refreshAt, tokensAt, tokensOf, type Tokens } from './support/log-in.js';
import type { Site } from './support/site.js';

const RESTART_TIMEOUT = 180_000;
/** How long callers wait while nobody answers, in seconds. */
const broker = { refresh: { beat: 0.5, patience: 3 } };

/** An application that was there before, its users, and one that boots while Keycloak is down. */
interface Affected {
  readonly app: KeycloakApp;
  readonly online: Tokens;
  readonly offline: Tokens;
  readonly login: LoginResult;
  readonly late: KeycloakApp;
}

export function outage(site: () => Site): void {
  const affected = new Map<Mode, Affected>();
  const of = (mode: Mode): Affected => {
    const found = affected.get(mode);
    if (!found) throw new Error(`There is no application in ${mode} mode.`);
    return found;
  };

  describe('while Keycloak is down,', () => {
    beforeAll(async () => {
      const before = new Map<Mode, Omit<Affected, 'late'>>();
      for (const mode of modes) {
        const app = await site().boot(mode, { broker });
        const online = await tokensAt(app);
        const offline = await tokensAt(app, { parameters: offlineAccess });
        before.set(mode, { app, online, offline, login: await codeAt(app) });
      }
      await site().keycloak.down();
      for (const [mode, parts] of before) affected.set(mode, { ...parts, late: await site().boot(mode, { broker }) });
    }, RESTART_TIMEOUT);

    it.each(modes)('nobody is refused who is logged in, in %s mode', async (mode) => {
      const { app, online, offline } = of(mode);
      for (const { access } of [online, offline]) {
        expect((await app.client.get('/me', {}, { bearer: access })).status).toBe(200);
      }
    });

    it.each(modes)('whoever asks for tokens is asked to come again, in %s mode', async (mode) => {
      const { app, online, offline, login, late } = of(mode);
      expectLater(await refreshAt(app, online.refresh));
      expectLater(await refreshAt(app, offline.refresh));
      expectLater(await app.client.redeem(login));
      expectLater(await app.client.post('/auth/v2/device'));
      expectLater(await late.client.get('/auth/v2/login', { redirect_uri: loopbackTarget }));
    });
  });

  describe('once Keycloak is back,', () => {
    beforeAll(() => site().keycloak.up(), RESTART_TIMEOUT);

    it.each(modes)('sessions go on, in %s mode', async (mode) => {
      const { app, online, offline } = of(mode);
      for (const { access, refresh } of [online, offline]) {
        const answer = await refreshAt(app, refresh);
        expectTokens(answer, true);
        const next = tokensOf(answer);
        expect(claimsOf(next.access).sid).toBe(claimsOf(access).sid);
        expect((await app.client.get('/me', {}, { bearer: next.access })).status).toBe(200);
      }
      expect(app.told.ended).toEqual([]);
    });

    it.each(modes)('users log in again, also where it was down from the start, in %s mode', async (mode) => {
      const { app, late } = of(mode);
      expectTokens(await logIn(app), true);
      expectTokens(await logIn(late), true);
    });
  });
}

function expectLater(answer: WireAnswer): void {
  expectWireError(answer, 503, 'temporarily_unavailable');
  expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
}
