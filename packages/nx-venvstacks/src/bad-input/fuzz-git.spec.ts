import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VenvstacksError } from '../errors';
import {
  findCheckout,
  hasReplacements,
  isPartial,
  isShallow,
  missingSubmodule,
  readHeads,
  readTrackedPaths,
  SourceTrees,
} from '../stack';
import { makeFolder, writeFiles } from '../testing/folder';
import { FUZZ_TIMEOUT, fuzzing, messyText, mutated } from '../testing/fuzz';
import { commitAll, git } from '../testing/git';

jest.setTimeout(FUZZ_TIMEOUT);

/** Texts and bytes in which one of valid ones is changed. */
function texts(...valid: string[]): fc.Arbitrary<string> {
  const tokens = valid.flatMap((text) => text.split(/(?<=[\n =:])/));
  return fc.oneof(messyText(tokens), mutated(valid, tokens));
}

describe('whatever is in it', () => {
  it.each([2, 4])('an index of version %i has paths, or is left to git', (version) => {
    const root = makeFolder({
      'a.py': '',
      'folder/deep/b.py': '',
      'folder/deep/c.py': '',
      [`long/${'x'.repeat(200)}`]: '',
    });
    commitAll(root);
    git(root, 'update-index', '--index-version', String(version));
    const valid = readFileSync(join(root, '.git/index'));
    const own = join(root, '.git');
    const edit = fc.tuple(fc.nat(valid.length), fc.uint8Array({ minLength: 1, maxLength: 6 }), fc.boolean());
    const damaged = fc.oneof(
      fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) =>
        edits.reduce((bytes, [at, raw, isInserted]) => {
          const end = isInserted ? at : at + raw.length;
          return Buffer.concat([bytes.subarray(0, at), raw, bytes.subarray(end)]);
        }, valid),
      ),
      fc.nat(valid.length).map((length) => valid.subarray(0, length)),
      fc.uint8Array({ maxLength: 300 }).map((raw) => Buffer.concat([valid.subarray(0, 12), raw])),
      // As many entries as a number can say.
      fc.integer({ min: 0, max: 0xffffffff }).map((count) => {
        const bytes = Buffer.from(valid);
        bytes.writeUInt32BE(count, 8);
        return bytes;
      }),
    );
    fc.assert(
      fc.property(damaged, (bytes) => {
        writeFiles(root, { '.git/index': bytes });
        expect(readTrackedPaths({ own, common: own })?.size ?? 0).toBeLessThanOrEqual(bytes.length);
      }),
      fuzzing(600),
    );
  });

  it('a git folder tells its heads, or leaves it to git', () => {
    const root = makeFolder({ 'a.py': '' });
    commitAll(root);
    const head = git(root, 'rev-parse', 'HEAD').trim();
    git(root, 'pack-refs', '--all');
    const own = join(root, '.git');
    const files = {
      HEAD: ['ref: refs/heads/main\n', `${head}\n`],
      config: [readFileSync(join(own, 'config'), 'utf8')],
      'packed-refs': [readFileSync(join(own, 'packed-refs'), 'utf8'), `${head} refs/heads/main\n`],
      MERGE_HEAD: [`${head}\n${head}\n`],
    };
    const damaged = fc
      .constantFrom(...Object.entries(files))
      .chain(([name, valid]) => texts(...valid).map((text) => ({ name, text })));
    fc.assert(
      fc.property(damaged, ({ name, text }) => {
        writeFiles(root, { [`.git/${name}`]: text });
        const checkout = findCheckout(root);
        expect(typeof checkout === 'object' || checkout === 'unclear').toBe(true);
        const heads = readHeads({ own, common: own });
        for (const commit of [heads?.head ?? [], heads?.merged ?? []].flat())
          expect(commit).toMatch(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/);
        for (const tell of [isShallow, hasReplacements, isPartial])
          expect(typeof tell({ own, common: own })).toBe('boolean');
      }),
      fuzzing(600),
    );
  });

  it('the file of a worktree leads somewhere, or nowhere', () => {
    const root = makeFolder();
    fc.assert(
      fc.property(texts('gitdir: ../elsewhere/.git/worktrees/x\n', 'gitdir: /nowhere'), (text) => {
        writeFiles(root, { '.git': text });
        expect(findCheckout(root)).toBe('unclear');
      }),
      fuzzing(600),
    );
  });

  it('rules and submodules hold, or are told to be none', () => {
    const root = makeFolder({ '.git/HEAD': '', 'folder/a.py': '' });
    const rules = texts('*.pyc\n!keep.pyc\n/build/\n**/x/**\n[a-z]?\n\\#x\n', 'path = folder\n\tpath = "a b"\n');
    fc.assert(
      fc.property(rules, (text) => {
        writeFiles(root, { '.gitignore': text, '.gitmodules': text });
        try {
          expect(typeof new SourceTrees().ignores(join(root, 'folder/a.py'))).toBe('boolean');
        } catch (error) {
          expect(error).toBeInstanceOf(VenvstacksError);
        }
        missingSubmodule(join(root, 'folder/none/x'));
      }),
      fuzzing(100),
    );
  });
});
