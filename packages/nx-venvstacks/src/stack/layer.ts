import type { Requirement } from './pep508';
import type { Platform, TargetVersion } from './platform';
import type { PythonImplementation } from './python';
import type { LayerKind } from './schema';
import type { UvConfig } from './uv-config';

/** A target as the user wrote it, and what it means. */
export interface Target {
  readonly text: string;
  readonly version: TargetVersion;
  /** Whether it comes from the machine's environment: then locks depend on a variable. */
  readonly fromEnvironment: boolean;
}

/** A Python source that an application ships. */
export interface Module {
  /** As written, relative to the definition file. */
  readonly path: string;
  readonly absolutePath: string;
  /** The same without links on the way: where the bytes are. */
  readonly realPath: string;
  readonly isFolder: boolean;
  /** The name to import it by. */
  readonly name: string;
}

/** One layer of a stack: a runtime, a framework or an application, with what it inherits. */
export interface Layer {
  readonly kind: LayerKind;
  readonly name: string;
  /** `<name>`, `framework-<name>` or `app-<name>`: unique in the stack. */
  readonly envName: string;
  /** Absolute path of the file that declares it. */
  readonly definition: string;
  /** Absolute path of the Nx project's root. */
  readonly projectRoot: string;
  /** Absolute path of the folder of its lock files. */
  readonly lockFolder: string;
  readonly versioned: boolean;
  /** In declared order. */
  readonly requirements: readonly Requirement[];
  /** The runtime's. */
  readonly python: PythonImplementation;
  /** As written, or inherited and sorted. None: the layer is excluded. */
  readonly platforms: readonly Platform[];
  readonly linuxTarget: Target;
  readonly macosxTarget: Target;
  /** Package (normalised name) → uv index; in effect, with what is inherited. */
  readonly packageIndexes: ReadonlyMap<string, string>;
  readonly priorityIndexes: readonly string[];
  readonly dynlibExclude: readonly string[];
  /** The runtime below; undefined for a runtime. */
  readonly runtime: Layer | undefined;
  /** Frameworks below, linearised: nearest first. */
  readonly frameworks: readonly Layer[];
  /** The layers that it names: the runtime, or frameworks as written. */
  readonly named: readonly Layer[];
  readonly launchModule: Module | undefined;
  /** Sorted by path. */
  readonly supportModules: readonly Module[];
  readonly uv: UvConfig;
}

/** All layers below one, in the order of `sys.path`: frameworks as linearised, then the runtime. */
export function lowerLayers(layer: Layer): Layer[] {
  return layer.runtime ? [...layer.frameworks, layer.runtime] : [];
}

/** The order in which lower locks constrain upper ones: the runtime, then frameworks as linearised. */
export function constraintOrder(layer: Layer): Layer[] {
  return layer.runtime ? [layer.runtime, ...layer.frameworks] : [];
}

/** Launch module first, then support modules. */
export function layerModules(layer: Layer): Module[] {
  return layer.launchModule ? [layer.launchModule, ...layer.supportModules] : [];
}

/** No platform left: the layer is not locked, built or deployed. */
export function isExcluded(layer: Layer): boolean {
  return layer.platforms.length === 0;
}

/** The name of a layer's environment. */
export function environmentName(kind: LayerKind, name: string): string {
  return { runtime: '', framework: 'framework-', application: 'app-' }[kind] + name;
}
