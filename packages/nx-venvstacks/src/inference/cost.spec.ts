import fs from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { withoutUserVariables } from '../testing/environment';
import { makeFolder } from '../testing/folder';
import { commitAll } from '../testing/git';
import { LockedStack } from '../testing/locked-stack';
import { findDefinitions } from '../stack';
import { createNodes } from '.';

withoutUserVariables();

/** A runtime, a chain of three frameworks, and applications on the last of them. */
function layers(applications: number): Record<string, string> {
  const framework = (name: string, lower: string) => ({
    [`layers/${name}/layer.toml`]: `[framework]\n${lower}\nrequirements = []\n`,
  });
  const names = Array.from({ length: applications }, (_, n) => `app-${n}`);
  return {
    '.gitignore': '*.pyc\n',
    'layers/py/layer.toml': '[runtime]\npython_implementation = "cpython@3.12.7"\nrequirements = []\n',
    ...framework('a', 'runtime = "py"'),
    ...framework('b', 'frameworks = ["a"]'),
    ...framework('c', 'frameworks = ["b"]'),
    ...Object.fromEntries(
      names.flatMap((name) => [
        [
          `layers/${name}/layer.toml`,
          '[application]\nframeworks = ["c"]\nrequirements = ["attrs"]\nlaunch_module = "main.py"\n',
        ],
        [`layers/${name}/main.py`, `print("${name}")\n`],
      ]),
    ),
  };
}

/** Calls of the file system for the graph of a locked workspace, and the files that are read more than once. */
async function callsFor(applications: number): Promise<{ calls: number; readAgain: string[] }> {
  const root = makeFolder(layers(applications));
  new LockedStack({}, root).lockAll();
  commitAll(root);
  const files = findDefinitions(root, root).map((file) => relative(root, file));
  const names = [
    'existsSync',
    'lstatSync',
    'openSync',
    'readdirSync',
    'readFileSync',
    'realpathSync',
    'statSync',
  ] as const;
  const spies = names.map((name) => jest.spyOn(fs, name));
  try {
    const made = await createNodes[1](files, {}, { workspaceRoot: root, nxJsonConfiguration: {} });
    expect(made).toHaveLength(files.length);
    const calls = spies.reduce((sum, { mock }) => sum + mock.calls.length, 0);
    const pathsOf = (name: (typeof names)[number]) =>
      spies[names.indexOf(name)]?.mock.calls.map(([path]) => relative(root, String(path))) ?? [];
    const read = pathsOf('readFileSync');
    // Reading a whole file may open it by the same function.
    const paths = [...read, ...pathsOf('openSync').filter((path) => !read.includes(path))];
    return { calls, readAgain: paths.filter((path, n) => paths.indexOf(path) < n) };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

describe('the graph', () => {
  it('looks at each layer as often, however many there are', async () => {
    // What is found out once for all graphs.
    await callsFor(1);
    const [few, more, most] = [await callsFor(4), await callsFor(8), await callsFor(16)];
    const each = (more.calls - few.calls) / 4;
    expect((most.calls - more.calls) / 8).toBe(each);
    // Each one has a definition, a module, a record and two locks; the rest is links, also in place of a definition or a
    // lock, spelling, git and its rules.
    expect(each).toBeLessThanOrEqual(20);
  });

  it('reads nothing twice', async () => {
    const { readAgain } = await callsFor(4);
    expect(readAgain).toEqual([]);
  });

  it('is built without what it does not need', () => {
    const loaded = loadedFrom(resolve(__dirname, '../index.ts'));
    const folders = [...loaded].map((path) => relative(resolve(__dirname, '..'), path).replaceAll('\\', '/'));
    expect(folders).toContain('lock/state.ts');
    const others = [
      'lock/check.ts',
      'lock/git.ts',
      'lock/history.ts',
      'lock/lock.ts',
      'lock/resolve.ts',
      'lock/uv-tool.ts',
      'nx.ts',
    ];
    expect(folders.filter((path) => others.includes(path))).toEqual([]);
    const packages = [...loaded].filter((name) => !name.startsWith('/') && !/^(?:[A-Za-z]:|node:)/.test(name)).sort();
    expect(packages).toEqual(['fastest-levenshtein', 'ignore', 'smol-toml', 'valibot']);
  });
});

/** Everything that a module loads before any of it runs: absolute paths of our own, names of others. */
function loadedFrom(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  const imports = fs.readFileSync(file, 'utf8').matchAll(/^(?:import|export)\s+(?!type\b)[^;]*?from '([^']+)';$/gm);
  for (const [, name = ''] of imports) {
    if (!name.startsWith('.')) found.add(name);
    else {
      const path = resolve(dirname(file), name);
      loadedFrom([`${path}.ts`, join(path, 'index.ts')].find((each) => fs.existsSync(each)) ?? path, found);
    }
  }
  return found;
}
