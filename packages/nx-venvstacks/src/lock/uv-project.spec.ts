import { pathToFileURL } from 'node:url';
import { makeFolder } from '../testing/folder';
import { LockedStack, STACK } from '../testing/locked-stack';
import { readStacks } from '../stack';
import { join } from 'node:path';
import { layerIndexes, projectName, relocateAddress, uvProject } from './uv-project';

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
      'find-links': [stack.path('wheels'), 'https://files.invalid/links'],
      index: [
        { url: stack.path('simple') },
        { url: pathToFileURL(stack.path('simple')).href },
        { url: 'file:///simple' },
      ],
    });
  });
});

describe('an address that moves to another folder', () => {
  it.each([
    ['https://files.invalid/a.whl', 'https://files.invalid/a.whl'],
    ['wheels/a.whl', '../from/wheels/a.whl'],
    ['../to/a.whl', 'a.whl'],
    ['file:///top/wheels/a%20b.whl', '../wheels/a b.whl'],
    ['/top/to', '.'],
    ['/elsewhere/a.whl', '../../elsewhere/a.whl'],
  ])('%p becomes %p', (address, moved) => {
    expect(relocateAddress(address, '/top/from', '/top/to')).toBe(moved);
  });
});
