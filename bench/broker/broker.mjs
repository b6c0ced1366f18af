// A broker on a store, with a provider that answers at once or as it is told.
import { randomBytes } from 'node:crypto';

const { Broker } = await import('../../dist/broker/index.js');

const HOUR = 3_600_000;
const login = {
  iss: 'https://idp.example.org',
  sub: 'user',
  sid: 'session',
  aud: 'client',
  preferred_username: 'ada',
  email: 'ada@example.org',
  groups: ['staff', 'admins'],
};
const token = 't'.repeat(1_200);

const grant = { accessToken: token, expiresIn: 300, refreshToken: token, refreshLifetime: undefined, scope: 'openid' };

/** What a log-in at the provider gives. */
export function loginGrant() {
  return { ...grant, idToken: token, claims: { ...login, iat: Math.floor(Date.now() / 1000) } };
}

/** @param present answers a refresh token */
export function brokerOn(
  store,
  { encryptionKey = randomBytes(32).toString('base64'), present = async () => {}, refresh = {} } = {},
) {
  const provider = {
    ready: async () => {},
    refresh: async (refreshToken) => {
      await present(refreshToken);
      return { ...grant, idToken: undefined };
    },
    confirm: async (_, known) => known,
    describe: async () => ({ accessToken: undefined, userinfo: undefined }),
    revoke: async () => {},
  };
  const settings = {
    issuer: 'https://app.example.org',
    audience: 'api',
    clientId: 'client',
    encryptionKeys: [encryptionKey],
    subject: 'sub',
    roles: 'own',
    clients: ['client'],
    claims: ['groups'],
    signing: { algorithm: 'RS256', rotateAfter: 90 * 24 * HOUR, publishBefore: 24 * HOUR },
    lifetimes: { code: HOUR, device: HOUR, exchange: HOUR },
    session: { idle: 24 * HOUR, max: 90 * 24 * HOUR },
    refresh: { beat: 2_000, look: 100, patience: 15_000, replayWindow: 10_000, resend: true, ...refresh },
    sessionCheckInterval: 30_000,
    exchange: undefined,
    endOfflineSessions: false,
    purgeEvery: undefined,
    clockTolerance: 5,
    verifiedTokens: 5_000,
    now: Date.now,
  };
  return new Broker({
    settings,
    store,
    provider,
    report: (event) => event.event === 'store-failed' && console.error(event),
  });
}
