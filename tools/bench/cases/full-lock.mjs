// A full lock: no lock is there, uv's cache is warm. For five layers compared to what cannot be avoided: Nx's own start,
// and the longest chain of uv's calls through the layers, each of them run alone.
import { interleave, resultOf } from '../statistics.mjs';
import { lockAll, onStacks, unlock } from '../stack-to-lock.mjs';
import { longestChain, UvRecorder } from '../uv-calls.mjs';
import { forVenvstacks, unlockVenvstacks, venvstacksLock } from '../venvstacks.mjs';

const GOAL = { kind: 'ratio', limit: 1.3 };

/** More layers are locked once: that takes minutes. */
const ONCE = 50;

export const name = 'full-lock';
export const sizes = [5, 50, 500];

export function run({ installation, sizes, runs }) {
  return onStacks(installation, sizes, (stack, size) => (size > ONCE ? measureOnce(stack) : measure(stack, runs)));
}

async function measure(stack, runs) {
  const { installation, layers } = stack;
  const size = layers.length;
  const recorder = new UvRecorder(installation);
  const isSmall = size <= 5;
  const [workspace, recorded, empty] = [
    stack.workspace(),
    stack.workspace({ uv: { path: recorder.path } }),
    stack.empty(),
  ];
  const fullLock = (daemon) => async () => {
    await unlock(workspace, layers);
    // Its first answer is slow: it reads everything.
    for (let n = 0; daemon && n < 2; n++) await start(workspace, true);
    return lockAll(workspace, { daemon });
  };
  const floor = async () => {
    await unlock(recorded, layers);
    recorder.forget();
    await lockAll(recorded, {}, ['--parallel=1', '--batch=false']);
    const chain = longestChain(layers, recorder.seconds());
    await start(empty, true);
    return chain + (await start(empty, true));
  };
  const folder = await forVenvstacks(stack);
  const venvstacks = () => {
    unlockVenvstacks(folder);
    return venvstacksLock(folder);
  };
  const found = await interleave(runs, {
    on: fullLock(true),
    ...(isSmall && { floor }),
    off: fullLock(false),
    ...(folder && { venvstacks }),
  });

  const row = (daemon, numbers, reference, goal) =>
    resultOf({ case: 'full lock', layers: size, daemon, runs: numbers, unit: 's' }, reference, goal);
  const least = { name: "Nx's start and uv's longest chain", runs: found.floor };
  return [
    isSmall ? row('on', found.on, least, GOAL) : row('on', found.on),
    row('off', found.off),
    ...(folder ? [row('on', found.on, { name: 'venvstacks', runs: found.venvstacks })] : []),
  ];
}

async function measureOnce(stack) {
  const seconds = await lockAll(stack.workspace());
  return [resultOf({ case: 'full lock', layers: stack.layers.length, daemon: 'off', runs: [seconds], unit: 's' })];
}

/** Starts Nx for nothing. @returns seconds */
async function start(workspace, daemon) {
  const { seconds } = await workspace.nx(['run-many', '--target=no-such-target'], { daemon });
  return seconds;
}
