export { guardWithClaims } from './guard-with-claims.js';
export { createTestIssuer, type TestIssuer, type TestIssuerOptions } from './test-issuer.js';
