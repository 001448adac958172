export { isLayerExecutor, runCommand, type LayerOptions } from './layer-target';
export { LOCK_EXECUTOR, lockInputs, type LockOptions } from './lock-target';
export type { PluginOptions } from './options';
export { createDependencies, createNodes, createNodesV2 } from './plugin';
export type { UpgradeOptions } from './upgrade-target';
