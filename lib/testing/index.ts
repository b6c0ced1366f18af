export { brokerStoreContract, type ConnectStore, type ContractCase } from './broker-store-contract/index.js';
export { guardWithClaims } from './guard-with-claims.js';
export { createTestIssuer, type TestIssuer, type TestIssuerOptions } from './test-issuer.js';
