import { symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { devDependencies } from '../package.json';
import { version } from '../packages/nx-venvstacks/package.json';
import { LocalRegistry } from './support/registry';
import { Workspace } from './support/workspace';

jest.setTimeout(180_000);

let registry: LocalRegistry;

beforeAll(async () => {
  registry = await LocalRegistry.start();
});
afterAll(() => registry.stop());

/** A workspace as Nx makes it in a folder with no more than a package.json. */
async function fresh(files: Record<string, string> = {}): Promise<Workspace> {
  const workspace = Workspace.empty({ env: { ...registry.env, NX_ISOLATE_PLUGINS: undefined } });
  workspace.write({ 'package.json': '{"name":"acme","private":true}\n', ...files });
  await succeed(workspace, `npx nx@${devDependencies.nx} init --interactive=false --nxCloud=false`);
  return workspace;
}

async function succeed(workspace: Workspace, command: string): Promise<string> {
  const { code, output } = await workspace.shell(command);
  if (code !== 0) throw new Error(`${command} failed:\n${output}`);
  return output;
}

/** The end of what the plugin prints. */
const NEXT_STEPS = `
nx-venvstacks is set up. Create your first layers, and lock them:

  npx nx g nx-venvstacks:runtime python
  npx nx g nx-venvstacks:framework web --requirements=httpx
  npx nx g nx-venvstacks:app hello
  npx nx run hello:lock
`;

describe('nx add nx-venvstacks', () => {
  let workspace: Workspace;
  let output: string;

  beforeAll(async () => {
    workspace = await fresh();
    output = await succeed(workspace, 'npx nx add nx-venvstacks');
  });

  it('registers the plugin, and keeps what Nx wrote', () => {
    expect(workspace.read('nx.json')).toBe(
      '{\n  "$schema": "./node_modules/nx/schemas/nx-schema.json",\n  "plugins": [{ "plugin": "nx-venvstacks", "options": {} }],\n  "targetDefaults": { "nx-venvstacks:build": { "cache": false } }\n}',
    );
    expect(workspace.read('.gitattributes')).toMatch(
      /^# nx-venvstacks hashes .*\n(?:\*\*\/requirements\/.*\n){5}\*\.py text eol=lf\n$/,
    );
  });

  it('says what it changed and what to do next', () => {
    expect(output).toContain('UPDATE nx.json\nCREATE .gitattributes\nCREATE .prettierignore\n');
    expect(output).toContain('\n.prettierignore: Prettier, oxfmt and nx format leave the files of locks as they are\n');
    expect(output).toContain(NEXT_STEPS);
    expect(output).toContain('Package nx-venvstacks added successfully.');
  });

  it('installs the plugin, and nothing else of Nx: a newer @nx/devkit would not fit an older Nx', () => {
    const { devDependencies: installed } = JSON.parse(workspace.read('package.json')) as {
      devDependencies: Record<string, string>;
    };
    expect(installed).toEqual({ nx: devDependencies.nx, 'nx-venvstacks': `^${version}` });
    const versionOf = (name: string) =>
      (JSON.parse(workspace.read(`node_modules/${name}/package.json`)) as { version: string }).version;
    expect(versionOf('nx')).toBe(devDependencies.nx);
    expect(workspace.list('node_modules/@nx')).not.toContain('devkit');
  });

  it('is listed by Nx with what it can do', async () => {
    const listed = await succeed(workspace, 'npx nx list nx-venvstacks');
    expect(listed.slice(listed.indexOf('GENERATORS')).trim()).toMatchInlineSnapshot(`
      "GENERATORS

      init : Set up nx-venvstacks in this workspace: what \`nx add nx-venvstacks\` runs; safe to repeat
      runtime : Create a runtime: a Python that frameworks and applications stand on
      framework : Create a framework: packages that several applications share
      application : Create an application, with a small launch module that runs
      split : Split a venvstacks.toml into a folder with a layer.toml for each layer; locks and numbers move along
      join : Join the layer.toml files of this workspace into one venvstacks.toml that venvstacks builds and publishes from
      ci-workflow : Create a CI workflow that checks the locks of what a pull request changes, and all of them on the main branch

      EXECUTORS/BUILDERS

      lock : Lock a layer: resolve its packages if they must be, number its contents if they changed
      lock-forked : The same, each layer in a process of its own: for Nx 22
      lock-check : Check that the lock of a layer is valid; says why not, and what to do
      upgrade : Lock a layer, and what is below it, with the newest packages allowed
      show : Show a layer: its number, whether its lock is valid, its packages
      build : Build a layer's environment for this machine, from its lock
      launch : Run an application's launch module in its environment
      python : Run a layer's Python: a shell, a script, a module"
    `);
  });

  it('changes nothing when it is repeated', async () => {
    const before = workspace.files();
    const again = await succeed(workspace, 'npx nx add nx-venvstacks');
    expect(workspace.files()).toEqual(before);
    expect(again).toContain(NEXT_STEPS);
    expect(again).not.toMatch(/^(?:CREATE|UPDATE|DELETE) /m);
  });

  it('leaves a workspace where layers are projects, and are locked', async () => {
    workspace.write({
      'layers/python/layer.toml': '[runtime]\npython_implementation = "cpython@3.12.12"\nrequirements = []\n',
    });
    expect(await succeed(workspace, 'npx nx show projects')).toBe('python\n');
    const locked = await succeed(workspace, 'npx nx run python:lock --output-style=static');
    expect(locked).toContain('python (new)\n  0 packages\n');
    expect(workspace.list('layers/python/requirements')).toEqual([
      'packages-python.txt',
      'pylock.python.meta.json',
      'pylock.python.toml',
      'requirements-python.in',
      'uv.lock',
    ]);
    expect(await succeed(workspace, 'npx nx-venvstacks show')).toContain('└── python\n');
  });

  it('leaves a workspace where nx format keeps off the files of locks', async () => {
    symlinkSync(dirname(require.resolve('prettier/package.json')), join(workspace.root, 'node_modules/prettier'));
    workspace.write({
      '.prettierrc': '{}\n',
      'layers/web/layer.toml': '[framework]\nruntime = "python"\nversioned = true\nrequirements = []\n',
      'stack/venvstacks.toml':
        '[[runtimes]]\nname = "py"\npython_implementation = "cpython@3.12.12"\nrequirements = []\n' +
        '[[frameworks]]\nname = "fw"\nruntime = "py"\nversioned = true\nrequirements = []\n',
    });
    await succeed(workspace, 'npx nx run-many -t lock');
    const locked = workspace.files();
    await succeed(workspace, 'npx nx format:write --all');
    const formatted = workspace.files();
    for (const path of Object.keys(locked).filter((each) => each.includes('/requirements/')))
      expect([path, formatted[path]]).toEqual([path, locked[path]]);

    // It is this file that does it: the formatter would have another form.
    workspace.remove('.prettierignore');
    expect((await workspace.shell('npx nx format:check --all')).output.split('\n')).toEqual(
      expect.arrayContaining([
        'layers/web/requirements/pylock.framework-web.meta.json',
        'stack/requirements/framework-fw/pylock.framework-fw.meta.json',
      ]),
    );
  });
});

it('adds to what is there: a version as asked for, comments, other plugins, definition files', async () => {
  const workspace = await fresh({
    '.gitattributes': '*.png binary',
    'python/venvstacks.toml':
      '[[runtimes]]\nname = "py"\npython_implementation = "cpython@3.12.12"\nrequirements = []\n' +
      '[[applications]]\nname = "tool"\nruntime = "py"\nrequirements = []\nlaunch_module = "src/tool"\n',
    'python/src/tool/__main__.py': '1\n',
  });
  const nxJson =
    '// ours\n{\n  "parallel": 2, // cores\n  "namedInputs": {},\n  "targetDefaults": { "build": { "cache": true } },\n}\n';
  workspace.write({ 'nx.json': nxJson });

  const output = await succeed(workspace, `npx nx add nx-venvstacks@${version}`);

  expect(workspace.read('nx.json')).toBe(
    '// ours\n{\n  "parallel": 2, // cores\n  "namedInputs": {},\n  "targetDefaults": { "build": { "cache": true }, "nx-venvstacks:build": { "cache": false } },\n  "plugins": [{ "plugin": "nx-venvstacks", "options": {} }],\n}\n',
  );
  expect(workspace.read('.gitattributes')).toMatch(
    /^\*\.png binary\n\n# nx-venvstacks [^]*\n\/python\/src\/tool\/\*\* text=auto eol=lf\n$/,
  );
  expect(output).toContain('Your 2 layers are projects now.');
  expect((await succeed(workspace, 'npx nx show projects')).trim().split('\n').sort()).toEqual(['py', 'tool']);

  // Nx would cache whatever is called build, and an environment that is gone would not come back.
  const tool = JSON.parse(await succeed(workspace, 'npx nx show project tool --json')) as {
    targets: Record<string, { executor: string; cache: boolean }>;
  };
  expect(tool.targets.build).toMatchObject({ executor: 'nx-venvstacks:build', cache: false });
});

describe('without a package.json, where Nx installs itself in .nx', () => {
  let workspace: Workspace;
  let output: string;

  beforeAll(async () => {
    workspace = Workspace.empty({ env: { ...registry.env, NX_ISOLATE_PLUGINS: undefined } });
    workspace.write({
      'demo/venvstacks.toml':
        '[[runtimes]]\nname = "py"\npython_implementation = "cpython@3.12.12"\nrequirements = []\n',
    });
    await workspace.git('init', '--quiet', '--initial-branch=main');
    await succeed(workspace, `npx nx@${devDependencies.nx} init --interactive=false --nxCloud=false`);
    output = await succeed(workspace, './nx add nx-venvstacks');
  });

  it('the plugin says so, and its commands work as they are printed', async () => {
    const commands = [...output.matchAll(/^ {2}(\S.*)$/gm)].map(([, command = '']) => command);
    expect(commands).toEqual([
      'npx --prefix .nx/installation nx-venvstacks show',
      './nx run-many -t lock',
      './nx g nx-venvstacks:split --help',
    ]);
    const [shown = '', locked = '', help = ''] = await inOrder(commands, (each) => succeed(workspace, each));
    expect(shown).toContain('*py (not locked yet)');
    expect(locked).toContain('Successfully ran target lock for project py');
    expect(help).toContain('nx-venvstacks:split');
  });

  it('the workflow installs Nx in a fresh clone, and checks', async () => {
    const generated = await succeed(workspace, './nx g nx-venvstacks:ci-workflow');
    const [, commit = ''] = /^- commit what installs Nx, if it is not: (.*)$/m.exec(generated) ?? [];
    await succeed(workspace, commit);
    await workspace.commitAll('Begin');
    const scripts = [...workspace.read('.github/workflows/layers.yml').matchAll(/ run: (.*)$/gm)];
    const [install = '', affected = '', all = ''] = scripts.map(([, script = '']) => script);
    expect(affected).toBe('./nx affected -t lock-check --base=HEAD~1');

    const clone = `${workspace.root}-clone`;
    await workspace.git('clone', '--quiet', workspace.root, clone);
    const checked = await succeed(workspace, `cd '${clone}' && ${install} && ${all}`);
    expect(checked).toContain('Successfully ran target lock-check for project py');
  });
});

/** One after the other. */
async function inOrder<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await run(item));
  return results;
}
