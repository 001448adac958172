export { evaluateMarker, formatLockMarker, parseMarker, type Marker, type MarkerEnvironment } from './marker';
export { normalizeName } from './name';
export { formatRequirement, parseRequirement, type Requirement } from './requirement';
export { Pep508SyntaxError } from './scanner';
export { compareCodePoints, normalizeVersion, satisfiesSpecifier } from './specifier';
