import { DEFAULT_UV_TIMEOUT, type LockContext } from '../lock';
import { lowerLayers } from '../stack';
import { showProgress } from './progress';
import type { LayerTask, Workspace } from './workspace';

/** What locking a task's layer needs from outside. */
export function lockContextFor({ layer, lockFolders }: LayerTask, lineage: string, workspace: Workspace): LockContext {
  const layers = [layer, ...lowerLayers(layer)];
  return {
    judge: workspace.judge,
    histories: workspace.histories,
    claimFolder: workspace.claimFolder,
    say: showProgress,
    lineage,
    get toolFolder() {
      return workspace.toolFolder;
    },
    // Another run of the same layer may call uv a few times.
    patience: 4000 * (workspace.pluginOptions.uv?.timeout ?? DEFAULT_UV_TIMEOUT),
    env: process.env,
    trustedHosts: workspace.pluginOptions.trustedHosts ?? [],
    // Its own among them is never looked for.
    otherLockFolders: lockFolders,
    uv: () => workspace.uv(),
    commandFor: (envName) => workspace.commandFor(layers.find((each) => each.envName === envName) ?? layer, 'lock'),
    now: () => new Date(),
  };
}
