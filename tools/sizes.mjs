// Runs Nx on what is large, and states seconds and memory (docs/limits.md): a stack of 1,000 layers, a layer of 500
// requirements, a launch package of 50,000 files. Packages come from an index on the loopback address.
//
//   npm run build && node tools/sizes.mjs [layers] [requirements] [files]
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { install } from './bench/installation.mjs';
import { startIndex } from './bench/package-index.mjs';
import { generateStack, layerFiles, releasesFor } from './bench/stacks.mjs';
import { Workspace } from './bench/workspace.mjs';

const [layers = 1000, requirements = 500, files = 50_000] = process.argv.slice(2).map(Number);

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nx-venvstacks-sizes-')));
/** Has every Node process note its peak memory when it ends. */
const hook = join(folder, 'peak.cjs');
writeFileSync(
  hook,
  `process.on('exit', () => {
  if (process.env.PEAKS) require('node:fs').writeFileSync(
    require('node:path').join(process.env.PEAKS, String(process.pid)), String(process.resourceUsage().maxRSS));
});\n`,
);

const rows = [];
/** @param checks what must be in the output */
async function measure(what, workspace, args, checks) {
  const peaks = mkdtempSync(join(folder, 'peaks-'));
  // In one process with the plugin, as a process that is stopped notes nothing.
  const env = { PEAKS: peaks, NODE_OPTIONS: `--require=${hook}`, NX_ISOLATE_PLUGINS: 'false' };
  const { seconds, output } = await workspace.nx(args, { env });
  if (!checks.test(output)) throw new Error(`${what}: unexpected output:\n${output.slice(-3000)}`);
  const most = Math.max(...readdirSync(peaks).map((file) => Number(readFileSync(join(peaks, file), 'utf8'))));
  rows.push([what, `nx ${args.join(' ')}`, `${seconds.toFixed(1)} s`, `${Math.round(most / 1024)} MB`]);
  console.error(rows.at(-1).join(' | '));
}

const config = (url) => `exclude-newer = "2026-03-01T00:00:00Z"\n[[index]]\nurl = "${url}"\ndefault = true\n`;
const plugins = ['nx-venvstacks'];
const LOCK = ['run-many', '-t', 'lock'];
const CHECK = ['run-many', '-t', 'lock-check'];

async function inWorkspace(releases, definitions, work) {
  const index = await startIndex(releases);
  const workspace = new Workspace(installation, { 'venvstacks.uv.toml': config(index.url), ...definitions }, plugins);
  try {
    workspace.commit();
    await work(workspace);
  } finally {
    await workspace.end();
    await index.stop();
  }
}

let installation;
try {
  installation = install(folder);
  await inWorkspace(releasesFor(layers), layerFiles(generateStack(layers)), async (workspace) => {
    const what = `${layers} layers`;
    await measure(what, workspace, ['show', 'projects'], /b0-0/);
    await measure(what, workspace, LOCK, /Successfully ran target lock/);
    workspace.commit();
    await measure(what, workspace, CHECK, /Successfully ran target lock-check/);
  });

  const names = Array.from({ length: requirements }, (_, n) => `package-${n}`);
  const many = names.flatMap((name, n) =>
    ['1.0', '1.1'].map((version) => ({ name, version, requires: n ? [`package-${n - 1}>=1`] : [] })),
  );
  const layer = `[runtime]\npython_implementation = "cpython@3.12.7"\nversioned = true\nrequirements = ${JSON.stringify(names)}\n`;
  await inWorkspace(many, { 'large/layer.toml': layer }, async (workspace) => {
    const what = `one layer with ${requirements} requirements`;
    await measure(what, workspace, LOCK, /Successfully ran target lock/);
    workspace.commit();
    await measure(what, workspace, CHECK, /Successfully ran target lock-check/);
  });

  const sources = Object.fromEntries(
    Array.from({ length: files }, (_, n) => [
      `app/main/part${n % 500}/module${n}.py`,
      `NUMBER = ${n}\n${'# a line of a module\n'.repeat(40)}`,
    ]),
  );
  const application = `[application]\nruntime = "py"\nversioned = true\nrequirements = []\nlaunch_module = "main"\n`;
  const runtime = '[runtime]\npython_implementation = "cpython@3.12.7"\nrequirements = []\n';
  const definitions = { 'py/layer.toml': runtime, 'app/layer.toml': application, ...sources };
  await inWorkspace([], definitions, async (workspace) => {
    const what = `a launch package of ${files} files`;
    await measure(what, workspace, ['show', 'projects'], /app/);
    await measure(what, workspace, LOCK, /Successfully ran target lock/);
    workspace.commit();
    await measure(what, workspace, CHECK, /Successfully ran target lock-check/);
    workspace.append('app/main/part7/module7.py', '# edited\n');
    await measure(`${what}, one edited`, workspace, ['run', 'app:lock'], /app-app@2 \(was 1\)/);
  });
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
console.log(rows.map((row) => `| ${row.join(' | ')} |`).join('\n'));
