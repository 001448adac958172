import { relative } from 'node:path';
import { buildLayer, type BuildContext } from '../../build';
import { runCommand, type BuildOptions } from '../../inference';
import type { TaskTarget } from '../task';
import { showProgress } from '../progress';
import { lockContextFor } from '../lock-context';
import type { LayerTask, Workspace } from '../workspace';

/** Builds the environment of the project's layer (docs/run.md). */
export async function buildTask(
  options: BuildOptions,
  { project, target }: TaskTarget,
  workspace: Workspace,
): Promise<string> {
  const task = workspace.layerOf(options, project);
  const { outcome, deployedName, environment, packages, notes } = await buildLayer(
    task.layer,
    buildContextFor(task, target, workspace),
  );
  const place = relative(workspace.context.root, environment.root).replaceAll('\\', '/');
  const told = {
    skipped: `${deployedName}: not built`,
    current: `${deployedName}: nothing to do`,
    built: `${deployedName}: built in ${place}, ${packages === 1 ? '1 package' : `${packages} packages`} of its own`,
  };
  return [told[outcome], ...notes.map((note) => `  ${note}`)].join('\n');
}

function buildContextFor(task: LayerTask, buildTarget: string, workspace: Workspace): BuildContext {
  const { commandFor } = lockContextFor(task, '', workspace);
  return {
    judge: workspace.judge,
    env: process.env,
    claimFolder: workspace.claimFolder,
    say: showProgress,
    uv: () => workspace.uv(),
    commandFor: (envName, what) => {
      const project = workspace.projectNamed(envName, task.stack);
      return what === 'lock' || project === undefined ? commandFor(envName) : runCommand(project, buildTarget);
    },
  };
}
