export { createLayer } from './create-layer';
export type { NewLayerOptions } from './options';
