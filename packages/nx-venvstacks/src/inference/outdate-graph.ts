import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceDataFolder } from './workspace-data';

/**
 * Has the daemon of Nx 22 write the graph to disk that it is about to compute. Executors read it there, and that daemon
 * leaves it as it was when it computes one by itself, some moments after an edit: they would be told the options of
 * before, and of new projects nothing. It does write where somebody else has touched the file.
 *
 * @param root absolute path of the workspace
 */
export function outdateGraph(root: string): void {
  const now = new Date();
  try {
    utimesSync(join(workspaceDataFolder(root), 'project-graph.json'), now, now);
  } catch {
    // There is none yet, and nothing to outdate.
  }
}
