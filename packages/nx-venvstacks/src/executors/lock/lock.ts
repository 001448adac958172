import type { ExecutorContext } from '@nx/devkit';
import { LOCK_EXECUTOR, lockInputs, type LockOptions, type PluginOptions } from '../../inference';
import { VenvstacksError } from '../../errors';
import { findUv, Judge, lockLayer, type LockContext } from '../../lock';
import { type Layer, type Stack } from '../../stack';
import { reportLock } from './report';
import { layerProjectsOf, stackOfProject } from './workspace';

/** Makes the project's layer valid (interface.md, `lock`). */
export default async function lockExecutor(
  options: LockOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  try {
    const { layer, lineage } = options;
    if (options.report !== undefined) throw new VenvstacksError('definition', options.report);
    if (layer === undefined || lineage === undefined) {
      throw new VenvstacksError('configuration', `the target's options 'layer' and 'lineage' are not set`, {
        hint: "They are computed by the plugin. Remove 'options' of this target from nx.json (targetDefaults) and from the project.json.",
      });
    }
    const { stack, own, lockFolders } = stackOfProject(layer, context);
    checkInputs(own, stack, context);
    const lockContext = contextFor(own, lineage, lockFolders, context);
    print(reportLock(await whileShowingProgress(own, lockLayer(own, lockContext))));
    return { success: true };
  } catch (error) {
    if (!(error instanceof VenvstacksError)) throw error;
    printError(process.env.NX_VERBOSE_LOGGING === 'true' ? `${error.report}\n${error.stack ?? ''}` : error.report);
    return { success: false };
  }
}

function contextFor(
  own: Layer,
  lineage: string,
  lockFolders: ReadonlySet<string>,
  context: ExecutorContext,
): LockContext {
  const { root } = context;
  const env = process.env;
  const projects = layerProjectsOf(context);
  return {
    judge: new Judge(env),
    lineage,
    get toolFolder() {
      return toolFolderOf();
    },
    env,
    otherLockFolders: new Set([...lockFolders].filter((folder) => folder !== own.lockFolder)),
    uv: () => findUv(uvOptions(context), root, toolFolderOf(), env, showProgress),
    commandFor: (envName) => `npx nx run ${projects.nameOf(envName, own) ?? envName}:${context.targetName ?? 'lock'}`,
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
function checkInputs(layer: Layer, stack: Stack, context: ExecutorContext): void {
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
  if (process.stderr.isTTY) printError(text);
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

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function printError(text: string): void {
  process.stderr.write(`${text}\n`);
}
