import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashItems } from '../lock/hash';
import { hashModule, type ModuleHash } from '../lock/module-hash';
import { compareCodePoints, SourceTrees, type SourceFolder } from '../stack';
import { describeConformance } from '../testing/conformance';
import { makeFolder, writeFiles } from '../testing/folder';
import { git } from '../testing/git';

type FileContent =
  { readonly text: string } | { readonly base64: string } | { readonly symlink: string } | { readonly dir: true };

interface Case {
  readonly name: string;
  readonly description: string;
  readonly module: string;
  readonly vcs: string | null;
  readonly track: readonly string[];
  readonly files: Readonly<Record<string, FileContent>>;
  readonly hash: string | null;
  readonly error: string | null;
  /** The files that venvstacks hashes; null for a single file. */
  readonly seen: readonly string[] | null;
}

const EXCLUDE = '.git-info-exclude';

/** A module of which venvstacks sees nothing, so that edits go unseen (lock-format.md, "Departures"). */
const IGNORED = 'git-module-ignored';
const OUTSIDE = 'git-outside-repo';

describeConformance('hashing.json', (file) => {
  const { cases, hash_strings } = JSON.parse(readFileSync(file, 'utf8')) as {
    cases: Case[];
    hash_strings: { items: string[]; hash: string }[];
  };
  const ownCases = cases.filter(({ name }) => name !== IGNORED && name !== OUTSIDE);
  const caseOf = (name: string) => {
    const found = cases.find((each) => each.name === name);
    if (!found) throw new Error(`no case ${name}`);
    return found;
  };

  it.each(hash_strings)('hashes $items', ({ items, hash }) => {
    expect(hashItems(items)).toBe(hash);
  });

  it.each(ownCases)('$name: $description', (each) => {
    const result = hashOf(build(each));
    if (each.error === null) {
      expect(result).toMatchObject({ hash: each.hash });
    } else {
      expect(['ignored', 'empty']).toContain(result);
    }
  });

  it.each(ownCases.filter(({ seen }) => seen !== null))('$name: ships the files that venvstacks ships', (each) => {
    const folder = new SourceTrees().read(build(each));
    if (typeof folder === 'string') throw new Error(folder);
    // A folder that is called otherwise on disk, through a link, still lists its own files.
    expect(filesOf(folder, each.module).sort(compareCodePoints)).toEqual(
      [...(each.seen ?? [])].sort(compareCodePoints),
    );
  });

  it('calls a module that git ignores as a whole ignored, where venvstacks hashes nothing', () => {
    expect(hashOf(build(caseOf(IGNORED)))).toBe('ignored');
  });

  it('hashes a module outside of the repository, where venvstacks hashes nothing', () => {
    const elsewhere = cases.find(({ name }) => name === 'package');
    expect(hashOf(build(caseOf(OUTSIDE)))).toMatchObject({ hash: elsewhere?.hash });
  });

  it('tells trees apart that venvstacks hashes alike', () => {
    const [one, other] = ['nested-ambiguous-a', 'nested-ambiguous-b'].map((name) => hashOf(build(caseOf(name))));
    if (typeof one !== 'object' || typeof other !== 'object') throw new Error('not hashed');
    expect(one.hash).toBe(other.hash);
    expect(one.exact).not.toBe(other.exact);
  });
});

/** Builds a case's tree. @returns the module's path */
function build({ files, vcs, track, module }: Case): string {
  const root = makeFolder();
  const links: [path: string, target: string][] = [];
  for (const [path, content] of Object.entries(files)) {
    if (path === EXCLUDE) continue;
    if ('dir' in content) mkdirSync(join(root, path), { recursive: true });
    else if ('symlink' in content) links.push([path, content.symlink]);
    else writeFiles(root, { [path]: bytesOf(content) });
  }
  for (const [path, target] of links) symlinkSync(target, join(root, path));

  if (vcs === 'git-file') {
    writeFileSync(join(root, '.git'), 'gitdir: elsewhere\n');
  } else if (vcs !== null) {
    const checkout = join(root, vcs.split(':')[1] ?? '.');
    mkdirSync(checkout, { recursive: true });
    git(checkout, 'init', '-q');
    const exclude = files[EXCLUDE];
    if (exclude && 'text' in exclude) writeFiles(checkout, { '.git/info/exclude': exclude.text });
    if (track.length) git(root, 'add', '-f', ...track);
  }
  return join(root, module);
}

function bytesOf(content: { readonly text: string } | { readonly base64: string }): string | Buffer {
  return 'text' in content ? content.text : Buffer.from(content.base64, 'base64');
}

function hashOf(path: string): ModuleHash | string {
  return hashModule({ absolutePath: path }, new SourceTrees());
}

function filesOf({ files, folders }: SourceFolder, path: string): string[] {
  return [
    ...files.map((name) => `${path}/${name}`),
    ...folders.flatMap((folder) => filesOf(folder, `${path}/${folder.name}`)),
  ];
}
