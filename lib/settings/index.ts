export type { CheckedBroker } from './broker.settings.js';
export { settingsFrom, type Settings } from './settings.js';
export { checkShape, SHAPE_DEFAULTS, type CheckedShape } from './shape.js';
