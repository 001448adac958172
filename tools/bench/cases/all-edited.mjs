// A lock of all layers after the launch modules of all applications were edited: as it is by default, compared to a
// process for each layer.
import { interleave, resultOf } from '../statistics.mjs';
import { editModule, lockAll, onStacks } from '../stack-to-lock.mjs';

const GOAL = { kind: 'ratio', limit: 0.35 };

export const name = 'all-edited';
export const sizes = [50];

export function run({ installation, sizes, runs }) {
  return onStacks(installation, sizes, async (stack, size) => {
    const workspace = stack.workspace();
    await lockAll(workspace);
    workspace.commit();
    const edited = (more) => () => {
      for (const application of stack.applications) editModule(workspace, application);
      return lockAll(workspace, {}, more);
    };
    const found = await interleave(runs, { ours: edited([]), forked: edited(['--batch=false']) });
    return [
      resultOf(
        { case: 'all launch modules edited', layers: size, daemon: 'off', runs: found.ours, unit: 's' },
        { name: 'a process for each layer', runs: found.forked },
        GOAL,
      ),
    ];
  });
}
