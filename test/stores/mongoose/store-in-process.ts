import { mongooseStoreFromUrl } from '../../../lib/broker/mongoose/from-url.js';
import type { Call, Told } from './store-process.js';

/** Runs verbs on a store of its own, at the word of the process that started it, and ends with that process. */
const store = mongooseStoreFromUrl(process.argv[2] ?? '');

process.on('message', ({ verb, parameters }: Call) => {
  const run = (store[verb] as (...given: unknown[]) => Promise<unknown>).bind(store);
  run(...parameters).then(
    (value) => tell({ value }),
    (error: unknown) => tell({ error: error instanceof Error ? error.name : 'unknown' }),
  );
});
process.on('disconnect', () => process.exit());

function tell(told: Told): void {
  process.send?.(told);
}
