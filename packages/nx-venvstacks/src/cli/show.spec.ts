import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, writeFiles } from '../testing/folder';
import { LockedStack, STACK as LOCKED } from '../testing/locked-stack';
import { framework, lines, RUNTIME, RUNTIME_LAYER } from '../testing/stack';
import { show, type ShowOutput } from './show';

type Facts = Readonly<Record<string, unknown>>;

function run(cwd: string, path?: string, options: { json?: boolean; env?: NodeJS.ProcessEnv } = {}): ShowOutput {
  return show(path, { json: options.json ?? false, cwd, env: options.env ?? {} });
}

function factsOf(cwd: string, path?: string) {
  const { stdout } = run(cwd, path, { json: true });
  return (JSON.parse(stdout) as { stacks: (Facts & { layers: Facts[] })[] }).stacks;
}

const STACK =
  RUNTIME +
  framework('web', 'runtime = "py312"', 'versioned = true') +
  framework('off', 'frameworks = ["web"]', 'platforms = []');

describe('show', () => {
  it('calls a layer after its folder, also where that is all there is', () => {
    const root = makeFolder({
      'hello/layer.toml': RUNTIME_LAYER,
      'world/layer.toml': '[framework]\nruntime = "hello"\nrequirements = []\n',
    });
    for (const path of ['world', 'world/layer.toml']) {
      const { stderr, exitCode } = run(root, path);
      expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
      expect(factsOf(root, path)[0]?.layers.map(({ name }) => name)).toEqual(['hello', 'world']);
    }
  });

  it('prints a tree, with what must be locked and why', () => {
    const folder = makeFolder({ 'venvstacks.toml': STACK });
    expect(run(folder, 'venvstacks.toml')).toEqual({
      stdout: lines(
        'venvstacks.toml',
        '├── Runtimes',
        '│   └── *py312 (not locked yet)',
        '├── Frameworks',
        '│   ├── *framework-web -> framework-web@??? (not locked yet; lower layer py312 is stale)',
        '│   │   └── *py312',
        '│   └── framework-off',
        '│       ├── *framework-web -> framework-web@???',
        '│       └── *py312',
        '└── Applications',
      ),
      stderr: '',
      exitCode: 0,
    });
  });

  it('prints the numbers of layers that are locked', () => {
    const stack = new LockedStack().lockAll({ number: 3 });
    const { stdout } = run(stack.root, undefined, { env: stack.env });
    expect(stdout).toBe(
      lines(
        'venvstacks.toml',
        '├── Runtimes',
        '│   └── cpython-3.12',
        '├── Frameworks',
        '│   └── framework-tools -> framework-tools@3',
        '│       └── cpython-3.12',
        '└── Applications',
        '    └── app-report -> app-report@3',
        '        ├── framework-tools -> framework-tools@3',
        '        └── cpython-3.12',
      ),
    );
  });

  it('prints every fact as JSON', () => {
    const folder = makeFolder({
      'stack/venvstacks.toml':
        RUNTIME +
        lines(
          '[[applications]]',
          'name = "tool@home"',
          'runtime = "py312"',
          'requirements = ["six>=1.16 , <2"]',
          'launch_module = "./tool.py"',
          'dynlib_exclude = ["*.so"]',
          'versioned = true',
        ),
      'stack/tool.py': '',
    });
    const [stack] = factsOf(folder, 'stack');
    expect(stack).toMatchObject({
      file: 'stack/venvstacks.toml',
      root: 'stack',
      warnings: [
        "stack/venvstacks.toml:6:8: application tool@home: name: '@' in a name looks like the number of a deployed name\n  Leave out the '@'.",
      ],
    });
    expect(stack?.layers[1]).toEqual({
      name: 'tool@home',
      kind: 'application',
      env_name: 'app-tool@home',
      project_root: 'stack/requirements/app-tool@home',
      definition: 'stack/venvstacks.toml',
      install_target: 'app-tool@home@???',
      state: 'stale',
      reasons: ['not locked yet', 'lower layer py312 is stale'],
      lock_version: null,
      last_version: null,
      versioned: true,
      python_implementation: 'cpython@3.12.11',
      platforms: ['linux_aarch64', 'linux_x86_64', 'macosx_arm64', 'macosx_x86_64', 'win_amd64', 'win_arm64'],
      linux_target: 'glibc@2.28',
      macosx_target: '13.0',
      package_indexes: {},
      priority_indexes: [],
      dynlib_exclude: ['*.so'],
      runtime: 'py312',
      frameworks: [],
      dependencies: ['py312'],
      requirements: ['six<2,>=1.16'],
      lock_input_hash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
      other_inputs_hash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
      version_inputs_hash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
      requirements_hash: null,
      launch_module: {
        path: './tool.py',
        name: 'tool',
        hash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
      },
      support_modules: [],
      lock_path: 'requirements/app-tool@home/pylock.app-tool@home.toml',
      lock_metadata_path: 'requirements/app-tool@home/pylock.app-tool@home.meta.json',
      lock_input_path: 'requirements/app-tool@home/requirements-app-tool@home.in',
      excluded: false,
    });
  });

  it('has the numbers and the hash of what is locked in the JSON', () => {
    const stack = new LockedStack().lockAll({ number: 3 });
    const [facts] = factsOf(stack.root);
    expect(facts?.layers[1]).toMatchObject({
      state: 'valid',
      reasons: [],
      install_target: 'framework-tools@3',
      lock_version: 3,
      last_version: 3,
      requirements_hash: stack.record('framework-tools').requirements_hash,
    });
  });

  it('says why a module has no hash', () => {
    const folder = makeFolder({
      'venvstacks.toml':
        RUNTIME +
        lines('[[applications]]', 'name = "a"', 'runtime = "py312"', 'requirements = []', 'launch_module = "src"'),
      'src/__pycache__/x.pyc': '',
    });
    expect(factsOf(folder)[0]?.layers[1]).toMatchObject({
      launch_module: { path: 'src', name: 'src', hash: null },
      state: 'stale',
      reasons: ["the module 'src' has no file that would be shipped"],
    });
  });

  it('reports what is broken to stderr, exits with 1 and shows the rest', () => {
    const folder = makeFolder({
      'a/venvstacks.toml': `${RUNTIME}oops = 1\nbuild_requirements = []\n`,
      'b/venvstacks.toml': `${RUNTIME}build_requirements = []\n`,
    });
    const { stdout, stderr, exitCode } = run(folder);
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      lines(
        'warning: b/venvstacks.toml:5:22: runtime py312: build_requirements: is deprecated and has no effect',
        '  Remove it.',
        'a/venvstacks.toml:5:1: runtime py312: oops: unknown field',
        "  Known: 'name', 'requirements', 'platforms', 'linux_target', 'macosx_target', 'package_indexes', 'index_overrides', 'priority_indexes', ….",
      ),
    );
    expect(stdout).toMatch(/^b\/venvstacks\.toml\n/);
  });

  it('exits with 0 where there are only warnings', () => {
    const folder = makeFolder({ 'venvstacks.toml': `${RUNTIME}build_requirements = []\n` });
    const { stderr, exitCode } = run(folder);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^warning: /);
  });

  it('takes MACOSX_DEPLOYMENT_TARGET from the environment it is given', () => {
    const folder = makeFolder({ 'venvstacks.toml': RUNTIME });
    const { stdout } = run(folder, '.', { json: true, env: { MACOSX_DEPLOYMENT_TARGET: '14' } });
    expect(stdout).toContain('"macosx_target": "14"');
  });
});

describe('where show looks', () => {
  const files = {
    'nx.json': '{}',
    'one/venvstacks.toml': RUNTIME,
    'two/venvstacks.toml': RUNTIME,
    'layers/py/layer.toml': RUNTIME_LAYER,
    'layers/web/layer.toml': lines('[framework]', 'runtime = "py"', 'requirements = []'),
    'docs/readme.txt': '',
    'notes.toml.txt': '',
  };
  const titles = (cwd: string, path?: string) => factsOf(cwd, path).map(({ file, root }) => [file, root]);

  it('is the workspace around the current folder, unless a path is given', () => {
    const root = makeFolder(files);
    expect(titles(join(root, 'docs'))).toEqual([
      ['../one/venvstacks.toml', '../one'],
      ['../two/venvstacks.toml', '../two'],
      [null, '..'],
    ]);
    expect(titles(root, 'one')).toEqual([['one/venvstacks.toml', 'one']]);
    expect(titles(root, 'two/venvstacks.toml')).toEqual([['two/venvstacks.toml', 'two']]);
  });

  it('is the stack in the folder that is named, also where git ignores it', () => {
    const root = makeFolder({ 'dist/stack/venvstacks.toml': STACK, '.gitignore': 'dist\n', '.git/HEAD': '' });
    const { stdout, exitCode } = run(root, 'dist/stack');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('dist/stack/venvstacks.toml\n');
    expect(run(root).stderr).toContain('No layers in .');
  });

  it('is the whole workspace for the layers that a layer.toml refers to', () => {
    const root = makeFolder(files);
    for (const path of ['layers/web', 'layers/web/layer.toml']) {
      const [stack, ...others] = factsOf(root, path);
      expect(others).toEqual([]);
      expect(stack?.layers.map(({ env_name, project_root }) => [env_name, project_root])).toEqual([
        ['py', 'layers/py'],
        ['framework-web', 'layers/web'],
      ]);
    }
    expect(run(root, 'layers').stdout).toMatch(/^\. \(layer\.toml files\)\n/);
  });

  it('has links of modules lead where the option in its nx.json lets them', () => {
    const options = '{ "linkedFolders": ["../outside"] } // ours\n';
    const root = makeFolder({
      'outside/b.py': '',
      'ws/nx.json': '{}',
      'ws/.git/HEAD': '',
      'ws/venvstacks.toml': LOCKED,
      'ws/report.py': '',
      'ws/helpers/a.py': '',
    });
    symlinkSync('../../outside/b.py', join(root, 'ws/helpers/b.py'));
    expect(run(join(root, 'ws')).stdout).toContain("the link 'helpers/b.py' leads out of the repository");
    writeFiles(root, { 'ws/nx.json': `{ "plugins": ["x", { "plugin": "nx-venvstacks", "options": ${options}}] }` });
    expect(run(join(root, 'ws')).stdout).not.toContain('helpers/b.py');
    expect(run(root, 'ws/venvstacks.toml').stdout).not.toContain('helpers/b.py');
  });

  it('is the folder beside a layer.toml outside of any workspace', () => {
    const root = makeFolder({ 'layers/py/layer.toml': RUNTIME_LAYER });
    writeFiles(root, { 'layers/web/layer.toml': files['layers/web/layer.toml'] });
    expect(run(root, 'layers/web/layer.toml')).toMatchObject({ stderr: '', exitCode: 0 });
  });

  it.each([
    ['missing', 'There is no missing.\n'],
    ['docs', 'No layers in docs: no venvstacks.toml and no layer.toml there or below.\n'],
    ['notes.toml.txt', 'notes.toml.txt is no definition file: those are called venvstacks.toml or layer.toml.\n'],
  ])('has layers: %s', (path, stderr) => {
    expect(run(makeFolder(files), path)).toEqual({ stdout: '', stderr, exitCode: 1 });
  });
});
