// Reading and rotating a session through our store, beside the same statement on the bare driver.
import { compare } from '../rounds.mjs';
import { number, ratio, table } from '../report.mjs';
import { idOf, sealed } from './engines.mjs';

const HOUR = 3_600_000;

/** Operations on sessions of their own for each contender and lane, since every rotation has to know the generation. */
export async function measureVerbs(engines, { rounds, milliseconds }) {
  const bars = [];
  const rows = [];
  for (const { name, store, raw, width } of engines) {
    const lanes = { ours: await lanesOf(name, 'o', raw, width), raw: await lanesOf(name, 'r', raw, width) };
    const get = await compare(
      { raw: (lane) => raw.read(lanes.raw[lane].id), ours: (lane) => store.read(lanes.ours[lane].id) },
      { base: 'raw', rounds, milliseconds, width },
    );
    const rotate = await compare(
      {
        raw: (lane) => hit(lanes.raw[lane], (id, generation) => raw.rotate(id, generation, sealed)),
        ours: (lane) =>
          hit(lanes.ours[lane], (id, generation) =>
            store.commit(id, generation, { sealed, lifetime: HOUR, handed: true }),
          ),
      },
      { base: 'raw', rounds, milliseconds, width },
    );
    rows.push([
      name,
      String(width),
      number(get.ours.rate),
      ratio(get.ours),
      number(rotate.ours.rate),
      ratio(rotate.ours),
    ]);
    bars.push(
      { label: `${name}: get`, value: get.ours.ratio },
      { label: `${name}: rotate`, value: rotate.ours.ratio, goal: 0.85 },
    );
  }
  const head = ['one statement', 'at once', 'get /s', 'get, of the driver', 'rotate /s', 'rotate, of the driver'];
  return { markdown: table(head, rows), bars };
}

async function lanesOf(engine, contender, raw, width) {
  const lanes = Array.from({ length: width }, (_, lane) => ({
    id: `${contender}${idOf(lane).slice(1)}`,
    generation: 1,
  }));
  for (const { id } of lanes) await raw.insert(id, sealed);
  return lanes;
}

async function hit(lane, rotate) {
  if (!(await rotate(lane.id, lane.generation))) throw new Error(`missed generation ${lane.generation} of ${lane.id}`);
  lane.generation += 1;
}
