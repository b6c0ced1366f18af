import { signingKey } from '../../../support/keys.js';
import type { StubProvider } from '../../../support/stub-provider.js';
import { LOGOUT_EVENT, logoutToken } from './logout-tokens.js';

type Forge = (stub: StubProvider, sid: string) => Promise<string>;

const now = () => Math.floor(Date.now() / 1000);

/** What is no proof that the provider wants this session of its own ended. */
export const forgedLogouts: [flaw: string, forge: Forge][] = [
  ['another issuer', (stub, sid) => logoutToken(stub, { sid, iss: 'https://elsewhere.example.org' })],
  ['another audience', (stub, sid) => logoutToken(stub, { sid, aud: 'another-client' })],
  ['another audience besides ours', (stub, sid) => logoutToken(stub, { sid, aud: ['my-client', 'another-client'] })],
  ['the type of an access token', (stub, sid) => logoutToken(stub, { sid }, { typ: 'at+jwt' })],
  ['a nonce', (stub, sid) => logoutToken(stub, { sid, nonce: 'a-nonce' })],
  ['no events', (stub, sid) => logoutToken(stub, { sid, events: undefined })],
  ['another event', (stub, sid) => logoutToken(stub, { sid, events: { 'https://example.org/event': {} } })],
  ['an event that is no object', (stub, sid) => logoutToken(stub, { sid, events: { [LOGOUT_EVENT]: true } })],
  ['a time that is over', (stub, sid) => logoutToken(stub, { sid, iat: now() - 900, exp: now() - 600 })],
  ['no exp, long ago', (stub, sid) => logoutToken(stub, { sid, iat: now() - 900, exp: undefined })],
  ['no iat', (stub, sid) => logoutToken(stub, { sid, iat: undefined })],
  ['no jti', (stub, sid) => logoutToken(stub, { sid, jti: undefined })],
  ['neither sid nor sub', (stub) => logoutToken(stub)],
  [
    'the signature of a stranger',
    async (stub, sid) => logoutToken(stub, { sid }, {}, await signingKey('RS256', stub.key.kid)),
  ],
  ['no signature', async (stub, sid) => unsigned(await logoutToken(stub, { sid }))],
  ['an ID token in its place', (stub, sid) => stub.idToken({ sid })],
  ['garbage in its place', () => Promise.resolve('garbage')],
];

/** The claims of a token under `alg: none`. */
function unsigned(token: string): string {
  const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'logout+jwt' })).toString('base64url');
  return `${header}.${token.split('.')[1]}.`;
}
