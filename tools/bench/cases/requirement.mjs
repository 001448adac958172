// A lock of all layers after one requirement changed: of the runtime, which moves what all others stand on, and of an
// application, on which nothing stands.
import { interleave, resultOf } from '../statistics.mjs';
import { lockAll, onStacks } from '../stack-to-lock.mjs';
import { folderOf, REAL_STACK } from '../stacks.mjs';

export const name = 'requirement';
export const sizes = [5, 50];

export function run({ installation, sizes, runs }) {
  return onStacks(installation, sizes, async (stack) => {
    const workspace = stack.workspace();
    await lockAll(workspace);
    workspace.commit();
    return measure(stack, workspace, runs);
  });
}

async function measure({ layers }, workspace, runs) {
  const isReal = layers.length === REAL_STACK.length;
  const [low, high] = [layers[0], layers.at(-1)];
  // Each to and fro between two versions, so that every run has something to do.
  const changes = {
    low: [low, isReal ? ['numpy', 'numpy<2.4'] : [low.requirements[0], `${low.requirements[0]}<1.1`]],
    high: [high, isReal ? ['scikit-learn', 'scikit-learn>=1'] : [high.requirements[0], `${high.requirements[0]}<1.1`]],
  };
  const change = (which) => async (round) => {
    const [layer, texts] = changes[which];
    const file = `${folderOf(layer)}/layer.toml`;
    const [from, to] = round % 2 ? [texts[1], texts[0]] : texts;
    const text = workspace.read(file);
    if (!text.includes(`"${from}"`)) throw new Error(`${file} does not require ${from}`);
    workspace.write({ [file]: text.replace(`"${from}"`, `"${to}"`) });
    return lockAll(workspace);
  };
  const found = await interleave(runs, { low: change('low'), high: change('high') });
  return Object.entries(found).map(([which, numbers]) =>
    resultOf({
      case: `requirement changed, ${which} in the stack`,
      layers: layers.length,
      daemon: 'off',
      runs: numbers,
      unit: 's',
    }),
  );
}
