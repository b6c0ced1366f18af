import { GrantError, InvalidRequestError } from '../errors/index.js';
import { optional, required, type Parameters } from '../http/index.js';
import type { ExchangeRequest } from '../broker/index.js';
import type { CodeRequest } from '../provider/index.js';

/** A checked token request. */
export type TokenRequest =
  | ({ grant: 'authorization_code' } & CodeRequest)
  | { grant: 'refresh_token'; refreshToken: string }
  | { grant: 'device_code'; deviceCode: string }
  | ({ grant: 'token_exchange' } & ExchangeRequest);

type Grant = TokenRequest['grant'];

const MOST = 12_288;
const MOST_TOKEN = 16_384;
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
/** Names of a JWT access token (RFC 8693, section 3); the Python family leaves it out. */
const TOKEN_TYPES = ['urn:ietf:params:oauth:token-type:access_token', 'urn:ietf:params:oauth:token-type:jwt'];
const GRANT_TYPES: Readonly<Record<string, Grant>> = {
  authorization_code: 'authorization_code',
  refresh_token: 'refresh_token',
  'urn:ietf:params:oauth:grant-type:device_code': 'device_code',
  [EXCHANGE]: 'token_exchange',
};

/** The parameter that a grant cannot do without. */
const PARAMETER: Readonly<Record<Grant, string>> = {
  authorization_code: 'code',
  refresh_token: 'refresh_token',
  device_code: 'device_code',
  token_exchange: 'subject_token',
};

/**
 * Reads a token request: `grant_type` decides; without it, the one of code, refresh token and device code that is there.
 *
 * @param exchanges whether token exchange is offered at all
 * @param ownTokens whether refresh tokens are our own: then we know without asking that what looks otherwise is none
 *
 * @throws {@link InvalidRequestError}, {@link GrantError} `unsupported_grant_type`
 */
export function tokenRequest(form: Parameters, exchanges: boolean, ownTokens = false): TokenRequest {
  const values: Record<Grant, string | undefined> = {
    authorization_code: optional(form, 'code', MOST),
    refresh_token: ownTokens ? refreshTokenOfOurs(form) : eitherSpelling(form, 'refresh_token'),
    device_code: eitherSpelling(form, 'device_code'),
    token_exchange: exchanges ? eitherSpelling(form, 'subject_token', MOST_TOKEN) : undefined,
  };
  const grant = grantOf(form, values, exchanges);
  const value = values[grant];
  if (value === undefined) {
    throw new InvalidRequestError('missing_parameter', `${PARAMETER[grant]} is missing.`);
  }
  switch (grant) {
    case 'authorization_code':
      return {
        grant,
        code: value,
        redirectUri: required(form, 'redirect_uri'),
        codeVerifier: required(form, 'code_verifier', MOST),
        iss: optional(form, 'iss'),
      };
    case 'refresh_token':
      return { grant, refreshToken: value };
    case 'device_code':
      return { grant, deviceCode: value };
    case 'token_exchange':
      return { grant, ...exchangeRequest(form, value) };
  }
}

/** @see RFC 8693, section 2.1 */
function exchangeRequest(form: Parameters, subjectToken: string): ExchangeRequest {
  for (const name of ['actor_token', 'actor_token_type']) {
    if (eitherSpelling(form, name, MOST_TOKEN) === undefined) continue;
    throw new InvalidRequestError(
      'invalid_parameter',
      `${name}: tokens are issued to their subject only, not to actors.`,
    );
  }
  for (const name of ['subject_token_type', 'requested_token_type']) {
    const type = eitherSpelling(form, name);
    if (type === undefined || TOKEN_TYPES.includes(type)) continue;
    throw new InvalidRequestError('invalid_parameter', `${name} has to be one of: ${TOKEN_TYPES.join(', ')}.`);
  }
  const targets = [optional(form, 'audience'), optional(form, 'resource')].filter((target) => target !== undefined);
  return { subjectToken, targets, scopes: optional(form, 'scope', 1_024)?.split(' ').filter(Boolean) };
}

function grantOf(form: Parameters, values: Record<Grant, string | undefined>, exchanges: boolean): Grant {
  const type = optional(form, 'grant_type');
  const there = (Object.keys(values) as Grant[]).filter((name) => values[name] !== undefined);
  const offered = Object.entries(GRANT_TYPES).filter(([, grant]) => exchanges || grant !== 'token_exchange');
  const named = type === undefined ? there[0] : new Map(offered).get(type);
  if (type !== undefined && named === undefined) {
    throw new GrantError(
      'unsupported_grant_type',
      'unsupported_grant_type',
      `grant_type has to be one of: ${offered.map(([name]) => name).join(', ')}.`,
    );
  }
  if (named === undefined) {
    throw new InvalidRequestError('missing_parameter', 'Send one of code, refresh_token and device_code.');
  }
  if (there.some((name) => name !== named)) {
    throw new InvalidRequestError(
      'contradicting_parameters',
      'Send one of code, refresh_token and device_code, and what belongs to it.',
    );
  }
  return named;
}

/** @throws {@link GrantError} `invalid_grant` if it is no text that a token of ours can be */
function refreshTokenOfOurs(form: Parameters): string | undefined {
  try {
    return eitherSpelling(form, 'refresh_token');
  } catch (error) {
    if (!(error instanceof InvalidRequestError) || error.reason !== 'invalid_parameter') throw error;
    throw new GrantError(
      'invalid_grant',
      'refresh_token_invalid',
      'The refresh token is not one that was issued here.',
    );
  }
}

/** The Python family writes `refresh-token` and `device-code`; the RFCs have underscores. */
function eitherSpelling(form: Parameters, name: string, most = MOST): string | undefined {
  const hyphenated = name.replaceAll('_', '-');
  const values = [optional(form, name, most), optional(form, hyphenated, most)].filter((value) => value !== undefined);
  if (new Set(values).size < 2) return values[0];
  throw new InvalidRequestError(
    'contradicting_parameters',
    `${name} and ${hyphenated} are the same parameter: send one.`,
  );
}
