import { isExcluded, type Layer } from '../stack';
import { whyNoHistory, type RecordHistory } from './history';
import { LINE_ENDS_ADVICE } from './line-ends';
import { decideNumber, isContradicted, type Past } from './number';
import { readPast, type Surroundings } from './past';
import { readLock } from './read-lock';
import type { Contents } from './record';
import { deployedNameOf, isValid, type Judge, type LayerState } from './state';
import { formatInput, formatSummary } from './texts';
import { unhashedWheels } from './transport';
import { readIfThere } from './write';

/** What a check of a layer's lock found. */
export interface CheckResult {
  readonly deployedName: string;
  /** `unknown`: it cannot be told, `findings` says why. */
  readonly verdict: 'valid' | 'stale' | 'damaged' | 'unknown';
  readonly findings: readonly string[];
  /** Names that locking it could give: one, or two where that depends on the packages that are found. */
  readonly expected: readonly string[];
  /** What was not checked. */
  readonly notes: readonly string[];
  /** What to do about it, where locking is not it. */
  readonly advice?: string;
}

export interface CheckContext extends Surroundings {
  readonly judge: Judge;
}

/**
 * Checks a layer's lock from its files and git's history alone: nothing is written, no network, uv or Python is needed.
 */
export async function checkLayer(layer: Layer, context: CheckContext): Promise<CheckResult> {
  const state = context.judge.judge(layer);
  const base = { deployedName: recordedName(state), findings: [], expected: [], notes: [] };
  if (isExcluded(layer)) return { ...base, deployedName: layer.envName, verdict: 'valid' };
  if (state.obstacle) return { ...base, verdict: 'unknown', findings: [state.obstacle.report] };

  const { past, history } = await readPast(state, undefined, context);
  const notes = notesOn(history, state);
  if (!isValid(state)) {
    const advice = state.lineEndsTurned ? { advice: LINE_ENDS_ADVICE } : {};
    return {
      ...base,
      verdict: 'stale',
      findings: state.reasons,
      expected: expectedNames(state, past),
      notes,
      ...advice,
    };
  }
  const { findings, turned } = damagedTexts(state);
  if (findings.length)
    return { ...base, verdict: 'damaged', findings, notes, ...(turned ? { advice: LINE_ENDS_ADVICE } : {}) };
  const { fitting } = state;
  if (fitting?.inputs.versioned && isContradicted(fitting, fitting.inputs.contents, past)) {
    const finding = `git's history gives number ${fitting.lock_version} to other contents: a conflict was settled by taking one side's record whole`;
    return {
      ...base,
      verdict: 'damaged',
      findings: [finding, 'delete the record, so that the number is settled anew'],
      notes,
    };
  }
  return { ...base, verdict: 'valid', notes };
}

function notesOn(history: RecordHistory | undefined, { layer, files }: LayerState): string[] {
  if (!history) return layer.versioned ? [`git’s history was not checked: ${whyNoHistory(files.record)}`] : [];
  return history.shallow && !history.ignored
    ? ['git’s history was not checked: this clone is shallow (git fetch --unshallow)']
    : [];
}

/** The name that the record on disk gives, whether it holds or not. */
function recordedName({ layer, record, deployedName }: LayerState): string {
  if (record.kind !== 'ours') return deployedName;
  return deployedNameOf({ ...layer, versioned: record.record.inputs.versioned }, record.record.lock_version);
}

/** Texts that can be made from the lock, and are not what it says. */
function damagedTexts({ layer, files }: LayerState): { findings: string[]; turned: boolean } {
  const { packages } = readLock(layer);
  const expected = [
    ['the summary', files.summary, formatSummary(layer.envName, packages)],
    ['the file of requirements', files.input, formatInput(layer)],
  ] as const;
  const [unhashed] = unhashedWheels(packages);
  let turned = false;
  const findings = expected.flatMap(([what, file, text]) => {
    const found = readIfThere(file);
    if (found === text) return [];
    if (found === undefined) return [`${what} is missing`];
    if (found.replaceAll('\r\n', '\n') !== text) return [`${what} is not what the lock says`];
    turned = true;
    return [`${what} has other line ends than it was written with`];
  });
  return { findings: [...findings, ...(unhashed ? [`the lock has no sha256 of ${unhashed}`] : [])], turned };
}

function expectedNames({ layer, inputs, fitting, needsResolution }: LayerState, past: Past): string[] {
  if (!inputs) return [];
  const nameWith = (packages: string) => {
    const contents: Contents = { ...inputs.contents, packages };
    return deployedNameOf(layer, decideNumber(layer.versioned, contents, past).lockVersion);
  };
  const names = [
    ...(fitting ? [nameWith(fitting.inputs.contents.packages)] : []),
    ...(needsResolution ? [nameWith('')] : []),
  ];
  return [...new Set(names)];
}
