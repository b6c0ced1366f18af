import fc from 'fast-check';
import type { ProviderKind } from '../../support/broker-provider-tokens.js';

/** Numbers of processes, sessions and clients count round those that are there. */
export type Action =
  /** A user logs in at a process, and holds its refresh token from then on: a client. */
  | { do: 'log in'; process: number; user: number }
  /** A client presents the newest refresh token that it has. */
  | { do: 'refresh'; process: number; client: number }
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

export interface Scenario {
  provider: ProviderKind;
  processes: number;
  resend: boolean;
  /** Milliseconds that messages take, one after the other, round and round. */
  travel: readonly number[];
  steps: readonly Step[];
}

const number = fc.nat({ max: 5 });
/** Short, about as long as beats and leases, and longer than any patience. */
const lasts = fc.oneof(fc.nat({ max: 50 }), fc.nat({ max: 4_000 }), fc.integer({ min: 4_000, max: 20_000 }));

const ordinary: fc.MaybeWeightedArbitrary<Action>[] = [
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('log in' as const), process: number, user: fc.nat({ max: 1 }) }),
  },
  { weight: 14, arbitrary: fc.record({ do: fc.constant('refresh' as const), process: number, client: number }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('log out' as const), process: number, session: number }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('back-channel' as const),
      process: number,
      session: number,
      by: fc.constantFrom('sid' as const, 'sub' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('purge' as const), process: number }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('set clock' as const),
      process: number,
      ahead: fc.integer({ min: -7_200_000, max: 7_200_000 }),
    }),
  },
];

const unusual: fc.MaybeWeightedArbitrary<Action>[] = [
  { weight: 1, arbitrary: fc.record({ do: fc.constant('copy' as const), client: number }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('replay' as const),
      process: number,
      session: number,
      age: fc.integer({ min: 0, max: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('forge' as const),
      process: number,
      session: number,
      ahead: fc.nat({ max: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end at provider' as const), session: number }) },
];

const faults: fc.MaybeWeightedArbitrary<Action>[] = [
  { weight: 2, arbitrary: fc.record({ do: fc.constant('kill' as const), process: number, lost: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('stand still' as const), process: number, lasts }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cut off' as const), process: number, lasts }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('database away' as const), lasts }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('statement' as const),
      verb: fc.constantFrom(...VERBS),
      what: fc.constantFrom('fails' as const, 'answer lost' as const, 'late' as const, 'slow' as const),
      lasts,
      skip: fc.nat({ max: 1 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('request' as const),
      what: fc.constantFrom(
        'not now' as const,
        'objects' as const,
        'request lost' as const,
        'arrives later' as const,
        'answer lost' as const,
        'slow' as const,
      ),
      lasts,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('provider away' as const),
      what: fc.constantFrom('ready' as const, 'describe' as const, 'revoke' as const),
      lasts,
    }),
  },
];

/** A provider that takes its time is no fault. */
const slow: fc.MaybeWeightedArbitrary<Action> = {
  weight: 4,
  arbitrary: fc.record({ do: fc.constant('request' as const), what: fc.constant('slow' as const), lasts }),
};

function scenarioOf(...actions: fc.MaybeWeightedArbitrary<Action>[]): fc.Arbitrary<Scenario> {
  const after = fc.oneof(
    { weight: 2, arbitrary: fc.constant(0) },
    { weight: 4, arbitrary: fc.nat({ max: 40 }) },
    { weight: 3, arbitrary: fc.nat({ max: 3_000 }) },
    { weight: 2, arbitrary: fc.integer({ min: 3_000, max: 20_000 }) },
  );
  return fc.record({
    provider: fc.constantFrom(
      'strict' as const,
      'strict' as const,
      'rotate' as const,
      'grace' as const,
      'static' as const,
    ),
    processes: fc.integer({ min: 2, max: 3 }),
    resend: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    travel: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 12 }),
    steps: fc.array(fc.record({ after, action: fc.oneof(...actions) }), { maxLength: 40, size: 'max' }),
  });
}

/** Whatever may happen, in any order. */
export const anything = scenarioOf(...ordinary, ...unusual, ...faults);
/** Honest users, a slow provider, and nothing that fails. */
export const nothingFails = scenarioOf(...ordinary, slow);
