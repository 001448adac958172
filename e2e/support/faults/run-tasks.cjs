// Runs targets of all layers of a workspace as Nx would, one batch after the other, in this process:
//
//   node run-tasks.cjs <folder of the plugin> <workspace> <target, or project:target> …
//
// Prints what each task came to, as JSON.
const { join, relative } = require('node:path');

const [plugin, root, ...targets] = process.argv.slice(2);
const load = (path) => require(join(plugin, 'dist', path));
process.chdir(root);

async function projectsOf() {
  const files = load('stack')
    .findDefinitions(root, root)
    .map((file) => relative(root, file));
  const nodes = await load('inference').createNodes[1](files, {}, { workspaceRoot: root, nxJsonConfiguration: {} });
  const all = nodes.flatMap(([, { projects }]) => Object.entries(projects ?? {}));
  return Object.fromEntries(all.map(([at, project]) => [project.name, { ...project, root: at }]));
}

async function run(wanted) {
  const [target, only] = wanted.split(':').reverse();
  const projects = await projectsOf();
  const context = {
    root,
    projectsConfigurations: { version: 2, projects },
    nxJsonConfiguration: {},
    projectGraph: {
      nodes: Object.fromEntries(Object.entries(projects).map(([name, data]) => [name, { name, type: 'lib', data }])),
      dependencies: {},
    },
  };
  const tasks = {};
  const options = {};
  for (const [project, { targets: own }] of Object.entries(projects)) {
    if (only !== undefined && only !== project) continue;
    const id = `${project}:${target}`;
    tasks[id] = { id, target: { project, target }, overrides: {}, outputs: [] };
    options[id] = own[target].options;
  }
  const graph = { roots: [], tasks, dependencies: {}, continuousDependencies: {} };
  const told = {};
  for await (const { task, result } of load(`executors/${target}/batch`).default(graph, options, {}, context))
    told[task.split(':')[0]] = { status: result.status, output: result.terminalOutput };
  return told;
}

async function main() {
  const told = [];
  for (const target of targets) told.push(await run(target));
  process.stdout.write(JSON.stringify(told));
}

void main();
