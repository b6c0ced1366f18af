import { expect } from '@jest/globals';
import type { Instance } from './instance.js';
import { OwnInstance } from './own-instance.js';

/** That a route lets a token in. */
export async function expectAccepted(at: Instance, token: string): Promise<void> {
  const { status, text } = await at.me(token);
  expect({ status, text }).toEqual({ status: 200, text: expect.any(String) });
}

/** That a route refuses a token: with 401, and at an instance of ours for this reason. */
export async function expectRefused(at: Instance, token: string, reason: string): Promise<void> {
  const before = at instanceof OwnInstance ? at.told.refused.length : 0;
  const { status, json } = await at.me(token);
  if (!(at instanceof OwnInstance)) {
    expect({ status, json }).toEqual({ status: 401, json: { detail: expect.any(String) } });
    return;
  }
  const reasons = at.told.refused.slice(before).map((event) => event.reason);
  expect({ status, error: json.error, reasons }).toEqual({ status: 401, error: 'invalid_token', reasons: [reason] });
}

/** That an instance of ours cannot say whether a token is good, and says when to come again. */
export async function expectUnavailable(at: OwnInstance, token: string): Promise<void> {
  const before = at.told.refused.length;
  const { status, json, headers } = await at.me(token);
  const reasons = at.told.refused.slice(before).map((event) => event.reason);
  const error = 'temporarily_unavailable';
  expect({ status, error: json.error, reasons }).toEqual({ status: 503, error, reasons: ['peer_unreachable'] });
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
}
