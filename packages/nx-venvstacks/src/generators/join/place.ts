import type { Tree } from '@nx/devkit';
import { existsSync, readFileSync } from 'node:fs';
import { VenvstacksError } from '../../errors';
import { readStackFile } from '../../stack';
import { lockFilesOf } from '../move/move-layers';
import { isUnseen, refuseOutside, refuseTaken, refuseUnseen } from '../move/refusals';
import { shownPath } from '../paths';

/** The first line of a copy: only such a file is replaced by the next one. */
export const COPY_HEADER =
  '# Joined by nx-venvstacks from the layer.toml files of this workspace: edit those, and join again.';

/** Where the joined stack is to be. */
export interface Place {
  readonly folder: string;
  readonly file: string;
  readonly root: string;
  readonly keep: boolean;
}

/** @throws {VenvstacksError} `configuration`, where no joined stack can be */
export function refusePlace({ folder, file, root, keep }: Place, tree: Tree): void {
  refuseOutside(folder, root);
  const shown = shownPath(file, root);
  if (keep && !isUnseen(root)(file)) {
    throw new VenvstacksError('configuration', `${shown} would be a second stack of the same layers`, {
      hint: `Write its folder into .gitignore, or choose one that .gitignore or .nxignore leaves out already; or leave --keep away: then the layer.toml files go.`,
    });
  }
  if (!keep) refuseUnseen([file], root);
  if (!isFormerCopy({ file, keep })) refuseTaken(tree, [file]);
}

/** Whether a copy is there that the next one replaces. */
export function isFormerCopy({ file, keep }: Pick<Place, 'file' | 'keep'>): boolean {
  return keep && existsSync(file) && readFileSync(file, 'utf8').startsWith(COPY_HEADER);
}

/** The lock files of the copy that is made anew: of layers that went, too. What else is in its folders stays. */
export function formerLockFiles({ file, keep }: Place): string[] {
  if (!isFormerCopy({ file, keep })) return [];
  const { layers, broken } = readStackFile(file, process.env);
  return [...layers, ...broken].flatMap(lockFilesOf).filter((path) => existsSync(path));
}
