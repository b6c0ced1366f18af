import { describe, expect, it } from '@jest/globals';
import { expectTooWeak } from '../../broker/e2e/support/expect-doors.js';
import { claimsOf } from '../../support/keys.js';
import { modes, type KeycloakApp } from './support/apps.js';
import { refreshAt, tokensAt, tokensOf } from './support/log-in.js';
import type { Site } from './support/site.js';

/** What alice may open, by realm roles, groups, roles of this and of another client, and by scope. */
const HERS = ['/staff', '/hpc', '/editors', '/deputies', '/mail'];

export function requirements(site: () => Site): void {
  describe.each(modes)('what Keycloak says of a user, in %s mode,', (mode) => {
    const app = () => site().apps[mode];
    const statuses = (bearer: string) =>
      Promise.all(HERS.map(async (path) => (await app().client.get(path, {}, { bearer })).status));

    it('opens the routes that require it, also after a refresh', async () => {
      const { access, refresh } = await tokensAt(app());
      expect(await statuses(access)).toEqual([200, 200, 200, 200, 200]);
      await expectTooWeak(app(), access, 'claim_missing', '/nobody');
      const next = tokensOf(await refreshAt(app(), refresh));
      expect(await statuses(next.access)).toEqual([200, 200, 200, 200, 200]);
      await expectTooWeak(app(), next.access, 'claim_missing', '/nobody');
    });

    it('opens nothing for who has no roles and no groups', async () => {
      const { access } = await tokensAt(app(), { user: 'bob' });
      for (const path of HERS) await expectTooWeak(app(), access, 'claim_missing', path);
    });

    it('need not be an e-mail or a name', async () => {
      const { access, refresh } = await tokensAt(app(), { user: 'nameless' });
      for (const bearer of [access, tokensOf(await refreshAt(app(), refresh)).access]) {
        const [me, userinfo] = await Promise.all([
          app().client.get('/me', {}, { bearer }),
          app().client.get('/auth/v2/userinfo', {}, { bearer }),
        ]);
        expect(me).toMatchObject({ status: 200, json: { preferred_username: 'nameless' } });
        expect(me.json).not.toHaveProperty('email');
        expect(me.json).not.toHaveProperty('name');
        const nobody = { username: 'nameless', pw_name: 'nameless', first_name: '', last_name: '', email: '' };
        expect(userinfo).toMatchObject({ status: 200, json: nobody });
      }
    });

    it('is in userinfo in the names of the Python family', async () => {
      const { access } = await tokensAt(app());
      const { json } = await app().client.get('/auth/v2/userinfo', {}, { bearer: access });
      expect(json).toEqual({
        username: 'alice',
        pw_name: 'alice',
        first_name: 'Alice',
        last_name: 'Liddell',
        email: 'alice@example.org',
      });
    });
  });

  it("what is a role here is no other client's, in broker mode", async () => {
    const { access } = await tokensAt(site().apps.broker);
    const { roles, groups } = claimsOf(access);
    expect(roles).toEqual(expect.arrayContaining(['staff', 'editor', '/hpc', '/hpc/admins']));
    expect(roles).not.toContain('admin');
    expect(groups).toEqual(expect.arrayContaining(['/hpc', '/hpc/admins']));
  });

  it("opens the routes of one mode with that mode's access tokens only", async () => {
    const { broker, 'pass-through': plain } = site().apps;
    const [ours, keycloaks] = [await tokensAt(broker), await tokensAt(plain)];
    const refused: [KeycloakApp, string][] = [
      [plain, ours.access],
      [plain, ours.refresh],
      [plain, keycloaks.refresh],
      [broker, keycloaks.access],
      [broker, keycloaks.refresh],
      [broker, ours.refresh],
    ];
    for (const [app, bearer] of refused) {
      expect(await app.client.get('/me', {}, { bearer })).toMatchObject({
        status: 401,
        json: { error: 'invalid_token' },
      });
    }
  });
}
