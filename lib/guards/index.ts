export * from './events.js';
export * from './oidc.guard.js';
export * from './refusal.js';
export * from './registry.js';
export * from './request-state.js';
export * from './route-audit.js';
export * from './route-metadata.js';
export * from './route-plan.js';
