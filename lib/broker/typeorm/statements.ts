import { createHash } from 'node:crypto';
import { REMEMBERED, SETTLING, type EndCondition } from '../store.js';
import type { Dialect } from './dialect.js';
import type { Statement } from './sql.js';
import type { Tables } from './tables.js';

export type Statements = ReturnType<typeof statementsOf>;

/** What has to hold for `end`, in the order of the parameters. */
const END_CONDITIONS: Record<keyof EndCondition, string> = {
  generation: ' and generation = ?',
  lease: ' and lease = ?',
  handed: ' and handed_at is not null',
};

/**
 * The store's verbs in SQL. Parameters are in the order of the text. `cleared` is 1 as long as a session has ended and holds
 * nothing: it leads the index by which purge finds what is due, so that neither half of purge walks over the other's rows.
 */
export function statementsOf(dialect: Dialect, { sessions, notes, keys, peers }: Tables) {
  const { now, cutoff, touch } = dialect;
  const kept = new Map<string, Statement>();
  const statement = (text: string, lasting = false): Statement => {
    const known = kept.get(text);
    if (known) return known;
    const name = `oidc_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
    const made = { name, text: dialect.parameters(text), lasting };
    kept.set(text, made);
    return made;
  };
  const update = (changes: string, condition: string, lasting = false) =>
    statement(`update ${sessions} set ${changes}${touch} where ${condition}`, lasting);
  const lasting = true;
  const columns = 'generation, lease, beat, ended, ended_at, handed_at, due_at, sealed';
  const handedAt = `handed_at = case when ? = 1 then ${now} end`;
  return {
    insert: statement(
      `insert into ${sessions} (id, generation, lease, beat, ended, due_at, cleared, sid_key, sub_key, sealed) ` +
        `values (?, 1, '', 0, '', ${now} + ?, 0, ?, ?, ?)`,
      lasting,
    ),
    read: statement(`select ${columns}, ${now} as read_at from ${sessions} where id = ?`),
    lives: statement(`select 1 as hit from ${sessions} where id = ? and ended = '' and due_at > ${now}`),
    idsOf: (column: 'sid_key' | 'sub_key', limit: number) =>
      statement(`select id from ${sessions} where ${column} = ? and ended = '' limit ${whole(limit)}`),
    take: update('lease = ?, beat = beat + 1', `id = ? and generation = ? and ended = '' and lease = ? and beat = ?`),
    beat: update('beat = beat + 1', 'id = ? and lease = ?'),
    commit: update(
      `generation = generation + 1, sealed = ?, due_at = ${now} + ?, lease = '', ${handedAt}`,
      `id = ? and generation = ? and ended = ''`,
      lasting,
    ),
    stamp: update(handedAt, `id = ? and generation = ? and ended = ''`),
    release: update(`lease = ''`, 'id = ? and lease = ?'),
    end: (only: readonly (keyof EndCondition)[]) =>
      update(
        `ended = ?, ended_at = ${now}, due_at = ${now} + ${SETTLING}, cleared = case when sealed = '' then 1 else 0 end`,
        `id = ? and ended = ''${only.map((name) => END_CONDITIONS[name]).join('')}`,
        lasting,
      ),
    due: (limit: number) =>
      statement(
        `select id from ${sessions} where cleared = 0 and due_at <= ${cutoff} order by due_at limit ${whole(limit)}`,
      ),
    empty: update(`sealed = '', cleared = 1, due_at = ${now} + ${REMEMBERED}`, `id = ? and ended <> ''`),
    postpone: update(`due_at = ${now} + ?`, `id = ? and ended <> ''`),
    sweepSessions: (limit: number) =>
      statement(dialect.deleteSome(sessions, 'id', `cleared = 1 and due_at <= ${cutoff}`, 'due_at', whole(limit))),
    sweepNotes: (limit: number) =>
      statement(dialect.deleteSome(notes, 'note_key', `until_at <= ${cutoff}`, 'until_at', whole(limit))),
    renewNote: statement(
      `update ${notes} set until_at = ${now} + ?${touch} where until_at <= ${now} and note_key = ?`,
      lasting,
    ),
    addNote: statement(dialect.insertNew(`${notes} (until_at, note_key) values (${now} + ?, ?)`, 'note_key'), lasting),
    noted: (condition: string) =>
      statement(`select 1 as hit from ${notes} where note_key ${condition} and until_at > ${now} limit 1`),
    keys: statement(`select sequence, sealed from ${keys} order by sequence`),
    addKey: statement(dialect.insertNew(`${keys} (sequence, sealed) values (?, ?)`, 'sequence'), lasting),
    resealKey: statement(`update ${keys} set sealed = ?${touch} where sequence = ? and sealed = ?`, lasting),
    removeKey: statement(`delete from ${keys} where sequence = ?`, lasting),
    peerKeys: statement(`select sealed from ${peers} where peer = ?`),
    keepPeerKeys: statement(
      dialect.insertOrReplace(`${peers} (peer, sealed) values (?, ?)`, 'peer', 'sealed'),
      lasting,
    ),
    forgetPeersExcept: (condition: string) => statement(`delete from ${peers} where not (peer ${condition})`),
    /** Fails unless the tables are there, with all their columns. */
    probes: [
      `select id, ${columns}, cleared, sid_key, sub_key${touch && ', touched'} from ${sessions} where 1 = 0`,
      `select note_key, until_at${touch && ', touched'} from ${notes} where 1 = 0`,
      `select sequence, sealed${touch && ', touched'} from ${keys} where 1 = 0`,
      `select peer, sealed from ${peers} where 1 = 0`,
    ].map((text) => statement(text)),
  };
}

/** Numbers that stand in the text itself. */
function whole(count: number): number {
  return Math.max(0, Math.trunc(count));
}
