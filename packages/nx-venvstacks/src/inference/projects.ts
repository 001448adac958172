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

/** The projects of all stacks, and what is to be told of their names. */
export interface LayerProjects {
  readonly projects: readonly LayerProject[];
  /** Names that layers of several stacks would share, so that their projects are called by their stacks, too. */
  readonly shared: readonly string[];
}

/**
 * The projects of all stacks. Where several would have one name, none of them has it: which comes first must not count.
 *
 * @param pattern of names: `{name}`, `{env}`, `{kind}`, `{stack}`
 */
export function layerProjects(stacks: readonly Stack[], workspaceRoot: string, pattern: string): LayerProjects {
  const projects = withoutTwins(
    stacks.flatMap((stack) => projectsOfStack(stack, workspaceRoot, pattern)),
    workspaceRoot,
  );
  const shared = new Set<string>();
  const byStack = renameEqual(projects, (project, equal) => {
    if (equal.every(({ stack }) => stack === project.stack)) return project.name;
    shared.add(project.name);
    return `${stackName(project.stack, workspaceRoot)}-${project.name}`;
  });
  // The root is one project's only.
  const byRoot = renameEqual(byStack, ({ name, root }) => `${name} (${root})`);
  return { projects: byRoot, shared: [...shared] };
}

function renameEqual(
  projects: readonly LayerProject[],
  rename: (project: LayerProject, equal: readonly LayerProject[]) => string,
): LayerProject[] {
  const byName = new Map<string, LayerProject[]>();
  for (const project of projects) byName.set(project.name, [...(byName.get(project.name) ?? []), project]);
  return projects.map((project) => {
    const equal = byName.get(project.name) ?? [];
    return equal.length < 2 ? project : { ...project, name: rename(project, equal) };
  });
}

/** Of layers that would be one project the first is left, and cannot be used. */
function withoutTwins(projects: readonly LayerProject[], workspaceRoot: string): LayerProject[] {
  const byRoot = new Map<string, LayerProject>();
  for (const project of projects) {
    const twin = byRoot.get(project.root);
    if (!twin) byRoot.set(project.root, project);
    // A layer.toml that holds two layers: the report of one tells of both.
    else if (twin.definition !== project.definition) byRoot.set(project.root, inTheWay(twin, project, workspaceRoot));
  }
  return [...byRoot.values()];
}

function inTheWay(project: LayerProject, other: LayerProject, workspaceRoot: string): LayerProject {
  const [file, otherFile] = [project, other].map(({ definition }) => wayFrom(workspaceRoot, definition));
  const message = `two layers would both be the project in ${project.root}: ${project.envName} of ${file ?? ''} and ${other.envName} of ${otherFile ?? ''}`;
  const reports = [`${message}\n  Move one of them.`, ...[project, other].flatMap(({ report }) => report ?? [])];
  return { ...project, layer: undefined, report: reports.join('\n') };
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
