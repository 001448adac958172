import type { Tree } from '@nx/devkit';
import { existsSync, lstatSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isInside } from '../../stack';
import { lineBreakOf } from '../lines';

/** A file of rules, one a line, of which some are ours. */
export interface RuleFile {
  /** Relative to the workspace. */
  readonly path: string;
  /** The comment above the rules of ours. */
  readonly heading: string;
}

/** What came of it. */
export type Outcome =
  | { readonly change: 'none' | 'written' }
  /** It could not be written: why, and what is missing in it. */
  | { readonly change: 'refused'; readonly reason: string; readonly missing: readonly string[] };

/**
 * Adds rules to the end of a file, under a heading, and creates it where it is not there. Every byte of it stays.
 *
 * @param missingIn which rules a text lacks
 */
export function addRules(
  tree: Tree,
  { path, heading }: RuleFile,
  missingIn: (text: string) => readonly string[],
): Outcome {
  const reason = obstacleAt(join(tree.root, path), tree.root);
  const bytes = (reason === undefined ? tree.read(path) : null) ?? Buffer.alloc(0);
  const text = bytes.toString('utf8');
  const missing = missingIn(text);
  if (reason !== undefined) return { change: 'refused', reason: `${path} is ${reason}`, missing };
  if (missing.length === 0) return { change: 'none' };

  const eol = lineBreakOf(text);
  const isNew = !text.includes(heading);
  const end = text === '' || text.endsWith('\n') ? '' : eol;
  const gap = isNew && text !== '' ? eol : '';
  const lines = [...(isNew ? [heading] : []), ...missing].map((line) => line + eol);
  // What is there may be in another encoding than ours.
  tree.write(path, Buffer.concat([bytes, Buffer.from(end + gap + lines.join(''))]));
  return { change: 'written' };
}

/** Why nothing can be written there; undefined where a file is, or none yet. Links lead to what others may share. */
function obstacleAt(file: string, root: string): string | undefined {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (!stats || stats.isFile()) return undefined;
  if (!stats.isSymbolicLink()) return stats.isDirectory() ? 'a folder' : 'no file';
  if (!existsSync(file)) return 'a link to nothing';
  if (!statSync(file).isFile()) return 'a link to something that is no file';
  return isInside(realpathSync(file), realpathSync(root)) ? undefined : 'a link to a file outside of the workspace';
}
