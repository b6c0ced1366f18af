import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { describeEngines, type TestDatabase } from '../../support/databases.js';
import { StoreProcess } from './store-process.js';

const COUNT = 8;

describeEngines('eight processes that start at once on an empty database', (engine) => {
  let database: TestDatabase;
  let processes: StoreProcess[] = [];

  beforeAll(async () => {
    database = await engine.create();
    processes = Array.from({ length: COUNT }, () => new StoreProcess(database.url));
    // each is ready once it answers anything, and none has opened the database yet
    await Promise.allSettled(processes.map((store) => store.call('keys')));
  }, 60_000);

  afterAll(async () => {
    await Promise.all(processes.map((store) => store.end()));
    await database.drop();
  });

  it('all open it, and have migrated it once', async () => {
    await expect(Promise.all(processes.map((store) => store.call('open')))).resolves.toHaveLength(COUNT);

    const dataSource = await new DataSource(database.options).initialize();
    try {
      const migrations = await dataSource.query<{ name: string }[]>('select name from oidc_migrations');
      expect(migrations.map(({ name }) => name).sort()).toEqual([
        expect.stringMatching(/^AddOidcPeers\d{13}$/),
        expect.stringMatching(/^CreateOidcBroker\d{13}$/),
      ]);
    } finally {
      await dataSource.destroy();
    }
  }, 60_000);

  it('add the first signing key at once, and one of them has added it', async () => {
    const added = await Promise.all(
      processes.map((store, index) => store.call('addKey', { sequence: 1, sealed: `of.${index}` })),
    );
    expect(added.filter(Boolean)).toHaveLength(1);
    const sealed = `of.${added.indexOf(true)}`;
    for (const store of processes) await expect(store.call('keys')).resolves.toEqual([{ sequence: 1, sealed }]);
  });

  it('note the same at once, and one of them has noted it', async () => {
    const noted = await Promise.all(processes.map((store) => store.call('note', 'jti', 60_000)));
    expect(noted.filter(Boolean)).toHaveLength(1);
  });

  it('keep the key set of a peer at once, and one of them has the last word', async () => {
    const sets = processes.map((_, index) => `${index}.`.repeat(50_000));
    await Promise.all(processes.map((store, index) => store.call('keepPeerKeys', 'peer', sets[index])));
    const [left, ...others] = await Promise.all(processes.map((store) => store.call('peerKeys', 'peer')));
    expect(sets).toContain(left);
    expect(new Set(others)).toEqual(new Set([left]));
  });

  it('count the beats of one lease together, and lose none', async () => {
    const [first] = processes;
    const session = { id: 'session-of-all', sealed: 's', lifetime: 60_000, sidKey: '', subKey: '' };
    await first?.call('insert', session);
    await first?.call('take', session.id, { generation: 1, lease: '', beat: 0 }, 'lease');
    await Promise.all(
      processes.map(async (store) => {
        for (let beat = 0; beat < 25; beat += 1) await store.call('beat', session.id, 'lease');
      }),
    );
    await expect(first?.call('read', session.id)).resolves.toMatchObject({ row: { beat: 1 + COUNT * 25 } });
  }, 60_000);
});
