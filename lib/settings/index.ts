export { settingsFrom, type Settings } from './settings.js';
export { checkShape, SHAPE_DEFAULTS, type CheckedShape } from './shape.js';
