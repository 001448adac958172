// A lock of all layers with nothing to do: from the cache, compared to as many trivial targets from the cache, and
// without a cache, where every layer looks for itself.
import { lockByHand } from '../hand-made-locks.mjs';
import { interleave, resultOf } from '../statistics.mjs';
import { lockAll, onStacks } from '../stack-to-lock.mjs';
import { forVenvstacks, venvstacksLock } from '../venvstacks.mjs';

const GOAL = { kind: 'ratio', limit: 1.1 };

export const name = 'nothing-to-do';
export const sizes = [5, 50, 500];

export function run({ installation, sizes, runs }) {
  return onStacks(installation, sizes, async (stack, size) => {
    const [workspace, trivial] = [stack.workspace(), stack.trivial(true)];
    // Beyond that, who made the locks makes no difference.
    if (size > 50) lockByHand(workspace.root, installation.plugin);
    await lockAll(workspace);
    workspace.commit();
    // The first run after a stale state takes the ids of the records into the cache's keys.
    await lockAll(workspace);
    await write(trivial, {}, ['--batch']);
    const results = [];
    for (const daemon of [false, true]) results.push(await cached(workspace, trivial, size, daemon, runs));
    if (size <= 50 || installation.hasBatch) results.push(...(await uncached(stack, workspace, trivial, runs)));
    return results;
  });
}

async function cached(workspace, trivial, size, daemon, runs) {
  const ours = async () => {
    const { seconds, output } = await workspace.nx(['run-many', '--target=lock', '--output-style=static'], { daemon });
    expectAllCached(output, size);
    return seconds;
  };
  const theirs = async () => {
    const { seconds, output } = await write(trivial, { daemon });
    expectAllCached(output, size);
    return seconds;
  };
  const found = await interleave(runs, { ours, theirs });
  return resultOf(
    { case: 'nothing to do, from the cache', layers: size, daemon: daemon ? 'on' : 'off', runs: found.ours, unit: 's' },
    { name: 'as many trivial targets', runs: found.theirs },
    GOAL,
  );
}

async function uncached(stack, workspace, trivial, runs) {
  const size = stack.layers.length;
  const folder = size <= 50 ? await forVenvstacks(stack) : undefined;
  // A process for each of 500 tasks would take minutes.
  const isForked = size <= 50;
  const found = await interleave(runs, {
    ours: () => lockAll(workspace, {}, ['--skip-nx-cache']),
    ...(isForked && { theirs: async () => (await write(trivial, {}, ['--skip-nx-cache'])).seconds }),
    ...(folder && { venvstacks: () => venvstacksLock(folder) }),
  });
  const row = (reference) =>
    resultOf(
      { case: 'nothing to do, without a cache', layers: size, daemon: 'off', runs: found.ours, unit: 's' },
      reference,
    );
  return [
    row(isForked ? { name: 'as many trivial tasks, forked', runs: found.theirs } : undefined),
    ...(folder ? [row({ name: 'venvstacks', runs: found.venvstacks })] : []),
  ];
}

function write(workspace, options, more = []) {
  return workspace.nx(['run-many', '--target=write', '--output-style=static', ...more], options);
}

/** What was run would be measured as something else. */
function expectAllCached(output, size) {
  const tasks = [...output.matchAll(/^> nx run \S+(.*)$/gm)];
  const missed = tasks.filter(([, rest]) => !/\bcache\b/.test(rest));
  if (tasks.length !== size || missed.length) {
    throw new Error(`${tasks.length} tasks of ${size}, ${missed.length} not from the cache:\n${output.slice(-2000)}`);
  }
}
