import type { GeneratorCallback, Tree } from '@nx/devkit';
import { findDefinitions, readStacks } from '../../stack';
import { forPeople } from '../for-people';
import { addAttributes } from './attributes';
import { forgetPlugins } from './forget-plugins';
import { nextSteps } from './next-steps';
import { registerPlugin } from './nx-json';

const ATTRIBUTES = '.gitattributes';

/**
 * What `nx add nx-venvstacks` runs: registers the plugin in `nx.json`, and has `.gitattributes` fix the bytes of what
 * is hashed. It only adds, and a second run changes nothing.
 *
 * @returns prints what to do next, once everything is written
 * @throws {VenvstacksError} `configuration`, where `nx.json` is missing or broken
 */
// eslint-disable-next-line @typescript-eslint/require-await -- what goes wrong must come as a rejected promise
export default forPeople(async (tree: Tree): Promise<GeneratorCallback> => {
  const { lockTargetName = 'lock' } = registerPlugin(tree);

  const stacks = readStacks(findDefinitions(tree.root, tree.root), tree.root, process.env);
  // A tree takes a file that is written as it was for unchanged.
  tree.write(ATTRIBUTES, addAttributes(tree.read(ATTRIBUTES, 'utf-8') ?? '', stacks, tree.root));

  const isNew = tree.listChanges().some(({ path }) => path === 'nx.json');
  return () => {
    if (isNew) forgetPlugins(tree.root);
    process.stdout.write(nextSteps(stacks, lockTargetName, tree.root));
  };
});
