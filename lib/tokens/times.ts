import { TokenRejection } from './token-rejection.js';

interface TimeClaims {
  exp?: unknown;
  nbf?: unknown;
  iat?: unknown;
}

/** Clock of the process in milliseconds, tolerance in seconds. */
export interface Clock {
  now: () => number;
  tolerance: number;
}

/**
 * `exp` has to be there and ahead, `nbf` and `iat` must not be, give or take the tolerance.
 *
 * @throws {@link TokenRejection} `claim_malformed`, `expiry_missing`, `expired`, `not_yet_valid`, `issued_in_future`
 * @see RFC 7519, sections 4.1.4 to 4.1.6
 */
export function checkTimes(claims: TimeClaims, clock: Clock): void {
  check(claims, clock, false);
}

/**
 * The same for a token that may have expired: `exp` has to be there.
 *
 * @throws {@link TokenRejection} as {@link checkTimes}, but for `expired`
 */
export function checkTimesButExpiry(claims: TimeClaims, clock: Clock): void {
  check(claims, clock, true);
}

/** Whether {@link checkTimes} has nothing against claims that it has seen before. */
export function isTimely(
  { exp, nbf, iat }: { exp: number; nbf?: number; iat?: number },
  { now, tolerance }: Clock,
): boolean {
  const seconds = now() / 1000;
  return (
    exp + tolerance > seconds &&
    (nbf === undefined || nbf - tolerance <= seconds) &&
    (iat === undefined || iat - tolerance <= seconds)
  );
}

function check(claims: TimeClaims, { now, tolerance }: Clock, mayBeExpired: boolean): void {
  const seconds = now() / 1000;
  const exp = time(claims, 'exp');
  const nbf = time(claims, 'nbf');
  const iat = time(claims, 'iat');
  if (exp === undefined) throw new TokenRejection('expiry_missing');
  if (!mayBeExpired && exp + tolerance <= seconds) throw new TokenRejection('expired');
  if (nbf !== undefined && nbf - tolerance > seconds) throw new TokenRejection('not_yet_valid');
  if (iat !== undefined && iat - tolerance > seconds) throw new TokenRejection('issued_in_future');
}

function time(claims: TimeClaims, name: keyof TimeClaims): number | undefined {
  const value = claims[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new TokenRejection('claim_malformed');
  return value;
}
