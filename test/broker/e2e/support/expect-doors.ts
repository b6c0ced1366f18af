import { expect } from '@jest/globals';
import { claimsOf } from '../../../support/keys.js';
import type { BrokerApp } from './broker-app.js';

type Doors = Pick<BrokerApp, 'client' | 'told'>;

/** That a route refuses a token with 401 `invalid_token`, and tells this reason. */
export async function expectShut(app: Doors, bearer: string, reason: string, path = '/me'): Promise<void> {
  await expectRefused(app, bearer, path, { status: 401, error: 'invalid_token', reason });
}

/** That a route refuses a token with 403 `insufficient_scope`, and tells this reason. */
export async function expectTooWeak(app: Doors, bearer: string, reason: string, path: string): Promise<void> {
  await expectRefused(app, bearer, path, { status: 403, error: 'insufficient_scope', reason });
}

/** That a route lets a token of ours in, and hands it out as it is. */
export async function expectOpen({ client }: Pick<BrokerApp, 'client'>, bearer: string, path = '/me'): Promise<void> {
  const { status, json } = await client.get(path, {}, { bearer });
  expect({ status, json }).toEqual({ status: 200, json: claimsOf(bearer) });
}

async function expectRefused(
  { client, told }: Doors,
  bearer: string,
  path: string,
  { status: wanted, error, reason }: { status: number; error: string; reason: string },
): Promise<void> {
  const before = told.refused.length;
  const { status, json, headers } = await client.get(path, {}, { bearer });
  const reasons = told.refused.slice(before).map((event) => event.reason);
  const { error_description: description } = json;
  expect({ status, json, reasons }).toEqual({
    status: wanted,
    json: { error, error_description: expect.any(String), detail: description },
    reasons: [reason],
  });
  expect(headers.get('www-authenticate')).toMatch(new RegExp(`^Bearer error="${error}", `));
}
