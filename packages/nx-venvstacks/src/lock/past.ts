import { readRecordHistory, type RecordHistory } from './git';
import type { Past } from './number';
import type { LockedPackage } from './pylock';
import { parseRecord } from './record';
import type { LayerState } from './state';
import { foreignRecordHolds } from './takeover';

/**
 * Everything that is known of a layer's past numbers: its record on disk, and every version of it in git's history.
 *
 * @param packages of the layer's new lock; undefined where they are not known
 * @param otherLockFolders lock folders of the workspace's other layers: what git knows of those is none of its past
 */
export async function readPast(
  state: LayerState,
  packages: readonly LockedPackage[] | undefined,
  otherLockFolders: ReadonlySet<string>,
): Promise<{ past: Past; history: RecordHistory | undefined }> {
  const { layer, record, files } = state;
  const history = await readRecordHistory(files.record);
  // In a shallow clone an ignored record has no history that could be fetched.
  const versions = history && !(history.shallow && history.ignored) ? history.versions : [];
  const known = versions.filter(({ folder }) => folder === layer.lockFolder || !otherLockFolders.has(folder));
  const past: Past = {
    onDisk: record,
    committed: known.map(({ folder, text }) => ({
      parsed: parseRecord(text),
      inOwnFolder: folder === layer.lockFolder,
    })),
    merging: history?.merging ?? false,
    foreignHolds: packages !== undefined && (await foreignRecordHolds(state, packages, known)),
  };
  return { past, history };
}
