import { join } from 'node:path';
import { run } from './support/run';
import { CTRL_C, DOWN, ENTER, SPACE, UP, type Answer } from './support/terminal';
import { CUTOFF, runFolder, Workspace } from './support/workspace';

jest.setTimeout(180_000);

const UV_CONFIG = { 'venvstacks.uv.toml': `exclude-newer = "${CUTOFF}"\n` };
const RUNTIME = '[runtime]\npython_implementation = "cpython@3.12.7"\nrequirements = []\n';
const TWO_RUNTIMES = { 'layers/python-a/layer.toml': RUNTIME, 'layers/python-b/layer.toml': RUNTIME };
const FRAMEWORK = '[framework]\nruntime = "python-a"\nrequirements = []\n';
const itAtTerminal = process.platform === 'win32' ? it.skip : it;

async function generate(workspace: Workspace, ...args: string[]): Promise<string> {
  const { code, output } = await workspace.nx(['g', ...args]);
  if (code !== 0) throw new Error(output);
  return output;
}

describe('generators of layers', () => {
  it('make layers by their names, which lock at once, and a module that runs', async () => {
    const workspace = Workspace.create(UV_CONFIG);

    const output = [
      await generate(workspace, 'nx-venvstacks:runtime', 'python'),
      await generate(workspace, 'nx-venvstacks:framework', 'tools', '-r', 'attrs>=23,<26', '-r', 'six'),
      await generate(workspace, 'nx-venvstacks:app', 'hello-world', '--requirements=idna>=3,<4,attrs'),
    ].join('');

    expect(output.match(/^(?:CREATE|UPDATE|Lock it).*$/gm)).toEqual([
      'CREATE layers/python/layer.toml',
      'Lock it: npx nx run python:lock',
      'CREATE layers/tools/layer.toml',
      'Lock it: npx nx run tools:lock',
      'CREATE layers/hello-world/layer.toml',
      'CREATE layers/hello-world/hello_world.py',
      'Lock it: npx nx run hello-world:lock',
    ]);
    expect(workspace.read('layers/tools/layer.toml')).toContain('requirements = ["attrs>=23,<26", "six"]');
    expect(workspace.read('layers/hello-world/layer.toml')).toContain('requirements = ["idna>=3,<4", "attrs"]');
    const locked = await workspace.succeed(['run', 'hello-world:lock']);
    expect(locked).toContain('app-hello-world@1 (new)\n  1 package, 1 more from lower layers\n');

    const module = join(workspace.root, 'layers/hello-world/hello_world.py');
    const ran = await run('python3', [module], { cwd: workspace.root, env: workspace.env });
    expect(ran.output).toMatch(/^hello-world runs on Python 3\.\d+\.\d+\S*\r?\n$/);
  });

  it('add layers to a venvstacks.toml, which lock at once', async () => {
    const workspace = Workspace.create({});
    const at = '--stack=stack/venvstacks.toml';
    workspace.write({ 'stack/venvstacks.toml': `# Ours.\n\n[tool.uv]\nexclude-newer = "${CUTOFF}"\n` });

    await generate(workspace, 'nx-venvstacks:runtime', 'python', '--python=3.10', at);
    await generate(workspace, 'nx-venvstacks:framework', 'tools', '-r', 'six', at);
    await generate(workspace, 'nx-venvstacks:application', 'hello', at);

    expect(workspace.read('stack/venvstacks.toml')).toBe(`# Ours.

[[runtimes]]
name = "python"
python_implementation = "cpython@3.10.22"
requirements = []

[[frameworks]]
name = "tools"
runtime = "python"
requirements = ["six"]

[[applications]]
name = "hello"
frameworks = ["tools"]
requirements = []
launch_module = "hello.py"
versioned = true

[tool.uv]
exclude-newer = "${CUTOFF}"
`);
    expect(await workspace.succeed(['run', 'hello:lock'])).toContain('app-hello@1 (new)\n');
  });

  it('write nothing with --dry-run', async () => {
    const workspace = Workspace.create({ 'python/layer.toml': RUNTIME });
    const output = await generate(workspace, 'nx-venvstacks:app', 'hello', '--dry-run');
    expect(output).toMatch(/CREATE hello\/layer.toml\nCREATE hello\/hello.py\n\n.*no changes were made/);
    expect(output).not.toContain('Lock it');
    expect(workspace.list('hello')).toEqual([]);
  });

  it.each(['runtime', 'framework', 'application'])('%s describes its options', async (name) => {
    const output = await generate(Workspace.create({}), `nx-venvstacks:${name}`, '--help');
    expect(output).toMatch(new RegExp(`Creates an? ${name}`));
    for (const option of ['--name', '--requirements, -r', '--platforms', '--directory', '--stack']) {
      expect(output).toContain(`    ${option}  `);
    }
    expect(output).toMatch(/Examples:\n\s+nx g nx-venvstacks:/);
  });

  it('refuse with a reason and a proposal, without a stack trace, and write nothing', async () => {
    const workspace = Workspace.create({ 'layers/python/layer.toml': RUNTIME });

    const { code, output } = await workspace.nx(['g', 'nx-venvstacks:framework', 'tools', '--runtime=pyhton']);

    expect(code).toBe(1);
    expect(output).toContain("cannot create framework 'tools': unknown runtime 'pyhton'\n\n  Did you mean 'python'?\n");
    expect(output).not.toMatch(/^\s+at |stacktrace/m);
    expect(workspace.list('layers')).toEqual(['python']);
  });

  it('refuse the name of a project that another plugin infers', async () => {
    const workspace = Workspace.create({
      'nx.json': JSON.stringify({ analytics: false, plugins: ['nx-venvstacks', './plugin.js'] }),
      'plugin.js': `exports.createNodes = ['**/*.thing', (files) => files.map((file) => [file, { projects: { things: { name: 'other' } } }])];`,
      'things/one.thing': '',
    });
    const { code, output } = await workspace.nx(['g', 'nx-venvstacks:runtime', 'other']);
    expect(output).toContain("cannot create runtime 'other': there is a project 'other' already, in things\n");
    expect(code).toBe(1);
  });

  it('refuse to choose among several runtimes where nobody can be asked', async () => {
    const { code, output } = await Workspace.create(TWO_RUNTIMES).nx(['g', 'nx-venvstacks:framework', 'tools']);
    expect(output).toContain("there are several runtimes to stand on: 'python-a', 'python-b'\n");
    expect(code).toBe(1);
  });
});

it('the table of Pythons is that of the uv that locks', async () => {
  const script = join(__dirname, '../tools/update-pythons.mjs');
  const env = { ...process.env, UV: join(runFolder(), 'uv', 'bin', 'uv') };
  expect(await run(process.execPath, [script, '--check'], { cwd: __dirname, env })).toEqual({ code: 0, output: '' });
});

describe('generators at a terminal', () => {
  itAtTerminal.each<[string, string[], Answer[], string, string]>([
    [
      'a name and a runtime',
      ['framework'],
      [
        ['What is the framework called?', `tools${ENTER}`],
        ["Which runtime does framework 'tools' stand on?", DOWN + ENTER],
      ],
      'tools',
      'runtime = "python-b"',
    ],
    [
      'frameworks, nearest first however they are chosen',
      ['app', 'report'],
      [["Which frameworks does application 'report' stand on?", DOWN + DOWN + SPACE + UP + UP + SPACE + ENTER]],
      'report',
      'frameworks = ["upper", "lower"]',
    ],
    [
      'a runtime for an application that wants no framework',
      ['app', 'report'],
      [
        ["Which frameworks does application 'report' stand on?", ENTER],
        ["Which runtime does application 'report' stand on?", ENTER],
      ],
      'report',
      'runtime = "python-a"',
    ],
  ])('ask for %s', async (_, [generator = '', ...args], answers, name, expected) => {
    const workspace = Workspace.create({
      ...TWO_RUNTIMES,
      'layers/lower/layer.toml': FRAMEWORK,
      'layers/other/layer.toml': FRAMEWORK,
      'layers/upper/layer.toml': '[framework]\nframeworks = ["lower"]\nrequirements = []\n',
    });

    const { code, output } = await workspace.nxAtTerminal(['g', `nx-venvstacks:${generator}`, ...args], answers);

    expect(output).toContain(`CREATE layers/${name}/layer.toml`);
    expect(workspace.read(`layers/${name}/layer.toml`)).toContain(`\n${expected}\n`);
    expect(code).toBe(0);
  });

  itAtTerminal('write nothing when the user gives up', async () => {
    const workspace = Workspace.create(TWO_RUNTIMES);
    const answers: Answer[] = [['Which runtime', CTRL_C]];
    const { code, output } = await workspace.nxAtTerminal(['g', 'nx-venvstacks:framework', 'tools'], answers);
    expect(output).toContain('cancelled: nothing was written');
    expect(code).not.toBe(0);
    expect(workspace.list('layers')).toEqual(['python-a', 'python-b']);
  });

  itAtTerminal('ask nothing with --no-interactive', async () => {
    const workspace = Workspace.create(TWO_RUNTIMES);
    const { code, output } = await workspace.nxAtTerminal(
      ['g', 'nx-venvstacks:framework', 'tools', '--no-interactive'],
      [],
    );
    expect(output).toContain("there are several runtimes to stand on: 'python-a', 'python-b'\n");
    expect(code).toBe(1);
  });
});
