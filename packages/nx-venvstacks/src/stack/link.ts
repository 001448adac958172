import type { Declaration, Definition } from './definition';
import type { Disk } from './disk';
import { linkIndexes } from './indexes';
import { environmentName, type Layer } from './layer';
import { findModules } from './module';
import { lineariseFrameworks } from './order';
import type { Overlay } from './overlay';
import type { Problem } from './problem';
import { parsePython } from './python';
import { declaredRequirements } from './requirements';
import { suggest } from './suggest';
import { linkPlatforms, linuxTarget, macosxTarget } from './target';
import type { UvConfig } from './uv-config';

/** Where a layer's project and its lock files lie. */
export interface Places {
  readonly projectRoot: string;
  readonly lockFolder: string;
}

export interface LinkOptions {
  readonly uv: UvConfig;
  readonly placesOf: (declaration: Declaration) => Places;
  readonly env: NodeJS.ProcessEnv;
  readonly overlay: Overlay;
  readonly disk: Disk;
  /** Whether the layers stand in one file, where only what was declared before is known. */
  readonly declaredOrder: boolean;
}

/** Layers that could be linked, in the order of a stack, and what kept the others from it. */
export interface Linked {
  readonly layers: readonly Layer[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Links declared layers to the layers they name, and works out what they inherit. */
export function linkLayers(definitions: readonly Definition[], options: LinkOptions): Linked {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const layers = new Map<string, Layer>();
  const declarations = definitions.flatMap((definition) => definition.declarations);
  // A layer that is named but broken is known: whoever names it has made no mistake.
  const namedLayers = definitions.flatMap(({ named, salvaged }) => [...named, ...salvaged]);
  const isNamed = (envName: string) => namedLayers.some(({ kind, name }) => environmentName(kind, name) === envName);
  const namesOf = (kind: Declaration['kind']) =>
    namedLayers.filter((layer) => layer.kind === kind).map(({ name }) => name);

  const ordered = options.declaredOrder ? declarations : sortByDependency(declarations, problems);
  for (const declaration of ordered) {
    const found = findNamed(declaration);
    if (!found) continue;
    const layer = build(declaration, found);
    if (!layers.has(layer.envName)) layers.set(layer.envName, layer);
  }
  return { layers: [...layers.values()], problems, warnings };

  /** The layers that a declaration names; undefined, with a problem where it is its own, if it cannot be linked. */
  function findNamed(declaration: Declaration): Layer[] | undefined {
    const { kind, name, fields, problem } = declaration;
    if (kind === 'runtime') return [];
    const { runtime, frameworks = [] } = fields;
    if (runtime !== undefined && frameworks.length) {
      problems.push(
        problem(
          'runtime',
          'must specify a runtime or frameworks, not both',
          "The runtime is that of the frameworks: remove 'runtime'.",
        ),
      );
      return undefined;
    }
    if (runtime === undefined && frameworks.length === 0) {
      problems.push(
        problem([], 'must specify a runtime or at least one framework', 'runtime = "…" or frameworks = ["…"]'),
      );
      return undefined;
    }
    if (runtime !== undefined) {
      const layer = layers.get(runtime);
      if (layer?.kind === 'runtime') return [layer];
      if (!namesOf('runtime').includes(runtime)) {
        problems.push(
          problem('runtime', `unknown runtime '${runtime}' in ${kind} '${name}'`, suggest(runtime, namesOf('runtime'))),
        );
      }
      return undefined;
    }
    const found: Layer[] = [];
    frameworks.forEach((framework, index) => {
      const at = ['frameworks', index];
      const layer = layers.get(environmentName('framework', framework));
      if (frameworks.indexOf(framework) < index) {
        problems.push(problem(at, `framework '${framework}' is listed twice`, 'Remove one of the two.'));
      } else if (layer) {
        found.push(layer);
      } else if (kind === 'framework' && framework === name) {
        // In files of their own that is the shortest cycle, and reported as such.
        if (!options.declaredOrder) return;
        problems.push(
          problem(
            at,
            `unknown framework '${framework}': a framework cannot stand on itself`,
            suggestFramework(framework, name),
          ),
        );
      } else if (
        options.declaredOrder
          ? !isDeclaredBefore(framework, declaration)
          : !isNamed(environmentName('framework', framework))
      ) {
        problems.push(problem(at, `unknown framework '${framework}'`, suggestFramework(framework, name)));
      }
    });
    if (found.length < frameworks.length) return undefined;
    const other = found.find((layer) => layer.runtime !== found[0]?.runtime);
    if (other) {
      problems.push(
        problem(
          'frameworks',
          `all frameworks must stand on the same runtime: '${found[0]?.name ?? ''}' stands on '${found[0]?.runtime?.name ?? ''}', '${other.name}' on '${other.runtime?.name ?? ''}'`,
          'Name only frameworks of one runtime.',
        ),
      );
      return undefined;
    }
    return found;
  }

  function isDeclaredBefore(framework: string, declaration: Declaration): boolean {
    const position = namedLayers.findIndex(({ kind, name }) => kind === 'framework' && name === framework);
    const own = namedLayers.findIndex(({ kind, name }) => kind === declaration.kind && name === declaration.name);
    return position >= 0 && position < own;
  }

  function suggestFramework(framework: string, own: string): string | undefined {
    const later = declarations.find(({ kind, name }) => kind === 'framework' && name === framework && name !== own);
    if (later && options.declaredOrder) {
      const { line } = later.problem('name', '');
      return `It is declared later${line === undefined ? '' : `, in line ${line}`}: move it up. A layer can only stand on layers declared before it.`;
    }
    if (namesOf('runtime').includes(framework)) return `'${framework}' is a runtime: write runtime = "${framework}".`;
    const bare = framework.replace(/^framework-/, '');
    if (bare !== framework && namesOf('framework').includes(bare))
      return `Frameworks are named without the prefix: '${bare}'.`;
    return suggest(
      framework,
      namesOf('framework').filter((name) => name !== own),
    );
  }

  function build(declaration: Declaration, named: readonly Layer[]): Layer {
    const { kind, name, fields, problem } = declaration;
    const places = options.placesOf(declaration);
    const runtime = kind === 'runtime' ? undefined : (named[0]?.runtime ?? named[0]);
    const linearised = lineariseFrameworks(
      declaration,
      named.filter((layer) => layer.kind === 'framework'),
      (envName) => layers.get(envName) ?? fail(envName),
    );
    if ('message' in linearised) problems.push(linearised);
    const frameworks = 'message' in linearised ? named.filter((layer) => layer.kind === 'framework') : linearised;
    const lower = runtime ? [...frameworks, runtime] : [];

    const pythonText = fields.python_implementation ?? fields.fully_versioned_name;
    if (kind === 'runtime' && pythonText === undefined) {
      problems.push(problem('python_implementation', 'is required', 'python_implementation = "cpython@X.Y.Z"'));
    }
    const python = runtime?.python ??
      parsePython(pythonText ?? '') ?? { implementation: 'cpython', version: '3.0.0', minor: '3.0' };
    const modules = findModules(declaration, places.lockFolder, options.overlay, options.disk);
    const declared = declaredRequirements(declaration, modules.launchModule, python, options.overlay, options.disk);
    const indexes = linkIndexes(declaration, lower, options.uv);
    const platforms = linkPlatforms(declaration, lower);
    const macosx = macosxTarget(declaration, options.env);
    for (const part of [modules, declared, indexes, platforms, macosx]) problems.push(...part.problems);
    warnings.push(...declared.warnings);
    return {
      kind,
      name,
      envName: environmentName(kind, name),
      definition: declaration.file,
      ...places,
      versioned: fields.versioned ?? false,
      requirements: declared.requirements,
      python,
      platforms: platforms.value,
      linuxTarget: linuxTarget(fields.linux_target),
      macosxTarget: macosx.value,
      packageIndexes: indexes.packageIndexes,
      priorityIndexes: fields.priority_indexes ?? [],
      dynlibExclude: fields.dynlib_exclude ?? [],
      runtime,
      frameworks,
      named,
      launchModule: modules.launchModule,
      supportModules: modules.supportModules,
      uv: options.uv,
    };
  }
}

function fail(envName: string): never {
  throw new Error(`layer ${envName} was linearised before it was linked`);
}

/** Runtimes, frameworks (lower first), applications. The order of files does not matter; cycles are problems. */
function sortByDependency(declarations: readonly Declaration[], problems: Problem[]): Declaration[] {
  const sorted = declarations.filter(({ kind }) => kind === 'runtime');
  const frameworks = declarations.filter(({ kind }) => kind === 'framework');
  const byName = new Map([...frameworks].reverse().map((declaration) => [declaration.name, declaration]));
  const done = new Set<string>();
  const reported = new Set<string>();
  const visit = (declaration: Declaration, path: readonly string[]) => {
    const { name, fields, problem } = declaration;
    if (done.has(name)) return;
    for (const lower of fields.frameworks ?? []) {
      const cycle = [...path, name];
      const start = cycle.indexOf(lower);
      if (start >= 0) {
        const names = cycle.slice(start);
        const key = [...names].sort().join('\n');
        if (reported.has(key)) continue;
        reported.add(key);
        problems.push(
          problem('frameworks', `cycle: ${[...names, lower].join(' -> ')}`, 'Remove one of these references.'),
        );
      } else {
        const next = byName.get(lower);
        if (next) visit(next, cycle);
      }
    }
    done.add(name);
    sorted.push(declaration);
  };
  for (const framework of frameworks) visit(framework, []);
  return [...sorted, ...declarations.filter(({ kind }) => kind === 'application')];
}
