import type { EndCondition, NextGeneration } from '../../../lib/broker/index.js';
import { generationOf } from '../../support/broker-call.js';
import type { Executed } from '../../support/broker-database.js';
import type { Presentation } from '../../support/broker-provider.js';
import type { Host } from '../../support/broker-time.js';
import { REFRESH } from '../../support/broker-world.js';
import { heldIn, type History, type Presented } from './history.js';

/** The replay window, twice the time that somebody waits whom others join, and the longest disturbance. */
const LONG_AGO = REFRESH.replayWindow + 2 * REFRESH.patience + 20_000;

/**
 * What holds in every history, whatever happened in it: the promises of the refresh protocol.
 *
 * An invariant tells what speaks against it.
 */
export const INVARIANTS: Readonly<Record<string, (history: History) => string[]>> = {
  'a generation has one successor, the same for everybody who gets one': (history) => [
    ...commits(history).flatMap(({ id, generation }, index, all) =>
      all.findIndex((one) => one.id === id && one.generation === generation) === index
        ? []
        : [`generation ${generation + 1} was written twice`],
    ),
    ...answered(history)
      .filter((presented) => !isSuccessor(history, presented))
      .map(({ call, generation }) => `${generation} was answered ${call.answer ?? ''}`),
  ],

  'nobody gets the tokens of another session': (history) =>
    answered(history).flatMap(({ call, login }) => {
      const { sid, sub } = claimsOf(call.tokens?.access_token ?? '');
      return sid === login?.id && sub === login?.user ? [] : [`${String(sub)} instead of ${login?.user ?? 'nobody'}`];
    }),

  'an ended session never comes back': (history) =>
    ends(history).flatMap(({ id, index, reason }) =>
      changes(history)
        .filter((change) => change.id === id && change.index > index)
        .map(({ verb }) => `${verb} after it was ${reason}`),
    ),

  'a request that began after the end gets nothing': (history) =>
    answered(history).flatMap(({ login, before, generation }) =>
      ends(history)
        .filter(({ id, index }) => id === login?.id && index < before)
        .map(({ reason }) => `generation ${generation} presented after it was ${reason}`),
    ),

  'what was used long ago is worth nothing': (history) =>
    answered(history)
      .filter(({ call, login, generation }) => call.at - firstHanded(history, login?.id, generation + 1) > LONG_AGO)
      .map(({ call, generation }) => `generation ${generation} presented at ${call.at}`),

  'nobody is refused while the session lives': (history) =>
    history.presented
      .filter(({ call, login }) => login && call.answer === '400 invalid_grant')
      .flatMap(({ call, login }) => {
        const ended = ends(history).some(({ id, at }) => id === login?.id && at <= (call.settled ?? 0));
        return ended ? [] : [`refused at ${call.settled ?? 0}`];
      }),

  'a session ends only for its reason': (history) =>
    ends(history)
      .filter((end) => !isJust(history, end))
      .map(({ reason, at }) => `${reason} at ${at}`),

  'the provider sees a refresh token once, unless there is an excuse': (history) =>
    history.world.provider.presentations.flatMap((later, index, all) =>
      all
        .slice(0, index)
        .filter((earlier) => isSame(history, earlier, later) && !isExcused(history, earlier, later))
        .map(
          (earlier) => `${later.token} at ${earlier.at} by ${earlier.host.name}, at ${later.at} by ${later.host.name}`,
        ),
    ),

  'an answer of the provider is not lost while its process lives': (history) => {
    const kept = new Set([...commits(history).map(({ held }) => held), ...history.world.provider.revoked]);
    return history.world.provider.presentations
      .filter(({ fate, given }) => fate === 'granted' && given !== undefined && !kept.has(given))
      .filter(({ host }) => !host.dead)
      .filter(
        (one) => !history.world.provider.presentations.some((other) => other !== one && other.token === one.token),
      )
      .map(({ given, at }) => `${given ?? ''} of ${at}`);
  },

  'nothing is revoked of a living session': (history) =>
    history.world.provider.revocations
      .filter(({ token, at }) => {
        const id = sessionOf(history, token);
        // a log-in that failed half way leaves a session that nobody has
        const isSomebodys = history.logins.some((login) => login.id === id);
        return isSomebodys && !ends(history).some((end) => end.id === id && end.at <= at);
      })
      .map(({ token, at }) => `${token} at ${at}`),

  'no refresh token of the provider lives that no row and no process knows': (history) => {
    const { provider } = history.scenario;
    if ((provider !== 'strict' && provider !== 'rotate') || isAny(history, 'kill')) return [];
    if (history.world.provider.presentations.some(({ fate }) => fate === 'lost')) return [];
    const held = inserts(history).map(({ id }) => latestHeld(history, id, history.quiet));
    return history.living.filter((token) => !held.includes(token)).map((token) => `${token} lives`);
  },

  'what ended sessions held is revoked in the end': (history) =>
    history.rows
      .filter(({ ended }) => ended !== '')
      .flatMap(({ id, sealed, ended }) => {
        const held = latestHeld(history, id);
        return [
          ...(sealed === '' ? [] : [`the ${ended} session still holds content`]),
          ...(held !== undefined && history.livingAfterPurge.includes(held) ? [`${held} lives, ${ended}`] : []),
        ];
      }),

  'the token of a living session lives, unless there is an excuse': (history) =>
    history.logins.flatMap(({ id }) => {
      if (ends(history).some((end) => end.id === id && end.at <= history.quiet)) return [];
      if (history.endedAtProvider.has(id) || hasExcuses(history, id)) return [];
      const held = latestHeld(history, id, history.quiet);
      return held !== undefined && history.living.includes(held) ? [] : [`${held ?? 'nothing'} is dead`];
    }),

  'nobody waits longer than patience lasts': (history) => [
    ...history.presented
      .filter(({ call }) => !call.host.dead && !stood(history, call.host, call.at))
      .filter(({ call }) => call.settled === undefined || call.settled - call.at > REFRESH.patience + 100)
      .map(({ call }) => `a refresh from ${call.at} to ${call.settled ?? Infinity}`),
    ...history.asked
      .filter(({ host, at, settled }) => !host.dead && settled === undefined && at <= history.quiet)
      .map(({ what, at }) => `${what} from ${at} to no end`),
    ...history.presented.filter(({ call }) => call.answer?.startsWith('broken')).map(({ call }) => call.answer ?? ''),
  ],

  'when all is quiet, nothing is left to happen, and a fresh refresh is answered': (history) => [
    ...(history.left === 0 ? [] : [`${history.left} timers are left`]),
    ...history.presented
      .filter(({ probe, call }) => probe && !/^generation|^400/.test(call.answer ?? ''))
      .map(({ call }) => `answered ${call.answer ?? 'nothing'}`),
  ],
};

/** What holds besides, where nothing fails and nobody is dishonest. */
export const WITHOUT_FAULTS: Readonly<Record<string, (history: History) => string[]>> = {
  'nobody is logged out': (history) =>
    ends(history)
      .filter(({ reason }) => reason !== 'revoked' && reason !== 'backchannel')
      .map(({ reason }) => reason),

  'nobody is refused who has not logged out': (history) =>
    history.presented
      .filter(
        ({ call, login }) => call.answer === '400 invalid_grant' && !ends(history).some(({ id }) => id === login?.id),
      )
      .map(({ generation }) => `generation ${generation}`),

  'nobody has to come again, unless the provider is slow': (history) =>
    history.disturbances.length > 0
      ? []
      : history.presented.filter(({ call }) => call.answer === '503').map(({ call }) => `503 at ${call.settled ?? 0}`),
};

/** What holds even then. */
export const DESPITE_LOST_WRITES = Object.fromEntries(
  Object.entries(INVARIANTS).filter(([invariant]) =>
    ['nobody gets the tokens', 'nobody waits longer', 'when all is quiet'].some((name) => invariant.startsWith(name)),
  ),
);

interface End {
  id: string;
  reason: string;
  only: EndCondition;
  host: Host;
  at: number;
  index: number;
}

interface Commit {
  id: string;
  generation: number;
  held: string | undefined;
  at: number;
}

const known = new WeakMap<History, Map<string, unknown>>();

/** Histories are looked at by many, and do not change. */
function once<T>(name: string, find: (history: History) => T): (history: History) => T {
  return (history) => {
    const found = known.get(history) ?? new Map<string, unknown>();
    known.set(history, found);
    if (!found.has(name)) found.set(name, find(history));
    return found.get(name) as T;
  };
}

const hits = once('hits', ({ world }): (Executed & { index: number; id: string })[] =>
  world.database.executed
    .map((one, index) => ({ ...one, index, id: one.args[0] as string }))
    .filter(({ result }) => result === true),
);

const changes = once('changes', (history) =>
  hits(history).filter(({ verb }) => verb === 'take' || verb === 'commit' || verb === 'stamp'),
);

const ends = once('ends', (history): End[] =>
  hits(history)
    .filter(({ verb }) => verb === 'end')
    .map(({ id, args, host, at, index }) => {
      const [, reason, only = {}] = args as [string, string, EndCondition?];
      return { id, reason, only, host, at, index };
    }),
);

const commits = once('commits', (history): Commit[] =>
  hits(history)
    .filter(({ verb }) => verb === 'commit')
    .map(({ id, args, at }) => {
      const [, generation, next] = args as [string, number, NextGeneration];
      return { id, generation, at, held: heldIn(id, generation + 1, next.sealed) };
    }),
);

const inserts = once('inserts', ({ world }) =>
  world.database.executed
    .filter(({ verb }) => verb === 'insert')
    .map(({ args, at }) => {
      const { id, sealed } = args[0] as { id: string; sealed: string };
      return { id, at, held: heldIn(id, 1, sealed) };
    }),
);

const answered = once('answered', (history): Presented[] =>
  history.presented.filter(({ call }) => call.tokens !== undefined),
);

/** What the row of a session holds, or held before it was emptied. */
function latestHeld(history: History, session: string, until = Infinity): string | undefined {
  const all = [...inserts(history), ...commits(history)].filter(({ id, at }) => id === session && at <= until);
  return all.at(-1)?.held;
}

function sessionOf(history: History, token: string): string | undefined {
  const [family] = token.split('/');
  return inserts(history).find(({ held }) => held?.split('/')[0] === family)?.id;
}

/** Whether two presentations are of one generation: a provider that never rotates sees its token again and again. */
function isSame(history: History, earlier: Presentation, later: Presentation): boolean {
  if (earlier.token !== later.token) return false;
  const id = sessionOf(history, later.token);
  return !commits(history).some((one) => one.id === id && one.at >= earlier.at && one.at <= later.at);
}

/** (a) a process died, stood still, or alone lost the database for longer than the lease; (b) the answer was lost. */
function isExcused(history: History, earlier: Presentation, later: Presentation): boolean {
  if (earlier.fate === 'not now' || earlier.fate === 'objects' || earlier.fate === 'lost') return true;
  const { beat } = history.scenario;
  // beats that nobody has seen, after which a holder counts as dead
  const lease = 5 * beat;
  const [from, to] = [earlier.at - lease, later.at];
  return [earlier.host, later.host].some(
    (host) =>
      history.disturbances.some(
        (one) =>
          one.host === host && (one.kind === 'kill' || one.kind === 'stand still') && one.from <= to && one.to >= from,
      ) || silence(history, host, from, to) >= lease - 1.5 * beat,
  );
}

/** For how long at most a process could not make itself heard, by itself. */
function silence({ disturbances }: History, host: Host, from: number, to: number): number {
  return disturbances
    .filter((one) => (one.kind === 'cut off' && one.host === host) || one.kind === 'statement')
    .map((one) => Math.min(one.to, to) - Math.max(one.from, from))
    .filter((length) => length > 0)
    .reduce((sum, length) => sum + length, 0);
}

function isAny({ disturbances }: History, ...kinds: string[]): boolean {
  return disturbances.some(({ kind }) => kinds.includes(kind));
}

function hasExcuses(history: History, id: string): boolean {
  const { presentations } = history.world.provider;
  return (
    isAny(history, 'kill', 'stand still') ||
    presentations.some(({ token, fate }, index) => {
      if (sessionOf(history, token) !== id) return false;
      const again = presentations.some((other, place) => place > index && other.token === token);
      return fate === 'lost' || (again && fate !== 'not now' && fate !== 'objects');
    })
  );
}

function stood({ disturbances }: History, host: Host, at: number): boolean {
  return disturbances.some((one) => one.kind === 'stand still' && one.host === host && one.to >= at);
}

function isJust(history: History, { id, reason, only, host, at }: End): boolean {
  const { presentations } = history.world.provider;
  const of = presentations.filter(({ token }) => sessionOf(history, token) === id);
  switch (reason) {
    case 'revoked':
      return history.asked.some(({ what }) => what === 'log out');
    case 'backchannel':
      return history.asked.some(({ what }) => what === 'back-channel');
    case 'future':
      return history.presented.some(({ login, generation }) => login?.id === id && generation > (only.generation ?? 0));
    case 'reuse':
      return isReuse(history, id, host, at) || isAny(history, 'kill', 'stand still');
    case 'refused':
      return of.some((one) => one.host === host && one.fate === 'refused' && isRefusalJust(history, id, of));
    case 'lost':
      return !history.scenario.resend && (of.some(({ fate }) => fate === 'lost') || history.disturbances.length > 0);
    default:
      return false;
  }
}

/** The next generation, or a later one where the next was overtaken while its caller, or whoever it joined, waited. */
function isSuccessor(history: History, presented: Presented): boolean {
  const { call, login, generation } = presented;
  const got = generationOf(call.successor);
  if (call.successor.split('.')[0] !== login?.id) return false;
  if (got <= generation + 1) return got === generation + 1;
  return history.presented
    .filter((one) => one.login === login && one.generation === generation && one.call.host === call.host)
    .filter((one) => one.call.at <= call.at)
    .some((one) => generationAtFirstLook(history, one.login?.id, one) <= generation + 1);
}

/** When somebody first got a generation of a session. */
function firstHanded(history: History, id: string | undefined, generation: number): number {
  const times = answered(history)
    .filter(({ login, call }) => login?.id === id && generationOf(call.successor) === generation)
    .map(({ call }) => call.settled ?? Infinity);
  return Math.min(...times, Infinity);
}

/**
 * The generation that a session had when its row was first looked at for a caller. What happened between that and the moment
 * when the token was presented nobody can know: who is overtaken twice by then counts as a thief.
 */
function generationAtFirstLook(history: History, id: string | undefined, { call, before }: Presented): number {
  const reads = history.world.database.executed
    .map(({ verb, host, args, sent }, index) => ({
      isOurs: verb === 'read' && host === call.host && args[0] === id,
      sent,
      index,
    }))
    .filter(({ isOurs, index }) => isOurs && index >= before);
  // whoever joins a refresh is not looked at before the next look
  const own = reads.filter(({ sent }) => sent === call.at);
  const look = (own.at(-1) ?? reads[0])?.index ?? before;
  return 1 + hits(history).filter((one) => one.verb === 'commit' && one.id === id && one.index < look).length;
}

/** Somebody presented what had been used long ago: its successor had reached somebody, or its successor's successor was there. */
function isReuse(history: History, id: string, host: Host, ended: number): boolean {
  return history.presented
    .filter(({ login, call }) => login?.id === id && call.host === host && call.at <= ended)
    .some((presented) => {
      const { generation, call } = presented;
      const found = generationAtFirstLook(history, id, presented);
      const age = call.at - firstHanded(history, id, found);
      return generation < found - 1 || (generation === found - 1 && age > REFRESH.replayWindow);
    });
}

/** A provider refuses what it has seen before, what was revoked, and what it ended itself. */
function isRefusalJust(history: History, id: string, of: readonly Presentation[]): boolean {
  const seenTwice = of.some(({ token }, index) => of.some((other, place) => place < index && other.token === token));
  return seenTwice || history.endedAtProvider.has(id);
}

function claimsOf(accessToken: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
}
