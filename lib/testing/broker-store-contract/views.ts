import assert from 'node:assert/strict';
import { raceCase, withView, type ContractCase } from './contract-case.js';
import { keysOf, withSequences } from './signing-keys.js';
import { idsOf, readingOf, rowOf } from './readings.js';
import { HOUR, newSession, randomText, sealedText } from './samples.js';

const seen = raceCase('what one view has written, every other reads at once', async (views, round) => {
  const writer = views[round % views.length] ?? views[0];
  const session = newSession();
  const [note, lease] = [randomText(100), randomText(22)];
  const { id, sidKey } = session;
  for (const view of views)
    assert.equal(await view.read(id), undefined, 'read: has to tell of no session before it is there');
  await writer.insert(session);
  await writer.note(note, HOUR);
  for (const view of views) {
    assert.equal(
      (await readingOf(view, id)).row.sealed,
      session.sealed,
      'insert: has to be seen by every view at once',
    );
    assert.equal(await view.noted([note]), true, 'note: has to be seen by every view at once');
    assert.deepEqual(await idsOf(view, 'sidKey', sidKey, 10), [id], 'insert: has to be found by every view at once');
  }
  await writer.take(id, { generation: 1, lease: '', beat: 0 }, lease);
  for (const view of views)
    assert.equal((await rowOf(view, id)).lease, lease, 'take: has to be seen by every view at once');
  await writer.end(id, 'logout');
  for (const view of views) assert.equal(await view.lives(id), false, 'end: has to be seen by every view at once');
});

const seenKeys = raceCase('a signing key that one view has added, every other reads at once', async (views, round) => {
  const writer = views[round % views.length] ?? views[0];
  await withSequences(writer, async (sequence) => {
    const key = { sequence, sealed: sealedText() };
    await writer.addKey(key);
    for (const view of views)
      assert.deepEqual(await keysOf(view, sequence), [key], 'addKey: has to be seen by every view');
    await writer.removeKey(sequence);
    for (const view of views)
      assert.deepEqual(await keysOf(view, sequence), [], 'removeKey: has to be seen by every view');
  });
});

const closing: ContractCase = {
  name: 'close: a view that is closed leaves the others working, and the storage as it is',
  run: (connect) =>
    withView(connect, async (left) => {
      const session = newSession();
      const closed = await connect();
      await closed.insert(session).finally(() => closed.close());
      const promise = 'close: has to let go of nothing but its own connection';
      assert.equal((await rowOf(left, session.id)).sealed, session.sealed, promise);
      assert.equal(await left.end(session.id, 'logout'), true, promise);
      await withView(connect, async (later) => {
        assert.equal(
          (await rowOf(later, session.id)).ended,
          'logout',
          'open: has to find what is in the storage already',
        );
      });
    }),
};

export const views: readonly ContractCase[] = [seen, seenKeys, closing];
