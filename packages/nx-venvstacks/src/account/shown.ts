import { describeMove, type Change } from './moves';

/** With these Nx shows the output of every task. */
const ALL_SHOWN = /^--(?:output-?style[= ](?:static|stream)\b|verbose$)/i;

/**
 * Whether the outputs of tasks have told of all that moved. Where a user names one task, as in `nx run app:lock` and
 * `nx lock app`, Nx shows its output; those of lower layers, which are not named, it may hide.
 */
export function isShownAnyway(
  changes: readonly (Change & { readonly tasks: readonly string[] })[],
  argv: readonly string[],
): boolean {
  const words = argv.slice(2);
  if (words[0] === 'run-many' || words[0] === 'affected') return false;
  if (words.some((word, at) => ALL_SHOWN.test(word) || ALL_SHOWN.test(`${word} ${words[at + 1] ?? ''}`))) return true;
  const isNamed = (task: string) => words.includes(task) || task.split(':').every((part) => words.includes(part));
  return changes
    .filter(({ before, now }) => describeMove(before, now) !== undefined)
    .every(({ tasks }) => tasks.some(isNamed));
}
