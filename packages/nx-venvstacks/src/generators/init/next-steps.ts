import { relative } from 'node:path';
import { shellWord } from '../../inference';
import type { Stack } from '../../stack';
import { nxHere, pluginHere } from '../commands';

/**
 * What to do next: create layers where there are none, else lock those that are there.
 *
 * @param lockTarget name of the target that locks; false where there is none
 * @param root absolute path of the workspace
 */
export function nextSteps(stacks: readonly Stack[], lockTarget: string | false, root: string): string {
  const nx = nxHere(root);
  const count = stacks.reduce((sum, { layers, broken }) => sum + layers.length + broken.length, 0);
  const stackFile = stacks.find(({ file }) => file !== null)?.file;
  const lines =
    count === 0
      ? [
          'nx-venvstacks is set up. Create your first layers, and lock them:',
          '',
          `  ${nx} g nx-venvstacks:runtime python`,
          `  ${nx} g nx-venvstacks:framework web --requirements=httpx`,
          `  ${nx} g nx-venvstacks:app hello`,
          ...(lockTarget === false ? [] : [`  ${nx} run ${shellWord(`hello:${lockTarget}`)}`]),
        ]
      : [
          `nx-venvstacks is set up. Your ${count === 1 ? 'layer is a project' : `${count} layers are projects`} now. See what is there, lock it, commit the requirements folders:`,
          '',
          `  ${pluginHere(root)} show`,
          ...(lockTarget === false ? [] : [`  ${nx} run-many -t ${shellWord(lockTarget)}`]),
          ...(stackFile
            ? [
                '',
                `To give each layer of ${relative(root, stackFile).replaceAll('\\', '/')} a folder of its own:`,
                '',
                `  ${nx} g nx-venvstacks:split --help`,
              ]
            : []),
        ];
  return ['', ...lines, ''].map((line) => `${line}\n`).join('');
}
