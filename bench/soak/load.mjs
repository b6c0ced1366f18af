// Users: each logs in, asks for things at whichever process, refreshes, and at last logs out or goes away.
import { quantile } from '../rounds.mjs';
import { logIn, logOut, refresh, verify } from './client.mjs';

const USERS = 32;
const REFRESHES = 4;
const REQUESTS_A_TOKEN = 15;
/** Milliseconds between two requests of one user, on average. */
const PAUSE = 20;
/** Of the answers that were not expected, so many are told. */
const MOST_TOLD = 5;

const { origins } = JSON.parse(process.argv[2]);
let times = {};
let errors = [];
let over = false;

const anyone = () => origins[Math.floor(Math.random() * origins.length)];
const pause = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 2 * PAUSE));

async function timed(verb, operation) {
  await pause();
  const begin = performance.now();
  const answer = await operation();
  (times[verb] ??= []).push(performance.now() - begin);
  return answer;
}

async function visit() {
  let session = await timed('log-in', () => logIn(anyone()));
  for (let count = 0; count < REFRESHES && !over; count++) {
    for (let asked = 0; asked < REQUESTS_A_TOKEN; asked++) await timed('verify', () => verify(anyone(), session));
    session = await timed('refresh', () => refresh(anyone(), session));
  }
  if (Math.random() < 0.5) return;
  const origin = anyone();
  await timed('log-out', () => logOut(origin, session));
  const refused = await refresh(anyone(), session).then(
    () => false,
    () => true,
  );
  if (!refused) throw new Error('A session was refreshed after its log-out.');
}

async function user() {
  while (!over) await visit().catch((error) => errors.push(error.message));
}

function report() {
  const told = Object.fromEntries(
    Object.entries(times).map(([verb, list]) => [
      verb,
      { count: list.length, p50: quantile(list, 0.5), p99: quantile(list, 0.99) },
    ]),
  );
  const answer = { verbs: told, errors: errors.length, first: errors.slice(0, MOST_TOLD) };
  times = {};
  errors = [];
  return answer;
}

const users = Promise.all(Array.from({ length: USERS }, user));
process.on('message', async (verb) => {
  if (verb === 'end') {
    over = true;
    await users;
  }
  process.send(report());
});
process.on('disconnect', () => process.exit());
process.send({});
