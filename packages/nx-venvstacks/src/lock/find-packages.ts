import { constraintOrder, type Layer } from '../stack';
import { amendLock } from './amend';
import { collectConstraints, type Constraint } from './constraints';
import { readFromHead } from './git';
import type { CurrentInputs } from './inputs';
import { findPins } from './pins';
import { formatLock, parseLock, type LockedPackage } from './pylock';
import { readLock } from './read-lock';
import { resolveLayer, type ResolveOptions } from './resolve';
import type { LayerState } from './state';
import { checkPlaces, checkWheels, type Trust } from './transport';
import { checkUrlHashes } from './url-hash';
import { localAddress } from './uv-project';
import type { UvTool } from './uv-tool';
import { readIfThere } from './write';

/** The packages of a layer, with the texts of the files that hold them. */
export interface FoundPackages {
  readonly lock: string;
  readonly uvLock: string | undefined;
  readonly packages: readonly LockedPackage[];
}

/** How much of the last resolution an upgrade gives up. */
export interface Upgrade {
  /** Only these packages (normalised names) may move; undefined: all. */
  readonly packages: readonly string[] | undefined;
  /** Whether the last resolution is forgotten altogether. */
  readonly reset: boolean;
}

/** What resolving needs from outside. */
export interface Resolving extends Pick<ResolveOptions, 'env' | 'toolFolder'>, Trust {
  /** Called only when packages must be resolved. */
  readonly uv: () => Promise<UvTool>;
  /** The command that locks a layer, for headers and messages. */
  readonly commandFor: (envName: string) => string;
  /** Set where newer packages are wanted, although nothing that they follow from has changed. */
  readonly upgrade?: Upgrade | undefined;
}

/**
 * A layer's packages: those that it has while nothing that they follow from has changed, else what uv finds.
 *
 * @throws {VenvstacksError} `resolution`, `wheels` or `uv`
 */
export async function findPackages(
  state: LayerState,
  inputs: CurrentInputs,
  resolving: Resolving,
): Promise<FoundPackages> {
  return state.needsResolution || resolving.upgrade ? resolve(state, inputs, resolving) : keep(state);
}

function keep({ layer, files }: LayerState): FoundPackages {
  const { text, packages } = readLock(layer);
  return { lock: text, uvLock: readIfThere(files.uvLock), packages };
}

async function resolve({ layer }: LayerState, inputs: CurrentInputs, resolving: Resolving): Promise<FoundPackages> {
  checkPlaces(layer, resolving.env, resolving);
  const places = [(...paths: readonly string[]) => Promise.resolve(paths.map(readIfThere)), readFromHead];
  const constraints = lowerConstraints(layer);
  // All at once: uv is asked for its version, and perhaps git for what is in HEAD.
  const starting = Promise.all([
    resolving.uv(),
    resolving.upgrade?.reset ? undefined : findPins(layer, inputs.resolution, places),
  ]);
  // Which may load much of Nx: meanwhile.
  const { toolFolder } = resolving;
  const [uv, pins] = await starting;
  const resolution = await resolveLayer(layer, {
    constraints,
    cutoff: inputs.resolution.cutoff ?? undefined,
    previous: pins?.uvLock,
    upgrade: resolving.upgrade && (resolving.upgrade.packages ?? 'all'),
    uv,
    env: resolving.env,
    toolFolder,
  });
  const exported = parseLock(resolution.exported);
  checkUrlHashes(layer, exported.packages);
  const localPath = (address: string) => localAddress(address, resolution.folder, layer.lockFolder);
  const amended = amendLock(layer, exported.table, exported.packages, constraints, localPath);
  const lock = formatLock(amended, layer.envName, resolving.commandFor(layer.envName));
  const { packages } = parseLock(lock);
  checkWheels(layer, packages, resolving);
  return { lock, uvLock: resolution.uvLock, packages };
}

function lowerConstraints(layer: Layer): Constraint[] {
  return collectConstraints(
    constraintOrder(layer).map((lower) => ({ envName: lower.envName, packages: readLock(lower).packages })),
  );
}
