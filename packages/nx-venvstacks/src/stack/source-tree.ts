import { spawnSync } from 'node:child_process';
import { readdirSync, realpathSync, statSync, type Dirent } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import createIgnore, { type Ignore } from 'ignore';
import { VenvstacksError } from '../errors';
import { Disk } from './disk';
import { gitEnvironment } from './git-environment';
import { findCheckout, gitFoldersIn, hasSetting } from './git-folder';
import { readTrackedPaths } from './git-index';
import { readRules, testRules } from './ignore-rules';
import { compareCodePoints } from './pep508';
import { isInside, wayFrom } from './paths';
import { Checkouts } from './submodules';

/** A folder of sources as it is shipped. */
export interface SourceFolder {
  readonly name: string;
  /** Names, in code-point order. Links to files count as files. */
  readonly files: readonly string[];
  /** Which of the files are links. */
  readonly links: readonly string[];
  /** In code-point order. */
  readonly folders: readonly SourceFolder[];
}

/** Why a module has nothing that could be hashed. */
export type SourceProblem = 'ignored' | 'empty';

/**
 * Folders that the plugin's option `linkedFolders` names, without links on the way.
 *
 * @param given absolute paths, or relative to the workspace
 * @param root absolute path of the workspace
 */
export function realFolders(given: readonly string[], root: string, disk = new Disk()): string[] {
  return given.map((folder) => disk.realPathOf(resolve(root, folder)));
}

/**
 * Walks source trees as venvstacks does: in a git checkout everything is left out that git ignores and whatever begins
 * with `.git`, elsewhere only `__pycache__`. The user's global ignore file does not count: it differs between machines.
 *
 * Holds what was read of ignore files and of git, so use one for all modules of a run and none for longer.
 */
export class SourceTrees {
  /** Which checkout a path lies in. */
  readonly checkouts = new Checkouts();
  private readonly rules = new Map<string, Checkout>();

  /**
   * @param disk what was read already, a moment ago
   * @param linkedFolders folders, without links on the way, that links of modules may lead to wherever these are
   */
  constructor(
    private readonly disk = new Disk(),
    private readonly linkedFolders: readonly string[] = [],
  ) {}

  /** The same, of what is there now. */
  anew(): SourceTrees {
    return new SourceTrees(new Disk(), this.linkedFolders);
  }

  /** Whether links of modules may lead to a file although no commit says what is in it. @param realPath absolute */
  mayLinkTo(realPath: string): boolean {
    return this.linkedFolders.some((folder) => isInside(realPath, folder));
  }

  /** A file's bytes, if they were read already. */
  keptBytes(path: string): Buffer | undefined {
    return this.disk.kept(path);
  }

  /**
   * @param path absolute path of a folder
   * @returns its contents; 'ignored' if git leaves it out as a whole
   */
  read(path: string): SourceFolder | SourceProblem {
    if (this.ignores(path, true)) return 'ignored';
    const folder = readFolder(path, this.checkoutOf(path));
    return hasFiles(folder) ? folder : 'empty';
  }

  /** Whether git leaves out a file, or a folder as a whole. */
  ignores(path: string, isFolder = false): boolean {
    return this.checkoutOf(path)?.ignores(path, isFolder) ?? false;
  }

  /** The root of the git checkout that a file lies in; undefined outside of any. */
  repositoryOf(path: string): string | undefined {
    return this.checkouts.around(dirname(path));
  }

  /** The same without links on the way. */
  realRepositoryOf(path: string): string | undefined {
    return this.checkoutOf(path)?.realRoot;
  }

  /** The checkout that a path lies in, if any. In a worktree or submodule `.git` is a file. */
  private checkoutOf(path: string): Checkout | undefined {
    const root = this.checkouts.around(dirname(path));
    if (root === undefined) return undefined;
    const checkout = this.rules.get(root) ?? new Checkout(root);
    this.rules.set(root, checkout);
    return checkout;
  }
}

function hasFiles({ files, folders }: SourceFolder): boolean {
  return files.length > 0 || folders.some(hasFiles);
}

function readFolder(path: string, checkout: Checkout | undefined): SourceFolder {
  const files: string[] = [];
  const links: string[] = [];
  const folders: SourceFolder[] = [];
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    const type = typeOf(entry, child);
    if (type === undefined) continue;
    const left = checkout
      ? entry.name.startsWith('.git') || checkout.ignores(child, type === 'folder')
      : entry.name === '__pycache__';
    if (left) continue;
    if (entry.isSymbolicLink()) links.push(entry.name);
    if (type === 'file') files.push(entry.name);
    else folders.push(readFolder(child, checkout));
  }
  return {
    name: basename(path),
    files: files.sort(compareCodePoints),
    links: links.sort(compareCodePoints),
    folders: folders.sort((a, b) => compareCodePoints(a.name, b.name)),
  };
}

/** Links to folders are not followed; pipes, sockets and dead links are nothing that can be shipped. */
function typeOf(entry: Dirent, path: string): 'file' | 'folder' | undefined {
  if (entry.isDirectory()) return 'folder';
  if (entry.isFile()) return 'file';
  return entry.isSymbolicLink() && leadsToFile(path) ? 'file' : undefined;
}

function leadsToFile(link: string): boolean {
  try {
    return statSync(link, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch (error) {
    // A link in a circle leads nowhere.
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') return false;
    throw error;
  }
}

/** The ignore rules of one git checkout. */
class Checkout {
  private readonly matchers = new Map<string, Ignore | undefined>();
  private readonly ignoredFolders = new Map<string, boolean>([['', false]]);
  private readonly ignoreCase: boolean;
  private readonly gitFolder: string;
  private tracked: ReadonlySet<string> | undefined;

  /** Without links on the way. */
  readonly realRoot: string;

  constructor(private readonly root: string) {
    this.realRoot = realpathSync(root);
    // A worktree shares `config` and `info/exclude` with its main checkout.
    this.gitFolder = gitFoldersIn(root)?.common ?? join(root, '.git');
    this.ignoreCase = hasSetting(this.gitFolder, /^ignorecase\s*=\s*true$/i);
  }

  /** Whether git would leave out a path: its own patterns, and those of every folder above it. */
  ignores(path: string, isFolder: boolean): boolean {
    const way = wayFrom(this.root, path);
    const isMatched = this.isInIgnored(way) || this.isMatched(way, isFolder);
    // What lies in an ignored folder is ignored, unless it is tracked.
    return isMatched && !this.hasTracked(way, isFolder);
  }

  /** Whether a folder above a path is ignored. */
  private isInIgnored(way: string): boolean {
    const folder = way.slice(0, Math.max(0, way.lastIndexOf('/')));
    const known = this.ignoredFolders.get(folder);
    if (known !== undefined) return known;
    const ignored = this.isInIgnored(folder) || this.isMatched(folder, true);
    this.ignoredFolders.set(folder, ignored);
    return ignored;
  }

  private isMatched(way: string, isFolder: boolean): boolean {
    let ignored = false;
    // A deeper ignore file overrides those above it.
    for (let end = -1; ;) {
      const folder = way.slice(0, Math.max(0, end));
      const matcher = this.matcherOf(folder);
      const rest = way.slice(end + 1) + (isFolder ? '/' : '');
      const verdict = matcher && testRules(matcher, rest, join(this.root, folder, '.gitignore'));
      if (verdict?.ignored) ignored = true;
      if (verdict?.unignored) ignored = false;
      end = way.indexOf('/', end + 1);
      if (end < 0) return ignored;
    }
  }

  private matcherOf(folder: string): Ignore | undefined {
    const known = this.matchers.get(folder);
    if (known !== undefined || this.matchers.has(folder)) return known;
    const rules = [
      folder === '' ? readRules(join(this.gitFolder, 'info', 'exclude')) : undefined,
      readRules(join(this.root, folder, '.gitignore')),
    ].filter((text) => text !== undefined);
    const matcher = rules.length
      ? createIgnore({ ignorecase: this.ignoreCase, allowRelativePaths: true }).add(rules.join('\n'))
      : undefined;
    this.matchers.set(folder, matcher);
    return matcher;
  }

  /** Only git knows what is tracked although a pattern matches it. */
  private hasTracked(path: string, isFolder: boolean): boolean {
    this.tracked ??= withFolders(listTrackedButIgnored(this.root));
    return this.tracked.has(isFolder ? `${path}/` : path);
  }
}

/** Paths of files, and of all folders above them with a slash at the end. */
function withFolders(files: ReadonlySet<string>): ReadonlySet<string> {
  const all = new Set(files);
  for (const file of files) {
    for (let end = file.lastIndexOf('/'); end >= 0; end = file.lastIndexOf('/', end - 1)) {
      const folder = file.slice(0, end + 1);
      if (all.has(folder)) break;
      all.add(folder);
    }
  }
  return all;
}

/** Of what git ignores at least those that it tracks all the same: mostly known without a git. */
function listTrackedButIgnored(root: string): ReadonlySet<string> {
  const checkout = findCheckout(root);
  const tracked = typeof checkout === 'object' && checkout.root === root ? readTrackedPaths(checkout) : undefined;
  if (tracked) return tracked;
  const { error, status, stdout, stderr } = spawnSync('git', ['ls-files', '-ci', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    env: gitEnvironment(),
  });
  if (status === 0) return new Set(stdout.split('\0').filter((path) => path !== ''));
  // Without git, or in a folder that only looks like a checkout, nothing is tracked.
  const isNone = error ? (error as NodeJS.ErrnoException).code === 'ENOENT' : stderr.includes('not a git repository (');
  if (isNone) return new Set();
  // What a git that refuses would have told must not be passed over: it decides what a module is.
  throw new VenvstacksError(
    'history',
    `git cannot tell which ignored files are tracked:\n${error?.message ?? stderr}`.trimEnd(),
  );
}
