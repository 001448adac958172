import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { conflictOf, mergeWithConflicts, settleConflicts, type ConflictStyle } from './support/merge';
import type { Repository } from './support/repository';
import {
  append,
  declare,
  DEFINITION,
  deployedNames,
  editRecord,
  lockFile,
  LockedStack,
  recordOf,
  type Outcome,
} from './support/stack';

jest.setTimeout(120_000);

type Change = (repository: Repository) => void;
type Case = readonly [what: string, change: Change, outcome: Outcome];

const NOTHING: Outcome = { resolved: [], names: [], pins: [] };
const ALL = ['app-report', 'app-side', 'framework-base', 'framework-tools', 'framework-web', 'plain', 'py'];
const ALL_ON_PY = ['app-report', 'framework-base', 'framework-tools', 'framework-web', 'py'];
const REPORT = 'stack/report.py';
const UNITS = 'stack/units.py';

let stack: LockedStack;

beforeAll(async () => {
  stack = await LockedStack.start();
});

afterAll(() => stack.stop());

/** From the committed state, in which all versioned layers have number 1. */
const lockAfter = (change: Change) => stack.lockAfter(stack.copy(), change);
const names = (...changed: string[]): Outcome => ({ ...NOTHING, names: changed });
const change =
  (from: string, to: string): Change =>
  (repository) => {
    repository.edit(DEFINITION, from, to);
  };
const add =
  (layer: string, line: string): Change =>
  (repository) => {
    declare(repository, layer, line);
  };
const plain = (python: string) => `name = "plain"\npython_implementation = "${python}"`;

describe('nothing; touch; reorder or reformat requirements; reorder support modules; move a module, same name', () => {
  it.each<[string, Change]>([
    ['nothing', () => undefined],
    [
      'touch',
      ({ root }) => {
        for (const path of [DEFINITION, REPORT, lockFile('app-report', 'record'), lockFile('app-report', 'lock')])
          utimesSync(join(root, path), 2_000_000_000, 2_000_000_000);
      },
    ],
    ['reorder requirements', change('["delta", "alpha"]', '["alpha", "delta"]')],
    ['reformat requirements', change('["alpha<2", "fresh",', '[\n  "alpha < 2",\n  "fresh",')],
    ['reorder support modules', change('["helpers", "units.py"]', '["units.py", "helpers"]')],
    [
      'move the launch module',
      (repository) => {
        repository.write({ 'stack/src/report.py': repository.read(REPORT) });
        repository.remove(REPORT);
        repository.edit(DEFINITION, '"report.py"', '"src/report.py"');
      },
    ],
    [
      'move a support module',
      (repository) => {
        repository.write({ 'stack/lib/other.py': '' });
        repository.git('mv', 'stack/helpers', 'stack/lib/helpers');
        repository.edit(DEFINITION, '"helpers"', '"lib/helpers"');
      },
    ],
  ])('%s', async (_, edit) => {
    expect(await lockAfter(edit)).toEqual(NOTHING);
  });

  it('nothing, past the cache', async () => {
    const repository = stack.copy();

    expect(await stack.lockAfter(repository, undefined, { skipCache: true })).toEqual(NOTHING);
    expect(repository.git('status', '--porcelain')).toBe('');
  });
});

describe('edit, rename, add or drop a launch or support module', () => {
  it.each<[string, Change]>([
    [
      'edit the launch module',
      (repository) => {
        append(repository, REPORT, 'print("more")');
      },
    ],
    [
      'rename the launch module',
      (repository) => {
        repository.git('mv', REPORT, 'stack/summary.py');
        repository.edit(DEFINITION, '"report.py"', '"summary.py"');
      },
    ],
    [
      'edit a support module',
      (repository) => {
        append(repository, UNITS, 'MILE = 1609');
      },
    ],
    [
      'edit a file of a support module',
      (repository) => {
        append(repository, 'stack/helpers/table.py', 'COLUMNS = 2');
      },
    ],
    [
      'add a file to a support module',
      (repository) => {
        repository.write({ 'stack/helpers/chart.py': '' });
      },
    ],
    [
      'drop a file of a support module',
      (repository) => {
        repository.remove('stack/helpers/table.py');
      },
    ],
    [
      'rename a support module',
      (repository) => {
        repository.git('mv', UNITS, 'stack/measures.py');
        repository.edit(DEFINITION, '"units.py"', '"measures.py"');
      },
    ],
    [
      'add a support module',
      (repository) => {
        repository.write({ 'stack/more.py': '' });
        repository.edit(DEFINITION, '"units.py"', '"units.py", "more.py"');
      },
    ],
    ['drop a support module', change('["helpers", "units.py"]', '["helpers"]')],
  ])('%s', async (_, edit) => {
    expect(await lockAfter(edit)).toEqual(names('app-report@2'));
  });
});

it('LF → CRLF in a module', async () => {
  const outcome = await lockAfter((repository) => {
    repository.write({ [REPORT]: repository.read(REPORT).replaceAll('\n', '\r\n') });
  });

  expect(outcome).toEqual(names('app-report@2'));
});

it('change a requirement, other result', async () => {
  expect(await lockAfter(change('"alpha<2"', '"alpha<1"'))).toEqual({
    resolved: ['app-report', 'framework-web'],
    names: ['app-report@2', 'framework-web@2'],
    pins: [
      '-app-report alpha==1.0',
      '+app-report alpha==0.9',
      '-framework-web alpha==1.0',
      '+framework-web alpha==0.9',
    ],
  });
});

it('loosen a requirement, same result', async () => {
  expect(await lockAfter(change('"alpha<2"', '"alpha"'))).toEqual({ ...NOTHING, resolved: ['framework-web'] });
});

it('add a requirement: other pins stay', async () => {
  expect(await lockAfter(change('"alpha<2"', '"epsilon", "alpha<2"'))).toEqual({
    resolved: ['app-report', 'framework-web'],
    names: ['app-report@2', 'framework-web@2'],
    pins: ['+framework-web epsilon==1.0'],
  });
});

describe('add, drop or reorder frameworks so that the linearisation changes', () => {
  const extra = `[[frameworks]]\nname = "extra"\nruntime = "py"\nrequirements = []\n\n[[applications]]\nname = "report"\n`;

  it.each<Case>([
    [
      'add',
      (repository) => {
        change('[[applications]]\nname = "report"\n', extra)(repository);
        change('["web", "tools"]', '["web", "tools", "extra"]')(repository);
      },
      { resolved: ['app-report', 'framework-extra'], names: ['app-report@2', 'framework-extra'], pins: [] },
    ],
    ['drop', change('["web", "tools"]', '["web"]'), { resolved: ['app-report'], names: ['app-report@2'], pins: [] }],
    [
      'reorder',
      change('["web", "tools"]', '["tools", "web"]'),
      { resolved: ['app-report'], names: ['app-report@2'], pins: [] },
    ],
  ])('%s', async (_, edit, outcome) => {
    expect(await lockAfter(edit)).toEqual(outcome);
  });
});

it('add a framework that the linearisation already has', async () => {
  expect(await lockAfter(change('["web", "tools"]', '["web", "base", "tools"]'))).toEqual(NOTHING);
});

it('a lower layer gets a new name, same pins for this one', async () => {
  const repository = stack.copy();

  expect(await stack.lockAfter(repository, add('web', 'dynlib_exclude = ["lib*"]'))).toEqual(
    names('app-report@2', 'framework-web@2'),
  );
  expect(await stack.lockAfter(repository, add('py', 'dynlib_exclude = ["lib*"]'))).toEqual(
    names('app-report@3', 'framework-web@3', 'py@2'),
  );
});

it('a lower unversioned layer changes pins this one does not use', async () => {
  expect(await lockAfter(change('["beta"]', '["beta", "gamma"]'))).toEqual({
    resolved: ['app-report', 'framework-base', 'framework-web'],
    names: [],
    pins: ['+framework-base gamma==1.1'],
  });
});

describe('rename the runtime or a framework below', () => {
  it('the runtime', async () => {
    const renamed = await lockAfter((repository) => {
      repository.write({
        [DEFINITION]: repository.read(DEFINITION).replaceAll('= "py"', '= "python"'),
      });
    });

    expect(renamed).toEqual({
      resolved: ['app-report', 'framework-base', 'framework-tools', 'framework-web', 'python'],
      names: ['app-report@2', 'framework-web@2', 'python@1'],
      pins: [],
    });
  });

  it('a framework', async () => {
    const renamed = await lockAfter((repository) => {
      repository.write({
        [DEFINITION]: repository.read(DEFINITION).replaceAll('"base"', '"ground"'),
      });
    });

    expect(renamed).toEqual({
      resolved: ['app-report', 'framework-ground', 'framework-web'],
      names: ['app-report@2', 'framework-ground', 'framework-web@2'],
      pins: [],
    });
  });
});

describe('Python patch release', () => {
  it('of a versioned runtime', async () => {
    expect(await lockAfter(change('cpython@3.12.7', 'cpython@3.12.9'))).toEqual({
      resolved: ALL_ON_PY,
      names: ['app-report@2', 'framework-web@2', 'py@2'],
      pins: [],
    });
  });

  it('of an unversioned runtime', async () => {
    expect(await lockAfter(change(plain('cpython@3.12.7'), plain('cpython@3.12.9')))).toEqual({
      resolved: ['app-side', 'plain'],
      names: [],
      pins: [],
    });
  });
});

describe('Python minor release; cpython ↔ pypy', () => {
  it.each(['cpython@3.13.1', 'pypy@3.12.7'])('%s in a versioned runtime', async (python) => {
    expect(await lockAfter(change('cpython@3.12.7', python))).toEqual({
      resolved: ALL_ON_PY,
      names: ['app-report@2', 'framework-web@2', 'py@2'],
      pins: [],
    });
  });

  it.each(['cpython@3.13.1', 'pypy@3.12.7'])('%s in an unversioned runtime', async (python) => {
    expect(await lockAfter(change(plain('cpython@3.12.7'), plain(python)))).toEqual({
      resolved: ['app-side', 'plain'],
      names: ['app-side@2'],
      pins: [],
    });
  });
});

describe('platforms wider or narrower', () => {
  const PY = '["linux_x86_64", "linux_aarch64", "macosx_arm64"]';
  const WEB = 'platforms = ["linux_x86_64"]\nrequirements = ["alpha';
  const web = (platforms: string) => change(WEB, `platforms = [${platforms}]\nrequirements = ["alpha`);

  it.each<Case>([
    [
      'wider, another package joins',
      web('"linux_x86_64", "linux_aarch64"'),
      {
        resolved: ['app-report', 'framework-web'],
        names: ['app-report@2', 'framework-web@2'],
        pins: ["+framework-web arm==1.0 ; platform_machine == 'aarch64'"],
      },
    ],
    [
      'wider, the first platform of a system',
      web('"linux_x86_64", "macosx_arm64"'),
      { resolved: ['app-report', 'framework-web'], names: ['app-report@2', 'framework-web@2'], pins: [] },
    ],
    [
      'narrower, same packages',
      change(PY, '["linux_x86_64", "macosx_arm64"]'),
      { resolved: ['framework-base', 'framework-tools', 'py'], names: [], pins: [] },
    ],
    [
      'narrower, the last platform of a system',
      change(PY, '["linux_x86_64", "linux_aarch64"]'),
      {
        resolved: ['framework-base', 'framework-tools', 'py'],
        names: ['app-report@2', 'framework-web@2', 'py@2'],
        pins: [],
      },
    ],
  ])('%s', async (_, edit, outcome) => {
    expect(await lockAfter(edit)).toEqual(outcome);
  });

  it('wider than the packages are: fails, and no file changes', async () => {
    const repository = stack.copy();
    change(PY, '["linux_x86_64", "win_amd64"]')(repository);
    web('"linux_x86_64", "win_amd64"')(repository);
    const locked = repository.files('stack/requirements/framework-web');

    const [failed] = (await repository.lock(['web'])).filter(({ success }) => !success);

    expect(failed?.task).toBe('web');
    expect(failed?.output).toContain('native 1.0: none for win_amd64');
    expect(repository.files('stack/requirements/framework-web')).toEqual(locked);
  });
});

it('linux_target = "glibc" ↔ "glibc@2.28" (same meaning)', async () => {
  const repository = stack.copy();

  expect(await stack.lockAfter(repository, add('web', 'linux_target = "glibc"'))).toEqual(NOTHING);
  expect(await stack.lockAfter(repository, change('linux_target = "glibc"', 'linux_target = "glibc@2.28"'))).toEqual(
    NOTHING,
  );
});

describe('linux_target, macosx_target otherwise', () => {
  it.each<Case>([
    [
      'linux_target',
      add('web', 'linux_target = "glibc@2.34"'),
      { resolved: ['framework-web'], names: ['app-report@2', 'framework-web@2'], pins: [] },
    ],
    [
      'macosx_target',
      add('py', 'macosx_target = "14.0"'),
      { resolved: ['py'], names: ['app-report@2', 'framework-web@2', 'py@2'], pins: [] },
    ],
    ['of a system that the layer has no platform of', add('web', 'macosx_target = "14.0"'), NOTHING],
  ])('%s', async (_, edit, outcome) => {
    expect(await lockAfter(edit)).toEqual(outcome);
  });
});

describe('indexes, uv configuration', () => {
  it('a setting, same packages', async () => {
    expect(await lockAfter(change('[tool.uv]\n', '[tool.uv]\nprerelease = "disallow"\n'))).toEqual({
      ...NOTHING,
      resolved: ALL,
    });
  });

  it('a mirror, same packages', async () => {
    expect(await lockAfter(change(stack.main.url, stack.mirror.url))).toEqual({ ...NOTHING, resolved: ALL });
  });

  it('an index of its own for a package, another build of it', async () => {
    expect(await lockAfter(add('web', 'package_indexes = { alpha = "special" }'))).toEqual({
      resolved: ['app-report', 'framework-web'],
      names: ['app-report@2', 'framework-web@2'],
      pins: [
        '-app-report alpha==1.0',
        '+app-report alpha==1.0+special',
        '-framework-web alpha==1.0',
        '+framework-web alpha==1.0+special',
      ],
    });
  });
});

describe('cutoff', () => {
  const cutoff = (to: string) => change('2026-03-01T00:00:00Z', to);

  it('earlier than a locked package', async () => {
    const repository = stack.copy();

    expect(await stack.lockAfter(repository, cutoff('2026-01-15T00:00:00Z'))).toEqual({
      resolved: ALL,
      names: ['app-report@2', 'framework-web@2'],
      pins: ['-framework-web fresh==2.0', '+framework-web fresh==1.0'],
    });
    expect(recordOf(repository, 'framework-web').locked_at).toBe('2026-01-15T00:00:00+00:00');
  });

  it('later, pins stay', async () => {
    expect(await lockAfter(cutoff('2026-03-10T00:00:00Z'))).toEqual({ ...NOTHING, resolved: ALL });
  });

  it('later, pins stay, but wheels were added to a pinned version', async () => {
    expect(await lockAfter(cutoff('2026-03-20T00:00:00Z'))).toEqual({
      resolved: ALL,
      names: ['app-report@2', 'framework-web@2'],
      pins: [],
    });
  });
});

it('dynlib_exclude', async () => {
  expect(await lockAfter(add('web', 'dynlib_exclude = ["lib*"]'))).toEqual(names('app-report@2', 'framework-web@2'));
});

describe('versioned', () => {
  const on = add('tools', 'versioned = true');
  const off = change('frameworks = ["base"]\nversioned = true', 'frameworks = ["base"]\nversioned = false');
  const onAgain = change('versioned = false', 'versioned = true');

  it('on, first time: first free number', async () => {
    expect(await lockAfter(on)).toEqual(names('app-report@2', 'framework-tools@1'));
  });

  it('off: name without number', async () => {
    const repository = stack.copy();

    expect(await stack.lockAfter(repository, off)).toEqual(names('app-report@2', 'framework-web'));
    expect(recordOf(repository, 'framework-web')).toMatchObject({ lock_version: 1, last_version: 1 });
  });

  it('off, changes, on again: last_version + 1', async () => {
    const repository = stack.copy();

    await stack.lockAfter(repository, add('web', 'dynlib_exclude = ["a"]'));
    expect(await stack.lockAfter(repository, off)).toEqual(names('app-report@3', 'framework-web'));
    expect(recordOf(repository, 'framework-web')).toMatchObject({ lock_version: 1, last_version: 2 });
    expect(await stack.lockAfter(repository, change('["a"]', '["b"]'))).toEqual(NOTHING);
    expect(await stack.lockAfter(repository, onAgain)).toEqual(names('app-report@4', 'framework-web@3'));
  });
});

describe('contents changed and changed back', () => {
  it('locked in between: a new number', async () => {
    const repository = stack.copy();

    expect(await stack.lockAfter(repository, add('web', 'dynlib_exclude = ["a"]'))).toEqual(
      names('app-report@2', 'framework-web@2'),
    );
    expect(await stack.lockAfter(repository, change('dynlib_exclude = ["a"]\n', ''))).toEqual(
      names('app-report@3', 'framework-web@3'),
    );
  });

  it('not locked in between: =', async () => {
    const repository = stack.copy();
    add('web', 'dynlib_exclude = ["a"]')(repository);
    await repository.graph();

    expect(await stack.lockAfter(repository, change('dynlib_exclude = ["a"]\n', ''))).toEqual(NOTHING);
    expect(repository.git('status', '--porcelain')).toBe('');
  });
});

describe('files of a lock', () => {
  const REMOVE = (repository: Repository, path: string) => {
    repository.remove(path);
  };
  const EDIT = (repository: Repository, path: string) => {
    append(repository, path, '# by hand');
  };
  const WAYS = [
    ['deleted', REMOVE],
    ['edited', EDIT],
  ] as const;

  describe.each(['input', 'summary'] as const)('.in or summary deleted or edited: %s', (kind) => {
    it.each(WAYS)('%s: written again, from the cache or not', async (_, damage) => {
      const repository = stack.copy();
      for (const skipCache of [false, true]) {
        const damaged: Change = (each) => {
          damage(each, lockFile('framework-web', kind));
        };

        expect(await stack.lockAfter(repository, damaged, { skipCache })).toEqual(NOTHING);
        expect(repository.git('status', '--porcelain')).toBe('');
      }
    });
  });

  it.each(WAYS)('uv.lock %s: same pins', async (_, damage) => {
    const outcome = await lockAfter((repository) => {
      damage(repository, lockFile('framework-web', 'uv.lock'));
    });

    expect(outcome).toEqual({ ...NOTHING, resolved: ['framework-web'] });
  });

  it.each(WAYS)('lock %s: from uv.lock, which stays', async (_, damage) => {
    const repository = stack.copy();
    const files = (['lock', 'uv.lock', 'summary', 'input'] as const).map((kind) => lockFile('framework-web', kind));
    const before = files.map((file) => repository.read(file));
    const requests = stack.main.requests.length;

    expect(
      await stack.lockAfter(repository, () => {
        damage(repository, lockFile('framework-web', 'lock'));
      }),
    ).toEqual({ ...NOTHING, resolved: ['framework-web'] });

    expect(files.map((file) => repository.read(file))).toEqual(before);
    expect(stack.main.requests).toHaveLength(requests);
  });

  it.each([
    ['lock and uv.lock', ['lock', 'uv.lock'] as const],
    ['lock, uv.lock and summary', ['lock', 'uv.lock', 'summary'] as const],
  ])('%s deleted: anew, with the same pins', async (_, kinds) => {
    const outcome = await lockAfter((repository) => {
      for (const kind of kinds) repository.remove(lockFile('framework-web', kind));
    });

    expect(outcome).toEqual({ ...NOTHING, resolved: ['framework-web'] });
  });

  it('lock deleted, then by the number rule: contents changed, too', async () => {
    const outcome = await lockAfter((repository) => {
      repository.remove(lockFile('framework-web', 'lock'));
      declare(repository, 'web', 'dynlib_exclude = ["a"]');
    });

    expect(outcome).toEqual({
      resolved: ['framework-web'],
      names: ['app-report@2', 'framework-web@2'],
      pins: [],
    });
  });

  it('record deleted: = for the same contents', async () => {
    const outcome = await lockAfter((repository) => {
      repository.remove(lockFile('framework-web', 'record'));
    });

    expect(outcome).toEqual({ ...NOTHING, resolved: ['framework-web'] });
  });

  it('record deleted: above every number in history for others', async () => {
    const outcome = await lockAfter((repository) => {
      repository.remove(lockFile('framework-web', 'record'));
      declare(repository, 'web', 'dynlib_exclude = ["a"]');
    });

    expect(outcome).toEqual({ resolved: ['framework-web'], names: ['app-report@2', 'framework-web@2'], pins: [] });
  });
});

describe('older lock files brought back over newer ones (git checkout OLD -- requirements/), contents changed', () => {
  it('above every number in history', async () => {
    const repository = stack.copy();
    for (const name of ['a', 'b']) {
      await stack.lockAfter(repository, () => {
        append(repository, REPORT, name);
      });
      repository.commit();
    }
    expect(deployedNames(repository)).toContain('app-report@3');

    const outcome = await stack.lockAfter(repository, () => {
      repository.git('checkout', '--quiet', 'HEAD~2', '--', 'stack/requirements');
    });

    expect(outcome).toEqual(names('app-report@4'));
  });
});

describe('lock_version raised by hand', () => {
  it('as raised, next +1', async () => {
    const repository = stack.copy();

    expect(
      await stack.lockAfter(repository, () => {
        editRecord(repository, 'framework-web', { lock_version: 20 });
      }),
    ).toEqual({ resolved: ['framework-web'], names: ['app-report@2', 'framework-web@20'], pins: [] });
    expect(recordOf(repository, 'framework-web')).toMatchObject({ lock_version: 20, last_version: 20 });
    expect(await stack.lockAfter(repository, add('web', 'dynlib_exclude = ["a"]'))).toEqual(
      names('app-report@3', 'framework-web@21'),
    );
  });
});

describe('the same state locked on another machine', () => {
  it('that has what was locked', async () => {
    const repository = stack.copy();
    const other = repository.clone(new Map());

    expect(await stack.lockAfter(other, undefined, { skipCache: true })).toEqual(NOTHING);
    expect(other.git('status', '--porcelain')).toBe('');
  });

  it('that has only the definition', async () => {
    const repository = stack.copy();
    append(repository, REPORT, 'print("more")');
    repository.commit();
    const other = repository.clone(new Map());

    for (const machine of [repository, other]) expect(await stack.lockAfter(machine)).toEqual(names('app-report@2'));
  });
});

describe('merge conflict markers in record or lock', () => {
  /** Two branches from the committed state, each locked and committed; the second one is checked out. */
  async function branches(ours: Change[], theirs: Change[]): Promise<Repository> {
    const repository = stack.copy();
    for (const [branch, steps] of [
      ['theirs', theirs],
      ['ours', ours],
    ] as const) {
      repository.git('checkout', '--quiet', '-b', branch, 'main');
      for (const step of steps) {
        await stack.lockAfter(repository, step);
        repository.commit();
      }
    }
    return repository;
  }

  const editReport: Change = (repository) => {
    append(repository, REPORT, 'print("more")');
  };
  const editUnits: Change = (repository) => {
    append(repository, UNITS, 'MILE = 1609');
  };
  const undoUnits: Change = (repository) => {
    repository.edit(UNITS, 'MILE = 1609\n', '');
  };

  it.each<[string, Change[], Change[], string]>([
    ['one number for two contents: max + 1', [editReport], [editUnits], 'app-report@3'],
    [
      'the merged contents are those of the higher side: its number',
      [editReport],
      [editReport, editUnits],
      'app-report@3',
    ],
    ['both agree: their number', [editReport], [editReport], 'app-report@2'],
    ['the merged contents are those of the lower side: max + 1', [editReport], [editUnits, undoUnits], 'app-report@4'],
  ])('%s', async (_, ours, theirs, name) => {
    for (const style of ['merge', 'diff3'] as const) {
      const repository = await branches(ours, theirs);
      mergeWithConflicts(repository, 'theirs', style);
      expect(repository.read(lockFile('app-report', 'record'))).toContain('<<<<<<<');

      expect(await stack.lockAfter(repository)).toEqual({ resolved: ['app-report'], names: [name], pins: [] });
    }
  });

  it('also in lock, uv.lock and summary: by the rule', async () => {
    const repository = await branches([change('"alpha<2"', '"alpha<1"')], [change('"alpha<2"', '"alpha>1"')]);
    mergeWithConflicts(repository, 'theirs');
    repository.write({ [DEFINITION]: settleConflicts(repository.read(DEFINITION), 'ours') });
    for (const kind of ['record', 'lock', 'uv.lock', 'summary'] as const)
      expect(repository.read(lockFile('framework-web', kind))).toContain('<<<<<<<');

    const { resolved } = await stack.lockAfter(repository);

    expect(resolved).toEqual(['app-report', 'framework-web']);
    expect(deployedNames(repository)).toEqual(expect.arrayContaining(['app-report@3', 'framework-web@3']));
    const summary = repository.read(lockFile('framework-web', 'summary')).split('\n').slice(2);
    expect(summary).toEqual(['alpha==0.9', 'fresh==2.0', 'native==1.0', '']);
  });

  it.each<['record' | 'lock' | 'uv.lock' | 'summary', ConflictStyle]>([
    ['record', 'merge'],
    ['record', 'diff3'],
    ['lock', 'merge'],
    ['lock', 'diff3'],
    ['uv.lock', 'merge'],
    ['uv.lock', 'diff3'],
    ['summary', 'merge'],
    ['summary', 'diff3'],
  ])('only in %s (%s): nothing moves', async (kind, style) => {
    const repository = stack.copy();
    const path = lockFile('framework-web', kind);
    const former = repository.read(path);
    await stack.lockAfter(repository, change('"alpha<2"', '"alpha<1"'));
    repository.commit();

    const outcome = await stack.lockAfter(repository, () => {
      repository.write({ [path]: conflictOf(repository.read(path), former, style) });
    });

    expect(outcome.resolved).toEqual(kind === 'summary' ? [] : ['framework-web']);
    expect(deployedNames(repository)).toEqual(expect.arrayContaining(['app-report@2', 'framework-web@2']));
    expect(repository.read(lockFile('framework-web', 'summary'))).toContain('\nalpha==0.9\nfresh==2.0\n');
  });

  it.each([
    ['ours, then theirs', ['ours', 'theirs'] as const],
    ['theirs, then ours', ['theirs', 'ours'] as const],
  ])('a record mixed out of two (%s): max of both + 1', async (_, choices) => {
    const repository = await branches([editReport], [editUnits]);
    mergeWithConflicts(repository, 'theirs');
    const path = lockFile('app-report', 'record');
    repository.write({ [path]: settleConflicts(repository.read(path), ...choices) });
    repository.commit('Merge');

    expect(await stack.lockAfter(repository)).toEqual({ resolved: ['app-report'], names: ['app-report@3'], pins: [] });
  });
});

it('git revert of a lock commit, then another edit', async () => {
  const repository = stack.copy();
  await stack.lockAfter(repository, add('web', 'dynlib_exclude = ["a"]'));
  repository.commit();
  repository.git('revert', '--no-edit', 'HEAD');
  expect(await stack.lockAfter(repository)).toEqual(NOTHING);
  expect(deployedNames(repository)).toEqual(expect.arrayContaining(['app-report@1', 'framework-web@1']));

  expect(await stack.lockAfter(repository, add('web', 'dynlib_exclude = ["b"]'))).toEqual(
    names('app-report@3', 'framework-web@3'),
  );
});

describe('renamed away and back', () => {
  async function renamed(): Promise<Repository> {
    const repository = stack.copy();
    // So that the same packages are found again: a layer that begins anew has no pins.
    await stack.lockAfter(repository, change('["delta", "alpha"]', '["delta==1.0", "alpha"]'));
    await stack.lockAfter(repository, (each) => {
      append(each, REPORT, 'print("more")');
    });
    repository.commit();
    await stack.lockAfter(repository, (each) => {
      each.edit(DEFINITION, 'name = "report"', 'name = "summary"');
      each.remove('stack/requirements/app-report');
    });
    expect(deployedNames(repository)).toContain('app-summary@1');
    repository.commit();
    repository.edit(DEFINITION, 'name = "summary"', 'name = "report"');
    repository.remove('stack/requirements/app-summary');
    return repository;
  }

  it('= for the same contents', async () => {
    expect(await stack.lockAfter(await renamed())).toEqual({
      resolved: ['app-report'],
      names: ['app-report@2'],
      pins: [],
    });
  });

  it('else above every number in history', async () => {
    const repository = await renamed();
    append(repository, UNITS, 'MILE = 1609');

    expect(await stack.lockAfter(repository)).toEqual({ resolved: ['app-report'], names: ['app-report@3'], pins: [] });
  });
});
