import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { git } from '../../../packages/nx-venvstacks/src/testing/git';

/** Numbers that an edit chooses by, among what there is. */
export type Picks = readonly number[];

/** The files of a workspace, for edits of whatever is there: paths from its root. */
export class Tree {
  constructor(
    readonly root: string,
    private readonly picks: Picks = [],
    private picked = 0,
  ) {}

  /** One of some things, as the edit's numbers say. @throws {NothingToEdit} where there is none */
  pick<T>(all: readonly T[]): T {
    if (all.length === 0) throw new NothingToEdit();
    return all[(this.picks[this.picked++ % this.picks.length] ?? 0) % all.length] as T;
  }

  /** Whether something is there, be it a link that leads nowhere. */
  has(path: string): boolean {
    return lstatSync(join(this.root, path), { throwIfNoEntry: false }) !== undefined;
  }

  isFolder(path: string): boolean {
    return statSync(join(this.root, path), { throwIfNoEntry: false })?.isDirectory() ?? false;
  }

  read(path: string): string {
    if (!existsSync(join(this.root, path)) || this.isFolder(path)) throw new NothingToEdit();
    return readFileSync(join(this.root, path), 'utf8');
  }

  /** A file in the place of whatever is there. */
  write(path: string, text: string): void {
    this.put(path, (place) => writeFileSync(place, text));
  }

  append(path: string, text: string): void {
    this.write(path, (existsSync(join(this.root, path)) ? this.read(path) : '') + text);
  }

  edit(path: string, change: (text: string) => string): void {
    this.write(path, change(this.read(path)));
  }

  /** Replaces a part of a file, which must be there. */
  replace(path: string, from: string | RegExp, to: string): void {
    const text = this.read(path);
    const changed = text.replace(from, () => to);
    if (changed === text) throw new Error(`${path} has no ${String(from)}`);
    this.write(path, changed);
  }

  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true, force: true });
  }

  move(from: string, to: string): void {
    if (!this.has(from) || from === to || to.startsWith(`${from}/`)) throw new NothingToEdit();
    mkdirSync(dirname(join(this.root, to)), { recursive: true });
    if (this.has(to)) throw new NothingToEdit();
    renameSync(join(this.root, from), join(this.root, to));
  }

  copy(from: string, to: string): void {
    if (this.has(to) || to.startsWith(`${from}/`)) throw new NothingToEdit();
    cpSync(join(this.root, from), join(this.root, to), { recursive: true, verbatimSymlinks: true });
  }

  /** A link in the place of whatever is there. @param target as the link has it */
  link(path: string, target: string): void {
    this.put(path, (place) => symlinkSync(target, place));
  }

  /** Takes out of git what is ignored: it is gone with the next commit. */
  forgetIgnored(): void {
    const ignored = git(this.root, 'ls-files', '--cached', '--ignored', '--exclude-standard', '-z').split('\0');
    for (const path of ignored.filter(Boolean)) this.remove(path);
  }

  makeExecutable(path: string): void {
    if (!existsSync(join(this.root, path))) throw new NothingToEdit();
    chmodSync(join(this.root, path), 0o755);
  }

  /** All files and links; folders behind links are not entered. */
  files(): string[] {
    const found: string[] = [];
    const visit = (folder: string) => {
      for (const entry of readdirSync(join(this.root, folder), { withFileTypes: true })) {
        const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
        if (['.git', '.nx', 'node_modules'].includes(entry.name)) continue;
        if (entry.isDirectory()) visit(path);
        else found.push(path);
      }
    };
    visit('');
    return found.sort();
  }

  /** Folders that have files, and those around them. */
  folders(): string[] {
    const all = new Set<string>();
    for (const file of this.files()) {
      for (let folder = dirname(file); folder !== '.'; folder = dirname(folder)) all.add(folder);
    }
    return [...all].sort();
  }

  definitions(): string[] {
    return this.files().filter((path) => /^(?:venvstacks|layer)\.toml$/.test(basename(path)));
  }

  stackFiles(): string[] {
    return this.files().filter((path) => basename(path) === 'venvstacks.toml');
  }

  layerFiles(): string[] {
    return this.files().filter((path) => basename(path) === 'layer.toml');
  }

  /** Python sources. */
  sources(): string[] {
    return this.files().filter((path) => path.endsWith('.py'));
  }

  /** Package folders that are modules, and what is below them. */
  packages(): string[] {
    return [...new Set(this.sources().map(dirname))].filter((path) => path !== '.');
  }

  lockFiles(): string[] {
    return this.files().filter((path) => path.includes('requirements/'));
  }

  records(): string[] {
    return this.files().filter((path) => path.endsWith('.meta.json'));
  }

  lockFolders(): string[] {
    return this.folders().filter((path) => path.split('/').includes('requirements'));
  }

  private put(path: string, write: (place: string) => void): void {
    const segments = path.split('/');
    for (let length = 1; length < segments.length; length++) {
      const above = segments.slice(0, length).join('/');
      // What is no folder makes way for one.
      if (this.has(above) && !this.isFolder(above)) this.remove(above);
    }
    const place = join(this.root, path);
    rmSync(place, { recursive: true, force: true });
    mkdirSync(dirname(place), { recursive: true });
    write(place);
  }
}

/** What an edit is about is not there: then it is none. */
export class NothingToEdit extends Error {}
