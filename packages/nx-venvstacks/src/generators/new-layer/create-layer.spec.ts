import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { withoutUserVariables } from '../../testing/environment';
import { GeneratedWorkspace } from '../../testing/generated-workspace';
import application from '../application/application';
import framework from '../framework/framework';
import runtime from '../runtime/runtime';

withoutUserVariables();

const PYTHON = '[runtime]\npython_implementation = "cpython@3.12.7"\nrequirements = []\n';
const on = (...frameworks: string[]) =>
  `[framework]\nframeworks = [${frameworks.map((name) => `"${name}"`).join(', ')}]\nrequirements = []\n`;
const TOOLS = '[framework]\nruntime = "python"\nrequirements = []\n';
const STACK = { 'layers/python/layer.toml': PYTHON, 'layers/tools/layer.toml': TOOLS };

describe('new layers by their names only', () => {
  it('are a runtime, a framework on it and an application on that, with a module that runs', async () => {
    const workspace = new GeneratedWorkspace();

    const created = [
      await workspace.run(runtime, { name: 'python' }),
      await workspace.run(framework, { name: 'tools' }),
      await workspace.run(application, { name: 'clustering-demo' }),
    ];

    expect(created).toEqual([
      { changes: ['CREATE layers/python/layer.toml'], output: '\nLock it: npx nx run python:lock\n' },
      { changes: ['CREATE layers/tools/layer.toml'], output: '\nLock it: npx nx run tools:lock\n' },
      {
        changes: ['CREATE layers/clustering-demo/layer.toml', 'CREATE layers/clustering-demo/clustering_demo.py'],
        output: '\nLock it: npx nx run clustering-demo:lock\n',
      },
    ]);
    expect(workspace.read('layers/python/layer.toml')).toBe(
      '[runtime]\npython_implementation = "cpython@3.15.2"\nrequirements = []\n',
    );
    expect(workspace.read('layers/tools/layer.toml')).toBe('[framework]\nruntime = "python"\nrequirements = []\n');
    expect(workspace.read('layers/clustering-demo/layer.toml')).toBe(
      '[application]\nframeworks = ["tools"]\nrequirements = []\nlaunch_module = "clustering_demo.py"\nversioned = true\n',
    );
    const python = process.platform === 'win32' ? 'python' : 'python3';
    const module = workspace.path('layers/clustering-demo/clustering_demo.py');
    expect(execFileSync(python, [module], { encoding: 'utf8' })).toMatch(
      /^clustering-demo runs on Python 3\.\d+\.\d+\S*\r?\n$/,
    );
    expect(workspace.layer('app-clustering-demo').platforms).toHaveLength(6);
  });

  it('see what the tree holds and the disk does not', async () => {
    const workspace = new GeneratedWorkspace();
    const { changes } = await workspace.run(async (tree, name: string) => {
      await runtime(tree, { name: 'python' });
      await framework(tree, { name: 'tools' });
      await application(tree, { name });
    }, 'report');
    expect(changes).toHaveLength(4);
    expect(workspace.layer('app-report').frameworks).toHaveLength(1);
  });

  it('say nothing where Nx is to be quiet', async () => {
    process.env.NX_GENERATE_QUIET = 'true';
    try {
      expect((await new GeneratedWorkspace().run(runtime, { name: 'python' })).output).toBe('');
    } finally {
      delete process.env.NX_GENERATE_QUIET;
    }
  });
});

describe('fields', () => {
  it('stand in the order in which people write them, short lists in a line, long ones over several', async () => {
    const workspace = new GeneratedWorkspace(STACK);
    const requirements = ['scikit-learn', 'matplotlib', 'pandas', 'numpy', 'scipy', 'python-dateutil', 'openpyxl'];

    await workspace.run(application, {
      name: 'report',
      frameworks: ['tools'],
      requirements,
      platforms: ['linux_x86_64', 'win_amd64'],
      versioned: false,
    });

    expect(workspace.read('layers/report/layer.toml')).toBe(`[application]
frameworks = ["tools"]
requirements = [
    "scikit-learn",
    "matplotlib",
    "pandas",
    "numpy",
    "scipy",
    "python-dateutil",
    "openpyxl",
]
launch_module = "report.py"
platforms = ["linux_x86_64", "win_amd64"]
`);
  });

  it('hold the name only where the folder is called otherwise', async () => {
    const workspace = new GeneratedWorkspace();
    await workspace.run(runtime, { name: 'python', directory: 'py/main', versioned: true });
    expect(workspace.read('py/main/layer.toml')).toBe(
      '[runtime]\nname = "python"\npython_implementation = "cpython@3.15.2"\nrequirements = []\nversioned = true\n',
    );
  });

  // How Nx hands over what was typed: split at every comma.
  it.each<[string, string[], string]>([
    ['several versions', ['numpy>=2', '<3', 'scipy'], '["numpy>=2,<3", "scipy"]'],
    ['extras', ['httpx[http2', 'socks]>=0.28', '!=0.28.1'], '["httpx[http2,socks]>=0.28,!=0.28.1"]'],
    ['parentheses', ['six (>=1', '<2)'], '["six (>=1,<2)"]'],
    ['quotes', [`six; platform_version in "a`, `b"`, 'idna'], `['six; platform_version in "a,b"', "idna"]`],
    [
      'both kinds of quotes',
      [`six; os_name == "a" or os_name == 'b'`],
      `["six; os_name == \\"a\\" or os_name == 'b'"]`,
    ],
    ['blanks', ['', ' six>1', ' <2 ', ''], '["six>1, <2"]'],
    ['nothing', [''], '[]'],
  ])('take requirements with %s as they were typed', async (_, requirements, expected) => {
    const workspace = new GeneratedWorkspace();
    await workspace.run(runtime, { name: 'python', requirements });
    expect(workspace.read('layers/python/layer.toml')).toContain(`\nrequirements = ${expected}\n`);
    expect(workspace.layer('python').name).toBe('python');
  });

  it.each<[string | number | undefined, string]>([
    [undefined, 'cpython@3.15.2'],
    ['', 'cpython@3.15.2'],
    ['3.12', 'cpython@3.12.16'],
    [3.12, 'cpython@3.12.16'],
    ['3.12.1', 'cpython@3.12.1'],
    ['3.16.0a2', 'cpython@3.16.0a2'],
    ['cpython@3.10', 'cpython@3.10.22'],
    ['pypy@3.11', 'pypy@3.11.17'],
    ['pypy@3.9.1', 'pypy@3.9.1'],
  ])('python %s is %s', async (python, expected) => {
    const workspace = new GeneratedWorkspace();
    await workspace.run(runtime, { name: 'python', ...(python !== undefined && { python }) });
    expect(workspace.read('layers/python/layer.toml')).toContain(`python_implementation = "${expected}"`);
  });

  it('take numbers as they were typed', async () => {
    const workspace = new GeneratedWorkspace();
    const { argv } = process;
    process.argv = [...argv, 'g', 'runtime', '3.10', '--python=3.10'];
    try {
      await workspace.run(runtime, { name: 3.1, python: 3.1 });
    } finally {
      process.argv = argv;
    }
    expect(workspace.read('layers/3.10/layer.toml')).toContain('"cpython@3.10.22"');
  });

  it('are not given where nothing was typed, which Nx takes for 0', async () => {
    const workspace = new GeneratedWorkspace(STACK);
    const { argv } = process;
    process.argv = ['node', 'nx', 'g', 'nx-venvstacks:runtime', 'new', '--python='];
    try {
      await workspace.run(runtime, { name: 'new', python: 0 });
      process.argv = ['node', 'nx', 'g', 'nx-venvstacks:framework', 'more', '--runtime='];
      expect(await workspace.refusal(framework, { name: 'more', runtime: 0 })).toContain(
        "there are several runtimes to stand on: 'new', 'python'",
      );
    } finally {
      process.argv = argv;
    }
  });
});

describe('the folder', () => {
  it.each<[string, Record<string, string>, string]>([
    ['beside the others', { 'stack/a/python/layer.toml': PYTHON }, 'stack/a/new'],
    ['beside one in the root', { 'python/layer.toml': PYTHON }, 'new'],
    [
      'in layers where the others lie apart',
      { 'a/python/layer.toml': PYTHON, 'b/tools/layer.toml': TOOLS },
      'layers/new',
    ],
  ])('is %s', async (_, files, folder) => {
    const { changes } = await new GeneratedWorkspace(files).run(runtime, { name: 'new' });
    expect(changes).toEqual([`CREATE ${folder}/layer.toml`]);
  });

  it('is relative to where the user is', async () => {
    const workspace = new GeneratedWorkspace();
    mkdirSync(workspace.path('sub/empty'), { recursive: true });
    process.env.INIT_CWD = workspace.path('sub');
    try {
      const { changes } = await workspace.run(runtime, { name: 'empty', directory: 'empty' });
      expect(changes).toEqual(['CREATE sub/empty/layer.toml']);
      expect((await workspace.run(runtime, { name: 'py', stack: '../venvstacks.toml' })).changes).toEqual([
        'CREATE venvstacks.toml',
      ]);
    } finally {
      delete process.env.INIT_CWD;
    }
  });
});

describe('the launch module', () => {
  it.each([
    ['json', 'json_app.py'],
    ['class', 'class_app.py'],
    ['3d-viewer', 'app_3d_viewer.py'],
    ['Größe 2', 'größe_2.py'],
    ['rich', 'rich_app.py'],
    ['+++', 'app.py'],
  ])('of %s is called %s: it can be imported and shadows nothing', async (name, file) => {
    const workspace = new GeneratedWorkspace(STACK);
    const { changes } = await workspace.run(application, { name, requirements: ['Rich>=1'] });
    expect(changes).toContain(`CREATE layers/${name}/${file}`);
  });

  it('that is there is used as it is, although the folder is not empty', async () => {
    const workspace = new GeneratedWorkspace({ ...STACK, 'layers/report/src/report/__main__.py': 'print(1)\n' });
    const { changes, output } = await workspace.run(application, { name: 'report', launchModule: 'src/report' });
    expect(changes).toEqual(['CREATE layers/report/layer.toml']);
    expect(output).toContain('The launch module src/report is there already and is used as it is.\n');
    expect(workspace.layer('app-report').launchModule?.name).toBe('report');
  });

  it('keeps its own list of requirements', async () => {
    const script = '# /// script\n# dependencies = ["rich"]\n# ///\nprint(1)\n';
    const workspace = new GeneratedWorkspace({ ...STACK, 'layers/report/main.py': script });
    await workspace.run(application, { name: 'report', launchModule: 'main.py' });
    expect(workspace.read('layers/report/layer.toml')).not.toContain('requirements');
    expect(workspace.layer('app-report').requirements.map(({ name }) => name)).toEqual(['rich']);
  });

  it('has its list written out in a venvstacks.toml, where venvstacks would miss it', async () => {
    const script = '# /// script\n# dependencies = ["rich", "six>=1 , <2"]\n# ///\nprint(1)\n';
    const runtime = '[[runtimes]]\nname = "py"\npython_implementation = "cpython@3.12.7"\nrequirements = []\n';
    const workspace = new GeneratedWorkspace({ 'venvstacks.toml': runtime, 'main.py': script });
    await workspace.run(application, { name: 'report', launchModule: 'main.py', stack: 'venvstacks.toml' });
    expect(workspace.read('venvstacks.toml')).toContain('requirements = ["rich", "six<2,>=1"]');
  });

  it('that is empty is one that is not named', async () => {
    const { changes } = await new GeneratedWorkspace(STACK).run(application, { name: 'report', launchModule: '' });
    expect(changes).toContain('CREATE layers/report/report.py');
  });

  it('that is not there is made', async () => {
    const workspace = new GeneratedWorkspace(STACK);
    await workspace.run(application, { name: 'report', launchModule: 'src/main.py' });
    expect(workspace.read('layers/report/layer.toml')).toContain('launch_module = "src/main.py"');
    expect(workspace.read('layers/report/src/main.py')).toContain('print("report runs on Python"');
  });
});

describe('lower layers that are not named', () => {
  it('are the only framework that no other stands on', async () => {
    const workspace = new GeneratedWorkspace({ ...STACK, 'layers/charts/layer.toml': on('tools') });
    await workspace.run(application, { name: 'report' });
    expect(workspace.read('layers/report/layer.toml')).toContain('frameworks = ["charts"]');
  });

  it('are the only runtime where there are no frameworks', async () => {
    const workspace = new GeneratedWorkspace({ 'layers/python/layer.toml': PYTHON });
    await workspace.run(application, { name: 'report' });
    expect(workspace.read('layers/report/layer.toml')).toContain('runtime = "python"');
  });

  it('are never broken ones', async () => {
    const workspace = new GeneratedWorkspace({
      ...STACK,
      'layers/broken/layer.toml': '[framework]\nruntime = "python"\n',
    });
    await workspace.run(application, { name: 'report' });
    expect(workspace.read('layers/report/layer.toml')).toContain('frameworks = ["tools"]');
  });
});

describe('project names', () => {
  it('follow the plugin’s pattern, as does the lock target', async () => {
    const plugin = { plugin: 'nx-venvstacks', options: { projectName: '{kind}-{name}', lockTargetName: 'pin' } };
    const workspace = new GeneratedWorkspace({
      'nx.json': JSON.stringify({ plugins: [plugin] }),
      'web/project.json': '{ "name": "python" }',
    });
    const { output } = await workspace.run(runtime, { name: 'python' });
    expect(output).toBe('\nLock it: npx nx run runtime-python:pin\n');
  });

  it('say nothing of a lock target that is left out', async () => {
    const plugin = { plugin: 'nx-venvstacks', options: { lockTargetName: false } };
    const workspace = new GeneratedWorkspace({ 'nx.json': JSON.stringify({ plugins: [plugin] }) });
    expect((await workspace.run(runtime, { name: 'python' })).output).toBe('');
  });

  it('of two layers of one name are those of their environments, and that is said', async () => {
    const workspace = new GeneratedWorkspace(STACK);
    const { output } = await workspace.run(application, { name: 'tools', directory: 'apps/tools' });
    expect(output).toBe(
      '\nThe project tools is called framework-tools now: there are two layers of that name.\nLock it: npx nx run app-tools:lock\n',
    );
  });

  it('are none before the plugin is registered', async () => {
    const { output } = await new GeneratedWorkspace({ 'nx.json': '{}' }).run(runtime, { name: 'python' });
    expect(output).toContain('nx.json does not have the plugin yet: npx nx g nx-venvstacks:init\n');
  });

  it('call Nx by its wrapper where that has installed it', async () => {
    const workspace = new GeneratedWorkspace({ 'nx.json': '{ "installation": { "version": "24.0.6" } }' });
    const nx = process.platform === 'win32' ? '.\\nx.bat' : './nx';
    expect(await workspace.refusal(framework, { name: 'web' })).toContain(
      `Create one first: ${nx} g nx-venvstacks:runtime`,
    );
    expect((await workspace.run(runtime, { name: 'python' })).output).toBe(
      `\nnx.json does not have the plugin yet: ${nx} g nx-venvstacks:init\nLock it: ${nx} run python:lock\n`,
    );
  });
});
