export * from './bearer.js';
export * from './body-errors.js';
export * from './carrier.js';
export * from './cookies.js';
export * from './exchange.js';
export * from './form.js';
export * from './http-exception.js';
export * from './parameters.js';
