import { pathToFileURL } from 'node:url';
import { makeFolder } from '../testing/folder';
import { LockedStack, STACK } from '../testing/locked-stack';
import { readStacks } from '../stack';
import { join, posix, win32 } from 'node:path';
import { fileUrl, layerIndexes, localAddress, projectName, relocateValues, uvProject } from './uv-project';

const INDEXES = `
[[tool.uv.index]]
name = "hidden"
url = "https://hidden.invalid/simple"
explicit = true

[[tool.uv.index]]
name = "extra"
url = "https://extra.invalid/simple"

[[tool.uv.index]]
name = "cpu"
url = "https://cpu.invalid/simple"
explicit = true

[[tool.uv.index]]
name = "first"
url = "https://first.invalid/simple"
explicit = true

[[tool.uv.index]]
name = "main"
url = "https://main.invalid/simple"
default = true
explicit = true
`;

const reportWith = (fields: string, uv = INDEXES) =>
  new LockedStack({ 'venvstacks.toml': `${STACK}${fields}\n${uv}` }).layer('app-report');

describe('the project’s name', () => {
  const nameOf = (name: string, requirement = 'six') => {
    const folder = makeFolder({
      'venvstacks.toml': `[[runtimes]]
name = ${JSON.stringify(name)}
python_implementation = "cpython@3.12.7"
requirements = [${JSON.stringify(requirement)}]
`,
    });
    const [layer] = readStacks([join(folder, 'venvstacks.toml')], folder, {})[0]?.layers ?? [];
    if (!layer) throw new Error(`'${name}' gives no layer`);
    return projectName(layer);
  };

  it.each([
    ['cpython-3.12', 'cpython-3-12'],
    ['my_runtime', 'my-runtime'],
    ['grün er', 'gr-n-er'],
  ])('of %p is %p', (name, expected) => {
    expect(nameOf(name)).toBe(expected);
  });

  it.each(['-x', 'x-', 'ü', '日本'])('of %p, which uv would refuse, is made from a hash', (name) => {
    expect(nameOf(name)).toMatch(/^layer-[0-9a-f]{8}$/);
    expect(nameOf(name)).toBe(nameOf(name));
  });

  it('is not that of a requirement, which would then require itself', () => {
    expect(nameOf('Six', 'six>1')).toMatch(/^layer-[0-9a-f]{8}$/);
  });
});

describe('a layer’s indexes', () => {
  const names = (fields: string) => layerIndexes(reportWith(fields)).map(({ name }) => name);

  it('are those that are default or not explicit, as declared', () => {
    expect(names('')).toEqual(['extra', 'main']);
  });

  it('begin with the explicit ones that a package comes from', () => {
    expect(names('package_indexes = { torch = "cpu" }')).toEqual(['cpu', 'extra', 'main']);
  });

  it('begin with the priority ones before all, in the layer’s order, once each', () => {
    expect(names('priority_indexes = ["main", "first", "main"]\npackage_indexes = { torch = "cpu" }')).toEqual([
      'main',
      'first',
      'cpu',
      'extra',
    ]);
  });

  it('take in an explicit one that only sources name', () => {
    const layer = reportWith('', `${INDEXES}\n[tool.uv.sources]\nfoo = { index = "hidden" }\n`);
    expect(layerIndexes(layer).map(({ name }) => name)).toEqual(['hidden', 'extra', 'main']);
  });
});

describe('the project for uv', () => {
  const uvOf = (...args: Parameters<typeof uvProject>) => uvProject(...args).tool as { uv: Record<string, unknown> };

  it('states requirements, constraints and what is settled for every layer', () => {
    const layer = reportWith('', '');
    const constraint = { name: 'attrs', version: '25.4.0', marker: "os_name == 'nt'", layer: 'framework-tools' };
    expect(uvProject(layer, [constraint], '2026-03-01T00:00:00Z')).toEqual({
      project: { name: 'app-report', version: '0', dependencies: ['idna'], 'requires-python': '==3.12.*' },
      tool: {
        uv: {
          'exclude-newer': '2026-03-01T00:00:00Z',
          'no-build': true,
          'cache-keys': [{ file: 'pyproject.toml' }],
          'constraint-dependencies': ["attrs==25.4.0 ; os_name == 'nt'"],
        },
      },
    });
  });

  it('passes the user’s settings on, but for those', () => {
    const layer = reportWith('', '[tool.uv]\nresolution = "lowest"\nno-build = false\n');
    expect(uvOf(layer, [], undefined).uv).toMatchObject({ resolution: 'lowest', 'no-build': true });
  });

  it('makes priority indexes apply to every package', () => {
    expect(uvOf(reportWith('priority_indexes = ["first"]'), [], undefined).uv.index).toMatchObject([
      { name: 'first', explicit: false },
      { name: 'extra' },
      { name: 'main', explicit: true },
    ]);
  });

  it('overlays the stack’s sources with the layer’s', () => {
    const sources = `${INDEXES}\n[tool.uv.sources]\nFoo = { index = "extra" }\nbar = { index = "extra" }\n`;
    expect(uvOf(reportWith('package_indexes = { foo = "cpu" }', sources), [], undefined).uv.sources).toEqual({
      foo: { index: 'cpu' },
      bar: { index: 'extra' },
    });
  });

  it('starts relative addresses from the stack’s folder', () => {
    const stack = new LockedStack({
      'venvstacks.toml': `${STACK}
[tool.uv]
find-links = ["wheels", "https://files.invalid/links"]
[[tool.uv.index]]
name = "a"
url = "simple"
[[tool.uv.index]]
name = "b"
url = "file:./simple"
[[tool.uv.index]]
name = "c"
url = "file:///simple"
`,
    });
    expect(uvOf(stack.layer('app-report'), [], undefined).uv).toMatchObject({
      'find-links': [pathToFileURL(stack.path('wheels')).href, 'https://files.invalid/links'],
      index: [
        { url: pathToFileURL(stack.path('simple')).href },
        { url: pathToFileURL(stack.path('simple')).href },
        { url: 'file:///simple' },
      ],
    });
  });
});

describe('an address that moves to another folder', () => {
  it.each([
    ['https://files.invalid/a.whl', undefined],
    ['wheels/a.whl', '../from/wheels/a.whl'],
    ['../to/a.whl', 'a.whl'],
    ['file:///top/wheels/a%20b.whl', '../wheels/a b.whl'],
    ['/top/to', '.'],
    ['/elsewhere/a.whl', '../../elsewhere/a.whl'],
  ])('%p becomes %p', (address, moved) => {
    expect(localAddress(address, '/top/from', '/top/to', posix)).toBe(moved);
  });

  it.each([
    ['https://files.invalid/a.whl', undefined],
    ['wheels\\a.whl', '../from/wheels/a.whl'],
    ['wheels/a.whl', '../from/wheels/a.whl'],
    ['C:\\top\\wheels', '../wheels'],
    ['c:/TOP/wheels', '../wheels'],
    ['file:///C:/top/wheels/a%20b.whl', '../wheels/a b.whl'],
    ['file:///c%3A/top/to', '.'],
    // The temporary folder may be on another drive than the workspace; there whole paths are right.
    ['D:\\wheels', 'D:/wheels'],
    ['file://server/share/wheels', '//server/share/wheels'],
  ])('on Windows: %p becomes %p', (address, moved) => {
    expect(localAddress(address, 'C:\\top\\from', 'C:\\top\\to', win32)).toBe(moved);
  });

  it('is found in a text however uv has quoted it', () => {
    const move = (text: string, paths = posix) => {
      const root = paths === win32 ? 'C:' : '';
      return relocateValues(text, ['registry', 'path'], `${root}/top/from`, `${root}/top/to`, paths);
    };
    expect(move('source = { registry = "/top/a b" }')).toBe('source = { registry = "../a b" }');
    expect(move(`{ path = '/top/a"b/x.whl' },`)).toBe('{ path = "../a\\"b/x.whl" },');
    expect(move(`{ path = 'C:\\top\\wheels\\x.whl' },`, win32)).toBe('{ path = "../wheels/x.whl" },');
    expect(move('{ path = "\\\\\\\\server\\\\share\\\\x.whl" },', win32)).toBe('{ path = "//server/share/x.whl" },');
    expect(move('path = "a broken \\q escape"')).toBe('path = "a broken \\q escape"');
    expect(move(`{ registry = """/top/a'b"c""" }`)).toBe(`{ registry = "../a'b\\"c" }`);
    expect(move(`registry = '''/top/a''', path = ''`)).toBe(`registry = "../a", path = ''`);
    expect(move('{ other = "/top/a" }')).toBe('{ other = "/top/a" }');
  });
});

describe('a path for uv', () => {
  it.each([
    ['/stack', './a b#1,2%', 'file:///stack/a%20b%231%2C2%25'],
    ['/ä', '../x', 'file:///x'],
  ])('from %p to %p is the URL %p', (folder, path, url) => {
    expect(fileUrl(folder, path, posix)).toBe(url);
  });

  it.each([
    ['C:\\my stack', '.\\wheels', 'file:///C:/my%20stack/wheels'],
    ['C:\\stack', 'D:/wheels', 'file:///D:/wheels'],
    ['\\\\server\\share\\stack', 'wheels', 'file://server/share/stack/wheels'],
  ])('on Windows from %p to %p is the URL %p', (folder, path, url) => {
    expect(fileUrl(folder, path, win32)).toBe(url);
  });
});
