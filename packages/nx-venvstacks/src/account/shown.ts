import { describeMove, type Change } from './moves';

/**
 * Whether the output of one task, which Nx shows where a user names it, as in `nx run app:lock` and `nx lock app`, has
 * told of all that moved. Lower layers are not named, and may be hidden.
 */
export function isShownAnyway(
  changes: readonly (Change & { readonly tasks: readonly string[] })[],
  argv: readonly string[],
): boolean {
  const [, , command = '', ...rest] = argv;
  if (command === 'run-many' || command === 'affected') return false;
  const words = new Set([command, ...rest]);
  const isNamed = (task: string) => words.has(task) || task.split(':').every((part) => words.has(part));
  return changes
    .filter(({ before, now }) => describeMove(before, now) !== undefined)
    .every(({ tasks }) => tasks.some(isNamed));
}
