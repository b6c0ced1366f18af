import assert from 'node:assert/strict';
import { contractCase, type ContractCase } from './contract-case.js';
import { HOUR, randomText } from './samples.js';

const noting = contractCase('note: once, until its time is over', async (store, other) => {
  const key = randomText(100);
  assert.equal(await store.note(key, HOUR), true, 'note: has to tell true of a key that was not noted');
  assert.equal(await other.note(key, HOUR), false, 'note: has to tell false of a key that was noted already');
  assert.equal(await other.note(key, 0), false, 'note: has to tell false of a key that was noted already');
  assert.equal(await store.noted([key]), true, 'note: has to leave a key as it is that was noted already');
});

const expiring = contractCase('note: a key whose time is over counts as not noted', async (store, other) => {
  const key = randomText(100);
  assert.equal(await store.note(key, 0), true, 'note: has to tell true of a key that was not noted');
  assert.equal(await other.noted([key]), false, 'noted: has to tell false of a key whose time is over');
  assert.equal(await other.note(key, 0), true, 'note: has to note a key again whose time is over');
  assert.equal(await store.note(key, HOUR), true, 'note: has to note a key again whose time is over');
  assert.equal(await other.noted([key]), true, 'note: has to give a key that it notes again the new time');
});

const looking = contractCase('noted: whether any of up to 500 keys is noted', async (store, other) => {
  const [noted, over] = [randomText(100), randomText(100)];
  await store.note(noted, HOUR);
  await store.note(over, 0);
  const others = Array.from({ length: 499 }, () => randomText(100));
  const asked: readonly (readonly [says: string, keys: readonly string[], is: boolean])[] = [
    ['no keys', [], false],
    ['the key', [noted], true],
    ['a key that nobody noted', others.slice(0, 1), false],
    ['a key whose time is over', [over], false],
    ['the key after others', [...others, noted], true],
    ['the key before others', [noted, ...others], true],
    ['500 keys, none of them noted any more', [...others, over], false],
  ];
  for (const [says, keys, is] of asked) {
    assert.equal(await other.noted(keys), is, `noted, ${says}: has to tell ${String(is)}`);
  }
});

const whole = contractCase('note: keys of 100 characters, to the last of them', async (store, other) => {
  const key = randomText(99);
  assert.equal(await store.note(`${key}a`, HOUR), true, 'note: has to take keys of 100 characters');
  assert.equal(await other.noted([`${key}b`]), false, 'noted: has to compare all 100 characters of a key');
  assert.equal(await other.note(`${key}b`, HOUR), true, 'note: has to compare all 100 characters of a key');
});

export const notes: readonly ContractCase[] = [noting, expiring, looking, whole];
