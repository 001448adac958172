// A check of all layers, all of them valid, compared to a start of Nx that has nothing to run and infers nothing.
import { lockByHand } from '../hand-made-locks.mjs';
import { interleave, resultOf } from '../statistics.mjs';
import { onStacks } from '../stack-to-lock.mjs';

const SIZE = 500;
const GOAL = { kind: 'more', limit: 2 };

export const name = 'lock-check';
export const sizes = [5, 50, SIZE];

export function run({ installation, sizes, runs }) {
  // Five that are not of real packages: who made the locks makes no difference to who reads them.
  return onStacks(installation, sizes, async (stack, size) => {
    const [workspace, empty] = [stack.workspace(), stack.empty()];
    lockByHand(workspace.root, installation.plugin);
    workspace.commit();
    const check = async () => {
      const { seconds, output } = await workspace.nx(['run-many', '--target=lock-check', '--output-style=static']);
      const valid = output.match(/: valid$/gm) ?? [];
      if (valid.length !== size) throw new Error(`${valid.length} of ${size} are valid:\n${output.slice(-2000)}`);
      return seconds;
    };
    const start = async () => (await empty.nx(['run-many', '--target=no-such-target'])).seconds;
    const found = await interleave(size === SIZE && !installation.hasBatch ? 1 : runs, { check, start });
    return [
      resultOf(
        { case: 'lock-check of all', layers: size, daemon: 'off', runs: found.check, unit: 's' },
        { name: "Nx's own start", runs: found.start },
        GOAL,
      ),
    ];
  });
}
