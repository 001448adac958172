import type { Tree } from '@nx/devkit';
import { layerProjects, normalizeOptions } from '../../inference';
import { getProjects, readCachedProjectGraph, workspaceRoot } from '../../nx';
import type { Stack } from '../../stack';
import { pluginOptions } from '../plugin-options';
import { refuse } from './refuse';
import type { NewLayer } from './check';

/** What a new layer becomes in Nx. */
export interface NewProject {
  readonly name: string;
  readonly lockTargetName: string | false;
  /** Projects that get another name by it: layers of one name go by their environments, or by their stacks. */
  readonly renamed: readonly { readonly from: string; readonly to: string }[];
  /** Whether `nx.json` has the plugin, without which there are no projects. */
  readonly isRegistered: boolean;
}

/**
 * The project that a new layer becomes. Refuses a name that another project has, whatever plugin it comes from.
 *
 * @param before stacks without the layer
 * @param after stacks with it
 */
export function planProject(
  tree: Tree,
  { envName, file }: NewLayer,
  before: readonly Stack[],
  after: readonly Stack[],
): NewProject {
  const [options] = pluginOptions(tree);
  const { projectName, lockTargetName } = options ?? normalizeOptions({});
  const old = layerProjects(before, tree.root, projectName).projects;
  const all = layerProjects(after, tree.root, projectName).projects;
  const own = all.find((project) => project.envName === envName && project.definition === file);
  if (!own) throw new Error(`the new layer ${envName} is no project`);

  const taken = knownProjects(tree).find(({ name }) => name === own.name);
  if (taken) {
    refuse(
      `there is a project '${own.name}' already, in ${taken.root}`,
      `Choose another name, or tell layers from other projects by the plugin option projectName in nx.json, as in "${projectName === '{name}' ? '{env}' : '{stack}-{env}'}".`,
    );
  }
  const renamed = all.flatMap(({ root, name }) => {
    const from = old.find((project) => project.root === root)?.name;
    return from === undefined || from === name ? [] : [{ from, to: name }];
  });
  return { name: own.name, lockTargetName, renamed, isRegistered: options !== undefined };
}

/** Name and root of every project that is known: of files in the tree, and of the graph that Nx made before us. */
function knownProjects(tree: Tree): { name: string; root: string }[] {
  const declared = [...getProjects(tree)].map(([name, { root }]) => ({ name, root }));
  return [...declared, ...graphProjects(tree.root)];
}

function graphProjects(root: string): { name: string; root: string }[] {
  // The graph is that of the workspace in which the process runs.
  if (root !== workspaceRoot) return [];
  try {
    return Object.values(readCachedProjectGraph().nodes).map(({ name, data }) => ({ name, root: data.root }));
  } catch {
    // None was made, as with --skipProjectGraph.
    return [];
  }
}
