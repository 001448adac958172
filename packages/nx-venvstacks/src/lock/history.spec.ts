import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder, writeFiles } from '../testing/folder';
import { commitAll, git } from '../testing/git';
import { Starts } from '../testing/starts';
import { readFromHead } from './git';
import { RecordHistories } from './history';

const NAME = 'pylock.app-x.meta.json';
const PATH = `requirements/app-x/${NAME}`;

const historyOf = (record: string) => new RecordHistories().of(record);

/** A repository and its record. */
class Repository {
  readonly root: string;

  constructor(first?: string) {
    this.root = makeFolder();
    git(this.root, 'init', '--quiet', '--initial-branch=main');
    if (first !== undefined) this.commit(first);
  }

  get record(): string {
    return join(this.root, PATH);
  }

  write(text: string, path = PATH): void {
    writeFiles(this.root, { [path]: text });
  }

  commit(text: string, path = PATH): void {
    this.write(text, path);
    commitAll(this.root);
  }

  /** A branch with another record, then back to the first one, which gets one, too. */
  diverge(ours: string, theirs: string): void {
    git(this.root, 'checkout', '--quiet', '-b', 'other');
    this.commit(theirs);
    git(this.root, 'checkout', '--quiet', 'main');
    this.commit(ours);
  }

  /** git merge; a conflict is left as it is. */
  merge(...args: string[]): void {
    try {
      git(this.root, 'merge', '--quiet', ...args, 'other');
    } catch {
      // The conflict that the test wants.
    }
  }

  async texts(): Promise<string[] | undefined> {
    return (await historyOf(this.record))?.versions.map(({ text }) => text);
  }
}

describe('a git that fails', () => {
  it('is not taken for a folder without git', async () => {
    const repository = new Repository('one');
    const before = process.env.GIT_TEST_ASSUME_DIFFERENT_OWNER;
    process.env.GIT_TEST_ASSUME_DIFFERENT_OWNER = '1';
    try {
      await expect(historyOf(repository.record)).rejects.toThrow(/git's history cannot be read[^]*dubious ownership/);
    } finally {
      if (before === undefined) delete process.env.GIT_TEST_ASSUME_DIFFERENT_OWNER;
      else process.env.GIT_TEST_ASSUME_DIFFERENT_OWNER = before;
    }
  });

  it('because an object is missing is an error, and no version is passed over', async () => {
    const repository = new Repository('one');
    repository.commit('two');
    repository.commit('three');
    const blob = git(repository.root, 'rev-parse', `HEAD~1:${PATH}`).trim();
    rmSync(join(repository.root, '.git/objects', blob.slice(0, 2), blob.slice(2)));
    await expect(historyOf(repository.record)).rejects.toThrow(`unable to read ${blob}`);
  });
});

describe('the history of a record', () => {
  it('has every version of it, newest first, with folder and time', async () => {
    const repository = new Repository('one');
    repository.commit('two');
    repository.commit('three');
    const history = await historyOf(repository.record);
    const folder = join(repository.root, 'requirements/app-x');
    expect(history?.versions.map(({ text, folder: where }) => [text, where])).toEqual([
      ['three', folder],
      ['two', folder],
      ['one', folder],
    ]);
    const times = (history?.versions ?? []).map(({ time }) => time);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    expect(history).toMatchObject({ shallow: false, ignored: false, merging: false });
  });

  it('has a version that came back once, by its latest time', async () => {
    const repository = new Repository('one');
    repository.commit('two');
    repository.commit('one');
    expect(await repository.texts()).toEqual(['one', 'two']);
  });

  it('keeps what was reverted and what was deleted', async () => {
    const repository = new Repository('one');
    repository.commit('two');
    git(repository.root, 'revert', '--no-edit', 'HEAD');
    git(repository.root, 'rm', '--quiet', PATH);
    commitAll(repository.root);
    expect(await repository.texts()).toEqual(['one', 'two']);
  });

  it('does not know what is not committed, or lies on another branch', async () => {
    const repository = new Repository('one');
    git(repository.root, 'checkout', '--quiet', '-b', 'other');
    repository.commit('two');
    git(repository.root, 'checkout', '--quiet', 'main');
    repository.write('three');
    expect(await repository.texts()).toEqual(['one']);
  });

  it('has the versions in folders of another name', async () => {
    const repository = new Repository('one');
    git(repository.root, 'mv', 'requirements', 'moved');
    commitAll(repository.root);
    git(repository.root, 'mv', 'moved', 'grün [1]');
    commitAll(repository.root);
    repository.commit('at the root', NAME);
    const history = await historyOf(repository.record);
    expect(history?.versions.map(({ text, folder }) => [text, folder])).toEqual([
      ['at the root', repository.root],
      ['one', join(repository.root, 'grün [1]/app-x')],
      ['one', join(repository.root, 'moved/app-x')],
      ['one', join(repository.root, 'requirements/app-x')],
    ]);
  });

  it('has no versions of another layer’s record', async () => {
    const repository = new Repository('one');
    repository.commit('other', 'requirements/app-x/pylock.app-xy.meta.json');
    repository.commit('other', 'requirements/app-y/pylock.app-y.meta.json');
    expect(await repository.texts()).toEqual(['one']);
  });

  it('takes a name with characters of patterns literally', async () => {
    const repository = new Repository();
    repository.commit('brackets', 'requirements/a/pylock.app-[x].meta.json');
    repository.commit('x', 'requirements/a/pylock.app-x.meta.json');
    const history = await historyOf(join(repository.root, 'requirements/a/pylock.app-[x].meta.json'));
    expect(history?.versions.map(({ text }) => text)).toEqual(['brackets']);
  });

  it('is found before the layer’s folder exists', async () => {
    const repository = new Repository('one');
    git(repository.root, 'rm', '-r', '--quiet', 'requirements');
    expect(await repository.texts()).toEqual(['one']);
  });

  it('is empty before the first commit', async () => {
    expect(await historyOf(new Repository().record)).toEqual({
      versions: [],
      shallow: false,
      ignored: false,
      merging: false,
    });
  });

  it('is read from a linked worktree and from a submodule', async () => {
    const repository = new Repository('one');
    const [worktree, outer] = [join(makeFolder(), 'tree'), new Repository()];
    git(repository.root, 'worktree', 'add', '--quiet', worktree);
    const inWorktree = await historyOf(join(worktree, PATH));
    expect(inWorktree?.versions).toMatchObject([{ text: 'one', folder: join(worktree, 'requirements/app-x') }]);
    git(outer.root, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', repository.root, 'sub');
    const inSubmodule = await historyOf(join(outer.root, 'sub', PATH));
    expect(inSubmodule?.versions).toMatchObject([{ text: 'one' }]);
  });

  it('calls folders by the path that it was asked with, links and all', async () => {
    const repository = new Repository('one');
    const link = join(makeFolder(), 'link');
    symlinkSync(repository.root, link);
    const history = await historyOf(join(link, PATH));
    expect(history?.versions).toMatchObject([{ text: 'one', folder: join(link, 'requirements/app-x') }]);
  });

  it('is that of the record also where a link within the checkout leads to its folder', async () => {
    const repository = new Repository('one');
    repository.commit('two');
    const layer = join(repository.root, 'layers/deep/down/x');
    mkdirSync(layer, { recursive: true });
    symlinkSync(join(repository.root, 'requirements'), join(layer, 'requirements'));
    commitAll(repository.root);
    const record = join(layer, PATH);
    const history = await historyOf(record);
    expect(history?.versions.map(({ text }) => text)).toEqual(['two', 'one']);
    expect(history?.versions.map(({ folder }) => folder)).toEqual([dirname(record), dirname(record)]);

    const untracked = await historyOf(join(layer, 'requirements/app-y/pylock.app-y.meta.json'));
    expect(untracked).toMatchObject({ versions: [], ignored: false });
  });

  it('is another one as soon as commits are replaced, although the head stays', async () => {
    const repository = new Repository('one');
    repository.commit('two');
    const folder = makeFolder();
    const read = async () =>
      (await new RecordHistories(folder).of(repository.record))?.versions.map(({ text }) => text);
    expect(await read()).toEqual(['two', 'one']);
    git(repository.root, 'replace', '--graft', 'HEAD');
    expect(await read()).toEqual(['two']);
  });

  it('is read by many at once, and what one of them is about to keep no other one removes', async () => {
    const repository = new Repository('one');
    const folder = makeFolder();
    await Promise.all([1, 2, 3].map(() => new RecordHistories(folder).of(repository.record)));
    const [kept = ''] = readdirSync(folder);
    const unfinished = `${kept}.123456`;
    writeFileSync(join(folder, unfinished), '');
    repository.commit('two');
    await new RecordHistories(folder).of(repository.record);
    expect(readdirSync(folder)).toContain(unfinished);
    expect(readdirSync(folder)).not.toContain(kept);
  });

  it('needs no folder that can be written', async () => {
    const repository = new Repository('one');
    const file = join(makeFolder({ file: '' }), 'file');
    expect(await new RecordHistories(join(file, 'folder')).of(repository.record)).toMatchObject({
      versions: [{ text: 'one' }],
    });
  });

  it('is whole although one version is not UTF-8', async () => {
    const repository = new Repository('one');
    writeFileSync(repository.record, Buffer.from([0x22, 0xff, 0xfe, 0x80, 0x22]));
    commitAll(repository.root);
    repository.commit('thrée');
    repository.commit('four');
    expect(await repository.texts()).toEqual(['four', 'thrée', '"\uFFFD\uFFFD\uFFFD"', 'one']);
  });

  it('does not depend on what the user has configured for git log', async () => {
    const repository = new Repository('root');
    repository.diverge('ours', 'theirs');
    repository.merge();
    repository.commit('a mix');
    git(repository.root, 'config', 'log.showRoot', 'false');
    git(repository.root, 'config', 'log.diffMerges', 'combined');
    git(repository.root, 'config', 'diff.renames', 'copies');
    expect(await repository.texts()).toEqual(['a mix', 'ours', 'theirs', 'root']);
  });
});

describe('after a merge', () => {
  it('both sides’ versions are known, also where one side was taken', async () => {
    for (const side of ['ours', 'theirs']) {
      const repository = new Repository('base');
      repository.diverge('ours', 'theirs');
      repository.merge(`--strategy-option=${side}`);
      expect(new Set(await repository.texts())).toEqual(new Set(['base', 'ours', 'theirs']));
    }
  });

  it('a mix that neither side had is known', async () => {
    const repository = new Repository('base');
    repository.diverge('ours', 'theirs');
    repository.merge();
    repository.commit('a mix');
    expect(await repository.texts()).toEqual(['a mix', 'ours', 'theirs', 'base']);
  });

  it('a record that an evil merge made where nothing was in conflict is known', async () => {
    const repository = new Repository('base');
    git(repository.root, 'checkout', '--quiet', '-b', 'other');
    repository.commit('x', 'other.txt');
    git(repository.root, 'checkout', '--quiet', 'main');
    repository.commit('y', 'another.txt');
    repository.merge('--no-commit', '--no-ff');
    repository.commit('evil');
    repository.commit('later');
    expect(await repository.texts()).toEqual(['later', 'evil', 'base']);
  });
});

describe('while a merge is under way', () => {
  it('the other side is known, too', async () => {
    const repository = new Repository('base');
    repository.diverge('ours', 'theirs');
    repository.merge();
    const history = await historyOf(repository.record);
    expect(history?.merging).toBe(true);
    expect(history?.versions.map(({ text }) => text)).toEqual(['ours', 'theirs', 'base']);
  });
});

describe('a shallow clone', () => {
  it('says that older versions may be missing', async () => {
    const repository = new Repository('one');
    repository.commit('two');
    const clone = join(makeFolder(), 'clone');
    git(repository.root, 'clone', '--quiet', '--depth=1', `file://${repository.root}`, clone);
    const history = await historyOf(join(clone, PATH));
    expect(history?.shallow).toBe(true);
    expect(history?.versions.map(({ text }) => text)).toEqual(['two']);
  });
});

describe('a clone that was shallow', () => {
  it('has its older versions once they are fetched, though its head is the same', async () => {
    const repository = new Repository('one');
    repository.commit('two');
    const [clone, kept] = [join(makeFolder(), 'clone'), makeFolder()];
    git(repository.root, 'clone', '--quiet', '--depth=1', `file://${repository.root}`, clone);
    const read = async () => (await new RecordHistories(kept).of(join(clone, PATH)))?.versions.map(({ text }) => text);
    expect(await read()).toEqual(['two']);
    git(clone, 'fetch', '--quiet', '--unshallow');
    expect(await read()).toEqual(['two', 'one']);
  });
});

describe('an ignored record', () => {
  it('is told, unless it is tracked all the same', async () => {
    const repository = new Repository('one');
    repository.commit('requirements/\n', '.gitignore');
    expect(await historyOf(repository.record)).toMatchObject({ ignored: false });
    git(repository.root, 'rm', '--quiet', '--cached', PATH);
    expect(await historyOf(repository.record)).toMatchObject({ ignored: true });
  });
});

describe('without git', () => {
  it('nothing is known outside a checkout', async () => {
    const folder = makeFolder();
    expect(await historyOf(join(folder, PATH))).toBeUndefined();
    expect(await readFromHead(join(folder, PATH))).toEqual([undefined]);
  });

  it('nothing is known where git is not installed', async () => {
    const repository = new Repository('one');
    const path = process.env.PATH;
    process.env.PATH = makeFolder();
    try {
      expect(await historyOf(repository.record)).toBeUndefined();
    } finally {
      process.env.PATH = path;
    }
  });
});

describe('a worktree whose repository is not there, as in a container that has only the worktree', () => {
  it('is not taken for a folder without git', async () => {
    const folder = makeFolder({ '.git': 'gitdir: /nowhere/.git/worktrees/x\n' });
    await expect(historyOf(join(folder, PATH))).rejects.toMatchObject({
      code: 'history',
      message: expect.stringContaining('not a git repository: /nowhere/.git/worktrees/x') as string,
    });
  });
});

describe('in a git hook', () => {
  it('git’s own variables lead nowhere else', async () => {
    const [repository, other] = [new Repository('one'), new Repository('other')];
    process.env.GIT_DIR = join(other.root, '.git');
    process.env.GIT_WORK_TREE = other.root;
    try {
      expect(await repository.texts()).toEqual(['one']);
      expect(await readFromHead(repository.record)).toEqual(['one']);
    } finally {
      delete process.env.GIT_DIR;
      delete process.env.GIT_WORK_TREE;
    }
  });
});

describe('a file in HEAD', () => {
  it('is the committed one, whatever is on disk', async () => {
    const repository = new Repository('one\r\n');
    repository.write('two');
    expect(await readFromHead(repository.record)).toEqual(['one\r\n']);
    execFileSync('rm', ['-r', join(repository.root, 'requirements')]);
    expect(await readFromHead(repository.record)).toEqual(['one\r\n']);
  });

  it('that a partial clone cannot fetch is not taken for none', async () => {
    const repository = new Repository('one');
    git(repository.root, 'config', 'uploadpack.allowFilter', 'true');
    const clone = join(makeFolder(), 'clone');
    git(repository.root, 'clone', '--quiet', '--filter=blob:none', '--no-checkout', `file://${repository.root}`, clone);
    rmSync(repository.root, { recursive: true });
    await expect(readFromHead(join(clone, PATH))).rejects.toMatchObject({
      code: 'history',
      message: expect.stringContaining('promisor remote') as string,
    });
    expect(await readFromHead(join(clone, 'other.txt'))).toEqual([undefined]);
  });

  it('is none that was never committed', async () => {
    const repository = new Repository('one');
    expect(await readFromHead(join(repository.root, 'requirements/other.txt'))).toEqual([undefined]);
    expect(await readFromHead(new Repository().record)).toEqual([undefined]);
  });
});

describe('a pass through history', () => {
  it('serves all records until HEAD moves, and is made again where what was kept of it is damaged', async () => {
    const repository = new Repository('one');
    const other = 'requirements/app-y/pylock.app-y.meta.json';
    repository.commit('other', other);
    const kept = makeFolder();
    const read = async (path: string) =>
      (await new RecordHistories(kept).of(join(repository.root, path)))?.versions.map(({ text }) => text);

    expect(await read(PATH)).toEqual(['one']);
    const [file = ''] = readdirSync(kept);
    expect(await read(other)).toEqual(['other']);
    expect(readdirSync(kept)).toEqual([file]);
    writeFiles(kept, { [file]: '[{' });
    expect(await read(PATH)).toEqual(['one']);

    repository.commit('two');
    expect(await read(PATH)).toEqual(['two', 'one']);
    expect(readdirSync(kept)).toHaveLength(1);
    expect(readdirSync(kept)).not.toContain(file);
  });
});

describe('the texts of all versions', () => {
  it.each<[title: string, before: (repository: Repository) => void]>([
    ['as git comes', () => undefined],
    ['where git is told that they are binary', ({ root }) => writeFiles(root, { '.gitattributes': '*.json binary\n' })],
    [
      'where git is told to show them otherwise',
      ({ root }) => {
        writeFiles(root, { '.gitattributes': '*.json diff=upper\n' });
        git(root, 'config', 'diff.upper.textconv', 'tr a-z A-Z <');
        git(root, 'config', 'diff.upper.command', 'echo');
      },
    ],
    [
      'where the user likes patches of another form',
      ({ root }) => {
        for (const [key = '', value = ''] of [
          ['diff.suppressBlankEmpty', 'true'],
          ['diff.noprefix', 'true'],
          ['diff.algorithm', 'patience'],
          ['diff.interHunkContext', '9'],
          ['color.ui', 'always'],
          ['log.showSignature', 'true'],
          ['log.follow', 'true'],
          ['log.decorate', 'full'],
        ])
          git(root, 'config', key, value);
      },
    ],
  ])('come with the one pass, byte for byte: %s', async (_, before) => {
    const repository = new Repository('one\n\ntwo\n\nthree\n');
    before(repository);
    const texts = [
      'one\n\ntwo\n\nfour',
      'one\r\n\r\ntwo\r\n',
      '',
      '\n',
      '-- a\n++ b\n@@ -1 +1 @@\ncommit 1\ndiff --git a b\n\\ No newline\n',
      '\0\n:100644 100644 1 2 M\0x\0commit 5\0',
    ];
    for (const text of texts) repository.commit(text);
    const starts = new Starts(['git']);
    const path = process.env.PATH;
    process.env.PATH = starts.path;
    try {
      expect(await repository.texts()).toEqual([...texts.reverse(), 'one\n\ntwo\n\nthree\n']);
    } finally {
      process.env.PATH = path;
    }
    expect(starts.take()).toHaveLength(1);
  });
});

describe('a text that did not come whole', () => {
  it('is asked for', async () => {
    const repository = new Repository('one\n\ntwo\n\nthree\n');
    repository.commit('one\n\ntwo\n\nfour\n');
    // Above all that is asked for.
    process.env.GIT_DIFF_OPTS = '-u0';
    try {
      expect(await repository.texts()).toEqual(['one\n\ntwo\n\nfour\n', 'one\n\ntwo\n\nthree\n']);
    } finally {
      delete process.env.GIT_DIFF_OPTS;
    }
  });
});

describe('git', () => {
  const counted = async (work: () => Promise<unknown>): Promise<(string | undefined)[]> => {
    const starts = new Starts(['git']);
    const path = process.env.PATH;
    process.env.PATH = starts.path;
    try {
      await work();
    } finally {
      process.env.PATH = path;
    }
    return starts.take().map((line) => /(?:log|cat-file|check-ignore|rev-parse)/.exec(line)?.[0]);
  };

  it('runs once after HEAD has moved, for all records, and then not at all', async () => {
    const repository = new Repository('one');
    const kept = makeFolder();
    const read = () => counted(() => new RecordHistories(kept).of(repository.record));
    expect(await read()).toEqual(['log']);
    expect(await read()).toEqual([]);
    repository.write('not committed');
    expect(await read()).toEqual([]);
    repository.commit('two');
    expect(await read()).toEqual(['log']);
    const other = join(repository.root, 'requirements/app-y/pylock.app-y.meta.json');
    expect(await counted(() => new RecordHistories(kept).of(other))).toEqual(['check-ignore']);
  });

  it('runs once for all layers of a run, also where nothing may be kept', async () => {
    const repository = new Repository('one');
    repository.commit('other', 'requirements/app-y/pylock.app-y.meta.json');
    const histories = new RecordHistories();
    const records = [repository.record, join(repository.root, 'requirements/app-y/pylock.app-y.meta.json')];
    const read = () => Promise.all([...records, ...records].map((record) => histories.of(record)));
    expect(await counted(read)).toEqual(['log']);
  });

  it('tells what is being merged, too, in the same pass', async () => {
    const repository = new Repository('base');
    repository.diverge('ours', 'theirs');
    repository.merge();
    expect(await counted(() => repository.texts())).toEqual(['log']);
  });

  it('fetches, in a partial clone, no more than the versions of the record', async () => {
    const repository = new Repository('one');
    repository.commit('two');
    repository.commit('other', 'requirements/app-y/pylock.app-y.meta.json');
    git(repository.root, 'config', 'uploadpack.allowFilter', 'true');
    const clone = join(makeFolder(), 'clone');
    git(repository.root, 'clone', '--quiet', '--filter=blob:none', '--no-checkout', `file://${repository.root}`, clone);
    git(clone, 'reset', '--quiet');
    const read = async () => (await historyOf(join(clone, PATH)))?.versions.map(({ text }) => text);
    expect(await read()).toEqual(['two', 'one']);
    const objects = git(clone, 'rev-list', '--objects', '--missing=print', 'HEAD');
    expect(objects.match(/^\?/gm)).toHaveLength(1);
    expect((await counted(read)).sort()).toEqual(['cat-file', 'log']);
  });

  it('is asked for everything where its folder is not a plain one', async () => {
    const repository = new Repository('one');
    git(repository.root, 'config', 'core.worktree', repository.root);
    expect(await repository.texts()).toEqual(['one']);
    expect(await counted(() => repository.texts())).toContain('rev-parse');
  });
});
