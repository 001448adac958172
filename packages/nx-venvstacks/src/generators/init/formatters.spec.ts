import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../testing/folder';
import { GeneratedWorkspace } from '../../testing/generated-workspace';
import { git } from '../../testing/git';
import { generate } from '../../testing/tree';
import init from './init';

const FILE = '.prettierignore';
const RULES = `# nx-venvstacks writes these files, and would bring their form back
**/requirements/**/pylock.*.toml
**/requirements/**/pylock.*.meta.json
**/requirements/**/packages-*.txt
**/requirements/**/requirements-*.in
**/requirements/**/uv.lock
`;
const WRITTEN = '\n.prettierignore: Prettier, oxfmt and nx format leave the files of locks as they are\n';

async function run(files: Record<string, string> = {}) {
  const workspace = new GeneratedWorkspace(files);
  return { workspace, ...(await workspace.run(init, {})) };
}

describe('.prettierignore', () => {
  it.each<[string, string, string]>([
    ['empty', '', RULES],
    ['other lines', 'dist\n', `dist\n\n${RULES}`],
    ['no newline at the end', 'dist', `dist\n\n${RULES}`],
    ["Windows' line ends", 'dist\r\n', `dist\r\n\r\n${RULES.replaceAll('\n', '\r\n')}`],
    [
      'some of the lines',
      '**/requirements/**/uv.lock\n',
      `**/requirements/**/uv.lock\n\n${RULES.replace(/^.*uv\.lock\n/m, '')}`,
    ],
    ['what covers one layout only', 'requirements/*/pylock.*\n', `requirements/*/pylock.*\n\n${RULES}`],
    // The last line that matches counts: all of them are to stay as they are.
    [
      'all of some kind, taken in',
      '*.*\n!*.json\n',
      `*.*\n!*.json\n\n${RULES.split('\n')
        .filter((line) => /^#|meta/.test(line))
        .join('\n')}\n`,
    ],
  ])('gets what is missing and keeps all else: %s', async (_, before, after) => {
    const { workspace, output } = await run({ [FILE]: before });
    expect(workspace.read(FILE)).toBe(after);
    expect(output).toContain(WRITTEN);
    expect((await workspace.run(init, {})).changes).toEqual([]);
  });

  it.each<[string, string]>([
    ['as it was written', RULES],
    ['in another order, with spaces', `${RULES.split('\n').reverse().join('  \n')}\n`],
    ['in other words', 'dist\nrequirements/\n'],
    ['in other words, of files', 'pylock.*\nuv.lock\n*.in\npackages-*.txt\n'],
    ['with one that the user takes in', RULES.replace('**/requirements/**/uv', '!**/requirements/**/uv')],
    ['with one that the user takes in behind ours', `${RULES}!**/requirements/**/pylock.*.meta.json\n`],
    ['with one layer that the user takes in behind ours', `${RULES}!requirements/app-x/\n`],
  ])('stays where all is said: %s', async (_, text) => {
    const { workspace, output } = await run({ [FILE]: text });
    expect(workspace.read(FILE)).toBe(text);
    expect(output).not.toContain(FILE);
  });

  it('keeps every byte, also of another encoding', async () => {
    const workspace = new GeneratedWorkspace();
    const latin = Buffer.from('# caf\xe9\n', 'latin1');
    writeFileSync(workspace.path(FILE), latin);
    await workspace.run(init, {});
    expect(readFileSync(workspace.path(FILE))).toEqual(Buffer.concat([latin, Buffer.from(`\n${RULES}`)]));
  });

  it('is written through a link within the workspace', async () => {
    const workspace = new GeneratedWorkspace({ 'config/ignore': 'dist\n' });
    symlinkSync('config/ignore', workspace.path(FILE));
    await workspace.run(init, {});
    expect(workspace.read('config/ignore')).toBe(`dist\n\n${RULES}`);
  });

  describe('is left to the user', () => {
    const LINES = RULES.split('\n')
      .slice(1, -1)
      .map((line) => `    ${line}\n`)
      .join('');
    it.each<[string, (path: string) => void, string]>([
      ['where it is a folder', (path) => mkdirSync(path), 'a folder'],
      ['where it is a link to nothing', (path) => symlinkSync('nowhere', path), 'a link to nothing'],
      ['where it is a link to a folder', (path) => symlinkSync('.', path), 'a link to something that is no file'],
      [
        'where it is a link to a file of others',
        (path) => symlinkSync(join(makeFolder({ shared: 'dist\n' }), 'shared'), path),
        'a link to a file outside of the workspace',
      ],
    ])('%s', async (_, make, what) => {
      const workspace = new GeneratedWorkspace();
      make(workspace.path(FILE));
      const { changes, output } = await workspace.run(init, {});
      expect(changes).toEqual(['UPDATE nx.json', 'CREATE .gitattributes']);
      expect(output).toContain(
        `\nLeft to you:\n\n- .prettierignore is ${what}. Make it a file with these lines:\n\n${LINES}\n`,
      );
    });
  });
});

describe('other formatters', () => {
  const remark = (file: string, name: string) =>
    `\n- exclude the files of locks in ${file}, too, so that ${name} leaves them alone: **/requirements/**/pylock.*\n`;

  it.each([
    ['biome.json', 'Biome'],
    ['.biome.jsonc', 'Biome'],
    ['dprint.json', 'dprint'],
  ])('are told of where they are used: %s', async (file, name) => {
    const { workspace, output } = await run({ [file]: '{}' });
    expect(output).toContain(remark(file, name));
    workspace.write({ [file]: '{ "excludes": ["**/requirements/**/pylock.*"] }' });
    expect((await workspace.run(init, {})).output).not.toContain(file);
  });

  it('are not told of where they are not', async () => {
    expect((await run({ 'biome.json/file': '' })).output).not.toContain('Left to you');
  });
});

describe('in a folder of a larger repository', () => {
  async function runNested(files: Record<string, string>) {
    const root = makeFolder({ 'services/ml/nx.json': '{}', ...files });
    git(root, 'init', '--quiet');
    const { output } = await generate(join(root, 'services/ml'), init, {});
    return { output, text: readFileSync(join(root, 'services/ml', FILE), 'utf8') };
  }
  const REMARK =
    '- where Prettier is started at the root of the repository, it reads ../../.prettierignore: put the lines of .prettierignore there, too\n';

  it.each<[string, Record<string, string>, boolean]>([
    ['is not used there', {}, false],
    ['is configured there', { '.prettierrc.json': '{}' }, true],
    ['ignores other files there', { [FILE]: 'dist\n' }, true],
    ['ignores these files there', { [FILE]: RULES }, false],
  ])('the workspace has its own, and the user is told where Prettier %s: %s', async (_, files, isTold) => {
    const { output, text } = await runNested(files);
    expect(text).toBe(RULES);
    expect(output.includes(REMARK)).toBe(isTold);
  });

  it('that ignores the workspace, the repository is another’s', async () => {
    expect((await runNested({ '.gitignore': 'services/\n', '.prettierrc': '' })).output).not.toContain('Left to you');
  });
});
