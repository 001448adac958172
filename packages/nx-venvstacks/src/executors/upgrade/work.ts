import { randomUUID } from 'node:crypto';
import { VenvstacksError } from '../../errors';
import type { UpgradeOptions } from '../../inference';
import { layerFiles, lockLayer } from '../../lock';
import { hiddenFromNx, normalizeName, type Layer } from '../../stack';
import { lockContextFor } from '../lock-context';
import { whileShowingProgress } from '../progress';
import { reportLock } from '../report';
import type { TaskTarget } from '../task';
import type { Workspace } from '../workspace';

/** Locks the project's layer with the newest packages allowed (interface.md, `upgrade`). */
export async function upgradeTask(
  options: UpgradeOptions,
  { project }: TaskTarget,
  workspace: Workspace,
): Promise<string> {
  const task = workspace.layerOf(options, project);
  const packages = options.package === undefined ? undefined : namesIn(options.package, task.layer);
  const locking = lockLayer(task.layer, {
    // Not cached: what it makes belongs to no state that a graph could have known.
    ...lockContextFor(task, randomUUID(), workspace),
    upgrade: { packages, reset: options.reset ?? false },
    dryRun: options.dryRun ?? false,
  });
  const result = await whileShowingProgress(task.layer, locking);
  const { record } = layerFiles(task.layer);
  if (result.outcome !== 'locked' || !hiddenFromNx(workspace.context.root)(record)) return reportLock(result);
  // Nx's daemon would not notice the new record, and bring the old one back.
  const warning =
    "git ignores the record, and Nx with it: take it back in, as by '!requirements' in .nxignore, or run nx reset now";
  return reportLock({ ...result, notes: [...result.notes, warning] });
}

/** @throws {VenvstacksError} `configuration` where there is none: as in `--package=$NAME` without that variable */
function namesIn(given: string | readonly string[], { envName }: Layer): string[] {
  const names = [given]
    .flat()
    .flatMap((each) => each.split(','))
    .map((name) => normalizeName(name.trim()))
    .filter((name) => name !== '');
  if (names.length) return names;
  const hint = 'Name packages, as in --package=numpy,scipy; without the option, all are upgraded.';
  throw new VenvstacksError('configuration', "the option 'package' names no package", { layer: envName, hint });
}
