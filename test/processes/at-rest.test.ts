import { beforeAll, expect, it } from '@jest/globals';
import { clusterOf, newUser, type ClientSession } from './support/cluster.js';
import { subjectOf } from './support/living.js';
import { refresh } from './support/refresh-storm.js';
import { describeStores } from './support/stores.js';
import type { WorkerProcess } from './support/worker-process.js';

describeStores('what lies in the store', (store) => {
  const cluster = clusterOf(store.create, { broker: { refresh: { replayWindow: 60 }, endOfflineSessions: true } });
  let worker: WorkerProcess;
  beforeAll(async () => {
    worker = await cluster().add();
  }, 60_000);

  /** Everything that must be in nobody's hands but the client's: what was issued, and whose it is. */
  function secretsOf(...sessions: ClientSession[]): string[] {
    const { provider, encryptionKey } = cluster();
    return [
      ...provider.secrets,
      encryptionKey,
      ...sessions.flatMap(({ user, accessToken, refreshToken }) => [
        ...Object.values(user as unknown as Record<string, string>),
        accessToken,
        refreshToken,
        ...accessToken.split('.').slice(1),
        String(refreshToken.split('.').at(-1)),
      ]),
      // a private key as JSON Web Key or PEM, in whatever encoding a careless store would keep it
      '"d":',
      'PRIVATE KEY',
      Buffer.from('"kty":"RSA"').toString('base64').slice(0, 12),
    ];
  }

  async function expectSilence(...sessions: ClientSession[]): Promise<void> {
    const dump = await cluster().database.dump();
    expect(dump).toContain(sessions[0]?.refreshToken.split('.')[0] ?? 'a session');
    const told = (text: string) => secretsOf(...sessions).filter((secret) => text.includes(secret));
    expect(told(dump)).toEqual([]);
    const logged = told(worker.output);
    expect(logged).toEqual([]);
  }

  it('is nothing of a token, key or user after each flow, and neither is what was logged', async () => {
    const session = await cluster().logIn(worker);
    await expectSilence(session);

    const refreshed = await refresh(worker, session.refreshToken);
    expect(refreshed.status).toBe(200);
    const next = {
      ...session,
      refreshToken: String(refreshed.json.refresh_token),
      accessToken: String(refreshed.json.access_token),
    };
    await expectSilence(session, next);

    const { json } = await worker.client.get('/auth/v2/userinfo', {}, { bearer: next.accessToken });
    expect(json).toMatchObject({ username: session.user.name, email: session.user.email });
    await expectSilence(session, next);

    const logout_token = await cluster().provider.logoutToken(session.grant, 'sub');
    expect((await worker.client.post('/auth/v2/backchannel-logout', { logout_token })).status).toBe(200);
    await expectSilence(session, next);

    const other = await cluster().logIn(worker);
    expect((await worker.client.post('/auth/v2/logout', {}, { bearer: other.accessToken })).status).toBe(200);
    await expectSilence(session, next, other);

    const user = newUser();
    const device = await worker.client.post('/auth/v2/device');
    cluster().provider.approveDevice(user);
    const device_code = String(device.json.device_code);
    const third = cluster().sessionFrom(await worker.client.post('/auth/v2/token', { device_code }), user);
    await expectSilence(session, next, other, third);

    for (const refresh_token of [next.refreshToken, `${next.refreshToken}x`, next.accessToken, 'garbage']) {
      expect((await worker.client.post('/auth/v2/token', { refresh_token })).status).toBe(400);
    }
    await expectSilence(session, next, other);
  });

  it('does not open in the place of another session', async () => {
    const [mine, another] = [await cluster().logIn(worker), await cluster().logIn(worker, newUser())];
    const rows = await cluster().database.sessions();
    const rowOf = ({ refreshToken }: ClientSession) => {
      const row = rows.find(({ id }) => id === refreshToken.split('.')[0]);
      if (!row) throw new Error('The session has a row.');
      return row;
    };
    await cluster().database.overwrite(rowOf(mine).id, { sealed: rowOf(another).sealed });
    const { status, json } = await refresh(worker, mine.refreshToken);
    expect({ status, error: json.error }).toEqual({ status: 400, error: 'invalid_grant' });
    const undisturbed = await refresh(worker, another.refreshToken);
    expect({ status: undisturbed.status, whose: subjectOf(undisturbed.json.access_token) }).toEqual({
      status: 200,
      whose: another.user.sub,
    });
  });

  it('does not open under another generation of its own session', async () => {
    const session = await cluster().logIn(worker);
    const [id = ''] = session.refreshToken.split('.');
    const sealedNow = async () => (await cluster().database.sessions()).find((row) => row.id === id)?.sealed ?? '';
    const first = await sealedNow();
    const second = await refresh(worker, session.refreshToken);
    await cluster().database.overwrite(id, { sealed: first });
    const { status, json } = await refresh(worker, String(second.json.refresh_token));
    expect({ status, error: json.error }).toEqual({ status: 400, error: 'invalid_grant' });
  });
});
