import { randomUUID } from 'node:crypto';
import type { UpgradeOptions } from '../../inference';
import { layerFiles, lockLayer } from '../../lock';
import { hiddenFromNx, normalizeName } from '../../stack';
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
  const packages = [options.package ?? []]
    .flat()
    .flatMap((names) => names.split(','))
    .map((name) => normalizeName(name.trim()))
    .filter((name) => name !== '');
  const locking = lockLayer(task.layer, {
    // Not cached: what it makes belongs to no state that a graph could have known.
    ...lockContextFor(task, randomUUID(), workspace),
    upgrade: { packages: packages.length ? packages : undefined, reset: options.reset ?? false },
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
