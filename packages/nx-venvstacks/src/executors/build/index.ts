export { buildBefore } from './work';
