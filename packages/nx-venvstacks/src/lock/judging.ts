// The narrower of this folder's two doors: what tells whether locks are valid. The graph is built with no more than this,
// since it would wait for the other half to load: git, uv, resolving and writing.
export { canonicalJson } from './canonical-json';
export { layerFileNames, layerFiles, type LayerFiles } from './files';
export { withFormerName } from './former-name';
export { hashBytes } from './hash';
export type { HashedModule } from './inputs';
export { linkHint } from './places';
export { parseRecordFile } from './record';
export { EXCLUDED_LINEAGE, Judge, deployedNameOf, isValid } from './state';
export { readIfThere, writeText } from './write';
export { CUTOFF_VARIABLE, RESOLUTION_VARIABLES } from './uv-environment';
