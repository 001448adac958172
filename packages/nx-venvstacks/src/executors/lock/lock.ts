import type { ExecutorContext } from '@nx/devkit';
import { VenvstacksError } from '../../errors';
import { LOCK_EXECUTOR, lockInputs, type LockOptions } from '../../inference';
import { lockLayer } from '../../lock';
import { lockContextFor, whileShowingProgress } from '../lock-context';
import { reportLock } from '../report';
import { runTask } from '../task';
import { layerOfTask, REMOVE_OPTIONS, type LayerTask } from '../workspace';

/** Makes the project's layer valid (interface.md, `lock`). */
export default function lockExecutor(options: LockOptions, context: ExecutorContext): Promise<{ success: boolean }> {
  return runTask(async () => {
    const task = layerOfTask(options, context);
    // One that is fixed by hand would bring old results back.
    if (
      options.lineage === undefined ||
      !/^(?:excluded|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.test(options.lineage)
    ) {
      throw new VenvstacksError('configuration', "the target's option 'lineage' is not the plugin's", {
        hint: REMOVE_OPTIONS,
      });
    }
    checkInputs(task, context);
    const locking = lockLayer(task.layer, lockContextFor(task, options.lineage, context));
    return reportLock(await whileShowingProgress(task.layer, locking));
  });
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
