// The narrower of this folder's two doors: what tells whether locks are valid. The graph is built with no more than this,
// since it would wait for the other half to load: git, uv, resolving and writing.
export { layerFileNames, layerFiles, type LayerFiles } from './files';
export type { HashedModule } from './inputs';
export { linkHint } from './places';
export { EXCLUDED_LINEAGE, Judge, isValid } from './state';
export { readIfThere, writeText } from './write';
export { CUTOFF_VARIABLE, RESOLUTION_VARIABLES } from './uv-environment';
