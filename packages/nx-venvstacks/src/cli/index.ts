export { formatLayer } from './layer';
export { main } from './main';
