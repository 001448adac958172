import { VenvstacksError, type ErrorCode } from '../errors';
import { constraintOrder, isExcluded, lowerLayers, SourceTrees, type Layer } from '../stack';
import { resolutionChanged } from './changes';
import { layerFiles, type LayerFiles } from './files';
import { isTurnedModule } from './line-ends';
import { currentInputs, type CurrentInputs, type LowerFacts } from './inputs';
import { changesOf, damageOf, explainRecord, hasTurnedFiles, obstacleOf, readTexts, type LayerTexts } from './reasons';
import { parseRecordFile, type RecordOnDisk, type VersionRecord } from './record';
import { readIfThere } from './write';

/** A lineage that a layer without platforms has: there is nothing to lock. */
export const EXCLUDED_LINEAGE = 'excluded';

/** What is known of a layer's lock: valid, or stale and why. */
export interface LayerState {
  readonly layer: Layer;
  readonly files: LayerFiles;
  readonly record: RecordOnDisk;
  /** The record, if it is one of ours and fits its fingerprint. */
  readonly fitting: VersionRecord | undefined;
  /** Undefined where they cannot be collected; `reasons` says why. */
  readonly inputs: CurrentInputs | undefined;
  /** Why the layer is stale, in words; empty: it is valid. */
  readonly reasons: readonly string[];
  /** Lower layers that are stale, by environment name. */
  readonly staleLower: readonly string[];
  /** What keeps the layer from being locked at all. */
  readonly obstacle: VenvstacksError | undefined;
  /** Whether line ends that git has turned are among the reasons. */
  readonly lineEndsTurned: boolean;
  /** Whether uv must be asked: packages may differ, or the files that hold them are not what was recorded. */
  readonly needsResolution: boolean;
  /** `app-x@3`, or `app-x@???` while a versioned layer is stale. */
  readonly deployedName: string;
}

/** Whether a layer's lock answers to its inputs. A layer without platforms always does: it has no lock. */
export function isValid(state: LayerState): boolean {
  return state.reasons.length === 0;
}

/**
 * Judges layers: are their locks valid? Reads definitions' modules, records and locks; nothing is written, no process
 * runs but perhaps one git. Results are kept, lower layers come first: use one judge for a run and none for longer.
 */
export class Judge {
  private readonly states = new Map<Layer, LayerState>();
  /** The records' texts that those follow from. */
  private readonly records = new Map<Layer, string | undefined>();

  constructor(
    private readonly env: NodeJS.ProcessEnv,
    readonly trees = new SourceTrees(),
  ) {}

  judge(layer: Layer): LayerState {
    const known = this.states.get(layer);
    if (known) return known;
    const state = this.examine(layer);
    this.states.set(layer, state);
    return state;
  }

  /** Forgets what was found of a layer, because its files have changed. */
  forget(layer: Layer): void {
    this.states.delete(layer);
  }

  /** Forgets it only if its record is another one by now: another process may have locked it. */
  forgetIfLocked(layer: Layer): void {
    const { record } = layerFiles(layer);
    if (this.states.has(layer) && readIfThere(record) !== this.records.get(layer)) this.forget(layer);
  }

  private examine(layer: Layer): LayerState {
    const files = layerFiles(layer);
    const lower = new Map(lowerLayers(layer).map((each) => [each, this.judge(each)]));
    const staleLower = [...lower.values()].filter((state) => !isValid(state)).map((state) => state.layer.envName);
    let texts: LayerTexts;
    try {
      texts = readTexts(files);
    } catch (error) {
      const unread = {
        layer,
        files,
        record: { kind: 'damaged', numbers: [] },
        fitting: undefined,
        staleLower,
      } as const;
      return this.stuck(unread, asObstacle(error, layer, 'damaged', 'a file of its lock'));
    }
    this.records.set(layer, texts.record);
    const record = parseRecordFile(texts.record);
    const fitting = record.kind === 'ours' && record.fits ? record.record : undefined;
    const base = { layer, files, record, fitting, staleLower };
    const facts = (each: Layer): LowerFacts => ({
      envName: each.envName,
      deployedName: lower.get(each)?.deployedName ?? each.envName,
      pins: lower.get(each)?.fitting?.pins ?? '',
    });
    let inputs: CurrentInputs;
    try {
      inputs = currentInputs(
        layer,
        lowerLayers(layer).map(facts),
        constraintOrder(layer).map(facts),
        this.env,
        this.trees,
      );
    } catch (error) {
      return this.stuck(base, asObstacle(error, layer, 'configuration', 'a module'));
    }
    if (isExcluded(layer)) {
      return {
        ...base,
        inputs,
        reasons: [],
        staleLower: [],
        obstacle: undefined,
        lineEndsTurned: false,
        needsResolution: false,
        deployedName: layer.envName,
      };
    }
    const obstacle = obstacleOf(layer, record);
    if (obstacle) return this.stuck(base, obstacle);

    const damage = fitting ? damageOf(fitting, texts) : [];
    const turnedModules = fitting ? this.turnedModules(fitting, inputs) : new Set<string>();
    const changes = fitting ? changesOf(fitting, inputs, turnedModules) : [];
    const reasons = [
      ...explainRecord(record),
      ...damage,
      ...changes,
      ...(staleLower.length === 1 ? [`lower layer ${staleLower.join()} is stale`] : []),
      ...(staleLower.length > 1 ? [`lower layers ${staleLower.join(', ')} are stale`] : []),
    ];
    return {
      ...base,
      inputs,
      reasons,
      obstacle: undefined,
      lineEndsTurned: turnedModules.size > 0 || (fitting !== undefined && hasTurnedFiles(fitting, texts)),
      needsResolution: !fitting || damage.length > 0 || resolutionChanged(fitting.inputs, inputs),
      deployedName: deployedNameOf(layer, reasons.length === 0 ? fitting?.lock_version : undefined),
    };
  }

  private turnedModules({ inputs: recorded }: VersionRecord, { modules }: CurrentInputs): ReadonlySet<string> {
    const hashes = new Map(recorded.contents.modules.map(({ name, hash }) => [name, hash]));
    const turned = modules.filter((module) => {
      const before = hashes.get(module.name);
      return before !== undefined && before !== module.exact && isTurnedModule(module, before, this.trees);
    });
    return new Set(turned.map(({ name }) => name));
  }

  private stuck(
    base: Pick<LayerState, 'layer' | 'files' | 'record' | 'fitting' | 'staleLower'>,
    obstacle: VenvstacksError,
  ): LayerState {
    return {
      ...base,
      inputs: undefined,
      reasons: [obstacle.message],
      obstacle,
      lineEndsTurned: false,
      needsResolution: true,
      deployedName: deployedNameOf(base.layer, undefined),
    };
  }
}

/** A file that cannot be read keeps its layer from being locked, and no other. */
function asObstacle(error: unknown, layer: Layer, code: ErrorCode, what: string): VenvstacksError {
  if (error instanceof VenvstacksError) return error;
  const { syscall, message = '' } = error as Partial<NodeJS.ErrnoException>;
  if (syscall !== undefined) {
    return new VenvstacksError(code, `${what} cannot be read: ${message}`, { layer: layer.envName });
  }
  throw error;
}

/** A layer's name where it is deployed; `@???` stands for a number that is not known. */
export function deployedNameOf(
  { envName, versioned }: Pick<Layer, 'envName' | 'versioned'>,
  number: number | undefined,
): string {
  return versioned ? `${envName}@${number ?? '???'}` : envName;
}
