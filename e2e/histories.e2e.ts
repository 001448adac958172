import { mergeWithConflicts, settleConflicts } from './support/merge';
import type { Repository } from './support/repository';
import {
  append,
  declare,
  DEFINITION,
  deployedNames,
  editRecord,
  lockFile,
  LockedStack,
  ran,
  recordOf,
  stripRecord,
  type Outcome,
} from './support/stack';

jest.setTimeout(120_000);

const NOTHING: Outcome = { resolved: [], names: [], pins: [] };
const REPORT = 'stack/report.py';
const UNITS = 'stack/units.py';
const RECORD = lockFile('app-report', 'record');

let stack: LockedStack;

beforeAll(async () => {
  stack = await LockedStack.start();
});

afterAll(() => stack.stop());

const names = (...changed: string[]): Outcome => ({ ...NOTHING, names: changed });
const settled = (...changed: string[]): Outcome => ({ ...names(...changed), resolved: ['app-report'] });

type Change = (repository: Repository) => void;
const edit =
  (path: string, line: string): Change =>
  (repository) => {
    append(repository, path, line);
  };
const undo =
  (path: string, line: string): Change =>
  (repository) => {
    repository.edit(path, `${line}\n`, '');
  };
const add =
  (layer: string, line: string): Change =>
  (repository) => {
    declare(repository, layer, line);
  };
const deleteRecord: Change = (repository) => {
  repository.remove(RECORD);
};
const raise =
  (number: number): Change =>
  (repository) => {
    editRecord(repository, 'app-report', { lock_version: number });
  };

/** Locks and commits after each change. */
async function lockEach(repository: Repository, ...changes: Change[]): Promise<void> {
  for (const change of changes) {
    await stack.lockAfter(repository, change);
    repository.commit();
  }
}

/** Two branches from a state in which `app-report` has number 7; the first one is checked out. */
async function branchesFrom7(ours: Change[], theirs: Change[]): Promise<Repository> {
  const repository = stack.copy();
  await lockEach(repository, raise(7));
  repository.git('branch', 'ours');
  repository.git('checkout', '--quiet', '-b', 'theirs');
  await lockEach(repository, ...theirs);
  repository.git('checkout', '--quiet', 'ours');
  await lockEach(repository, ...ours);
  return repository;
}

/** A run on a fresh clone of what is committed, with some cache: it must change nothing. */
async function expectCleanClone(repository: Repository, cache = repository.cache): Promise<Repository> {
  const clone = repository.clone(cache);
  await clone.lockWell();
  expect(clone.git('status', '--porcelain')).toBe('');
  return clone;
}

describe('numbers', () => {
  it('edit, lock (2), commit, git revert, another edit, lock: 3, not 2', async () => {
    const repository = stack.copy();
    await lockEach(repository, edit(REPORT, '# one'));
    repository.git('revert', '--no-edit', 'HEAD');

    expect(await stack.lockAfter(repository, edit(REPORT, '# two'))).toEqual(names('app-report@3'));
  });

  it('edit, lock (2), edit back, lock (3), commit, delete the record, lock: 3', async () => {
    const repository = stack.copy();
    await stack.lockAfter(repository, edit(REPORT, '# one'));
    await stack.lockAfter(repository, undo(REPORT, '# one'));
    repository.commit();

    expect(await stack.lockAfter(repository, deleteRecord)).toEqual(settled());
    expect(recordOf(repository, 'app-report')).toMatchObject({ lock_version: 3, last_version: 3 });
  });

  it('an old tree over a newer HEAD, locked with --skip-nx-cache: no record that is an error afterwards', async () => {
    const repository = stack.copy();
    await lockEach(repository, edit(REPORT, '# one'), edit(REPORT, '# two'));

    const oldTree: Change = (each) => {
      each.git('checkout', '--quiet', 'HEAD~2', '--', '.');
    };
    expect(await stack.lockAfter(repository, oldTree, { skipCache: true })).toEqual(names('app-report@1'));
    expect(recordOf(repository, 'app-report')).toMatchObject({ lock_version: 1, last_version: 1 });
    repository.commit();

    expect(await stack.lockAfter(repository, edit(REPORT, '# three'), { skipCache: true })).toEqual(
      names('app-report@4'),
    );
  });

  it('a layer renamed away, committed, renamed back: its numbers go on', async () => {
    const repository = stack.copy();
    await lockEach(repository, edit(REPORT, '# one'));
    await lockEach(repository, (each) => {
      each.edit(DEFINITION, 'name = "report"', 'name = "summary"');
      each.git('rm', '-r', '--quiet', 'stack/requirements/app-report');
    });

    const outcome = await stack.lockAfter(repository, (each) => {
      each.edit(DEFINITION, 'name = "summary"', 'name = "report"');
      append(each, REPORT, '# two');
    });

    expect(outcome.names).toEqual(['app-report@3']);
  });

  it('two stacks of a workspace that both have a versioned runtime of one name: neither disturbs the other', async () => {
    const repository = stack.copy();
    const other = (pattern: string) => ({
      'other/venvstacks.toml': `[[runtimes]]
name = "py"
python_implementation = "cpython@3.12.7"
versioned = true
dynlib_exclude = ["${pattern}"]
requirements = []
`,
    });
    const lockBoth = async () => {
      const graph = await repository.graph({ projectName: '{stack}-{env}' });
      await repository.lockWell(['stack-py', 'other-py'], { graph });
      repository.commit();
      return ['stack', 'other'].map((folder) => recordOf(repository, 'py', folder).lock_version);
    };

    repository.write(other('a'));
    expect(await lockBoth()).toEqual([1, 1]);
    repository.write(other('b'));
    expect(await lockBoth()).toEqual([1, 2]);
    declare(repository, 'py', 'dynlib_exclude = ["b"]');
    expect(await lockBoth()).toEqual([2, 2]);
    repository.remove(lockFile('py', 'record'));
    repository.write(other('c'));
    expect(await lockBoth()).toEqual([2, 3]);
    declare(repository, 'py', '# no change');
    repository.edit(DEFINITION, 'dynlib_exclude = ["b"]', 'dynlib_exclude = ["c"]');
    expect(await lockBoth()).toEqual([3, 3]);
  });
});

describe('caches', () => {
  it('a definition locked by CI, then by a developer without its cache: a fresh clone changes nothing', async () => {
    const origin = stack.copy();
    origin.edit(DEFINITION, '"alpha<2"', '"alpha<1"');
    declare(origin, 'tools', 'versioned = true');
    origin.commit();
    const remote = new Map(origin.cache);
    const ci = origin.clone(remote);
    await ci.lockWell();
    const developer = origin.clone(new Map());

    await developer.lockWell();
    developer.commit();

    await stack.expectNothingToDo(await expectCleanClone(developer, remote));
  });

  it('the same change locked on two machines, both pushed caches: a clone of either commit stays clean', async () => {
    const origin = stack.copy();
    declare(origin, 'py', 'dynlib_exclude = ["lib*"]');
    origin.commit();
    const remote = new Map(origin.cache);
    const machines = [origin.clone(remote), origin.clone(remote)];
    for (const machine of machines) {
      expect(await stack.lockAfter(machine)).toEqual(names('app-report@2', 'framework-web@2', 'py@2'));
      machine.commit();
    }

    for (const machine of machines) await stack.expectNothingToDo(await expectCleanClone(machine));
  });

  it('a runtime’s requirement loosened with the same result: one run, then all hits, no number moved', async () => {
    const repository = stack.copy();
    repository.edit(DEFINITION, '["core"]', '["core>=1"]');

    expect(await stack.lockAfter(repository)).toEqual({ ...NOTHING, resolved: ['py'] });
    repository.commit();
    await stack.expectNothingToDo(repository.clone());
  });

  it('lock and uv.lock deleted under a valid record: mended; the second run hits; a fresh clone stays as it is', async () => {
    const repository = stack.copy();

    const outcome = await stack.lockAfter(repository, (each) => {
      each.remove(lockFile('app-report', 'lock'));
      each.remove(lockFile('app-report', 'uv.lock'));
    });
    expect(outcome).toEqual(settled());
    repository.commit();

    await stack.expectNothingToDo(await expectCleanClone(repository));
    await expectCleanClone(repository, new Map());
  });

  it('states with the same inputs and different numbers: each finds its own result again in a shared cache', async () => {
    const repository = stack.copy();
    await lockEach(repository, edit(REPORT, '# one'), undo(REPORT, '# one'));

    for (const [commit, name] of [
      ['HEAD~2', 'app-report@1'],
      ['HEAD~1', 'app-report@2'],
      ['HEAD', 'app-report@3'],
    ] as const) {
      const clone = repository.clone();
      clone.git('checkout', '--quiet', commit.replace('HEAD', 'origin/main'));
      await stack.expectNothingToDo(clone);
      expect(deployedNames(clone)).toContain(name);
    }
  });
});

describe('an application locked with --excludeTaskDependencies, discarded, its framework changed in another way', () => {
  const alone = { excludeTaskDependencies: true };

  async function lockedAndDiscarded(): Promise<Repository> {
    const repository = stack.copy();
    declare(repository, 'web', 'dynlib_exclude = ["lib*"]');
    await repository.lockWell(['web'], alone);
    await repository.lockWell(['report'], alone);
    expect(deployedNames(repository)).toEqual(expect.arrayContaining(['app-report@2', 'framework-web@2']));
    repository.git('checkout', '--quiet', '.');
    declare(repository, 'web', 'linux_target = "glibc@2.34"');
    return repository;
  }

  it('is refused while the framework is stale', async () => {
    const repository = await lockedAndDiscarded();
    const before = repository.files();

    const [result] = await repository.lock(['report'], alone);

    expect(result).toMatchObject({ task: 'report', from: 'run', success: false });
    expect(result?.output).toContain('the lower layer framework-web is stale, so this one cannot be locked');
    expect(repository.files()).toEqual(before);
  });

  it('is right once it is locked, and not the old record', async () => {
    const repository = await lockedAndDiscarded();
    repository.commit();
    const elsewhere = repository.clone(new Map());

    await repository.lockWell(['web'], alone);
    expect(ran(await repository.lock(['report'], alone))).toEqual(['report']);
    await elsewhere.lockWell();

    expect(deployedNames(repository)).toEqual(deployedNames(elsewhere));
    expect(recordOf(repository, 'app-report').inputs).toEqual(recordOf(elsewhere, 'app-report').inputs);
    expect(await stack.lockAfter(repository)).toEqual(NOTHING);
  });
});

describe('merges', () => {
  const dynlib = add('report', 'dynlib_exclude = ["lib*"]');

  /** Both sides have number 8 for contents of their own, and the merged ones are those of our side. */
  async function mergedToOurs(): Promise<Repository> {
    const repository = await branchesFrom7([edit(REPORT, '# one')], [edit(UNITS, '# two')]);
    repository.git('checkout', '--quiet', 'theirs');
    undo(UNITS, '# two')(repository);
    repository.commit('Take it back, unlocked');
    repository.git('checkout', '--quiet', 'ours');
    mergeWithConflicts(repository, 'theirs');
    return repository;
  }

  it('a module on one branch (8), dynlib_exclude on the other (8): 9, however the markers were settled', async () => {
    const repository = await branchesFrom7([edit(REPORT, '# one')], [dynlib]);
    mergeWithConflicts(repository, 'theirs');
    const conflicted = repository.read(RECORD);
    // All else was merged by git, into what both sides seem to confirm.
    const [contested] = [settleConflicts(conflicted, 'ours').split('\n')];
    const differing = settleConflicts(conflicted, 'theirs')
      .split('\n')
      .filter((line, index) => line !== contested[index]);
    expect(differing.map((line) => /"(\w+)"/.exec(line)?.[1])).toEqual(['fingerprint', 'lineage']);
    expect(conflicted).toContain('"lock_version": 8,');

    const settlements = (['ours', 'theirs'] as const).flatMap((fingerprint) =>
      (['ours', 'theirs'] as const).map((lineage) => settleConflicts(conflicted, fingerprint, lineage)),
    );
    for (const text of [conflicted, ...settlements]) {
      repository.write({ [RECORD]: text });
      await stack.lockAfter(repository);
      expect(deployedNames(repository)).toContain('app-report@9');
    }
  });

  it('8 with contents X against 8 with Y, merged contents X: 9', async () => {
    const repository = await mergedToOurs();

    expect(await stack.lockAfter(repository)).toEqual(settled('app-report@9'));
  });

  it('8 with X against 8 with Y, settled by taking one record whole; the record deleted, lock: 9', async () => {
    const repository = await mergedToOurs();
    repository.git('checkout', '--ours', '--', RECORD);
    repository.commit('Merge');

    expect(await stack.lockAfter(repository, deleteRecord)).toEqual(settled('app-report@9'));
  });

  it('9 against 8, merged contents those of 8: 10', async () => {
    const repository = await branchesFrom7([edit(REPORT, '# one')], [edit(UNITS, '# two'), undo(UNITS, '# two')]);
    mergeWithConflicts(repository, 'theirs');

    expect(await stack.lockAfter(repository)).toEqual(settled('app-report@10'));
  });

  it('9 against 8, merged contents those of 9: 9', async () => {
    const repository = await branchesFrom7([edit(REPORT, '# one')], [edit(REPORT, '# one'), edit(UNITS, '# two')]);
    mergeWithConflicts(repository, 'theirs');

    expect(await stack.lockAfter(repository)).toEqual(settled('app-report@9'));
  });

  it('a merge committed with its markers: settled by the next lock', async () => {
    const repository = await branchesFrom7([edit(REPORT, '# one')], [edit(UNITS, '# two')]);
    mergeWithConflicts(repository, 'theirs', 'diff3');
    repository.commit('Merge, markers and all');

    expect(await stack.lockAfter(repository)).toEqual(settled('app-report@9'));
    repository.commit();
    await stack.expectNothingToDo(await expectCleanClone(repository));
  });

  it('a clean merge of branches that locked different layers: no number twice', async () => {
    const repository = await branchesFrom7([edit(REPORT, '# one')], [edit('stack/side.py', '# two')]);
    repository.git('merge', '--quiet', '--no-edit', 'theirs');

    expect(deployedNames(repository)).toEqual(expect.arrayContaining(['app-report@8', 'app-side@2']));
    expect(await stack.lockAfter(repository)).toEqual(NOTHING);
    await expectCleanClone(repository, new Map());
  });

  it('a framework’s number taken on one branch, the application’s on the other: the application gets a third', async () => {
    const repository = await branchesFrom7([edit(REPORT, '# one')], [add('web', 'dynlib_exclude = ["lib*"]')]);
    mergeWithConflicts(repository, 'theirs');

    expect(await stack.lockAfter(repository)).toEqual(settled('app-report@9'));
    expect(deployedNames(repository)).toContain('framework-web@2');
  });
});

describe('lock_version raised by hand', () => {
  it('with other changes: as raised, whatever the contents', async () => {
    const repository = stack.copy();

    expect(
      await stack.lockAfter(repository, (each) => {
        raise(20)(each);
        append(each, REPORT, '# one');
      }),
    ).toEqual(settled('app-report@20'));
  });

  it('to a number that history has reached: above it', async () => {
    const repository = stack.copy();
    await lockEach(repository, edit(REPORT, '# one'), edit(REPORT, '# two'));

    const outcome = await stack.lockAfter(repository, (each) => {
      each.git('checkout', '--quiet', 'HEAD~2', '--', RECORD);
      raise(3)(each);
    });

    expect(outcome).toEqual(settled('app-report@4'));
  });

  it('and committed before the lock: it counts as taken', async () => {
    const repository = stack.copy();
    raise(20)(repository);
    repository.commit();

    expect(await stack.lockAfter(repository)).toEqual(settled('app-report@21'));
  });

  it('lowered: above every number in history', async () => {
    const repository = stack.copy();
    await lockEach(repository, edit(REPORT, '# one'));

    expect(await stack.lockAfter(repository, raise(1))).toEqual(settled('app-report@3'));
  });

  it.each([
    ['lock_version', 0],
    ['lock_version', 1.5],
    ['last_version', -1],
    ['last_version', 2 ** 53],
  ])('%s %d: an error that says what to do, and that works', async (field, number) => {
    const repository = stack.copy();
    editRecord(repository, 'app-report', { [field]: number });
    const before = repository.files();

    const failed = (await repository.lock()).filter(({ success }) => !success);

    expect(failed.map(({ task }) => task)).toEqual(['report']);
    expect(failed[0]?.output).toContain(`${field} in its version record is ${number}, which is no number of a lock`);
    expect(failed[0]?.output).toContain('Delete the record and run lock');
    expect(repository.files()).toEqual(before);
    await stack.lockAfter(repository, deleteRecord);
    expect(deployedNames(repository)).toContain('app-report@1');
  });

  it('of a record by a newer version of the plugin: an error that asks for it', async () => {
    const repository = stack.copy();
    editRecord(repository, 'app-report', { format: 2 });

    const [failed] = (await repository.lock()).filter(({ success }) => !success);

    expect(failed?.output).toContain('its version record has format 2');
    expect(failed?.output).toContain('Update nx-venvstacks.');
  });
});

describe('a record without our keys', () => {
  const strip: Change = (repository) => {
    stripRecord(repository, 'app-report');
  };

  it('over one of ours, same contents: its pins and number stay', async () => {
    expect(await stack.lockAfter(stack.copy(), strip)).toEqual(settled());
  });

  it.each<[string, Change]>([
    ['a module edited', edit(REPORT, '# one')],
    ['dynlib_exclude, which venvstacks does not record', add('report', 'dynlib_exclude = ["lib*"]')],
  ])('over one of ours, other contents: the next number: %s', async (_, change) => {
    const outcome = await stack.lockAfter(stack.copy(), (each) => {
      change(each);
      strip(each);
    });

    expect(outcome).toEqual(settled('app-report@2'));
  });

  it('platforms changed, locked by venvstacks, then by us: a new number', async () => {
    const outcome = await stack.lockAfter(stack.copy(), (each) => {
      each.edit(
        DEFINITION,
        '["linux_x86_64"]\nrequirements = ["alpha',
        '["linux_x86_64", "linux_aarch64"]\nrequirements = ["alpha',
      );
      stripRecord(each, 'framework-web');
    });

    expect(outcome).toEqual({
      resolved: ['app-report', 'framework-web'],
      names: ['app-report@2', 'framework-web@2'],
      pins: ["+framework-web arm==1.1 ; platform_machine == 'aarch64'"],
    });
  });

  /** As venvstacks leaves a stack: its records, no uv.lock. */
  function foreign(number: number): Repository {
    const repository = stack.copy();
    repository.remove('.git');
    repository.git('init', '--quiet', '--initial-branch=main');
    for (const name of deployedNames(repository)) {
      const [envName = ''] = name.split('@');
      const versioned = name.includes('@');
      stripRecord(repository, envName);
      if (versioned) editRecord(repository, envName, { lock_version: number });
      repository.remove(lockFile(envName, 'uv.lock'));
    }
    return repository;
  }

  it('never committed, all hashes hold: taken over with its pins and number', async () => {
    const repository = foreign(4);

    expect(await stack.lockAfter(repository)).toMatchObject({ pins: [] });
    expect(deployedNames(repository)).toEqual([
      'app-report@4',
      'app-side@4',
      'framework-base',
      'framework-tools',
      'framework-web@4',
      'plain',
      'py@4',
    ]);
  });

  it('one application of a venvstacks repository locked and committed, the others later: no number moves', async () => {
    const repository = foreign(4);
    repository.commit('As venvstacks left it');
    await repository.lockWell(['side']);
    repository.commit();

    expect(await stack.lockAfter(repository)).toMatchObject({ pins: [] });
    expect(deployedNames(repository).filter((name) => name.includes('@'))).toEqual([
      'app-report@4',
      'app-side@4',
      'framework-web@4',
      'py@4',
    ]);
  });

  it('never committed, one of its hashes does not hold: the next number, pins that can stay do', async () => {
    const repository = foreign(4);

    const outcome = await stack.lockAfter(repository, (each) => {
      each.edit(DEFINITION, '["delta", "alpha"]', '["delta", "alpha", "gamma"]');
    });

    expect(outcome.pins).toEqual(['+app-report gamma==1.0']);
    expect(outcome.names).toContain('app-report@5');
  });
});

describe('history that is not there', () => {
  it('in a shallow clone a new number is refused, with the command that deepens it', async () => {
    const origin = stack.copy();
    await lockEach(origin, edit(REPORT, '# one'));
    const shallow = origin.clone(new Map(), '--depth=1');
    expect(await stack.lockAfter(shallow, undefined, { skipCache: true })).toEqual(NOTHING);
    append(shallow, REPORT, '# two');
    const before = shallow.files();

    const failed = (await shallow.lock()).filter(({ success }) => !success);

    expect(failed.map(({ task }) => task)).toEqual(['report']);
    expect(failed[0]?.output).toContain('this clone is shallow');
    expect(failed[0]?.output).toContain('git fetch --unshallow');
    expect(shallow.files()).toEqual(before);
    shallow.git('fetch', '--quiet', '--unshallow');
    expect(await stack.lockAfter(shallow)).toEqual(names('app-report@3'));
  });

  it('in a shallow clone a number that stays is not refused', async () => {
    const shallow = stack.copy().clone(new Map(), '--depth=1');

    expect(
      await stack.lockAfter(shallow, (each) => {
        each.edit(DEFINITION, '"delta"', '"delta>=1"');
      }),
    ).toEqual(settled());
  });

  it('of a record that git ignores, only what is on disk is known, and that is said', async () => {
    const origin = stack.copy();
    append(origin, '.gitignore', 'stack/requirements');
    origin.git('rm', '-r', '--quiet', '--cached', 'stack/requirements');
    origin.commit();
    const shallow = origin.clone(new Map(), '--depth=1');
    await shallow.lockWell();
    expect(deployedNames(shallow)).toContain('app-report@1');
    append(shallow, REPORT, '# one');

    const { report } = await shallow.lockWell();

    expect(report).toContain('app-report@2 (was 1): launch module report changed');
    expect(report).toContain('git ignores the record: numbers follow only from the one on disk');
  });

  it('without git likewise', async () => {
    const repository = stack.copy();
    repository.remove('.git');
    append(repository, REPORT, '# one');

    const { report } = await repository.lockWell();

    expect(report).toContain('app-report@2 (was 1): launch module report changed');
    expect(report).toContain('no git repository here: numbers follow only from the record on disk');
  });
});
