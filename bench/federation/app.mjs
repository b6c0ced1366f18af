// An application in broker mode that trusts others.
import { authWith } from '../auth.mjs';
import { AUDIENCE } from './tokens.mjs';

/** @param options of the module, beside what a broker needs */
export function trusting(trustedIssuers, { store = 'memory:', ...options } = {}) {
  return authWith({
    clientSecret: 'a secret of 32 characters or more',
    discoveryUrl: 'http://127.0.0.1:1/provider',
    baseUrl: 'http://127.0.0.1:3000',
    ...options,
    broker: {
      store,
      audience: AUDIENCE,
      encryptionKey: 'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=',
      signing: { algorithm: 'ES256' },
      trustedIssuers,
    },
  });
}
