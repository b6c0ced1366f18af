export { isLoopback } from './loopback.js';
export { Outbound } from './outbound.js';
