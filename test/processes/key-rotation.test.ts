import { beforeAll, describe, expect, it } from '@jest/globals';
import { postgresEngine, sqliteEngine } from '../support/databases.js';
import { clusterOf, type ClientSession, type Cluster } from './support/cluster.js';
import { refresh } from './support/refresh-storm.js';
import { sqlDatabase } from './support/sql-database.js';
import type { SharedStore } from './support/stores.js';
import { until } from './support/until.js';
import type { WorkerProcess } from './support/worker-process.js';

/** Clients that use their tokens all the time at all processes, and refresh them; every answer but 200 is kept. */
class Traffic {
  readonly refused: string[] = [];
  readonly kids = new Set<string>();
  rounds = 0;
  #ends = false;
  #running: Promise<void>;

  constructor(
    private readonly workers: () => readonly WorkerProcess[],
    sessions: readonly ClientSession[],
  ) {
    this.#running = Promise.all(sessions.map((session) => this.#client(session))).then(() => undefined);
  }

  async end(): Promise<void> {
    this.#ends = true;
    await this.#running;
  }

  async #client({ refreshToken: first }: ClientSession): Promise<void> {
    let refreshToken = first;
    while (!this.#ends) {
      const [worker] = this.workers();
      if (!worker) throw new Error('There is always somebody.');
      const answer = await refresh(worker, refreshToken);
      if (answer.status !== 200) this.refused.push(answer.text);
      else {
        refreshToken = String(answer.json.refresh_token);
        await this.#use(String(answer.json.access_token));
      }
      this.rounds += 1;
    }
  }

  async #use(bearer: string): Promise<void> {
    const [header = ''] = bearer.split('.');
    this.kids.add((JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }).kid);
    for (const { client } of this.workers()) {
      const { status, text } = await client.get('/me', {}, { bearer });
      if (status !== 200) this.refused.push(text);
    }
  }
}

function suite({ create }: Pick<SharedStore, 'create'>): void {
  describe('of signing keys', () => {
    const signing = { rotateAfter: 4, publishBefore: 2 };
    const cluster = clusterOf(create, { broker: { signing } });
    let workers: WorkerProcess[];
    beforeAll(async () => {
      workers = await cluster().addMany(2);
    }, 60_000);

    it('refuses no token while three keys take their turns', async () => {
      const sessions = await sessionsOf(cluster(), workers, 4);
      const traffic = new Traffic(() => workers, sessions);
      await until('three keys have signed', () => traffic.kids.size >= 3);
      await traffic.end();
      expect(traffic.refused).toEqual([]);
    }, 90_000);
  });

  describe('of encryption keys', () => {
    const cluster = clusterOf(create);
    const [old, fresh] = ['the old encryption key of forty letters...', 'the fresh encryption key of forty letters.'];

    it('refuses nobody in its three steps, and leaves nothing under the old key that is still needed', async () => {
      let workers = await Promise.all([1, 2].map(() => cluster().add({ encryptionKey: old })));
      const sessions = await sessionsOf(cluster(), workers, 4);
      const traffic = new Traffic(() => workers, sessions);
      for (const encryptionKey of [[old, fresh], [fresh, old], fresh]) {
        // one after the other, as a deployment does it
        for (const index of [0, 1]) {
          const successor = await cluster().add({ encryptionKey });
          const [retired] = workers.splice(index, 1, successor);
          const seen = traffic.rounds;
          await until('everybody has come since', () => traffic.rounds > seen + 4 * sessions.length);
          await retired?.shutDown();
        }
      }
      await traffic.end();
      workers = [];
      expect(traffic.refused).toEqual([]);
      const rows = await cluster().database.sessions();
      const sealed = [...rows.map((row) => row.sealed), ...(await cluster().database.signingKeys())];
      expect(new Set(sealed.map((text) => text.split('.')[0])).size).toBe(1);
    }, 120_000);

    it('leaves sessions that began under the old key within reach of back-channel logout', async () => {
      const before = await cluster().add({ encryptionKey: [old, fresh] });
      const session = await cluster().logIn(before);
      const after = await cluster().add({ encryptionKey: [fresh, old], endOfflineSessions: true });
      const { status, json } = await refresh(after, session.refreshToken);
      expect(status).toBe(200);
      const logout_token = await cluster().provider.logoutToken(session.grant, 'sid');
      expect((await after.client.post('/auth/v2/backchannel-logout', { logout_token })).status).toBe(200);
      expect((await refresh(before, String(json.refresh_token))).json).toMatchObject({ error: 'invalid_grant' });
    }, 60_000);
  });
}

function sessionsOf(cluster: Cluster, [worker]: WorkerProcess[], count: number): Promise<ClientSession[]> {
  if (!worker) throw new Error('There is always somebody.');
  return Promise.all(Array.from({ length: count }, () => cluster.logIn(worker)));
}

describe('rotation under load, on SQLite', () => suite({ create: () => sqlDatabase(sqliteEngine) }));
describe('rotation under load, on PostgreSQL', () => {
  const { engine } = postgresEngine();
  suite({ create: () => sqlDatabase(engine) });
});
