export {
  constraintOrder,
  environmentName,
  isExcluded,
  layerModules,
  lowerLayers,
  type Layer,
  type Module,
  type Target,
} from './layer';
export { isDeeperThan } from './depth';
export { Disk } from './disk';
export type { Overlay } from './overlay';
export * from './pep508';
export { escapeRegExp } from './escape';
export { gitEnvironment } from './git-environment';
export {
  findCheckout,
  hasReplacements,
  isPartial,
  isShallow,
  readHeads,
  type Checkout,
  type Heads,
} from './git-folder';
export { readTrackedPaths } from './git-index';
export { isInside, SYSTEM_PATHS, wayFrom } from './paths';
export { checkName, collisionKey } from './name';
export { isLinux, isMacos, markerEnvironment, PLATFORMS, type Platform, type TargetVersion } from './platform';
export { formatProblems, type Problem } from './problem';
export { LIMITS, openFile, readBytes, readText } from './read-file';
export { parsePython, type PythonImplementation } from './python';
export { KINDS, type LayerKind } from './schema';
export {
  LAYER_FILE,
  readLayerFiles,
  readLayerShapes,
  readStackFile,
  STACK_FILE,
  type BrokenLayer,
  type Stack,
} from './stack';
export { parseCutoff, UV_CONFIG_FILE, type UvConfig, type UvIndex } from './uv-config';
export { readScriptMetadata, ScriptMetadataError } from './script-metadata';
export { realFolders, SourceTrees, type SourceFolder, type SourceProblem } from './source-tree';
export { checkoutAround, Checkouts, foreignCheckout, innerCheckouts, missingSubmodule } from './submodules';
export { tomlPlaces, type TomlPath, type TomlPlaces } from './toml-places';
export { suggest } from './suggest';
export { findDefinitions, findWorkspaceRoot, hiddenFromNx, NEVER_SEARCHED, readStacks } from './workspace';
