// Whole log-ins and refreshes, with a provider that answers at once, beside what they cannot do without: the statements and
// the signature.
import { randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { generateKeyPairSync } from 'node:crypto';
import { compare } from '../rounds.mjs';
import { number, ratio, table } from '../report.mjs';
import { brokerOn, loginGrant } from './broker.mjs';
import { sealed } from './engines.mjs';

const { MemoryBrokerStore } = await import('../../dist/broker/index.js');

const signOffThread = promisify(sign);
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const bytes = Buffer.from('x'.repeat(1_100));
const WIDTH = 16;

const newId = () => randomBytes(16).toString('base64url');

export async function measureFlows(engines, options) {
  const memory = {
    name: 'memory',
    store: new MemoryBrokerStore(),
    raw: { insert: async () => {}, read: async () => {}, rotate: async () => 1 },
  };
  const rows = [];
  for (const engine of [memory, ...engines]) {
    const broker = brokerOn(engine.store);
    await broker.start();
    const { name, raw } = engine;
    const login = await compare(
      {
        raw: async () => {
          await raw.insert(newId(), sealed);
          await signOffThread('sha256', bytes, privateKey);
        },
        ours: () => broker.issue(loginGrant(), 'code'),
      },
      { base: 'raw', width: WIDTH, ...options },
    );
    const lanes = await lanesOf(broker, raw);
    const refresh = await compare(
      {
        raw: async (lane) => {
          const { id, generation } = lanes.raw[lane];
          await raw.read(id);
          await raw.rotate(id, generation, sealed);
          lanes.raw[lane].generation += 1;
          await signOffThread('sha256', bytes, privateKey);
        },
        ours: async (lane) => {
          lanes.ours[lane] = (await broker.refresh(lanes.ours[lane])).refresh_token;
        },
      },
      { base: 'raw', width: WIDTH, ...options },
    );
    rows.push([name, number(login.ours.rate), ratio(login.ours), number(refresh.ours.rate), ratio(refresh.ours)]);
  }
  const head = [
    '16 at once, RS256',
    'log-in to token /s',
    'of one insert and one signature',
    'refresh /s',
    'of read, update and signature',
  ];
  return { markdown: table(head, rows) };
}

async function lanesOf(broker, raw) {
  const ours = [];
  const bare = [];
  for (let lane = 0; lane < WIDTH; lane++) {
    ours.push((await broker.issue(loginGrant(), 'code')).refresh_token);
    const id = newId();
    await raw.insert(id, sealed);
    bare.push({ id, generation: 1 });
  }
  return { ours, raw: bare };
}
