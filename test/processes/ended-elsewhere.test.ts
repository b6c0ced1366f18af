import { beforeAll, expect, it } from '@jest/globals';
import { clusterOf, type ClientSession } from './support/cluster.js';
import { refresh } from './support/refresh-storm.js';
import { describeStores } from './support/stores.js';
import { until } from './support/until.js';
import type { WorkerProcess } from './support/worker-process.js';

describeStores('a session that one process ends', (store) => {
  const cluster = clusterOf(store.create, { broker: { endOfflineSessions: true } });
  let here: WorkerProcess;
  let soon: WorkerProcess;
  let atOnce: WorkerProcess;
  let never: WorkerProcess;
  beforeAll(async () => {
    [here, soon, atOnce, never] = await Promise.all([
      cluster().add(),
      cluster().add({ sessionCheckInterval: 1 }),
      cluster().add({ sessionCheckInterval: 0 }),
      cluster().add({ sessionCheckInterval: false }),
    ]);
  }, 60_000);

  const use = async ({ client }: WorkerProcess, { accessToken }: ClientSession) => {
    const { status, json } = await client.get('/me', {}, { bearer: accessToken });
    return { status, error: json.error };
  };
  const accepted = { status: 200, error: undefined };
  const refused = { status: 401, error: 'invalid_token' };

  it.each<[string, (session: ClientSession) => Promise<unknown>]>([
    ['by a log-out', ({ accessToken }) => here.client.post('/auth/v2/logout', {}, { bearer: accessToken })],
    ['by revocation', ({ refreshToken }) => here.client.post('/auth/v2/revoke', { token: refreshToken })],
    [
      'because the provider says so',
      async ({ grant }) => {
        const logout_token = await cluster().provider.logoutToken(grant, 'sid');
        return here.client.post('/auth/v2/backchannel-logout', { logout_token });
      },
    ],
  ])('%s is refused in all others as soon as their interval says', async (_, end) => {
    const session = await cluster().logIn(here);
    for (const worker of [here, soon, atOnce, never]) expect(await use(worker, session)).toEqual(accepted);
    await end(session);
    expect(await use(here, session)).toEqual(refused);
    expect(await use(atOnce, session)).toEqual(refused);
    await until('it is refused', async () => (await use(soon, session)).status === 401);
    expect(await use(never, session)).toEqual(accepted);
    for (const worker of [here, soon, atOnce, never]) {
      expect((await refresh(worker, session.refreshToken)).json).toMatchObject({ error: 'invalid_grant' });
    }
    expect(session.grant.ended).toBe('revoked');
    expect(await use(never, session)).toEqual(refused);
  });
});
