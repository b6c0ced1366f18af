import { compare } from '../rounds.mjs';

/**
 * @param operations size → operation; sizes take turns
 * @returns size → the microseconds that an operation takes, and how many times those of the smallest size that is
 */
export async function costBySize(operations, { rounds, milliseconds, width }) {
  const [base] = Object.keys(operations);
  const measured = await compare(operations, { base, rounds, milliseconds, width });
  return Object.fromEntries(
    Object.entries(measured).map(([size, { rate, ratio, spread }]) => [
      size,
      { cost: 1e6 / rate, times: 1 / ratio, spread: spread / ratio ** 2 },
    ]),
  );
}
