import { existsSync, readdirSync, type Dirent } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  readLayerDefinition,
  readStackDefinition,
  type Declaration,
  type Definition,
  type NamedLayer,
} from './definition';
import { Disk } from './disk';
import { checkDistinct } from './distinct';
import { environmentName, lowerLayers, type Layer } from './layer';
import { linkLayers, type Places } from './link';
import { AS_ON_DISK, type Overlay } from './overlay';
import { compareCodePoints } from './pep508';
import type { Problem } from './problem';
import type { LayerKind } from './schema';
import { readUvConfig } from './uv-config';

/** Names of the two kinds of definition file. */
export const STACK_FILE = 'venvstacks.toml';
export const LAYER_FILE = 'layer.toml';

/** A layer that cannot be used, because its definition file or that of a lower layer is broken. */
export interface BrokenLayer extends Places {
  /** Unknown where not even that much could be read. */
  readonly kind: LayerKind | undefined;
  readonly name: string;
  readonly envName: string;
  readonly definition: string;
  /** Why: all problems of the files it rests on. */
  readonly problems: readonly Problem[];
}

/** The layers that may refer to each other by name. */
export interface Stack {
  /** Absolute path of the `venvstacks.toml`; null for a stack of `layer.toml` files. */
  readonly file: string | null;
  /** Absolute path of the folder where uv's configuration and relative addresses in it start. */
  readonly folder: string;
  /** Sound layers: runtimes, frameworks, applications; lower ones first. */
  readonly layers: readonly Layer[];
  readonly broken: readonly BrokenLayer[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/**
 * Reads the stack of one `venvstacks.toml`.
 *
 * @param file absolute path
 * @param env variables that count: `MACOSX_DEPLOYMENT_TARGET`
 * @param overlay files that are to be taken otherwise than they are on disk
 */
export function readStackFile(file: string, env: NodeJS.ProcessEnv, overlay = AS_ON_DISK, disk = new Disk()): Stack {
  return assemble([readStackDefinition(file, overlay)], stackForm(file, env, overlay, disk));
}

/**
 * Reads the stack of a workspace's `layer.toml` files.
 *
 * @param files absolute paths, in any order
 * @param folder absolute path of the workspace's root, where uv's configuration lies
 */
export function readLayerFiles(
  files: readonly string[],
  folder: string,
  env: NodeJS.ProcessEnv,
  overlay = AS_ON_DISK,
  disk = new Disk(),
): Stack {
  return assemble(
    [...files].sort().map((file) => readLayerDefinition(file, folder, overlay)),
    layersForm(folder, env, overlay, disk),
  );
}

/**
 * Layers as their definition files declare and link them, whatever else is wrong or missing: for old trees, of which no
 * more than those files is there.
 *
 * @param files absolute paths: one `venvstacks.toml`, or any number of `layer.toml`
 */
export function readLayerShapes(files: readonly string[], folder: string): readonly Layer[] {
  const [first = ''] = files;
  const isStackFile = basename(first) === STACK_FILE;
  const form = isStackFile
    ? stackForm(first, {}, AS_ON_DISK, new Disk())
    : layersForm(folder, {}, AS_ON_DISK, new Disk());
  const definitions = isStackFile
    ? [readStackDefinition(first, AS_ON_DISK)]
    : files.map((file) => readLayerDefinition(file, folder, AS_ON_DISK));
  return linkLayers(definitions, {
    ...form,
    uv: readUvConfig(folder, undefined, AS_ON_DISK).config,
    declaredOrder: isStackFile,
  }).layers;
}

function stackForm(file: string, env: NodeJS.ProcessEnv, overlay: Overlay, disk: Disk): Form {
  const folder = dirname(file);
  const placesOf = ({ kind, name }: NamedLayer): Places => {
    const lockFolder = join(folder, 'requirements', environmentName(kind, name));
    return { projectRoot: lockFolder, lockFolder };
  };
  return { file, folder, env, overlay, disk, placesOf };
}

function layersForm(folder: string, env: NodeJS.ProcessEnv, overlay: Overlay, disk: Disk): Form {
  const placesOf = ({ file }: { file: string }): Places => {
    const projectRoot = dirname(file);
    return { projectRoot, lockFolder: join(projectRoot, 'requirements') };
  };
  return { file: null, folder, env, overlay, disk, placesOf };
}

interface Form {
  readonly file: string | null;
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly overlay: Overlay;
  readonly disk: Disk;
  readonly placesOf: (layer: NamedLayer | Declaration) => Places;
}

function assemble(definitions: readonly Definition[], form: Form): Stack {
  const { file, folder, env, overlay, disk, placesOf } = form;
  const uv = readUvConfig(folder, definitions.find((definition) => definition.uv)?.uv, overlay);
  const distinct = checkDistinct(definitions);
  const linked = linkLayers(definitions, { uv: uv.config, placesOf, env, overlay, disk, declaredOrder: file !== null });
  const problems = [
    ...definitions.flatMap((definition) => definition.problems),
    ...uv.problems,
    ...distinct.problems,
    ...linked.problems,
  ].sort((a, b) => compareCodePoints(a.file, b.file) || (a.line ?? 0) - (b.line ?? 0));

  // A broken definition file concerns its layers and those on them; a broken uv configuration all.
  const problemsOf = (files: readonly string[]) =>
    problems.length === 0
      ? problems
      : problems.filter((problem) => files.includes(problem.file) || uv.problems.includes(problem));
  const isSound = (layer: Layer) =>
    problemsOf([layer, ...lowerLayers(layer)].map(({ definition }) => definition)).length === 0;
  const layers = linked.layers.filter(isSound);
  const sound = new Set(layers.map(({ definition, envName }) => `${definition}\n${envName}`));
  const broken = new Map<string, BrokenLayer>();
  const below = filesBelow(definitions);
  for (const { kind, name, file: definition, ...layer } of namedLayers(definitions, problems)) {
    const envName = layer.envName ?? environmentName(kind ?? 'runtime', name);
    const key = `${definition}\n${envName}`;
    if (sound.has(key)) continue;
    const blamed = problemsOf([definition, ...below(envName)]);
    broken.set(key, {
      kind,
      name,
      envName,
      definition,
      ...placesOfBroken(kind, name, envName, definition, form),
      problems: blamed.length ? blamed : problems,
    });
  }
  const warnings = [
    ...definitions.flatMap((definition) => definition.warnings),
    ...uv.warnings,
    ...distinct.warnings,
    ...linked.warnings,
  ];
  return { file, folder, layers, broken: [...broken.values()], problems, warnings };
}

/** Tells the files that declare a layer and, by name, everything below it, linked or not. */
function filesBelow(definitions: readonly Definition[]): (envName: string) => string[] {
  const files = new Map<string, Set<string>>();
  const lower = new Map<string, Set<string>>();
  const add = (map: Map<string, Set<string>>, { kind, name }: NamedLayer, ...values: readonly string[]) => {
    const envName = environmentName(kind, name);
    map.set(envName, new Set([...(map.get(envName) ?? []), ...values]));
  };
  for (const { file, declarations, named, salvaged } of definitions) {
    for (const layer of [...named, ...salvaged]) add(files, layer, file);
    for (const layer of declarations) {
      const { runtime, frameworks = [] } = layer.fields;
      const names = frameworks.map((name) => environmentName('framework', name));
      add(lower, layer, ...names, ...(runtime === undefined ? [] : [runtime]));
    }
  }
  return (envName) => {
    const seen = new Set([envName]);
    // A set that grows is gone through to its end.
    for (const each of seen) for (const next of lower.get(each) ?? []) seen.add(next);
    return [...new Set([...seen].flatMap((each) => [...(files.get(each) ?? [])]))];
  };
}

function placesOfBroken(
  kind: LayerKind | undefined,
  name: string,
  envName: string,
  definition: string,
  form: Form,
): Places {
  if (kind !== undefined) return form.placesOf({ kind, name, file: definition });
  if (form.file === null) return form.placesOf({ kind: 'runtime', name, file: definition });
  const lockFolder = join(form.folder, 'requirements', envName);
  return { projectRoot: lockFolder, lockFolder };
}

interface PerhapsNamed {
  readonly kind: LayerKind | undefined;
  readonly name: string;
  readonly envName?: string;
  readonly file: string;
}

/** Every layer that can be named; for a file that does not parse, from what its text or its lock folders tell. */
function namedLayers(definitions: readonly Definition[], problems: readonly Problem[]): PerhapsNamed[] {
  return definitions.flatMap((definition): readonly PerhapsNamed[] => {
    const { file, named, salvaged } = definition;
    if (named.length || !problems.some((problem) => problem.file === file)) return named;
    if (salvaged.length) return salvaged;
    if (basename(file) === LAYER_FILE) return [{ kind: undefined, name: basename(dirname(file)), file }];
    const folder = join(dirname(file), 'requirements');
    return entriesOf(folder)
      .filter(
        (entry) =>
          entry.isDirectory() && existsSync(join(folder, entry.name, `pylock.${entry.name.replaceAll('.', '_')}.toml`)),
      )
      .map(({ name }) => ({ kind: undefined, name: name.replace(/^(?:app|framework)-/, ''), envName: name, file }));
  });
}

/** None of a folder that is not there, or is none. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
