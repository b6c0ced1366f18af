import { audienceOf } from './audience.js';
import { claimAt } from './claim-path.js';
import type { IDToken } from './id-token.js';
import { grantedScopes } from './scopes.js';

/** A value that a claim has to have, or, where the claim is a list, to contain. Compared by type and value. */
export type ClaimValue = string | number | boolean;

/**
 * Claim path → a value that the claim has or lists; or a list of values, all of which the claim, a list, has to contain; or
 * `{ anyOf: […] }`, of which it has to have or list one.
 */
export type ClaimRequirements = Readonly<
  Record<string, ClaimValue | readonly ClaimValue[] | { readonly anyOf: readonly ClaimValue[] }>
>;

/** What a route wants of a token, beyond its being genuine. */
export interface TokenRequirements {
  /** Scopes that have to be granted, all of them: space-separated or a list. */
  scopes?: string | readonly string[];
  /** Claims that have to be there. */
  claims?: ClaimRequirements;
  /** `aud` has to contain one of these, beside what the module's own audience option wants. */
  audience?: string | readonly string[];
  /** `iss` has to be one of these. */
  issuers?: readonly string[];
}

/** Which requirement a token does not meet. */
export type Shortfall =
  | { reason: 'scope_missing'; scope: string }
  | { reason: 'claim_missing'; claim: string }
  | { reason: 'groups_overage' }
  | { reason: 'audience_mismatch' }
  | { reason: 'issuer_not_accepted' };

const ENTRIES = ['scopes', 'claims', 'audience', 'issuers', 'instance'];

interface ClaimCheck {
  path: string;
  values: readonly ClaimValue[];
  /** All of the values, or any. */
  all: boolean;
  /** A list of values wants a list of them in the token. */
  list: boolean;
}

/** Requirements, parsed once and checked on every request. */
export class Requirement {
  private constructor(
    private readonly scopes: readonly string[],
    private readonly claims: readonly ClaimCheck[],
    private readonly audience: readonly string[],
    private readonly issuers: readonly string[],
  ) {}

  /** @throws {@link TypeError} that names the entry and the remedy */
  static parse(input: TokenRequirements): Requirement {
    refuseUnknown(input);
    const list = (name: 'scopes' | 'audience' | 'issuers') => stringList(name, input[name]);
    return new Requirement(
      list('scopes').flatMap((scope) => scope.split(/\s+/).filter(Boolean)),
      parseClaims(input.claims),
      list('audience'),
      list('issuers'),
    );
  }

  /** Paths of the claims that have to be there. */
  get claimPaths(): readonly string[] {
    return this.claims.map(({ path }) => path);
  }

  /** What the token lacks; nothing, if it meets the requirement. */
  shortfall(token: IDToken): Shortfall | undefined {
    if (this.audience.length > 0 && !audienceOf(token).some((entry) => this.audience.includes(entry))) {
      return { reason: 'audience_mismatch' };
    }
    if (this.issuers.length > 0 && !this.issuers.includes(token.iss)) return { reason: 'issuer_not_accepted' };
    return this.#missingScope(token) ?? this.#missingClaim(token);
  }

  #missingScope(token: IDToken): Shortfall | undefined {
    if (this.scopes.length === 0) return undefined;
    const granted = grantedScopes(token);
    if (this.scopes.every((scope) => granted.has(scope))) return undefined;
    return { reason: 'scope_missing', scope: this.scopes.join(' ') };
  }

  #missingClaim(token: IDToken): Shortfall | undefined {
    const missing = this.claims.find((check) => !holds(check, claimAt(token, check.path)));
    if (missing?.path === 'groups' && lacksGroups(token)) return { reason: 'groups_overage' };
    return missing && { reason: 'claim_missing', claim: missing.path };
  }
}

/**
 * Whether the provider left out groups because there are too many for a token (Entra ID), and says where to ask for them
 * instead.
 *
 * @see OpenID Connect Core 1.0, section 5.6.2
 */
export function lacksGroups(claims: { groups?: unknown; hasgroups?: unknown; _claim_names?: unknown }): boolean {
  const { groups, hasgroups, _claim_names: elsewhere } = claims;
  if (groups !== undefined) return false;
  return hasgroups === true || (typeof elsewhere === 'object' && elsewhere !== null && 'groups' in elsewhere);
}

/** A requirement that is misspelt would be one that nobody checks. */
function refuseUnknown(input: unknown): void {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new TypeError(`expected an object such as { scopes: 'admin' }, got ${show(input)}.`);
  }
  const unknown = Object.keys(input).find((name) => !ENTRIES.includes(name));
  if (unknown !== undefined)
    throw new TypeError(`${unknown}: there is no such requirement, only ${ENTRIES.join(', ')}.`);
  const [missing] = Object.entries(input).find(([, value]) => value === undefined) ?? [];
  if (missing !== undefined) {
    throw new TypeError(`${missing}: is there, and undefined: leave it out, or give it a value.`);
  }
}

function holds({ values, all, list }: ClaimCheck, claim: unknown): boolean {
  if (list && !Array.isArray(claim)) return false;
  const there: unknown[] = Array.isArray(claim) ? claim : [claim];
  const has = (value: ClaimValue) => there.includes(value);
  return all ? values.every(has) : values.some(has);
}

function stringList(name: string, input: unknown): string[] {
  if (input === undefined) return [];
  const list: unknown[] = Array.isArray(input) ? input : [input];
  if (list.length === 0 || !list.every((entry) => typeof entry === 'string' && entry.trim() !== '')) {
    throw new TypeError(`${name}: expected a string or a list of strings, none of them empty, got ${show(input)}.`);
  }
  return list as string[];
}

function parseClaims(input: unknown): ClaimCheck[] {
  if (input === undefined) return [];
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new TypeError(`claims: expected an object from claim path to values, got ${show(input)}.`);
  }
  return Object.entries(input).map(([path, wanted]: [string, unknown]) => {
    const any = typeof wanted === 'object' && wanted !== null && !Array.isArray(wanted) ? Object.entries(wanted) : [];
    const [[name, anyOf] = []] = any.length === 1 ? any : [];
    const values: unknown[] = name === 'anyOf' ? [anyOf].flat() : [wanted].flat();
    if (path === '' || values.length === 0 || !values.every(isClaimValue)) {
      throw new TypeError(
        `claims: ${JSON.stringify(path)} wants a string, number or boolean, a list of them, or { anyOf: [...] }, got ${show(wanted)}.`,
      );
    }
    return { path, values, all: name !== 'anyOf', list: Array.isArray(wanted) };
  });
}

/** What JSON can hold: neither NaN nor Infinity. */
function isClaimValue(value: unknown): value is ClaimValue {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string' && typeof value !== 'object') return `a ${typeof value}`;
  try {
    return JSON.stringify(value);
  } catch {
    return `a ${typeof value}`;
  }
}
