import { GrantError, InvalidRequestError } from '../errors/index.js';
import { optional, required, type Parameters } from '../http/index.js';
import type { CodeRequest } from '../provider/index.js';

/** A checked token request. */
export type TokenRequest =
  | ({ grant: 'authorization_code' } & CodeRequest)
  | { grant: 'refresh_token'; refreshToken: string }
  | { grant: 'device_code'; deviceCode: string };

type Grant = TokenRequest['grant'];

const MOST = 12_288;
const GRANT_TYPES: Readonly<Record<string, Grant>> = {
  authorization_code: 'authorization_code',
  refresh_token: 'refresh_token',
  'urn:ietf:params:oauth:grant-type:device_code': 'device_code',
};

/**
 * Reads a token request: `grant_type` decides; without it, the one of code, refresh token and device code that is there.
 *
 * @throws {@link InvalidRequestError}, {@link GrantError} `unsupported_grant_type`
 */
export function tokenRequest(form: Parameters): TokenRequest {
  const values: Record<Grant, string | undefined> = {
    authorization_code: optional(form, 'code', MOST),
    refresh_token: eitherSpelling(form, 'refresh_token'),
    device_code: eitherSpelling(form, 'device_code'),
  };
  const grant = grantOf(form, values);
  const value = values[grant];
  if (value === undefined) {
    throw new InvalidRequestError(
      'missing_parameter',
      `${grant === 'authorization_code' ? 'code' : grant} is missing.`,
    );
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
  }
}

function grantOf(form: Parameters, values: Record<Grant, string | undefined>): Grant {
  const type = optional(form, 'grant_type');
  const there = (Object.keys(values) as Grant[]).filter((name) => values[name] !== undefined);
  const named = type === undefined ? there[0] : Object.hasOwn(GRANT_TYPES, type) ? GRANT_TYPES[type] : undefined;
  if (type !== undefined && named === undefined) {
    throw new GrantError(
      'unsupported_grant_type',
      'unsupported_grant_type',
      `grant_type has to be one of: ${Object.keys(GRANT_TYPES).join(', ')}.`,
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

/** The Python family writes `refresh-token` and `device-code`; the RFCs have underscores. */
function eitherSpelling(form: Parameters, name: string): string | undefined {
  const hyphenated = name.replaceAll('_', '-');
  const values = [optional(form, name, MOST), optional(form, hyphenated, MOST)].filter((value) => value !== undefined);
  if (new Set(values).size < 2) return values[0];
  throw new InvalidRequestError(
    'contradicting_parameters',
    `${name} and ${hyphenated} are the same parameter: send one.`,
  );
}
