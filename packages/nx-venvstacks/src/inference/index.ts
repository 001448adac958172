export { isLayerExecutor, runCommand, shellWord, type LayerOptions } from './layer-target';
export { isLockExecutor, type LockOptions } from './lock-target';
export { nxMajorVersion } from './nx-version';
export { lockInputs } from './target-inputs';
export { normalizeOptions, type NormalizedOptions, type PluginOptions } from './options';
export { layerProjects, type LayerProject } from './projects';
export { createDependencies, createNodes, createNodesV2 } from './plugin';
export type { UpgradeOptions } from './upgrade-target';
export { workspaceDataFolder } from './workspace-data';
