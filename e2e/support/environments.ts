import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { machinePlatform } from '../../packages/nx-venvstacks/src/build/platform';
import { Repository } from './repository';
import { run } from './run';
import { buildWheels } from './wheels';
import { runFolder, Workspace } from './workspace';

/** Whoever asks for uv fails: shows that nobody does. */
export const NO_UV = { UV: './there-is-no-uv' };

export const python = (code: string): string => execFileSync('python3', ['-c', code], { encoding: 'utf8' }).trim();
export const VERSION = python('import platform; print(platform.python_version())');
export const MINOR = VERSION.split('.').slice(0, 2).join('.');
export const HERE = machinePlatform() ?? '';

/** Says where it runs, with what, and which layer each module comes from. */
const REPORT = `
import json, sys
import alpha, beta, core, helper

print(json.dumps({
    "arguments": sys.argv[1:],
    "input": sys.stdin.read(),
    "versions": [core.VERSION, alpha.VERSION, beta.VERSION],
    "helper": helper.NAME,
    "path": [entry.split("/layers/")[1].split("/")[0] for entry in sys.path if "/layers/" in entry],
}))
sys.exit(3 if "--fail" in sys.argv else 0)
`;

export const LAYERS = {
  'layers/py/layer.toml': `[runtime]\npython_implementation = "cpython@${VERSION}"\nplatforms = ["${HERE}"]\nrequirements = ["core"]\n`,
  'layers/a/layer.toml': '[framework]\nruntime = "py"\nrequirements = ["alpha"]\nversioned = true\n',
  'layers/b/layer.toml': '[framework]\nframeworks = ["a"]\nrequirements = ["beta"]\n',
  'layers/app/layer.toml':
    '[application]\nframeworks = ["b"]\nrequirements = ["gamma"]\nlaunch_module = "report"\nsupport_modules = ["../../shared/helper.py"]\nversioned = true\n',
  'layers/app/report/__main__.py': REPORT,
  'layers/app/report/part.py': '',
  'layers/app/beside.py': '',
  'shared/helper.py': 'NAME = "first"\n',
};

const UV_CONFIGURATION = { 'venvstacks.uv.toml': 'no-index = true\nfind-links = ["./wheels"]\n' };

/** A workspace with those layers, of wheels of its own. */
export async function createLayers(files: Record<string, string> = {}): Promise<Workspace> {
  const workspace = Workspace.create({ ...LAYERS, ...UV_CONFIGURATION, ...files });
  await buildWheels(join(workspace.root, 'wheels'), WHEELS);
  await workspace.commitAll('Declare layers');
  return workspace;
}

/** The same, where layers are locked and built in this process. */
export async function createRepository(files: Record<string, string> = {}): Promise<Repository> {
  const repository = Repository.create({ ...LAYERS, ...UV_CONFIGURATION, ...files });
  await buildWheels(join(repository.root, 'wheels'), WHEELS);
  repository.commit('Declare layers');
  return repository;
}

const WHEELS = [
  { name: 'core', version: '1.0' },
  { name: 'alpha', version: '1.0', requires: ['core'] },
  { name: 'beta', version: '1.0', requires: ['alpha'] },
  { name: 'gamma', version: '1.0' },
  { name: 'delta', version: '1.0' },
];

interface Rooted {
  readonly root: string;
}

export const venv = ({ root }: Rooted, layer: string, ...path: string[]) =>
  join(root, 'layers', layer, '.venv', ...path);

export const installedIn = ({ root }: Rooted, layer: string) =>
  readdirSync(venv({ root }, layer, 'lib', `python${MINOR}`, 'site-packages'))
    .flatMap((name) => /^(\w+)-.*\.dist-info$/.exec(name)?.[1] ?? [])
    .sort();

/** The run's own uv. */
export const WITH_UV = { UV: join(runFolder(), 'uv', 'bin', 'uv') };

/** Runs `uv pip` in a layer's environment, as a user does. */
export async function install({ root }: Rooted, layer: string, ...args: string[]): Promise<void> {
  const place = ['--quiet', '--no-config', '--python', venv({ root }, layer)];
  const { code, output } = await run(WITH_UV.UV, ['pip', ...args, ...place], {
    cwd: root,
    env: { ...process.env, UV_CACHE_DIR: join(runFolder(), 'uv-cache') },
  });
  if (code !== 0) throw new Error(output);
}
