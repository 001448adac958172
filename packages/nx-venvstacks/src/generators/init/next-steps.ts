import { relative } from 'node:path';
import { detectPackageManager, getPackageManagerCommand } from '../../nx';
import type { Stack } from '../../stack';

/**
 * What to do next: create layers where there are none, else lock those that are there.
 *
 * @param root absolute path of the workspace
 */
export function nextSteps(stacks: readonly Stack[], lockTarget: string, root: string): string {
  const { exec } = getPackageManagerCommand(detectPackageManager(root), root);
  const count = stacks.reduce((sum, { layers, broken }) => sum + layers.length + broken.length, 0);
  const stackFile = stacks.find(({ file }) => file !== null)?.file;
  const lines =
    count === 0
      ? [
          'nx-venvstacks is set up. Create your first layers, and lock them:',
          '',
          `  ${exec} nx g nx-venvstacks:runtime python`,
          `  ${exec} nx g nx-venvstacks:framework web --requirements=httpx`,
          `  ${exec} nx g nx-venvstacks:app hello`,
          `  ${exec} nx run hello:${lockTarget}`,
        ]
      : [
          `nx-venvstacks is set up. Your ${count === 1 ? 'layer is a project' : `${count} layers are projects`} now. See what is there, lock it, commit the requirements folders:`,
          '',
          `  ${exec} nx-venvstacks show`,
          `  ${exec} nx run-many -t ${lockTarget}`,
          ...(stackFile
            ? [
                '',
                `To give each layer of ${relative(root, stackFile).replaceAll('\\', '/')} a folder of its own:`,
                '',
                `  ${exec} nx g nx-venvstacks:split --help`,
              ]
            : []),
        ];
  return ['', ...lines, ''].map((line) => `${line}\n`).join('');
}
