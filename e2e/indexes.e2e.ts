import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PackageIndex, type Release } from './support/package-index';
import { buildWheels } from './support/wheels';
import { CUTOFF, tasksIn, Workspace } from './support/workspace';

jest.setTimeout(120_000);

const NO_UV = { UV: './there-is-no-uv' };
const indexes: PackageIndex[] = [];

async function startIndex(releases: readonly Release[], credentials?: string): Promise<PackageIndex> {
  const index = await PackageIndex.start(releases, credentials);
  indexes.push(index);
  return index;
}

afterEach(async () => {
  await Promise.all(indexes.splice(0).map((index) => index.stop()));
});

const summary = (workspace: Workspace, layer: string) =>
  workspace
    .read(`stack/requirements/${layer}/packages-${layer}.txt`)
    .split('\n')
    .filter((line) => /^\w/.test(line));

const locked = (workspace: Workspace, layer: string) =>
  workspace.read(`stack/requirements/${layer}/pylock.${layer.replaceAll('.', '_')}.toml`);

describe('package indexes', () => {
  it('are asked as the stack and its layers say: default, explicit, by package, with priority', async () => {
    const main = await startIndex([
      { name: 'torch', version: '1.0' },
      { name: 'helper', version: '1.0' },
    ]);
    const cpu = await startIndex([{ name: 'torch', version: '2.0+cpu', requires: ['helper'] }]);
    const gpu = await startIndex([
      { name: 'torch', version: '2.0+gpu', requires: ['helper'] },
      { name: 'helper', version: '2.0' },
    ]);
    const workspace = Workspace.create({
      'stack/venvstacks.toml': `
[[runtimes]]
name = "py"
python_implementation = "cpython@3.12.7"
requirements = ["torch"]

[[runtimes]]
name = "py-cpu"
python_implementation = "cpython@3.12.7"
requirements = ["torch"]
package_indexes = { Torch = "cpu" }

[[runtimes]]
name = "py-gpu-first"
python_implementation = "cpython@3.12.7"
requirements = ["torch"]
priority_indexes = ["gpu"]

[[runtimes]]
name = "bare"
python_implementation = "cpython@3.12.7"
requirements = []

[[frameworks]]
name = "inherits"
runtime = "py-cpu"
requirements = ["torch", "helper"]

[[frameworks]]
name = "gpu"
runtime = "bare"
requirements = ["helper"]
package_indexes = { torch = "gpu" }

[[frameworks]]
name = "cpu"
runtime = "bare"
requirements = []
package_indexes = { torch = "cpu" }

[[frameworks]]
name = "both"
frameworks = ["gpu", "cpu"]
requirements = ["torch"]
index_overrides = { cpu = "gpu" }

[tool.uv]
exclude-newer = "${CUTOFF}"

[[tool.uv.index]]
name = "cpu"
url = "${cpu.url}"
explicit = true

[[tool.uv.index]]
name = "gpu"
url = "${gpu.url}"
explicit = true

[[tool.uv.index]]
name = "main"
url = "${main.url}"
default = true
`,
    });

    await workspace.succeed(['run-many', '-t', 'lock']);

    expect(summary(workspace, 'py')).toEqual(['torch==1.0']);
    expect(summary(workspace, 'py-cpu')).toEqual(['helper==1.0', 'torch==2.0+cpu']);
    expect(summary(workspace, 'py-gpu-first')).toEqual(['helper==2.0', 'torch==2.0+gpu']);
    expect(summary(workspace, 'framework-inherits')).toEqual(['helper==1.0', 'torch==2.0+cpu']);
    expect(summary(workspace, 'framework-both')).toEqual(['torch==2.0+gpu', 'helper==1.0']);
    expect(locked(workspace, 'py-cpu')).toContain(`index = "${cpu.url.replace(/\/$/, '')}`);
  });

  it('that a source of the uv configuration names are there, also if they are explicit', async () => {
    const main = await startIndex([{ name: 'helper', version: '1.0' }]);
    const special = await startIndex([{ name: 'torch', version: '3.0' }]);
    const workspace = Workspace.create({
      'venvstacks.uv.toml': `
exclude-newer = "${CUTOFF}"
sources = { torch = { index = "special" } }

[[index]]
name = "special"
url = "${special.url}"
explicit = true

[[index]]
url = "${main.url}"
default = true
`,
      'py/layer.toml': '[runtime]\npython_implementation = "cpython@3.12.7"\nrequirements = ["torch", "helper"]\n',
    });

    await workspace.succeed(['run', 'py:lock']);

    expect(workspace.read('py/requirements/packages-py.txt')).toContain('helper==1.0\ntorch==3.0\n');
  });

  it('take a password from its variable, and it reaches no file, message or cache entry', async () => {
    const password = 'correct-horse-battery';
    const index = await startIndex([{ name: 'private', version: '1.0' }], `reader:${password}`);
    const workspace = Workspace.create(
      {
        'venvstacks.uv.toml': `exclude-newer = "${CUTOFF}"\n[[index]]\nname = "company"\nurl = "${index.url}"\ndefault = true\n`,
        'py/layer.toml': '[runtime]\npython_implementation = "cpython@3.12.7"\nrequirements = ["private"]\n',
      },
      { env: { UV_INDEX_COMPANY_USERNAME: 'reader' } },
    );

    const refused = await workspace.fail(['run', 'py:lock'], { UV_INDEX_COMPANY_PASSWORD: 'wrong-password' });
    const output = await workspace.succeed(['run', 'py:lock'], { UV_INDEX_COMPANY_PASSWORD: password });

    expect(refused).toContain("py: uv could not resolve the layer's requirements:");
    expect(refused).not.toContain('wrong-password');
    expect(output).not.toContain(password);
    const files = allFiles(join(workspace.root, '..')).filter((file) => !file.includes('node_modules'));
    expect(files.length).toBeGreaterThan(5);
    const holding = files.filter((file) => /correct-horse-battery|wrong-password/.test(readFileSync(file, 'latin1')));
    expect(holding).toEqual([]);
  });

  it('are not asked over plain http, but on this machine and where a plugin option says so', async () => {
    const files = {
      'venvstacks.uv.toml': `exclude-newer = "${CUTOFF}"\n[[index]]\nurl = "http://packages.invalid:81/simple"\n`,
      'py/layer.toml': '[runtime]\npython_implementation = "cpython@3.12.7"\nrequirements = ["private"]\n',
    };
    const refused = await Workspace.create(files).fail(['run', 'py:lock'], NO_UV);
    expect(refused).toContain(
      'py: the package index is asked over plain http: http://packages.invalid:81/simple\n' +
        `  Write https. If that cannot be, and the way there is yours: name the host in the plugin's option trustedHosts: ["packages.invalid:81"]\n`,
    );

    const trusting = Workspace.create(files, { plugin: { trustedHosts: ['packages.invalid:81'] } });
    expect(await trusting.fail(['run', 'py:lock'], NO_UV)).toContain('which is no uv that runs');
  });

  it('may be folders of wheels: locks hold relative paths only, and are the same in a clone', async () => {
    const workspace = Workspace.create({
      'stack/venvstacks.toml': `
[[runtimes]]
name = "py"
python_implementation = "cpython@3.12.7"
requirements = ["local-one", "local-two"]

[tool.uv]
no-index = true
find-links = ["./wheels"]
`,
    });
    await buildWheels(join(workspace.root, 'stack/wheels'), [
      { name: 'local-one', version: '1.0', requires: ['local-two>=2'] },
      { name: 'local-two', version: '2.0' },
    ]);
    await workspace.commitAll('Add wheels');

    await workspace.succeed(['run', 'py:lock']);

    expect(summary(workspace, 'py')).toEqual(['local-one==1.0', 'local-two==2.0']);
    const files = workspace
      .list('stack/requirements/py')
      .map((name) => workspace.read(`stack/requirements/py/${name}`));
    expect(files.filter((text) => text.includes(workspace.root) || text.includes('nx-venvstacks-'))).toEqual([]);
    expect(locked(workspace, 'py')).toContain('path = "../../wheels/local_one-1.0-py3-none-any.whl"');

    await workspace.commitAll('Lock');
    const clone = await workspace.clone('a clone in another folder');
    expect(tasksIn(await clone.succeed(['run', 'py:lock'], NO_UV)).cached).toEqual(['py:lock']);
    clone.append('stack/venvstacks.toml', 'prerelease = "disallow"\n');
    await clone.succeed(['run', 'py:lock']);
    expect(locked(clone, 'py')).toBe(locked(workspace, 'py'));
  });
});

describe('what surrounds a workspace', () => {
  const stack = (index: PackageIndex) => ({
    'py/layer.toml': '[runtime]\npython_implementation = "cpython@3.12.7"\nrequirements = ["thing"]\n',
    'venvstacks.uv.toml': `exclude-newer = "${CUTOFF}"\n[[index]]\nurl = "${index.url}"\ndefault = true\n`,
  });
  const HOSTILE = 'prerelease = "allow"\nresolution = "lowest"\n';

  it.each([
    [
      'a uv workspace around it',
      {
        'pyproject.toml':
          '[project]\nname = "outer"\nversion = "1"\n[tool.uv]\nresolution = "lowest"\n[tool.uv.workspace]\nmembers = ["tmp/*/project"]\n',
        'tmp/.keep': '',
      },
      { TMPDIR: 'tmp' },
    ],
    ['a uv.toml at its root', { 'uv.toml': HOSTILE, 'tmp/.keep': '' }, { TMPDIR: 'tmp' }],
    ['a uv.toml beside the layer', { 'py/uv.toml': HOSTILE }, {}],
    ['a .python-version', { '.python-version': '3.9\n' }, {}],
    ['the configuration of the user', { 'config/uv/uv.toml': HOSTILE }, { XDG_CONFIG_HOME: 'config' }],
    [
      'variables of uv that are not ours to honour',
      {},
      {
        UV_RESOLUTION: 'lowest',
        UV_PRERELEASE: 'allow',
        UV_PYTHON: '3.9',
        UV_CONFIG_FILE: 'nowhere.toml',
        UV_CONSTRAINT: 'thing==0.5',
        UV_FROZEN: '1',
        UV_PROJECT: '/',
      },
    ],
    ['a virtual environment', {}, { VIRTUAL_ENV: '/nowhere', CONDA_PREFIX: '/nowhere' }],
  ])('does not change a lock: %s', async (_, files, env) => {
    const index = await startIndex([
      { name: 'thing', version: '0.5' },
      { name: 'thing', version: '1.0' },
      { name: 'thing', version: '2.0rc1' },
    ]);
    const workspace = Workspace.create({ ...stack(index), ...files });
    const absolute = Object.fromEntries(
      Object.entries(env).map(([name, value]) => [
        name,
        /^(?:config|tmp)$/.test(value) ? join(workspace.root, value) : value,
      ]),
    );

    await workspace.succeed(['run', 'py:lock'], absolute);

    expect(workspace.read('py/requirements/packages-py.txt')).toContain('thing==1.0\n');
  });
});

function allFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}
