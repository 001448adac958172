import { realpathSync, statSync } from 'node:fs';
import { relative } from 'node:path';
import { compareCodePoints, isInside, layerModules, type Stack } from '../../stack';
import { lineBreakOf } from '../lines';

/** Files of a lock: their bytes are what a record says of them, and nobody reads their diffs. */
const LOCK_FILES = ['pylock.*.toml', 'pylock.*.meta.json', 'packages-*.txt', 'requirements-*.in', 'uv.lock'];

/** Both layouts: `requirements/<environment>/` beside a venvstacks.toml, and `requirements/` in a layer's folder. */
const LOCK_RULES = LOCK_FILES.map((file) => `**/requirements/**/${file} -text linguist-generated`);
const MODULE_RULE = '*.py text eol=lf';
const HEADING = '# nx-venvstacks hashes these files by their bytes';

/**
 * The text of a `.gitattributes` with a line for all that is hashed by its bytes: the files of locks, and the modules
 * of applications. Lines are added at the end where none says the same; the very same text comes back if none is missing.
 *
 * @param root absolute path of the folder that the file is in
 */
export function addAttributes(text: string, stacks: readonly Stack[], root: string): string {
  const there = text.split(/\r?\n/).map(words);
  const rules = [...LOCK_RULES, MODULE_RULE, ...packageFolders(stacks, root).map(folderRule)];
  const missing = rules.filter((rule) => {
    const [pattern, ...attributes] = words(rule);
    return !there.some((line) => line[0] === pattern && attributes.every((attribute) => line.includes(attribute)));
  });
  if (missing.length === 0) return text;
  const eol = lineBreakOf(text);
  const isNew = !text.includes(HEADING);
  const whole = text === '' || text.endsWith('\n') ? text : text + eol;
  const gap = isNew && whole !== '' ? eol : '';
  return whole + gap + [...(isNew ? [HEADING] : []), ...missing].map((line) => line + eol).join('');
}

/** A pattern, which may be quoted, and its attributes. */
function words(line: string): string[] {
  return line.match(/"(?:\\.|[^"\\])*"|\S+/g) ?? [];
}

/** Folders that applications ship: all files in them are hashed, whatever they are called. Relative, with slashes. */
function packageFolders(stacks: readonly Stack[], root: string): string[] {
  const realRoot = realpathSync(root);
  const paths = stacks
    .flatMap(({ layers }) => layers.flatMap(layerModules))
    .map(({ realPath }) => realPath)
    .filter((path) => isInside(path, realRoot) && statSync(path).isDirectory())
    .map((path) => relative(realRoot, path).replaceAll('\\', '/'));
  return [...new Set(paths)].sort(compareCodePoints);
}

/** Every file in a folder. git tells text from binary, which must stay as it is. */
function folderRule(folder: string): string {
  const pattern = `/${folder.replace(/[\\*?[\]]/g, '\\$&')}/**`;
  // git takes a pattern to its first space, unless it is quoted as in C.
  const quoted = /[\s"]/.test(pattern) ? `"${pattern.replace(/[\\"]/g, '\\$&')}"` : pattern;
  return `${quoted} text=auto eol=lf`;
}
