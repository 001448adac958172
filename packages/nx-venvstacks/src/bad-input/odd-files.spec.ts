import { join } from 'node:path';
import { show } from '../cli/show';
import { VenvstacksError } from '../errors';
import { createNodes } from '../inference';
import { checkVerdict } from '../testing/bad-input';
import { withoutUserVariables } from '../testing/environment';
import { makeFolder } from '../testing/folder';
import { LockedStack } from '../testing/locked-stack';
import { ODD_FILES, putOdd, type OddFile } from '../testing/odd-files';
import { lines, RUNTIME, RUNTIME_LAYER } from '../testing/stack';

withoutUserVariables();

const KINDS = Object.keys(ODD_FILES) as OddFile[];

const APPLICATION = lines('', '[[applications]]', 'name = "tool"', 'runtime = "py312"', 'launch_module = "tool.py"');

/** What cannot be read, as the message goes on. */
const WHY: Record<OddFile, RegExp> = {
  'a pipe': /a pipe or a device, not a file, read '/,
  'a device': /a pipe or a device, not a file, read '/,
  'a folder': /EISDIR: a folder, not a file, read '/,
  'a link to itself': /ELOOP: too many symbolic links encountered, open '/,
  'a link that leads nowhere': /ENOENT: no such file or directory, open '/,
  'a file of 100 MB': /larger than \d+ MiB, read '/,
};

/** What a user sees who asks for a stack, and what the graph has of the sound one beside it. */
async function see(root: string, file: string) {
  const { stderr } = show(file, { json: false, cwd: root, env: {} });
  expect(stderr).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
  const spy = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    const files = ['sound/venvstacks.toml', file];
    const nodes = await createNodes[1](files, {}, { workspaceRoot: root, nxJsonConfiguration: {} });
    const [[, { projects = {} }] = ['', {}]] = nodes;
    expect(projects['sound/requirements/sound']?.targets?.lock?.inputs).not.toEqual([]);
  } finally {
    spy.mockRestore();
  }
  return stderr.replaceAll(root, '<root>');
}

const SOUND = { 'sound/venvstacks.toml': RUNTIME.replace('py312', 'sound') };

describe.each(KINDS)('%s instead of', (kind) => {
  it.each<[what: string, path: string, files: Record<string, string>, asked: string]>([
    ['a venvstacks.toml', 'bad/venvstacks.toml', {}, 'bad/venvstacks.toml'],
    ['a layer.toml', 'bad/layer.toml', {}, 'bad/layer.toml'],
    ['uv’s configuration', 'bad/venvstacks.uv.toml', { 'bad/venvstacks.toml': RUNTIME }, 'bad/venvstacks.toml'],
  ])('%s is told of', async (_, path, files, asked) => {
    const root = makeFolder({ ...SOUND, ...files });
    putOdd(kind, join(root, path));
    const said = await see(root, asked);
    if (said.startsWith('There is no ')) expect(kind).toMatch(/^a link/);
    else if (said.startsWith('No layers in ')) expect(kind).toBe('a folder');
    else {
      expect(said).toMatch(new RegExp(`^${path.replaceAll('.', '\\.')}: cannot be read: `));
      expect(said).toMatch(WHY[kind]);
    }
  });

  it('a launch module is told of', async () => {
    const root = makeFolder({ ...SOUND, 'bad/venvstacks.toml': RUNTIME + APPLICATION });
    putOdd(kind, join(root, 'bad/tool.py'));
    const said = await see(root, 'bad/venvstacks.toml');
    const expected: Record<OddFile, RegExp> = {
      'a pipe': /the launch module 'tool\.py' is neither a file nor a folder/,
      'a device': /the launch module 'tool\.py' is neither a file nor a folder/,
      // It could be a package of that name.
      'a folder': /requirements: is required/,
      'a link to itself': /the launch module 'tool\.py' cannot be read: ELOOP/,
      'a link that leads nowhere': /the launch module does not exist: tool\.py/,
      'a file of 100 MB': /tool\.py: cannot be read: larger than 16 MiB/,
    };
    expect(said).toMatch(/^bad\/venvstacks\.toml:\d+:\d+: application tool: /);
    expect(said).toMatch(expected[kind]);
  });

  it.each([
    ['the record', 'requirements/app-report/pylock.app-report.meta.json', 'not locked yet'],
    ['the lock', 'requirements/app-report/pylock.app-report.toml', 'the lock is missing'],
    ['uv.lock', 'requirements/app-report/uv.lock', 'uv.lock is missing'],
  ])('%s concerns that layer alone', async (_, path, missing) => {
    const stack = new LockedStack().lockAll({ number: 3 });
    putOdd(kind, stack.path(path));
    const verdict = await checkVerdict(stack);
    if (kind === 'a link that leads nowhere') expect(verdict).toBe(`stale:\n${missing}`);
    else {
      expect(verdict).toMatch(/^unknown:\napp-report: a file of its lock cannot be read: /);
      expect(verdict).toMatch(WHY[kind]);
      expect(verdict).toContain(`'<root>/${path}'`);
    }
  });

  it.each([
    ['the summary', 'requirements/app-report/packages-app-report.txt'],
    ['the file of requirements', 'requirements/app-report/requirements-app-report.in'],
  ])('%s keeps the layer from being checked', async (what, path) => {
    const stack = new LockedStack().lockAll({ number: 3 });
    putOdd(kind, stack.path(path));
    const verdict = await checkVerdict(stack);
    if (kind === 'a link that leads nowhere') expect(verdict).toBe(`damaged:\n${what} is missing`);
    else {
      expect(verdict).toMatch(/^refused: cannot (?:read|open) /);
      expect(verdict).toMatch(WHY[kind]);
    }
  });

  it.each(['.gitignore', '.nxignore', '.git', '.gitmodules'])('%s keeps nobody waiting', async (path) => {
    const root = makeFolder({ ...SOUND, 'bad/layer.toml': RUNTIME_LAYER });
    putOdd(kind, join(root, path));
    const seen = see(root, 'bad/layer.toml');
    // To pass over rules would change what is shipped.
    if (kind === 'a file of 100 MB' && path.endsWith('ignore')) await expect(seen).rejects.toThrow(VenvstacksError);
    else expect(await seen).toBe('');
  });
});
