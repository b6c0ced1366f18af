import { describe, expect, it } from '@jest/globals';
import type { SigningKey as OwnKey } from '../../lib/broker/signing-key.js';
import { encryptionKey } from '../broker/e2e/support/broker-app.js';
import { adapters } from '../support/apps.js';
import { claimsOf, signingKey, type Header } from '../support/keys.js';
import { LoopbackServer } from '../support/loopback.js';
import { signingKeysIn, watchedStore } from './support/broker-store.js';
import { hmacSigned, signedBy, withSignature } from './support/forge.js';
import { peerTargetOn } from './support/peer-target.js';
import { altered, publicKeyTexts } from './support/tokens.js';

const evil = await signingKey('RS256', 'evil');
const keys = [await signingKey('RS256', 'the key of the peer'), await signingKey('ES256', 'elliptic')];
const [rsa, elliptic] = keys as [(typeof keys)[0], (typeof keys)[0]];
const notAllowed = 'algorithm_not_allowed';

describe.each(adapters)('a token of a peer on %s', (adapter) => {
  const { store } = watchedStore();
  const target = peerTargetOn(adapter, () => ({ peer: { keys }, broker: { store, signing: undefined } }));
  const ownKey = async () => {
    const [key] = (await signingKeysIn(store, encryptionKey)) as [OwnKey];
    return key;
  };
  const claims = async () => claimsOf(await target().peer.token());
  const header = (others: Header = {}) => ({ alg: 'RS256', typ: 'at+jwt', kid: rsa.kid, ...others });

  it('in the name of another peer', async () => {
    const { peer, neighbour } = target();
    const posing = { iss: neighbour.issuer };
    await target().refuses(peer.token(posing), 'key_unknown');
    await target().refuses(peer.token(posing, { kid: neighbour.key.kid }), 'signature_invalid');
    await target().refuses(peer.token(posing, { kid: undefined }), 'signature_invalid');
  });

  it('in our own name', async () => {
    const { app, peer, own } = target();
    const { kid } = await ownKey();
    for (const posing of [{ iss: app.url, client_id: 'my-client' }, claimsOf(own)]) {
      await target().refuses(peer.token(posing), 'key_unknown');
      await target().refuses(peer.token(posing, { kid }), 'signature_invalid');
      await target().refuses(peer.token(posing, { kid: undefined }), 'signature_invalid');
    }
  });

  it('in the name of the provider', async () => {
    const { stub, peer } = target();
    const posing = { iss: stub.issuer, aud: ['own-api', 'my-api', 'my-client'], azp: 'my-client' };
    for (const kid of [rsa.kid, stub.key.kid]) await target().refuses(peer.token(posing, { kid }), 'issuer_unknown');
  });

  it('that another peer, the provider or we have signed', async () => {
    const { peer, neighbour, stub } = target();
    for (const key of [neighbour.key, stub.key]) {
      await target().refuses(peer.token({}, {}, key), 'key_unknown');
      await target().refuses(peer.token({}, { kid: rsa.kid }, key), 'signature_invalid');
    }
    const { kid, privateKey } = await ownKey();
    await target().refuses(signedBy(privateKey, header({ kid }), await claims()), 'key_unknown');
    await target().refuses(signedBy(privateKey, header(), await claims()), 'signature_invalid');
  });

  it('by a stranger', async () => {
    const { peer } = target();
    await target().refuses(peer.token({}, {}, evil), 'key_unknown');
    await target().refuses(peer.token({}, { kid: rsa.kid }, evil), 'signature_invalid');
    await target().refuses(peer.token({}, { kid: undefined }, evil), 'signature_invalid');
  });

  it.each(['none', 'None', 'NONE', 'nOnE', '', 'RS256 ', 'rs256', 'dir', '__proto__'])('alg %j', async (alg) => {
    await target().refuses(withSignature(header({ alg }), await claims()), notAllowed);
    await target().refuses(altered(await target().peer.token(), { header: { alg } }), notAllowed);
  });

  it('HS256 with the public key of the peer as its secret', async () => {
    for (const secret of Object.values(await publicKeyTexts(rsa))) {
      await target().refuses(hmacSigned(secret, header({ alg: 'HS256' }), await claims()), notAllowed);
      await target().refuses(hmacSigned(secret, header(), await claims()), 'signature_invalid');
    }
  });

  it('by an algorithm that is not listed, or is none of the key', async () => {
    const { peer } = target();
    for (const alg of ['RS384', 'RS512', 'PS256', 'ES384']) {
      await target().refuses(altered(await peer.token(), { header: { alg } }), notAllowed);
    }
    for (const alg of ['ES256', 'EdDSA']) {
      await target().refuses(altered(await peer.token(), { header: { alg } }), 'key_unknown');
    }
    await target().refuses(peer.token({}, { kid: rsa.kid }, elliptic), 'key_unknown');
    await target().admits(peer.token({}, {}, elliptic));
  });

  it('with a signature over other claims, cut off, or cut short', async () => {
    const token = await target().peer.token();
    await target().admits(token);
    for (const change of [{ sub: 'admin' }, { roles: ['admin'] }, { exp: 9_999_999_999 }, { jti: 'another' }]) {
      await target().refuses(altered(token, { claims: change }), 'signature_invalid');
    }
    await target().refuses(altered(token, { signature: '' }), 'signature_invalid');
    await target().refuses(token.slice(0, -8), 'signature_invalid');
  });

  it('with a key in its header: jwk, jku, x5u, x5c', async () => {
    const visits: unknown[] = [];
    const lair = await LoopbackServer.start((request, response) => {
      visits.push(request.url);
      response.writeHead(200).end(JSON.stringify({ keys: [evil.publicJwk] }));
    });
    const carried = [
      { jwk: evil.publicJwk },
      { jku: `${lair.origin}/jwks` },
      { x5u: `${lair.origin}/certificate` },
      { x5c: ['MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A'] },
    ];
    for (const one of carried) {
      await target().refuses(target().peer.token({}, one, evil), 'key_unknown');
      await target().refuses(target().peer.token({}, { ...one, kid: rsa.kid }, evil), 'signature_invalid');
      await target().admits(target().peer.token({}, one));
    }
    expect(visits).toEqual([]);
    await lair.close();
  });

  it.each<[name: string, others: Header]>([
    ['crit', { crit: ['exp'] }],
    ['crit of b64', { crit: ['b64'], b64: false }],
    ['crit that is empty', { crit: [] }],
    ['b64', { b64: false }],
  ])('%s, even under its own key', async (_, others) => {
    await target().refuses(signedBy(rsa, header(others), await claims()), 'critical_header');
  });

  it.each<[name: string, kid: unknown]>([
    ['that is a path', '../../../../dev/null'],
    ['that is SQL', "' UNION SELECT 'secret' --"],
    ['that is an address', 'https://evil.example.org/jwks'],
    ['that is empty', ''],
    ['that is a number', 1],
    ['that is null', null],
    ['that is a list', [rsa.kid]],
    ['of 7 kB', 'k'.repeat(7_000)],
    ['of the language', '__proto__'],
  ])('a kid %s', async (_, kid) => {
    await target().refuses(signedBy(rsa, header({ kid }), await claims()), 'key_unknown');
  });

  it.each(['at+jwt', 'JWT'])('typ %j is let in', async (typ) => {
    await target().admits(target().peer.token({}, { typ }));
  });

  it.each([undefined, 'jwt', 'AT+JWT', 'application/at+jwt', 'logout+jwt', 'id+jwt', 'dpop+jwt', '', null, ['JWT']])(
    'typ %j, even under its own key',
    async (typ) => {
      await target().refuses(signedBy(rsa, header({ typ }), await claims()), 'token_type');
    },
  );
});

describe.each(adapters)('a peer on %s that may sign with RS256 only', (adapter) => {
  const target = peerTargetOn(adapter, () => ({ peer: { keys }, entry: { algorithms: ['RS256'] } }));

  it('and uses an elliptic key', async () => {
    const { peer } = target();
    await target().refuses(peer.token({}, {}, elliptic), notAllowed);
    await target().refuses(peer.token({}, { kid: rsa.kid }, elliptic), notAllowed);
    await target().refuses(peer.token({}, { alg: 'RS256' }, { ...rsa, kid: elliptic.kid }), 'key_unknown');
  });
});
