import { splitConflict } from '../../packages/nx-venvstacks/src/lock/record';
import type { LayerName } from './history-stack';

/** What is remembered of one layer's numbers: number → all contents that it stood for. */
export class Numbers {
  private readonly contents = new Map<number, Set<string>>();

  static of(number: number, contents: string): Numbers {
    const numbers = new Numbers();
    numbers.contents.set(number, new Set([contents]));
    return numbers;
  }

  add(other: Numbers, highest = Infinity): this {
    for (const [number, all] of other.contents) {
      if (number > highest) continue;
      const mine = this.contents.get(number) ?? new Set();
      for (const each of all) mine.add(each);
      this.contents.set(number, mine);
    }
    return this;
  }

  has(number: number, contents?: string): boolean {
    const all = this.contents.get(number);
    return contents === undefined ? all !== undefined : (all?.has(contents) ?? false);
  }

  /** Whether a number stood for anything else, too. */
  hasOther(number: number, contents: string): boolean {
    return [...(this.contents.get(number) ?? [])].some((each) => each !== contents);
  }
}

/** What is known of a layer where one stands in history. */
export interface Known {
  /** All that was ever locked: a record stands for the ones before it, too, up to its highest number. */
  readonly ever: Numbers;
  /** What records say that lie in history or on disk as some lock wrote them. */
  readonly seen: Numbers;
  /** Whether a lock of ours is among those. */
  readonly ours: boolean;
}

/** A record as a lock wrote it. */
export interface Written {
  readonly layer: LayerName;
  readonly versioned: boolean;
  readonly number: number;
  readonly highest: number;
  /** Canonical JSON. */
  readonly contents: string;
  readonly lineage: string;
  /** All of the record but its ids. */
  readonly rest: string;
}

interface RecordJson {
  readonly lock_version: number;
  readonly last_version: number;
  readonly lineage: string;
  readonly fingerprint: string;
  readonly inputs: { readonly versioned: boolean; readonly contents: { readonly lower: readonly string[] } };
}

/** The test's own memory of everything that was locked, and of which commits and which records know of it. */
export class Ledger {
  private readonly written = new Map<string, Written>();
  private readonly byLineage = new Map<string, Numbers>();
  private readonly stripped = new Map<string, Numbers>();
  private readonly commits = new Map<string, ReadonlyMap<LayerName, Known>>();

  /** Enters a record that a lock wrote, with all that was known before. */
  enter(layer: LayerName, text: string, before: Known): Written {
    const record = JSON.parse(text) as RecordJson;
    const { lineage, fingerprint: _, ...rest } = record;
    const written: Written = {
      layer,
      versioned: record.inputs.versioned,
      number: record.lock_version,
      highest: record.last_version,
      contents: canonical(record.inputs.contents),
      lineage,
      rest: canonical(rest),
    };
    const numbers = new Numbers().add(before.ever, written.highest);
    if (written.versioned) numbers.add(Numbers.of(written.number, written.contents));
    this.written.set(text, written);
    this.byLineage.set(lineage, numbers);
    return written;
  }

  /** Enters a record that another tool wrote in the place of one of ours; it takes only its own number. */
  enterStripped(text: string, before: string, number: number): void {
    const numbers = new Numbers().add(this.ofText(before).ever, number);
    this.stripped.set(text, numbers.add(this.stripped.get(text) ?? new Numbers()));
  }

  /** The record, if a lock wrote it exactly so. */
  intact(text: string | undefined): Written | undefined {
    return text === undefined ? undefined : this.written.get(text);
  }

  isStripped(text: string | undefined): boolean {
    return text !== undefined && this.stripped.has(text);
  }

  knowsCommit(id: string): boolean {
    return this.commits.has(id);
  }

  enterCommit(id: string, parents: readonly string[], records: ReadonlyMap<LayerName, string | undefined>): void {
    const known = [...records].map(([layer, text]) => [layer, this.known(layer, text, parents)] as const);
    this.commits.set(id, new Map(known));
  }

  /** What is known of a layer with this record on disk, and these commits' histories. */
  known(layer: LayerName, text: string | undefined, commits: readonly string[]): Known {
    const all = [this.ofText(text), ...commits.flatMap((id) => this.commits.get(id)?.get(layer) ?? [])];
    const known = { ever: new Numbers(), seen: new Numbers(), ours: all.some(({ ours }) => ours) };
    for (const { ever, seen } of all) {
      known.ever.add(ever);
      known.seen.add(seen);
    }
    return known;
  }

  private ofText(text: string | undefined): Known {
    const known = { ever: new Numbers(), seen: new Numbers(), ours: false };
    if (text === undefined) return known;
    const written = this.written.get(text);
    if (written) {
      known.ever.add(this.byLineage.get(written.lineage) ?? new Numbers());
      if (written.versioned) known.seen.add(Numbers.of(written.number, written.contents));
      return { ...known, ours: true };
    }
    const stripped = this.stripped.get(text);
    if (stripped) return { ...known, ever: stripped };
    const sides = splitConflict(text);
    if (sides) {
      for (const each of sides.map((side) => this.ofText(side))) {
        known.ever.add(each.ever);
        known.seen.add(each.seen);
        known.ours ||= each.ours;
      }
      return known;
    }
    // A mix out of two, or edited: of what its lineage knows, the numbers that it still takes.
    for (const [, lineage = ''] of text.matchAll(/"lineage": "([^"]*)"/g)) {
      known.ever.add(this.byLineage.get(lineage) ?? new Numbers(), takenBy(text));
      known.ours = true;
    }
    return known;
  }
}

function takenBy(text: string): number {
  try {
    const record = JSON.parse(text) as Partial<RecordJson>;
    const { lock_version = 0, last_version = 0 } = record;
    return Math.max(last_version, record.inputs?.versioned ? lock_version : 0);
  } catch {
    return Math.max(0, ...[...text.matchAll(/"(?:lock|last)_version": (\d+)/g)].map(([, digits]) => Number(digits)));
  }
}

/** JSON with sorted keys: the same for the same value. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

/** Deployed names of the lower layers, as a record has them. */
export function lowerNames(text: string): readonly string[] {
  return (JSON.parse(text) as RecordJson).inputs.contents.lower;
}

/**
 * What is wrong with a record that a lock has just written, or undefined (versioning.md, "The promise").
 *
 * @param before the record's text before the lock, and what was known then
 */
export function brokenPromise(
  after: Written,
  before: { readonly text: string | undefined; readonly known: Known; readonly ledger: Ledger },
): string | undefined {
  const { versioned, number, contents } = after;
  if (!versioned) return undefined;
  const { text, known, ledger } = before;
  const name = `${after.layer}@${number}`;
  const was = ledger.intact(text);
  const contradicted = known.ever.hasOther(number, contents);
  if (contradicted && !known.ever.has(number, contents)) return `${name} stood for other contents before`;
  // Both sides of a merge, or a line and what was cherry-picked onto it, took the number. The one exception that the
  // page names: a record taken whole from one side is valid as it is. One that must be written gets another number,
  // unless what contradicts it is in no record any more, since a later lock has replaced it before the next commit.
  const untouched = was?.rest === after.rest;
  if (contradicted && !untouched && known.seen.hasOther(number, contents))
    return `${name} was kept, though history gives it to other contents`;
  if (was?.versioned && was.contents === contents) {
    return number === was.number || known.seen.hasOther(was.number, contents)
      ? undefined
      : `${name} has the same contents as ${was.layer}@${was.number} before`;
  }
  const mayBeKept = text === undefined || ledger.isStripped(text) || text.includes('<<<<<<<');
  return !mayBeKept && known.ever.has(number) ? `${name} was used before, and its contents have changed` : undefined;
}
