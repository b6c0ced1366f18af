import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WriteAheadLog } from '../../../lib/broker/typeorm/wal.js';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';

describe('flushing what SQLite has committed', () => {
  let folder: TemporaryFolder;
  let database: string;

  beforeEach(async () => {
    folder = await temporaryFolder();
    database = join(folder.path, 'sub', 'broker.sqlite');
  });

  afterEach(() => folder.remove());

  it('settles for everybody who asks, also while it is under way', async () => {
    await mkdir(join(folder.path, 'sub'));
    await writeFile(`${database}-wal`, 'frames');
    const log = new WriteAheadLog(database);
    const first = log.flushed();
    // the same flush, which has not begun
    expect(log.flushed()).toBe(first);
    await first;
    const rounds = Array.from({ length: 20 }, async () => {
      for (let round = 0; round < 20; round += 1) await log.flushed();
    });
    await expect(Promise.all(rounds)).resolves.toHaveLength(20);
  });

  it('is a failure where the disk says so, and no failure for who asks later', async () => {
    await writeFile(join(folder.path, 'sub'), 'in the place of the folder');
    const log = new WriteAheadLog(database);
    const asked = [log.flushed(), log.flushed()];
    for (const flush of asked) await expect(flush).rejects.toHaveProperty('code', 'ENOTDIR');

    await rm(join(folder.path, 'sub'));
    await mkdir(join(folder.path, 'sub'));
    await writeFile(`${database}-wal`, 'frames');
    await expect(log.flushed()).resolves.toBeUndefined();
  });

  it('has nothing to do where there is no log', async () => {
    await mkdir(join(folder.path, 'sub'));
    await expect(new WriteAheadLog(database).flushed()).resolves.toBeUndefined();
  });
});
