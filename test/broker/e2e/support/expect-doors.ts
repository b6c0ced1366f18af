import { expect } from '@jest/globals';
import { claimsOf } from '../../../support/keys.js';
import type { BrokerApp } from './broker-app.js';

/** That a route refuses a token with 401 `invalid_token`, and tells this reason. */
export async function expectShut(
  { client, told }: Pick<BrokerApp, 'client' | 'told'>,
  bearer: string,
  reason: string,
  path = '/me',
): Promise<void> {
  const before = told.refused.length;
  const { status, json, headers } = await client.get(path, {}, { bearer });
  const reasons = told.refused.slice(before).map((event) => event.reason);
  const { error_description: description } = json;
  expect({ status, json, reasons }).toEqual({
    status: 401,
    json: { error: 'invalid_token', error_description: expect.any(String), detail: description },
    reasons: [reason],
  });
  expect(headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token", /);
}

/** That a route lets a token of ours in, and hands it out as it is. */
export async function expectOpen({ client }: Pick<BrokerApp, 'client'>, bearer: string, path = '/me'): Promise<void> {
  const { status, json } = await client.get(path, {}, { bearer });
  expect({ status, json }).toEqual({ status: 200, json: claimsOf(bearer) });
}
