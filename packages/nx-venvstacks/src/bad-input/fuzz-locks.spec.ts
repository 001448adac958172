import fc from 'fast-check';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VenvstacksError } from '../errors';
import { checkLayer, Judge, parseLock, RecordHistories, requirementsHash } from '../lock';
import { hashBytes } from '../lock/hash';
import { interpreterWasRefused } from '../lock/interpreter';
import { packagesOfUvLock, relocateUvLock } from '../lock/pins';
import { formatLock, LockSyntaxError, packagesHash, pinsHash } from '../lock/pylock';
import { RecordArchive } from '../lock/record-archive';
import { parseRecordFile, sealRecord, type VersionRecord } from '../lock/record';
import { parseSummary } from '../lock/texts';
import { platformsWithoutWheel } from '../lock/wheel';
import { PLATFORMS } from '../stack';
import { withoutUserVariables } from '../testing/environment';
import { makeFolder } from '../testing/folder';
import { FUZZ_TIMEOUT, fuzzing, messyText, mutated, mutatedJson } from '../testing/fuzz';
import { lockText, LockedStack, uvLockText } from '../testing/locked-stack';
import { conflictOf, recordOf } from '../testing/records';

withoutUserVariables();
jest.setTimeout(FUZZ_TIMEOUT);

/** Any text, with the pieces of a valid one frequent in it. */
function texts(...valid: string[]): fc.Arbitrary<string> {
  const tokens = valid.flatMap((text) => text.split(/(?<=[\n":=,])/));
  return fc.oneof(messyText(tokens), mutated(valid, tokens));
}

describe('whatever is in it', () => {
  it('a record is one or is told to be none', () => {
    const record = recordOf();
    const valid = [JSON.stringify(record, null, 2), conflictOf(record, recordOf({ lock_version: 2 }))];
    fc.assert(
      fc.property(texts(...valid), (text) => {
        const { kind } = parseRecordFile(text);
        expect(['ours', 'foreign', 'newer', 'impossible', 'damaged', 'conflicted']).toContain(kind);
      }),
      fuzzing(3000),
    );
  });

  it('a record that fits its fingerprint gives the layer a state, and lock-check a verdict', async () => {
    const stack = new LockedStack().lockAll({ number: 3 });
    const layer = stack.layer('app-report');
    const { record } = stack.files('app-report');
    const valid = stack.record('app-report');
    const otherLockFolders = new Set<string>();
    await fc.assert(
      fc.asyncProperty(mutatedJson(valid), async (value) => {
        const { fingerprint: _, ...rest } = value as VersionRecord;
        writeFileSync(record, JSON.stringify(sealRecord(rest)));
        const judge = new Judge(stack.env);
        const { verdict, findings } = await checkLayer(layer, {
          judge,
          histories: new RecordHistories(),
          otherLockFolders,
        });
        expect(verdict === 'valid').toBe(findings.length === 0);
      }),
      fuzzing(300),
    );
  });

  it('a lock has packages, or it is told why it is none', () => {
    const valid = [lockText(['six==1.0', 'attrs==2.0'], ['idna==3.0']), lockText([])];
    fc.assert(
      fc.property(texts(...valid), (text) => {
        try {
          const { packages, table } = parseLock(text);
          for (const hash of [requirementsHash, packagesHash, pinsHash]) expect(hash(packages)).toMatch(/^sha256:/);
          expect(parseLock(formatLock(table, 'app-x', 'lock')).packages).toHaveLength(packages.length);
        } catch (error) {
          expect(error).toBeInstanceOf(LockSyntaxError);
        }
      }),
      fuzzing(5000),
    );
  });

  it('a uv.lock has pins or none, and goes to another folder', () => {
    const local = 'url = "file:///a/b.whl"\npath = \'../x\'\nregistry = """y"""\n';
    fc.assert(
      fc.property(texts(uvLockText(['six==1.0', 'attrs==2.0']), local), (text) => {
        for (const { name, version } of packagesOfUvLock(text))
          expect(typeof name + typeof version).toBe('stringstring');
        expect(typeof relocateUvLock(text, '/a/b', '/a/c')).toBe('string');
      }),
      fuzzing(5000),
    );
  });

  it('a summary has pins, or is none', () => {
    const valid =
      "# Package summary for app-report\nidna==1.0 ; os_name == 'nt'\n\n# Shared packages inherited from other layers\nsix==1.0\n";
    fc.assert(
      fc.property(texts(valid), (text) => {
        for (const { name } of parseSummary(text)?.pins ?? []) expect(name).toMatch(/^[a-z0-9._-]+$/);
      }),
      fuzzing(5000),
    );
  });

  it('a wheel fits platforms, or none', () => {
    const names = texts(
      'a-1.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
      'a-1.0-py3-none-any.whl',
      'a-1-cp312-abi3-macosx_11_0_universal2.whl',
    );
    fc.assert(
      fc.property(fc.array(names, { maxLength: 4 }), (wheels) => {
        const lacking = platformsWithoutWheel(wheels, PLATFORMS, { linux: [2, 28], macos: [13, 0] });
        expect(PLATFORMS).toEqual(expect.arrayContaining(lacking));
      }),
      fuzzing(5000),
    );
  });

  it('what uv says of an interpreter is understood, or is something else', () => {
    fc.assert(
      fc.property(
        texts('error: Failed to inspect Python interpreter from provided path at `/x`\n', 'did not return'),
        (text) => {
          expect(typeof interpreterWasRefused(text)).toBe('boolean');
        },
      ),
      fuzzing(5000),
    );
  });

  it('an archive of records gives versions, or is made anew', async () => {
    const folder = makeFolder();
    const blob = 'a'.repeat(40);
    const name = 'pylock.app-report.meta.json';
    const entries = [{ blob, path: `requirements/app-report/${name}`, time: 1_700_000_000 }];
    await new RecordArchive(folder, '/root', ['head']).write({
      entries,
      texts: new Map([[blob, JSON.stringify(recordOf())]]),
    });
    const [file = ''] = readdirSync(folder);
    const path = join(folder, file);
    const valid = readFileSync(path, 'utf8');
    expect(new RecordArchive(folder, '/root', ['head']).read(name)).toHaveLength(1);
    const damaged = fc.oneof(
      texts(valid),
      fc.nat(10 ** 12).map((length) => String(length).padStart(12) + valid.slice(12)),
    );
    fc.assert(
      fc.property(damaged, (text) => {
        writeFileSync(path, text);
        for (const version of new RecordArchive(folder, '/root', ['head']).read(name) ?? []) {
          expect(version.blob).toMatch(/^[0-9a-f]{40,64}$/);
          expect(['string', 'undefined']).toContain(typeof version.text);
        }
      }),
      fuzzing(2000),
    );
    expect(existsSync(path)).toBe(true);
  });

  it('a lock that lock-check reads is refused as a whole, or checked', async () => {
    const stack = new LockedStack().lockAll({ number: 3 });
    const layer = stack.layer('app-report');
    const { lock } = stack.files('app-report');
    const valid = stack.read('requirements/app-report/pylock.app-report.toml');
    await fc.assert(
      fc.asyncProperty(texts(valid), async (text) => {
        stack.lock('app-report', { lock: valid });
        writeFileSync(lock, text);
        stack.changeRecord('app-report', { lock_hash: hashBytes(text) });
        const judge = new Judge(stack.env);
        try {
          await checkLayer(layer, { judge, histories: new RecordHistories(), otherLockFolders: new Set() });
        } catch (error) {
          expect(error).toBeInstanceOf(VenvstacksError);
        }
      }),
      fuzzing(100),
    );
  });
});
