import { parseLock } from '../lock';
import { packagesOfUvLock } from '../lock/pins';
import { parseSummary } from '../lock/texts';
import { badInputs, checkVerdict, withFile } from '../testing/bad-input';
import { withoutUserVariables } from '../testing/environment';

withoutUserVariables();

const RECORDS = {
  'array.json': ['stale:', 'its version record is damaged'].join('\n'),
  'bom.json': ['stale:', 'its version record is damaged'].join('\n'),
  'conflict-nested.json': ['stale:', 'its version record has conflict markers'].join('\n'),
  'conflict-newer.json': [
    'unknown:',
    'app-report: its version record has format 9; this version of nx-venvstacks reads up to 1',
    '  Update nx-venvstacks.',
  ].join('\n'),
  'conflict-unclosed.json': ['stale:', 'its version record has conflict markers'].join('\n'),
  'conflict.json': ['stale:', 'its version record has conflict markers'].join('\n'),
  'duplicate-keys.json': ['stale:', 'its version record is damaged'].join('\n'),
  'empty-object.json': ['stale:', 'its version record is damaged'].join('\n'),
  'empty.json': ['stale:', 'its version record is damaged'].join('\n'),
  'format-infinite.json': [
    'unknown:',
    'app-report: its version record has format Infinity; this version of nx-venvstacks reads up to 1',
    '  Update nx-venvstacks.',
  ].join('\n'),
  'format-negative.json': ['stale:', 'its version record is damaged'].join('\n'),
  'format-newer.json': [
    'unknown:',
    'app-report: its version record has format 2; this version of nx-venvstacks reads up to 1',
    '  Update nx-venvstacks.',
  ].join('\n'),
  'format-text.json': ['stale:', 'its version record is damaged'].join('\n'),
  'latin-1.json': ['stale:', 'its version record is damaged'].join('\n'),
  'nested-unclosed.json': ['stale:', 'its version record is damaged'].join('\n'),
  'nested.json': ['stale:', 'its version record is damaged'].join('\n'),
  'null.json': ['stale:', 'its version record is damaged'].join('\n'),
  'number-enormous.json': [
    'unknown:',
    'app-report: lock_version in its version record is 9007199254740992, which is no number of a lock',
    '  Delete the record and run lock: the number is then taken from git’s history.',
  ].join('\n'),
  'number-fraction.json': [
    'unknown:',
    'app-report: lock_version in its version record is 1.5, which is no number of a lock',
    '  Delete the record and run lock: the number is then taken from git’s history.',
  ].join('\n'),
  'number-infinite.json': [
    'unknown:',
    'app-report: lock_version in its version record is Infinity, which is no number of a lock',
    '  Delete the record and run lock: the number is then taken from git’s history.',
  ].join('\n'),
  'number-last-negative.json': [
    'unknown:',
    'app-report: last_version in its version record is -5, which is no number of a lock',
    '  Delete the record and run lock: the number is then taken from git’s history.',
  ].join('\n'),
  'number-long-text.json': [
    'unknown:',
    'app-report: lock_version in its version record is "333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333…, which is no number of a lock',
    '  Delete the record and run lock: the number is then taken from git’s history.',
  ].join('\n'),
  'number-negative.json': [
    'unknown:',
    'app-report: lock_version in its version record is -1, which is no number of a lock',
    '  Delete the record and run lock: the number is then taken from git’s history.',
  ].join('\n'),
  'number-null.json': [
    'unknown:',
    'app-report: lock_version in its version record is null, which is no number of a lock',
    '  Delete the record and run lock: the number is then taken from git’s history.',
  ].join('\n'),
  'number-text.json': [
    'unknown:',
    'app-report: lock_version in its version record is "3", which is no number of a lock',
    '  Delete the record and run lock: the number is then taken from git’s history.',
  ].join('\n'),
  'number-zero.json': [
    'unknown:',
    'app-report: lock_version in its version record is 0, which is no number of a lock',
    '  Delete the record and run lock: the number is then taken from git’s history.',
  ].join('\n'),
  'proto.json': ['stale:', 'its version record is damaged'].join('\n'),
  'text.json': ['stale:', 'its version record is damaged'].join('\n'),
  'truncated.json': ['stale:', 'its version record is damaged'].join('\n'),
  'utf-16.json': ['stale:', 'its version record is damaged'].join('\n'),
  'zeros.json': ['stale:', 'its version record is damaged'].join('\n'),
};

const LOCKS = {
  'bom.toml': 'six==1.0',
  'conflict.toml': 'LockSyntaxError: not TOML (line 1)',
  'crlf.toml': 'six==1.0',
  'duplicate-key.toml': 'LockSyntaxError: not TOML (line 8)',
  'duplicate-package.toml': 'six==1.0, six==1.0',
  'empty.toml': '',
  'hash-missing.toml': 'LockSyntaxError: the wheel six-1.0-py3-none-any.whl has no hashes',
  'hash-number.toml': 'LockSyntaxError: the sha256 of the wheel six-1.0-py3-none-any.whl is no text',
  'hash-short.toml': 'six==1.0',
  'latin-1.toml': '',
  'marker-garbage.toml': 'LockSyntaxError: the marker of package six cannot be read: ((((',
  'nested-arrays.toml': 'LockSyntaxError: not TOML (line 3)',
  'nested-tables.toml': '',
  'package-without-name.toml': 'LockSyntaxError: a package has no name',
  'package-without-version.toml': 'LockSyntaxError: package six has no version',
  'packages-number.toml': "LockSyntaxError: 'packages' is no array",
  'packages-strings.toml': 'LockSyntaxError: a package has no name',
  'proto.toml': '__proto__==1.0',
  'truncated.toml': 'LockSyntaxError: not TOML (line 13)',
  'unknown-version.toml': 'six==1.0',
  'utf-16.toml': 'LockSyntaxError: not TOML (line 1)',
  'version-enormous.toml': 'six==99999999999999999999',
  'version-negative.toml': 'six==-1',
  'version-number.toml': 'LockSyntaxError: package six has no version',
  'wheel-escape.toml': 'six==1.0',
  'wheel-text.toml': 'LockSyntaxError: a wheel of package six is no table',
  'wheel-without-place.toml': 'LockSyntaxError: a wheel of package six has neither name, url nor path',
  'wheels-text.toml': 'LockSyntaxError: the wheels of package six are no array',
  'zeros.toml': 'LockSyntaxError: not TOML (line 1)',
};

const UV_LOCKS = {
  'bom.toml': 'six==1.0',
  'conflict.toml': '',
  'crlf.toml': 'six==1.0',
  'duplicate-package.toml': 'six==1.0, six==1.0',
  'empty.toml': '',
  'nested.toml': '',
  'package-number.toml': '',
  'packages-garbage.toml': '',
  'truncated.toml': '',
  'unclosed-path.toml': '',
  'unknown-version.toml': 'six==1.0',
  'utf-16.toml': '',
  'version-text.toml': 'six==1.0',
  'zeros.toml': '',
};

const SUMMARIES = {
  'bom.txt': undefined,
  'conflict.txt': undefined,
  'crlf.txt': 'idna==1.0',
  'empty.txt': '',
  'garbage.txt': undefined,
  'path.txt': undefined,
  'truncated.txt': undefined,
  'utf-16.txt': undefined,
  'zeros.txt': undefined,
};

const pinsOf = (packages: readonly { readonly name: string; readonly version: string }[]) =>
  packages.map(({ name, version }) => `${name}==${version.slice(0, 20)}`).join(', ');

describe('a bad record', () => {
  const inputs = badInputs('record');

  it('is expected', () => {
    expect(inputs.map(({ name }) => name)).toEqual(Object.keys(RECORDS).sort());
  });

  it.each(inputs)('concerns its layer alone: $name', async ({ name, bytes }) => {
    expect(await checkVerdict(withFile('record', bytes))).toBe(RECORDS[name as keyof typeof RECORDS]);
  });
});

describe('a bad lock', () => {
  const inputs = badInputs('lock');

  it('is expected', () => {
    expect(inputs.map(({ name }) => name)).toEqual(Object.keys(LOCKS).sort());
  });

  it.each(inputs)('is not the one that was recorded: $name', async ({ bytes }) => {
    expect(await checkVerdict(withFile('lock', bytes))).toBe('stale:\nthe lock is not the one that was recorded');
  });

  it.each(inputs)('has pins or is no lock: $name', ({ name, bytes }) => {
    let found: string;
    try {
      found = pinsOf(parseLock(bytes.toString('utf8')).packages);
    } catch (error) {
      found = `${(error as Error).constructor.name}: ${(error as Error).message}`;
    }
    expect(found).toBe(LOCKS[name as keyof typeof LOCKS]);
  });

  it.each(inputs)('is told of where the record says that it was written so: $name', async ({ name, bytes }) => {
    const verdict = await checkVerdict(withFile('lock', bytes, true));
    const [, wrong] = /^LockSyntaxError: (.*)$/.exec(LOCKS[name as keyof typeof LOCKS]) ?? [];
    if (wrong === undefined) expect(verdict).toMatch(/^damaged:\nthe summary is not what the lock says(?:$|\n)/);
    else {
      expect(verdict).toBe(
        `refused: app-report: its lock cannot be read, although its record is of it: ${wrong}\n` +
          '  Delete pylock.app-report.toml and lock the layer again.',
      );
    }
  });
});

describe('a bad uv.lock', () => {
  const inputs = badInputs('uv-lock');

  it('is expected', () => {
    expect(inputs.map(({ name }) => name)).toEqual(Object.keys(UV_LOCKS).sort());
  });

  it.each(inputs)('is not the one that was recorded: $name', async ({ bytes }) => {
    expect(await checkVerdict(withFile('uv-lock', bytes))).toBe('stale:\nuv.lock is not the one that was recorded');
  });

  it.each(inputs)('has pins that can be read, or none: $name', ({ name, bytes }) => {
    expect(pinsOf(packagesOfUvLock(bytes.toString('utf8')))).toBe(UV_LOCKS[name as keyof typeof UV_LOCKS]);
  });
});

describe('a bad summary', () => {
  const inputs = badInputs('summary');

  it('is expected', () => {
    expect(inputs.map(({ name }) => name)).toEqual(Object.keys(SUMMARIES).sort());
  });

  it.each(inputs)('is damage that a lock mends: $name', async ({ bytes }) => {
    expect(await checkVerdict(withFile('summary', bytes))).toBe('damaged:\nthe summary is not what the lock says');
  });

  it.each(inputs)('has pins only where it is one: $name', ({ name, bytes }) => {
    const summary = parseSummary(bytes.toString('utf8'));
    expect(summary && pinsOf(summary.pins)).toBe(SUMMARIES[name as keyof typeof SUMMARIES]);
  });
});
