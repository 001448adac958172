import type { CreateNodesResult, ProjectConfiguration, TargetConfiguration } from '@nx/devkit';
import { rmSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { withoutUserVariables } from '../testing/environment';
import { makeFolder, writeFiles } from '../testing/folder';
import { commitAll } from '../testing/git';
import { lineageFor, LockedStack, STACK } from '../testing/locked-stack';
import { findDefinitions } from '../stack';
import { createDependencies, createNodes, createNodesV2, type LockOptions, type PluginOptions } from '.';

withoutUserVariables();

const RUNTIME = '[runtime]\npython_implementation = "cpython@3.12.7"\nrequirements = []\n';
const LAYERS = {
  'libs/py/layer.toml': RUNTIME,
  'libs/tools/layer.toml': '[framework]\nruntime = "py"\nrequirements = []\nversioned = true\n',
  'apps/report/layer.toml':
    '[application]\nframeworks = ["tools"]\nlaunch_module = "report.py"\nsupport_modules = ["helpers"]\nrequirements = []\n',
  'apps/report/report.py': '',
  'apps/report/helpers/__init__.py': '',
};

const definitionsIn = (root: string) => findDefinitions(root, root).map((file) => relative(root, file));

/** What createNodes gives for a workspace, file by file. */
async function nodes(root: string, options?: PluginOptions, files = definitionsIn(root)) {
  const context = { workspaceRoot: root, nxJsonConfiguration: {} };
  return [...(await createNodes[1](files, options, context))] as (readonly [string, CreateNodesResult])[];
}

async function projects(root: string, options?: PluginOptions): Promise<Record<string, ProjectConfiguration>> {
  const found = (await nodes(root, options)).flatMap(([, result]) => Object.entries(result.projects ?? {}));
  return Object.fromEntries(
    found.map(([projectRoot, project]) => [project.name ?? '', { ...project, root: projectRoot }]),
  );
}

async function target(root: string, name: string, options?: PluginOptions): Promise<TargetConfiguration<LockOptions>> {
  const found = (await projects(root, options))[name]?.targets?.lock;
  if (!found) throw new Error(`${name} has no lock`);
  return found as TargetConfiguration<LockOptions>;
}

describe('projects', () => {
  it('are inferred from both kinds of definition file, under both names of the export', () => {
    expect(createNodes[0]).toBe('**/{venvstacks.toml,layer.toml}');
    expect(createNodesV2).toBe(createNodes);
  });

  it('of a venvstacks.toml lie in the lock folders beside it', async () => {
    const root = makeFolder({
      'sub/stack/venvstacks.toml': STACK,
      'sub/stack/report.py': '',
      'sub/stack/helpers/a.py': '',
    });
    const found = await nodes(root);
    expect(found.map(([file]) => file)).toEqual(['sub/stack/venvstacks.toml']);
    const [[, { projects: byRoot = {} }] = ['', {}]] = found;
    const shown = Object.entries(byRoot).map(([at, { name, root: own, projectType, tags }]) => [
      at,
      own,
      name,
      projectType,
      tags,
    ]);
    const folder = 'sub/stack/requirements';
    expect(shown).toEqual([
      ...[
        ['cpython-3.12', 'cpython-3.12', 'library', 'runtime'],
        ['framework-tools', 'tools', 'library', 'framework'],
        ['app-report', 'report', 'application', 'application'],
      ].map(([env, name, type, kind]) => [
        `${folder}/${env}`,
        `${folder}/${env}`,
        name,
        type,
        [`layer:${kind}`, 'stack:sub-stack'],
      ]),
    ]);
  });

  it('of layer.toml files lie where these lie, in one stack of the workspace', async () => {
    const root = makeFolder(LAYERS);
    const found = Object.values(await projects(root)).map(({ name, root: at, tags }) => [name, at, tags]);
    expect(found).toEqual([
      ['report', 'apps/report', ['layer:application', 'stack:workspace']],
      ['py', 'libs/py', ['layer:runtime', 'stack:workspace']],
      ['tools', 'libs/tools', ['layer:framework', 'stack:workspace']],
    ]);
  });

  it('are given back with the file that declares them', async () => {
    const root = makeFolder(LAYERS);
    const found = (await nodes(root)).map(([file, { projects: of = {} }]) => [file, Object.keys(of)]);
    expect(found).toEqual([
      ['apps/report/layer.toml', ['apps/report']],
      ['libs/py/layer.toml', ['libs/py']],
      ['libs/tools/layer.toml', ['libs/tools']],
    ]);
  });

  it('say what they are', async () => {
    const { tools } = await projects(makeFolder(LAYERS));
    expect(tools?.metadata).toEqual({
      technologies: ['python', 'venvstacks'],
      description: 'framework framework-tools, declared in libs/tools/layer.toml, on cpython 3.12.7',
      lowerLayers: ['libs/py'],
    });
  });
});

describe('names of projects', () => {
  const two = () =>
    makeFolder({
      'a/venvstacks.toml': STACK,
      'a/report.py': '',
      'a/helpers/a.py': '',
      'b/c/venvstacks.toml': STACK,
      'b/c/report.py': '',
      'b/c/helpers/a.py': '',
    });

  it.each([
    ['{env}', 'app-report'],
    ['{kind}-{name}', 'application-report'],
    ['py.{stack}.{name}', 'py.workspace.report'],
  ])('follow the pattern %s', async (projectName, name) => {
    expect(Object.keys(await projects(new LockedStack().root, { projectName }))).toContain(name);
  });

  it('are environment names for layers of one stack that would have the same', async () => {
    const root = makeFolder({
      'venvstacks.toml': STACK.replaceAll('"tools"', '"report"'),
      'report.py': '',
      'helpers/a.py': '',
    });
    expect(Object.keys(await projects(root))).toEqual(['cpython-3.12', 'framework-report', 'app-report']);
  });

  it('that two stacks share have the stack before them, all of them, with a warning that names the option', async () => {
    const write = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      const names = Object.keys(await projects(two()));
      expect(names).toEqual(['a-cpython-3.12', 'a-tools', 'a-report', 'b-c-cpython-3.12', 'b-c-tools', 'b-c-report']);
      expect(write.mock.calls.flat()).toEqual([
        "nx-venvstacks: several stacks have layers called 'cpython-3.12', 'tools', 'report': their projects have the stack before the name.\n" +
          'To choose names yourself, set the plugin option projectName in nx.json, as in "{stack}-{name}".\n',
      ]);
    } finally {
      write.mockRestore();
    }
  });

  it('that two stacks share are the same while one of them is broken', async () => {
    const write = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      const root = two();
      const before = Object.keys(await projects(root)).sort();
      writeFiles(root, { 'b/c/venvstacks.toml': `${STACK}oops = 1\n` });
      const after = await projects(root);
      expect(Object.keys(after).sort()).toEqual(before);
      expect(after['a-report']?.targets?.lock?.dependsOn).toEqual([
        { projects: ['a-tools', 'a-cpython-3.12'], target: 'lock' },
      ]);
    } finally {
      write.mockRestore();
    }
  });

  it('that stacks of one name share have their roots behind them', async () => {
    const write = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      const root = makeFolder({
        'venvstacks.toml': STACK,
        'report.py': '',
        'helpers/a.py': '',
        'libs/tools/layer.toml': `${RUNTIME}name = "cpython-3.12"\n`,
      });
      expect(Object.keys(await projects(root)).sort()).toEqual([
        'report',
        'tools',
        'workspace-cpython-3.12 (libs/tools)',
        'workspace-cpython-3.12 (requirements/cpython-3.12)',
      ]);
    } finally {
      write.mockRestore();
    }
  });

  it('are separated by the stack', async () => {
    const names = Object.keys(await projects(two(), { projectName: '{stack}-{name}' }));
    expect(names).toEqual(['a-cpython-3.12', 'a-tools', 'a-report', 'b-c-cpython-3.12', 'b-c-tools', 'b-c-report']);
  });
});

describe('the inputs of a target', () => {
  const application = LAYERS['apps/report/layer.toml'];

  it('are no patterns that would miss the very file', async () => {
    const root = makeFolder({
      ...LAYERS,
      'apps/report/layer.toml': application.replace('"helpers"', '"[x] (1)/{y}.py"'),
      'apps/report/[x] (1)/{y}.py': '',
    });
    expect((await target(root, 'report')).inputs).toContain('{workspaceRoot}/apps/report/?x? ?1?/?y?.py');
  });

  it('hold the submodules that files are in: that is what a commit around them changes', async () => {
    const root = makeFolder({
      ...LAYERS,
      '.git/HEAD': '',
      '.gitmodules': '[submodule "apps"]\n\tpath = apps\n',
      'apps/.git': 'gitdir: ../.git/modules/apps\n',
    });
    expect((await target(root, 'report')).inputs).toContain('{workspaceRoot}/apps');
    expect((await target(root, 'tools')).inputs).not.toContain('{workspaceRoot}/apps');
  });

  it('hold the files that links in packages lead to: Nx sees no edits through links', async () => {
    const root = makeFolder({ ...LAYERS, 'shared/tool.py': '' });
    symlinkSync('../../../shared/tool.py', join(root, 'apps/report/helpers/tool.py'));
    expect(await target(root, 'report')).toMatchObject({
      cache: true,
      inputs: expect.arrayContaining(['{workspaceRoot}/shared/tool.py']) as unknown,
    });
  });

  it('are the same where the workspace is called by a link, and a module is one', async () => {
    const folder = makeFolder(Object.fromEntries(Object.entries(LAYERS).map(([path, text]) => [`real/${path}`, text])));
    writeFiles(folder, { 'real/shared/tool.py': '' });
    rmSync(join(folder, 'real/apps/report/report.py'));
    symlinkSync('../../shared/tool.py', join(folder, 'real/apps/report/report.py'));
    symlinkSync('real', join(folder, 'link'));
    const inputsOf = async (name: string) => (await target(join(folder, name), 'report')).inputs;
    expect(await inputsOf('link')).toEqual(await inputsOf('real'));
    expect(await inputsOf('link')).toContain('{workspaceRoot}/shared/tool.py');
  });
});

describe('the lock target', () => {
  const ENV = [
    'UV_EXCLUDE_NEWER',
    'MACOSX_DEPLOYMENT_TARGET',
    'UV_INDEX',
    'UV_DEFAULT_INDEX',
    'UV_INDEX_URL',
    'UV_EXTRA_INDEX_URL',
    'UV_FIND_LINKS',
    'UV_NO_INDEX',
    'UV_INDEX_STRATEGY',
  ].map((env) => ({ env }));
  const COMMON = [
    { dependentTasksOutputFiles: '**/{pylock.*.toml,pylock.*.meta.json}', transitive: true },
    ...ENV,
    { externalDependencies: [] },
  ];

  it('of an application has all that its lock follows from as inputs, and its files as outputs', async () => {
    const found = await target(new LockedStack().root, 'report');
    expect(found).toEqual({
      executor: 'nx-venvstacks:lock',
      cache: true,
      options: { layer: 'app-report', lineage: expect.any(String) as string, format: 1 },
      inputs: [
        '{workspaceRoot}/venvstacks.toml',
        '{workspaceRoot}/venvstacks.uv.toml',
        '{workspaceRoot}/report.py',
        '{workspaceRoot}/helpers/**/*',
        ...COMMON,
      ],
      outputs: [
        '{projectRoot}/pylock.app-report.toml',
        '{projectRoot}/packages-app-report.txt',
        '{projectRoot}/requirements-app-report.in',
        '{projectRoot}/uv.lock',
        '{projectRoot}/pylock.app-report.meta.json',
      ],
      dependsOn: [{ projects: ['tools', 'cpython-3.12'], target: 'lock' }],
      metadata: {
        technologies: ['python', 'venvstacks', 'uv'],
        description: 'Lock application report: resolve its packages if they must be, and number its contents',
        help: {
          command: expect.stringContaining('report:lock') as string,
          example: { args: ['--output-style=static'] },
        },
      },
    });
  });

  it('of a layer.toml has its outputs in a folder of the project, and the workspace’s uv configuration as input', async () => {
    const root = makeFolder({ ...LAYERS, 'libs/py/layer.toml': `${RUNTIME}name = "cpython-3.12"\n` });
    const found = await target(root, 'cpython-3.12');
    expect(found.inputs).toEqual(['{projectRoot}/layer.toml', '{workspaceRoot}/venvstacks.uv.toml', ...COMMON]);
    expect(found.outputs).toEqual([
      '{projectRoot}/requirements/pylock.cpython-3_12.toml',
      '{projectRoot}/requirements/packages-cpython-3.12.txt',
      '{projectRoot}/requirements/requirements-cpython-3_12.in',
      '{projectRoot}/requirements/uv.lock',
      '{projectRoot}/requirements/pylock.cpython-3_12.meta.json',
    ]);
    expect(found.dependsOn).toEqual([]);
  });

  it('says a file by its project where no other project could own it, and its folder is no pattern', async () => {
    const app = (module: string) => `[application]\nruntime = "py"\nrequirements = []\nlaunch_module = "${module}"\n`;
    const root = makeFolder({
      ...LAYERS,
      'apps/direct/layer.toml': app('run.py'),
      'apps/direct/run.py': '',
      'apps/below/layer.toml': app('src/run.py'),
      'apps/below/src/run.py': '',
      'apps/odd [1]/layer.toml': app('run.py'),
      'apps/odd [1]/run.py': '',
    });
    const filesOf = async (name: string) =>
      (await target(root, name)).inputs?.filter((input) => typeof input === 'string' && !input.endsWith('.uv.toml'));
    expect(await filesOf('direct')).toEqual(['{projectRoot}/layer.toml', '{projectRoot}/run.py']);
    expect(await filesOf('below')).toEqual(['{projectRoot}/layer.toml', '{workspaceRoot}/apps/below/src/run.py']);
    expect(await filesOf('odd [1]')).toEqual([
      '{workspaceRoot}/apps/odd ?1?/layer.toml',
      '{workspaceRoot}/apps/odd ?1?/run.py',
    ]);
  });

  it('has no file of uv’s configuration as input where the definition file holds it', async () => {
    const stack = new LockedStack({ 'venvstacks.toml': `${STACK}[tool.uv]\nresolution = "lowest"\n` });
    const { inputs } = await target(stack.root, 'tools');
    expect(inputs).toEqual(['{workspaceRoot}/venvstacks.toml', ...COMMON]);
  });

  it('has another name, as have those it depends on, where the option says so', async () => {
    const options = { lockTargetName: 'venv-lock', projectName: 'x-{name}' };
    const { 'x-report': found } = await projects(new LockedStack().root, options);
    expect(Object.keys(found?.targets ?? {})).toEqual([
      'venv-lock',
      'lock-check',
      'upgrade',
      'show',
      'build',
      'launch',
      'python',
    ]);
    expect(found?.targets?.['venv-lock']?.dependsOn).toEqual([
      { projects: ['x-tools', 'x-cpython-3.12'], target: 'venv-lock' },
    ]);
  });

  it('is left out where the option is false', async () => {
    const found = await projects(new LockedStack().root, { lockTargetName: false });
    for (const { targets } of Object.values(found)) {
      expect(Object.keys(targets ?? {}).slice(0, 3)).toEqual(['lock-check', 'upgrade', 'show']);
    }
  });
});

describe('the lock-check target', () => {
  it('is never cached, depends on no task, and is affected by every file that it reads', async () => {
    const found = (await projects(new LockedStack().root)).report?.targets?.['lock-check'];
    expect(found).toMatchObject({
      executor: 'nx-venvstacks:lock-check',
      cache: false,
      options: { layer: 'app-report' },
    });
    expect(found?.dependsOn).toBeUndefined();
    expect(found?.inputs).toEqual(
      expect.arrayContaining([
        '{workspaceRoot}/venvstacks.toml',
        '{workspaceRoot}/report.py',
        '{workspaceRoot}/requirements/app-report/pylock.app-report.toml',
        '{workspaceRoot}/requirements/app-report/pylock.app-report.meta.json',
        '{workspaceRoot}/requirements/app-report/packages-app-report.txt',
        '{workspaceRoot}/requirements/app-report/requirements-app-report.in',
        '{workspaceRoot}/requirements/app-report/uv.lock',
        '{workspaceRoot}/requirements/framework-tools/pylock.framework-tools.toml',
        '{workspaceRoot}/requirements/framework-tools/pylock.framework-tools.meta.json',
        '{workspaceRoot}/requirements/cpython-3.12/pylock.cpython-3_12.toml',
        '{workspaceRoot}/requirements/cpython-3.12/pylock.cpython-3_12.meta.json',
        { env: 'UV_EXCLUDE_NEWER' },
      ]),
    );
    // Outputs of tasks count for tasks that depend on those only.
    expect(JSON.stringify(found?.inputs)).not.toContain('dependentTasksOutputFiles');
  });
});

describe('a definition file that tells of no layer', () => {
  it.each(['[[runtimes]\n', 'x = 1\n'])('is a project by itself, whose targets fail: %j', async (text) => {
    const found = await projects(makeFolder({ ...LAYERS, 'svc/venvstacks.toml': text }));
    const { root, targets } = found['svc/venvstacks.toml'] ?? {};
    expect(root).toBe('svc/requirements');
    expect(targets?.['lock-check']?.options).toMatchObject({
      report: expect.stringMatching(/^svc\/venvstacks\.toml:1:/) as string,
    });
    expect(found.report?.targets?.lock).toMatchObject({ cache: true });
  });
});

describe('a layer called what Nx could have no project called', () => {
  it.each(['constructor', '__proto__', 'toString'])('has its folder for a name, and says why: %s', async (name) => {
    const found = await projects(makeFolder({ ...LAYERS, [`libs/${name}/layer.toml`]: RUNTIME }));
    const lock = found[`libs/${name}`]?.targets?.lock;
    expect(lock?.options).toMatchObject({ report: expect.stringContaining(`a project called '${name}'`) as string });
    expect(found.report?.targets?.lock).toMatchObject({ cache: true });
  });
});

describe('a project without a file that Nx sees', () => {
  // Nx ends the whole run for what is said by such a project, or left to Nx's default inputs.
  it.each<[string, (root: string) => void]>([
    ['never locked', () => undefined],
    ['broken', (root) => writeFiles(root, { 'venvstacks.toml': `${STACK}oops = 1\n` })],
    ['unreadable', (root) => writeFiles(root, { 'venvstacks.toml': `${STACK}[[runtimes\n` })],
  ])('has targets that say all their inputs by the workspace: %s', async (_, change) => {
    const { root } = new LockedStack();
    change(root);
    const targets = Object.values(await projects(root)).flatMap((project) => Object.values(project.targets ?? {}));
    expect(targets.length).toBeGreaterThanOrEqual(19);
    for (const { inputs } of targets) {
      expect(inputs).toEqual(expect.arrayContaining([{ externalDependencies: [] }]));
      expect(JSON.stringify(inputs)).not.toContain('{projectRoot}');
    }
  });
});

describe('commands', () => {
  it.each([
    ['my py', '"my py:lock"'],
    ["it's", `"it's:lock"`],
    ['$(id)', `'$(id):lock'`],
    ['`id`', "'`id`:lock'"],
    ["it's $HOME!", String.raw`'it'\''s $HOME!:lock'`],
  ])('are such that they can be typed, also for %s', async (name, task) => {
    const layer = '[runtime]\npython_implementation = "cpython@3.12.7"\nrequirements = []\n';
    const found = await projects(makeFolder({ [`${name}/layer.toml`]: layer }));
    expect(found[name]?.targets?.lock?.metadata?.help?.command).toBe(`npx nx run ${task} --help`);
  });
});

describe('the upgrade target', () => {
  it('is never cached, and takes its options to the lower layers, which come first', async () => {
    const { report, 'cpython-3.12': runtime } = await projects(new LockedStack().root);
    expect(report?.targets?.upgrade).toMatchObject({
      executor: 'nx-venvstacks:upgrade',
      cache: false,
      options: { layer: 'app-report' },
      dependsOn: [{ target: 'upgrade', dependencies: true, params: 'forward' }],
    });
    expect(runtime?.targets?.upgrade?.dependsOn).toEqual([]);
  });
});

describe('the show target', () => {
  it('is never cached, and can have another name or none', async () => {
    const { root } = new LockedStack();
    expect((await projects(root, { showTargetName: 'look' })).report?.targets?.look).toEqual({
      executor: 'nx-venvstacks:show',
      cache: false,
      options: { layer: 'app-report' },
      inputs: expect.arrayContaining(['{workspaceRoot}/venvstacks.toml']) as unknown,
      metadata: {
        technologies: ['python', 'venvstacks'],
        description: 'Show application report: its number, whether its lock is valid, its packages',
        help: { command: 'npx nx run report:look --help', example: {} },
      },
    });
    const others = {
      lockCheckTargetName: 'check',
      upgradeTargetName: false,
      showTargetName: false,
      buildTargetName: false,
      launchTargetName: 'start',
      pythonTargetName: false,
    } as const;
    expect(Object.keys((await projects(root, others)).report?.targets ?? {})).toEqual(['lock', 'check', 'start']);
  });
});

describe('the lineage', () => {
  const lineages = async (root: string) =>
    Object.fromEntries(
      Object.entries(await projects(root)).map(([name, { targets }]) => [
        name,
        (targets?.lock?.options as { lineage: string }).lineage,
      ]),
    );

  it('is the record’s while a layer is valid', async () => {
    const { root } = new LockedStack().lockAll();
    const expected = {
      'cpython-3.12': lineageFor('cpython-3.12'),
      tools: lineageFor('framework-tools'),
      report: lineageFor('app-report'),
    };
    expect(await lineages(root)).toEqual(expected);
    expect(await lineages(root)).toEqual(expected);
  });

  it('is another one in each graph while a layer, or one below it, is stale', async () => {
    const stack = new LockedStack().lockAll();
    stack.remove('requirements/framework-tools/uv.lock');
    const [first, second] = [await lineages(stack.root), await lineages(stack.root)];
    expect(first['cpython-3.12']).toBe(lineageFor('cpython-3.12'));
    for (const name of ['tools', 'report']) {
      expect(first[name]).toMatch(/^[0-9a-f-]{36}$/);
      expect(second[name]).not.toBe(first[name]);
    }
    expect(first.tools).not.toBe(first.report);
  });

  it('is never one of a record that was edited by hand', async () => {
    const stack = new LockedStack().lockAll();
    stack.edit('requirements/app-report/pylock.app-report.meta.json', '"lock_version": 1', '"lock_version": 9');
    expect((await lineages(stack.root)).report).not.toBe(lineageFor('app-report'));
  });

  it('is constant for a layer without platforms', async () => {
    const { root } = new LockedStack({ 'venvstacks.toml': `${STACK}platforms = []\n` });
    expect((await lineages(root)).report).toBe('excluded');
  });
});

describe('a broken definition file', () => {
  it('gives its layers targets that fail with the report, and leaves others alone', async () => {
    const root = makeFolder({
      ...LAYERS,
      'broken/venvstacks.toml': STACK.replaceAll('cpython-3.12', 'old').replace('["attrs"]', '["attrs>=="]'),
      'broken/report.py': '',
      'broken/helpers/a.py': '',
    });
    const found = await projects(root, { projectName: '{stack}-{name}' });
    expect(found['workspace-report']?.targets?.lock).toMatchObject({ cache: true });
    const lock = found['broken-tools']?.targets?.lock;
    const { report = '' } = lock?.options as { report?: string };
    expect(report).toMatch(
      /^broken\/venvstacks\.toml:\d+:\d+: framework tools: requirements: invalid requirement syntax/,
    );
    expect(lock).toEqual({
      executor: 'nx-venvstacks:lock',
      cache: false,
      options: { report },
      inputs: expect.arrayContaining(['{workspaceRoot}/**/*']) as unknown,
      metadata: { technologies: ['python', 'venvstacks'], description: `Broken: ${report.split('\n')[0]}` },
    });
    expect(found['broken-report']?.targets?.lock).toMatchObject({ cache: false });
  });

  it('that is no TOML still gives the layers that can be made out', async () => {
    const root = makeFolder({ ...LAYERS, 'libs/tools/layer.toml': '[framework]\nruntime = \n' });
    const found = await projects(root);
    expect(Object.keys(found)).toEqual(expect.arrayContaining(['py', 'tools', 'report']));
    expect(found.tools?.root).toBe('libs/tools');
    expect(found.tools?.targets?.lock?.options).toMatchObject({
      report: expect.stringMatching(/^libs\/tools\/layer\.toml:2:/) as string,
    });
    expect(found.py?.targets?.lock).toMatchObject({ cache: true });
  });

  it('below a sound layer makes that one fail, too', async () => {
    const root = makeFolder({ ...LAYERS, 'libs/tools/layer.toml': LAYERS['libs/tools/layer.toml'] + 'nonsense = 1\n' });
    const { report } = await projects(root);
    expect(report?.targets?.lock).toMatchObject({
      cache: false,
      options: { report: expect.stringContaining('libs/tools/layer.toml') as string },
    });
  });

  it('never makes the graph fail for a lock that cannot be read', async () => {
    const stack = new LockedStack().lockAll();
    stack.remove('requirements/framework-tools');
    stack.write('requirements/framework-tools', 'a file where a folder should be');
    expect((await target(stack.root, 'report')).options?.lineage).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('layers that stand in each other’s way', () => {
  const RUNTIME = '[runtime]\npython_implementation = "cpython@3.12.7"\nrequirements = []\n';

  it('by their names fail by themselves, and leave others usable', async () => {
    const root = makeFolder({
      'py/layer.toml': RUNTIME,
      'dup/layer.toml': `${RUNTIME}name = "py"\n`,
      'fine/layer.toml': RUNTIME,
    });
    const found = await projects(root);
    expect(Object.keys(found).sort()).toEqual(['fine', 'py (dup)', 'py (py)']);
    expect(found.fine?.targets?.lock).toMatchObject({ cache: true });
    for (const name of ['py (dup)', 'py (py)']) {
      expect(found[name]?.targets?.lock?.options).toMatchObject({
        report: expect.stringContaining('names must be distinct') as string,
      });
    }
  });

  it('by their folder fail with a report that names both, and leave others usable', async () => {
    const stack = '[[runtimes]]\nname = "rr"\npython_implementation = "cpython@3.12.7"\nrequirements = []\n';
    const root = makeFolder({
      'venvstacks.toml': stack,
      'requirements/rr/layer.toml': RUNTIME.replace(']\n', ']\nname = "other"\n'),
      'fine/layer.toml': RUNTIME,
    });
    const found = await projects(root);
    expect(Object.keys(found).sort()).toEqual(['fine', 'rr']);
    expect(found.fine?.targets?.lock).toMatchObject({ cache: true });
    expect(found.rr?.targets?.['lock-check']?.options).toEqual({
      report:
        'two layers would both be the project in requirements/rr: rr of venvstacks.toml and other of requirements/rr/layer.toml\n  Move one of them.',
    });
  });
});

describe('a layer at the root of the workspace', () => {
  it('needs a name, since the folder is called differently in every clone, and has its edges', async () => {
    const layer = '[runtime]\npython_implementation = "cpython@3.12.7"\nrequirements = []\n';
    const nameless = await projects(makeFolder({ 'layer.toml': layer }));
    expect(Object.values(nameless)[0]?.targets?.lock?.options).toMatchObject({
      report: expect.stringContaining('layer.toml:1:1: runtime number 1: name: is required') as string,
    });

    const root = makeFolder({
      'layer.toml': `${layer}name = "py"\n`,
      'tool/layer.toml': '[framework]\nruntime = "py"\nrequirements = []\n',
    });
    expect(Object.entries(await projects(root)).map(([name, project]) => [name, project.root])).toEqual([
      ['py', '.'],
      ['tool', 'tool'],
    ]);
    const configurations = await projects(root);
    const context = {
      workspaceRoot: root,
      nxJsonConfiguration: {},
      projects: configurations,
      externalNodes: {},
      fileMap: { projectFileMap: {}, nonProjectFiles: [] },
      filesToProcess: { projectFileMap: {}, nonProjectFiles: [] },
    };
    expect(await createDependencies({}, context)).toMatchObject([{ source: 'tool', target: 'py' }]);
  });
});

describe('an address that this system has no path for', () => {
  it('is no reason for the graph to fail', async () => {
    const root = makeFolder({
      'venvstacks.uv.toml': 'find-links = ["file:///a%2Fb"]\n',
      'py/layer.toml': '[runtime]\npython_implementation = "cpython@3.12.7"\nrequirements = []\n',
    });
    expect((await projects(root)).py?.targets?.lock).toMatchObject({ cache: true });
  });
});

describe('a layer without platforms', () => {
  it('has no outputs and is not cached, so that old files of it never come back', async () => {
    const root = makeFolder({
      'py/layer.toml': '[runtime]\npython_implementation = "cpython@3.12.7"\nrequirements = []\nplatforms = []\n',
    });
    expect((await projects(root)).py?.targets?.lock).toMatchObject({
      cache: false,
      outputs: [],
      options: { lineage: 'excluded' },
    });
  });
});

describe('a module that cannot be trusted', () => {
  it('because it lies outside of the workspace makes the target fail', async () => {
    const outer = makeFolder({
      'ws/venvstacks.toml': STACK.replace('"report.py"', '"../report.py"'),
      'ws/helpers/a.py': '',
      'report.py': '',
    });
    const { report } = await projects(join(outer, 'ws'));
    expect(report?.targets?.lock).toMatchObject({
      cache: false,
      options: {
        report: "app-report: the module '../report.py' lies outside of the Nx workspace\n  Move it into the workspace.",
      },
    });
  });

  it('because a link in it leads out of the workspace makes the target fail, unless the option lets it', async () => {
    const outer = makeFolder({
      'ws/venvstacks.toml': STACK,
      'ws/report.py': '',
      'ws/helpers/a.py': '',
      'outside/b.py': '',
    });
    const root = join(outer, 'ws');
    symlinkSync('../../outside/b.py', join(root, 'helpers/b.py'));
    const report = `app-report: the link 'helpers/b.py' leads out of the Nx workspace
  No commit says what is in that file: put a copy in place of the link.
  If it must lie there, and is yours: name its folder in the plugin's option linkedFolders: [${JSON.stringify(join(outer, 'outside'))}]`;
    expect(await target(root, 'report')).toMatchObject({ cache: false, options: { report } });
    expect(await target(root, 'report', { linkedFolders: ['../elsewhere'] })).toMatchObject({ options: { report } });
    // Nx would not see an edit of it: no result may be found again.
    const allowed = await target(root, 'report', { linkedFolders: ['../outside'] });
    expect(allowed).toMatchObject({ cache: false, options: { layer: 'app-report' } });
    expect((await target(root, 'tools', { linkedFolders: ['../outside'] })).cache).toBe(true);
  });

  it('because it is a link out of the workspace may be, where the option lets it', async () => {
    const outer = makeFolder({ 'ws/venvstacks.toml': STACK, 'ws/report.py': '', 'outside/a.py': '' });
    const root = join(outer, 'ws');
    symlinkSync('../outside', join(root, 'helpers'));
    expect((await target(root, 'report')).options).toHaveProperty('report');
    const allowed = await target(root, 'report', { linkedFolders: ['../outside'] });
    expect(allowed).toMatchObject({ cache: false, options: { layer: 'app-report' } });
  });

  it('because git ignores it is left to the run, which says so', async () => {
    const stack = new LockedStack({ '.gitignore': 'helpers/\n' });
    commitAll(stack.root);
    expect((await target(stack.root, 'report')).options).toMatchObject({ layer: 'app-report' });
  });
});

describe('the targets that build and run', () => {
  it('are never cached, and build first what is below', async () => {
    const found = await projects(new LockedStack().root, { buildTargetName: 'venv' });
    const facts = (name: string) =>
      Object.entries(found[name]?.targets ?? {})
        .filter(([target]) => ['venv', 'launch', 'python'].includes(target))
        .map(([target, { executor, cache, dependsOn, options }]) => [
          target,
          executor,
          cache,
          dependsOn,
          options as unknown,
        ]);
    const below = [{ target: 'venv', dependencies: true }];
    expect(facts('report')).toEqual([
      ['venv', 'nx-venvstacks:build', false, below, { layer: 'app-report' }],
      ['launch', 'nx-venvstacks:launch', false, ['venv'], { layer: 'app-report' }],
      ['python', 'nx-venvstacks:python', false, ['venv'], { layer: 'app-report' }],
    ]);
    expect(facts('cpython-3.12')).toEqual([
      ['venv', 'nx-venvstacks:build', false, [], { layer: 'cpython-3.12' }],
      ['python', 'nx-venvstacks:python', false, ['venv'], { layer: 'cpython-3.12' }],
    ]);
  });
});

describe('plugin options', () => {
  const fails = (options: object) => expect(async () => nodes(makeFolder(LAYERS), options)).rejects;

  it('that are unknown are an error', async () => {
    await fails({ lockTarget: 'lock' }).toThrow(
      "nx-venvstacks: unknown plugin option 'lockTarget'. Known: lockTargetName, lockCheckTargetName, upgradeTargetName, showTargetName, buildTargetName, launchTargetName, pythonTargetName, projectName, uv, trustedHosts, linkedFolders.",
    );
  });

  it.each<[object, string]>([
    [{ lockTargetName: true }, "nx-venvstacks: the plugin option 'lockTargetName' must be a name or false."],
    [{ lockTargetName: '' }, "nx-venvstacks: the plugin option 'lockTargetName' must be a name or false."],
    [{ projectName: '' }, `nx-venvstacks: the plugin option 'projectName' must be a pattern, as in "{stack}-{name}".`],
    [{ uv: { path: 5 } }, "nx-venvstacks: the plugin option 'uv' must have a string as path."],
    [
      { uv: { instal: false } },
      "nx-venvstacks: the plugin option 'uv' has an unknown key 'instal': known are path, version, hashes, install, timeout.",
    ],
    [
      { uv: { version: '0.12.0', hashes: ['sha256:abc'] } },
      "nx-venvstacks: the plugin option 'uv' must have an array of sha256:… as hashes.",
    ],
    ...[0, 1.5, '600', 86_401].map((timeout): [object, string] => [
      { uv: { timeout } },
      "nx-venvstacks: the plugin option 'uv' must have a whole number of seconds, up to a day, as timeout.",
    ]),
    [{ uv: { version: 'latest' } }, "nx-venvstacks: the plugin option 'uv' must have a version X.Y.Z as version."],
    [
      { trustedHosts: ['http://packages.invalid'] },
      `nx-venvstacks: the plugin option 'trustedHosts' must be an array of hosts, as in ["packages.example.com"].`,
    ],
    [
      { linkedFolders: '../shared' },
      `nx-venvstacks: the plugin option 'linkedFolders' must be an array of folders, as in ["../shared"].`,
    ],
    [{ lockTargetName: 'show' }, "nx-venvstacks: two targets would both be called 'show'."],
    [
      { projectName: '{nme}' },
      "nx-venvstacks: unknown {nme} in the plugin option 'projectName'. Known: {name}, {env}, {kind}, {stack}.",
    ],
    [{ toString: 'x' }, "nx-venvstacks: unknown plugin option 'toString'."],
    [{ uv: 'uv' }, "nx-venvstacks: the plugin option 'uv' must be an object: path, version, hashes, install, timeout."],
  ])('%j is an error', async (options, message) => {
    await fails(options).toThrow(message);
  });

  it('may all be left out', async () => {
    const root = makeFolder(LAYERS);
    expect(Object.keys(await projects(root, undefined))).toEqual(Object.keys(await projects(root, {})));
    expect(Object.keys(await projects(root, null as never))).toEqual(Object.keys(await projects(root, {})));
  });
});

describe('dependencies', () => {
  async function edges(root: string, rename: (name: string) => string = (name) => name) {
    const configurations = Object.fromEntries(
      Object.values(await projects(root)).map((project) => {
        const name = rename(project.name ?? '');
        return [name, { ...project, name }];
      }),
    );
    const found = await createDependencies(
      {},
      {
        workspaceRoot: root,
        nxJsonConfiguration: {},
        projects: configurations,
        externalNodes: {},
        fileMap: { projectFileMap: {}, nonProjectFiles: [] },
        filesToProcess: { projectFileMap: {}, nonProjectFiles: [] },
      },
    );
    return found.map((edge) => [edge.source, edge.target, edge.type]);
  }

  it('go from each layer to each that it names', async () => {
    expect(await edges(makeFolder(LAYERS))).toEqual([
      ['report', 'tools', 'implicit'],
      ['tools', 'py', 'implicit'],
    ]);
  });

  it('are found by root, also where a project.json gives another name', async () => {
    const renamed = (name: string) => (name === 'tools' ? 'my-tools' : name);
    expect(await edges(new LockedStack().root, renamed)).toEqual([
      ['my-tools', 'cpython-3.12', 'implicit'],
      ['report', 'my-tools', 'implicit'],
    ]);
  });

  it('are there for each of several layers of one file on the same one', async () => {
    const application = (name: string) =>
      `[[applications]]\nname = "${name}"\nframeworks = ["tools"]\nrequirements = []\nlaunch_module = "report.py"\n`;
    const root = makeFolder({ 'venvstacks.toml': STACK + application('two'), 'report.py': '', 'helpers/a.py': '' });
    expect(await edges(root)).toEqual([
      ['tools', 'cpython-3.12', 'implicit'],
      ['report', 'tools', 'implicit'],
      ['two', 'tools', 'implicit'],
    ]);
  });

  const contextOf = (root: string, configurations: Record<string, ProjectConfiguration>) => ({
    workspaceRoot: root,
    nxJsonConfiguration: {},
    projects: configurations,
    externalNodes: {},
    fileMap: { projectFileMap: {}, nonProjectFiles: [] },
    filesToProcess: { projectFileMap: {}, nonProjectFiles: [] },
  });

  it('leave out a layer that is no project', async () => {
    const root = makeFolder(LAYERS);
    const { report } = await projects(root);
    if (!report) throw new Error('there is no report');
    expect(await createDependencies({}, contextOf(root, { report }))).toEqual([]);
  });

  it('are those of the graph, whatever was read in this process since', async () => {
    const [other, root] = [makeFolder(LAYERS), makeFolder(LAYERS)];
    const configurations = await projects(root);
    // Another entry of the plugin, or another workspace.
    await nodes(root, {}, ['libs/py/layer.toml']);
    await projects(other);
    expect(await createDependencies({}, contextOf(root, configurations))).toHaveLength(2);
  });
});
