import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  readLayerDefinition,
  readStackDefinition,
  type Declaration,
  type Definition,
  type NamedLayer,
} from './definition';
import { checkDistinct } from './distinct';
import { environmentName, lowerLayers, type Layer } from './layer';
import { linkLayers, type Places } from './link';
import { checkName } from './name';
import type { Problem } from './problem';
import { KINDS, type LayerKind } from './schema';
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
 */
export function readStackFile(file: string, env: NodeJS.ProcessEnv): Stack {
  const folder = dirname(file);
  const definition = readStackDefinition(file);
  const placesOf = ({ kind, name }: NamedLayer): Places => {
    const lockFolder = join(folder, 'requirements', environmentName(kind, name));
    return { projectRoot: lockFolder, lockFolder };
  };
  return assemble([definition], { file, folder, env, placesOf });
}

/**
 * Reads the stack of a workspace's `layer.toml` files.
 *
 * @param files absolute paths, in any order
 * @param folder absolute path of the workspace's root, where uv's configuration lies
 */
export function readLayerFiles(files: readonly string[], folder: string, env: NodeJS.ProcessEnv): Stack {
  const definitions = [...files].sort().map(readLayerDefinition);
  const placesOf = ({ file }: { file: string }): Places => {
    const projectRoot = dirname(file);
    return { projectRoot, lockFolder: join(projectRoot, 'requirements') };
  };
  return assemble(definitions, { file: null, folder, env, placesOf });
}

interface Form {
  readonly file: string | null;
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly placesOf: (layer: NamedLayer | Declaration) => Places;
}

function assemble(definitions: readonly Definition[], form: Form): Stack {
  const { file, folder, env, placesOf } = form;
  const uv = readUvConfig(folder, definitions.find((definition) => definition.uv)?.uv);
  const distinct = checkDistinct(definitions);
  const linked = linkLayers(definitions, { uv: uv.config, placesOf, env, declaredOrder: file !== null });
  const problems = [
    ...definitions.flatMap((definition) => definition.problems),
    ...uv.problems,
    ...distinct.problems,
    ...linked.problems,
  ].sort((a, b) => (a.file === b.file ? (a.line ?? 0) - (b.line ?? 0) : 0));

  // A broken uv configuration concerns every layer; a broken definition file its own.
  const problemsOfFile = (definition: string) =>
    problems.filter((problem) => problem.file === definition || uv.problems.includes(problem));
  const problemsOfLayer = new Map<string, readonly Problem[]>();
  for (const layer of linked.layers) {
    const own = [layer.definition, ...lowerLayers(layer).map(({ definition }) => definition)].flatMap(problemsOfFile);
    problemsOfLayer.set(layer.envName, [...new Set(own)]);
  }
  const layers = linked.layers.filter(({ envName }) => problemsOfLayer.get(envName)?.length === 0);
  const sound = new Set(layers.map(({ definition, envName }) => `${definition}\n${envName}`));
  const broken = namedLayers(definitions, problems)
    .map((layer) => ({ ...layer, envName: layer.envName ?? environmentName(layer.kind ?? 'runtime', layer.name) }))
    .filter(({ file: definition, envName }) => !sound.has(`${definition}\n${envName}`))
    .filter(
      ({ file: definition, envName }, index, all) =>
        all.findIndex((each) => each.file === definition && each.envName === envName) === index,
    )
    .map(({ kind, name, envName, file: definition }): BrokenLayer => {
      const known = problemsOfLayer.get(envName) ?? problemsOfFile(definition);
      return {
        kind,
        name,
        envName,
        definition,
        ...placesOfBroken(kind, name, envName, definition, form),
        // A layer that names a broken one was not linked; whose fault that is, the stack's problems say.
        problems: known.length ? known : problems,
      };
    });
  const warnings = [
    ...definitions.flatMap((definition) => definition.warnings),
    ...distinct.warnings,
    ...linked.warnings,
  ];
  return { file, folder, layers, broken, problems, warnings };
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
    const { file, named } = definition;
    if (named.length || !problems.some((problem) => problem.file === file)) return named;
    const salvaged = salvageNames(file);
    if (salvaged.length) return salvaged;
    if (basename(file) === LAYER_FILE) return [{ kind: undefined, name: basename(dirname(file)), file }];
    const folder = join(dirname(file), 'requirements');
    if (!existsSync(folder)) return [];
    return readdirSync(folder, { withFileTypes: true })
      .filter(
        (entry) =>
          entry.isDirectory() && existsSync(join(folder, entry.name, `pylock.${entry.name.replaceAll('.', '_')}.toml`)),
      )
      .map(({ name }) => ({ kind: undefined, name: name.replace(/^(?:app|framework)-/, ''), envName: name, file }));
  });
}

/** Names from the lines of a file that is no TOML, so that the layers' targets can say why they fail. */
function salvageNames(file: string): PerhapsNamed[] {
  const found: PerhapsNamed[] = [];
  let kind: LayerKind | undefined;
  let text = '';
  try {
    text = readFileSync(file, 'latin1');
  } catch {
    // Nothing to be had from a file that cannot be read.
  }
  for (const line of text.split(/\r?\n/)) {
    const [, table] = /^\s*\[\[?\s*(\w+)\s*\]?\]?\s*(?:#.*)?$/.exec(line) ?? [];
    if (table !== undefined) {
      kind = (Object.keys(KINDS) as LayerKind[]).find(
        (each) => KINDS[each].stackTable === table || KINDS[each].layerTable === table,
      );
    }
    const [, , name] = /^\s*name\s*=\s*(["'])(.*?)\1\s*(?:#.*)?$/.exec(line) ?? [];
    if (kind !== undefined && name !== undefined && checkName(name) === undefined) found.push({ kind, name, file });
  }
  return found;
}
