import type { PeerExchangePolicy, PeerSettings } from '../broker/index.js';
import { isLoopback } from '../outbound/index.js';
import { algorithmsFrom } from './algorithms.js';
import { isPlainWebUrl, isRecord, OptionReader, shown } from './option-reader.js';

/** The issuers that a peer cannot be, and what a peer gets where its entry says nothing. */
export interface PeerContext {
  own: string | undefined;
  /** What the provider's tokens have as `iss`. */
  provider: readonly string[];
  audience: string;
}

const NAMES = ['issuer', 'jwksUri', 'audience', 'algorithms', 'claims', 'exchange'];
const EXAMPLE = "'https://other.example.org'";
/** What an instance may sign with by itself. */
const DEFAULT_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];
/** Who the user is, every peer may say. */
const ALWAYS_ASSERTED = ['preferred_username', 'email', 'email_verified'];
const MOST = 10_000;

export function trustedIssuersFrom(broker: OptionReader, context: PeerContext): readonly PeerSettings[] {
  const given = broker.raw('trustedIssuers');
  if (given === undefined) return [];
  if (!Array.isArray(given)) {
    broker.complain('trustedIssuers', `expected a list such as [${EXAMPLE}], got ${shown(given)}.`);
    return [];
  }
  if (given.length > MOST) broker.complain('trustedIssuers', `there are more than ${MOST} of them.`);
  const entries = (given as unknown[]).map((entry, index) => entryFrom(entry, broker, index));
  const peers = entries.map((entry) => peerFrom(entry, context));
  const there = new Set<string>();
  for (const [index, { issuer }] of peers.entries()) {
    if (there.has(issuer)) entries[index]?.complain('issuer', `${shown(issuer)} is there already.`);
    if (issuer !== '') there.add(issuer);
  }
  return peers;
}

/** An issuer alone says as much as an object with nothing else. */
function entryFrom(entry: unknown, { problems }: OptionReader, index: number): OptionReader {
  const where = `broker.trustedIssuers[${index}]`;
  if (typeof entry !== 'string' && !isRecord(entry)) {
    problems.push(
      `${where}: expected an issuer such as ${EXAMPLE}, or an object with issuer in it, got ${shown(entry)}.`,
    );
    return new OptionReader(undefined, problems);
  }
  const reader = new OptionReader(typeof entry === 'string' ? { issuer: entry } : entry, problems, `${where}.`);
  reader.refuseUnknown(NAMES);
  return reader;
}

function peerFrom(entry: OptionReader, context: PeerContext): PeerSettings {
  return {
    issuer: issuerFrom(entry, context),
    jwksUri: jwksUriFrom(entry),
    audience: entry.strings('audience', 'Write what aud of its tokens has to contain.') ?? [context.audience],
    algorithms: algorithmsFrom(entry, DEFAULT_ALGORITHMS),
    claims: claimsFrom(entry),
    exchange: entry.function<PeerExchangePolicy | undefined>('exchange', undefined),
  };
}

function issuerFrom(entry: OptionReader, { own, provider }: PeerContext): string {
  if (entry.raw('issuer') === undefined) {
    if (entry.isObject) entry.complain('issuer', `is missing: write iss of its tokens, such as ${EXAMPLE}.`);
    return '';
  }
  const issuer = entry.string('issuer', `Write iss of its tokens, such as ${EXAMPLE}.`) ?? '';
  if (issuer === '') return '';
  if (!isWebAddress(issuer) || /[?#]/.test(issuer)) {
    entry.complain('issuer', `expected a URL with https and without query and fragment, got ${shown(issuer)}.`);
  } else if (sameBut(issuer, own)) {
    entry.complain('issuer', `${shown(issuer)} is this instance itself (option baseUrl), which is trusted anyway.`);
  } else if (provider.some((one) => sameBut(issuer, one))) {
    entry.complain(
      'issuer',
      `${shown(issuer)} is the identity provider, whose tokens are not accepted in broker mode.`,
    );
  }
  return issuer;
}

function jwksUriFrom(entry: OptionReader): string | undefined {
  const uri = entry.string('jwksUri', "Write for example 'https://other.example.org/keys'.");
  if (uri !== undefined && !isWebAddress(uri))
    entry.complain('jwksUri', `expected a URL with https, got ${shown(uri)}.`);
  return uri;
}

function claimsFrom(entry: OptionReader): readonly string[] {
  const given = entry.raw('claims');
  if (Array.isArray(given) && given.length === 0) return [];
  const claims = entry.strings('claims', "Write for example ['roles'].") ?? [];
  if (claims.includes('sid')) entry.complain('claims', 'a peer has no sessions here: leave sid out.');
  if (claims.includes('scopes')) entry.complain('claims', "scopes are in the claim 'scope'.");
  return claims.filter((name) => !ALWAYS_ASSERTED.includes(name));
}

/** https, or http on this machine. */
function isWebAddress(value: string): boolean {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  return url !== undefined && isPlainWebUrl(url) && (url.protocol === 'https:' || isLoopback(url));
}

/** Whether two issuers are the same but for slashes at the end, which is always a mistake. */
function sameBut(one: string, other: string | undefined): boolean {
  return one.replace(/\/+$/, '') === other?.replace(/\/+$/, '');
}
