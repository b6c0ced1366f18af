import { Browser } from '../../../support/browser.js';
import { answerDevice } from '../../../support/sign-in.js';
import { loopbackTarget, offline, type WireAnswer } from '../../../support/wire-client.js';
import type { Instance } from './instance.js';

/** The ways to a token of an instance, for `it.each(grants)`. */
export const grants = ['code', 'refresh', 'device', 'exchange'] as const;

export type Grant = (typeof grants)[number];

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

export interface TokenWish {
  readonly grant?: Grant;
  readonly user?: string;
  /** Hands out an access token of the provider, for an exchange. */
  readonly subjectToken?: (user: string) => Promise<string>;
}

/** An access token of an instance. */
export async function tokenOf(instance: Instance, wish: TokenWish = {}): Promise<string> {
  const { status, text, json } = await answerOf(instance, wish);
  if (status === 200) return String(json.access_token);
  throw new Error(`${instance.issuer} answered ${status} for ${wish.grant ?? 'code'}: ${text}`);
}

function answerOf(
  instance: Instance,
  { grant = 'code', user = 'alice', subjectToken }: TokenWish,
): Promise<WireAnswer> {
  if (grant === 'device') return byDevice(instance, user);
  if (grant === 'exchange') return byExchange(instance, subjectToken?.(user));
  return grant === 'refresh' ? byRefresh(instance, user) : byCode(instance, user);
}

/** As the Python client does it, down to what it posts as verifier: what follows the last `|` of the state. */
async function byCode({ client }: Instance, user: string): Promise<WireAnswer> {
  const { code, state, redirectUri } = await client.codeFor(loopbackTarget, { user, parameters: offline });
  const verifier = state.split('|').at(-1) ?? '';
  const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier };
  return client.post('/auth/v2/token', form);
}

async function byRefresh(instance: Instance, user: string): Promise<WireAnswer> {
  const { json } = await byCode(instance, user);
  const form = { grant_type: 'refresh_token', 'refresh-token': String(json.refresh_token) };
  return instance.client.post('/auth/v2/token', form);
}

async function byDevice({ client }: Instance, user: string): Promise<WireAnswer> {
  const { json } = await client.post('/auth/v2/device');
  await answerDevice(new Browser(), String(json.verification_uri_complete), { user });
  return client.post('/auth/v2/token', { grant_type: DEVICE_CODE, 'device-code': String(json.device_code) });
}

async function byExchange({ client }: Instance, subjectToken: Promise<string> | undefined): Promise<WireAnswer> {
  if (!subjectToken) throw new Error('There is nothing to exchange.');
  return client.post('/auth/v2/token', { grant_type: TOKEN_EXCHANGE, subject_token: await subjectToken });
}
