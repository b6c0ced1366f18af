import { describe, expect, test } from '@jest/globals';
import { realTiming } from '../../../lib/broker/timing.js';

describe('a sleep', () => {
  test('settles when its time is over', async () => {
    await expect(realTiming.sleep(1)).resolves.toBeUndefined();
  });

  test('settles without error as soon as it is told to', async () => {
    const wake = new AbortController();
    const sleep = realTiming.sleep(2_000_000_000, wake.signal);
    wake.abort();
    await expect(sleep).resolves.toBeUndefined();
  });

  test('does not begin if it has been told to end', async () => {
    await expect(realTiming.sleep(2_000_000_000, AbortSignal.abort())).resolves.toBeUndefined();
  });
});

test('time only ever goes forward', async () => {
  const before = realTiming.elapsed();
  await realTiming.sleep(1);
  expect(realTiming.elapsed()).toBeGreaterThan(before);
});
