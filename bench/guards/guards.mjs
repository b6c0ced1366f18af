// Guards in front of a route, each compared with the same route without one.
import { median, medianAndSpread } from '../rounds.mjs';
import { checkHost } from './check-host.mjs';
import { Child, pin } from './children.mjs';
import { contenders } from './contenders.mjs';
import { AUDIENCE, makeKeys, startIssuer } from './tokens.mjs';

export const TRAFFIC = ['one', 'thousand', 'new'];

/**
 * @param firstly milliseconds for which every host is warmed up with each algorithm
 * @param fresh how many tokens are signed of which no host is shown any twice, as far as they go
 * @returns one entry for each contender, algorithm and traffic
 */
export async function measureGuards(workshop, { algorithms, rounds, milliseconds, firstly, fresh }) {
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
      // New tokens, or whoever remembers them would meet its verification cold when they are measured.
      for (const host of able) await slice(load, host, { traffic: 'new', milliseconds: firstly });
      for (const traffic of TRAFFIC) {
        console.log(`  ${algorithm}: ${traffic === 'thousand' ? '1,000 tokens' : `${traffic} token`}`);
        const slices = await takeTurns(load, able, { traffic, rounds, milliseconds });
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
async function takeTurns(load, hosts, { traffic, rounds, milliseconds }) {
  const slices = Object.fromEntries(hosts.map(({ contender }) => [contender.name, []]));
  for (const host of hosts) await slice(load, host, { traffic, milliseconds: milliseconds / 4 });
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < hosts.length; turn++) {
      const host = hosts[(turn + round) % hosts.length];
      slices[host.contender.name].push(await slice(load, host, { traffic, milliseconds }));
    }
  }
  return slices;
}

async function slice(load, { contender, child, port }, settings) {
  await load.ask({ verb: 'open', port });
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
  const usual = (what) => median(own.map(what));
  return {
    ...medianAndSpread(ratios, 'ratio'),
    rate: usual(({ rate }) => rate),
    p50: usual(({ p50 }) => p50),
    p99: usual(({ p99 }) => p99),
    cpu: usual(({ cpu }) => cpu),
    ofCpu: medianAndSpread(cpuRatios, 'ratio'),
    memory: usual(({ memory }) => memory),
    delay: usual(({ delay }) => delay),
    busy: usual(({ busy }) => busy),
    client: usual(({ client }) => client),
    passes: Math.max(...own.map(({ passes }) => passes)),
  };
}
