import fc from 'fast-check';
import type { ProviderKind } from '../../support/broker-provider-tokens.js';

/** Numbers of processes, sessions and clients count round those that are there. */
export type Action =
  /** A user logs in at a process, and holds its refresh token from then on: a client. */
  | { do: 'log in'; process: number; user: number }
  /** A client presents the newest refresh token that it has. */
  | { do: 'refresh'; process: number; client: number }
  /** It presents it to every process at the same moment. */
  | { do: 'rush'; client: number }
  /** A client is copied with the token that it has: a second tab. */
  | { do: 'copy'; client: number }
  /** Somebody presents a token of a session that is so many generations old. */
  | { do: 'replay'; process: number; session: number; age: number }
  /** Somebody presents a token of a generation that was never reached, or no token of ours. */
  | { do: 'forge'; process: number; session: number; ahead: number }
  | { do: 'log out'; process: number; session: number }
  | { do: 'back-channel'; process: number; session: number; by: 'sid' | 'sub' }
  | { do: 'purge'; process: number }
  /** An administrator of the provider ends the log-in there. */
  | { do: 'end at provider'; session: number }
  /** A process' wall clock is set. */
  | { do: 'set clock'; process: number; ahead: number }
  | Fault;

export type Fault =
  | { do: 'kill'; process: number; lost: boolean }
  | { do: 'stand still'; process: number; lasts: number }
  | { do: 'cut off'; process: number; lasts: number }
  | { do: 'database away'; lasts: number }
  /** The database fails over to a copy that lacks the latest writes. */
  | { do: 'fail over'; lacks: number }
  | { do: 'statement'; verb: Verb; what: 'fails' | 'answer lost' | 'late' | 'slow'; lasts: number; skip: number }
  | {
      do: 'request';
      what: 'not now' | 'objects' | 'request lost' | 'arrives later' | 'answer lost' | 'slow';
      lasts: number;
    }
  | { do: 'provider away'; what: 'ready' | 'describe' | 'revoke'; lasts: number };

const VERBS = [
  'read',
  'take',
  'beat',
  'commit',
  'stamp',
  'release',
  'end',
  'insert',
  'noted',
  'note',
  'empty',
] as const;
type Verb = (typeof VERBS)[number];

export interface Step {
  /** Milliseconds that pass before. */
  after: number;
  action: Action;
}

/** It begins with a user who logs in. */
export interface Scenario {
  provider: ProviderKind;
  processes: number;
  resend: boolean;
  /** In milliseconds. */
  beat: number;
  /** Milliseconds that messages take, one after the other, round and round. */
  travel: readonly number[];
  steps: readonly Step[];
}

const number = fc.nat({ max: 5 });
/** Short, about as long as beats and leases, and longer than any patience. */
const lasts = fc.oneof(fc.nat({ max: 50 }), fc.nat({ max: 4_000 }), fc.integer({ min: 4_000, max: 20_000 }));

type Weighted = fc.WeightedArbitrary<Action>;

/** An action that comes so often, in comparison to others, with these particulars. */
function often<A extends Action>(weight: number, particulars: { [Name in keyof A]: fc.Arbitrary<A[Name]> }): Weighted {
  // the record has what the action has
  return { weight, arbitrary: fc.record(particulars) as unknown as fc.Arbitrary<Action> };
}

const ordinary: Weighted[] = [
  often(24, { do: fc.constant('refresh'), process: number, client: number }),
  often(8, { do: fc.constant('rush'), client: number }),
  often(1, { do: fc.constant('log in'), process: number, user: fc.nat({ max: 1 }) }),
  often(1, { do: fc.constant('log out'), process: number, session: number }),
  often(1, { do: fc.constant('back-channel'), process: number, session: number, by: fc.constantFrom('sid', 'sub') }),
  often(1, { do: fc.constant('purge'), process: number }),
  often(1, { do: fc.constant('set clock'), process: number, ahead: fc.integer({ min: -7_200_000, max: 7_200_000 }) }),
  // a provider that takes its time is no fault
  often(8, { do: fc.constant('request'), what: fc.constant('slow'), lasts }),
];

const unusual: Weighted[] = [
  often(1, { do: fc.constant('copy'), client: number }),
  often(1, { do: fc.constant('replay'), process: number, session: number, age: fc.nat({ max: 3 }) }),
  often(1, { do: fc.constant('forge'), process: number, session: number, ahead: fc.nat({ max: 2 }) }),
  often(1, { do: fc.constant('end at provider'), session: number }),
];

const faults: Weighted[] = [
  often(1, { do: fc.constant('kill'), process: number, lost: fc.boolean() }),
  often(3, { do: fc.constant('stand still'), process: number, lasts }),
  often(3, { do: fc.constant('cut off'), process: number, lasts }),
  often(3, { do: fc.constant('database away'), lasts }),
  often(8, {
    do: fc.constant('statement'),
    verb: fc.constantFrom(...VERBS),
    what: fc.constantFrom('fails', 'answer lost', 'late', 'slow'),
    lasts,
    skip: fc.nat({ max: 1 }),
  }),
  often(3, {
    do: fc.constant('request'),
    what: fc.constantFrom('not now', 'not now', 'objects', 'request lost', 'arrives later', 'answer lost'),
    lasts,
  }),
  often(2, { do: fc.constant('provider away'), what: fc.constantFrom('ready', 'describe', 'revoke'), lasts }),
];

function scenarioOf(...actions: Weighted[]): fc.Arbitrary<Scenario> {
  const after = fc.oneof(
    { weight: 2, arbitrary: fc.constant(0) },
    { weight: 4, arbitrary: fc.nat({ max: 40 }) },
    { weight: 3, arbitrary: fc.nat({ max: 3_000 }) },
    { weight: 2, arbitrary: fc.integer({ min: 3_000, max: 20_000 }) },
  );
  return fc.record({
    provider: fc.constantFrom<ProviderKind[]>('strict', 'strict', 'rotate', 'grace', 'static'),
    processes: fc.integer({ min: 2, max: 3 }),
    beat: fc.constantFrom(2_000, 1_000, 500),
    resend: fc.constantFrom(true, true, true, false),
    travel: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 12 }),
    steps: fc.array(fc.record({ after, action: fc.oneof(...actions) }), { maxLength: 40, size: 'max' }),
  });
}

/** Whatever may happen, in any order. */
export const anything = scenarioOf(...ordinary, ...unusual, ...faults);
/** And the database loses what it had acknowledged. */
export const writesAreLost = scenarioOf(
  ...ordinary,
  ...unusual,
  ...faults,
  often(4, { do: fc.constant('fail over'), lacks: fc.nat({ max: 3_000 }) }),
);
/** Honest users, a slow provider, and nothing that fails. */
export const nothingFails = scenarioOf(...ordinary);
