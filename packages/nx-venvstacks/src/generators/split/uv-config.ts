import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UV_CONFIG_FILE, type Stack } from '../../stack';
import { uvConfigAt, uvConfigFromStack } from '../move/uv-config-text';
import { shownPath } from '../paths';

/** What becomes of the uv configuration of a stack that is split. */
export interface UvConfigMove {
  readonly changes: readonly (readonly [path: string, text: string | null])[];
  readonly notes: readonly string[];
  /** Texts whose comments should not be lost, and where those of uv's configuration are now. */
  readonly sources: readonly string[];
  readonly results: readonly string[];
}

/**
 * uv's configuration goes to the workspace's root, where that of layer.toml files is, unless there is one already.
 *
 * @param file absolute path of the venvstacks.toml
 * @param isShared whether there are layer.toml files already
 */
export function uvConfigChanges({ layers }: Stack, file: string, root: string, isShared: boolean): UvConfigMove {
  const source = layers[0]?.uv.file;
  const beside = join(dirname(file), UV_CONFIG_FILE);
  const target = join(root, UV_CONFIG_FILE);
  const stackText = readFileSync(file, 'utf8');
  if (source === undefined || source === target) {
    return { changes: [], notes: [], sources: [stackText], results: [] };
  }
  const text = readFileSync(source, 'utf8');
  const moved =
    source === file ? uvConfigFromStack(text, dirname(file), root) : uvConfigAt(text, dirname(source), root);
  // A file at the root that [tool.uv] overrode is nobody's, unless there are layer.toml files already.
  const isKept = existsSync(target) && (beside !== target || isShared);
  // A file beside a [tool.uv] had no effect. It must not come into force, here or when the layers are joined again.
  const isGone = existsSync(beside) && !(isKept && beside === target);
  return {
    changes: [
      ...(isGone ? [[beside, null] as const] : []),
      ...(isKept ? [] : [[target, moved.trim() === '' ? null : moved] as const]),
    ],
    notes: isGone && source === file ? [`${shownPath(beside, root)}, which [tool.uv] overrode, gave way to it.`] : [],
    sources: source === file ? [stackText] : [stackText, text],
    results: [isKept ? readFileSync(target, 'utf8') : moved],
  };
}
