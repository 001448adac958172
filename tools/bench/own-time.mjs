// How long an executor takes by itself in a fresh process, its loading too, without Nx's: `node own-time.mjs PLUGIN PROJECT
// TARGET`, in a workspace. Prints what it prints, then
// milliseconds in a line of their own.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

const [plugin, project, target] = process.argv.slice(2);
const require = createRequire(join(plugin, 'package.json'));
const {
  createProjectGraphAsync,
  readNxJson,
  readProjectsConfigurationFromProjectGraph,
} = require('nx/src/devkit-exports');

const root = process.cwd();
const projectGraph = await createProjectGraphAsync();
const configuration = projectGraph.nodes[project].data.targets[target];
const context = {
  root,
  cwd: root,
  projectName: project,
  targetName: target,
  target: configuration,
  projectGraph,
  projectsConfigurations: readProjectsConfigurationFromProjectGraph(projectGraph),
  nxJsonConfiguration: require(join(root, 'nx.json')),
  isVerbose: false,
};

const [, name] = configuration.executor.split(':');
const { executors } = require(join(plugin, 'executors.json'));
const start = performance.now();
const { default: execute } = require(join(plugin, executors[name].implementation));
const { success } = await execute(configuration.options, context);
const milliseconds = performance.now() - start;
if (!success) throw new Error(`${project}:${target} failed`);
process.stdout.write(`\n${milliseconds}\n`);
