export { isLayerExecutor, runCommand, shellWord, type LayerOptions } from './layer-target';
export { LOCK_EXECUTOR, type LockOptions } from './lock-target';
export { normalizeOptions, type NormalizedOptions, type PluginOptions } from './options';
export { layerProjects, type LayerProject } from './projects';
export { createDependencies, createNodes, createNodesV2 } from './plugin';
export { lockInputs } from './target-inputs';
export type { UpgradeOptions } from './upgrade-target';
