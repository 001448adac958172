import ignore from 'ignore';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathFrom, repositoryAround } from '../repository';
import { LOCK_PATTERNS } from './lock-files';
import type { RuleFile } from './rule-file';

/** What Prettier and oxfmt read, and with them `nx format`. */
export const PRETTIER_IGNORE: RuleFile = {
  path: '.prettierignore',
  heading: '# nx-venvstacks writes these files, and would bring their form back',
};

/** Formatters with another way to leave files out. */
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  Biome: ['biome.json', 'biome.jsonc', '.biome.json', '.biome.jsonc'],
  dprint: ['dprint.json', 'dprint.jsonc', '.dprint.json', '.dprint.jsonc'],
};

/** What tells that somebody runs Prettier or oxfmt in a folder. */
const CONFIGURATIONS = [
  PRETTIER_IGNORE.path,
  ...['', '.json', '.yml', '.yaml', '.json5', '.toml', '.js', '.mjs', '.cjs', '.ts'].map((end) => `.prettierrc${end}`),
  ...['js', 'mjs', 'cjs', 'ts'].map((end) => `prettier.config.${end}`),
  '.oxfmtrc.json',
  '.oxfmtrc.jsonc',
];

/** The patterns that a `.prettierignore` lacks: neither there, in whatever sense, nor covered by what is there. */
export function missingIgnores(text: string): string[] {
  const there = text.split(/\r?\n/).map((line) => line.trim().replace(/^!/, ''));
  const matcher = ignore().add(text);
  return LOCK_PATTERNS.filter(
    (pattern) => !there.includes(pattern) && !examplesOf(pattern).every((path) => matcher.ignores(path)),
  );
}

/** Paths of lock files that a pattern is for, in both layouts. */
function examplesOf(pattern: string): string[] {
  const file = pattern.slice(pattern.lastIndexOf('/') + 1).replace('*', 'app-x');
  return [
    `requirements/${file}`,
    `requirements/app-x/${file}`,
    `a/requirements/app-x/${file}`,
    `a/b/requirements/${file}`,
  ];
}

/**
 * What is left to the user: formatters that are told in ways of their own, and those that are started at the root of a
 * larger repository.
 *
 * @param root absolute path of the workspace
 */
export function formatterRemarks(root: string): string[] {
  const others = Object.entries(OTHERS).flatMap(([formatter, files]) => {
    const file = files.find((each) => textAt(join(root, each)) !== undefined);
    return file === undefined || textAt(join(root, file))?.includes('requirements/')
      ? []
      : [
          `exclude the files of locks in ${file}, too, so that ${formatter} leaves them alone: **/requirements/**/pylock.*`,
        ];
  });
  return [...others, ...remarkOnRepository(root)];
}

/** Both formatters read the file of the folder that they are started in. `nx format` starts them in the workspace. */
function remarkOnRepository(root: string): string[] {
  const repository = repositoryAround(root);
  if (!repository?.folder) return [];
  const isUsed = CONFIGURATIONS.some((each) => existsSync(join(repository.root, each)));
  const file = join(repository.root, PRETTIER_IGNORE.path);
  if (!isUsed || missingIgnores(textAt(file) ?? '').length === 0) return [];
  return [
    `where Prettier is started at the root of the repository, it reads ${pathFrom(root, file)}: put the lines of ${PRETTIER_IGNORE.path} there, too`,
  ];
}

/** The text of a file; undefined where there is none. */
function textAt(path: string): string | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? readFileSync(path, 'utf8') : undefined;
}
