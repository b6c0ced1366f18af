import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { JWTPayload } from 'jose';
import {
  AccessTokens,
  KeySet,
  nodeCheck,
  OWN_TOKENS,
  PEER_TOKENS,
  PROVIDER_TOKENS,
  VerifiedTokens,
  type AccessTokenKind,
} from '../../../lib/tokens/index.js';
import { sign, signingKey, type Header, type SigningKey } from '../../support/keys.js';
import { FakeClock } from '../fake-clock.js';

const issuer = 'https://app.example.org/api';

let key: SigningKey;
let other: SigningKey;
beforeAll(async () => {
  [key, other] = await Promise.all([signingKey(), signingKey()]);
});

let clock: FakeClock;
let published: SigningKey[];
beforeEach(() => {
  clock = new FakeClock();
  published = [key];
});

const tokens = (kind: AccessTokenKind, remembered = 100) =>
  new AccessTokens(
    {
      kind,
      keys: new KeySet(
        () => Promise.resolve({ issuers: [issuer], jwks: { keys: published.map(({ publicJwk }) => publicJwk) } }),
        { refreshAfter: 30_000, maxAge: 3_600_000, cooldown: 1_000 },
        clock.now,
        nodeCheck,
      ),
      algorithms: ['RS256', 'ES256'],
      audience: ['my-app'],
      clientId: 'my-client',
      clock: { now: clock.now, tolerance: 5 },
    },
    new VerifiedTokens(remembered),
  );

/** A token as the broker mints it. */
const minted = (claims: JWTPayload = {}, header: Header = {}, signer = key) => {
  const times = { iat: clock.seconds, exp: clock.seconds + 300 };
  const standard = { iss: issuer, aud: 'my-app', sub: 'ada', client_id: 'my-client', jti: 'j', sid: 's', ...times };
  const complete = JSON.parse(JSON.stringify({ ...standard, ...claims })) as JWTPayload;
  return sign(signer, complete, { typ: 'at+jwt', ...header });
};
const rejection = (reason: string) => expect.objectContaining({ name: 'TokenRejection', reason });
/** What a proof comes to, now or later: the token, or the error. */
const outcome = async (proof: () => unknown) => {
  try {
    return await proof();
  } catch (error) {
    return error;
  }
};

describe('an access token of our own', () => {
  it('is one', async () => {
    expect(await tokens(OWN_TOKENS).verify(await minted({ roles: ['admin'], scope: 'read' }))).toMatchObject({
      sub: 'ada',
      sid: 's',
      roles: ['admin'],
      scope: 'read',
    });
  });

  it.each([
    ['at+JWT'],
    ['AT+JWT'],
    ['application/at+jwt'],
    ['JWT'],
    ['jwt'],
    ['logout+jwt'],
    [''],
    [undefined],
    [1],
    [null],
  ])('is typed at+jwt and nothing else: %j is refused', async (typ) => {
    expect(await outcome(async () => tokens(OWN_TOKENS).verify(await minted({}, { typ })))).toEqual(
      rejection('token_type'),
    );
  });

  it.each<[string, JWTPayload, string]>([
    ['without client', { client_id: undefined }, 'claim_malformed'],
    ['of an empty client', { client_id: '' }, 'claim_malformed'],
    ['of a client that is no text', { client_id: ['my-client'] }, 'claim_malformed'],
    ['without subject', { sub: undefined }, 'claim_malformed'],
    ['of an empty subject', { sub: '' }, 'claim_malformed'],
    ['of a subject that is no text', { sub: 1 as never }, 'claim_malformed'],
    ['of another issuer', { iss: 'https://evil.example.org' }, 'issuer_unknown'],
    ['of our issuer with a slash', { iss: `${issuer}/` }, 'issuer_unknown'],
    ['without issuer', { iss: undefined }, 'issuer_unknown'],
    ['for somebody else', { aud: 'another-app' }, 'audience_mismatch'],
    ['for the client', { aud: 'my-client' }, 'audience_mismatch'],
    ['for nobody', { aud: undefined }, 'audience_mismatch'],
    ['without expiry', { exp: undefined }, 'expiry_missing'],
    ['that has expired', { exp: 1 }, 'expired'],
    ['of the future', { iat: 4_102_444_800 }, 'issued_in_future'],
    ['that is not valid yet', { nbf: 4_102_444_800 }, 'not_yet_valid'],
    ['that is bound to a key', { cnf: { jkt: 'x' } }, 'sender_constrained'],
  ])('%s is refused', async (_, claims, reason) => {
    const token = await minted(claims);
    expect(await outcome(() => tokens(OWN_TOKENS).verify(token))).toEqual(rejection(reason));
    if (reason !== 'expired')
      expect(await outcome(() => tokens(OWN_TOKENS).verifyExpired(token))).toEqual(rejection(reason));
  });

  it('of another key is refused', async () => {
    const own = tokens(OWN_TOKENS);
    expect(await outcome(async () => own.verify(await minted({}, {}, other)))).toEqual(rejection('key_unknown'));
    expect(await outcome(async () => own.verify(await minted({}, { kid: key.kid }, other)))).toEqual(
      rejection('signature_invalid'),
    );
  });

  it('may carry whatever the provider says of the user', async () => {
    const claims = { nonce: 'n', at_hash: 'h', events: {}, typ: 'ID' };
    expect(await tokens(OWN_TOKENS).verify(await minted(claims))).toMatchObject(claims);
    expect(await outcome(async () => tokens(PROVIDER_TOKENS).verify(await minted(claims)))).toEqual(
      rejection('not_an_access_token'),
    );
  });
});

describe('an access token of the provider', () => {
  it('needs no client, and may be typed as any JWT', async () => {
    for (const typ of ['at+jwt', 'application/AT+JWT', 'JWT', undefined]) {
      const token = await minted({ client_id: undefined }, { typ });
      expect(await tokens(PROVIDER_TOKENS).verify(token)).toMatchObject({ sub: 'ada' });
    }
  });

  it('says of itself what it is', async () => {
    const token = await minted({ groups: ['g'], roles: undefined });
    const claims = await tokens(PROVIDER_TOKENS).claims(token);
    expect(claims).toMatchObject({ sub: 'ada', groups: ['g'] });
    expect(claims).not.toHaveProperty('roles');
  });

  it('says it as it is, where it was verified before, too', async () => {
    const own = tokens(PROVIDER_TOKENS);
    const token = await minted();
    expect(await own.verify(token)).toHaveProperty('roles');
    expect(await own.claims(token)).not.toHaveProperty('roles');
  });

  it('that has expired says nothing of itself, not even where it was verified before', async () => {
    const own = tokens(PROVIDER_TOKENS);
    const token = await minted();
    await own.verify(token);
    clock.pass(306);
    expect(await outcome(() => own.claims(token))).toEqual(rejection('expired'));
  });
});

describe('a token that has only expired', () => {
  it('still says whose it was', async () => {
    const own = tokens(OWN_TOKENS);
    const token = await minted();
    clock.pass(86_400);
    expect(await outcome(() => own.verify(token))).toEqual(rejection('expired'));
    expect(await own.verifyExpired(token)).toMatchObject({ sub: 'ada', sid: 's' });
    expect(await outcome(() => own.verify(token))).toEqual(rejection('expired'));
  });

  it('has to be genuine', async () => {
    const own = tokens(OWN_TOKENS);
    const stale = { exp: clock.seconds - 60 };
    expect(await outcome(async () => own.verifyExpired(await minted(stale, { kid: key.kid }, other)))).toEqual(
      rejection('signature_invalid'),
    );
    expect(await outcome(async () => own.verifyExpired(await minted({ ...stale, aud: 'another-app' })))).toEqual(
      rejection('audience_mismatch'),
    );
    expect(await outcome(async () => own.verifyExpired(await minted(stale, { typ: 'JWT' })))).toEqual(
      rejection('token_type'),
    );
    expect(await outcome(() => own.verifyExpired('garbage'))).toEqual(rejection('token_malformed'));
    expect(await outcome(() => own.verifyExpired('a'.repeat(20_000)))).toEqual(rejection('token_too_large'));
  });

  it('is not remembered as verified, and what was remembered is proven again', async () => {
    const own = tokens(OWN_TOKENS);
    const token = await minted();
    const first = await own.verifyExpired(token);
    expect(await own.verify(token)).not.toBe(first);
    const verified = await own.verify(token);
    expect(await own.verify(token)).toBe(verified);
    expect(await own.verifyExpired(token)).not.toBe(verified);
  });

  it('takes the place of none that is remembered', async () => {
    const own = tokens(OWN_TOKENS, 1);
    const token = await minted();
    await own.verify(token);
    const verified = await own.verify(token);
    await own.verifyExpired(await minted({ jti: 'another' }));
    await own.claims(await minted({ jti: 'a third' }));
    expect(await own.verify(token)).toBe(verified);
  });

  it('of a withdrawn key proves nothing, though it was verified under it', async () => {
    const own = tokens(OWN_TOKENS);
    const token = await minted();
    await own.verify(token);
    published = [other];
    clock.pass(3_600);
    expect(await outcome(() => own.verifyExpired(token))).toEqual(rejection('key_unknown'));
  });
});

describe('an access token of a peer', () => {
  it.each([['at+jwt'], ['JWT']])('may be of type %s', async (typ) => {
    expect(await tokens(PEER_TOKENS).verify(await minted({ client_id: undefined }, { typ }))).toMatchObject({
      sub: 'ada',
    });
  });

  it.each([[undefined], ['jwt'], ['AT+JWT'], ['application/at+jwt'], ['logout+jwt'], ['dpop+jwt'], [''], [5]])(
    'is not of type %j',
    async (typ) => {
      expect(await outcome(async () => tokens(PEER_TOKENS).verify(await minted({}, { typ })))).toEqual(
        rejection('token_type'),
      );
    },
  );

  it.each<[JWTPayload]>([
    [{ nonce: 'n' }],
    [{ at_hash: 'a' }],
    [{ events: {} }],
    [{ typ: 'ID' }],
    [{ typ: 'Refresh' }],
  ])('is nothing that has %j', async (claims) => {
    expect(await outcome(async () => tokens(PEER_TOKENS).verify(await minted(claims)))).toEqual(
      rejection('not_an_access_token'),
    );
  });

  it('needs no scope, whatever its audience is called', async () => {
    expect(await tokens(PEER_TOKENS).verify(await minted({ aud: ['my-app', 'my-client'] }))).toMatchObject({
      sub: 'ada',
    });
  });
});
