export { layerFileNames, layerFiles, type LayerFiles } from './files';
export { inputHashes, otherInputs, versionInputs } from './inputs';
export { EXCLUDED_LINEAGE, lockLayer, type LockContext, type LockResult } from './lock';
export { parseLock, requirementsHash } from './pylock';
export { Judge, deployedNameOf, isValid, type LayerState } from './state';
export { CUTOFF_VARIABLE, RESOLUTION_VARIABLES } from './uv-environment';
export { findUv, type UvOptions, type UvTool } from './uv-tool';
export { readIfThere } from './write';
