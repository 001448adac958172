import { lockText, packageTable } from '../testing/locked-stack';
import {
  formatLock,
  hashOfPins,
  LockSyntaxError,
  packagesHash,
  parseLock,
  pinsHash,
  requirementLines,
  requirementsHash,
  sharedMarker,
} from './pylock';

const packagesOf = (text: string) => parseLock(text).packages;
const withWheels = (...wheels: string[]) =>
  `[[packages]]\nname = "a"\nversion = "1.0"\nwheels = [${wheels.join(', ')}]\n`;
const wheel = (file: string, sha256: string) =>
  `{ url = "https://files.invalid/p/${file}", hashes = { sha256 = "${sha256}" } }`;

describe('reading a lock', () => {
  it('gives its packages with their wheels', () => {
    expect(packagesOf(lockText(['idna==3.11'], ['six==1.17.0']))).toMatchObject([
      {
        name: 'idna',
        version: '3.11',
        marker: '',
        shared: false,
        index: 'https://index.invalid/simple',
        wheels: [{ fileName: 'idna-3.11-py3-none-any.whl' }],
      },
      { name: 'six', version: '1.17.0', marker: '', shared: true, index: undefined, wheels: [] },
    ]);
  });

  it('takes a lock without packages for an empty one', () => {
    expect(packagesOf('')).toEqual([]);
    expect(packagesOf(lockText([]))).toEqual([]);
  });

  it('normalises versions and markers', () => {
    const [locked] = packagesOf(
      '[[packages]]\nname = "A_b"\nversion = "1.0.0RC1"\nmarker = "sys_platform==\\"win32\\""\n',
    );
    expect(locked).toMatchObject({ name: 'A_b', version: '1.0.0rc1', marker: "sys_platform == 'win32'" });
  });

  it.each([
    ["sys_platform == 'win32'"],
    ["sys_platform == 'win32' or sys_platform == 'linux'"],
    ["python_version < '3.13' and (sys_platform == 'win32' or sys_platform == 'linux')"],
    ["(sys_platform == 'win32' or sys_platform == 'linux') and (os_name == 'nt' or os_name == 'posix')"],
    ["(sys_platform == 'win32' and os_name == 'nt') or sys_platform == 'linux'"],
    [''],
  ])('finds the marker %p again in that of a shared package', (marker) => {
    const [locked] = packagesOf(`[[packages]]\nname = "a"\nversion = "1"\nmarker = "${sharedMarker(marker)}"\n`);
    expect(locked).toMatchObject({ marker, shared: true });
  });

  it.each([
    [wheel('a-1.0-py3-none-any.whl#sha256=aa', 'aa'), 'a-1.0-py3-none-any.whl'],
    [wheel('a-1.0%2Bcpu-py3-none-any.whl?x=1', 'aa'), 'a-1.0+cpu-py3-none-any.whl'],
    ['{ path = "../../wheels/a-1.0-py3-none-any.whl", hashes = { sha256 = "aa" } }', 'a-1.0-py3-none-any.whl'],
    ['{ name = "a-1.0-py3-none-any.whl", url = "https://files.invalid/b.whl", hashes = {} }', 'a-1.0-py3-none-any.whl'],
    [wheel('a-1.0%zz.whl', 'aa'), 'a-1.0%zz.whl'],
  ])('finds the file name of the wheel %s', (table, fileName) => {
    expect(packagesOf(withWheels(table))[0]?.wheels[0]?.fileName).toBe(fileName);
  });

  it.each([
    ['<<<<<<< HEAD\n', 'not TOML (line 1)'],
    ['packages = 3\n', "'packages' is no array"],
    ['packages = [3]\n', 'a package has no name'],
    ['[[packages]]\nname = "a"\n', 'package a has no version'],
    ['[[packages]]\nname = "a"\nversion = "1"\nwheels = 3\n', 'the wheels of package a are no array'],
    ['[[packages]]\nname = "a"\nversion = "1"\nmarker = "x"\n', 'the marker of package a cannot be read: x'],
    [withWheels('3'), 'a wheel of package a is no table'],
    [withWheels('{ hashes = {} }'), 'a wheel of package a has neither name, url nor path'],
    [withWheels('{ name = "a.whl" }'), 'the wheel a.whl has no hashes'],
    [withWheels('{ name = "a.whl", hashes = { sha256 = 1 } }'), 'the sha256 of the wheel a.whl is no text'],
  ])('refuses %j', (text, message) => {
    expect(() => parseLock(text)).toThrow(new LockSyntaxError(message));
  });
});

describe('venvstacks’ hash of a lock', () => {
  const base = withWheels(
    wheel('a-1.0-cp312-cp312-win_amd64.whl', 'aa'),
    wheel('a-1.0-cp312-cp312-win_arm64.whl', 'bb'),
  );

  it('is over sorted lines of packages and wheels', () => {
    expect(requirementLines(packagesOf(`${base}index = "https://index.invalid/simple"\n`))).toEqual([
      'a-1.0-cp312-cp312-win_amd64.whl:sha256:aa',
      'a-1.0-cp312-cp312-win_arm64.whl:sha256:bb',
      'a==1.0 from https://index.invalid/simple',
    ]);
    expect(requirementLines(packagesOf(base)).at(-1)).toBe('a==1.0 from unspecified index');
  });

  it('has the value that venvstacks 0.8.0 gives', () => {
    const shared = '[[packages]]\nname = "a"\nversion = "1.0"\nmarker = "sys_platform == \'from_lower_layer\'"\n';
    expect(requirementsHash(packagesOf(shared))).toBe(
      'sha256:8a012facbeb759e186c7f4a5a0e27d1294b9f882a9201ca66d158b9a15c20c59',
    );
  });
});

describe('our own hash of the packages', () => {
  const hash = (text: string) => packagesHash(packagesOf(text));
  const base = [packageTable('a==1.0'), packageTable('b==1.0')].join('\n');

  it('does not move with order, index, address or layout', () => {
    const same = [
      [packageTable('b==1.0'), packageTable('a==1.0')].join('\n'),
      base.replaceAll('https://index.invalid', 'https://mirror.invalid'),
      base.replaceAll('https://files.invalid', 'https://mirror.invalid'),
      `# another command\n${base}`,
    ];
    expect(same.map(hash)).toEqual(same.map(() => hash(base)));
  });

  it('does not move with the order of wheels or of their hashes', () => {
    const [one, two] = [wheel('a-1-py3-none-any.whl', 'aa'), wheel('b-1-py3-none-any.whl', 'bb')];
    expect(hash(withWheels(one, two))).toBe(hash(withWheels(two, one)));
    const both = (hashes: string) => withWheels(`{ name = "a.whl", hashes = { ${hashes} } }`);
    expect(hash(both('sha256 = "aa", sha512 = "bb"'))).toBe(hash(both('sha512 = "bb", sha256 = "aa"')));
  });

  it.each([
    ['a version', base.replace('version = "1.0"', 'version = "1.1"')],
    ['a name', base.replace('name = "a"', 'name = "c"')],
    ['a wheel’s hash', base.replace(/sha256 = "..../, 'sha256 = "ffff')],
    ['a wheel’s name', base.replace('a-1.0-py3-none-any.whl', 'a-1.0-py2.py3-none-any.whl')],
    ['a marker', [packageTable('a==1.0', { marker: "sys_platform == 'win32'" }), packageTable('b==1.0')].join('\n')],
    ['a package less', packageTable('a==1.0')],
    ['one that became shared', [packageTable('a==1.0', { shared: true }), packageTable('b==1.0')].join('\n')],
  ])('moves with %s', (_, other) => {
    expect(hash(other)).not.toBe(hash(base));
  });
});

describe('the hash of what a layer pins for upper ones', () => {
  it('is over its own packages only, whatever their wheels', () => {
    const own = packagesOf(lockText(['b==1.0', 'a==1.0'], ['six==1.0']));
    expect(pinsHash(own)).toBe(hashOfPins(['a==1.0', 'b==1.0']));
    expect(pinsHash(packagesOf(lockText(['a==1.0', 'b==1.0'])))).toBe(pinsHash(own));
    expect(pinsHash(packagesOf(lockText(['a==1.0', 'b==1.0'], ['zipp==1.0'])))).toBe(pinsHash(own));
  });

  it('moves with a marker', () => {
    expect(pinsHash(packagesOf(packageTable('a==1.0', { marker: "os_name == 'nt'" })))).toBe(
      hashOfPins(["a==1.0 ; os_name == 'nt'"]),
    );
  });
});

describe('writing a lock', () => {
  const exported = `lock-version = "1.0"
created-by = "uv"
requires-python = "==3.12.*"

[[packages]]
name = "a"
version = "1.0"
index = "https://index.invalid/simple"
wheels = [
    { url = "https://files.invalid/a-1.0-py3-none-any.whl", upload-time = 2025-10-18T17:46:45Z, size = 10, hashes = { sha256 = "aa" } },
    { url = "https://files.invalid/a-1.0-cp312-cp312-win_amd64.whl", upload-time = 2025-10-18T17:46:45.120Z, hashes = { sha256 = "bb" } },
]

[[packages]]
name = "six"
version = "1.0"
marker = "sys_platform == 'from_lower_layer'"
`;

  it('spells tables out, in uv’s order of keys, below a header that names the command', () => {
    expect(formatLock(parseLock(exported).table, 'app-report', 'npx nx run report:lock'))
      .toBe(`# Locked requirements for app-report (DO NOT EDIT)
#     Auto-generated by nx-venvstacks with the following command:
#         npx nx run report:lock
lock-version = "1.0"
created-by = "uv"
requires-python = "==3.12.*"

[[packages]]
name = "a"
version = "1.0"
index = "https://index.invalid/simple"

[[packages.wheels]]
url = "https://files.invalid/a-1.0-py3-none-any.whl"
upload-time = 2025-10-18T17:46:45Z
size = 10

[packages.wheels.hashes]
sha256 = "aa"

[[packages.wheels]]
url = "https://files.invalid/a-1.0-cp312-cp312-win_amd64.whl"
upload-time = 2025-10-18T17:46:45.120Z

[packages.wheels.hashes]
sha256 = "bb"

[[packages]]
name = "six"
version = "1.0"
marker = "sys_platform == 'from_lower_layer'"
`);
  });

  it('says so where there are no packages', () => {
    const text = formatLock(parseLock('lock-version = "1.0"\n').table, 'app-x', 'x');
    expect(text.endsWith('\nlock-version = "1.0"\npackages = []\n')).toBe(true);
  });

  it('writes lists of texts without spaces in their brackets, as venvstacks does', () => {
    const line = `environments = ["sys_platform == 'darwin'", "implementation_name == 'a, b'"]`;
    expect(formatLock(parseLock(`lock-version = "1.0"\n${line}\n`).table, 'app-x', 'x')).toContain(`\n${line}\n`);
  });

  it('changes nothing when what it wrote is written again', () => {
    const once = formatLock(parseLock(exported).table, 'app-report', 'x');
    expect(formatLock(parseLock(once).table, 'app-report', 'x')).toBe(once);
  });
});
