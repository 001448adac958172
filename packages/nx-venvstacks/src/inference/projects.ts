import { join } from 'node:path';
import { checkName, formatProblems, wayFrom, type BrokenLayer, type Layer, type LayerKind, type Stack } from '../stack';

/** A layer as an Nx project: what is the same for a sound and for a broken one. */
export interface LayerProject {
  readonly name: string;
  /** Relative to the workspace, forward slashes. */
  readonly root: string;
  readonly stack: Stack;
  readonly envName: string;
  readonly kind: LayerKind | undefined;
  readonly definition: string;
  /** Either the layer or why it cannot be used. */
  readonly layer: Layer | undefined;
  readonly report: string | undefined;
}

/**
 * The projects of all stacks.
 *
 * @param pattern of names: `{name}`, `{env}`, `{kind}`, `{stack}`
 * @throws {Error} for two projects of the same name, which Nx would refuse with less of a hint
 */
export function layerProjects(stacks: readonly Stack[], workspaceRoot: string, pattern: string): LayerProject[] {
  // Sound layers come first, so that those keep their names.
  const projects = stacks
    .flatMap((stack) => projectsOfStack(stack, workspaceRoot, pattern))
    .sort((a, b) => Number(a.layer === undefined) - Number(b.layer === undefined));
  const byName = new Map<string, LayerProject>();
  const byRoot = new Map<string, LayerProject>();
  return projects.flatMap((project) => {
    const twin = byRoot.get(project.root);
    // A layer.toml that holds two layers: the report of one tells of both.
    if (twin?.layer === undefined && twin?.definition === project.definition) return [];
    if (twin)
      throw new Error(
        `nx-venvstacks: two layers would both be the project in ${project.root}: ${twin.envName} and ${project.envName}.`,
      );
    byRoot.set(project.root, project);
    const other = byName.get(project.name);
    if (other?.layer && project.layer) {
      throw new Error(
        `nx-venvstacks: two layers would both be the project '${project.name}': ${other.root} and ${project.root}.\n` +
          `Rename one, or separate them by the plugin option projectName in nx.json, as in "{stack}-{name}".`,
      );
    }
    // Layers that cannot be used keep out of the way: their targets say why, perhaps that very name.
    const named = other ? { ...project, name: `${project.name} (${project.root})` } : project;
    byName.set(named.name, named);
    return [named];
  });
}

/** A project's root as Nx has it: relative, with forward slashes, `.` for the workspace itself. */
export function rootOf(projectRoot: string, workspaceRoot: string): string {
  return wayFrom(workspaceRoot, projectRoot) || '.';
}

/** In one report: each target of each layer has it, and a file may have as many problems as layers. */
const MOST_PROBLEMS = 20;

function projectsOfStack(stack: Stack, workspaceRoot: string, pattern: string): LayerProject[] {
  const layers: readonly (Layer | BrokenLayer)[] = [...stack.layers, ...stack.broken];
  if (layers.length === 0 && stack.file !== null && stack.problems.length)
    return [ofUnreadable(stack, stack.file, workspaceRoot)];
  const ofStack = stackName(stack, workspaceRoot);
  const names = layers.map((layer) => projectName(layer, ofStack, pattern));
  const owners = new Map<string, Set<string>>();
  layers.forEach(({ envName }, index) => {
    const name = names[index] ?? envName;
    owners.set(name, (owners.get(name) ?? new Set()).add(envName));
  });
  return layers.map((layer, index) => {
    const name = names[index] ?? layer.envName;
    const isTaken = (owners.get(name)?.size ?? 0) > 1;
    const root = rootOf(layer.projectRoot, workspaceRoot);
    return {
      // A folder may be called what Nx could have no project called.
      name: checkName(layer.name) !== undefined && root !== '.' ? root : isTaken ? layer.envName : name,
      root,
      stack,
      envName: layer.envName,
      kind: layer.kind,
      definition: layer.definition,
      layer: 'problems' in layer ? undefined : layer,
      report: 'problems' in layer ? formatProblems(layer.problems, workspaceRoot, MOST_PROBLEMS) : undefined,
    };
  });
}

/** Where a file does not even tell what its layers are called, there must still be a target that fails. */
function ofUnreadable(stack: Stack, definition: string, workspaceRoot: string): LayerProject {
  return {
    name: wayFrom(workspaceRoot, definition),
    root: wayFrom(workspaceRoot, join(stack.folder, 'requirements')),
    stack,
    envName: 'without a name',
    kind: undefined,
    definition,
    layer: undefined,
    report: formatProblems(stack.problems, workspaceRoot, MOST_PROBLEMS),
  };
}

function projectName({ name, envName, kind }: Layer | BrokenLayer, stack: string, pattern: string): string {
  const values: Record<string, string> = { name, env: envName, kind: kind ?? 'layer', stack };
  return pattern.replace(/\{(\w+)\}/g, (all, key: string) => values[key] ?? all);
}

/** A stack's folder as one word: `examples/forecast` → `examples-forecast`. */
export function stackName(stack: Stack, workspaceRoot: string): string {
  const path = stack.file === null ? '' : wayFrom(workspaceRoot, stack.folder);
  return path === '' ? 'workspace' : path.replaceAll('/', '-');
}
