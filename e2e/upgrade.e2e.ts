import { PackageIndex } from './support/package-index';
import { Repository } from './support/repository';

jest.setTimeout(120_000);

const LAYERS = ['py', 'framework-base', 'app-tool'];

describe('an upgrade', () => {
  let index: PackageIndex;
  let newest = 1;

  beforeEach(async () => {
    newest = 1;
    index = await PackageIndex.start(['low', 'middle', 'high'].map((name) => ({ name, version: '1.0' })));
  });
  afterEach(() => index.stop());

  /** Newer releases of everything, from before the cutoff. */
  function moveOn(): void {
    newest += 1;
    for (const name of ['low', 'middle', 'high'])
      index.add({ name, version: `${newest}.0`, uploadTime: '2026-02-01T00:00:00Z' });
  }

  async function locked(): Promise<Repository> {
    const repository = Repository.create({
      'venvstacks.uv.toml': `exclude-newer = "2026-03-01T00:00:00Z"\n[[index]]\nurl = "${index.url}"\ndefault = true\n`,
      'py/layer.toml':
        '[runtime]\npython_implementation = "cpython@3.12.7"\nversioned = true\nrequirements = ["low"]\n',
      'base/layer.toml': '[framework]\nruntime = "py"\nversioned = true\nrequirements = ["middle"]\n',
      'tool/layer.toml':
        '[application]\nframeworks = ["base"]\nversioned = true\nrequirements = ["high"]\nlaunch_module = "tool.py"\n',
      'tool/tool.py': '1\n',
    });
    await repository.lockWell();
    repository.commit();
    return repository;
  }

  const folderOf = (layer: string) => layer.replace(/^(?:app|framework)-/, '');
  const state = (repository: Repository) =>
    LAYERS.map((layer) => {
      const folder = `${folderOf(layer)}/requirements`;
      const { lock_version } = JSON.parse(repository.read(`${folder}/pylock.${layer}.meta.json`)) as {
        lock_version: number;
      };
      const pins = repository
        .read(`${folder}/packages-${layer}.txt`)
        .split('\n')
        .filter((line) => /^\w/.test(line));
      return `${layer}@${lock_version} ${pins.join(' ')}`;
    });

  it('takes the newest allowed, lower layers first, and numbers what differs', async () => {
    const repository = await locked();
    moveOn();
    await repository.lockWell();
    expect(state(repository)).toEqual(['py@1 low==1.0', 'framework-base@1 middle==1.0', 'app-tool@1 high==1.0']);

    const said = await repository.upgradeWell();

    expect(state(repository)).toEqual(['py@2 low==2.0', 'framework-base@2 middle==2.0', 'app-tool@2 high==2.0']);
    expect(said.py).toBe('py@2 (was 1): packages upgraded\n  low 1.0 → 2.0\n');
    expect((await repository.check()).filter(({ success }) => !success)).toEqual([]);
  });

  it('with --package moves only those, and numbers above follow', async () => {
    const repository = await locked();
    moveOn();
    await repository.upgradeWell({ package: ['middle'] });
    expect(state(repository)).toEqual(['py@1 low==1.0', 'framework-base@2 middle==2.0', 'app-tool@2 high==1.0']);
  });

  it('that moves nothing writes nothing, and --dryRun neither', async () => {
    const repository = await locked();
    const before = repository.files();
    await repository.upgradeWell();
    expect(repository.files()).toEqual(before);
    moveOn();
    expect((await repository.upgradeWell({ dryRun: true })).py).toBe(
      'would be py@2 (was 1): packages upgraded\n  low 1.0 → 2.0\n',
    );
    expect(repository.files()).toEqual(before);
  });

  it('stays through the next lock, which runs once and then hits', async () => {
    for (const options of [{}, { reset: true }]) {
      const repository = await locked();
      moveOn();
      await repository.upgradeWell(options);
      const upgraded = state(repository);
      moveOn();
      expect((await repository.lock()).map(({ from }) => from)).toEqual(['run', 'run', 'run']);
      expect(state(repository)).toEqual(upgraded);
      expect((await repository.lock()).map(({ from }) => from)).toEqual(['cache', 'cache', 'cache']);
    }
  });

  it('that was discarded does not come back after a later one', async () => {
    const repository = await locked();
    moveOn();
    await repository.upgradeWell();
    await repository.lockWell();
    repository.git('checkout', '--quiet', '.');
    moveOn();
    await repository.upgradeWell();
    const later = state(repository);

    await repository.lockWell();

    expect(state(repository)).toEqual(later);
    expect(later[0]).toBe('py@2 low==3.0');
  });
});

describe('lock-check', () => {
  it('fails where a conflict was settled by taking one side’s record whole, and passes once it is settled anew', async () => {
    const index = await PackageIndex.start([{ name: 'low', version: '1.0' }]);
    const repository = Repository.create({
      'venvstacks.uv.toml': `exclude-newer = "2026-03-01T00:00:00Z"\n[[index]]\nurl = "${index.url}"\ndefault = true\n`,
      'py/layer.toml': '[runtime]\npython_implementation = "cpython@3.12.7"\nrequirements = ["low"]\n',
      'tool/layer.toml':
        '[application]\nruntime = "py"\nversioned = true\nrequirements = []\nlaunch_module = "tool.py"\n',
      'tool/tool.py': '1\n',
    });
    const editAndLock = async (text: string) => {
      repository.write({ 'tool/tool.py': text });
      await repository.lockWell();
      repository.commit();
    };
    await editAndLock('1\n');
    repository.git('checkout', '--quiet', '-b', 'other');
    await editAndLock('other\n');
    repository.git('checkout', '--quiet', 'main');
    await editAndLock('main\n');
    expect(() => repository.git('merge', '--quiet', 'other')).toThrow();
    for (const path of ['tool/tool.py', 'tool/requirements']) repository.git('checkout', '--ours', '--', path);
    repository.commit('Merge, and take our side');

    const [failed] = (await repository.check()).filter(({ success }) => !success);

    expect(failed?.task).toBe('tool');
    expect(failed?.output).toBe(
      [
        'app-tool@2 is damaged:',
        "  git's history gives number 2 to other contents: a conflict was settled by taking one side's record whole",
        '  delete the record, so that the number is settled anew',
        '  Mend it: npx nx run tool:lock',
        '',
      ].join('\n'),
    );
    repository.remove('tool/requirements/pylock.app-tool.meta.json');
    expect((await repository.lockWell()).tool).toContain('app-tool@3');
    expect((await repository.check()).filter(({ success }) => !success)).toEqual([]);
    await index.stop();
  });
});
