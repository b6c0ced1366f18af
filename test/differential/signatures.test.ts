import { generateKeyPairSync, KeyObject, sign, verify } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CompactSign, generateKeyPair, type CryptoKey } from 'jose';
import { decodeJws } from '../../lib/tokens/jws.js';
import { ALGORITHMS } from '../../lib/settings/algorithms.js';
import { joseCheck, nodeCheck, TokenRejection, type SignatureCheck } from '../../lib/tokens/index.js';

const algorithms = ALGORITHMS;
/** Together a hundred thousand. */
const cases = Math.ceil(100_000 / algorithms.length);

interface Pair {
  privateKey: CryptoKey;
  publicKey: KeyObject;
}

async function pairOf(algorithm: string): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  return { privateKey, publicKey: KeyObject.from(publicKey) };
}

const claims = fc.dictionary(fc.string({ maxLength: 12 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 6 });
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** What may happen to a token on its way: nothing, or one of the ways in which verifiers were fooled. */
type Mutation = (token: string) => string;
const position = fc.double({ min: 0, max: 0.999, noNaN: true });
const character = fc.constantFrom(...alphabet.split(''), '.', '=', '+', '/', ' ', '\n', '\0', 'é');
const part = fc.nat({ max: 2 });
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.constant<Mutation>((token) => token),
  fc.tuple(position, character).map<Mutation>(
    ([at, put]) =>
      (token) =>
        splice(token, at, 1, put),
  ),
  fc.tuple(position, character).map<Mutation>(
    ([at, put]) =>
      (token) =>
        splice(token, at, 0, put),
  ),
  fc.tuple(position, fc.nat({ max: 4 })).map<Mutation>(
    ([at, count]) =>
      (token) =>
        splice(token, at, count, ''),
  ),
  fc.nat({ max: 3 }).map<Mutation>((count) => (token) => token.slice(0, token.length - count)),
  fc.constantFrom('=', '==', 'A', 'AAAA', '.', '.AAAA', '\n').map<Mutation>((tail) => (token) => token + tail),
  fc.constantFrom('.', ' ', '\uFEFF', '77u_').map<Mutation>((front) => (token) => front + token),
  part.map<Mutation>((which) => (token) => parts(token, (all) => all.with(which, ''))),
  fc.tuple(part, part).map<Mutation>(
    ([from, to]) =>
      (token) =>
        parts(token, (all) => all.with(to, all[from] ?? '')),
  ),
  // the last character of a part may hold bits that nobody reads
  fc.tuple(part, fc.nat({ max: 63 })).map<Mutation>(([which, bits]) => (token) => {
    return parts(token, (all) => all.with(which, (all[which] ?? '').slice(0, -1) + (alphabet[bits] ?? '')));
  }),
  fc.uint8Array({ maxLength: 600 }).map<Mutation>((bytes) => (token) => {
    return parts(token, (all) => all.with(2, Buffer.from(bytes).toString('base64url')));
  }),
);

function splice(token: string, at: number, count: number, put: string): string {
  const index = Math.floor(at * token.length);
  return token.slice(0, index) + put + token.slice(index + count);
}

function parts(token: string, change: (all: string[]) => string[]): string {
  return change(token.split('.')).join('.');
}

/** What RFC 7515 calls compact: jose reads padding, white space and the other alphabet besides. */
function isCompact(token: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token) && token.split('.').every(({ length }) => length % 4 !== 1);
}

/** As the package comes to look at a signature: what is no JWS never gets so far. */
async function verdictsOf(token: string, check: SignatureCheck): Promise<boolean[]> {
  try {
    decodeJws(token);
  } catch (error) {
    if (error instanceof TokenRejection) return [false, false];
    throw error;
  }
  return [check.atOnce?.(token) ?? false, await check.verify(token)];
}

describe.each(algorithms)('%s, of generated and mutated tokens', (algorithm) => {
  let key: KeyObject;
  /** Genuine tokens, and those of somebody else. */
  let tokens: string[];
  beforeAll(async () => {
    const [own, other] = await Promise.all([pairOf(algorithm), pairOf(algorithm)]);
    key = own.publicKey;
    const signed = (payload: unknown, { privateKey }: Pair) =>
      new CompactSign(Buffer.from(JSON.stringify(payload))).setProtectedHeader({ alg: algorithm }).sign(privateKey);
    const payloads = fc.sample(claims, 60);
    tokens = await Promise.all([
      ...payloads.map((payload) => signed(payload, own)),
      ...payloads.slice(0, 20).map((payload) => signed(payload, other)),
    ]);
  });

  it('Node accepts what jose accepts, and nothing else', async () => {
    const check = nodeCheck(key, algorithm);
    const outcomes = { accepted: 0, refused: 0 };
    const judged = fc.asyncProperty(fc.nat(), mutation, async (index, mutate) => {
      const token = mutate(tokens[index % tokens.length] ?? '');
      const reference = isCompact(token) && (await joseCheck(key, algorithm).verify(token));
      outcomes[reference ? 'accepted' : 'refused'] += 1;
      expect({ token, verdicts: await verdictsOf(token, check) }).toEqual({ token, verdicts: [reference, reference] });
    });
    await fc.assert(judged, { numRuns: cases });
    expect(Math.min(outcomes.accepted, outcomes.refused)).toBeGreaterThan(cases / 50);
  }, 600_000);
});

describe('keys that do not fit', () => {
  it('verify nothing, with jose or without', async () => {
    const pairs = new Map(await Promise.all(algorithms.map(async (name) => [name, await pairOf(name)] as const)));
    for (const [name, { privateKey }] of pairs) {
      const token = await new CompactSign(Buffer.from('{}')).setProtectedHeader({ alg: name }).sign(privateKey);
      for (const [other, { publicKey }] of pairs) {
        const node = nodeCheck(publicKey, name);
        const verdicts = [
          node.atOnce?.(token),
          await node.verify(token),
          await joseCheck(publicKey, name).verify(token),
        ];
        expect({ name, other, verdicts }).toEqual({ name, other, verdicts: Array(3).fill(name === other) });
      }
    }
  });

  it('are too weak with 1024 bits', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const signed = `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.e30`;
    const token = `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
    expect(verify('sha256', Buffer.from(signed), publicKey, Buffer.from(token.split('.')[2] ?? '', 'base64url'))).toBe(
      true,
    );
    expect(nodeCheck(publicKey, 'RS256').atOnce?.(token)).toBe(false);
    expect(await nodeCheck(publicKey, 'RS256').verify(token)).toBe(false);
    expect(await joseCheck(publicKey, 'RS256').verify(token)).toBe(false);
  });

  it('or are asked to verify by an algorithm that is none', async () => {
    const { publicKey } = await pairOf('RS256');
    for (const name of ['none', 'HS256', '', 'rs256', 'toString', '__proto__']) {
      expect(nodeCheck(publicKey, name).atOnce?.('a.b.c')).toBe(false);
      expect(await nodeCheck(publicKey, name).verify('a.b.c')).toBe(false);
    }
  });
});
