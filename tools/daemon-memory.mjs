// Does the plugin keep what it should forget while Nx's daemon lives, and does the daemon ever answer with an old graph?
//
//   npm run build
//   node tools/daemon-memory.mjs                           200 rebuilds of the graph, with the Nx of this repository
//   node tools/daemon-memory.mjs 50 path/to/node_modules   50, with an Nx and a plugin that are installed elsewhere
//
// It makes a workspace of 40 layers in a temporary folder and starts a daemon there. For each rebuild it changes what a
// layer stands on, asks the daemon for the graph, and looks for the edge in it. What lives on the daemon's heap is
// measured after a tenth of the rebuilds, when all is loaded and compiled, and after all of them, each time after a
// garbage collection.
//
// Twice: with plugins in workers, as Nx has them by default, which it ends as soon as a graph is there, so that nothing
// can pile up in them; and with the plugin in the daemon itself (NX_ISOLATE_PLUGINS=false), where it could. What grows
// in the second and not in the first is the plugin's.
//
// Prints a line of JSON for each; fails for an old graph, for one whose edges and targets are of different states, for a
// worker that stays, and for more than a megabyte that the plugin adds. Daemons are stopped and folders removed. Not for
// Windows, which lacks the signal.
import { execFileSync, fork } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const LAYERS = 40;
/** What a command takes before it asks the daemon, at the least: until then Nx has heard of an edit. */
const START = 150;
const rebuilds = Number(process.argv[2] ?? 200);
const modules = realpathSync(process.argv[3] ?? fileURLToPath(new URL('../node_modules', import.meta.url)));

const folder = process.env.FOLDER ?? realpathSync(mkdtempSync(join(tmpdir(), 'nx-venvstacks-daemon-')));
const root = join(folder, 'workspace');
const heaps = join(folder, 'heaps');
mkdirSync(heaps, { recursive: true });

/** Preloaded into the daemon and its workers: upon a signal they collect garbage and write down what is left. */
writeFileSync(
  join(folder, 'measure.cjs'),
  `if (/daemon.server.start|plugin-worker/.test(process.argv[1])) {
  require('node:v8').setFlagsFromString('--expose-gc');
  const collect = require('node:vm').runInNewContext('gc');
  process.on('SIGUSR2', () => {
    collect();
    const { heapUsed, rss } = process.memoryUsage();
    const file = ${JSON.stringify(heaps)} + '/' + process.pid;
    require('node:fs').writeFileSync(file + '.new', JSON.stringify({ heap: heapUsed, rss }));
    require('node:fs').renameSync(file + '.new', file + '.json');
  });
}
`,
);

Object.assign(process.env, {
  NX_DAEMON: 'true',
  NX_CACHE_DIRECTORY: join(folder, 'nx', 'cache'),
  NX_WORKSPACE_DATA_DIRECTORY: join(folder, 'nx', 'workspace-data'),
  NODE_OPTIONS: `--require ${join(folder, 'measure.cjs')}`,
});

function write(path, text) {
  mkdirSync(resolve(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** An application on a runtime, or on the framework. */
const application = (lower) =>
  `[application]\n${lower}\nversioned = true\nrequirements = ["attrs"]\nlaunch_module = "main.py"\n`;

function makeWorkspace() {
  write('nx.json', JSON.stringify({ analytics: false, plugins: ['nx-venvstacks'] }));
  write('package.json', '{ "name": "workspace", "private": true }');
  write('tsconfig.base.json', '{}');
  write('.gitignore', 'node_modules\n.nx\n');
  write('layers/python/layer.toml', '[runtime]\npython_implementation = "cpython@3.12.7"\nrequirements = []\n');
  write('layers/base/layer.toml', '[framework]\nruntime = "python"\nrequirements = ["attrs"]\n');
  for (let n = 2; n < LAYERS; n++) {
    write(`layers/app-${n}/layer.toml`, application('runtime = "python"'));
    write(`layers/app-${n}/main.py`, 'print(1)\n');
  }
  if (!existsSync(join(root, 'node_modules'))) symlinkSync(modules, join(root, 'node_modules'), 'junction');
}

/** Heap and resident memory of a process after a garbage collection, in bytes. */
async function measure(process_) {
  const answer = join(heaps, `${process_}.json`);
  rmSync(answer, { force: true });
  process.kill(process_, 'SIGUSR2');
  for (let tries = 0; !existsSync(answer); tries++) {
    if (tries > 100) throw new Error(`no answer of the process ${process_}`);
    await sleep(100);
  }
  return JSON.parse(readFileSync(answer, 'utf8'));
}

/** Process ids of plugin workers that a daemon has. */
function workersOf(daemon) {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [])
    .filter(([, , parent, command]) => Number(parent) === daemon && command.includes('plugin-worker'))
    .map(([, id]) => Number(id));
}

const dataOf = (file) => JSON.parse(readFileSync(join(process.env.NX_WORKSPACE_DATA_DIRECTORY, 'd', file), 'utf8'));
const megabytes = (bytes) => Number((bytes / 1e6).toFixed(2));

/** Rebuilds the graph and measures, in a process of its own, as Nx looks at its variables once. */
async function rebuild() {
  process.chdir(root);
  const nx = createRequire(join(root, 'package.json'));
  const { daemonClient: client } = nx('nx/src/daemon/client/client');
  try {
    const graph = async () => (await client.getProjectGraphAndSourceMaps()).projectGraph;
    await graph();
    const { processId: daemon } = dataOf('server-process.json');
    const result = { nx: nx('nx/package.json').version, rebuilds, old: 0, torn: 0, workers: 0 };
    let early;
    for (let n = 1; n <= rebuilds; n++) {
      const [lower, line] = n % 2 ? ['base', 'frameworks = ["base"]'] : ['python', 'runtime = "python"'];
      write('layers/app-2/layer.toml', application(line));
      await sleep(START);
      const { nodes, dependencies } = await graph();
      const edges = dependencies['app-2'].map(({ target }) => target).join();
      const lowerTasks = nodes['app-2'].data.targets.lock.dependsOn.flatMap(({ projects }) => projects);
      if (edges !== lower) result.old += 1;
      if (lowerTasks.includes('base') !== (edges === 'base')) result.torn += 1;
      if (n === Math.ceil(rebuilds / 10)) early = await measure(daemon);
    }
    const late = await measure(daemon);
    // Nx ends them when their answers are in, which takes a moment.
    for (let tries = 0; tries < 50 && workersOf(daemon).length > 0; tries++) await sleep(100);
    return {
      ...result,
      workers: workersOf(daemon).length,
      heap: [early.heap, late.heap].map(megabytes),
      rss: [early.rss, late.rss].map(megabytes),
    };
  } finally {
    await client.stop();
  }
}

if (process.send) {
  process.send(await rebuild());
  process.exit();
}

/** @returns what a process measured @throws {Error} if it failed */
function rebuildIn(isolate) {
  makeWorkspace();
  const env = { ...process.env, FOLDER: folder, NX_ISOLATE_PLUGINS: String(isolate) };
  return new Promise((done, failed) => {
    const child = fork(fileURLToPath(import.meta.url), process.argv.slice(2), { env });
    let result;
    child.on('message', (message) => (result = message));
    child.on('exit', () => (result ? done(result) : failed(new Error('could not be measured'))));
  });
}

let added = Infinity;
const results = [];
try {
  for (const isolate of [true, false]) {
    results.push(await rebuildIn(isolate));
    console.log(JSON.stringify({ plugin: isolate ? 'in a worker' : 'in the daemon', ...results.at(-1) }));
  }
  const [without, with_] = results.map(({ heap: [early, late] }) => late - early);
  added = Number((with_ - without).toFixed(2));
  console.log(JSON.stringify({ megabytesOfThePlugin: added }));
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
const isWell = results.every(({ old, torn, workers }) => old + torn + workers === 0) && added < 1;
process.exit(isWell ? 0 : 1);
