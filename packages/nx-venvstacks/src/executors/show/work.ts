import { formatLayer } from '../../cli';
import type { LayerOptions } from '../../inference';
import type { TaskTarget } from '../task';
import type { Workspace } from '../workspace';

/** Shows the project's layer (interface.md, `show`). */
export function showTask(options: LayerOptions, { project }: TaskTarget, workspace: Workspace): string {
  return formatLayer(workspace.judge.judge(workspace.layerOf(options, project).layer));
}
