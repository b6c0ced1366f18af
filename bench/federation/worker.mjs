// What is measured in a process of its own, so that it finds nothing there that others left.
import { fileURLToPath } from 'node:url';
import { Child } from '../guards/children.mjs';

/**
 * @param file a file beside this one, which calls {@link answer}
 * @returns what it measured
 */
export async function measuredIn(file, input) {
  const worker = await Child.start(fileURLToPath(new URL(file, import.meta.url)), {}, { flags: ['--expose-gc'] });
  try {
    return await worker.ask(input);
  } finally {
    await worker.end();
  }
}

/** For the worker: its input has keys and tokens, and is too long for a command line. */
export function answer(measure) {
  process.once('message', async (input) => process.send(await measure(input)));
  process.on('disconnect', () => process.exit());
  process.send('ready');
}
