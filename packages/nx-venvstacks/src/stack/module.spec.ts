import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { formatProblems, readStackFile } from '.';
import { makeFolder } from '../testing/folder';
import { lines, readLayerTexts, readStackText, RUNTIME, RUNTIME_LAYER } from '../testing/stack';

const FILES = { 'main.py': '', 'src/main.py': '', 'src/lib.py': '', 'src/pkg/__init__.py': '', 'data.txt': '' };

const application = (launch: string, support: readonly string[] = []) =>
  lines(
    RUNTIME.trimEnd(),
    '[[applications]]',
    'name = "app"',
    'runtime = "py312"',
    'requirements = []',
    `launch_module = ${JSON.stringify(launch)}`,
    `support_modules = ${JSON.stringify(support)}`,
  );
const problemsOf = (launch: string, support: readonly string[] = [], files: Record<string, string> = FILES) =>
  readStackText(application(launch, support), files).problems;

describe('a module', () => {
  it.each([
    ['main.py', 'main'],
    ['./src/main.py', 'main'],
    ['src/pkg', 'pkg'],
    ['src/pkg/', 'pkg'],
    ['src/.', 'src'],
    ['src/pkg/../pkg', 'pkg'],
  ])('%s is imported as %s', (path, name) => {
    const { layer, folder } = readStackText(application(path), FILES);
    expect(layer('app-app').launchModule).toMatchObject({
      path,
      absolutePath: join(folder, path).replace(/\/$/, ''),
      name,
    });
  });

  it('may lie outside of the folder of its definition file', () => {
    const folder = makeFolder({ 'stack/venvstacks.toml': application('../shared/tool.py'), 'shared/tool.py': '' });
    const { layers } = readStackFile(join(folder, 'stack/venvstacks.toml'), {});
    expect(layers[1]?.launchModule?.absolutePath).toBe(join(folder, 'shared/tool.py'));
  });

  it.each(['.', '..', './', 'src/..', 'src/../..', 'nowhere/..'])('%s has no name to import it by', (path) => {
    expect(problemsOf(path)).toBe(
      [
        `venvstacks.toml:9:17: application app: launch_module: the launch module '${path}' has no name to import it by`,
        '  Name the .py file or the package folder itself.',
      ].join('\n'),
    );
  });

  it.each([
    ['nope.py', 'the launch module does not exist: nope.py\n  Paths start from the folder of this file.'],
    ['data.txt', "the launch module 'data.txt' must be a .py file or a package folder"],
    ['/main.py', 'must be a path relative to the definition file'],
    ['C:/main.py', 'must be a path relative to the definition file'],
    ['src\\main.py', 'must be written with forward slashes'],
  ])('may not be %s', (path, message) => {
    expect(problemsOf(path)).toBe(`venvstacks.toml:9:17: application app: launch_module: ${message}`);
  });

  it('must be written as it is called on disk, also where the system would find it otherwise', () => {
    const place = 'venvstacks.toml:9:17: application app: launch_module';
    const files = { 'src/main.py': '', 'src/h\u00fclfe.py': '' };
    expect(problemsOf('Src/Main.py', [], files)).toBe(
      `${place}: the launch module 'Src/Main.py' is called 'src/main.py' on disk\n  Upper and lower case count, on every system.`,
    );
    expect(problemsOf('src/hu\u0308lfe.py', [], files)).toBe(
      `${place}: the launch module 'src/hu\u0308lfe.py' is written in another Unicode normal form than its name on disk\n` +
        '  The letters look the same and are not: copy the name from there, or rename what is there.',
    );
    expect(problemsOf('A.py', ['a.py'], { 'A.py': '', 'a.py': '' })).toBe('');
  });

  it('that is in a submodule which is not checked out does not exist, and how to get it is told', () => {
    const files = { '.git/HEAD': '', '.gitmodules': '[submodule "lib"]\n\tpath = vendor/lib\n\turl = ../lib\n' };
    const hint = '  Its submodule is not checked out: git submodule update --init --recursive';
    expect(problemsOf('vendor/lib/tool.py', [], files)).toContain(`vendor/lib/tool.py\n${hint}`);
    expect(problemsOf('vendor/other.py', [], files)).not.toContain(hint);
    expect(problemsOf('vendor/lib/none.py', [], { ...files, 'vendor/lib/tool.py': '' })).not.toContain(hint);
  });

  it('that is a dead link does not exist', () => {
    const folder = makeFolder({ 'venvstacks.toml': application('link.py') });
    symlinkSync('gone.py', join(folder, 'link.py'));
    const { problems } = readStackFile(join(folder, 'venvstacks.toml'), {});
    expect(formatProblems(problems, folder)).toContain('the launch module does not exist: link.py');
  });

  it('that is a link in a circle cannot be read', () => {
    const folder = makeFolder({ 'venvstacks.toml': application('link.py') });
    symlinkSync('link.py', join(folder, 'link.py'));
    const { problems } = readStackFile(join(folder, 'venvstacks.toml'), {});
    expect(formatProblems(problems, folder)).toMatch(
      /^venvstacks\.toml:9:17: application app: launch_module: the launch module 'link\.py' cannot be read: ELOOP: [^\n]+$/,
    );
  });

  it('that is a folder called like a file is a package', () => {
    expect(problemsOf('pkg.py', [], { 'pkg.py/__main__.py': '' })).toBe('');
  });

  it("may not contain the layer's lock files", () => {
    const files = { 'requirements/__init__.py': '', 'requirements/app-app/main.py': '' };
    const message = (path: string) =>
      [
        `venvstacks.toml:9:17: application app: launch_module: the launch module '${path}' contains this layer's lock files`,
        '  Put the sources into a folder of their own: a lock would change its own input.',
      ].join('\n');
    expect(problemsOf('requirements', [], files)).toBe(message('requirements'));
    expect(problemsOf('requirements/app-app', [], files)).toBe(message('requirements/app-app'));
    expect(problemsOf('requirements/app-app/main.py', [], files)).toBe('');
  });

  it("of a layer.toml may not contain the project's own lock folder, but may lie beside it", () => {
    const layer = (launch: string) =>
      lines('[application]', 'runtime = "py"', 'requirements = []', `launch_module = "${launch}"`);
    const files = { 'py/layer.toml': RUNTIME_LAYER, 'app/src/main.py': '' };
    expect(readLayerTexts({ ...files, 'app/layer.toml': layer('../app') }).problems).toContain(
      "the launch module '../app' contains this layer's lock files",
    );
    expect(readLayerTexts({ ...files, 'app/layer.toml': layer('src') }).problems).toBe('');
  });
});

describe('support modules', () => {
  it('are shipped sorted by path', () => {
    const { layer } = readStackText(application('main.py', ['src/pkg', 'src/lib.py']), FILES);
    expect(layer('app-app').supportModules.map(({ path }) => path)).toEqual(['src/lib.py', 'src/pkg']);
  });

  it.each([
    ['main.py', ['src/main.py'], 'main.py', 'src/main.py', 'main'],
    ['main.py', ['src/pkg', 'other/pkg.py'], 'other/pkg.py', 'src/pkg', 'pkg'],
    ['main.py', ['src/lib.py', 'src/lib.py'], 'src/lib.py', 'src/lib.py', 'lib'],
  ])('may not share an import name: %s with %j', (launch, support, one, other, name) => {
    expect(problemsOf(launch, support, { ...FILES, 'other/pkg.py': '' })).toBe(
      [
        `venvstacks.toml:10:19: application app: support_modules: conflict: '${one}' and '${other}' would both be imported as '${name}'`,
        '  Rename one of them.',
      ].join('\n'),
    );
  });

  it('are each checked like the launch module', () => {
    expect(problemsOf('main.py', ['src/lib.py', 'nope.py', '..'])).toBe(
      [
        'venvstacks.toml:10:33: application app: support_modules: support modules do not exist: nope.py',
        '  Paths start from the folder of this file.',
        "venvstacks.toml:10:43: application app: support_modules: the support module '..' has no name to import it by",
        '  Name the .py file or the package folder itself.',
      ].join('\n'),
    );
  });
});

describe('an application', () => {
  it('needs a launch module', () => {
    const text = application('main.py').replace(/launch_module.*\n/, '');
    expect(readStackText(text, FILES).problems).toBe(
      'venvstacks.toml:5:1: application app: launch_module: is required\n  Name the .py file or the package folder that runs the application.',
    );
  });
});

describe('a link', () => {
  it('to a folder with the lock files in it is no module', () => {
    const folder = makeFolder({ 'venvstacks.toml': application('main.py', ['self']), 'main.py': '' });
    symlinkSync('.', join(folder, 'self'));
    const { problems } = readStackFile(join(folder, 'venvstacks.toml'), {});
    expect(problems.map(({ message }) => message)).toEqual([
      "the support module 'self' contains this layer's lock files",
    ]);
  });
});
