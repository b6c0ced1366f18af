// Contenders take turns in rounds whose order rotates, so that a machine that wobbles wobbles for all of them.

/** Runs `operation` from `width` lanes at once for about `milliseconds`; operations per second. */
async function slice(operation, width, milliseconds) {
  const begin = performance.now();
  const end = begin + milliseconds;
  let count = 0;
  const lane = async (number) => {
    while (performance.now() < end) {
      await operation(number);
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: width }, (_, number) => lane(number)));
  return (count * 1000) / (performance.now() - begin);
}

/**
 * @param contenders name → operation, which is given the number of its lane
 * @returns name → { rate, ratio, spread }: the median of operations per second, of the ratio to `base` within a round, and
 *   half the distance between the ratio's quartiles
 */
export async function compare(contenders, { base, rounds, milliseconds, width = 1 }) {
  const names = Object.keys(contenders);
  const rates = Object.fromEntries(names.map((name) => [name, []]));
  for (const name of names) await slice(contenders[name], width, milliseconds / 4);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + round) % names.length];
      rates[name].push(await slice(contenders[name], width, milliseconds));
    }
  }
  return Object.fromEntries(
    names.map((name) => {
      const ratios = rates[name].map((rate, round) => rate / rates[base][round]);
      return [
        name,
        {
          rate: quantile(rates[name], 0.5),
          ratio: quantile(ratios, 0.5),
          spread: (quantile(ratios, 0.75) - quantile(ratios, 0.25)) / 2,
        },
      ];
    }),
  );
}

export function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const low = sorted[Math.floor(at)];
  return low + (sorted[Math.ceil(at)] - low) * (at % 1);
}
