import type { ExecutorContext } from '@nx/devkit';
import { formatLayer } from '../../cli';
import type { LayerOptions } from '../../inference';
import { Judge } from '../../lock';
import { runTask } from '../task';
import { layerOfTask } from '../workspace';

/** Shows the project's layer (interface.md, `show`). */
export default function showExecutor(options: LayerOptions, context: ExecutorContext): Promise<{ success: boolean }> {
  return runTask(() => formatLayer(new Judge(process.env).judge(layerOfTask(options, context).layer)));
}
