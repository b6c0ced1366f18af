// `npm test`: installs what is missing, then runs Jest. Arguments are Jest's own: npm test -- guards
import { ensureInstalled, run } from './run.mjs';

ensureInstalled();
run(process.execPath, [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
  ...process.argv.slice(2),
]);
