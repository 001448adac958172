import { readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeFolder } from '../../testing/folder';
import { GeneratedWorkspace } from '../../testing/generated-workspace';
import { commitAll, git } from '../../testing/git';
import { framework, lines, RUNTIME, RUNTIME_LAYER } from '../../testing/stack';
import init from './init';

const ENTRY = '{ "plugin": "nx-venvstacks", "options": {} }';

const ATTRIBUTES = `# nx-venvstacks hashes these files by their bytes
**/requirements/**/pylock.*.toml -text linguist-generated
**/requirements/**/pylock.*.meta.json -text linguist-generated
**/requirements/**/packages-*.txt -text linguist-generated
**/requirements/**/requirements-*.in -text linguist-generated
**/requirements/**/uv.lock -text linguist-generated
*.py text eol=lf
`;

const read = (folder: string, path: string) => readFileSync(join(folder, path), 'utf8');

/** The text without what keeps environments out of the cache: `uncached.spec.ts` is about that. */
const withoutDefaults = (text: string) =>
  text.replace(/,\s*"targetDefaults": \{ "nx-venvstacks:build": \{ "cache": false \} \}/, '');

/** What is said of next steps: `account.spec.ts` is about the rest. */
const nextSteps = (output: string) => output.slice(output.indexOf('\nnx-venvstacks is set up.'));

/** Runs the generator where there are some files. Files of the test come on top of an empty `nx.json`. */
async function run(files: Record<string, string>) {
  const workspace = new GeneratedWorkspace({ 'nx.json': '{}\n', ...files });
  return { workspace, folder: workspace.root, ...(await workspace.run(init, {})) };
}

describe('nx.json', () => {
  it.each<[string, string, string]>([
    ['empty', '{}', `{ "plugins": [${ENTRY}] }`],
    ['empty, on two lines', '{\n}\n', `{\n  "plugins": [${ENTRY}]\n}\n`],
    [
      'as Nx makes it, without a final newline',
      '{\n  "$schema": "./node_modules/nx/schemas/nx-schema.json"\n}',
      `{\n  "$schema": "./node_modules/nx/schemas/nx-schema.json",\n  "plugins": [${ENTRY}]\n}`,
    ],
    [
      'comments at every place',
      '// top\n{\n  // first\n  "analytics": false // why\n  /* end */\n}\n',
      `// top\n{\n  // first\n  "analytics": false, // why\n  /* end */\n  "plugins": [${ENTRY}]\n}\n`,
    ],
    ['a comma at the end', '{\n  "analytics": false,\n}\n', `{\n  "analytics": false,\n  "plugins": [${ENTRY}],\n}\n`],
    ['no plugins', '{\n  "plugins": []\n}\n', `{\n  "plugins": [${ENTRY}]\n}\n`],
    [
      'no plugins but a comment',
      '{\n    "plugins": [\n        // none\n    ]\n}\n',
      `{\n    "plugins": [\n        // none\n        ${ENTRY}\n    ]\n}\n`,
    ],
    ['another plugin, on one line', '{ "plugins": ["@nx/js"] }\n', `{ "plugins": ["@nx/js", ${ENTRY}] }\n`],
    ['a comma at the end, on one line', '{ "plugins": ["@nx/js",] }\n', `{ "plugins": ["@nx/js", ${ENTRY},] }\n`],
    ['a list with spaces', '{ "plugins": [ "@nx/js" ] }\n', `{ "plugins": [ "@nx/js", ${ENTRY} ] }\n`],
    [
      'other plugins with comments, and keys after them',
      '{\n  "plugins": [\n    "@nx/js", // a\n    // b\n    {\n      "plugin": "@nx/jest/plugin"\n    } // c\n    // d\n  ],\n  "parallel": 3\n}\n',
      `{\n  "plugins": [\n    "@nx/js", // a\n    // b\n    {\n      "plugin": "@nx/jest/plugin"\n    }, // c\n    // d\n    ${ENTRY}\n  ],\n  "parallel": 3\n}\n`,
    ],
    [
      'commas at the ends, in comments, too',
      '{\n  "plugins": [\n    "@nx/js" /* , */, // x\n  ],\n}\n',
      `{\n  "plugins": [\n    "@nx/js" /* , */, // x\n    ${ENTRY},\n  ],\n}\n`,
    ],
    ['tabs', '{\n\t"plugins": [\n\t\t"@nx/js"\n\t]\n}\n', `{\n\t"plugins": [\n\t\t"@nx/js",\n\t\t${ENTRY}\n\t]\n}\n`],
    ['tabs, no plugins', '{\n\t"parallel": 3\n}\n', `{\n\t"parallel": 3,\n\t"plugins": [${ENTRY}]\n}\n`],
    [
      "Windows' line ends",
      '{\r\n  "plugins": [\r\n    "@nx/js"\r\n  ]\r\n}\r\n',
      `{\r\n  "plugins": [\r\n    "@nx/js",\r\n    ${ENTRY}\r\n  ]\r\n}\r\n`,
    ],
  ])('gets the plugin and keeps all else: %s', async (_, before, after) => {
    const { folder, changes } = await run({ 'nx.json': before });
    expect(withoutDefaults(read(folder, 'nx.json'))).toBe(after);
    expect(changes).toEqual(['UPDATE nx.json', 'CREATE .gitattributes', 'CREATE .prettierignore']);
  });

  it.each([
    ['an object', `{ "plugins": [${ENTRY}] }`],
    ['its name', '{"plugins":["nx-venvstacks"]}'],
    [
      'an object with options',
      '{ "plugins": ["x", { "options": { "showTargetName": "s" }, "plugin": "nx-venvstacks" }] }',
    ],
    ['an object without options', '{ "plugins": [{ "plugin": "nx-venvstacks" }] }'],
  ])('stays where the plugin is there, as %s', async (_, text) => {
    const { folder, changes } = await run({ 'nx.json': text });
    expect(withoutDefaults(read(folder, 'nx.json'))).toBe(text);
    expect(changes).not.toContain('CREATE nx.json');
  });

  it('does not hide the plugins of a file that it extends', async () => {
    const base = '{ "plugins": ["@nx/js", { "plugin": "@nx/jest/plugin", "options": { "a": 1 } }] }';
    const { folder } = await run({ 'nx.json': '{ "extends": "./base.json" }', 'base.json': base });
    expect(JSON.parse(withoutDefaults(read(folder, 'nx.json')))).toEqual({
      extends: './base.json',
      plugins: ['@nx/js', { plugin: '@nx/jest/plugin', options: { a: 1 } }, { plugin: 'nx-venvstacks', options: {} }],
    });
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'missing',
      {},
      'there is no nx.json: nx-venvstacks works in an Nx workspace\n  Make this folder one first: npx nx@latest init',
    ],
    ['no JSON', { 'nx.json': '{ "plugins": [ }' }, 'nx.json cannot be read: '],
    ['a list', { 'nx.json': '[]' }, 'nx.json must be an object\n  As in: { "plugins": ['],
    ['plugins no list', { 'nx.json': '{ "plugins": {} }' }, `'plugins' of nx.json must be a list\n  As in: [`],
    ['plugins null', { 'nx.json': '{ "plugins": null }' }, `'plugins' of nx.json must be a list\n  As in: [`],
  ])('is refused: %s', async (_, files, message) => {
    const workspace = new GeneratedWorkspace(files);
    if (!('nx.json' in files)) rmSync(workspace.path('nx.json'));
    expect(await workspace.refusal(init, {})).toContain(message);
  });
});

describe('.gitattributes', () => {
  it.each<[string, string, string]>([
    ['empty', '', ATTRIBUTES],
    ['other lines', '* text=auto\n', `* text=auto\n\n${ATTRIBUTES}`],
    ['no newline at the end', '*.png binary', `*.png binary\n\n${ATTRIBUTES}`],
    [
      "Windows' line ends",
      '*.png binary\r\n',
      `*.png binary\r\n\r\n${ATTRIBUTES}`.replaceAll('\r\n', '\n').replaceAll('\n', '\r\n'),
    ],
    ['half of a line', '*.py text\n', `*.py text\n\n${ATTRIBUTES}`],
    [
      'some of the lines, in other words',
      '*.py   eol=lf  diff=python text\n"**/requirements/**/uv.lock" -text\n',
      `*.py   eol=lf  diff=python text\n"**/requirements/**/uv.lock" -text\n\n${ATTRIBUTES.replace('*.py text eol=lf\n', '')}`,
    ],
  ])('gets what is missing and keeps all else: %s', async (_, before, after) => {
    const { folder } = await run({ '.gitattributes': before });
    expect(read(folder, '.gitattributes')).toBe(after);
  });

  it.each([
    ['as it was written', ATTRIBUTES],
    ['without the comment, in another order', ATTRIBUTES.split('\n').slice(1).reverse().join('\n')],
  ])('stays where all is said: %s', async (_, text) => {
    const { folder, changes } = await run({ '.gitattributes': text });
    expect(read(folder, '.gitattributes')).toBe(text);
    expect(changes).not.toContain('UPDATE .gitattributes');
  });

  const shipped = {
    'stack/venvstacks.toml': lines(
      ...RUNTIME.trimEnd().split('\n'),
      '[[applications]]',
      'name = "a"',
      'runtime = "py312"',
      'requirements = []',
      'launch_module = "src/tool"',
      'support_modules = ["my [old] \\"lib\\"", "one.py"]',
      '[[applications]]',
      'name = "b"',
      'runtime = "py312"',
      'requirements = []',
      'launch_module = "src/tool"',
    ),
    'stack/src/tool/__main__.py': '',
    'stack/src/tool/data.bin': '',
    'stack/my [old] "lib"/__init__.py': '',
    'stack/one.py': '',
  };
  const FOLDER_RULES = lines(
    '"/stack/my \\\\[old\\\\] \\"lib\\"/**" text=auto eol=lf',
    '/stack/src/tool/** text=auto eol=lf',
  );

  it('is what the README says', () => {
    expect(read(resolve(__dirname, '../../../../..'), 'README.md')).toContain(
      `\n\`\`\`gitattributes\n${ATTRIBUTES}\`\`\`\n`,
    );
  });

  it('has a line for each package folder that an application ships', async () => {
    const { folder } = await run(shipped);
    expect(read(folder, '.gitattributes')).toBe(ATTRIBUTES + FOLDER_RULES);
  });

  it('gets the lines of new package folders, and no second heading', async () => {
    const { workspace, folder } = await run({});
    workspace.write(shipped);
    expect((await workspace.run(init, {})).changes).toEqual(['UPDATE .gitattributes']);
    expect(read(folder, '.gitattributes')).toBe(ATTRIBUTES + FOLDER_RULES);
  });

  it('names a folder where its files are, and none outside of the workspace', async () => {
    const outside = makeFolder({ '__init__.py': '' });
    const workspace = new GeneratedWorkspace({
      'nx.json': '{}',
      'python/layer.toml': RUNTIME_LAYER,
      'app/layer.toml': lines(
        '[application]',
        'runtime = "python"',
        'requirements = []',
        'launch_module = "link"',
        'support_modules = ["outside"]',
      ),
      'lib/tool/__main__.py': '',
    });
    symlinkSync(workspace.path('lib/tool'), workspace.path('app/link'), 'junction');
    symlinkSync(outside, workspace.path('app/outside'), 'junction');
    await workspace.run(init, {});
    expect(workspace.read('.gitattributes')).toBe(`${ATTRIBUTES}/lib/tool/** text=auto eol=lf\n`);
  });

  describe('to git', () => {
    const LOCKS = [
      'pylock.app-x.toml',
      'pylock.app-x.meta.json',
      'packages-app-x.txt',
      'requirements-app-x.in',
      'uv.lock',
    ];
    const LOCK_FOLDERS = ['requirements', 'requirements/app-x', 'deep/er/requirements/app-x', 'deep/er/requirements'];

    const attributesOf = (folder: string, paths: readonly string[]) => {
      const output = git(folder, 'check-attr', '-z', 'text', 'eol', 'linguist-generated', '--', ...paths).split('\0');
      return Object.fromEntries(
        paths.map((path, index) => [path, [0, 1, 2].map((nth) => output[(index * 3 + nth) * 3 + 2]).join(' ')]),
      );
    };

    it('marks the files of locks in both layouts, at the root and deep below', async () => {
      const { folder } = await run({ '.gitattributes': '* text=auto\n' });
      git(folder, 'init', '--quiet');
      const paths = LOCK_FOLDERS.flatMap((each) => LOCKS.map((name) => `${each}/${name}`));
      expect(attributesOf(folder, paths)).toEqual(
        Object.fromEntries(paths.map((path) => [path, 'unset unspecified set'])),
      );
    });

    it('fixes the line ends of modules, and leaves alone what is no lock', async () => {
      const { folder } = await run(shipped);
      git(folder, 'init', '--quiet');
      const paths = [
        'a.py',
        'x/y/b.py',
        'stack/src/tool/t.txt',
        'stack/my [old] "lib"/deep/t.txt',
        'requirements/notes.md',
        'uv.lock',
      ];
      expect(attributesOf(folder, paths)).toEqual({
        'a.py': 'set lf unspecified',
        'x/y/b.py': 'set lf unspecified',
        'stack/src/tool/t.txt': 'auto lf unspecified',
        'stack/my [old] "lib"/deep/t.txt': 'auto lf unspecified',
        'requirements/notes.md': 'unspecified unspecified unspecified',
        'uv.lock': 'unspecified unspecified unspecified',
      });
    });

    it('keeps every byte of locks and modules in a checkout with core.autocrlf', async () => {
      const hashed = Object.fromEntries(
        [
          ...LOCK_FOLDERS.flatMap((each) => LOCKS.map((name) => `${each}/${name}`)),
          'stack/one.py',
          'stack/src/tool/page.html',
          'stack/src/tool/deep/data.csv',
          'stack/my [old] "lib"/names.txt',
        ].map((path) => [path, 'a\nb\n']),
      );
      const binary = { 'stack/src/tool/data.bin': 'a\r\n\0b\n' };
      const { folder } = await run({ ...shipped, ...hashed, ...binary, 'other.txt': 'a\nb\n' });
      commitAll(folder);

      const clone = join(makeFolder(), 'clone');
      git(folder, 'clone', '--quiet', '--config', 'core.autocrlf=true', folder, clone);

      expect(read(clone, 'other.txt')).toBe('a\r\nb\r\n');
      for (const [path, text] of Object.entries({ ...hashed, ...binary }))
        expect([path, read(clone, path)]).toEqual([path, text]);
    });
  });
});

it('changes nothing a second time', async () => {
  const { workspace } = await run({ 'a/layer.toml': RUNTIME_LAYER });
  expect((await workspace.run(init, {})).changes).toEqual([]);
});

describe('what to do next', () => {
  it('is to create layers, where there are none', async () => {
    expect(nextSteps((await run({})).output)).toBe(`
nx-venvstacks is set up. Create your first layers, and lock them:

  npx nx g nx-venvstacks:runtime python
  npx nx g nx-venvstacks:framework web --requirements=httpx
  npx nx g nx-venvstacks:app hello
  npx nx run hello:lock

`);
  });

  it('is to lock the layers that are there, also broken ones', async () => {
    const stack = RUNTIME + framework('web', 'runtime = "none"');
    expect(nextSteps((await run({ 'python/venvstacks.toml': stack })).output)).toBe(`
nx-venvstacks is set up. Your 2 layers are projects now. See what is there, lock it, commit the requirements folders:

  npx nx-venvstacks show
  npx nx run-many -t lock

To give each layer of python/venvstacks.toml a folder of its own:

  npx nx g nx-venvstacks:split --help

`);
  });

  it('goes by the names of targets and by the package manager of the workspace', async () => {
    const { output } = await run({
      'nx.json': '{ "plugins": [{ "plugin": "nx-venvstacks", "options": { "lockTargetName": "python-lock" } }] }',
      'bun.lock': '',
      'python/layer.toml': RUNTIME_LAYER,
    });
    expect(nextSteps(output)).toBe(`
nx-venvstacks is set up. Your layer is a project now. See what is there, lock it, commit the requirements folders:

  bun nx-venvstacks show
  bun nx run-many -t python-lock

`);
  });

  it('goes by the wrapper that Nx is installed by', async () => {
    const { output } = await run({
      'nx.json': '{ "installation": { "version": "24.0.6" } }',
      'python/venvstacks.toml': RUNTIME,
    });
    const nx = process.platform === 'win32' ? '.\\nx.bat' : './nx';
    expect(nextSteps(output)).toBe(`
nx-venvstacks is set up. Your layer is a project now. See what is there, lock it, commit the requirements folders:

  npx --prefix .nx/installation nx-venvstacks show
  ${nx} run-many -t lock

To give each layer of python/venvstacks.toml a folder of its own:

  ${nx} g nx-venvstacks:split --help

`);
  });

  it.each([
    ['none', {}],
    ['one', { 'python/layer.toml': RUNTIME_LAYER }],
  ])('names no target that the plugin leaves out, with %s there', async (_, files) => {
    const nx = '{ "plugins": [{ "plugin": "nx-venvstacks", "options": { "lockTargetName": false } }] }';
    const { output } = await run({ 'nx.json': nx, ...files });
    expect(output).toContain('nx-venvstacks is set up.');
    expect(output).not.toMatch(/nx run/);
  });
});
