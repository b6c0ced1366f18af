import type { WireAnswer } from '../../support/wire-client.js';
import { loopbackTarget } from '../../support/wire-client.js';
import { begin, redeem } from './logins.js';
import type { Target } from './target.js';

/** Makes the ID token of an answer; `undefined` leaves it out. The nonce is empty where the flow has none. */
export type MakeIdToken = (nonce: string) => string | undefined | Promise<string | undefined>;

export const idTokenFlows = ['code', 'device', 'refresh'] as const;

export type IdTokenFlow = (typeof idTokenFlows)[number];

/** Runs a flow in which the provider answers with this ID token. */
export async function answerWith(target: Target, flow: IdTokenFlow, make: MakeIdToken): Promise<WireAnswer> {
  const { stub, client, app } = target;
  const answer = (nonce: string) => stub.on('token', async () => stub.tokens({}, { id_token: await make(nonce) }));
  switch (flow) {
    case 'code': {
      const begun = await begin(client, loopbackTarget);
      answer(begun.nonce);
      return redeem(app, begun.state);
    }
    case 'device': {
      const { json } = await client.post('/auth/v2/device');
      answer('');
      return client.post('/auth/v2/token', { device_code: String(json.device_code) });
    }
    case 'refresh':
      answer('');
      return client.post('/auth/v2/token', { refresh_token: 'a-refresh-token' });
  }
}

/** The claims of a genuine ID token for this nonce. */
export function idTokenClaims({ stub }: Target, nonce: string): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000);
  const standard = { iss: stub.issuer, sub: 'stub-user', aud: 'my-client', iat: now, exp: now + 300 };
  return nonce === '' ? standard : { ...standard, nonce };
}
