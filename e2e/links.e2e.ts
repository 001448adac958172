import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LockedStack, STACK } from '../packages/nx-venvstacks/src/testing/locked-stack';
import { tasksIn, Workspace, type WorkspaceOptions } from './support/workspace';

jest.setTimeout(300_000);

/** Whoever asks for uv fails: shows that nobody does. */
const NO_UV = { UV: './there-is-no-uv' };
const LOCK = ['run', 'report:lock'];
const CHECK = ['run', 'report:lock-check'];
const RECORD = 'stack/requirements/app-report/pylock.app-report.meta.json';

/** A workspace whose application has a package with a link to a file; locked before that came. */
async function linkedTo(target: string, options: WorkspaceOptions = {}): Promise<Workspace> {
  const workspace = Workspace.create(
    {
      'stack/venvstacks.toml': STACK,
      'stack/report.py': '',
      'stack/helpers/__init__.py': '',
      'shared/common.py': 'COMMON = 1\n',
    },
    { env: NO_UV, ...options },
  );
  mkdirSync(join(dirname(workspace.root), 'outside'));
  writeFileSync(join(dirname(workspace.root), 'outside/common.py'), 'COMMON = 1\n');
  new LockedStack({}, workspace.root).lockAll();
  await workspace.commitAll('Lock');
  symlinkSync(target, join(workspace.root, 'stack/helpers/common.py'));
  return workspace;
}

const numberIn = (workspace: Workspace) => workspace.record(RECORD).lock_version;

describe('a link in a package', () => {
  it('to a file of the workspace is locked, cached and affected by what is in there', async () => {
    const workspace = await linkedTo('../../shared/common.py');
    await workspace.succeed(LOCK);
    await workspace.commitAll('Ship the shared file');
    await workspace.succeed(LOCK);
    expect(tasksIn(await workspace.succeed(LOCK)).ran).toEqual([]);
    expect(numberIn(workspace)).toBe(2);

    workspace.write({ 'shared/common.py': 'COMMON = 2\n' });

    expect(await workspace.fail(CHECK)).toContain('support module helpers changed');
    const affected = await workspace.succeed(['affected', '-t', 'lock', '--uncommitted']);
    expect(tasksIn(affected).ran).toEqual(['report:lock']);
    expect(numberIn(workspace)).toBe(3);
  });

  it('out of the workspace is refused, by each target, and no file is touched', async () => {
    const workspace = await linkedTo('../../../outside/common.py');
    const before = workspace.files();
    for (const task of [LOCK, CHECK]) {
      expect(await workspace.fail(task)).toMatch(
        /app-report: the link 'helpers\/common\.py' leads out of the repository\n +No commit says what is in that file: /,
      );
    }
    expect(workspace.files()).toEqual(before);
  });

  it('out of the workspace counts by what is in there now, where the option lets it', async () => {
    const workspace = await linkedTo('../../../outside/common.py', { plugin: { linkedFolders: ['../outside'] } });
    await workspace.succeed(LOCK);
    await workspace.commitAll('Lock');
    expect(numberIn(workspace)).toBe(2);
    expect(tasksIn(await workspace.succeed(LOCK)).ran).toEqual(['report:lock']);
    await workspace.succeed(CHECK);

    writeFileSync(join(dirname(workspace.root), 'outside/common.py'), 'COMMON = 2\n');

    expect(await workspace.fail(CHECK)).toContain('support module helpers changed');
    await workspace.succeed(LOCK);
    expect(numberIn(workspace)).toBe(3);
    await workspace.succeed(CHECK);
  });
});
