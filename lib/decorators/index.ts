export * from './current-token.decorator.js';
export * from './optional.decorator.js';
export * from './public.decorator.js';
export * from './required.decorator.js';
export * from './requires.decorator.js';
