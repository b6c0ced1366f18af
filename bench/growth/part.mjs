// What costs grow with. Everything but the number of routes at start is to stay as it is.
import { Child } from '../guards/children.mjs';
import { number, table } from '../report.mjs';

const TOLD = {
  routes: 'the guard, a known token, by routes of the application',
  requirements: 'the guard, a known token, by claims that the route requires',
  keys: "verifying, by keys in the issuer's set",
  issuers: "verifying a peer's token, by trusted issuers",
  logins: 'a whole log-in in broker mode, by log-ins at once',
};

export async function measureGrowth(workshop, { quick }) {
  const settings = quick ? { rounds: 3, milliseconds: 50 } : { rounds: 11, milliseconds: 250 };
  const worker = await Child.start(workshop.file('growth/worker.mjs'), settings);
  await worker.end();
  const { starts, ...measured } = worker.hello;
  const rows = Object.entries(measured).flatMap(([name, sizes]) =>
    Object.entries(sizes).map(([size, { cost, times }]) => [
      `${TOLD[name]}: ${Number(size).toLocaleString('en')}`,
      `${number(cost)} µs`,
      `${times.toFixed(1)} x`,
    ]),
  );
  const boots = Object.entries(starts).map(([size, { bare, guarded }]) => [
    Number(size).toLocaleString('en'),
    `${number(bare)} ms`,
    `${number(guarded)} ms`,
  ]);
  return {
    markdown: [
      table(['growth', 'one operation', 'of the smallest'], rows),
      table(['routes of an application that starts', 'unprotected', 'protected'], boots),
    ].join('\n\n'),
    figures: Object.entries(measured).flatMap(([name, sizes]) =>
      Object.entries(sizes)
        .slice(1)
        .map(([size, { times, spread }]) => ({
          name: `${TOLD[name]}: ${size}, of the smallest`,
          value: times,
          spread,
          better: 'less',
          ours: true,
          clock: true,
        })),
    ),
    details: worker.hello,
  };
}
