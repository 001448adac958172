import type { RecordHistories, RecordHistory } from './history';
import type { Past } from './number';
import type { LockedPackage } from './pylock';
import { parseRecord } from './record';
import type { LayerState } from './state';
import { foreignRecordHolds } from './takeover';

/** What a layer's past is found by. */
export interface Surroundings {
  /** Lock folders of the workspace's other layers: what git knows of those is none of this layer's past. */
  readonly otherLockFolders: ReadonlySet<string>;
  readonly histories: RecordHistories;
}

/**
 * Everything that is known of a layer's past numbers: its record on disk, and every version of it in git's history.
 *
 * @param packages of the layer's new lock; undefined where they are not known
 */
export async function readPast(
  state: LayerState,
  packages: readonly LockedPackage[] | undefined,
  { otherLockFolders, histories }: Surroundings,
): Promise<{ past: Past; history: RecordHistory | undefined }> {
  const { layer, record, files } = state;
  const history = await histories.of(files.record);
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
