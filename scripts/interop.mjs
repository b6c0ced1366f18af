// `npm run test:interop`: the Python family and Keycloak, the real ones, beside this package. What the tests need is made in
// the cache folder first. Arguments are Jest's own, and only what the chosen tests need is made: npm run test:interop -- client
import { spawnSync } from 'node:child_process';
import { keycloakHome } from './interop/keycloak.mjs';
import { pythonEnvironments } from './interop/python.mjs';
import { ensureInstalled, root, run } from './run.mjs';

const jest = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
  '--config=jest.interop.config.js',
];

/** Which tests need what, by folder. A variable that is set already stands for an environment of the caller's own. */
const environments = [
  {
    needed: /test.interop.(client|peers)/,
    variables: ['INTEROP_PYTHON_2604', 'INTEROP_PYTHON_NEWEST'],
    make: pythonEnvironments,
  },
  {
    needed: /test.interop.keycloak/,
    variables: ['INTEROP_KEYCLOAK'],
    make: () => ({ INTEROP_KEYCLOAK: keycloakHome() }),
  },
];

ensureInstalled();
const chosen = process.argv.slice(2);
const made = makeFor(testsAmong(chosen));
if (made) run(process.execPath, [...jest, ...chosen], made);
else process.exitCode = 1;

/** Their paths, on standard output and nowhere else. */
function testsAmong(args) {
  const own = args.filter((arg) => !/^--(json|outputFile)\b/.test(arg));
  const { stdout } = spawnSync(process.execPath, [...jest, '--listTests', ...own], { cwd: root, encoding: 'utf8' });
  return stdout.trim();
}

/** All that is missing is said at once; then there is nothing to run. */
function makeFor(tests) {
  const wanted = environments.filter(
    ({ needed, variables }) =>
      // without a list: everything
      (tests === '' || needed.test(tests)) && !variables.every((name) => process.env[name]),
  );
  const complaints = [];
  const made = {};
  for (const { make } of wanted) {
    try {
      for (const [name, value] of Object.entries(make())) made[name] = process.env[name] || value;
    } catch (error) {
      complaints.push(error.message);
    }
  }
  for (const complaint of complaints) console.error(complaint);
  return complaints.length === 0 ? made : undefined;
}
