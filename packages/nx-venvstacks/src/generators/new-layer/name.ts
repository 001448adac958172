import { checkName, collisionKey, environmentName, type LayerKind, type Stack } from '../../stack';
import { titleOf } from './options';
import { refuse } from './refuse';
import { shownPath } from '../paths';

/** Refuses a name that no layer can have. */
export function refuseBadName(kind: LayerKind, name: string): void {
  const wrong = checkName(name);
  if (wrong !== undefined) refuse(wrong, proposal(kind, name));
  // Files may call layers so. But these are no names to type, neither here nor after `nx run` and `nx run-many -p`.
  if (name.startsWith('-')) refuse("a name that begins with '-' is taken for an option", proposal(kind, name));
  if (name.includes(',')) refuse('a name with a comma is taken for two names', proposal(kind, name));
  // The reader says the same, of a file that is not there yet.
  const prefix = kind === 'runtime' ? /^(?:app|framework)-/i.exec(name)?.[0] : undefined;
  if (prefix !== undefined) {
    refuse(
      `the prefix '${prefix}' is reserved for the environments of applications and frameworks`,
      proposal(kind, name.slice(prefix.length)),
    );
  }
}

/** Refuses a name whose files would collide with those of another layer. */
export function refuseTakenName(kind: LayerKind, name: string, stack: Stack | undefined, root: string): void {
  const layers = [...(stack?.layers ?? []), ...(stack?.broken ?? [])];
  const keyOf = (each: string) => collisionKey(environmentName(kind, each));
  const find = (each: string) => layers.find(({ envName }) => collisionKey(envName) === keyOf(each));
  const other = find(name);
  if (!other) return;
  const title = titleOf(other.kind ?? kind, other.name);
  const where = `in ${shownPath(other.definition, root)}`;
  let number = 2;
  while (find(`${name}-${number}`)) number++;
  const hint = `Choose another name, such as '${name}-${number}'.`;
  if (other.kind === kind && other.name === name) refuse(`it exists already, ${where}`, hint);
  refuse(`its files would collide with those of ${title}, ${where}`, hint);
}

const EXAMPLES: Readonly<Record<LayerKind, string>> = { runtime: 'python', framework: 'web', application: 'hello' };

/** What is left of a name when what is not allowed is taken out; where that is no name either, one that is. */
function proposal(kind: LayerKind, name: string): string {
  const cleaned = name
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[-.]+/, '')
    .replace(/[-.]+$/, '');
  const candidate =
    cleaned === '' ? undefined : [cleaned, `${cleaned}-layer`].find((each) => checkName(each) === undefined);
  return candidate === undefined ? `A name is like '${EXAMPLES[kind]}'.` : `How about '${candidate}'?`;
}
