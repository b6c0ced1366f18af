import { describe, expect, it } from '@jest/globals';
import { OidcAuth } from 'nestjs-oidc-auth';
import { LOGOUT_EVENT } from '../broker/e2e/support/logout-tokens.js';
import { adapters } from '../support/apps.js';
import { claimsOf, signingKey } from '../support/keys.js';
import { signedBy } from './support/forge.js';
import { peerTargetOn, type PeerTarget } from './support/peer-target.js';

const key = await signingKey('RS256', 'the key of the peer');
const now = () => Math.floor(Date.now() / 1000);
const day = 86_400;

/** What differs from a genuine token; some of it no type of a token allows. */
type Change = (target: PeerTarget) => Record<string, unknown>;

const kinds: [name: string, change: Change, reason: string][] = [
  ['an ID token, by its nonce', () => ({ nonce: 'n' }), 'not_an_access_token'],
  ['an ID token, by at_hash', () => ({ at_hash: 'x' }), 'not_an_access_token'],
  ['an ID token, by c_hash', () => ({ c_hash: 'x' }), 'not_an_access_token'],
  ['an ID token, by s_hash', () => ({ s_hash: 'x' }), 'not_an_access_token'],
  ['an ID token, by its typ', () => ({ typ: 'ID' }), 'not_an_access_token'],
  ['a refresh token, by its typ', () => ({ typ: 'Refresh' }), 'not_an_access_token'],
  ['a logout token', () => ({ typ: 'Logout', sid: 's', events: { [LOGOUT_EVENT]: {} } }), 'not_an_access_token'],
  ['a logout token, by its events', () => ({ events: { [LOGOUT_EVENT]: {} } }), 'not_an_access_token'],
  ['events that are null', () => ({ events: null }), 'not_an_access_token'],
  ['bound to a key by DPoP', () => ({ cnf: { jkt: 'x' } }), 'sender_constrained'],
  ['bound to a certificate', () => ({ cnf: { 'x5t#S256': 'x' } }), 'sender_constrained'],
  ['bound to nothing', () => ({ cnf: null }), 'sender_constrained'],
];

const audiences: [name: string, change: Change, reason: string][] = [
  ['for nobody', () => ({ aud: undefined }), 'audience_mismatch'],
  ['for an empty list', () => ({ aud: [] }), 'audience_mismatch'],
  ['for the peer itself', ({ peer }) => ({ aud: peer.issuer }), 'audience_mismatch'],
  ['for the audience of the provider', () => ({ aud: 'my-api' }), 'audience_mismatch'],
  ['for the client', () => ({ aud: 'my-client' }), 'audience_mismatch'],
  ['for others', () => ({ aud: ['their-api', 'my-api'] }), 'audience_mismatch'],
  ['for an audience in another case', () => ({ aud: 'OWN-API' }), 'audience_mismatch'],
  ['for an audience that begins like ours', () => ({ aud: 'own-api/admin' }), 'audience_mismatch'],
  ['for two audiences in one text', () => ({ aud: 'their-api own-api' }), 'audience_mismatch'],
  ['for an empty text', () => ({ aud: '' }), 'audience_mismatch'],
  ['for null', () => ({ aud: null }), 'claim_malformed'],
  ['for a number', () => ({ aud: 5 }), 'claim_malformed'],
  ['for an object', () => ({ aud: { 'own-api': true } }), 'claim_malformed'],
  ['for a list within a list', () => ({ aud: [['own-api']] }), 'claim_malformed'],
  ['for a list with a number in it', () => ({ aud: ['own-api', 5] }), 'claim_malformed'],
];

const issuers: [name: string, change: Change, reason: string][] = [
  ['with a slash at its end', ({ peer }) => ({ iss: `${peer.issuer}/` }), 'issuer_unknown'],
  ['in upper case', ({ peer }) => ({ iss: peer.issuer.toUpperCase() }), 'issuer_unknown'],
  [
    'under another name of its host',
    ({ peer }) => ({ iss: peer.issuer.replace('127.0.0.1', 'localhost') }),
    'issuer_unknown',
  ],
  ['with a space at its end', ({ peer }) => ({ iss: `${peer.issuer} ` }), 'issuer_unknown'],
  ['with a path', ({ peer }) => ({ iss: `${peer.issuer}/auth/v2` }), 'issuer_unknown'],
  ['with a fragment', ({ peer }) => ({ iss: `${peer.issuer}#` }), 'issuer_unknown'],
  ['with userinfo', ({ peer }) => ({ iss: peer.issuer.replace('//', '//evil@') }), 'issuer_unknown'],
  ['cut short', ({ peer }) => ({ iss: peer.issuer.slice(0, -1) }), 'issuer_unknown'],
  ['missing', () => ({ iss: undefined }), 'issuer_unknown'],
  ['null', () => ({ iss: null }), 'issuer_unknown'],
  ['empty', () => ({ iss: '' }), 'issuer_unknown'],
  ['a number', () => ({ iss: 5 }), 'issuer_unknown'],
  ['a list of it', ({ peer }) => ({ iss: [peer.issuer] }), 'issuer_unknown'],
  [
    'a list of it and another peer',
    ({ peer, neighbour }) => ({ iss: [peer.issuer, neighbour.issuer] }),
    'issuer_unknown',
  ],
  ['an object', ({ peer }) => ({ iss: { toString: peer.issuer } }), 'issuer_unknown'],
  ['a name of the language', () => ({ iss: '__proto__' }), 'issuer_unknown'],
  ['of nobody', () => ({ iss: 'https://nobody.example.org' }), 'issuer_unknown'],
  ['of 8 kB', ({ peer }) => ({ iss: peer.issuer + 'x'.repeat(8_192) }), 'issuer_unknown'],
];

const times: [name: string, change: Change, reason: string][] = [
  ['that has expired', () => ({ iat: now() - day, exp: now() - 10 }), 'expired'],
  ['that has expired, by a fraction', () => ({ iat: now() - day, exp: now() - 10.5 }), 'expired'],
  ['that has expired before 1970', () => ({ iat: undefined, exp: -1 }), 'expired'],
  ['without exp', () => ({ exp: undefined }), 'expiry_missing'],
  ['whose exp is text', () => ({ exp: String(now() + 300) }), 'claim_malformed'],
  ['whose exp is null', () => ({ exp: null }), 'claim_malformed'],
  ['whose exp is a list', () => ({ exp: [now() + 300] }), 'claim_malformed'],
  ['that was issued ahead', () => ({ iat: now() + 60, exp: now() + 300 }), 'issued_in_future'],
  ['whose iat is text', () => ({ iat: String(now()) }), 'claim_malformed'],
  ['that is not valid yet', () => ({ nbf: now() + 60 }), 'not_yet_valid'],
  ['whose nbf is text', () => ({ nbf: 'yesterday' }), 'claim_malformed'],
];

const subjects: [name: string, change: Change, reason: string][] = [
  ['nobody', () => ({ sub: undefined }), 'claim_malformed'],
  ['an empty name', () => ({ sub: '' }), 'claim_malformed'],
  ['null', () => ({ sub: null }), 'claim_malformed'],
  ['a number', () => ({ sub: 5 }), 'claim_malformed'],
  ['a list', () => ({ sub: ['peer-user'] }), 'claim_malformed'],
  ['an object', () => ({ sub: { toString: 'peer-user' } }), 'claim_malformed'],
];

describe.each(adapters)('a token of a peer on %s', (adapter) => {
  const target = peerTargetOn(adapter, () => ({ peer: { keys: [key] } }));
  const changed = (change: Change) => target().peer.token(change(target()));

  it.each(kinds)('that is %s', async (_, change, reason) => target().refuses(changed(change), reason));
  it.each(audiences)('%s', async (_, change, reason) => target().refuses(changed(change), reason));
  it.each(issuers)('whose issuer is %s', async (_, change, reason) => target().refuses(changed(change), reason));
  it.each(times)('%s', async (_, change, reason) => target().refuses(changed(change), reason));
  it.each(subjects)('that speaks of %s', async (_, change, reason) => target().refuses(changed(change), reason));

  it('whose exp no number can hold', async () => {
    const claims = JSON.stringify({ ...claimsOf(await target().peer.token()), exp: 0 });
    for (const exp of ['1e999', '-1e999']) {
      const payload = claims.replace('"exp":0', `"exp":${exp}`);
      await target().refuses(signedBy(key, { alg: 'RS256', kid: key.kid, typ: 'at+jwt' }, payload), 'claim_malformed');
    }
  });

  it('that names two issuers: the last counts, for its keys as for whose it is', async () => {
    const { peer, neighbour } = target();
    const claims = JSON.stringify(claimsOf(await peer.token()));
    const header = { alg: 'RS256', kid: key.kid, typ: 'at+jwt' };
    const named = (first: string, last: string) => claims.replace(/"iss":"[^"]*"/, `"iss":"${first}","iss":"${last}"`);
    await target().refuses(signedBy(key, header, named(peer.issuer, neighbour.issuer)), 'key_unknown');
    expect(await target().admits(signedBy(key, header, named(neighbour.issuer, peer.issuer)))).toMatchObject({
      iss: peer.issuer,
    });
  });

  it('whose issuer is of 16 kB, by whatever way it comes', async () => {
    const { app, peer } = target();
    const token = await peer.token({ iss: peer.issuer + 'x'.repeat(16_384) });
    await expect(app.app.get(OidcAuth).verify(token)).rejects.toMatchObject({ status: 401, reason: 'token_too_large' });
    // Node.js itself refuses headers of this size
    expect((await target().get(token)).status).toBe(431);
  });

  it.each<[name: string, change: Change]>([
    ['for several audiences, one of which is ours', () => ({ aud: ['their-api', 'own-api'] })],
    ['whose times are fractions', () => ({ iat: now() - 0.25, exp: now() + 60.5, nbf: now() - 0.5 })],
    ['whose clock is ahead within the tolerance', () => ({ iat: now() + 3 })],
    ['without iat and jti', () => ({ iat: undefined, jti: undefined })],
    ['that calls itself a bearer', () => ({ typ: 'Bearer' })],
  ])('%s is let in', async (_, change) => {
    await target().admits(changed(change));
  });

  it('of which the first is let in and the second differs by its issuer alone', async () => {
    const { peer } = target();
    const claims = claimsOf(await peer.token());
    for (let round = 0; round < 2; round++) {
      await target().admits(peer.token(claims));
      await target().refuses(peer.token({ ...claims, iss: `${peer.issuer}/` }), 'issuer_unknown');
    }
  });
});

describe.each(adapters)('the audience of an entry on %s', (adapter) => {
  const audience = ['network', 'more'];
  const target = peerTargetOn(adapter, () => ({ peer: { keys: [key] }, entry: { audience } }), { aud: 'network' });

  it('takes the place of ours, for this peer only', async () => {
    const { peer, neighbour } = target();
    for (const aud of audience) await target().admits(peer.token({ aud }));
    await target().refuses(peer.token({ aud: 'own-api' }), 'audience_mismatch');
    await target().refuses(neighbour.token({ aud: audience }), 'audience_mismatch');
    const { status } = await target().get(await peer.token({ aud: 'network' }), '/own-audience');
    expect(status).toBe(401);
  });
});
