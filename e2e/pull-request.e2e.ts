import { join } from 'node:path';
import { LockedStack } from '../packages/nx-venvstacks/src/testing/locked-stack';
import { PackageIndex } from './support/package-index';
import { RELEASES, twoStacks } from './support/two-stacks';
import { runFolder, tasksIn, Workspace } from './support/workspace';

jest.setTimeout(300_000);

const RECORD = 'alpha/requirements/app-one/pylock.app-one.meta.json';
const CHECK = ['affected', '-t', 'lock-check', '--base=main'];
const NO_UV = { UV: './there-is-no-uv' };

describe('a pull request', () => {
  let index: PackageIndex;
  let workspace: Workspace;
  const uv = { UV: join(runFolder(), 'uv', 'bin', 'uv') };

  beforeAll(async () => {
    index = await PackageIndex.start(RELEASES);
  });
  afterAll(() => index.stop());

  beforeEach(async () => {
    workspace = Workspace.create(twoStacks(`[[index]]\nurl = "${index.url}"\ndefault = true\n`));
    new LockedStack({}, workspace.root).lockAll();
    await workspace.commitAll('Lock everything');
  });

  const edit = (text: string) => {
    workspace.write({ 'alpha/one.py': `print("${text}")\n` });
  };

  /** A branch with an edit of a launch module, locked and committed. */
  async function lockedBranch(name: string, text: string): Promise<void> {
    await workspace.git('checkout', '--quiet', '-b', name, 'main');
    edit(text);
    expect(await workspace.succeed(['run', 'one:lock'], NO_UV)).toContain(
      'app-one@2 (was 1): launch module one changed',
    );
    await workspace.commitAll(`Edit: ${text}`);
  }

  /** Merges a branch that conflicts in the module and in the record, and settles the module by hand. */
  async function mergeConflicting(name: string, text: string): Promise<void> {
    await expect(workspace.git('merge', name)).rejects.toThrow('CONFLICT');
    edit(text);
    await workspace.git('add', 'alpha/one.py');
  }

  it('that was not locked fails, and tells what to run; locked, it passes', async () => {
    await workspace.git('checkout', '--quiet', '-b', 'edit');
    edit('edited');
    await workspace.commitAll('Edit, and forget to lock');

    const forgotten = await workspace.fail(CHECK, NO_UV);

    expect(tasksIn(forgotten).ran).toEqual(['one:lock-check']);
    expect(forgotten).toContain(
      [
        'app-one@1 is stale:',
        '  launch module one changed',
        '  it would be app-one@2',
        '  Lock it: npx nx run one:lock',
      ].join('\n'),
    );

    await workspace.succeed(['run', 'one:lock'], NO_UV);
    await workspace.commitAll('Lock');

    expect(await workspace.succeed(CHECK, NO_UV)).toContain('app-one@2: valid');
  });

  it('merged with a branch that did the same is found, and settled by the next lock', async () => {
    await lockedBranch('mine', 'mine');
    await lockedBranch('yours', 'yours');
    await mergeConflicting('mine', 'both');
    expect(workspace.read(RECORD)).toContain('<<<<<<<');

    const conflicted = await workspace.fail(['run', 'one:lock-check'], NO_UV);
    const settled = await workspace.succeed(['run', 'one:lock'], uv);
    await workspace.commitAll('Merge');

    expect(conflicted).toContain('its version record has conflict markers');
    expect(conflicted).toContain('it would be app-one@3');
    expect(settled).toContain('app-one@3');
    expect(await workspace.succeed(CHECK, NO_UV)).toContain('app-one@3: valid');
  });

  it("merged by taking one side's record whole is found, and settled once the record is deleted", async () => {
    await lockedBranch('mine', 'mine');
    await lockedBranch('yours', 'yours');
    await mergeConflicting('mine', 'yours');
    await workspace.git('checkout', '--ours', 'alpha/requirements');
    await workspace.commitAll('Merge, with one record taken whole');

    const taken = await workspace.fail(CHECK, NO_UV);
    workspace.remove(RECORD);
    const settled = await workspace.succeed(['run', 'one:lock'], uv);
    await workspace.commitAll('Settle');

    expect(taken).toContain("git's history gives number 2 to other contents");
    expect(taken).toContain('delete the record');
    expect(settled).toContain('app-one@3');
    expect(await workspace.succeed(CHECK, NO_UV)).toContain('app-one@3: valid');
  });
});
