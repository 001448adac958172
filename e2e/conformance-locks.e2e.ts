import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { comparable, conformanceFolder, hasConformance, lockCase } from './support/conformance';
import { run } from './support/run';
import { CUTOFF, Workspace } from './support/workspace';

jest.setTimeout(300_000);

/** Each stack as venvstacks has it: files below `<name>/`. */
function below(name: string, files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`${name}/${path}`, text]));
}

describe('stacks that venvstacks 0.8 has locked', () => {
  if (!hasConformance()) {
    it('are there to compare with', () => {
      conformanceFolder();
    });
    return;
  }
  const names = readdirSync(conformanceFolder('locks'));
  const lockable = names.filter((name) => Object.keys(lockCase(name).expected).length > 0);
  const unlockable = names.filter((name) => !lockable.includes(name));
  let workspace: Workspace;

  beforeAll(() => {
    const files = names.map((name) => below(name, lockCase(name).stack));
    workspace = Workspace.create(Object.assign({}, ...files) as Record<string, string>, {
      plugin: { projectName: '{stack}-{name}' },
    });
  });

  it.each(lockable)('%s gets the same bytes', async (name) => {
    const { expected } = lockCase(name);

    await workspace.succeed(['run-many', '-t', 'lock', '-p', `tag:stack:${name}`]);

    expect(Object.keys(expected).length).toBeGreaterThan(0);
    for (const [path, text] of Object.entries(expected)) {
      expect([path, comparable(path, workspace.read(`${name}/requirements/${path}`))]).toEqual([
        path,
        comparable(path, text),
      ]);
    }
  });

  it.each(unlockable)('%s fails and leaves nothing behind', async (name) => {
    const { must_mention: words, layer } = JSON.parse(
      readFileSync(conformanceFolder('locks', name, 'expected.json'), 'utf8'),
    ) as { must_mention: string[]; layer?: string };

    const output = await workspace.fail(['run-many', '-t', 'lock', '-p', `tag:stack:${name}`]);

    for (const word of words) expect(output).toContain(word);
    expect(output).toContain('These platforms have all wheels: platforms = [');
    expect(output).not.toMatch(/^\s+at /m);
    const failed = words.filter((word) => word.startsWith('framework-') || word.startsWith('app-') || word === layer);
    expect(failed.length).toBeGreaterThan(0);
    for (const envName of failed) expect(workspace.list(`${name}/requirements/${envName}`)).toEqual([]);
  });

  it('get the same bytes from a real interpreter as without one', async () => {
    const { output: version } = await run('python3', ['-c', 'import platform; print(platform.python_version())'], {
      cwd: workspace.root,
      env: workspace.env,
    });
    const stack = {
      'venvstacks.uv.toml': `exclude-newer = "${CUTOFF}"\n`,
      'python/layer.toml': `[runtime]\npython_implementation = "cpython@${version.trim()}"\nplatforms = ["linux_x86_64", "macosx_arm64", "win_amd64"]\nrequirements = ["uvicorn[standard]", "ipython"]\n`,
    };
    const files = ['pylock.python.toml', 'packages-python.txt', 'uv.lock'].map((name) => `python/requirements/${name}`);
    const real = Workspace.create(stack);
    await real.succeed(['run', 'python:lock']);
    const withStandIn = files.map((file) => real.read(file));

    // A stand-in that cannot be started: uv then looks for the real one.
    const standIns = join(real.toolFolder, 'python');
    for (const name of readdirSync(standIns)) chmodSync(join(standIns, name, 'python'), 0o644);
    real.remove('python/requirements');
    const empty = { UV_CACHE_DIR: join(real.toolFolder, 'uv-cache') };
    await real.succeed(['run', 'python:lock'], empty);

    expect(files.map((file) => real.read(file))).toEqual(withStandIn);
  });
});
