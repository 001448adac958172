import { join } from 'node:path';
import join_, { type JoinOptions } from '../packages/nx-venvstacks/src/generators/join/join';
import split, { type SplitOptions } from '../packages/nx-venvstacks/src/generators/split/split';
import { LockedStack } from '../packages/nx-venvstacks/src/testing/locked-stack';
import { generate } from '../packages/nx-venvstacks/src/testing/tree';
import { PackageIndex } from './support/package-index';
import { Repository } from './support/repository';
import { run } from './support/run';
import { ran } from './support/stack';
import { venvstacksRecord } from './support/venvstacks-record';
import { buildWheels } from './support/wheels';
import { Workspace } from './support/workspace';

jest.setTimeout(120_000);

const STACK = (uv: string) => `
[[runtimes]]
name = "py"
python_implementation = "cpython@3.12.7"
versioned = true
requirements = ["thing"]

[[frameworks]]
name = "base"
runtime = "py"
versioned = true
requirements = ["helper"]

[[applications]]
name = "one"
frameworks = ["base"]
versioned = true
launch_module = "one.py"
# By path, that of b.py comes first here, and last elsewhere.
support_modules = ["./b.py", "a.py"]
requirements = []

[[applications]]
name = "two"
frameworks = ["base"]
versioned = true
launch_module = "two.py"
requirements = []

[tool.uv]
exclude-newer = "2026-03-01T00:00:00Z"
${uv}`;

const LAYERS = ['py', 'framework-base', 'app-one', 'app-two'];

/** Path of a layer's file, wherever it is. */
function find(repository: Repository, name: string): string {
  const paths = Object.keys(repository.files()).filter((path) => path.endsWith(`/${name}`));
  if (paths.length !== 1) throw new Error(`${name}: ${paths.join(', ') || 'not there'}`);
  return paths[0] ?? '';
}
const pathOfRecord = (repository: Repository, layer: string) => find(repository, `pylock.${layer}.meta.json`);
const numbers = (repository: Repository) =>
  LAYERS.map(
    (layer) => (JSON.parse(repository.read(pathOfRecord(repository, layer))) as { lock_version: number }).lock_version,
  );
const pins = (repository: Repository) =>
  LAYERS.map((layer) => repository.read(find(repository, `packages-${layer}.txt`)));
const stale = async (repository: Repository) =>
  (await repository.check()).filter(({ success }) => !success).map(({ task, output }) => `${task}: ${output}`);

async function splitIn(
  { root }: Repository,
  { stack = 'stack', ...options }: Partial<SplitOptions> = {},
): Promise<void> {
  await generate(root, split, { directory: join(root, 'layers'), ...options, stack: join(root, stack) });
}
async function joinIn({ root }: Repository, directory: string, options: Partial<JoinOptions> = {}): Promise<void> {
  await generate(root, join_, { ...options, directory: join(root, directory) });
}

describe('a stack that is split and joined', () => {
  let index: PackageIndex;
  let original: Repository;

  beforeAll(async () => {
    index = await PackageIndex.start(['thing', 'helper'].map((name) => ({ name, version: '1.0' })));
    original = Repository.create({
      'stack/venvstacks.toml': STACK(`[[tool.uv.index]]\nurl = "${index.url}"\ndefault = true\n`),
      ...Object.fromEntries(['one', 'two', 'a', 'b'].map((name) => [`stack/${name}.py`, '1\n'])),
    });
    await original.lockWell();
    original.commit('Lock');
    for (const name of ['thing', 'helper']) index.add({ name, version: '2.0', uploadTime: '2026-02-01T00:00:00Z' });
  });
  afterAll(() => index.stop());
  const locked = () => original.clone(new Map(original.cache));

  it('is valid at once, and its numbers go on from the old folders', async () => {
    const repository = locked();
    const before = pins(repository);
    await splitIn(repository);

    expect(await stale(repository)).toEqual([]);
    const files = repository.files();
    await repository.lockWell();
    expect(repository.files()).toEqual(files);
    expect(ran(await repository.lock())).toEqual([]);
    expect([numbers(repository), pins(repository)]).toEqual([[1, 1, 1, 1], before]);
    repository.commit('Split');

    repository.write({ 'stack/one.py': '2\n' });
    await repository.lockWell();
    expect([numbers(repository), pins(repository)]).toEqual([[1, 1, 2, 1], before]);
    repository.commit('Edit');

    for (const layer of LAYERS) repository.remove(pathOfRecord(repository, layer));
    await repository.lockWell();
    expect([numbers(repository), pins(repository)]).toEqual([[1, 1, 2, 1], before]);
    repository.commit('Lose the records');

    await joinIn(repository, 'joined');
    expect(await stale(repository)).toEqual([]);
    expect(numbers(repository)).toEqual([1, 1, 2, 1]);
    repository.commit('Join');
    repository.write({ 'stack/one.py': '3\n' });
    await repository.lockWell();
    expect([numbers(repository), pins(repository)]).toEqual([[1, 1, 3, 1], before]);

    await repository.upgradeWell();
    expect(numbers(repository)).toEqual([2, 2, 4, 2]);
    expect(repository.read(find(repository, 'packages-framework-base.txt'))).toContain('helper==2.0\n');
  });

  it('has its number from the history of the folder where it was', async () => {
    const repository = locked();
    await splitIn(repository);
    repository.remove(pathOfRecord(repository, 'app-one'));
    repository.write({ 'stack/two.py': '2\n' });
    repository.remove(pathOfRecord(repository, 'app-two'));
    await repository.lockWell();
    expect(numbers(repository)).toEqual([1, 1, 1, 2]);
  });

  it('never has one number for two contents, also if the split is reverted', async () => {
    const repository = locked();
    repository.write({ 'stack/one.py': '2\n' });
    await repository.lockWell();
    expect(numbers(repository)).toEqual([1, 1, 2, 1]);
    await splitIn(repository, { force: true });
    repository.commit('Edit, and split');
    repository.git('revert', '--no-edit', 'HEAD');
    expect(await stale(repository)).toEqual([]);
    expect(numbers(repository)).toEqual([1, 1, 1, 1]);

    repository.write({ 'stack/one.py': '3\n' });
    await repository.lockWell();
    expect(numbers(repository)).toEqual([1, 1, 3, 1]);
  });

  /** As venvstacks leaves it: our keys are gone from every record, uv.lock is not there, the numbers are its own. */
  const lockedByVenvstacks = () => {
    const repository = locked();
    asByVenvstacks(repository);
    repository.commit('Lock with venvstacks');
    return repository;
  };

  it.each([
    ['committed', true],
    ['not committed', false],
  ])('keeps what venvstacks gave it, split and %s', async (_, committed) => {
    const repository = lockedByVenvstacks();
    const before = pins(repository);
    await splitIn(repository);
    if (committed) repository.commit('Split');
    await repository.lockWell();
    expect([numbers(repository), pins(repository)]).toEqual([[5, 6, 7, 8], before]);
    expect(ran(await repository.lock())).toEqual([]);
  });

  it.each([
    ['committed', true],
    ['not committed', false],
  ])('keeps what venvstacks gave it, split, joined and %s', async (_, committed) => {
    const repository = lockedByVenvstacks();
    const before = pins(repository);
    await splitIn(repository);
    repository.commit('Split');
    await joinIn(repository, 'joined');
    if (committed) repository.commit('Join');
    await repository.lockWell();
    expect([numbers(repository), pins(repository)]).toEqual([[5, 6, 7, 8], before]);
  });
});

function asByVenvstacks(repository: Repository): void {
  LAYERS.forEach((layer, position) => {
    const path = pathOfRecord(repository, layer);
    repository.write({ [path]: venvstacksRecord(repository.read(path), 5 + position) });
    repository.remove(join(path, '../uv.lock'));
  });
}

describe('a stack of local wheels', () => {
  let original: Repository;
  beforeAll(async () => {
    const wheels = 'no-index = true\nfind-links = ["./wheels"]\n';
    original = Repository.create({
      'some/stack/venvstacks.toml': STACK(wheels),
      ...Object.fromEntries(['one', 'two', 'a', 'b'].map((name) => [`some/stack/${name}.py`, '1\n'])),
    });
    await buildWheels(join(original.root, 'some/stack/wheels'), [
      { name: 'thing', version: '1.0' },
      { name: 'helper', version: '1.0', requires: ['thing'] },
    ]);
    await original.lockWell();
    original.commit('Lock');
  });

  it('finds them from wherever it is', async () => {
    const repository = original.clone(new Map(original.cache));
    await splitIn(repository, { stack: 'some/stack', directory: join(repository.root, 'layers') });

    expect(await stale(repository)).toEqual([]);
    expect(repository.read('venvstacks.uv.toml')).toContain('find-links = ["./some/stack/wheels"]');
    const lock = repository.read('layers/py/requirements/pylock.py.toml');
    expect(lock).toContain('path = "../../../some/stack/wheels/thing-1.0-py3-none-any.whl"');
    const files = repository.files();
    await repository.lockWell();
    expect(repository.files()).toEqual(files);
    repository.commit('Split');

    await buildWheels(join(repository.root, 'some/stack/wheels'), [{ name: 'thing', version: '1.1' }]);
    for (const layer of LAYERS) repository.remove(`layers/${layer}/requirements/uv.lock`);
    await repository.lockWell();
    expect(numbers(repository)).toEqual([1, 1, 1, 1]);
    expect(repository.read('layers/py/requirements/pylock.py.toml')).toBe(lock);
    await repository.upgradeWell();
    expect(repository.read('layers/py/requirements/pylock.py.toml')).toContain('wheels/thing-1.1-py3-none-any.whl"');
    repository.commit('Upgrade');

    await joinIn(repository, 'deep/down/here');
    expect(await stale(repository)).toEqual([]);
    expect(repository.read('deep/down/here/venvstacks.uv.toml')).toContain('["../../../some/stack/wheels"]');
    const texts = Object.entries(repository.files()).filter(([path]) => !path.endsWith('.whl'));
    expect(texts.filter(([, text]) => text.includes(repository.root))).toEqual([]);
  });

  it('keeps the numbers that venvstacks gave it', async () => {
    const repository = original.clone(new Map());
    asByVenvstacks(repository);
    repository.commit('Lock with venvstacks');
    await splitIn(repository, { stack: 'some/stack' });
    await repository.lockWell();
    expect(numbers(repository)).toEqual([5, 6, 7, 8]);
  });
});

describe('in a workspace', () => {
  it('split, join and their refusals are what Nx makes of them', async () => {
    const workspace = Workspace.create({
      '.gitignore': 'node_modules\n.nx\ndist\n',
      'stacks/forecast/venvstacks.toml': STACK('prerelease = "disallow"\n'),
      ...Object.fromEntries(['one', 'two', 'a', 'b'].map((name) => [`stacks/forecast/${name}.py`, '1\n'])),
    });
    // No uv is needed: these locks are made by hand.
    new LockedStack({}, workspace.root).lockAll({ number: 3 });
    await workspace.commitAll('Lock');
    const nx = async (args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
      const { code, output } = await workspace.nx(args, env);
      if (code !== 0) throw new Error(output);
      return output;
    };

    const dry = await nx(['g', 'nx-venvstacks:split', 'stacks/forecast', '--directory=layers', '--dry-run']);
    expect(dry).toContain('CREATE layers/app-one/layer.toml\n');
    expect(dry).toContain('DELETE stacks/forecast/venvstacks.toml\n');
    expect(await workspace.git('status', '--porcelain')).toBe('');

    // Where the user is counts, not where Nx is.
    const done = await nx(['g', 'nx-venvstacks:split', 'forecast', '--directory=../layers'], {
      INIT_CWD: join(workspace.root, 'stacks'),
    });
    expect(done).toContain('4 layers are now in layers. No pin and no number changed.\n');
    await workspace.succeed(['run-many', '-t', 'lock-check']);

    const refused = await workspace.nx(['g', 'nx-venvstacks:join', 'dist/stack', '--keep']);
    expect(refused.code).toBe(1);
    expect(refused.output.trim()).toBe(
      [
        'NX  Generating nx-venvstacks:join',
        '',
        '',
        ' NX   git has uncommitted changes:',
        '',
        ...[
          'packages-app-one.txt',
          'pylock.app-one.meta.json',
          'pylock.app-one.toml',
          'requirements-app-one.in',
          'uv.lock',
        ].map((name) => `    stacks/forecast/requirements/app-one/${name}`),
        '    and 18 more',
        '  Commit or stash them, so that this change can be looked at by itself; or pass --force.',
      ].join('\n'),
    );
    await workspace.commitAll('Split');
    const copied = await nx(['g', 'nx-venvstacks:join', 'dist/stack', '--keep']);
    expect(copied).toContain('4 layers are copied to dist/stack/venvstacks.toml. No pin and no number changed.\n');
    expect(await workspace.git('status', '--porcelain')).toBe('');

    const bin = join(workspace.root, 'node_modules', 'nx-venvstacks', 'bin', 'nx-venvstacks.js');
    const { output } = await run(process.execPath, [bin, 'show', 'dist/stack/venvstacks.toml'], {
      cwd: workspace.root,
      env: workspace.env,
    });
    expect(output).toContain('app-one@3');
    expect(output).not.toContain('*');
  });
});
