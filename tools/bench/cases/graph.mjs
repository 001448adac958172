// What the graph of a locked workspace takes, compared to a plugin that infers nothing from the same files, and to one
// that hands Nx the same nodes out of a file: of what is above the latter, all is ours.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { lockByHand } from '../hand-made-locks.mjs';
import { interleave, median, resultOf } from '../statistics.mjs';
import { generateStack, layerFiles } from '../stacks.mjs';
import { benchPlugin } from '../trivial.mjs';
import { Workspace } from '../workspace.mjs';

/** Milliseconds that the graph may take more at this size, and what four times as many layers may take of that. */
const SIZE = 500;
const LARGE = 2000;
const MORE = 0.06;
const GROWTH = 4.5;

export const name = 'graph';
export const sizes = [5, 50, SIZE, LARGE];

export async function run({ installation, sizes, runs }) {
  const results = [];
  const extras = new Map();
  for (const size of sizes) {
    const workspace = new Workspace(installation, layerFiles(generateStack(size)), []);
    try {
      workspace.commit();
      lockByHand(workspace.root, installation.plugin);
      const { seconds, megabytes } = await measure(workspace, runs);
      const extra = median(seconds.ours) - median(seconds.nothing);
      const more = median(megabytes.ours) - median(megabytes.nothing);
      extras.set(size, { extra, more });
      results.push(...rows(size, seconds, megabytes));
    } finally {
      await workspace.end();
    }
  }
  return [...results, ...growthOf(extras)];
}

function rows(size, seconds, megabytes) {
  const base = { layers: size, daemon: 'off' };
  const row = (about, runs, reference, goal, unit = 's') =>
    resultOf({ case: about, ...base, runs, unit }, reference, goal);
  const nothing = { name: 'a plugin that infers nothing', runs: seconds.nothing };
  return [
    row('graph', seconds.ours, nothing, size === SIZE ? { kind: 'more', limit: MORE } : undefined),
    row('graph', seconds.ours, { name: 'the same nodes out of a file', runs: seconds.replay }),
    row('graph, memory', megabytes.ours, { name: nothing.name, runs: megabytes.nothing }, undefined, 'MB'),
    row(
      'graph, memory',
      megabytes.ours,
      { name: 'the same nodes out of a file', runs: megabytes.replay },
      undefined,
      'MB',
    ),
  ];
}

/** What 2,000 layers take more than nothing, compared to what 500 do. */
function growthOf(extras) {
  const [small, large] = [extras.get(SIZE), extras.get(LARGE)];
  if (!small || !large) return [];
  const row = (about, key, unit) =>
    resultOf(
      { case: about, layers: LARGE, daemon: 'off', runs: [large[key]], unit },
      { name: `what ${SIZE} layers take more`, runs: [small[key]] },
      { kind: 'ratio', limit: GROWTH },
    );
  return [row('graph, what it takes more', 'extra', 's'), row('graph, memory that it takes more', 'more', 'MB')];
}

async function measure(workspace, runs) {
  const { installation, root } = workspace;
  const data = join(installation.folder, 'replay.json');
  writeFileSync(data, JSON.stringify(await nodesOf(root, installation.plugin)));
  const plugins = {
    nothing: benchPlugin({ mode: 'nothing' }),
    replay: benchPlugin({ mode: 'replay', data }),
    ours: 'nx-venvstacks',
  };
  const show = async (which, env) => {
    workspace.use([plugins[which]]);
    const { seconds, output } = await workspace.nx(['show', 'projects', '--json'], { env, dataOf: which });
    const found = JSON.parse(output.slice(output.indexOf('[')));
    if (found.length > 0 !== (which !== 'nothing')) throw new Error(`${which}: ${found.length} projects`);
    return seconds;
  };
  const peaks = join(workspace.data, 'peaks');
  const subjects = Object.keys(plugins);
  return {
    seconds: await interleave(runs, Object.fromEntries(subjects.map((which) => [which, () => show(which)]))),
    megabytes: await interleave(
      Math.min(runs, 2),
      Object.fromEntries(subjects.map((which) => [which, () => peakOf(peaks, (env) => show(which, env))])),
    ),
  };
}

/** Peak resident memory of Nx's own process, with the plugin in it, in megabytes. */
async function peakOf(folder, command) {
  mkdirSync(folder, { recursive: true });
  const before = new Set(readdirSync(folder));
  const preload = join(folder, '..', 'peak.cjs');
  writeFileSync(
    preload,
    `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(folder)} + '/' + process.pid + '-' + Date.now(), String(process.resourceUsage().maxRSS)));\n`,
  );
  await command({ NX_ISOLATE_PLUGINS: 'false', NODE_OPTIONS: `--require ${preload}` });
  const found = readdirSync(folder).filter((file) => !before.has(file));
  return Math.max(...found.map((file) => Number(readFileSync(join(folder, file), 'utf8')))) / 1024;
}

/** The nodes and edges that the plugin makes of a workspace. */
async function nodesOf(root, plugin) {
  const { createDependencies, createNodes } = createRequire(join(plugin, 'package.json'))('./dist/index.js');
  const files = readdirSync(join(root, 'layers')).map((folder) => `layers/${folder}/layer.toml`);
  const context = { workspaceRoot: root, nxJsonConfiguration: {} };
  const nodes = await createNodes[1](files, {}, context);
  const projects = Object.fromEntries(
    nodes.flatMap(([, made]) => Object.values(made.projects)).map((project) => [project.name, project]),
  );
  return { nodes, edges: await createDependencies({}, { ...context, projects }) };
}
