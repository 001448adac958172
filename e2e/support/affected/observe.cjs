// What Nx makes of the workspace in the current folder, as often as it is asked: a process of its own, since Nx takes the
// workspace from there when it is loaded.
//
//   fork('observe.cjs', { cwd: workspace, env })   then send({ base }), and wait for a message
//
// This is what `nx run-many -t lock-check` and `nx affected -t lock-check --base=…` do, with Nx's own functions (of Nx 24:
// command-line/affected/affected.js), without starting Nx each time. Tasks run in one batch, as they do by themselves.
const { existsSync } = require('node:fs');
const { dirname, join } = require('node:path');

const root = process.cwd();
const folderOf = (name) => dirname(require.resolve(`${name}/package.json`, { paths: [root] }));
const nx = (path) => require(join(folderOf('nx'), 'dist', 'src', path));
const plugin = (path) => require(join(folderOf('nx-venvstacks'), path));
// Nx 22 has projects only.
const isByTasks = existsSync(join(folderOf('nx'), 'dist', 'src', 'project-graph/affected/affected-tasks.js'));

const { readNxJson } = nx('config/configuration');
const { createProjectGraphAsync, readProjectsConfigurationFromProjectGraph } = nx('project-graph/project-graph');
const { computeAffectedTasks } = isByTasks ? nx('project-graph/affected/affected-tasks') : {};
const { filterAffected } = nx('project-graph/affected/affected-project-graph');
const { calculateFileChanges } = nx('project-graph/file-utils');
const { parseFiles } = nx('utils/command-line-utils');
const { createTaskGraph } = nx('tasks-runner/create-task-graph');
const { getTaskSpecificEnv } = nx('tasks-runner/task-env');
const { createTaskHasher } = nx('hasher/create-task-hasher');
const { resetWorkspaceContext } = nx('utils/workspace-context');

const TARGET = 'lock-check';

async function observe(request) {
  const { stderr, exitCode } = plugin('dist/cli/show').show(root, { json: true, cwd: root, env: process.env });
  return { ...(await observeNx(request)), problems: exitCode === 0 ? '' : stderr };
}

async function observeNx({ base }) {
  resetWorkspaceContext();
  let graph;
  try {
    graph = await createProjectGraphAsync({ exitOnError: false });
  } catch (error) {
    return { graphError: [error.message, ...(error.errors ?? []).map(({ message }) => message)].join('\n') };
  }
  const nxJson = readNxJson();
  const projects = Object.values(graph.nodes)
    .filter(({ data }) => data.targets?.[TARGET])
    .map(({ name }) => name);
  const outcomes = await run(graph, nxJson, projects);
  if (base === undefined) return { outcomes };
  const changed = parseFiles({ base }).files;
  const touched = () => calculateFileChanges(changed, { base });
  const seen = new Set(touched().map(({ file }) => file));
  // A change of the ignore files themselves is to be seen.
  const hidden = seen.has('.gitignore') || seen.has('.nxignore') ? [] : changed.filter((file) => !seen.has(file));
  const { nodes } = await filterAffected(graph, touched());
  const affected = projects.filter((name) => name in nodes);
  if (!isByTasks) return { outcomes, hidden, tasks: affected, projects: affected };
  const { taskSelection } = await computeAffectedTasks({
    nxJson,
    targets: [TARGET],
    touchedFiles: touched(),
    fileChangeArgs: { base },
    projectGraph: graph,
  });
  const tasks = taskSelection.taskIds.map((id) => taskSelection.taskGraph.tasks[id].target.project);
  return { outcomes, hidden, tasks, projects: affected };
}

/** Runs the tasks of some projects. @returns project → why it failed, null where it did not */
async function run(graph, nxJson, projects) {
  if (projects.length === 0) return {};
  const taskGraph = createTaskGraph(graph, {}, projects, [TARGET], undefined, {}, false);
  const tasks = Object.values(taskGraph.tasks);
  const outcomes = {};
  const hasher = createTaskHasher(graph, nxJson);
  for (const task of tasks) {
    try {
      await hasher.hashTask(task, taskGraph, getTaskSpecificEnv(task, graph));
      outcomes[task.target.project] = null;
    } catch (error) {
      // The whole run ends with it.
      outcomes[task.target.project] = `Nx cannot hash it: ${error.message}`;
    }
  }
  const context = {
    root,
    cwd: root,
    isVerbose: false,
    projectsConfigurations: readProjectsConfigurationFromProjectGraph(graph),
    nxJsonConfiguration: nxJson,
    projectGraph: graph,
  };
  const options = Object.fromEntries(
    tasks.map(({ id, target }) => [id, graph.nodes[target.project].data.targets[target.target].options ?? {}]),
  );
  const batch = plugin('dist/executors/lock-check/batch.js').default;
  for await (const { task, result } of batch(taskGraph, options, {}, context)) {
    const { project } = taskGraph.tasks[task].target;
    if (!result.success) outcomes[project] = [outcomes[project] ?? [], result.terminalOutput].flat().join('\n');
  }
  return outcomes;
}

process.on('message', (request) => {
  observe(request).then(
    (observation) => process.send(observation),
    (error) => process.send({ crash: error.stack }),
  );
});
process.on('disconnect', () => process.exit());
