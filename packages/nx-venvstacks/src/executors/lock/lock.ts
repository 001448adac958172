import type { ExecutorContext } from '@nx/devkit';
import { LOCK_EXECUTOR, lockInputs, type LockOptions, type PluginOptions } from '../../inference';
import { VenvstacksError } from '../../errors';
import { findUv, Judge, lockLayer, type LockContext } from '../../lock';
import { lowerLayers, type Layer } from '../../stack';
import { reportLock } from './report';
import { runTask } from '../task';
import { layerOfTask, projectOf, REMOVE_OPTIONS, type LayerTask } from '../workspace';

/** Makes the project's layer valid (interface.md, `lock`). */
export default function lockExecutor(options: LockOptions, context: ExecutorContext): Promise<{ success: boolean }> {
  return runTask(async () => {
    const task = layerOfTask(options, context);
    if (options.lineage === undefined) {
      throw new VenvstacksError('configuration', "the target's option 'lineage' is not set", { hint: REMOVE_OPTIONS });
    }
    checkInputs(task, context);
    const locking = lockLayer(task.layer, contextFor(task, options.lineage, context));
    return reportLock(await whileShowingProgress(task.layer, locking));
  });
}

function contextFor({ layer, lockFolders }: LayerTask, lineage: string, context: ExecutorContext): LockContext {
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
    otherLockFolders: new Set([...lockFolders].filter((folder) => folder !== layer.lockFolder)),
    uv: () => findUv(uvOptions(context), context.root, toolFolderOf(), env, showProgress),
    commandFor: (envName) => `npx nx run ${projectNamed(envName)}:${context.targetName ?? 'lock'}`,
    now: () => new Date(),
  };
}

/** Nx's own cache folder keeps what is to be kept between runs and may be lost. */
function toolFolderOf(): string {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a slow import that most runs do without
  const { cacheDir } = require('@nx/devkit') as typeof import('@nx/devkit');
  return `${cacheDir}/nx-venvstacks`;
}

function uvOptions({ nxJsonConfiguration }: ExecutorContext) {
  const plugins = nxJsonConfiguration?.plugins ?? [];
  const entry = plugins.find((plugin) => typeof plugin === 'object' && plugin.plugin === 'nx-venvstacks');
  return (typeof entry === 'object' ? (entry.options as PluginOptions | undefined)?.uv : undefined) ?? {};
}

/** A user's `targetDefaults` replace inferred inputs as a whole: without ours, the cache would bring back wrong locks. */
function checkInputs({ layer, stack }: LayerTask, context: ExecutorContext): void {
  const target = context.projectGraph.nodes[context.projectName ?? '']?.data.targets?.[context.targetName ?? ''];
  if (target?.executor !== LOCK_EXECUTOR) return;
  const present = new Set((target.inputs ?? []).map((input) => JSON.stringify(input)));
  const missing = lockInputs(layer, stack, context.root).filter((input) => !present.has(JSON.stringify(input)));
  if (missing.length === 0) return;
  throw new VenvstacksError(
    'configuration',
    `inputs of this target are missing: ${missing.map((input) => JSON.stringify(input)).join(', ')}`,
    {
      layer: layer.envName,
      hint: "They were replaced by targetDefaults in nx.json or by a project.json. Remove 'inputs' there: the plugin declares them.",
    },
  );
}

/** For a terminal only: what is under way does not belong into an output that Nx keeps and shows again. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${text}\n`);
}

/** While uv runs for longer than a second, a terminal sees what is being resolved. */
async function whileShowingProgress<T>(layer: Layer, work: Promise<T>): Promise<T> {
  const timer = setTimeout(() => {
    showProgress(`${layer.envName}: resolving …`);
  }, 1000);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}
