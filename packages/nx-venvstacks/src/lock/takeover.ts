import { basename, join } from 'node:path';
import { jsonEqual } from './canonical-json';
import { existingFolder, git, readFromHead } from './git';
import type { CommittedVersion } from './history';
import { surroundingsAt } from './old-tree';
import { requirementsHash, type LockedPackage } from './pylock';
import type { LayerState } from './state';
import { readIfThere } from './write';

/**
 * Whether a record by venvstacks still speaks for what it was written for: its four hashes hold for the new lock, and
 * what venvstacks does not hash is as it was when the record was committed (versioning.md, "A record without our keys").
 * One that was never committed proves nothing either way, and is believed.
 *
 * @param known committed versions of the record, from all folders that count
 */
export async function foreignRecordHolds(
  state: LayerState,
  packages: readonly LockedPackage[],
  known: readonly CommittedVersion[],
): Promise<boolean> {
  const { layer, record, inputs, files } = state;
  if (record.kind !== 'foreign' || !inputs) return false;
  const now = { ...inputs.hashes, requirements_hash: requirementsHash(packages) };
  const hashesHold = Object.entries(now).every(([key, hash]) => record.record[key as keyof typeof now] === hash);
  if (!hashesHold || known.length === 0) return hashesHold;

  const text = readIfThere(files.record) ?? '';
  const folders = [...new Set([layer.lockFolder, ...known.map(({ folder }) => folder)])];
  const { folder, commit } = await whereCommitted(text, basename(files.record), folders);
  const then = await surroundingsAt(commit, layer.envName, folder);
  return (
    then !== undefined &&
    jsonEqual(then.lower, inputs.contents.lower) &&
    jsonEqual(then.dynlibExclude, inputs.contents.dynlib_exclude) &&
    jsonEqual(then.platforms, inputs.resolution.platforms) &&
    (layer.kind !== 'runtime' || then.python === inputs.resolution.python)
  );
}

/**
 * The commit that last changed a record, in the first folder where `HEAD` has the same bytes. `HEAD`, if none has, in
 * the first folder where it has any: that is where the layer was, if it has just moved.
 */
async function whereCommitted(
  text: string,
  name: string,
  folders: readonly string[],
): Promise<{ folder: string; commit: string }> {
  let older: string | undefined;
  for (const folder of folders) {
    const file = join(folder, name);
    const [committed] = await readFromHead(file);
    if (committed === undefined) continue;
    older ??= folder;
    // git may have turned the line ends of the one on disk.
    if (unixLines(committed) !== unixLines(text)) continue;
    const near = existingFolder(file);
    const commit = await git(near, ['--literal-pathspecs', 'rev-list', '-1', 'HEAD', '--', file]);
    if (commit !== undefined && commit.trim() !== '') return { folder, commit: commit.trim() };
  }
  return { folder: older ?? folders[0] ?? '', commit: 'HEAD' };
}

function unixLines(text: string): string {
  return text.replaceAll('\r\n', '\n');
}
