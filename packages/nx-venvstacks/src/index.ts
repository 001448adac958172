export { postTasksExecution, preTasksExecution } from './account';
export { createDependencies, createNodes, createNodesV2, type PluginOptions } from './inference';

/** The plugin's name, as Nx shows it. */
export const name = 'nx-venvstacks';
