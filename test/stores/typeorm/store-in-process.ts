import { typeOrmStoreFromUrl } from '../../../lib/broker/typeorm/from-url.js';
import type { Call, Told } from './store-process.js';

/** Runs verbs on a store of its own, at the word of the process that started it, and ends with that process. */
const store = typeOrmStoreFromUrl(process.argv[2] ?? '');

process.on('message', ({ verb, parameters }: Call) => {
  const run = (store[verb] as (...given: unknown[]) => Promise<unknown>).bind(store);
  run(...parameters).then(
    (value) => process.send?.({ value } satisfies Told),
    (error: unknown) => process.send?.({ error: String(error) } satisfies Told),
  );
});
process.on('disconnect', () => process.exit());
