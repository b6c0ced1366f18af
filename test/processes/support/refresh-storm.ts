import type { WireAnswer } from '../../support/wire-client.js';
import type { WorkerProcess } from './worker-process.js';

/** What many callers got who presented the same refresh token. */
export interface StormAnswers {
  readonly answers: WireAnswer[];
  /** How often each status was answered. */
  readonly statuses: Record<number, number>;
  /** The refresh tokens that were handed out. */
  readonly successors: Set<string>;
}

export function refresh({ client }: WorkerProcess, refreshToken: string): Promise<WireAnswer> {
  return client.post('/auth/v2/token', { grant_type: 'refresh_token', refresh_token: refreshToken });
}

/** Presents one refresh token many times at once, to all processes in turn. */
export async function refreshStorm(
  workers: readonly WorkerProcess[],
  refreshToken: string,
  count = 200,
): Promise<StormAnswers> {
  const calls = Array.from({ length: count }, (_, index) => workers[index % workers.length]).flatMap((worker) =>
    worker ? [refresh(worker, refreshToken)] : [],
  );
  return summary(await Promise.all(calls));
}

export function summary(answers: WireAnswer[]): StormAnswers {
  const statuses: Record<number, number> = {};
  for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1;
  const successors = answers.filter(({ status }) => status === 200).map(({ json }) => String(json.refresh_token));
  return { answers, statuses, successors: new Set(successors) };
}
