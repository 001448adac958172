import { VenvstacksError } from '../../errors';
import { isLockExecutor, lockInputs, type LockOptions } from '../../inference';
import { lockLayer } from '../../lock';
import { lockContextFor } from '../lock-context';
import { whileShowingProgress } from '../progress';
import { reportLock } from '../report';
import type { TaskTarget } from '../task';
import { REMOVE_OPTIONS, type LayerTask, type Workspace } from '../workspace';

/** Makes the project's layer valid (interface.md, `lock`). */
export async function lockTask(options: LockOptions, target: TaskTarget, workspace: Workspace): Promise<string> {
  const task = workspace.layerOf(options, target.project);
  // One that is fixed by hand would bring old results back.
  if (
    options.lineage === undefined ||
    !/^(?:excluded|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.test(options.lineage)
  ) {
    throw new VenvstacksError('configuration', "the target's option 'lineage' is not the plugin's", {
      hint: REMOVE_OPTIONS,
    });
  }
  checkInputs(task, target, workspace);
  const locking = lockLayer(task.layer, lockContextFor(task, options.lineage, workspace));
  return reportLock(await whileShowingProgress(task.layer, locking));
}

/** A user's `targetDefaults` replace inferred inputs as a whole: without ours, the cache would bring back wrong locks. */
function checkInputs({ layer, stack }: LayerTask, task: TaskTarget, { context, judge }: Workspace): void {
  const target = context.projectGraph.nodes[task.project]?.data.targets?.[task.target];
  if (!isLockExecutor(target?.executor)) return;
  const present = new Set((target?.inputs ?? []).map((input) => JSON.stringify(input)));
  const missing = lockInputs(layer, stack, context.root, judge).filter((input) => !present.has(JSON.stringify(input)));
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
