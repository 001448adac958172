import { resolve } from 'node:path';

/**
 * Where Nx keeps what it knows of a workspace, by the variables that move it.
 *
 * @param root absolute path of the workspace
 */
export function workspaceDataFolder(root: string): string {
  const { NX_WORKSPACE_DATA_DIRECTORY, NX_PROJECT_GRAPH_CACHE_DIRECTORY } = process.env;
  return resolve(root, NX_WORKSPACE_DATA_DIRECTORY ?? NX_PROJECT_GRAPH_CACHE_DIRECTORY ?? '.nx/workspace-data');
}
