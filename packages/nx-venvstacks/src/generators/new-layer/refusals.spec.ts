import { symlinkSync } from 'node:fs';
import { withoutUserVariables } from '../../testing/environment';
import { makeFolder } from '../../testing/folder';
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

describe('refused', () => {
  const OTHER = {
    'layers/python-2/layer.toml': PYTHON,
    'layers/others/layer.toml': TOOLS.replace('python', 'python-2'),
  };
  const ORDERED = { ...STACK, 'layers/more/layer.toml': TOOLS, 'layers/ab/layer.toml': on('tools', 'more') };
  const CROSSED = { ...ORDERED, 'layers/ba/layer.toml': on('more', 'tools') };
  const BROKEN = { 'layers/python/layer.toml': '[runtime]\npython_implementation = "cpython@3"\nrequirements = []\n' };

  it.each<[string, Record<string, string>, typeof runtime, Parameters<typeof runtime>[1], string]>([
    [
      'a name that is taken',
      STACK,
      framework,
      { name: 'tools' },
      `cannot create framework 'tools': it exists already, in layers/tools/layer.toml
  Choose another name, such as 'tools-2'.`,
    ],
    [
      'a name whose files would collide',
      STACK,
      framework,
      { name: 'Tools' },
      `cannot create framework 'Tools': its files would collide with those of framework 'tools', in layers/tools/layer.toml
  Choose another name, such as 'Tools-2'.`,
    ],
    [
      'a name that is no path segment',
      {},
      runtime,
      { name: '../py thon' },
      `cannot create runtime '../py thon': the name is one path segment, the character "/" cannot stand in it
  How about 'py-thon'?`,
    ],
    [
      'a name of a Windows device',
      {},
      runtime,
      { name: 'con' },
      `cannot create runtime 'con': the name is that of a Windows device
  How about 'con-layer'?`,
    ],
    [
      'no name',
      {},
      runtime,
      { name: ' ' },
      `cannot create runtime '': a name may not be empty
  A name is like 'python'.`,
    ],
    [
      'a name of nothing but what is not allowed',
      {},
      framework,
      { name: '*' },
      `cannot create framework '*': the name is one path segment, the character "*" cannot stand in it
  A name is like 'web'.`,
    ],
    [
      'a name that no command takes for one',
      {},
      runtime,
      { name: '-x' },
      `cannot create runtime '-x': a name that begins with '-' is taken for an option
  How about 'x'?`,
    ],
    [
      'a name that lists take for two',
      STACK,
      framework,
      { name: 'a,b' },
      `cannot create framework 'a,b': a name with a comma is taken for two names
  How about 'a-b'?`,
    ],
    [
      'a name after which no file can be called',
      {},
      application,
      { name: 'ж'.repeat(101) },
      `cannot create application '${'ж'.repeat(101)}': the name has 202 bytes, and files are called after it: 200 are the most that every system can hold
  A name is like 'hello'.`,
    ],
    [
      'a reserved prefix',
      {},
      runtime,
      { name: 'app-python' },
      `cannot create runtime 'app-python': the prefix 'app-' is reserved for the environments of applications and frameworks
  How about 'python'?`,
    ],
    [
      'an unknown framework',
      STACK,
      application,
      { name: 'x', frameworks: ['tols'] },
      `cannot create application 'x': unknown framework 'tols'
  Did you mean 'tools'?`,
    ],
    [
      'a runtime as a framework',
      STACK,
      application,
      { name: 'x', frameworks: ['python'] },
      `cannot create application 'x': unknown framework 'python'
  'python' is a runtime: --runtime=python`,
    ],
    [
      'a framework as a runtime',
      STACK,
      application,
      { name: 'x', runtime: 'tools' },
      `cannot create application 'x': unknown runtime 'tools'
  'tools' is a framework: --frameworks=tools`,
    ],
    [
      'the environment of a framework',
      STACK,
      application,
      { name: 'x', frameworks: ['framework-tools'] },
      `cannot create application 'x': unknown framework 'framework-tools'
  Frameworks are named without the prefix: --frameworks=tools`,
    ],
    [
      'an unknown runtime',
      STACK,
      framework,
      { name: 'x', runtime: 'pyhton' },
      `cannot create framework 'x': unknown runtime 'pyhton'
  Did you mean 'python'?`,
    ],
    [
      'a framework where there are none',
      { 'python/layer.toml': PYTHON },
      application,
      { name: 'x', frameworks: ['y'] },
      `cannot create application 'x': unknown framework 'y'
  There is none yet: leave out --frameworks to stand on a runtime.`,
    ],
    [
      'a runtime where there are none',
      {},
      framework,
      { name: 'x', runtime: 'python' },
      `cannot create framework 'x': unknown runtime 'python'
  There is none yet. Create one first: npx nx g nx-venvstacks:runtime python`,
    ],
    [
      'both kinds of lower layers',
      STACK,
      application,
      { name: 'x', runtime: 'python', frameworks: ['tools'] },
      `cannot create application 'x': --runtime and --frameworks exclude each other
  The runtime is that of the frameworks: leave out --runtime.`,
    ],
    [
      'a framework twice',
      STACK,
      application,
      { name: 'x', frameworks: ['tools', 'tools'] },
      `cannot create application 'x': --frameworks: framework 'tools' is listed twice
  Remove one of the two.`,
    ],
    [
      'a framework before any runtime',
      {},
      framework,
      { name: 'x' },
      `cannot create framework 'x': there is no runtime yet
  Create one first: npx nx g nx-venvstacks:runtime python`,
    ],
    [
      'a layer.toml beside a stack',
      {
        's/venvstacks.toml': '[[runtimes]]\nname = "p"\npython_implementation = "cpython@3.12.7"\nrequirements = []\n',
      },
      application,
      { name: 'x' },
      `cannot create application 'x': there is no runtime yet
  Create one first: npx nx g nx-venvstacks:runtime python
  Or add the layer to a stack that is there: --stack=s/venvstacks.toml`,
    ],
    [
      'one of several runtimes',
      { ...STACK, ...OTHER },
      framework,
      { name: 'x' },
      `cannot create framework 'x': there are several runtimes to stand on: 'python-2', 'python'
  Say which: --runtime=python-2`,
    ],
    [
      'one of several frameworks',
      { ...STACK, ...OTHER },
      application,
      { name: 'x' },
      `cannot create application 'x': there are several frameworks to stand on: 'others', 'tools'
  Say which: --frameworks=others, several separated by commas; or --runtime=python-2 for none.`,
    ],
    [
      'frameworks on different runtimes',
      { ...STACK, ...OTHER },
      application,
      { name: 'x', frameworks: ['tools', 'others'] },
      `cannot create application 'x': --frameworks: all frameworks must stand on the same runtime: 'tools' stands on 'python', 'others' on 'python-2'
  Name only frameworks of one runtime.`,
    ],
    [
      'an order that cannot be',
      ORDERED,
      application,
      { name: 'x', frameworks: ['more', 'ab'] },
      `cannot create application 'x': --frameworks: linearization failed: the order of 'more' and 'ab' is in conflict
  This order works: --frameworks=ab,more`,
    ],
    [
      'frameworks without any order',
      CROSSED,
      application,
      { name: 'x', frameworks: ['ab', 'ba'] },
      `cannot create application 'x': --frameworks: linearization failed: the order of 'tools' and 'more' is in conflict
  No order of them works: 'ab' has 'tools' before 'more', 'ba' has it the other way round.`,
    ],
    [
      'requirements that do not parse',
      STACK,
      framework,
      { name: 'x', requirements: ['six', 'a b', '???'] },
      `cannot create framework 'x': --requirements: invalid requirement syntax: expected a version specifier, a semicolon before a marker or the end
    a b,???
      ^`,
    ],
    [
      'several mistakes',
      STACK,
      framework,
      { name: 'x', requirements: ['a b'], platforms: ['amiga'] },
      `cannot create framework 'x': several things are wrong
  --requirements: invalid requirement syntax: expected a version specifier, a semicolon before a marker or the end
      a b
        ^
  --platforms: unknown target platform 'amiga', expected one of linux_aarch64, linux_x86_64, macosx_arm64, macosx_x86_64, win_amd64, win_arm64`,
    ],
    [
      'platforms that a lower layer lacks',
      { 'python/layer.toml': `${PYTHON}platforms = ["win_arm64"]\n` },
      framework,
      { name: 'x', platforms: ['linux_x86_64'] },
      `cannot create framework 'x': --platforms: target platforms of 'x' not supported by lower layers: linux_x86_64 (not in python)
  They offer: win_arm64.`,
    ],
    [
      'a broken runtime',
      BROKEN,
      framework,
      { name: 'x' },
      `cannot create framework 'x': runtime 'python' cannot be used
  layers/python/layer.toml:2:25: runtime python: python_implementation: the version in 'cpython@3' must be a full X.Y.Z, with its patch release, as in cpython@3.12.7`,
    ],
    [
      'a Python that is unknown',
      {},
      runtime,
      { name: 'x', python: '2.7' },
      `cannot create runtime 'x': --python: unknown Python '2.7'
  Known: 3.15, 3.14, 3.13, 3.12, 3.11, 3.10, 3.9; of any other, write the full version: cpython@X.Y.Z.`,
    ],
    [
      'an implementation that is unknown',
      {},
      runtime,
      { name: 'x', python: 'python@3.12' },
      `cannot create runtime 'x': --python: unknown Python 'python@3.12'
  Did you mean 'cpython'? Write X.Y, X.Y.Z, cpython@X.Y.Z or pypy@X.Y.Z.`,
    ],
    [
      'a folder that is not empty',
      { ...STACK, 'layers/x/README.md': '', 'layers/x/a/b': '' },
      framework,
      { name: 'x' },
      `cannot create framework 'x': the folder layers/x is not empty: it holds README.md, a
  Choose another folder: --directory=layers/x-framework`,
    ],
    [
      'a folder with a module that was not named',
      { ...STACK, 'layers/x/x.py': '' },
      application,
      { name: 'x' },
      `cannot create application 'x': the folder layers/x is not empty: it holds x.py
  If that is the launch module: --launchModule=x.py. Else choose another folder: --directory=layers/x-application`,
    ],
    [
      'a folder that is a file',
      { 'layers/x': '' },
      runtime,
      { name: 'x' },
      `cannot create runtime 'x': layers/x is a file
  Choose another folder: --directory=layers/x-runtime`,
    ],
    [
      'a folder outside of the workspace',
      {},
      runtime,
      { name: 'x', directory: '../x' },
      `cannot create runtime 'x': ../x lies outside of the workspace
  Name a path in the workspace.`,
    ],
    [
      'a folder that is ignored',
      { '.nxignore': 'dist\n' },
      runtime,
      { name: 'x', directory: 'dist/x' },
      `cannot create runtime 'x': dist/x/layer.toml is left out by git or .nxignore: Nx does not see it
  Choose another place, or change what is left out.`,
    ],
    [
      'a folder that Nx never looks into',
      {},
      runtime,
      { name: 'x', directory: 'node_modules/x' },
      `cannot create runtime 'x': node_modules/x/layer.toml is left out by git or .nxignore: Nx does not see it
  Choose another place, or change what is left out.`,
    ],
    [
      'a module that would be ignored',
      { ...STACK, '.nxignore': '*.py\n' },
      application,
      { name: 'x' },
      `cannot create application 'x': layers/x/x.py is left out by git or .nxignore: Nx does not see it
  Choose another place, or change what is left out.`,
    ],
    [
      'a module that is not there',
      STACK,
      application,
      { name: 'x', launchModule: 'src/x/' },
      `cannot create application 'x': --launchModule: there is no layers/x/src/x
  Paths start from layers/x. For a new module name a .py file: --launchModule=src/x.py`,
    ],
    [
      'a module that is the layer’s folder',
      STACK,
      application,
      { name: 'x', launchModule: './' },
      `cannot create application 'x': --launchModule: there is no layers/x
  Paths start from layers/x. For a new module name a .py file: --launchModule=main.py`,
    ],
    [
      'one of several runtimes whose names no shell takes for one word',
      { 'layers/my $HOME/layer.toml': PYTHON, 'layers/python/layer.toml': PYTHON },
      framework,
      { name: 'x' },
      `cannot create framework 'x': there are several runtimes to stand on: 'my $HOME', 'python'
  Say which: --runtime='my $HOME'`,
    ],
    [
      'a module outside of the workspace',
      STACK,
      application,
      { name: 'x', launchModule: '../../../x.py' },
      `cannot create application 'x': --launchModule: '../../../x.py' lies outside of the workspace
  Nx sees only what is in it: move it there.`,
    ],
    [
      'a module by an absolute path',
      STACK,
      application,
      { name: 'x', launchModule: '/x.py' },
      `cannot create application 'x': --launchModule: '/x.py' must be a relative path, with forward slashes
  It starts from layers/x.`,
    ],
    [
      'a project of that name',
      { ...STACK, 'web/project.json': '{ "name": "x" }' },
      framework,
      { name: 'x' },
      `cannot create framework 'x': there is a project 'x' already, in web
  Choose another name, or tell layers from other projects by the plugin option projectName in nx.json, as in "{env}".`,
    ],
    [
      'the name of a layer’s project that is called otherwise',
      { ...STACK, 'layers/tools/project.json': '{ "name": "x" }' },
      framework,
      { name: 'x', runtime: 'python' },
      `cannot create framework 'x': there is a project 'x' already, in layers/tools
  Choose another name, or tell layers from other projects by the plugin option projectName in nx.json, as in "{env}".`,
    ],
    [
      'a stack that is ignored',
      { '.nxignore': 'dist\n', 'dist/venvstacks.toml': '' },
      framework,
      { name: 'x', stack: 'dist' },
      `cannot create framework 'x': dist/venvstacks.toml is left out by git or .nxignore: Nx does not see it
  Choose another place, or change what is left out.`,
    ],
    [
      'a layer whose number another layer’s name looks like',
      { ...STACK, 'layers/new@1/layer.toml': TOOLS },
      framework,
      { name: 'new', versioned: true },
      `cannot create framework 'new': it would break framework-new@1
  layers/new@1/layer.toml:1:1: framework new@1: name: 'framework-new@1' could equal the deployed name of framework 'new'
    Leave out the '@'.`,
    ],
    [
      'the workspace’s own folder',
      {},
      runtime,
      { name: 'x', directory: '.' },
      `cannot create runtime 'x': the folder . is not empty: it holds nx.json, package.json
  Choose another folder: --directory=./x`,
    ],
    [
      'both places',
      {},
      runtime,
      { name: 'x', directory: 'a', stack: 'b' },
      `cannot create runtime 'x': --stack and --directory exclude each other
  A layer is either added to a venvstacks.toml or gets a folder with a layer.toml.`,
    ],
    [
      'what stands on a broken configuration',
      { ...STACK, 'venvstacks.uv.toml': 'exclude-newer = "1 week"\n' },
      framework,
      { name: 'x', runtime: 'python' },
      `cannot create framework 'x': runtime 'python' cannot be used
  venvstacks.uv.toml:1:17: exclude-newer: '1 week' is neither a date nor an absolute time
    Write a time as in "2026-03-01T00:00:00Z" or a date as in "2026-03-01". A duration would change locks by itself.`,
    ],
  ])('%s', async (_, files, generator, options, message) => {
    expect(await new GeneratedWorkspace(files).refusal(generator, options)).toBe(message);
  });

  it('a default folder that leads out of the workspace', async () => {
    const workspace = new GeneratedWorkspace();
    symlinkSync(makeFolder(), workspace.path('layers'), 'junction');
    expect(await workspace.refusal(runtime, { name: 'x' })).toMatch(/layers\/x lies outside of the workspace\n/);
  });

  it('with proposals that start from where the user is', async () => {
    const workspace = new GeneratedWorkspace({ ...STACK, 'layers/x/y': '', 's/venvstacks.toml': '' });
    process.env.INIT_CWD = workspace.path('layers');
    try {
      expect(await workspace.refusal(framework, { name: 'x' })).toContain('folder: --directory=x-framework');
      expect(await workspace.refusal(framework, { name: 'z', stack: 's' })).toContain("'../s/venvstacks.toml'");
      expect(await workspace.refusal(framework, { name: 'z', stack: '../s' })).toContain(
        'npx nx g nx-venvstacks:runtime python --stack=../s/venvstacks.toml',
      );
    } finally {
      delete process.env.INIT_CWD;
    }
  });

  it('the same command twice, and nothing is lost', async () => {
    const workspace = new GeneratedWorkspace(STACK);
    await workspace.run(application, { name: 'report' });
    workspace.write({ 'layers/report/report.py': 'print("mine")\n' });
    expect(await workspace.refusal(application, { name: 'report' })).toContain('it exists already');
    expect(workspace.read('layers/report/report.py')).toBe('print("mine")\n');
  });
});
