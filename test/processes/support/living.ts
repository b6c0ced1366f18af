import { expect } from '@jest/globals';
import { absent } from './absent.js';
import type { Cluster, ClientSession } from './cluster.js';
import { refresh } from './refresh-storm.js';
import type { WorkerProcess } from './worker-process.js';

/**
 * The session lives, and one refresh token alone is good: the successor is refreshed at every process, and whoever comes
 * with a token of before gives it away, so that it ends for everybody.
 */
export async function expectLiving(
  workers: readonly WorkerProcess[],
  { user, grant, refreshToken }: ClientSession,
  [successor = absent()]: readonly string[],
): Promise<void> {
  let latest = successor;
  for (const worker of workers) {
    const { status, json } = await refresh(worker, latest);
    expect({ status, whose: subjectOf(json.access_token) }).toEqual({ status: 200, whose: user.sub });
    latest = String(json.refresh_token);
  }
  expect(grant.ended).toBeUndefined();
  const [worker = absent()] = workers;
  expect((await refresh(worker, refreshToken)).json).toMatchObject({ error: 'invalid_grant' });
  expect((await refresh(worker, latest)).json).toMatchObject({ error: 'invalid_grant' });
  expect(grant.ended).toBe('revoked');
}

/** The session has ended at every process, and the user logs in anew. */
export async function expectNewLogin(
  cluster: Cluster,
  workers: readonly WorkerProcess[],
  { user, refreshToken }: ClientSession,
): Promise<void> {
  for (const worker of workers) {
    const { status, json } = await refresh(worker, refreshToken);
    expect({ status, error: json.error }).toEqual({ status: 400, error: 'invalid_grant' });
  }
  const [worker = absent()] = workers;
  const again = await cluster.logIn(worker, user);
  const { status, json } = await refresh(worker, again.refreshToken);
  expect({ status, whose: subjectOf(json.access_token) }).toEqual({ status: 200, whose: user.sub });
}

/** `sub` of a token, unverified. */
export function subjectOf(token: unknown): unknown {
  const payload = Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString();
  return (JSON.parse(payload) as { sub?: unknown }).sub;
}
