import { expect, test } from '@jest/globals';
import { Callers } from '../../../lib/broker/refresh/callers.js';
import type { Outcome } from '../../../lib/broker/refresh/outcome.js';
import { Host, VirtualTime } from '../../support/broker-time.js';

const SUCCESSOR = { kind: 'successor' } as Outcome;

function waiting() {
  const time = new VirtualTime();
  return { time, callers: new Callers(time.timingOf(new Host('one'), 500), 15_000) };
}

test('who joins a refresh that has just been given up asks again', async () => {
  const { callers } = waiting();
  await expect(callers.wait(Promise.resolve('abandoned'), 500)).resolves.toBe('ask again');
});

test('a successor is for those who came before the store was asked', async () => {
  const { callers } = waiting();
  const early = callers.wait(Promise.resolve(SUCCESSOR), 500);
  const { latest } = callers;
  const late = callers.wait(Promise.resolve(SUCCESSOR), 500);
  callers.tell(latest);
  await expect(Promise.all([early, late])).resolves.toEqual([SUCCESSOR, 'ask again']);
});

test('a refusal and a failure are for everybody', async () => {
  const { callers } = waiting();
  for (const outcome of [{ kind: 'refused' }, { kind: 'unavailable', error: undefined }] as const) {
    await expect(callers.wait(Promise.resolve(outcome), 500)).resolves.toEqual(outcome);
  }
});

test('each leaves when its own patience ends', async () => {
  const { time, callers } = waiting();
  const never = new Promise<Outcome>(() => undefined);
  const first = callers.wait(never, 500);
  await time.pass(5_000);
  const second = callers.wait(never, 5_500);
  expect([callers.waited, callers.left]).toEqual([5_000, 15_000]);
  await time.pass(10_000);
  await expect(first).resolves.toMatchObject({ kind: 'unavailable' });
  expect([callers.waited, callers.left]).toEqual([10_000, 5_000]);
  await time.pass(5_000);
  await expect(second).resolves.toMatchObject({ kind: 'unavailable' });
  expect([callers.areThere, callers.waited, callers.left, time.pending]).toEqual([false, 0, 0, 0]);
});
