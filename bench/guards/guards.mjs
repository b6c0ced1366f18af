// Guards in front of a route, each compared with the same route without one.
import { quantile } from '../rounds.mjs';
import { checkHost } from './check-host.mjs';
import { Child, pin } from './children.mjs';
import { contenders } from './contenders.mjs';
import { AUDIENCE, makeKeys, startIssuer } from './tokens.mjs';

/** Milliseconds. */
const WARM_UP = 600;

export const TRAFFIC = ['one', 'thousand', 'new'];

/**
 * @param fresh how many tokens are signed of which no host is shown any twice, as far as they go
 * @returns one entry for each contender, algorithm and traffic
 */
export async function measureGuards(workshop, { algorithms, rounds, milliseconds, fresh }) {
  const keys = makeKeys();
  const issuer = await startIssuer(keys);
  const children = [];
  const start = async (path, settings, options) => {
    const child = await Child.start(workshop.file(path, options), settings);
    children.push(child);
    return child;
  };
  try {
    const load = await start('guards/load/main.mjs');
    const hosts = await Promise.all(
      contenders.map(async (contender) => {
        const { issuer: iss, jwksUri } = issuer;
        const settings = {
          ...contender.host,
          issuer: iss,
          jwksUri,
          audience: AUDIENCE,
          algorithms: contender.algorithms,
        };
        const child = await start('guards/hosts/main.mjs', settings, contender);
        await checkHost(contender, child.hello.port, iss, keys);
        pin(child, 'hosts');
        return { contender, child, port: child.hello.port };
      }),
    );
    const measured = [];
    for (const algorithm of algorithms) {
      pin(load, 'anywhere');
      const { privateJwk } = keys[algorithm];
      console.log(`  ${algorithm}: signing ${fresh.toLocaleString('en')} tokens`);
      await load.ask({ verb: 'tokens', algorithm, privateJwk, issuer: issuer.issuer, fresh });
      pin(load, 'load');
      const able = hosts.filter(({ contender }) => contender.algorithms.includes(algorithm));
      for (const traffic of TRAFFIC) {
        console.log(`  ${algorithm}: ${traffic === 'thousand' ? '1,000 tokens' : `${traffic} token`}`);
        // At first a host meets code that it has never run.
        const warmUp = measured.length === 0 ? WARM_UP : milliseconds / 2;
        const slices = await takeTurns(load, able, { traffic, rounds, milliseconds, warmUp });
        for (const { contender } of able) {
          measured.push({ contender, algorithm, traffic, ...summary(slices, contender) });
        }
      }
    }
    return measured;
  } finally {
    for (const child of children) await child.end();
    issuer.close();
  }
}

/** @returns name → slices, one a round; the order rotates from round to round, and a slice that does not count comes first */
async function takeTurns(load, hosts, { traffic, rounds, milliseconds, warmUp }) {
  const slices = Object.fromEntries(hosts.map(({ contender }) => [contender.name, []]));
  for (const host of hosts) await slice(load, host, { traffic, milliseconds: warmUp });
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < hosts.length; turn++) {
      const host = hosts[(turn + round) % hosts.length];
      slices[host.contender.name].push(await slice(load, host, { traffic, milliseconds }));
    }
  }
  return slices;
}

async function slice(load, { contender, child, port }, settings) {
  await child.ask('begin');
  const sent = await load.ask({ verb: 'slice', port, ...settings });
  const host = await child.ask('end');
  if (sent.refused !== undefined) throw new Error(`${contender.name} refused a good token: ${sent.refused}`);
  return { ...sent, ...host, cpu: host.cpu / sent.requests };
}

function summary(slices, { name, base }) {
  const own = slices[name];
  const ratios = own.map(({ rate }, round) => rate / slices[base][round].rate);
  const cpuRatios = own.map(({ cpu }, round) => slices[base][round].cpu / cpu);
  const median = (what) => quantile(own.map(what), 0.5);
  return {
    ratio: quantile(ratios, 0.5),
    spread: (quantile(ratios, 0.75) - quantile(ratios, 0.25)) / 2,
    rate: median(({ rate }) => rate),
    p50: median(({ p50 }) => p50),
    p99: median(({ p99 }) => p99),
    cpu: median(({ cpu }) => cpu),
    cpuRatio: quantile(cpuRatios, 0.5),
    memory: median(({ memory }) => memory),
    delay: median(({ delay }) => delay),
    busy: median(({ busy }) => busy),
    client: median(({ client }) => client),
    passes: Math.max(...own.map(({ passes }) => passes)),
  };
}
