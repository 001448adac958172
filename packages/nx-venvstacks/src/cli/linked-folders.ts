import { parse } from 'jsonc-parser';
import { join } from 'node:path';
import { LIMITS, readText, realFolders } from '../stack';

/** The plugin's option `linkedFolders` in a workspace's `nx.json`, as a graph has it; none where Nx would say why. */
export function linkedFoldersOf(root: string | undefined): string[] {
  const file = join(root ?? '', 'nx.json');
  if (root === undefined) return [];
  const { plugins } = (parse(textOf(file)) ?? {}) as { plugins?: unknown };
  const entry = (Array.isArray(plugins) ? (plugins as unknown[]) : []).find(
    (each): each is { options?: { linkedFolders?: unknown } } =>
      typeof each === 'object' && each !== null && 'plugin' in each && each.plugin === 'nx-venvstacks',
  );
  const folders = entry?.options?.linkedFolders;
  const isList = Array.isArray(folders) && folders.every((each) => typeof each === 'string');
  return isList ? realFolders(folders, root) : [];
}

function textOf(file: string): string {
  try {
    return readText(file, LIMITS.definition);
  } catch {
    return '';
  }
}
