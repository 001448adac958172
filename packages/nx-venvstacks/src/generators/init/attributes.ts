import { realpathSync, statSync } from 'node:fs';
import { relative } from 'node:path';
import { compareCodePoints, isInside, layerModules, type Stack } from '../../stack';
import { LOCK_PATTERNS } from './lock-files';
import type { RuleFile } from './rule-file';

const LOCK_RULES = LOCK_PATTERNS.map((pattern) => `${pattern} -text linguist-generated`);
const MODULE_RULE = '*.py text eol=lf';

export const ATTRIBUTES: RuleFile = {
  path: '.gitattributes',
  heading: '# nx-venvstacks hashes these files by their bytes',
};

/**
 * The lines that a `.gitattributes` lacks: one for all that is hashed by its bytes, the files of locks and the modules of
 * applications.
 *
 * @param root absolute path of the folder that the file is in
 */
export function missingAttributes(text: string, stacks: readonly Stack[], root: string): string[] {
  const there = text.split(/\r?\n/).map(words);
  const rules = [...LOCK_RULES, MODULE_RULE, ...packageFolders(stacks, root).map(folderRule)];
  return rules.filter((rule) => {
    const [pattern, ...attributes] = words(rule);
    return !there.some((line) => line[0] === pattern && attributes.every((attribute) => line.includes(attribute)));
  });
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
