import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withoutUserVariables } from '../../testing/environment';
import { makeFolder, writeFiles } from '../../testing/folder';
import { commitAll, git } from '../../testing/git';
import { LockedStack, STACK } from '../../testing/locked-stack';
import { factsOf, listing } from '../../testing/moves';
import { conflictOf, recordOf } from '../../testing/records';
import { lines } from '../../testing/stack';
import { generate, refusal } from '../../testing/tree';
import join_ from '../join/join';
import split from './split';

withoutUserVariables();

const read = (...path: string[]) => readFileSync(join(...path), 'utf8');
const PY = lines('[[runtimes]]', 'name = "py"', 'python_implementation = "cpython@3.12.7"', 'requirements = []');
const PY_LAYER = PY.replace('[[runtimes]]', '[runtime]');

/** Splits `stack/venvstacks.toml`. @returns the workspace, and what was printed */
async function splitStack(text: string, files: Record<string, string> = {}, directory?: string) {
  const root = makeFolder({ 'nx.json': '{}', 'stack/venvstacks.toml': text, ...files });
  const { output } = await generate(root, split, {
    stack: join(root, 'stack'),
    ...(directory === undefined ? {} : { directory: join(root, directory) }),
  });
  return { root, output, layer: (envName: string) => read(root, directory ?? 'stack', envName, 'layer.toml') };
}

describe('the text of a layer.toml', () => {
  it('keeps comments, quotes, the order of keys, arrays over several lines and sub-tables', async () => {
    const { layer, output, root } = await splitStack(
      lines(
        '# The company stack',
        '',
        '# Python for all',
        '[[runtimes]] # the only one',
        "python_implementation = 'cpython@3.12.7' # as on the servers",
        'name = "py"',
        'requirements = [',
        '    "six", # for old code',
        '    # nothing else',
        ']',
        '# belongs to py',
        '',
        '# belongs to base',
        '[[frameworks]]',
        "name = 'base'",
        '\'runtime\' = "py"',
        "requirements = ['attrs']",
        'package_indexes.attrs = "main"',
        '  # an indented one',
        '[[applications]]',
        'name = "report"',
        "launch_module = 'report.py'",
        'support_modules = [',
        "    './helpers/', # trailing slash",
        '    "../units.py",',
        ']',
        'frameworks = [ "base" ]',
        'requirements = []',
        '  [applications.package_indexes] # of its own',
        '  idna = "main"',
        '',
        '[[tool.uv.index]]',
        'name = "main"',
        'url = "https://main.invalid/simple"',
        '# the end',
      ),
      { 'stack/report.py': '', 'stack/helpers/a.py': '', 'units.py': '' },
    );

    expect(layer('py')).toBe(
      lines(
        '# The company stack',
        '',
        '# Python for all',
        '[runtime] # the only one',
        "python_implementation = 'cpython@3.12.7' # as on the servers",
        'name = "py"',
        'requirements = [',
        '    "six", # for old code',
        '    # nothing else',
        ']',
        '# belongs to py',
      ),
    );
    expect(layer('framework-base')).toBe(
      lines(
        '# belongs to base',
        '[framework]',
        "name = 'base'",
        '\'runtime\' = "py"',
        "requirements = ['attrs']",
        'package_indexes.attrs = "main"',
      ),
    );
    expect(layer('app-report')).toBe(
      lines(
        '  # an indented one',
        '[application]',
        'name = "report"',
        "launch_module = '../report.py'",
        'support_modules = [',
        "    '../helpers', # trailing slash",
        '    "../../units.py",',
        ']',
        'frameworks = [ "base" ]',
        'requirements = []',
        '',
        '  [application.package_indexes] # of its own',
        '  idna = "main"',
      ),
    );
    expect(read(root, 'venvstacks.uv.toml')).toBe(
      lines('[[index]]', 'name = "main"', 'url = "https://main.invalid/simple"', '# the end'),
    );
    expect(output).toBe(
      '3 layers are now in stack. No pin and no number changed.\nAs stale as before: py, framework-base, app-report. Lock them: npx nx run-many -t lock\n',
    );
    expect(listing(root)).toEqual([
      'nx.json',
      'stack/app-report/layer.toml',
      'stack/framework-base/layer.toml',
      'stack/helpers/a.py',
      'stack/py/layer.toml',
      'stack/report.py',
      'units.py',
      'venvstacks.uv.toml',
    ]);
  });

  it('keeps line ends', async () => {
    const { layer } = await splitStack(`# one\n${PY}# end\n`.replaceAll('\n', '\r\n'));
    expect(layer('py')).toBe(`# one\n${PY_LAYER}# end\n`.replaceAll('\n', '\r\n'));
  });

  it('gathers sub-tables that stand elsewhere, and is not led astray by what looks like a table', async () => {
    const { layer } = await splitStack(
      lines(
        '[[frameworks]]',
        'name = "base"',
        'runtime = "py"',
        'requirements = []',
        'dynlib_exclude = ["""',
        '[[runtimes]]',
        '# no comment""", "#"]',
        '[[runtimes]]',
        'name = "py"',
        'python_implementation = "cpython@3.12.7"',
        'requirements = []',
        '# where base gets it from',
        '[frameworks.package_indexes]',
        'torch = "gpu"',
        '[runtimes.index_overrides]',
        '[tool.uv]',
        'index = [{ name = "gpu", url = "https://gpu.invalid/simple" }]',
      ),
    );
    expect(layer('framework-base')).toBe(
      lines(
        '[framework]',
        'name = "base"',
        'runtime = "py"',
        'requirements = []',
        'dynlib_exclude = ["""',
        '[[runtimes]]',
        '# no comment""", "#"]',
        '',
        '# where base gets it from',
        '[framework.package_indexes]',
        'torch = "gpu"',
      ),
    );
    expect(layer('py')).toBe(`${PY_LAYER}\n[runtime.index_overrides]\n`);
  });

  it('is written anew for a table that was written inline, and the comments that find no place are named', async () => {
    const { layer, output } = await splitStack(
      lines(
        '# a list',
        'runtimes = [{ name = "py", python_implementation = "cpython@3.12.7", requirements = ["six"] }] # short',
        '# a table',
        '[[applications]]',
        'name = "one"',
        'runtime = "py"',
        'launch_module = "one.py"',
        'requirements = []',
      ),
      { 'stack/one.py': '' },
    );
    expect(layer('py')).toBe(
      lines('[runtime]', 'name = "py"', 'python_implementation = "cpython@3.12.7"', 'requirements = [ "six" ]'),
    );
    expect(layer('app-one')).toContain('# a table\n[application]\n');
    expect(output).toContain('Comments that found no place:\n    # a list\n    # short\n');
  });

  it('has the names of modules with quotes and other letters in the kind of quotes that can hold them', async () => {
    const { layer } = await splitStack(
      `${PY}${lines('[[applications]]', "name = 'ünï'", 'runtime = "py"', "launch_module = 'ünï.py'", 'support_modules = ["it\'s.py", """\\\n  b.py"""]', 'requirements = []')}`,
      { 'stack/ünï.py': '', "stack/it's.py": '', 'stack/b.py': '' },
    );
    expect(layer('app-ünï')).toContain(
      lines("launch_module = '../ünï.py'", 'support_modules = ["../it\'s.py", "../b.py"]'),
    );
  });

  it('names modules relative to a folder elsewhere', async () => {
    const application = lines(
      '[[applications]]',
      'name = "one"',
      'runtime = "py"',
      'launch_module = "./one.py"',
      'support_modules = ["../shared.py", "../app-one/inner.py"]',
      'requirements = []',
    );
    const files = { 'stack/one.py': '', 'shared.py': '', 'app-one/inner.py': '' };
    const { root, layer } = await splitStack(PY + application, files, '.');
    expect(layer('app-one')).toContain(
      lines('launch_module = "../stack/one.py"', 'support_modules = ["../shared.py", "inner.py"]'),
    );
    expect(factsOf(root)).toHaveProperty('app-one');
  });

  it('leaves requirements out where a script lists them', async () => {
    const script = '# /// script\n# dependencies = ["six"]\n# ///\n';
    const { root, layer } = await splitStack(
      `${PY}${lines('[[applications]]', 'name = "one"', 'runtime = "py"', 'launch_module = "one.py"')}`,
      { 'stack/one.py': script },
    );
    expect(layer('app-one')).toBe(
      lines('[application]', 'name = "one"', 'runtime = "py"', 'launch_module = "../one.py"'),
    );
    expect(read(root, 'stack/one.py')).toBe(script);
  });
});

describe("uv's configuration", () => {
  const uvText = async (text: string, files: Record<string, string> = {}) => {
    const { root, output } = await splitStack(`${PY}${text}`, files);
    expect(listing(root).filter((path) => path.endsWith('.uv.toml'))).toEqual(['venvstacks.uv.toml']);
    return { text: read(root, 'venvstacks.uv.toml'), output };
  };

  it('moves to the root with its comments, sub-tables and local addresses', async () => {
    const { text } = await uvText(
      lines(
        '# everyone',
        '[[tool.uv.index]] # first',
        'name = "local"',
        "url = './simple' # ours",
        'explicit = true',
        '[tool.uv] # main',
        '# a date',
        'exclude-newer = "2026-01-01"',
        'find-links = [',
        '  "wheels", # beside',
        "  '../other/',",
        '  "file:./more",',
        '  "file:///opt/wheels",',
        '  "/opt/wheels",',
        '  "https://files.invalid/links",',
        ']',
        '[tool.uv.sources]',
        'six = { index = "local" }',
      ),
    );
    expect(text).toBe(
      lines(
        ' # main',
        '# a date',
        'exclude-newer = "2026-01-01"',
        'find-links = [',
        '  "./stack/wheels", # beside',
        "  './other',",
        '  "file:./stack/more",',
        '  "file:///opt/wheels",',
        '  "/opt/wheels",',
        '  "https://files.invalid/links",',
        ']',
        '',
        '# everyone',
        '[[index]] # first',
        'name = "local"',
        "url = './stack/simple' # ours",
        'explicit = true',
        '',
        '[sources]',
        'six = { index = "local" }',
      ),
    );
  });

  it('moves also if it is written inline or with dotted keys', async () => {
    expect((await uvText('[tool]\nuv = { exclude-newer = "2026-01-01" }\n')).text).toBe(
      'exclude-newer = "2026-01-01"\n',
    );
    expect((await uvText('[tool]\nuv.exclude-newer = "2026-01-01"\n')).text).toBe('exclude-newer = "2026-01-01"\n');
  });

  it('moves from the file beside the stack', async () => {
    const { text } = await uvText('', { 'stack/venvstacks.uv.toml': '# ours\r\nfind-links = ["./wheels"]\r\n' });
    expect(text).toBe('# ours\r\nfind-links = ["./stack/wheels"]\r\n');
  });

  it('takes the place of a file that it overrode, and says so', async () => {
    const { text, output } = await uvText('[tool.uv]\nno-index = true\n', {
      'stack/venvstacks.uv.toml': '# never read\nprerelease = "allow"\n',
    });
    expect(text).toBe('no-index = true\n');
    expect(output).toContain('stack/venvstacks.uv.toml, which [tool.uv] overrode, gave way to it.\n');
  });

  it('gives way to one at the root that says the same, whose comments stay', async () => {
    const root = '# ours\nfind-links = ["stack/wheels"]\nno-index = true\n';
    const { text, output } = await uvText('[tool.uv]\nno-index = true # quick\nfind-links = ["./wheels"]\n', {
      'venvstacks.uv.toml': root,
    });
    expect(text).toBe(root);
    expect(output).toContain('Comments that found no place:\n    # quick\n');
  });

  it('stays at the root, if layer.toml files share it with a stack there that says the same', async () => {
    const root = makeFolder({
      'venvstacks.toml': `${PY}[tool.uv]\nno-index = true\n`,
      'venvstacks.uv.toml': '# shared\nno-index = true\n',
      'old/layer.toml': PY_LAYER.replace('"py"', '"old"'),
    });
    await generate(root, split, { stack: root });
    expect(read(root, 'venvstacks.uv.toml')).toBe('# shared\nno-index = true\n');
  });

  it.each([
    [
      'one at the root says something else',
      '[tool.uv]\nno-index = true\n',
      { 'venvstacks.uv.toml': 'no-index = false\n' },
      'py: another uv configuration would apply to it\n  Here: stack/venvstacks.toml. There: venvstacks.uv.toml. Make them say the same first.',
    ],
    [
      'there is one at the root, and none here',
      '',
      { 'venvstacks.uv.toml': 'no-index = true\n' },
      'py: another uv configuration would apply to it\n  Here: none. There: venvstacks.uv.toml. Make them say the same first.',
    ],
    [
      'layer.toml files have none',
      '[tool.uv]\nno-index = true\n',
      { 'old/layer.toml': PY_LAYER.replace('"py"', '"old"') },
      'old: another uv configuration would apply to it\n  Here: none. There: venvstacks.uv.toml. Make them say the same first.',
    ],
    [
      'a stack at the root has none',
      '[tool.uv]\nno-index = true\n',
      { 'venvstacks.toml': PY.replace('"py"', '"old"') },
      'old: another uv configuration would apply to it\n  Here: none. There: venvstacks.uv.toml. Make them say the same first.',
    ],
  ])('is refused where %s', async (_, text, files, message) => {
    const root = makeFolder({ 'stack/venvstacks.toml': PY + text, ...files });
    expect(await refusal(root, split, { stack: join(root, 'stack') })).toBe(message);
  });
});

describe('locks', () => {
  /** A locked stack in `stack` of a workspace. */
  const lockedStack = (files: Record<string, string> = {}) => {
    const root = makeFolder({
      'nx.json': '{}',
      'stack/venvstacks.toml': STACK,
      'stack/report.py': "print('report')\n",
      'stack/helpers/__init__.py': '',
      ...files,
    });
    return new LockedStack({}, root).lockAll({ number: 4 });
  };
  const options = ({ root }: LockedStack) => ({ stack: join(root, 'stack'), directory: join(root, 'layers') });

  it('move with their layers; what else is in their folders stays', async () => {
    const stack = lockedStack({ 'stack/requirements/app-report/notes.txt': 'mine', 'stack/requirements/README': '' });
    const before = factsOf(stack.root);
    const records = ['cpython-3.12', 'framework-tools', 'app-report'].map((each) => stack.record(each));

    const { output } = await generate(stack.root, split, options(stack));

    expect(factsOf(stack.root)).toEqual(before);
    expect(['cpython-3.12', 'framework-tools', 'app-report'].map((each) => stack.record(each))).toEqual(records);
    expect(output).toBe('3 layers are now in layers. No pin and no number changed.\n');
    expect(listing(stack.path('stack'))).toEqual([
      'helpers/__init__.py',
      'report.py',
      'requirements/README',
      'requirements/app-report/notes.txt',
    ]);
    expect(listing(stack.path('layers/app-report'))).toEqual([
      'layer.toml',
      'requirements/packages-app-report.txt',
      'requirements/pylock.app-report.meta.json',
      'requirements/pylock.app-report.toml',
      'requirements/requirements-app-report.in',
      'requirements/uv.lock',
    ]);
  });

  it('may move into the folders that held them', async () => {
    const stack = lockedStack();
    const before = factsOf(stack.root);
    await generate(stack.root, split, { stack: stack.path('stack'), directory: stack.path('stack/requirements') });
    expect(factsOf(stack.root)).toEqual(before);
    expect(listing(stack.path('stack/requirements/cpython-3.12'))).toHaveLength(6);
  });

  it.each<[string, (stack: LockedStack) => void]>([
    ['a module was edited', (stack) => stack.write('stack/report.py', 'print(1)\n')],
    ['a requirement was added', (stack) => stack.edit('stack/venvstacks.toml', '["attrs"]', '["attrs", "cattrs"]')],
    ['the lock was edited', (stack) => writeFileSync(stack.files('framework-tools').lock, 'lock-version = "1.0"\n')],
    [
      'its lines end otherwise',
      (stack) => {
        const { lock } = stack.files('app-report');
        writeFileSync(lock, readFileSync(lock, 'utf8').replaceAll('\n', '\r\n'));
      },
    ],
    ['the uv.lock is gone', (stack) => stack.remove('stack/requirements/app-report/uv.lock')],
    [
      'the record is gone',
      (stack) => stack.remove('stack/requirements/framework-tools/pylock.framework-tools.meta.json'),
    ],
    [
      'the record was edited',
      (stack) => {
        const { record } = stack.files('app-report');
        writeFileSync(record, readFileSync(record, 'utf8').replace('"lock_version": 4', '"lock_version": 9'));
      },
    ],
    [
      'the record has conflict markers',
      (stack) => {
        const record = stack.record('app-report');
        writeFileSync(stack.files('app-report').record, conflictOf(record, { ...record, lineage: 'other' }));
      },
    ],
    [
      'the record is from a later version',
      (stack) => {
        writeFileSync(stack.files('app-report').record, JSON.stringify({ ...recordOf(), format: 99 }));
      },
    ],
    [
      'the record is no UTF-8',
      (stack) => {
        writeFileSync(stack.files('app-report').record, Buffer.from([0xff, 0xfe, 0x7b]));
      },
    ],
  ])('stay stale for the same reasons: %s', async (_, change) => {
    const stack = lockedStack();
    change(stack);
    const envNames = ['cpython-3.12', 'framework-tools', 'app-report'];
    const reasons = () => envNames.map((each) => stack.reasons(each));
    const bytes = () =>
      envNames
        .flatMap((each) => Object.values(stack.files(each)) as string[])
        .map((file) => (existsSync(file) ? readFileSync(file) : null));
    const [before, files] = [reasons(), bytes()];
    expect(before.flat()).not.toEqual([]);

    const { output } = await generate(stack.root, split, options(stack));

    expect(reasons()).toEqual(before);
    expect(bytes()).toEqual(files);
    const stale = envNames.filter((__, index) => before[index]?.length);
    expect(output).toContain(`As stale as before: ${stale.join(', ')}. Lock them: npx nx run-many -t lock\n`);
  });

  it.each([
    ['pin', 'As stale as before: py. Lock them: npx nx run-many -t pin\n'],
    [false, 'As stale as before: py.\n'],
  ])('are to be locked by the target that the plugin’s options name: %s', async (lockTargetName, expected) => {
    const plugin = { plugin: 'nx-venvstacks', options: { lockTargetName } };
    const { output } = await splitStack(PY, { 'nx.json': JSON.stringify({ plugins: [plugin] }) });
    expect(output.split('No pin and no number changed.\n')[1]).toBe(expected);
  });

  it('cannot move where one of them cannot be read', async () => {
    const stack = lockedStack();
    stack.remove('stack/requirements/app-report/uv.lock');
    mkdirSync(stack.path('stack/requirements/app-report/uv.lock'));
    expect(await refusal(stack.root, split, options(stack))).toMatch(
      /^app-report: its uv\.lock cannot be read, and so cannot be moved: EISDIR/,
    );
  });

  it('are none of a layer without platforms', async () => {
    const root = makeFolder({ 'venvstacks.toml': `${PY}platforms = []\n` });
    const { output } = await generate(root, split, { stack: root });
    expect(output).toBe('1 layer is now in the root of the workspace. No pin and no number changed.\n');
    expect(listing(root)).toEqual(['py/layer.toml']);
  });

  it('are not taken out of the sight of git', async () => {
    const stack = lockedStack({ '.gitignore': '/layers/*/requirements\n' });
    commitAll(stack.root);
    expect(await refusal(stack.root, split, options(stack))).toBe(
      'cpython-3.12: git would ignore layers/cpython-3.12/requirements/pylock.cpython-3_12.toml, and does not ignore stack/requirements/cpython-3.12/pylock.cpython-3_12.toml\n' +
        '  Choose another folder, or change .gitignore: numbers follow from committed records.',
    );
  });

  it('that git ignores move as others do', async () => {
    const stack = lockedStack({ '.gitignore': 'requirements\n' });
    commitAll(stack.root);
    const before = factsOf(stack.root);
    await generate(stack.root, split, options(stack));
    expect(factsOf(stack.root)).toEqual(before);
  });
});

describe('where from, where to', () => {
  afterEach(() => {
    delete process.env.INIT_CWD;
  });
  const workspace = (files: Record<string, string> = {}) =>
    makeFolder({ 'nx.json': '{}', 'some/stack/venvstacks.toml': PY, ...files });

  it('is relative to the folder that the user is in', async () => {
    const root = workspace();
    process.env.INIT_CWD = join(root, 'some');
    await generate(root, split, { stack: 'stack/venvstacks.toml', directory: 'layers' });
    expect(listing(root)).toEqual(['nx.json', 'some/layers/py/layer.toml']);
  });

  it('is relative to the workspace where the user is elsewhere', async () => {
    const root = workspace();
    process.env.INIT_CWD = makeFolder();
    await generate(root, split, { stack: 'some/stack' });
    expect(listing(root)).toEqual(['nx.json', 'some/stack/py/layer.toml']);
  });

  it('may be reached through links', async () => {
    const root = workspace();
    const link = join(makeFolder(), 'link');
    symlinkSync(root, link);
    process.env.INIT_CWD = join(link, 'some');
    await generate(link, split, { stack: join(root, 'some/stack'), directory: join(link, 'layers') });
    expect(listing(root)).toEqual(['layers/py/layer.toml', 'nx.json']);
  });

  it('is where a link leads to', async () => {
    const app = lines(
      '[[applications]]',
      'name = "one"',
      'runtime = "py"',
      'launch_module = "one.py"',
      'requirements = []',
    );
    const root = workspace({ 'some/stack/venvstacks.toml': PY + app, 'some/stack/one.py': '', 'a/b/c/.keep': '' });
    symlinkSync('some/stack', join(root, 'stack'));
    symlinkSync('a/b/c', join(root, 'layers'));
    await generate(root, split, { stack: join(root, 'stack'), directory: join(root, 'layers') });
    expect(read(root, 'a/b/c/app-one/layer.toml')).toContain('launch_module = "../../../../some/stack/one.py"\n');
    expect(factsOf(root)).toHaveProperty('app-one');
    expect(listing(root)).toContain('layers');
  });

  it.each([
    [['../outside'], ''],
    [[], 'As stale as before: app-report. Lock them: npx nx run-many -t lock\n'],
  ])('keeps locks of modules with links that lead where the option %j lets them', async (linkedFolders, stale) => {
    const top = makeFolder({ 'outside/b.py': '' });
    const root = join(top, 'ws');
    const plugins = [{ plugin: 'nx-venvstacks', options: { linkedFolders } }];
    writeFiles(root, { 'nx.json': JSON.stringify({ plugins }), 'stack/venvstacks.toml': STACK, 'stack/report.py': '' });
    writeFiles(root, { 'stack/helpers/a.py': '' });
    symlinkSync('../../../outside/b.py', join(root, 'stack/helpers/b.py'));
    new LockedStack({}, root).lockAll();
    commitAll(root);
    const { output } = await generate(root, split, { stack: join(root, 'stack') });
    expect(output).toContain(`No pin and no number changed.\n${stale}`);
    expect(output.includes('stale')).toBe(stale !== '');
  });

  it('is not outside of the workspace by way of a link', async () => {
    const root = workspace();
    symlinkSync(makeFolder(), join(root, 'layers'));
    expect(await refusal(root, split, { stack: join(root, 'some/stack'), directory: join(root, 'layers') })).toMatch(
      /^\.\.\/nx-venvstacks-\w+ is outside of the workspace\n/,
    );
  });

  it('may be a folder that has sources already', async () => {
    const root = workspace({ 'layers/py/README.md': 'mine' });
    await generate(root, split, { stack: join(root, 'some/stack'), directory: join(root, 'layers') });
    expect(listing(join(root, 'layers'))).toEqual(['py/README.md', 'py/layer.toml']);
  });

  it.each([
    [
      'a file that is not there',
      'none/venvstacks.toml',
      'none/venvstacks.toml does not exist\n  There is some/stack/venvstacks.toml.',
    ],
    ['a folder without', 'some', 'some/venvstacks.toml does not exist\n  There is some/stack/venvstacks.toml.'],
    ['another file', 'nx.json', 'nx.json is no venvstacks.toml\n  There is some/stack/venvstacks.toml.'],
    [
      'a file that Nx ignores',
      'dist/venvstacks.toml',
      'dist/venvstacks.toml is no stack of this workspace: Nx leaves it out, by .gitignore or .nxignore\n  There is some/stack/venvstacks.toml.',
    ],
    [
      'a file elsewhere',
      '../venvstacks.toml',
      '../venvstacks.toml does not exist\n  There is some/stack/venvstacks.toml.',
    ],
  ])('is refused: %s', async (_, stack, message) => {
    const root = workspace({ '.nxignore': 'dist\n', 'dist/venvstacks.toml': PY });
    expect(await refusal(root, split, { stack: join(root, stack) })).toBe(message);
  });

  it('says that there is none', async () => {
    const root = makeFolder();
    expect(await refusal(root, split, { stack: 'venvstacks.toml' })).toBe(
      'venvstacks.toml does not exist\n  There is no venvstacks.toml in this workspace.',
    );
  });

  it.each<[string, string, Record<string, string>, string]>([
    ['outside', '../layers', {}, '../layers is outside of the workspace\n  Choose a folder of the workspace.'],
    ['a file', 'nx.json', {}, 'nx.json is a file, not a folder\n  Choose another folder.'],
    ['below a file', 'nx.json/layers', {}, 'nx.json is a file, not a folder\n  Choose another folder.'],
    [
      'with a file in the way',
      'layers',
      { 'layers/py': '' },
      'layers/py is a file, not a folder\n  Choose another folder.',
    ],
    [
      'with a layer.toml',
      'layers',
      { 'layers/py/layer.toml': PY_LAYER.replace('py', 'x') },
      'layers/py/layer.toml is there already\n  Choose another folder.',
    ],
    [
      'with locks',
      'layers',
      { 'layers/py/requirements/x': '' },
      'layers/py/requirements is there already\n  Choose another folder.',
    ],
    [
      'that Nx ignores',
      'dist',
      { '.nxignore': 'dist\n' },
      'dist/py/layer.toml would be left out by .gitignore or .nxignore\n  Choose another folder: layers that Nx does not see are no projects.',
    ],
    [
      'that is never searched',
      'node_modules/x',
      {},
      'node_modules/x/py/layer.toml would not be found: nothing in node_modules is\n  Choose another folder: layers that Nx does not see are no projects.',
    ],
  ])('is refused: a folder %s', async (_, directory, files, message) => {
    const root = workspace(files);
    expect(await refusal(root, split, { stack: join(root, 'some/stack'), directory: join(root, directory) })).toBe(
      message,
    );
  });

  it('is refused inside of a module of any layer', async () => {
    const app = lines(
      '[[applications]]',
      'name = "one"',
      'runtime = "py"',
      'launch_module = "../app-one"',
      'requirements = []',
    );
    const files = { 'some/stack/venvstacks.toml': PY + app, 'some/app-one/main.py': '', 'other/code/a.py': '' };
    const other = PY.replace('"py"', '"other"') + app.replace('../app-one', 'code').replace('"py"', '"other"');
    const root = workspace({ ...files, 'other/venvstacks.toml': other });
    const hint = '  Choose another folder, or give the sources of the module a folder of their own first.';
    const stack = join(root, 'some/stack');
    expect(await refusal(root, split, { stack, directory: join(root, 'some') })).toBe(
      `app-one: some/app-one/layer.toml lies in the module '../app-one', whose contents would change\n${hint}`,
    );
    expect(await refusal(root, split, { stack, directory: join(root, 'other/code/layers') })).toBe(
      `app-one: other/code/layers/py/layer.toml lies in the module 'code', whose contents would change\n${hint}`,
    );
  });

  it('is refused where a module is that is known by a link', async () => {
    const app = lines(
      '[[applications]]',
      'name = "one"',
      'runtime = "py"',
      'launch_module = "code"',
      'requirements = []',
    );
    const root = workspace({ 'some/stack/venvstacks.toml': PY + app, 'src/a.py': '' });
    symlinkSync('../../src', join(root, 'some/stack/code'));
    expect(await refusal(root, split, { stack: join(root, 'some/stack'), directory: join(root, 'src/deep') })).toMatch(
      /^app-one: src\/deep\/py\/layer\.toml lies in the module 'code', whose contents would change\n/,
    );
  });

  it('is refused where a link is that leads nowhere', async () => {
    const root = workspace({ 'layers/py/README.md': '' });
    symlinkSync('nowhere', join(root, 'layers/py/layer.toml'));
    expect(await refusal(root, split, { stack: join(root, 'some/stack'), directory: join(root, 'layers') })).toBe(
      'layers/py/layer.toml is there already\n  Choose another folder.',
    );
  });

  it('is refused for a stack inside of a module of another layer', async () => {
    const root = workspace({
      'layer.toml': lines(
        '[application]',
        'name = "all"',
        'runtime = "other"',
        'launch_module = "some"',
        'requirements = []',
      ),
      'other/layer.toml': PY_LAYER.replace('"py"', '"other"'),
    });
    expect(await refusal(root, split, { stack: join(root, 'some/stack'), directory: join(root, 'layers') })).toBe(
      "app-all: some/stack/venvstacks.toml lies in the module 'some', whose contents would change\n" +
        '  Choose another folder, or give the sources of the module a folder of their own first.',
    );
  });
});

describe('a stack', () => {
  it.each([
    [
      'with problems',
      `${PY}frameworks = []\n`,
      {},
      'stack/venvstacks.toml:5:1: runtime py: frameworks: unknown field\n  It is a field of frameworks and applications.',
    ],
    [
      'without layers',
      '[tool.uv]\nno-index = true\n',
      {},
      'stack/venvstacks.toml declares no layer\n  Just remove it.',
    ],
    [
      'with a name that a layer.toml has',
      PY,
      { 'old/layer.toml': PY_LAYER },
      "py: old/layer.toml is a runtime 'py', too\n  All layer.toml files of a workspace are one stack: give one of the two another name first.",
    ],
    [
      'that would join broken layers',
      PY,
      { 'old/layer.toml': '[runtime]\nrequirements = []\n' },
      'The layers would join those of layer.toml files, which have problems:\nold/layer.toml:1:1: runtime old: python_implementation: is required\n  python_implementation = "cpython@X.Y.Z"',
    ],
    [
      'with a name that nearly is that of a layer.toml',
      PY,
      { 'old/layer.toml': PY_LAYER.replace('"py"', '"PY"') },
      "The layers would not be sound in files of their own:\nold/layer.toml:2:8: runtime PY: name: names must be distinct: 'PY' and runtime 'py' in ../stack/py/layer.toml differ only in case, or in '.' against '_', and their files would collide\n  Give one of them another name.\nstack/py/layer.toml:2:8: runtime py: name: names must be distinct: 'py' and runtime 'PY' in ../../old/layer.toml differ only in case, or in '.' against '_', and their files would collide\n  Give one of them another name.",
    ],
  ])('is refused: one %s', async (_, text, files, message) => {
    const root = makeFolder({ 'stack/venvstacks.toml': text, ...files });
    expect(await refusal(root, split, { stack: join(root, 'stack') })).toBe(message);
  });

  it('joins those that are in layer.toml files already; another stack that is broken does not matter', async () => {
    const root = makeFolder({
      'stack/venvstacks.toml': PY,
      'old/layer.toml': PY_LAYER.replace('"py"', '"old"'),
      'broken/venvstacks.toml': '[[runtimes]]\n',
    });
    await generate(root, split, { stack: join(root, 'stack') });
    expect(listing(root)).toEqual(['broken/venvstacks.toml', 'old/layer.toml', 'stack/py/layer.toml']);
  });
});

describe('a git tree with changes', () => {
  const dirty = () => {
    const root = makeFolder({ 'stack/venvstacks.toml': PY, 'a.txt': '1' });
    commitAll(root);
    writeFiles(root, { 'a.txt': '2', 'b c.txt': '', ...Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`n${n}`, ''])) });
    git(root, 'add', 'n1');
    return root;
  };

  it('is refused with what has changed', async () => {
    const root = dirty();
    expect(await refusal(root, split, { stack: join(root, 'stack') })).toBe(
      'git has uncommitted changes:\n    a.txt\n    n1\n    b c.txt\n    n2\n    n3\n    and 2 more\n' +
        '  Commit or stash them, so that this change can be looked at by itself; or pass --force.',
    );
  });

  it('is taken as it is with --force', async () => {
    const root = dirty();
    await generate(root, split, { stack: join(root, 'stack'), force: true });
    expect(listing(root)).toContain('stack/py/layer.toml');
  });

  it('is found also in a repository inside of the workspace', async () => {
    const root = makeFolder({ 'nx.json': '{}', '.gitignore': '', 'inner/venvstacks.toml': PY });
    commitAll(join(root, 'inner'));
    writeFiles(root, { '.gitignore': 'inner/.git\n' });
    commitAll(root);
    writeFiles(root, { 'inner/new.py': '' });
    expect(await refusal(root, split, { stack: join(root, 'inner') })).toContain('    new.py\n');
  });
});

it('is undone by join', async () => {
  const text = lines(
    '# top',
    '[[runtimes]] # py',
    'name = "py"',
    'python_implementation = "cpython@3.12.7"',
    'requirements = []',
  );
  const { root } = await splitStack(text);
  await generate(root, join_, { directory: join(root, 'stack') });
  expect(read(root, 'stack/venvstacks.toml')).toBe(text);
});
