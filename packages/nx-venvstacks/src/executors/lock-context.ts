import type { ExecutorContext } from '@nx/devkit';
import { join, resolve } from 'node:path';
import { runCommand, type PluginOptions } from '../inference';
import { findUv, Judge, type LockContext } from '../lock';
import { lowerLayers, type Layer } from '../stack';
import { projectOf, type LayerTask } from './workspace';

/** What locking a task's layer needs from outside. */
export function lockContextFor(
  { layer, lockFolders }: LayerTask,
  lineage: string,
  context: ExecutorContext,
): LockContext {
  const { env } = process;
  const layers = [layer, ...lowerLayers(layer)];
  const projectNamed = (envName: string) => {
    const named = layers.find((each) => each.envName === envName);
    return (named && projectOf(named, context)) ?? envName;
  };
  return {
    judge: new Judge(env),
    lineage,
    get toolFolder() {
      return toolFolderOf();
    },
    env,
    trustedHosts: pluginOptions(context).trustedHosts ?? [],
    otherLockFolders: new Set([...lockFolders].filter((folder) => folder !== layer.lockFolder)),
    historyFolder: join(
      resolve(context.root, env.NX_WORKSPACE_DATA_DIRECTORY ?? '.nx/workspace-data'),
      'nx-venvstacks',
    ),
    uv: () => findUv(pluginOptions(context).uv ?? {}, context.root, toolFolderOf(), env, showProgress),
    commandFor: (envName) => runCommand(projectNamed(envName), lockTargetOf(context)),
    now: () => new Date(),
  };
}

/** Nx's own cache folder keeps what is to be kept between runs and may be lost. */
function toolFolderOf(): string {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a slow import that most runs do without
  const { cacheDir } = require('../nx') as typeof import('../nx');
  return `${cacheDir}/nx-venvstacks`;
}

function pluginOptions({ nxJsonConfiguration }: ExecutorContext): PluginOptions {
  const plugins = nxJsonConfiguration?.plugins ?? [];
  const entry = plugins.find((plugin) => typeof plugin === 'object' && plugin.plugin === 'nx-venvstacks');
  return (typeof entry === 'object' ? (entry.options as PluginOptions | undefined) : undefined) ?? {};
}

/** The name of the target that locks, as the plugin's options have it. */
function lockTargetOf(context: ExecutorContext): string {
  return pluginOptions(context).lockTargetName || 'lock';
}

/** For a terminal only: what is under way does not belong into an output that Nx keeps and shows again. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${text}\n`);
}

/** While uv runs for longer than a second, a terminal sees what is being resolved. */
export async function whileShowingProgress<T>(layer: Layer, work: Promise<T>): Promise<T> {
  const timer = setTimeout(() => {
    showProgress(`${layer.envName}: resolving …`);
  }, 1000);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}
