import { PackageIndex } from './support/package-index';
import { Repository } from './support/repository';
import { venvstacksRecord } from './support/venvstacks-record';

jest.setTimeout(120_000);

const STACK = (url: string) => `
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
requirements = []

[[applications]]
name = "two"
frameworks = ["base"]
versioned = true
launch_module = "two.py"
requirements = []

[tool.uv]
exclude-newer = "2026-03-01T00:00:00Z"

[[tool.uv.index]]
url = "${url}"
default = true
`;

const LAYERS = ['py', 'framework-base', 'app-one', 'app-two'];
const recordOf = (layer: string) => `requirements/${layer}/pylock.${layer}.meta.json`;

describe('a repository that venvstacks has locked', () => {
  let index: PackageIndex;
  let newer = 0;

  beforeAll(async () => {
    index = await PackageIndex.start(['thing', 'helper'].map((name) => ({ name, version: '1.0' })));
  });
  afterAll(() => index.stop());

  /** As venvstacks leaves it: our keys are gone from every record, uv.lock is not there, the numbers are its own. */
  async function lockedByVenvstacks(): Promise<Repository> {
    const repository = Repository.create({ 'venvstacks.toml': STACK(index.url), 'one.py': '1\n', 'two.py': '2\n' });
    await repository.lockWell();
    LAYERS.forEach((layer, position) => {
      const path = recordOf(layer);
      repository.write({ [path]: venvstacksRecord(repository.read(path), 5 + position) });
      repository.remove(`requirements/${layer}/uv.lock`);
    });
    index.add({ name: 'thing', version: `2.${(newer += 1)}`, uploadTime: '2026-02-01T00:00:00Z' });
    return repository;
  }

  const numbers = (repository: Repository) =>
    LAYERS.map((layer) => (JSON.parse(repository.read(recordOf(layer))) as { lock_version: number }).lock_version);
  const pins = (repository: Repository) =>
    LAYERS.map((layer) => repository.read(`requirements/${layer}/packages-${layer}.txt`));

  it('keeps every number and every pin, whether its locks were committed or not', async () => {
    for (const committed of [true, false]) {
      const repository = await lockedByVenvstacks();
      const before = pins(repository);
      if (committed) repository.commit('Lock with venvstacks');

      await repository.lockWell();

      expect(numbers(repository)).toEqual([5, 6, 7, 8]);
      expect(pins(repository)).toEqual(before);
      expect((await repository.lock()).map(({ from }) => from)).toEqual(['cache', 'cache', 'cache', 'cache']);
    }
  });

  it('keeps them also if one application is locked and committed first, the other later', async () => {
    const repository = await lockedByVenvstacks();
    repository.commit('Lock with venvstacks');

    await repository.lockWell(['one']);
    repository.commit('Take over one application');
    await repository.lockWell(['two']);

    expect(numbers(repository)).toEqual([5, 6, 7, 8]);
  });

  it('keeps them after venvstacks has written its records again in between', async () => {
    const repository = await lockedByVenvstacks();
    repository.commit('Lock with venvstacks');
    await repository.lockWell();
    repository.commit('Take over');
    repository.write({ [recordOf('app-one')]: venvstacksRecord(repository.read(recordOf('app-one'))) });

    await repository.lockWell();

    expect(numbers(repository)).toEqual([5, 6, 7, 8]);
  });

  it.each([
    [
      'a dynlib_exclude',
      'launch_module = "one.py"',
      'launch_module = "one.py"\ndynlib_exclude = ["*.so"]',
      [5, 6, 8, 8],
    ],
    [
      'the platforms of the application',
      'launch_module = "one.py"',
      'launch_module = "one.py"\nplatforms = ["linux_x86_64"]',
      [5, 6, 8, 8],
    ],
    ['the patch release of the Python', '3.12.7', '3.12.8', [6, 7, 8, 9]],
  ])(
    'moves the numbers where %s has changed since, which venvstacks does not notice',
    async (_, from, to, expected) => {
      const repository = await lockedByVenvstacks();
      repository.commit('Lock with venvstacks');
      repository.edit('venvstacks.toml', from, to);

      await repository.lockWell();

      expect(numbers(repository)).toEqual(expected);
    },
  );
});
