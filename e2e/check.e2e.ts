import { PackageIndex } from './support/package-index';
import { tasksIn, Workspace } from './support/workspace';

jest.setTimeout(180_000);

const NO_UV = { UV: './there-is-no-uv' };
const APP = 'app/requirements';

describe('lock-check and upgrade', () => {
  let index: PackageIndex;
  let workspace: Workspace;
  const check = () => workspace.nx(['run', 'app:lock-check'], NO_UV);

  beforeAll(async () => {
    index = await PackageIndex.start([
      { name: 'alpha', version: '1.0', requires: ['beta'] },
      { name: 'beta', version: '1.0' },
      { name: 'gamma', version: '1.0' },
    ]);
    workspace = Workspace.create({
      'venvstacks.uv.toml': `exclude-newer = "2026-03-01T00:00:00Z"\n[[index]]\nurl = "${index.url}"\ndefault = true\n`,
      'py/layer.toml':
        '[runtime]\npython_implementation = "cpython@3.12.7"\nversioned = true\nrequirements = ["alpha"]\n',
      'app/layer.toml':
        '[application]\nruntime = "py"\nversioned = true\nrequirements = ["gamma"]\nlaunch_module = "main.py"\n',
      'app/main.py': 'print(1)\n',
    });
    await workspace.commitAll('Add layers');
  });

  afterAll(() => index.stop());

  it('lock-check fails before the first lock, and passes after it', async () => {
    const before = await check();
    expect(before.code).toBe(1);
    expect(before.output).toContain('app-app@??? is stale:\n  not locked yet\n  lower layer py is stale\n');
    expect(before.output).toContain('  Lock it: npx nx run app:lock\n');

    await workspace.succeed(['run', 'app:lock']);
    const after = await check();
    expect(after.output).toContain('app-app@1: valid\n');
    expect(after.code).toBe(0);
    await workspace.commitAll('Lock');
  });

  it('lock-check says what has changed, and the number that would come, and writes nothing', async () => {
    workspace.write({ 'app/main.py': 'print(2)\n' });

    const { code, output } = await check();

    expect(code).toBe(1);
    expect(output).toContain(
      'app-app@1 is stale:\n  launch module main changed\n  it would be app-app@2\n  Lock it: npx nx run app:lock\n',
    );
    expect(output).not.toMatch(/^\s+at /m);
    expect(await workspace.git('status', '--porcelain')).toBe(' M app/main.py\n');
  });

  it('lock-check of what a branch affects fails until the lock is committed', async () => {
    await workspace.git('checkout', '--quiet', '-b', 'topic');
    await workspace.commitAll('Edit, and forget to lock');
    const affected = ['affected', '-t', 'lock-check', '--base=main'];

    expect(await workspace.fail(affected)).toContain('launch module main changed');

    await workspace.succeed(['run', 'app:lock'], NO_UV);
    await workspace.commitAll('Lock');
    expect(tasksIn(await workspace.succeed(affected)).ran).toEqual(['app:lock-check']);
  });

  it('lock-check finds files that are not what the record says', async () => {
    const lock = workspace.read(`${APP}/pylock.app-app.toml`);
    const summary = workspace.read(`${APP}/packages-app-app.txt`);
    workspace.write({ [`${APP}/pylock.app-app.toml`]: lock.replace('version = "1.0"', 'version = "6.6"') });
    expect((await check()).output).toContain('the lock is not the one that was recorded');
    workspace.write({ [`${APP}/pylock.app-app.toml`]: lock, [`${APP}/packages-app-app.txt`]: 'nothing\n' });

    const damaged = await check();
    expect(damaged.output).toContain('app-app@2 is damaged:\n  the summary is not what the lock says\n');
    expect(damaged.output).toContain('  Mend it: npx nx run app:lock\n');
    await workspace.succeed(['run', 'app:lock', '--skip-nx-cache'], NO_UV);
    expect(workspace.read(`${APP}/packages-app-app.txt`)).toBe(summary);
    expect((await check()).code).toBe(0);
  });

  it('lock-check cannot tell what it cannot read', async () => {
    const record = workspace.read(`${APP}/pylock.app-app.meta.json`);
    workspace.write({ [`${APP}/pylock.app-app.meta.json`]: record.replace('"format": 1', '"format": 9') });

    expect((await check()).output).toContain(
      'cannot tell whether app-app is valid:\n  app-app: its version record has format 9; this version of nx-venvstacks reads up to 1\n    Update nx-venvstacks.',
    );
    workspace.write({ [`${APP}/pylock.app-app.meta.json`]: record });
  });

  it('upgrade says what would move, moves what it is told to, and lower layers first', async () => {
    for (const name of ['alpha', 'beta', 'gamma'])
      index.add({ name, version: '2.0', uploadTime: '2026-02-01T00:00:00Z' });
    // Other pins stay while nothing asks for newer ones.
    expect(tasksIn(await workspace.succeed(['run', 'app:lock'], NO_UV)).ran).toEqual([]);

    const planned = await workspace.succeed(['run', 'py:upgrade', '--dryRun']);
    expect(planned).toContain('would be py@2 (was 1): packages upgraded\n  alpha 1.0 → 2.0\n  beta 1.0 removed\n');
    expect(await workspace.git('status', '--porcelain')).toBe('');

    const some = await workspace.succeed(['run', 'app:upgrade', '--package=beta,gamma']);
    expect(tasksIn(some).ran).toEqual(['app:upgrade', 'py:upgrade']);
    expect(some).toContain('py@2 (was 1): packages upgraded\n  beta 1.0 → 2.0\n');
    expect(some).toContain(
      'app-app@3 (was 2): packages of lower layer py changed, lower layer py is now py@2 (was py@1)\n  gamma 1.0 → 2.0\n',
    );

    const rest = await workspace.succeed(['run', 'app:upgrade', '--reset']);
    expect(rest).toContain('py@3 (was 2): packages upgraded\n  alpha 1.0 → 2.0\n  beta 2.0 removed\n');
    const again = await workspace.succeed(['run', 'app:upgrade']);
    expect(again).toContain('py@3: nothing to do\n');
    expect(again).toContain('app-app@4: nothing to do\n');

    expect(await workspace.succeed(['run', 'app:lock'], NO_UV)).toContain('app-app@4: nothing to do');
    expect(tasksIn(await workspace.succeed(['run', 'app:lock'], NO_UV)).ran).toEqual([]);
    expect((await check()).code).toBe(0);
  });
});
