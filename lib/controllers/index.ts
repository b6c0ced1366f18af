export * from './announce-issuer.js';
export * from './auth.controller.js';
export * from './endpoints.js';
export * from './mount.js';
export * from './oidc-auth.js';
export * from './wire.filter.js';
