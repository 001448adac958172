import { evaluateMarker, formatLockMarker, formatMarker, parseMarker } from './marker';

const LINUX = {
  os_name: 'posix',
  sys_platform: 'linux',
  platform_machine: 'x86_64',
  platform_python_implementation: 'CPython',
  implementation_name: 'cpython',
  python_version: '3.12',
  python_full_version: '3.12.11',
  platform_release: '6.1-generic',
  extra: '',
};

const holds = (text: string, environment: Record<string, string> = LINUX) =>
  evaluateMarker(parseMarker(text), environment);

describe('a marker', () => {
  it.each([
    ["python_version >= '3.9'", true],
    ["python_version < '3.9'", false],
    ["'3.9' <= python_version", true],
    ["python_version in '3.11 3.12'", true],
    ["python_version not in '3.11 3.12'", false],
    ["python_full_version == '3.12.*'", true],
    ["python_full_version > '3.12.11'", false],
    ["python_version ~= '3.9'", true],
    ["python_version === '3.12'", true],
    ["'lin' in sys_platform", true],
    ["sys_platform not in 'linux2'", false],
    ["os_name == 'nt' or sys_platform == 'linux' and python_version < '4'", true],
    ["(os_name == 'posix' or sys_platform == 'linux') and python_version > '4'", false],
    ["os_name == 'posix' or sys_platform == 'linux' and python_version > '4'", true],
    ["os_name == 'posix' or os_name == 'a' or os_name == 'b'", true],
    // Where the operands are no versions there is no order.
    ["sys_platform < 'z'", false],
    ["sys_platform > 'a'", false],
    ["sys_platform >= 'linux'", true],
    ["sys_platform <= 'windows'", false],
    ["platform_release >= '5'", false],
    ["sys_platform == 'from_lower_layer'", false],
  ])('%s on Linux: %s', (text, expected) => {
    expect(holds(text)).toBe(expected);
  });

  it('has a variable that the environment lacks count as empty', () => {
    expect(holds("platform_version == ''")).toBe(true);
    expect(holds("implementation_version >= '3'")).toBe(false);
  });

  it('compares extras by their normalised names', () => {
    expect(holds("extra == 'Dev_Tools'", { ...LINUX, extra: 'dev-tools' })).toBe(true);
    expect(formatMarker(parseMarker("'Dev_Tools' in extras"))).toBe('"dev-tools" in extras');
    expect(holds("'b' in extras", { extras: 'a,b' })).toBe(true);
    expect(holds("'b' not in extras", { extras: 'ab' })).toBe(true);
  });

  it.each([
    ["(os_name=='nt')", 'os_name == "nt"'],
    ["((os_name=='nt') and (os_name == 'x'))", 'os_name == "nt" and os_name == "x"'],
    ["os.name == 'nt' and sys.platform == 'x'", 'os_name == "nt" and sys_platform == "x"'],
    ["python_implementation == 'CPython'", 'platform_python_implementation == "CPython"'],
    [`os_name == 'a"b'`, `os_name == 'a"b'`],
    ["os_name not  in 'x'", 'os_name not in "x"'],
    ["(os_name == 'a' or os_name == 'b') and os_name == 'c'", '(os_name == "a" or os_name == "b") and os_name == "c"'],
  ])('%s is printed as %s', (text, expected) => {
    expect(formatMarker(parseMarker(text))).toBe(expected);
  });

  it('stands in locks with single quotes', () => {
    expect(formatLockMarker(parseMarker('os_name == "nt"'))).toBe("os_name == 'nt'");
  });

  it.each([
    ['', 'expected a marker variable or quoted string'],
    ['os_name', 'expected a comparison: <=, <, !=, ==, >=, >, ~=, ===, in or not in'],
    ["os_name == 'nt' and", 'expected a marker variable or quoted string'],
    ["os_name == 'nt' xor os_name == 'x'", 'expected the end of the marker'],
    ["os_name not 'nt'", "expected 'in' after 'not'"],
    ["os_name == 'nt", 'expected a marker variable or quoted string'],
    ["foo == 'x'", 'expected a marker variable or quoted string'],
  ])('%s is refused: %s', (text, message) => {
    expect(() => parseMarker(text)).toThrow(message);
  });
});

describe('parentheses', () => {
  it('that go on without end are an error, not a crash', () => {
    const text = `${'('.repeat(50_000)}os_name == 'nt'${')'.repeat(50_000)}`;
    expect(() => parseMarker(text)).toThrow('expected fewer parentheses within parentheses');
  });
});
