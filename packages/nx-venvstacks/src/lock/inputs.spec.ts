import { mkdirSync } from 'node:fs';
import { posix, win32 } from 'node:path';
import { LockedStack, STACK } from '../testing/locked-stack';
import { canonicalJson } from './canonical-json';
import { portableText, type CurrentInputs } from './inputs';

const APP = 'app-report';

function inputsOf(stack: LockedStack, envName = APP, env = stack.env): CurrentInputs {
  const { inputs, obstacle } = stack.state(envName, env);
  if (!inputs) throw obstacle ?? new Error('no inputs');
  return inputs;
}
const withStack = (text: string, files: Record<string, string> = {}) =>
  new LockedStack({ 'venvstacks.toml': text, ...files });
const runtimeWith = (fields: string, rest = '') =>
  withStack(`[[runtimes]]
name = "cpython-3.12"
python_implementation = "cpython@3.12.7"
requirements = []
${fields}
${rest}`);
const runtimeInputs = (fields: string, rest = '') => inputsOf(runtimeWith(fields, rest), 'cpython-3.12');

describe('deployed contents', () => {
  it('of an application are its modules, its Python without patch release and the layers below by deployed name', () => {
    const stack = withStack(
      `${STACK.replace('support_modules = ["helpers"]', 'support_modules = ["lib/zeta.py", "helpers"]')}dynlib_exclude = ["libb*", "liba*", "libb*"]\n`,
      { 'lib/zeta.py': '' },
    ).lockAll({ number: 3 });
    expect(inputsOf(stack).contents).toEqual({
      env_name: APP,
      modules: [
        { role: 'launch', name: 'report', hash: expect.stringMatching(/^sha256:/) as string },
        { role: 'support', name: 'helpers', hash: expect.stringMatching(/^sha256\//) as string },
        { role: 'support', name: 'zeta', hash: expect.stringMatching(/^sha256:/) as string },
      ],
      python: 'cpython@3.12',
      linux_target: 'glibc@2.28',
      macosx_target: null,
      dynlib_exclude: ['liba*', 'libb*'],
      lower: ['framework-tools@3', 'cpython-3.12'],
    });
  });

  it('of a runtime are its full Python version', () => {
    expect(runtimeInputs('').contents).toMatchObject({ python: 'cpython@3.12.7', modules: [], lower: [] });
  });

  it('know a target only with a platform that it concerns, and by its meaning', () => {
    const targets = (fields: string) => {
      const { linux_target, macosx_target } = runtimeInputs(fields).contents;
      return [linux_target, macosx_target];
    };
    expect(targets('platforms = ["win_amd64"]\nlinux_target = "glibc@2.34"')).toEqual([null, null]);
    expect(targets('platforms = ["macosx_arm64"]\nmacosx_target = "14.0"')).toEqual([null, '14.0']);
    expect(targets('linux_target = "glibc"')).toEqual(targets('linux_target = "glibc@2.28"'));
  });

  it('do not know where a module lies', () => {
    const here = new LockedStack();
    const there = withStack(STACK.replace('report.py', 'src/report.py').replace('"helpers"', '"src/helpers"'), {
      'src/report.py': here.read('report.py'),
      'src/helpers/__init__.py': '',
    });
    expect(inputsOf(there).contents).toEqual(inputsOf(here).contents);
    expect(inputsOf(there).hashes).toEqual(inputsOf(here).hashes);
  });

  it('move with LF turned to CRLF in a module', () => {
    const stack = new LockedStack();
    const before = inputsOf(stack).contents.modules;
    stack.write('report.py', "print('report')\r\n");
    expect(inputsOf(stack).contents.modules).not.toEqual(before);
  });

  it('tell two trees apart that venvstacks hashes alike', () => {
    const tree = (path: string) => withStack(STACK, { 'helpers/a/f.py': 'F\n', [path]: 'G\n' });
    const [deep, flat] = [tree('helpers/a/b/g.py'), tree('helpers/b/g.py')].map((stack) => inputsOf(stack));
    expect(deep?.hashes).toEqual(flat?.hashes);
    expect(deep?.contents.modules).not.toEqual(flat?.contents.modules);
  });
});

describe('resolution inputs', () => {
  it('are normalised and sorted, with the lower layers’ pins in the order of constraints', () => {
    const stack = withStack(
      STACK.replace(
        'requirements = ["idna"]',
        'requirements = ["zipp>=3 , <4", "idna @ https://me:secret@files.invalid/idna.whl#sha256=aa"]',
      ),
    );
    stack.lock('cpython-3.12');
    stack.lock('framework-tools');
    expect(inputsOf(stack).resolution).toEqual({
      requirements: ['idna @ https://files.invalid/idna.whl#sha256=aa', 'zipp<4,>=3'],
      python: 'cpython@3.12.7',
      platforms: ['linux_x86_64', 'win_amd64'],
      cutoff: null,
      package_indexes: {},
      priority_indexes: [],
      uv: {},
      lower_pins: [
        ['cpython-3.12', stack.record('cpython-3.12').pins],
        ['framework-tools', stack.record('framework-tools').pins],
      ],
    });
  });

  it('hold the platforms sorted and once each', () => {
    const { platforms } = runtimeInputs('platforms = ["win_amd64", "linux_x86_64", "win_amd64"]').resolution;
    expect(platforms).toEqual(['linux_x86_64', 'win_amd64']);
  });

  const uv = (text: string, env: NodeJS.ProcessEnv = {}) => {
    const stack = runtimeWith('', text);
    return inputsOf(stack, 'cpython-3.12', { ...stack.env, ...env }).resolution.uv;
  };
  const INDEX = '[[tool.uv.index]]\nname = "extra"\nurl = "https://me:secret@extra.invalid/simple"\n';

  it('hold uv’s configuration by key, each value as a hash only', () => {
    const found = uv(`[tool.uv]\nresolution = "lowest"\n${INDEX}[[tool.uv.index]]\nurl = "https://b.invalid"\n`, {
      UV_INDEX_STRATEGY: 'first-index',
    });
    expect(Object.keys(found).sort()).toEqual(['env.UV_INDEX_STRATEGY', 'index.#2', 'index.extra', 'resolution']);
    for (const hash of Object.values(found)) expect(hash).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('do not move with credentials', () => {
    expect(uv(INDEX.replace('me:secret@', ''))).toEqual(uv(INDEX));
    expect(uv('', { UV_INDEX: 'a=https://u:p@a.invalid' })).toEqual(uv('', { UV_INDEX: 'a=https://a.invalid' }));
  });

  it('do not move with the layout of the configuration', () => {
    expect(uv('[tool.uv]\nindex = [{ url = "https://extra.invalid/simple", name = "extra" }]\n')).toEqual(uv(INDEX));
  });

  it('move with a value, with a variable and with the order of indexes', () => {
    const second = '[[tool.uv.index]]\nname = "b"\nurl = "https://b.invalid"\n';
    const all = [INDEX, INDEX.replace('extra.invalid', 'other.invalid'), INDEX + second, second + INDEX];
    const found = [...all.map((text) => uv(text)), uv(INDEX, { UV_NO_INDEX: '1' })].map((each) => canonicalJson(each));
    expect(new Set(found).size).toBe(found.length);
  });

  it('do not know an index that does not apply to the layer', () => {
    expect(uv(`${INDEX}explicit = true\n`)).toEqual({});
  });

  it('take local addresses relative to the stack, the same on every machine', () => {
    const located = () => {
      const stack = new LockedStack();
      stack.write('venvstacks.toml', `${STACK}[tool.uv]\nfind-links = ["${stack.path('wheels')}"]\n`);
      return inputsOf(stack).resolution.uv;
    };
    expect(located()).toEqual(located());
  });

  it('take an empty variable for none', () => {
    expect(uv('', { UV_INDEX: '', UV_EXCLUDE_NEWER: '' })).toEqual({});
  });
});

describe('a local address in an input', () => {
  it.each([
    ['/top/wheels', './../wheels'],
    ['file:///top/stack/a%20b', './a b'],
    ['./wheels', './wheels'],
    ['https://x.invalid/simple', 'https://x.invalid/simple'],
  ])('is the way from the stack: %p is %p', (text, expected) => {
    expect(portableText(text, '/top/stack', posix)).toBe(expected);
  });

  it.each([
    ['C:\\top\\wheels', './../wheels'],
    ['c:/Top/Wheels', './../Wheels'],
    ['file:///C:/top/stack/a%20b', './a b'],
    ['./wheels', './wheels'],
  ])('is the same on Windows: %p is %p', (text, expected) => {
    expect(portableText(text, 'C:\\top\\stack', win32)).toBe(expected);
  });

  it('is an error where there is no way, as to another drive', () => {
    expect(() => portableText('D:\\wheels', 'C:\\stack', win32)).toThrow(
      expect.objectContaining({
        code: 'configuration',
        message: "'D:\\wheels' lies on another drive than the stack",
      }) as Error,
    );
  });
});

describe('a module that cannot be hashed', () => {
  const obstacle = (stack: LockedStack) => stack.state(APP).obstacle?.report;

  it('because git ignores it is an error', () => {
    const stack = new LockedStack({ '.git/HEAD': 'ref: refs/heads/main\n', '.gitignore': 'report.py\n' });
    expect(obstacle(stack)).toBe(
      "app-report: git ignores the module 'report.py', so its edits would go unseen\n" +
        '  Take it out of .gitignore, or ship a module that is tracked.',
    );
  });

  it('because nothing in it would be shipped is an error', () => {
    const stack = new LockedStack({ '.git/HEAD': 'ref: refs/heads/main\n', '.gitignore': '__init__.py\n' });
    expect(obstacle(stack)).toBe(
      "app-report: the module 'helpers' has no file that would be shipped\n" +
        '  Add its sources, or take those that are there out of .gitignore.',
    );
  });

  it('because it lies in a repository inside of the repository is an error, unless that is a submodule', () => {
    const stack = new LockedStack({
      '.git/HEAD': '',
      '.gitignore': 'lib\n',
      'venvstacks.toml': STACK.replace('"helpers"', '"lib/tool.py"'),
      'lib/.git/HEAD': '',
      'lib/tool.py': '',
    });
    expect(obstacle(stack)).toBe(
      "app-report: the module 'lib/tool.py' lies in a repository of its own, which is no submodule\n" +
        '  No commit says what is in lib: add it by git submodule add, or move the module.',
    );
    stack.write('.gitmodules', '[submodule "lib"]\n\tpath = lib\n');
    expect(obstacle(stack)).toBeUndefined();
  });

  it('because its submodule is not checked out is an error that tells how to get it', () => {
    const stack = new LockedStack({
      '.git/HEAD': '',
      '.gitmodules': '[submodule "lib"]\n\tpath = "lib"\n',
      'venvstacks.toml': STACK.replace('"helpers"', '"lib"'),
    });
    mkdirSync(stack.path('lib'));
    expect(obstacle(stack)).toBe(
      "app-report: the module 'lib' has no file that would be shipped\n" +
        '  Its submodule is not checked out: git submodule update --init --recursive',
    );
  });

  it('because it lies outside of the repository is an error', () => {
    const stack = new LockedStack({ 'repo/.git/HEAD': 'ref: refs/heads/main\n' });
    stack.write(
      'repo/venvstacks.toml',
      STACK.replace('"report.py"', '"../report.py"').replace('"helpers"', '"own.py"'),
    );
    stack.write('repo/own.py', '');
    stack.remove('venvstacks.toml');
    expect(stack.state(APP).obstacle).toMatchObject({
      code: 'configuration',
      message: "the module '../report.py' lies outside of the repository",
    });
  });
});
