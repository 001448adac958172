import type { GeneratorCallback, Tree } from '@nx/devkit';
import { findDefinitions, readStacks } from '../../stack';
import { forPeople } from '../for-people';
import { accountOf } from './account';
import { ATTRIBUTES, missingAttributes } from './attributes';
import { forgetPlugins } from './forget-plugins';
import { formatterRemarks, missingIgnores, PRETTIER_IGNORE } from './formatters';
import { nextSteps } from './next-steps';
import { registerPlugin } from './nx-json';
import { addRules } from './rule-file';
import { leaveUncached } from './uncached';

/**
 * What `nx add nx-venvstacks` runs: registers the plugin in `nx.json`, keeps Nx's cache from what it cannot restore, has
 * `.gitattributes` fix the bytes of what is hashed, and `.prettierignore` keep formatters off it. It only adds, and a
 * second run changes nothing.
 *
 * @returns prints what was done and what to do next, once everything is written
 * @throws {VenvstacksError} `configuration`, where `nx.json` is missing or broken
 */
// eslint-disable-next-line @typescript-eslint/require-await -- what goes wrong must come as a rejected promise
export default forPeople(async (tree: Tree): Promise<GeneratorCallback> => {
  const options = registerPlugin(tree);
  const cached = leaveUncached(tree, options);

  const stacks = readStacks(findDefinitions(tree.root, tree.root), tree.root, process.env);
  const outcomes = [
    addRules(tree, ATTRIBUTES, (text) => missingAttributes(text, stacks, tree.root)),
    addRules(tree, PRETTIER_IGNORE, missingIgnores),
  ];
  const written = tree.listChanges().map(({ path }) => path);
  return () => {
    if (written.includes('nx.json')) forgetPlugins(tree.root);
    const [{ lockTargetName = 'lock' } = {}] = options;
    const account = accountOf({ written, outcomes, cached, remarks: formatterRemarks(tree.root) });
    process.stdout.write(account + nextSteps(stacks, lockTargetName, tree.root));
  };
});
