import { chart, compared, number, ratio, table } from '../report.mjs';
import { contenders, isGuarded } from './contenders.mjs';
import { TRAFFIC } from './guards.mjs';

const HEADS = { one: 'one token', thousand: '1,000 tokens', new: 'always new tokens' };
const algorithmsOf = (measured) => [...new Set(measured.map(({ algorithm }) => algorithm))];
const named = ({ platform, label }) => `${platform}: ${label}`;

export function reportGuards(measured) {
  const sections = algorithmsOf(measured).map((algorithm) => `#### ${algorithm}\n\n${ratios(measured, algorithm)}`);
  return {
    markdown: [...sections, `#### What a request costs, RS256\n\n${costs(measured)}`, bottleneck(measured)].join(
      '\n\n',
    ),
    title: 'Guards, as ratios to the unprotected route',
    chart: chart('Guards, of the unprotected route (RS256)', bars(measured), {
      legend: 'of the unprotected route = 1 (dashed); red: the goal',
      left: 450,
    }),
    figures: measured
      .filter(({ contender }) => isGuarded(contender))
      .flatMap(({ contender, algorithm, traffic, ...one }) => {
        const name = `${named(contender)}, ${algorithm}, ${HEADS[traffic]}`;
        return compared(name, 'the unprotected route', one, one.ofCpu, contender.host.guard === 'ours');
      }),
    versioned: true,
    details: measured.map(({ contender, ...rest }) => ({ contender: contender.name, ...rest })),
  };
}

function ratios(measured, algorithm) {
  const rows = contenders
    .filter(({ name, base }) => name !== base)
    .map((contender) => {
      const cells = TRAFFIC.map((traffic) => {
        const found = measured.find(
          (one) => one.contender === contender && one.algorithm === algorithm && one.traffic === traffic,
        );
        return found ? ratio(found) : 'cannot';
      });
      return [named(contender), ...cells];
    });
  return table(['of the unprotected route', ...TRAFFIC.map((traffic) => HEADS[traffic])], rows);
}

function costs(measured) {
  const rows = measured
    .filter(({ algorithm, traffic }) => algorithm === 'RS256' && traffic !== 'thousand')
    .map(({ contender, traffic, ...one }) => [
      `${named(contender)}, ${HEADS[traffic]}`,
      number(one.rate),
      `${number(one.p50)} ms`,
      `${number(one.p99)} ms`,
      `${number(one.cpu)} µs (${one.ofCpu.ratio.toFixed(2)})`,
      `${number(one.memory / 2 ** 20)} MiB`,
      `${number(one.delay)} ms`,
    ]);
  const head = [
    '64 connections',
    'requests /s',
    'p50',
    'p99',
    'CPU a request (of it, the unprotected one)',
    'memory',
    'event-loop delay, p99',
  ];
  return table(head, rows);
}

function bottleneck(measured) {
  const percent = (value) => `${Math.round(value * 100)} %`;
  const client = Math.max(...measured.map((one) => one.client));
  const busy = Math.min(...measured.map((one) => one.busy));
  const passes = Math.max(
    ...measured.filter(({ contender, traffic }) => traffic === 'new' && isGuarded(contender)).map((one) => one.passes),
  );
  const told = `The load's process was never busier than ${percent(client)} of its core (median of a contender's slices)`;
  return [
    client < 0.8
      ? `${told}: it is the hosts that are measured.`
      : `${told}: the load was too slow, or the machine was not quiet, and the figures say little.`,
    `The event loop of the host under load was busy for at least ${percent(busy)} of the time; for the rest it waited for ` +
      'signatures that are checked off it.',
    passes > 1
      ? `The pool of new tokens went round ${passes.toFixed(1)} times for the fastest guard.`
      : 'No guard was shown a new token twice.',
  ].join(' ');
}

function bars(measured) {
  return measured
    .filter(({ contender, algorithm, traffic }) => {
      return algorithm === 'RS256' && traffic !== 'thousand' && contender.name !== contender.base;
    })
    .map(({ contender, traffic, ratio: value }) => ({
      label: `${named(contender).replaceAll('`', '')}, ${traffic === 'one' ? 'one' : 'new'}`,
      value,
      goal: contender.goals[traffic],
      strong: contender.host.guard === 'ours',
    }));
}
