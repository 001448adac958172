export { buildLayer, type BuildContext, type BuildResult } from './build';
export { whyNotHere } from './platform';
export { environmentOf, type Environment } from './environment';
