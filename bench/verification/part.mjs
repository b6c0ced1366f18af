// What a complete verification costs beside the bare signature check.
import { Child } from '../guards/children.mjs';
import { chart, compared, number, ratio, table } from '../report.mjs';

const GOALS = { RS256: 0.72, ES256: 0.89, EdDSA: 0.95 };
const MANY = 1.4;
const NAMES = {
  rawOffThread: '`crypto.verify` with callback',
  ours: 'nestjs-oidc-auth',
  jose: 'jose',
  fastJwt: 'fast-jwt',
};

export async function measureVerification(workshop, { quick }) {
  const settings = quick ? { rounds: 3, milliseconds: 60 } : { rounds: 11, milliseconds: 300 };
  const worker = await Child.start(workshop.file('verification/worker.mjs'), settings);
  await worker.end();
  return report(worker.hello);
}

function report(measured) {
  const algorithms = Object.entries(measured);
  const rows = algorithms.map(([algorithm, { alone, many }]) => [
    algorithm,
    number(alone.raw.rate),
    ...['ours', 'jose', 'fastJwt'].map((name) => ratio(alone[name])),
    ...['rawOffThread', 'ours', 'jose', 'fastJwt'].map((name) => `${ratio(many[name])}, ${busy(many[name])}`),
  ]);
  const head = [
    'of `crypto.verify` on one thread',
    '`crypto.verify` /s',
    ...['ours', 'jose', 'fastJwt'].map((name) => `${NAMES[name]}, one after another`),
    ...['rawOffThread', 'ours', 'jose', 'fastJwt'].map((name) => `${NAMES[name]}, 64 at once, loop busy`),
  ];
  const figures = algorithms.flatMap(([algorithm, { alone, many }]) =>
    ['ours', 'jose', 'fastJwt'].flatMap((name) => {
      const told = `${NAMES[name]}, ${algorithm}`;
      return [
        ...compared(`${told}, one after another`, 'crypto.verify', alone[name], alone[name].cpu, name === 'ours'),
        ...compared(`${told}, 64 at once`, 'crypto.verify', many[name], many[name].cpu, name === 'ours'),
      ];
    }),
  );
  const bars = algorithms.flatMap(([algorithm, { alone, many }]) => [
    { label: `${algorithm}: nestjs-oidc-auth`, value: alone.ours.ratio, goal: GOALS[algorithm], strong: true },
    { label: `${algorithm}: fast-jwt`, value: alone.fastJwt.ratio },
    { label: `${algorithm}: jose`, value: alone.jose.ratio },
    { label: `${algorithm}: nestjs-oidc-auth, 64 at once`, value: many.ours.ratio, goal: MANY, strong: true },
    { label: `${algorithm}: jose, 64 at once`, value: many.jose.ratio },
  ]);
  return {
    markdown: table(head, rows),
    title: 'Complete verification, as ratios to the bare signature check',
    chart: chart('Complete verification, of crypto.verify on one thread', bars, {
      legend: 'of the bare signature check = 1 (dashed); red: the goal',
    }),
    figures,
    details: measured,
  };
}

const busy = (one) => `${Math.round(one.busy * 100)} %`;
