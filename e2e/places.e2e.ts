import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PackageIndex } from './support/package-index';
import { Repository } from './support/repository';
import { ran, stripRecord } from './support/stack';
import { UvLog } from './support/uv-log';
import { buildWheels } from './support/wheels';
import { runFolder, tasksIn, Workspace } from './support/workspace';

jest.setTimeout(120_000);

const RECORD = 'stack/requirements/app-app/pylock.app-app.meta.json';
/** What a shell, a URL, a glob, TOML or a file system could take for something else; `ä` in both normal forms. */
const ODD = `ä a\u0308 日本 & 100%25 #1 'single' "double" [x] {y}, $HOME`;
const NX = { 'nx.json': '{ "analytics": false, "plugins": ["nx-venvstacks"] }\n', 'package.json': '{}\n' };

let index: PackageIndex;
let uv: UvLog;
/** Declared and committed, nothing locked. */
let seed: Repository;
/** What the story makes in a plain place. */
let plain: Record<string, string>;

beforeAll(async () => {
  index = await PackageIndex.start([
    { name: 'alpha', version: '1.0' },
    { name: 'beta', version: '1.0', requires: ['alpha'] },
  ]);
  seed = Repository.create({
    ...NX,
    'tsconfig.base.json': '{}\n',
    'stack/venvstacks.toml': `
[[runtimes]]
name = "py"
python_implementation = "cpython@3.12.7"
requirements = ["alpha", "local-one"]
dynlib_exclude = ["""
libone*
libtwo*"""]

[[applications]]
name = "app"
runtime = "py"
versioned = true
launch_module = "main.py"
support_modules = ["hülfe"]
requirements = ["beta"]

[tool.uv]
find-links = ["./wheels"]
index = [{ url = "${index.url}", default = true }]
`,
    'stack/main.py': 'print(1)\n',
    'stack/hülfe/__init__.py': '',
    'stack/hülfe/数.py': 'N = 1\n',
    // Tracked, although a pattern matches it where case does not count.
    'stack/hülfe/NOTES.LOG': 'kept\n',
    '.gitignore': 'node_modules\n.nx\n__pycache__\n*.log\n',
  });
  await buildWheels(join(seed.root, 'stack/wheels'), [{ name: 'local-one', version: '1.0' }]);
  seed.commit('Declare');
  seed.git('config', 'uploadpack.allowFilter', 'true');
  uv = UvLog.start(mkdtempSync(join(runFolder(), 'uv-log-')));
  plain = await story(cloneOf(seed, 'plain'));
});

afterAll(async () => {
  uv.stop();
  await index.stop();
});

function newFolder(): string {
  return realpathSync(mkdtempSync(join(runFolder(), 'place-')));
}

/** A clone in a folder of its own. */
function cloneOf(from: Repository, name: string, ...options: string[]): Repository {
  const root = join(newFolder(), name);
  from.git('clone', '--quiet', ...options, `file://${from.root}`, root);
  return Repository.at(root);
}

/** The files of the seed in a folder, without its repository. */
function copySeed(root: string): Repository {
  cpSync(seed.root, root, { recursive: true, filter: (path) => path !== join(seed.root, '.git') });
  return Repository.at(root);
}

/** Lock, again, edit, check, commit, lose the record. @returns the files of the locks, as they are in every place */
async function story(here: Repository): Promise<Record<string, string>> {
  uv.take();
  await here.lockWell();
  expect(uv.take()).toEqual(['app-app', 'py']);
  expect(ran(await here.lock())).toEqual([]);

  here.write({ 'stack/main.py': 'print(2)\n' });
  expect(await checked(here)).toEqual([
    'py: valid\n',
    expect.stringContaining('app-app@1 is stale:\n  launch module main changed\n  it would be app-app@2\n'),
  ]);
  const results = await here.lock();
  expect(ran(results)).toEqual(['app']);
  expect(results.at(-1)?.output).toContain('app-app@2 (was 1): launch module main changed\n');
  expect(uv.take()).toEqual([]);
  expect(await checked(here)).toEqual(['py: valid\n', 'app-app@2: valid\n']);

  here.commit('Lock');
  here.remove(RECORD);
  expect((await here.lockWell()).app).toContain('app-app@2 (new)\n');
  return lockFiles(here.files('stack/requirements'));
}

async function checked(here: Repository): Promise<string[]> {
  return (await here.check()).map(({ output }) => output);
}

/** Texts of locks, without what differs from one run to the next. */
function lockFiles(files: Record<string, string>): Record<string, string> {
  const texts = Object.entries(files).filter(([path]) => path.startsWith('stack/requirements/'));
  const unlike = /^ {2}"(?:lineage|fingerprint|locked_at)": .*\n/gm;
  return Object.fromEntries(
    texts.map(([path, text]) => [path, path.endsWith('.meta.json') ? text.replace(unlike, '') : text]),
  );
}

/** Runs something with other variables, and as if git were not installed if `PATH` is empty. */
async function withVariables<T>(variables: Record<string, string | undefined>, work: () => Promise<T>): Promise<T> {
  const before = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]]));
  const set = (values: Record<string, string | undefined>) => {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  };
  set(variables);
  try {
    return await work();
  } finally {
    set(before);
  }
}

describe('locks are the same, byte for byte', () => {
  it.each<[string, () => Repository]>([
    ['at a path with spaces, quotes, other scripts and signs', () => cloneOf(seed, ODD)],
    ['behind a link', () => behindLink()],
    ['in a folder of a repository', () => inFolder()],
    ['in a worktree', () => inWorktree()],
    ['in a submodule', () => inSubmodule()],
    ['in a partial clone, which has no old blobs', () => cloneOf(seed, 'partial', '--filter=blob:none')],
    ['on a detached HEAD', () => detached()],
    ['before the first commit', () => uncommitted()],
    ['where case does not count for git', () => cloneOf(seed, 'ignorecase', '--config', 'core.ignorecase=true')],
  ])('%s', async (_, place) => {
    expect(await story(place())).toEqual(plain);
  });

  function behindLink(): Repository {
    const link = join(newFolder(), 'link');
    symlinkSync(cloneOf(seed, 'real').root, link);
    return Repository.at(link);
  }

  function inFolder(): Repository {
    const outer = newFolder();
    Repository.at(outer).git('init', '--quiet');
    return copySeed(join(outer, 'some/work space'));
  }

  function inWorktree(): Repository {
    const root = join(newFolder(), 'tree');
    cloneOf(seed, 'main').git('worktree', 'add', '--quiet', '-b', 'topic', root);
    return Repository.at(root);
  }

  function inSubmodule(): Repository {
    const outer = Repository.at(newFolder());
    outer.git('init', '--quiet');
    outer.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', `file://${seed.root}`, 'inner');
    return Repository.at(join(outer.root, 'inner'));
  }

  function detached(): Repository {
    const here = cloneOf(seed, 'detached');
    here.git('checkout', '--quiet', '--detach');
    return here;
  }

  function uncommitted(): Repository {
    const root = newFolder();
    Repository.at(root).git('init', '--quiet');
    return copySeed(root);
  }

  it('whatever the machine is set to', async () => {
    const temporary = join(newFolder(), 'temporary files, #1');
    mkdirSync(temporary);
    const umask = process.umask(0o077);
    try {
      const made = withVariables(
        {
          TZ: 'Pacific/Kiritimati',
          LANG: 'tr_TR.UTF-8',
          LC_ALL: undefined,
          LANGUAGE: 'de',
          HOME: undefined,
          TMPDIR: temporary,
          XDG_CONFIG_HOME: temporary,
          GIT_DIR: '/nowhere',
        },
        () => story(cloneOf(seed, 'elsewhere')),
      );
      expect(await made).toEqual(plain);
    } finally {
      process.umask(umask);
    }
  });
});

describe('without all of history', () => {
  /** Locked, with a number 2 that only history knows. */
  async function withHistory(): Promise<Repository> {
    const here = cloneOf(seed, 'origin', '--config', 'uploadpack.allowFilter=true');
    await here.lockWell();
    here.commit('Lock');
    const old = here.files('stack/requirements/app-app');
    here.write({ 'stack/main.py': 'print(2)\n' });
    await here.lockWell();
    here.commit('Edit, and lock');
    here.write({ ...old, 'stack/main.py': 'print(1)\n' });
    here.commit('Back to the first lock');
    return here;
  }

  it('a shallow clone says what it cannot check, refuses a number, and goes on once it is deep', async () => {
    const here = cloneOf(await withHistory(), 'shallow', '--depth=1');
    expect((await checked(here))[1]).toBe(
      'app-app@1: valid\n  git’s history was not checked: this clone is shallow (git fetch --unshallow)\n',
    );
    here.write({ 'stack/main.py': 'print(3)\n' });
    const before = here.files();

    expect((await here.lock()).at(-1)?.output).toBe(
      'app-app: its number would change, and this clone is shallow: a number that was used before could come back\n' +
        '  Fetch the history first: git fetch --unshallow\n',
    );
    expect(here.files()).toEqual(before);

    here.git('fetch', '--quiet', '--unshallow');
    expect((await here.lockWell()).app).toContain('app-app@3 (was 1)');
  });

  it('a partial clone fetches old records, and without its origin fails in the words of git', async () => {
    const origin = await withHistory();
    const here = cloneOf(origin, 'partial', '--filter=blob:none');
    const offline = cloneOf(origin, 'offline', '--filter=blob:none');
    rmSync(join(here.root, RECORD));
    here.write({ 'stack/main.py': 'print(3)\n' });
    expect((await here.lockWell()).app).toContain('app-app@3 (new)');

    rmSync(origin.root, { recursive: true });
    const [, output = ''] = await checked(offline);
    expect(output).toContain("git's history cannot be read (git cat-file):\n");
    expect(output).toContain('promisor remote');
  });

  it('a sparse checkout has the numbers of locks that it leaves out', async () => {
    const here = cloneOf(await withHistory(), 'sparse');
    here.git('sparse-checkout', 'set', '--no-cone', '/*', '!/stack/requirements/app-app');
    expect(here.has(RECORD)).toBe(false);
    expect((await here.lockWell()).app).toContain('app-app@1 (new)');
    here.write({ 'stack/main.py': 'print(3)\n' });
    expect((await here.lockWell()).app).toContain('app-app@3 (was 1)');
  });

  it.each<[string, string, () => Repository]>([
    ['git', 'git is not installed', () => cloneOf(seed, 'no-git')],
    ['a repository', 'no git repository here', () => copySeed(join(newFolder(), 'no-repository'))],
  ])('without %s numbers follow from the records on disk, and that is said', async (what, why, place) => {
    const here = place();
    await withVariables(what === 'git' ? { PATH: withoutGit() } : {}, async () => {
      expect((await here.lockWell()).app).toBe(
        `app-app@1 (new)\n  1 package, 1 more from lower layers\n  ${why}: numbers follow only from the record on disk\n`,
      );
      here.write({ 'stack/main.py': 'print(2)\n' });
      expect((await here.lockWell()).app).toContain(`app-app@2 (was 1): launch module main changed\n  ${why}: `);
      expect((await checked(here))[1]).toBe(`app-app@2: valid\n  git’s history was not checked: ${why}\n`);
    });
    expect(lockFiles(here.files('stack/requirements'))).toEqual(plain);
  });

  /** A `PATH` with what the uv of these tests needs. */
  function withoutGit(): string {
    const bin = newFolder();
    for (const name of ['sh', 'grep', 'cat', 'dirname']) {
      symlinkSync(execFileSync('which', [name], { encoding: 'utf8' }).trim(), join(bin, name));
    }
    return bin;
  }

  it('a worktree whose repository is out of reach is an error', async () => {
    const here = copySeed(newFolder());
    here.write({ '.git': 'gitdir: /nowhere/.git/worktrees/here\n' });
    const [py] = (await here.lock()).map(({ output }) => output);
    expect(py).toContain(
      "git's history cannot be read (git rev-parse):\n    fatal: not a git repository: /nowhere/.git/worktrees/here\n",
    );
  });
});

describe('line ends', () => {
  const AUTOCRLF = ['--config', 'core.autocrlf=true'];
  const ATTRIBUTES = '**/requirements/** -text\n*.py text eol=lf\n**/hülfe/** text=auto eol=lf\n';

  async function locked(files: Record<string, string> = {}): Promise<Repository> {
    const here = cloneOf(seed, 'origin');
    here.write(files);
    await here.lockWell();
    here.commit('Lock');
    return here;
  }

  it('of definition files do not count, and with .gitattributes nothing else is turned', async () => {
    const here = cloneOf(await locked({ '.gitattributes': ATTRIBUTES }), 'windows', ...AUTOCRLF);
    expect(here.read('stack/venvstacks.toml')).toContain('\r\n');
    expect(await checked(here)).toEqual(['py: valid\n', 'app-app@1: valid\n']);

    here.write({ 'stack/main.py': 'print(2)\n' });
    await here.lockWell();
    here.commit('Edit, and lock');
    expect(lockFiles(here.files())).toEqual(plain);
  });

  it('that git has turned are named as the cause, with what helps, and that does help', async () => {
    const here = cloneOf(await locked(), 'windows', ...AUTOCRLF);
    const [py, app] = await checked(here);
    expect(py).toContain('the lock has other line ends than were recorded\n');
    expect(app).toContain(
      '  the lock has other line ends than were recorded\n' +
        '  uv.lock has other line ends than were recorded\n' +
        '  launch module main has other line ends than were recorded\n' +
        '  support module hülfe has other line ends than were recorded\n',
    );
    expect(app).toContain('npx nx g nx-venvstacks:init\n');
    const [command = ''] = /git rm .*/.exec(app ?? '') ?? [];

    here.write({ '.gitattributes': ATTRIBUTES });
    here.git('add', '.gitattributes');
    here.git('commit', '--quiet', '--message', 'Have git keep line ends');
    execFileSync('sh', ['-c', command], { cwd: here.root });
    expect(await checked(here)).toEqual(['py: valid\n', 'app-app@1: valid\n']);
    expect(here.git('status', '--porcelain')).toBe('');
  });

  it('of a record by venvstacks do not hide what has changed since its commit', async () => {
    const origin = cloneOf(seed, 'origin');
    origin.write({ '.gitattributes': '*.py text eol=lf\n**/hülfe/** text=auto eol=lf\n' });
    await origin.lockWell();
    stripRecord(origin, 'app-app');
    origin.commit('Lock by venvstacks');
    origin.edit('stack/venvstacks.toml', 'name = "app"\n', 'name = "app"\ndynlib_exclude = ["libx*"]\n');
    origin.commit('Ship other libraries, and do not lock');
    const here = cloneOf(origin, 'windows', ...AUTOCRLF);
    expect(here.read(RECORD)).toContain('\r\n');
    expect((await here.lockWell()).app).toContain('app-app@2 (was 1)');
  });

  it('of a module that was locked with those of Windows are named on Linux', async () => {
    const windows = cloneOf(await locked({ '.gitattributes': '**/requirements/** -text\n' }), 'windows', ...AUTOCRLF);
    windows.write({ 'stack/main.py': 'print(2)\r\n' });
    expect((await windows.lockWell()).app).toContain('app-app@2 (was 1)');
    windows.commit('Edit on Windows, and lock');

    const [, app] = await checked(cloneOf(windows, 'linux'));
    expect(app).toContain('launch module main has other line ends than were recorded\n');
  });
});

describe('a module in a submodule', () => {
  async function withLibrary(): Promise<Repository> {
    const library = Repository.at(newFolder());
    library.git('init', '--quiet');
    library.write({ 'tool.py': 'TOOL = 1\n' });
    library.commit('Library');
    const here = cloneOf(seed, 'with-library');
    here.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', `file://${library.root}`, 'stack/lib');
    here.edit('stack/venvstacks.toml', '["hülfe"]', '["hülfe", "lib/tool.py"]');
    await here.lockWell();
    here.commit('Ship the library');
    return here;
  }

  it('is part of the contents, and where it is not checked out the way to it is told', async () => {
    const origin = await withLibrary();
    const bare = cloneOf(origin, 'bare');
    expect((await checked(bare))[1]).toContain(
      'support modules do not exist: lib/tool.py\n  Its submodule is not checked out: git submodule update --init --recursive\n',
    );

    bare.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'update', '--init', '--recursive');
    expect((await checked(bare))[1]).toBe('app-app@1: valid\n');
    bare.write({ 'stack/lib/tool.py': 'TOOL = 2\n' });
    expect((await checked(bare))[1]).toContain('support module tool changed\n');
  });

  it('is an error where the submodule was never added: no commit knows it', async () => {
    const here = cloneOf(seed, 'nested');
    here.write({ '.gitignore': `${here.read('.gitignore')}lib\n`, 'stack/lib/tool.py': 'TOOL = 1\n' });
    Repository.at(join(here.root, 'stack/lib')).git('init', '--quiet');
    here.edit('stack/venvstacks.toml', '["hülfe"]', '["hülfe", "lib/tool.py"]');
    expect((await checked(here))[1]).toContain(
      "the module 'lib/tool.py' lies in a repository of its own, which is no submodule\n",
    );
  });
});

describe('with Nx itself', () => {
  const lock = ['run', 'app:lock'];

  it('at an odd path', async () => {
    const { root } = cloneOf(seed, ODD);
    const workspace = Workspace.at(root, { env: { UV: process.env.UV } });
    expect(tasksIn(await workspace.succeed(lock)).ran).toEqual(['app:lock', 'py:lock']);
    expect(tasksIn(await workspace.succeed(lock)).cached).toEqual(['app:lock', 'py:lock']);
    workspace.write({ 'stack/main.py': 'print(2)\n' });
    uv.take();
    expect(tasksIn(await workspace.succeed(lock))).toEqual({ ran: ['app:lock'], cached: ['py:lock'] });
    expect(uv.take()).toEqual([]);
    expect(lockFiles(workspace.files())).toEqual(plain);

    const shown = await workspace.succeed(['run', 'app:show'], { MACOSX_DEPLOYMENT_TARGET: '14.2' });
    expect(shown).toContain('macosx_target 14.2, from MACOSX_DEPLOYMENT_TARGET of this machine\n');
    expect(shown).toContain('stale: macosx_target is now 14.2 (was 13.0); lower layer py is stale');
  });

  it('in a worktree, with the workspace in a folder and a module in a submodule', async () => {
    const library = Repository.at(newFolder());
    library.git('init', '--quiet');
    library.write({ 'tool.py': 'TOOL = 1\n' });
    library.commit('Library');
    const outer = Repository.at(newFolder());
    outer.git('init', '--quiet');
    const inner = copySeed(join(outer.root, 'inner'));
    outer.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', `file://${library.root}`, 'inner/lib');
    inner.edit('stack/venvstacks.toml', '["hülfe"]', '["hülfe", "../lib/tool.py", "[x] (1)/{y}.py"]');
    inner.write({ 'stack/[x] (1)/{y}.py': 'Y = 1\n' });
    outer.commit('Declare');
    const tree = join(newFolder(), 'tree');
    outer.git('worktree', 'add', '--quiet', tree);
    outer.git('-C', tree, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'update', '--init');
    const workspace = Workspace.at(join(tree, 'inner'), { env: { UV: process.env.UV } });

    expect(tasksIn(await workspace.succeed(lock)).ran).toEqual(['app:lock', 'py:lock']);
    writeFileSync(join(workspace.root, 'lib/tool.py'), 'TOOL = 2\n');
    for (const file of ['lib', 'stack/[x] (1)/{y}.py']) {
      // All that git says of an edit in a submodule is its commit, which is a path without more below it.
      const affected = await workspace.fail(['affected', '-t', 'lock-check', `--files=${file}`]);
      expect(tasksIn(affected).ran).toEqual(['app:lock-check']);
    }
    expect(await workspace.succeed(lock)).toContain('app-app@2 (was 1): support module tool changed\n');
    expect(tasksIn(await workspace.succeed(lock)).cached).toEqual(['app:lock', 'py:lock']);
  });
});
