import { checkLayer, Judge, RecordHistories } from '../../packages/nx-venvstacks/src/lock';
import { findDefinitions, readStacks } from '../../packages/nx-venvstacks/src/stack';
import { LAYERS, lockFile, projectOf, type LayerName } from './history-stack';
import { brokenPromise, lowerNames, type Known, type Ledger } from './history-model';
import type { Repository, TaskResult } from './repository';

/** A promise that was not kept. */
export class Violation extends Error {}

/** What lies on disk before a lock, and what is known by then. */
export interface Before {
  readonly texts: ReadonlyMap<LayerName, string | undefined>;
  readonly known: ReadonlyMap<LayerName, Known>;
}

export function recordsOf(repository: Repository): Map<LayerName, string | undefined> {
  return new Map(
    LAYERS.map((layer) => {
      const path = lockFile(layer, 'record');
      return [layer, repository.has(path) ? repository.read(path) : undefined];
    }),
  );
}

/** Checks every record that has changed against everything known, and enters it. */
export function checkRecords(
  repository: Repository,
  before: Before,
  results: readonly TaskResult[],
  ledger: Ledger,
): void {
  for (const [layer, text] of recordsOf(repository)) {
    const old = before.texts.get(layer);
    const known = before.known.get(layer);
    if (text === old || !known) continue;
    const result = results.find(({ task }) => task === projectOf(layer));
    if (!result?.success) throw new Violation(`the record of ${layer} has changed, though it was not locked`);
    if (result.from === 'cache') throw new Violation(`the cache brought another record of ${layer} back`);
    if (text === undefined) throw new Violation(`the record of ${layer} is gone`);
    const broken = brokenPromise(ledger.enter(layer, text, known), { text: old, known, ledger });
    if (broken !== undefined) throw new Violation(broken);
  }
}

/**
 * After a lock of all layers: each is valid, agrees with those below, passes `lock-check`, and a second run does nothing.
 *
 * @returns layers whose number stands for other contents, too: `lock-check` fails for those, and for no others
 */
export async function checkAll(repository: Repository, known: Before['known'], ledger: Ledger): Promise<LayerName[]> {
  const graph = await repository.graph();
  const records = recordsOf(repository);
  const nameOf = (layer: LayerName) => {
    const written = ledger.intact(records.get(layer));
    if (!written) throw new Violation(`the record of ${layer} is not as a lock wrote it`);
    return written.versioned ? `${layer}@${written.number}` : layer;
  };
  const names = new Map(LAYERS.map((layer) => [layer as string, nameOf(layer)]));
  for (const layer of LAYERS) {
    const text = records.get(layer) ?? '';
    const { lineage } = graph[projectOf(layer)]?.targets?.lock?.options as { lineage: string };
    if (lineage !== ledger.intact(text)?.lineage) throw new Violation(`${layer} is stale after the lock`);
    for (const lower of lowerNames(text)) {
      const now = names.get(lower.replace(/@\d+$/, ''));
      if (lower !== now) throw new Violation(`${layer} was locked on ${lower}, which is ${now ?? 'no layer'}`);
    }
  }
  await checkSecondRun(repository);
  const twice = LAYERS.filter((layer) => {
    const { versioned = false, number = 0, contents = '' } = ledger.intact(records.get(layer)) ?? {};
    return versioned && (known.get(layer)?.seen.hasOther(number, contents) ?? false);
  });
  await checkVerdicts(repository, twice);
  return twice;
}

async function checkSecondRun(repository: Repository): Promise<void> {
  const files = repository.files();
  const second = await repository.lock();
  const ran = second.filter(({ from }) => from === 'run').map(({ task, output }) => `${task}: ${output}`);
  if (ran.length) throw new Violation(`the second run ran ${ran.join('; ')}`);
  const now = repository.files();
  const paths = [...new Set([...Object.keys(files), ...Object.keys(now)])];
  const changed = paths.filter((path) => files[path] !== now[path]);
  if (changed.length) throw new Violation(`the second run changed ${changed.join(', ')}`);
}

let turn = 0;

/** Of one layer at a time, in turn: it takes a while. And of those that must fail. */
async function checkVerdicts(repository: Repository, twice: readonly LayerName[]): Promise<void> {
  const inTurn = LAYERS[turn++ % LAYERS.length];
  const { root } = repository;
  const layers = readStacks(findDefinitions(root, root), root, process.env).flatMap((stack) => stack.layers);
  const judge = new Judge(process.env);
  for (const layer of layers) {
    const mustFail = twice.some((each) => each === layer.envName);
    if (!mustFail && layer.envName !== inTurn) continue;
    const otherLockFolders = new Set(layers.filter((each) => each !== layer).map(({ lockFolder }) => lockFolder));
    const { verdict, findings } = await checkLayer(layer, {
      judge,
      otherLockFolders,
      histories: new RecordHistories(),
    });
    const expected = mustFail ? 'damaged' : 'valid';
    if (verdict !== expected)
      throw new Violation(`lock-check calls ${layer.envName} ${verdict}, not ${expected}: ${findings.join('; ')}`);
  }
}
