import { commitsAndStamps } from './commits.js';
import type { ContractCase } from './contract-case.js';
import { endings } from './endings.js';
import { leases } from './leases.js';
import { notes } from './notes.js';
import { peerKeys } from './peer-keys.js';
import { purge } from './purge.js';
import { racesOfKeys } from './races-of-keys.js';
import { racesOfPeers } from './races-of-peers.js';
import { racesOfSessions } from './races-of-sessions.js';
import { racesOfVerbs } from './races-of-verbs.js';
import { sessionKeys } from './session-keys.js';
import { sessions } from './sessions.js';
import { signingKeys } from './signing-keys.js';
import { texts } from './texts.js';
import { views } from './views.js';

export type { ConnectStore, ContractCase } from './contract-case.js';

/**
 * With these a `BrokerStore` proves what its port promises, under Jest, Vitest or `node:test`. Each case is given a function
 * that opens a further view of one and the same storage, and closes what it opened. The storage may hold something already;
 * nobody else may use it meanwhile, and the cases have to run one after another, because some of them sweep and count, and
 * some forget all peers.
 *
 * @example
 * ```ts
 * import { it } from 'node:test';
 * import type { BrokerStore } from 'nestjs-oidc-auth';
 * import { brokerStoreContract } from 'nestjs-oidc-auth/testing';
 *
 * export function proveStore(connect: () => Promise<BrokerStore>): void {
 *   for (const { name, run } of brokerStoreContract) it(name, () => run(connect));
 * }
 * ```
 */
export const brokerStoreContract: readonly ContractCase[] = [
  ...sessions,
  ...sessionKeys,
  ...leases,
  ...commitsAndStamps,
  ...endings,
  ...purge,
  ...notes,
  ...signingKeys,
  ...peerKeys,
  ...texts,
  ...views,
  ...racesOfSessions,
  ...racesOfVerbs,
  ...racesOfKeys,
  ...racesOfPeers,
];
