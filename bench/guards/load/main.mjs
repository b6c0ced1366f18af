// The load: a process of its own, with the tokens and the connections.
import { minter } from '../tokens.mjs';
import { quantile } from '../../rounds.mjs';
import { Connection } from './connection.mjs';

const CONNECTIONS = 64;
/** How many signatures are under way at once. */
const LANES = 16;

/** By traffic: the requests, as bytes. */
let requests;
/** By host and traffic: how many requests it had of them, so that a new token is not sent to it twice. */
let sent;
let connections;

const verbs = {
  /** @param fresh how many tokens there are that no host has seen */
  async tokens({ algorithm, privateJwk, issuer, fresh }) {
    const mint = minter(algorithm, privateJwk, issuer);
    const many = [];
    const lane = async () => {
      while (many.length < fresh + 1_001) many.push(requestOf(await mint()));
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    requests = { one: many.slice(0, 1), thousand: many.slice(1, 1_001), new: many.slice(1_001) };
    sent = {};
    return {};
  },

  /** Connections of a slice's own: servers close idle ones, each after another time. */
  async open({ port }) {
    connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(port)));
    return {};
  },

  async slice({ port, traffic, milliseconds }) {
    const begun = process.cpuUsage();
    const measured = await slice(requests[traffic], `${port} ${traffic}`, milliseconds);
    const { user, system } = process.cpuUsage(begun);
    for (const connection of connections) connection.close();
    return { ...measured, client: (user + system) / 1000 / measured.milliseconds };
  },
};

function requestOf(token) {
  return Buffer.from(`GET /me HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n\r\n`, 'latin1');
}

/** Every connection sends its next request as soon as it is answered, until the time is over. */
function slice(pool, cursor, milliseconds) {
  const times = [];
  let refused;
  let at = sent[cursor] ?? 0;
  const begin = performance.now();
  const end = begin + milliseconds;
  return new Promise((resolve) => {
    let idle = 0;
    const next = (connection) => {
      const request = pool[at++ % pool.length];
      const from = performance.now();
      connection.send(request, (status, text) => {
        const now = performance.now();
        times.push(now - from);
        if (status !== 200) refused ??= text;
        if (now < end && refused === undefined) next(connection);
        else if (++idle === connections.length) {
          sent[cursor] = at;
          const taken = performance.now() - begin;
          resolve({
            refused,
            milliseconds: taken,
            requests: times.length,
            rate: (times.length * 1000) / taken,
            p50: quantile(times, 0.5),
            p99: quantile(times, 0.99),
            passes: at / pool.length,
          });
        }
      });
    };
    connections.forEach(next);
  });
}

process.on('message', async ({ verb, ...settings }) => process.send(await verbs[verb](settings)));
process.on('disconnect', () => process.exit());
process.send('ready');
