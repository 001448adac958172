import type { ExecutorContext, ProjectConfiguration } from '@nx/devkit';
import { relative } from 'node:path';
import { createNodes, type PluginOptions } from '../inference';
import { findDefinitions } from '../stack';

export type Projects = Record<string, ProjectConfiguration>;

/** The workspace's projects as the plugin infers them. */
export async function inferred(root: string, options: PluginOptions = {}): Promise<Projects> {
  const files = findDefinitions(root, root).map((file) => relative(root, file));
  const nodes = await createNodes[1](files, options, { workspaceRoot: root, nxJsonConfiguration: {} });
  const all = nodes.flatMap(([, { projects = {} }]) => Object.entries(projects));
  return Object.fromEntries(all.map(([at, project]) => [project.name ?? '', { ...project, root: at }]));
}

/** What Nx tells an executor of the workspace. */
export function contextOf(root: string, projects: Projects): ExecutorContext {
  return {
    root,
    cwd: root,
    isVerbose: false,
    projectsConfigurations: { version: 2, projects },
    nxJsonConfiguration: {},
    projectGraph: {
      nodes: Object.fromEntries(
        Object.entries(projects).map(([name, data]) => [name, { name, type: 'lib' as const, data }]),
      ),
      dependencies: {},
    },
  };
}
