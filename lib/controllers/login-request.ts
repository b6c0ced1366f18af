import { InvalidRequestError } from '../errors/index.js';
import { oneOf, optional, required, type Parameters } from '../http/index.js';
import type { LoginRequest } from '../provider/index.js';

const PROMPTS = ['none', 'login', 'consent', 'select_account'];
const YES = ['true', '1'];
const NO = ['false', '0'];
/** The S256 challenge of a PKCE verifier is 43 characters long (RFC 7636, section 4.2). */
const CODE_CHALLENGE = /^[\w-]{43}$/;
/** RFC 6749, section 3.3. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+(?: +[\x21\x23-\x5b\x5d-\x7e]+)*$/;
/** A hint is a user's name in any script; control characters are in none. */
const HINT = /^\P{C}{1,512}$/u;

/** @throws {@link InvalidRequestError} that names the parameter and what it has to be */
export function loginRequest(query: Parameters): LoginRequest {
  const redirectUri = required(query, 'redirect_uri');
  const passed = {
    prompt: oneOf(query, 'prompt', PROMPTS),
    login_hint: loginHint(query),
    acr_values: optional(query, 'acr_values'),
    ui_locales: optional(query, 'ui_locales'),
  };
  return {
    redirectUri,
    passed: Object.fromEntries(
      Object.entries(passed).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
    scope: scope(query),
    offlineAccess: YES.includes(oneOf(query, 'offline_access', [...YES, ...NO]) ?? 'false'),
    own: ownChallenge(query),
  };
}

function scope(query: Parameters): string | undefined {
  const value = optional(query, 'scope', 1_024);
  if (value === undefined || SCOPE.test(value)) return value;
  throw new InvalidRequestError('invalid_parameter', 'scope has to be scope names with spaces between them.');
}

function loginHint(query: Parameters): string | undefined {
  const value = query.get('login_hint');
  if (value === undefined || value === '') return undefined;
  if (HINT.test(value)) return value;
  throw new InvalidRequestError('invalid_parameter', 'login_hint has to be text of at most 512 characters.');
}

/** Clients that do PKCE themselves keep their own state; to all others state belongs to us. */
function ownChallenge(query: Parameters): LoginRequest['own'] {
  const codeChallenge = optional(query, 'code_challenge');
  const method = optional(query, 'code_challenge_method');
  const state = optional(query, 'state');
  if (codeChallenge === undefined) {
    const stray = method === undefined ? state && 'state' : 'code_challenge_method';
    if (stray === undefined) return undefined;
    throw new InvalidRequestError(
      'contradicting_parameters',
      `${stray} is for clients that send a code_challenge of their own.`,
    );
  }
  if (!CODE_CHALLENGE.test(codeChallenge) || method !== 'S256') {
    throw new InvalidRequestError(
      'invalid_parameter',
      'code_challenge has to be an S256 challenge of 43 characters, with code_challenge_method=S256.',
    );
  }
  return { codeChallenge, state };
}
