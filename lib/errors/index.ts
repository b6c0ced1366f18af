export * from './bearer.errors.js';
export * from './configuration.error.js';
export * from './grant.errors.js';
export * from './oidc-auth.error.js';
export * from './peer.errors.js';
export * from './provider.errors.js';
export type * from './reason.js';
export * from './request.errors.js';
export * from './store.errors.js';
