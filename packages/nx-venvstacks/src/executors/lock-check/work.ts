import { VenvstacksError } from '../../errors';
import type { LayerOptions } from '../../inference';
import { checkLayer, type CheckResult } from '../../lock';
import type { Layer } from '../../stack';
import { lockContextFor } from '../lock-context';
import type { TaskTarget } from '../task';
import type { Workspace } from '../workspace';

/** Fails if the project's layer is stale or damaged (interface.md, `lock-check`). Reads only. */
export async function lockCheckTask(
  options: LayerOptions,
  { project }: TaskTarget,
  workspace: Workspace,
): Promise<string> {
  const task = workspace.layerOf(options, project);
  const lockContext = lockContextFor(task, '', workspace);
  const result = await checkLayer(task.layer, lockContext);
  const notes = result.notes.map((note) => `\n  ${note}`).join('');
  if (result.verdict === 'valid') return `${result.deployedName}: valid${notes}`;
  throw failure(task.layer, result, notes, lockContext.commandFor(task.layer.envName));
}

function failure(
  layer: Layer,
  { verdict, deployedName, findings, expected, advice }: CheckResult,
  notes: string,
  command: string,
): VenvstacksError {
  const list = findings.map((finding) => `\n  ${finding.replaceAll('\n', '\n  ')}`).join('');
  if (verdict === 'unknown')
    return new VenvstacksError('damaged', `cannot tell whether ${layer.envName} is valid:${list}${notes}`);
  if (verdict === 'damaged') {
    return new VenvstacksError('damaged', `${deployedName} is damaged:${list}${notes}`, {
      hint: hintFrom(advice, `Mend it: ${command}`),
    });
  }
  const names = expected.length
    ? `\n  it would be ${expected.join(', or ')}${expected.length > 1 ? ' if its packages differ' : ''}`
    : '';
  return new VenvstacksError('stale', `${deployedName} is stale:${list}${names}${notes}`, {
    hint: hintFrom(advice, `Lock it: ${command}`),
  });
}

/** Locking is the second thing to try where there is other advice: it takes files as they are here. */
function hintFrom(advice: string | undefined, lock: string): string {
  return advice === undefined ? lock : `${advice}\nIf that changes nothing, it was committed so. ${lock}`;
}
