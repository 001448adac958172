export { buildLayer, type BuildContext, type BuildResult } from './build';
export { whyNotHere } from './platform';
export { environmentOf } from './environment';
export { WHOLE_LINES } from './layering';
