import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { VenvstacksError } from '../../errors';
import { isInside, STACK_FILE } from '../../stack';
import { shownPath } from '../paths';

/**
 * The venvstacks.toml that a user means.
 *
 * @param path of the file or of its folder
 * @param definitions of the workspace
 * @throws {VenvstacksError} `configuration`, with those that there are
 */
export function stackFileAt(path: string, definitions: readonly string[], root: string): string {
  const file = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, STACK_FILE) : path;
  if (definitions.includes(file) && basename(file) === STACK_FILE) return file;
  const known = definitions.filter((each) => basename(each) === STACK_FILE).map((each) => shownPath(each, root));
  const hint = known.length ? `There is ${known.join(', ')}.` : `There is no ${STACK_FILE} in this workspace.`;
  throw new VenvstacksError('configuration', `${shownPath(file, root)} ${whatIsWrongWith(file, root)}`, { hint });
}

function whatIsWrongWith(file: string, root: string): string {
  if (!existsSync(file)) return 'does not exist';
  if (basename(file) !== STACK_FILE) return `is no ${STACK_FILE}`;
  return isInside(file, root)
    ? 'is no stack of this workspace: Nx leaves it out, by .gitignore or .nxignore'
    : 'is outside of the workspace';
}
