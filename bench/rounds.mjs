// Contenders take turns in rounds whose order rotates, so that a machine that wobbles wobbles for all of them.

/**
 * Runs `operation` from `width` lanes at once for about `milliseconds`.
 *
 * @returns operations per second, microseconds of CPU an operation, and the part of the time in which the event loop was busy
 */
async function slice(operation, width, milliseconds) {
  const loop = performance.eventLoopUtilization();
  const used = process.cpuUsage();
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
  const taken = performance.now() - begin;
  const { user, system } = process.cpuUsage(used);
  return {
    rate: (count * 1000) / taken,
    cpu: (user + system) / count,
    busy: performance.eventLoopUtilization(loop).utilization,
  };
}

/**
 * @param contenders name → operation, which is given the number of its lane
 * @returns name → { rate, ratio, spread, busy, cpu }: the median of operations per second, of the ratio to `base` within a
 *   round, half the distance between the ratio's quartiles, the median of how busy the event loop was, from 0 to 1, and the
 *   ratio by CPU time, which a machine that does something else disturbs less
 */
export async function compare(contenders, { base, rounds, milliseconds, width = 1 }) {
  const names = Object.keys(contenders);
  const slices = Object.fromEntries(names.map((name) => [name, []]));
  for (const name of names) await slice(contenders[name], width, milliseconds / 4);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + round) % names.length];
      slices[name].push(await slice(contenders[name], width, milliseconds));
    }
  }
  return Object.fromEntries(
    names.map((name) => {
      const ratios = slices[name].map(({ rate }, round) => rate / slices[base][round].rate);
      const ofCpu = slices[name].map(({ cpu }, round) => slices[base][round].cpu / cpu);
      return [
        name,
        {
          rate: median(slices[name].map(({ rate }) => rate)),
          ...medianAndSpread(ratios, 'ratio'),
          busy: median(slices[name].map(({ busy }) => busy)),
          cpu: medianAndSpread(ofCpu, 'ratio'),
        },
      ];
    }),
  );
}

export const median = (values) => quantile(values, 0.5);

/** @returns the median by the given name, and half the distance between the quartiles as `spread` */
export function medianAndSpread(values, name = 'value') {
  return { [name]: median(values), spread: (quantile(values, 0.75) - quantile(values, 0.25)) / 2 };
}

export function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const low = sorted[Math.floor(at)];
  return low + (sorted[Math.ceil(at)] - low) * (at % 1);
}
