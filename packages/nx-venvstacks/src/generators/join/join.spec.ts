import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Judge } from '../../lock';
import { readStackFile } from '../../stack';
import { withoutUserVariables } from '../../testing/environment';
import { makeFolder, writeFiles } from '../../testing/folder';
import { commitAll } from '../../testing/git';
import { LockedStack } from '../../testing/locked-stack';
import { factsOf, listing } from '../../testing/moves';
import { lines } from '../../testing/stack';
import { generate, refusal } from '../../testing/tree';
import split from '../split/split';
import join_ from './join';

withoutUserVariables();

const read = (...path: string[]) => readFileSync(join(...path), 'utf8');
const runtime = (name?: string) =>
  lines(
    '[runtime]',
    ...(name === undefined ? [] : [`name = "${name}"`]),
    'python_implementation = "cpython@3.12.7"',
    'requirements = ["six"]',
  );
const TOOLS = lines('[framework]', 'name = "tools"', 'runtime = "py"', 'requirements = ["attrs"]', 'versioned = true');
const REPORT = lines(
  '[application]',
  'frameworks = ["tools"]',
  'versioned = true',
  'launch_module = "report.py"',
  'support_modules = ["../helpers"]',
  'requirements = ["idna"]',
);
const LAYERS = {
  'nx.json': '{}',
  '.gitignore': '/dist\n',
  '.nxignore': '/dist\n',
  'layers/py/layer.toml': runtime(),
  'layers/tools/layer.toml': TOOLS,
  'layers/report/layer.toml': REPORT,
  'layers/report/report.py': '',
  'layers/helpers/__init__.py': '',
};
const ENV_NAMES = ['py', 'framework-tools', 'app-report'];

const locked = (files: Record<string, string> = {}) =>
  new LockedStack({}, makeFolder({ ...LAYERS, ...files })).lockAll({ number: 3 });

/** Joins layers into `stack`. */
async function joinLayers(files: Record<string, string>) {
  const root = makeFolder({ 'nx.json': '{}', ...files });
  const { output } = await generate(root, join_, { directory: join(root, 'stack') });
  return { root, output, text: read(root, 'stack/venvstacks.toml') };
}

describe('the text of a venvstacks.toml', () => {
  it('has the layers in their order, with comments, quotes and sub-tables, and the names that were left out', async () => {
    const { text, output, root } = await joinLayers({
      'a/app/layer.toml': lines(
        '# the app',
        '[application.package_indexes]',
        '# by itself',
        '',
        '# its table',
        '[application] # inline',
        "frameworks = ['upper'] # stands on",
        "launch_module = './main.py'",
        'requirements = [',
        "  'idna', # names",
        ']',
        '# the end',
      ),
      'a/app/main.py': '',
      'b/upper/layer.toml': lines('[framework]', 'frameworks = ["lower"]', 'requirements = []', '', '# last words'),
      'z/lower/layer.toml': lines('', '', '[framework]', 'name = "lower"', "runtime = 'py'", 'requirements = []'),
      'z/py/layer.toml': runtime(),
    });
    expect(text).toBe(
      lines(
        '[[runtimes]]',
        'name = "py"',
        'python_implementation = "cpython@3.12.7"',
        'requirements = ["six"]',
        '',
        '[[frameworks]]',
        'name = "lower"',
        "runtime = 'py'",
        'requirements = []',
        '',
        '[[frameworks]]',
        'name = "upper"',
        'frameworks = ["lower"]',
        'requirements = []',
        '',
        '# last words',
        '',
        '# its table',
        '[[applications]] # inline',
        'name = "app"',
        "frameworks = ['upper'] # stands on",
        "launch_module = '../a/app/main.py'",
        'requirements = [',
        "  'idna', # names",
        ']',
        '# the end',
        '',
        '# the app',
        '[applications.package_indexes]',
        '# by itself',
      ),
    );
    expect(listing(root)).toEqual(['a/app/main.py', 'nx.json', 'stack/venvstacks.toml']);
    expect(output).toBe(
      '4 layers are now in stack/venvstacks.toml. No pin and no number changed.\n' +
        'As stale as before: py, framework-lower, framework-upper, app-app. Lock them: npx nx run-many -t lock\n',
    );
  });

  it('has the requirements of a script, which venvstacks does not read', async () => {
    const { text } = await joinLayers({
      'py/layer.toml': runtime(),
      'one/layer.toml': lines('[application] # script', 'runtime = "py"', 'launch_module = "one.py"'),
      'one/one.py': '# /// script\n# dependencies = ["Six >=1.16 , <2", "idna; python_version > \'3\'"]\n# ///\n',
    });
    expect(text).toContain(
      lines(
        '[[applications]] # script',
        'name = "one"',
        `requirements = [ "Six<2,>=1.16", "idna; python_version > \\"3\\"" ]`,
        'runtime = "py"',
        'launch_module = "../one/one.py"',
      ),
    );
  });

  it.each([
    ['\r\n', '\r\n', '\r\n'],
    ['\n', '\n', '\n'],
    ['\r\n', '\n', '\n'],
  ])('has one kind of line end: %j and %j give %j', async (first, second, expected) => {
    const { text } = await joinLayers({
      'py/layer.toml': runtime().replaceAll('\n', first),
      'other/layer.toml': `# other\n${runtime()}`.replaceAll('\n', second),
    });
    expect(text.split(expected).length).toBe(text.split('\n').length);
    expect(text.includes('\r')).toBe(expected === '\r\n');
  });

  it('is written anew for a table that was written inline, and the comments that find no place are named', async () => {
    const { text, output } = await joinLayers({
      'py/layer.toml': '# short\nruntime = { python_implementation = "cpython@3.12.7", requirements = [] }\n',
      'old/layer.toml': `# long\n${runtime()}`,
    });
    expect(text).toBe(
      `# long\n${runtime('old').replace('[runtime]', '[[runtimes]]')}\n` +
        lines('[[runtimes]]', 'name = "py"', 'requirements = []', 'python_implementation = "cpython@3.12.7"'),
    );
    expect(output).toContain('Comments that found no place:\n    # short\n');
  });
});

describe('locks', () => {
  it.each(['.', 'stack', 'layers', 'layers/py'])('move with their layers into %s, and back', async (directory) => {
    const stack = locked();
    const [before, files] = [factsOf(stack.root), listing(stack.root)];
    const { lineage } = stack.record('app-report');

    const { output } = await generate(stack.root, join_, { directory: stack.path(directory) });

    expect(output).toBe(`3 layers are now in ${join(directory, 'venvstacks.toml')}. No pin and no number changed.\n`);
    expect(factsOf(stack.root)).toEqual(before);
    const folder = directory === '.' ? '' : `${directory}/`;
    expect(listing(stack.root)).toEqual(
      [
        ...files.filter((path) => !/layer\.toml$|requirements\//.test(path)),
        `${folder}venvstacks.toml`,
        ...ENV_NAMES.flatMap((envName) =>
          [
            `packages-${envName}.txt`,
            `pylock.${envName}.meta.json`,
            `pylock.${envName}.toml`,
            `requirements-${envName}.in`,
            'uv.lock',
          ].map((name) => `${folder}requirements/${envName}/${name}`),
        ),
      ].sort(),
    );

    await generate(stack.root, split, { stack: stack.path(directory), directory: stack.path('again') });
    expect(factsOf(stack.root)).toEqual(before);
    expect(stack.record('app-report').lineage).toBe(lineage);
  });

  it('that read differently in their new place are no results of the run that wrote them', async () => {
    const stack = locked({ 'venvstacks.uv.toml': 'find-links = ["./wheels"]\n' });
    const { lineage } = stack.record('app-report');
    await generate(stack.root, join_, { directory: stack.path('deep/stack') });
    expect(stack.record('app-report').lineage).not.toBe(lineage);
  });

  it('move out of the root of the workspace', async () => {
    const stack = new LockedStack({}, makeFolder({ 'nx.json': '{}', 'layer.toml': runtime('py') })).lockAll();
    const before = factsOf(stack.root);
    await generate(stack.root, join_, { directory: stack.root });
    expect(factsOf(stack.root)).toEqual(before);
    expect(listing(stack.path('requirements'))).toHaveLength(5);
    expect(existsSync(stack.path('requirements/py/uv.lock'))).toBe(true);
  });

  it('stay stale for the same reasons', async () => {
    const stack = locked();
    stack.edit('layers/tools/layer.toml', '"attrs"', '"attrs", "cattrs"');
    const before = ENV_NAMES.map((each) => stack.reasons(each));
    const { output } = await generate(stack.root, join_, { directory: stack.path('stack') });
    expect(ENV_NAMES.map((each) => stack.reasons(each))).toEqual(before);
    expect(output).toContain('As stale as before: framework-tools, app-report. Lock');
  });

  it('are not written over files that are there; others stay', async () => {
    const stack = locked({
      'requirements/mine.txt': 'mine',
      'requirements/app-report/pylock.app-report.toml': 'other',
    });
    expect(await refusal(stack.root, join_, { directory: stack.root })).toBe(
      'requirements/app-report/pylock.app-report.toml is there already\n  Choose another folder.',
    );
    stack.remove('requirements/app-report');
    await generate(stack.root, join_, { directory: stack.root });
    expect(stack.read('requirements/mine.txt')).toBe('mine');
  });

  it('are not taken out of the sight of git', async () => {
    const stack = locked({ '.gitignore': '/stack/requirements\n' });
    commitAll(stack.root);
    expect(await refusal(stack.root, join_, { directory: stack.path('stack') })).toContain(
      'py: git would ignore stack/requirements/py/pylock.py.toml, and does not ignore layers/py/requirements/pylock.py.toml\n',
    );
  });
});

describe("uv's configuration", () => {
  const UV = '# ours\nfind-links = ["./wheels"]\n';

  it('goes along', async () => {
    const { root } = await joinLayers({ 'py/layer.toml': runtime(), 'venvstacks.uv.toml': UV });
    expect(listing(root)).toEqual(['nx.json', 'stack/venvstacks.toml', 'stack/venvstacks.uv.toml']);
    expect(read(root, 'stack/venvstacks.uv.toml')).toBe('# ours\nfind-links = ["../wheels"]\n');
  });

  it('stays where a stack at the root uses it', async () => {
    const root = makeFolder({
      'py/layer.toml': runtime(),
      'venvstacks.uv.toml': UV,
      'venvstacks.toml': runtime('other').replace('[runtime]', '[[runtimes]]'),
    });
    const before = factsOf(root);
    await generate(root, join_, { directory: join(root, 'stack') });
    expect(read(root, 'venvstacks.uv.toml')).toBe(UV);
    expect(factsOf(root)).toEqual(before);
  });

  it('stays in the stack at the root', async () => {
    const root = makeFolder({ 'py/layer.toml': runtime(), 'venvstacks.uv.toml': UV });
    await generate(root, join_, { directory: root });
    expect(read(root, 'venvstacks.uv.toml')).toBe(UV);
  });

  it.each([
    ['with one at the root', { 'venvstacks.uv.toml': UV }],
    ['without', {}],
  ])('is refused where another is in the way, %s', async (_, files) => {
    const root = makeFolder({ 'py/layer.toml': runtime(), 'stack/venvstacks.uv.toml': UV, ...files });
    expect(await refusal(root, join_, { directory: join(root, 'stack') })).toBe(
      'stack/venvstacks.uv.toml is there already\n  It would apply to the joined stack: remove it, or choose another folder.',
    );
  });
});

describe('a copy', () => {
  const copy = (stack: LockedStack) => generate(stack.root, join_, { directory: stack.path('dist/stack'), keep: true });
  const stateOf = (stack: LockedStack) => {
    const judge = new Judge({});
    const { layers, problems } = readStackFile(stack.path('dist/stack/venvstacks.toml'), {});
    expect(problems).toEqual([]);
    return Object.fromEntries(layers.map((layer) => [layer.envName, judge.judge(layer).reasons]));
  };

  it('is valid, and leaves everything else as it was', async () => {
    const stack = locked({ 'venvstacks.uv.toml': 'find-links = ["./wheels"]\n' });
    commitAll(stack.root);
    const before = listing(stack.root).map((path) => [path, stack.read(path)]);
    const lineages = ENV_NAMES.map((each) => stack.record(each).lineage);

    const { output } = await copy(stack);

    expect(output).toBe('3 layers are copied to dist/stack/venvstacks.toml. No pin and no number changed.\n');
    expect(stateOf(stack)).toEqual({ py: [], 'framework-tools': [], 'app-report': [] });
    expect(before.map(([path = '']) => [path, stack.read(path)])).toEqual(before);
    expect(stack.read('dist/stack/venvstacks.toml')).toMatch(
      /^# Joined by nx-venvstacks from the layer\.toml files of this workspace: edit those, and join again\.\n\n\[\[runtimes\]\]\n/,
    );
    expect(stack.read('dist/stack/venvstacks.uv.toml')).toBe('find-links = ["../../wheels"]\n');
    const copied = ENV_NAMES.map(
      (each) =>
        (JSON.parse(stack.read(`dist/stack/requirements/${each}/pylock.${each}.meta.json`)) as { lineage: string })
          .lineage,
    );
    expect(copied).toEqual(lineages);
  });

  it('is made anew: nothing changes if nothing has, layers that went are gone, what others put there stays', async () => {
    const stack = locked({ 'venvstacks.uv.toml': 'no-index = true\n' });
    await copy(stack);
    expect((await copy(stack)).changes).toEqual([]);

    stack.write('dist/stack/_build/app-report/bin', 'built');
    stack.write('dist/stack/requirements/app-report/notes.txt', 'mine');
    stack.remove('layers/report');
    stack.remove('venvstacks.uv.toml');
    stack.edit('layers/tools/layer.toml', '[framework]', '# new\n[framework]');
    await copy(stack);

    expect(listing(stack.path('dist/stack')).filter((path) => !/\/(py|framework-tools)\//.test(path))).toEqual([
      '_build/app-report/bin',
      'requirements/app-report/notes.txt',
      'venvstacks.toml',
    ]);
    expect(stack.read('dist/stack/venvstacks.toml')).toContain('# new\n[[frameworks]]');
    expect(stateOf(stack)).toHaveProperty('framework-tools');
  });

  it('takes the place of a former one that does not load any more', async () => {
    const stack = locked();
    await copy(stack);
    stack.write('dist/stack/venvstacks.toml', `${stack.read('dist/stack/venvstacks.toml')}[[[\n`);
    await copy(stack);
    expect(stateOf(stack)).toEqual({ py: [], 'framework-tools': [], 'app-report': [] });
  });

  it('is refused where Nx would see it, with what makes it possible', async () => {
    const stack = locked();
    stack.write('.gitignore', 'node_modules\n');
    expect(await refusal(stack.root, join_, { directory: stack.path('stack'), keep: true })).toBe(
      'stack/venvstacks.toml would be a second stack of the same layers\n' +
        '  Write its folder into .gitignore, or choose one that .gitignore or .nxignore leaves out already; or leave --keep away: then the layer.toml files go.',
    );
    stack.write('.gitignore', 'node_modules\nstack\n');
    const { output } = await generate(stack.root, join_, { directory: stack.path('stack'), keep: true });
    expect(output).toContain('3 layers are copied to stack/venvstacks.toml.');
  });

  it.each([
    ['a venvstacks.toml', 'dist/stack/venvstacks.toml'],
    ['a file of a lock', 'dist/stack/requirements/py/uv.lock'],
  ])('is not written over %s that is no part of a copy', async (_, path) => {
    const stack = locked({ [path]: '# mine\n', 'dist/stack/requirements/mine.txt': '' });
    commitAll(stack.root);
    expect(await refusal(stack.root, join_, { directory: stack.path('dist/stack'), keep: true })).toBe(
      `${path} is there already\n  Choose another folder.`,
    );
  });

  it('leaves what else is in its folder alone, the first time, too', async () => {
    const stack = locked({ 'dist/stack/requirements/mine.txt': 'mine' });
    commitAll(stack.root);
    await copy(stack);
    expect(stack.read('dist/stack/requirements/mine.txt')).toBe('mine');
  });
});

describe('refusals', () => {
  const workspace = (files: Record<string, string> = {}) =>
    makeFolder({ 'nx.json': '{}', 'py/layer.toml': runtime(), ...files });
  const refused = async (root: string, directory: string) => refusal(root, join_, { directory: join(root, directory) });

  it('are of a folder that cannot be the place', async () => {
    const root = workspace({
      '.nxignore': 'dist\n',
      'old/venvstacks.toml': runtime('old').replace('[runtime]', '[[runtimes]]'),
    });
    expect(await refused(root, '../stack')).toBe(
      '../stack is outside of the workspace\n  Choose a folder of the workspace.',
    );
    expect(await refused(root, 'nx.json')).toBe('nx.json is a file, not a folder\n  Choose another folder.');
    expect(await refused(root, 'dist')).toBe(
      'dist/venvstacks.toml would be left out by .gitignore or .nxignore\n  Choose another folder: layers that Nx does not see are no projects.',
    );
    expect(await refused(root, 'old')).toBe('old/venvstacks.toml is there already\n  Choose another folder.');
  });

  it('are of a workspace without layer.toml', async () => {
    expect(await refused(makeFolder({ 'nx.json': '{}' }), '.')).toBe(
      'there is no layer.toml in this workspace\n  Layers of a venvstacks.toml are joined already.',
    );
  });

  it('are of broken layers', async () => {
    expect(
      await refused(workspace({ 'py/layer.toml': runtime().replace('requirements', 'requirement') }), 'stack'),
    ).toBe("py/layer.toml:3:1: runtime py: requirement: unknown field\n  Did you mean 'requirements'?");
  });

  it('are of a folder inside of a module, and of a layer inside of one', async () => {
    const app = (module: string) =>
      lines('[application]', 'name = "one"', 'runtime = "py"', `launch_module = "${module}"`, 'requirements = []');
    const hint = '  Choose another folder, or give the sources of the module a folder of their own first.';
    expect(await refused(workspace({ 'one/layer.toml': app('code'), 'one/code/a.py': '' }), 'one/code/stack')).toBe(
      `app-one: one/code/stack/venvstacks.toml lies in the module 'code', whose contents would change\n${hint}`,
    );
    expect(await refused(workspace({ 'one/layer.toml': app('../py'), 'py/a.py': '' }), 'stack')).toBe(
      `app-one: py/layer.toml lies in the module '../py', whose contents would change\n${hint}`,
    );
  });

  it('are of a git tree with changes', async () => {
    const root = workspace();
    commitAll(root);
    writeFiles(root, { 'new.py': '' });
    expect(await refused(root, 'stack')).toBe(
      'git has uncommitted changes:\n    new.py\n  Commit or stash them, so that this change can be looked at by itself; or pass --force.',
    );
    await generate(root, join_, { directory: join(root, 'stack'), force: true });
    expect(listing(root)).toContain('stack/venvstacks.toml');
  });

  it('are of files that cannot be read', async () => {
    const stack = locked();
    stack.remove('layers/py/requirements/uv.lock');
    mkdirSync(stack.path('layers/py/requirements/uv.lock'));
    expect(await refused(stack.root, 'stack')).toMatch(
      /^py: its uv\.lock cannot be read, and so cannot be moved: EISDIR/,
    );
  });
});
