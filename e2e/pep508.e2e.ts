import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { evaluateMarker, formatRequirement, parseRequirement } from '../packages/nx-venvstacks/src/stack';
import { run } from './support/run';
import { runFolder } from './support/workspace';

jest.setTimeout(600_000);

/** The reference, at the version that made the conformance cases. */
const PACKAGING = 'packaging==26.3';
/** How many requirements to try: a longer run is `FUZZ_RUNS=1000000 FUZZ_SEED=… npx jest … pep508`. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 20_000);
const SEED = Number(process.env.FUZZ_SEED ?? 508);

const ENVIRONMENT = {
  implementation_name: 'cpython',
  implementation_version: '3.12.11',
  os_name: 'posix',
  platform_machine: 'x86_64',
  platform_python_implementation: 'CPython',
  platform_release: '6.1.0',
  platform_system: 'Linux',
  platform_version: '#1 SMP',
  python_full_version: '3.12.11',
  python_version: '3.12',
  sys_platform: 'linux',
  extra: '',
};

const REFERENCE = `
import json, sys
from packaging.requirements import InvalidRequirement, Requirement
environment = json.loads(sys.argv[1])
for line in open(sys.argv[2], encoding="utf-8"):
    try:
        requirement = Requirement(json.loads(line))
    except InvalidRequirement:
        print("null")
        continue
    try:
        text = str(requirement)
    except ValueError:
        text = None  # a marker value with both kinds of quote cannot be printed
    holds = None
    if requirement.marker:
        try:
            holds = requirement.marker.evaluate(environment)
        except Exception as error:
            holds = type(error).__name__
    print(json.dumps({"text": text, "holds": holds}))
`;

const space = fc.constantFrom('', ' ', '  ', '\t');
const version = fc.oneof(
  fc.constantFrom(
    '1',
    '1.0',
    '1.0.0',
    '01.0',
    '2.*',
    '1.0rc1',
    '1.0.post1',
    '1.0-1',
    '1.0+loc.1',
    '1!2.0',
    'v1.2',
    '1.0.dev1',
    '1.0a',
    '0',
    '3.12',
    '3.12.11',
    '3.8 3.9',
    '',
  ),
  fc
    .tuple(fc.nat(30), fc.nat(30), fc.constantFrom('', 'a1', 'b2', 'rc1', '.post3', '.dev4', '+x', '.*'))
    .map(([a, b, suffix]) => `${a}.${b}${suffix}`),
);
const comparison = fc.constantFrom('==', '!=', '<', '<=', '>', '>=', '~=', '===');
const specifier = fc.tuple(comparison, space, version).map((parts) => parts.join(''));
const separator = fc.tuple(space, fc.constant(','), space).map((parts) => parts.join(''));
const joined = (items: fc.Arbitrary<string>, max: number) =>
  fc
    .array(fc.tuple(items, separator), { maxLength: max })
    .map((list) => list.map(([item, between], index) => (index ? between : '') + item).join(''));
const variable = fc.constantFrom(
  ...Object.keys(ENVIRONMENT),
  'os.name',
  'sys.platform',
  'platform.machine',
  'python_implementation',
);
const value = fc
  .oneof(
    version,
    fc.constantFrom('linux', 'win32', 'posix', 'x86_64', 'CPython', 'Foo_Bar', "a'b", 'a"b', 'linux darwin'),
  )
  .chain((text) => fc.constantFrom('"', "'").map((quote) => quote + text + quote));
const operator = fc.oneof(comparison, fc.constantFrom(' in ', ' not in ', ' not  in '));
const item = fc.oneof(
  fc.tuple(variable, space, operator, space, value).map((parts) => parts.join('')),
  fc.tuple(value, space, operator, space, variable).map((parts) => parts.join('')),
);
const marker = fc.letrec<{ marker: string; atom: string }>((tie) => ({
  atom: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    item,
    fc.tuple(space, tie('marker'), space).map(([a, b, c]) => `(${a}${b}${c})`),
  ),
  marker: fc
    .array(fc.tuple(tie('atom'), fc.constantFrom(' and ', ' or ')), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.map(([atom, word], index) => (index ? word : '') + atom).join('')),
})).marker;
const wellFormed = fc
  .tuple(
    fc.constantFrom('a', 'Foo.Bar', 'x_y', 'a-1', 'é', '-a', 'a-'),
    space,
    fc.oneof(
      fc.constant(''),
      joined(fc.constantFrom('b', 'C', 'd_e', ''), 3).map((extras) => `[${extras}]`),
    ),
    space,
    fc.oneof(
      joined(specifier, 4),
      joined(specifier, 3).map((text) => `(${text})`),
      fc.constantFrom('@ https://x.invalid/a.whl', '@file:///a.whl#sha256=0', ',', '>1,'),
    ),
    fc.oneof(
      fc.constant(''),
      fc.tuple(space, fc.constant(';'), space, marker).map((parts) => parts.join('')),
    ),
  )
  .map((parts) => parts.join(''));
/** The same with one character too many somewhere. */
const disturbed = fc
  .tuple(wellFormed, fc.nat(200), fc.constantFrom(...'()[];,\'"=<>@#. *~!+\n'))
  .map(
    ([text, at, character]) => text.slice(0, at % (text.length + 1)) + character + text.slice(at % (text.length + 1)),
  );

describe('requirements and markers', () => {
  it(`are read, printed and evaluated as by ${PACKAGING}`, async () => {
    const folder = join(runFolder(), 'packaging');
    if (!existsSync(folder)) {
      const install = [
        '-m',
        'pip',
        'install',
        '--quiet',
        '--disable-pip-version-check',
        '--no-deps',
        '--target',
        folder,
        PACKAGING,
      ];
      const { code, output } = await run('python3', install, { cwd: runFolder(), env: process.env });
      if (code !== 0) throw new Error(output);
    }
    const texts = fc.sample(fc.oneof({ arbitrary: wellFormed, weight: 4 }, { arbitrary: disturbed, weight: 1 }), {
      numRuns: RUNS,
      seed: SEED,
    });
    const corpus = join(runFolder(), 'requirements.jsonl');
    writeFileSync(corpus, texts.map((text) => JSON.stringify(text)).join('\n'));
    const reference = await run('python3', ['-c', REFERENCE, JSON.stringify(ENVIRONMENT), corpus], {
      cwd: runFolder(),
      env: { ...process.env, PYTHONPATH: folder, PYTHONIOENCODING: 'utf-8' },
    });
    if (reference.code !== 0) throw new Error(reference.output);

    const answers = reference.output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Answer | null);
    expect(answers).toHaveLength(texts.length);
    expect(answers.filter((answer) => answer !== null).length).toBeGreaterThan(RUNS / 10);
    const differences = texts.flatMap((text, index) => {
      const expected = answers[index] ?? null;
      const found = ours(text);
      return isSame(found, expected) ? [] : [{ text, expected, found }];
    });
    expect(differences.slice(0, 10)).toEqual([]);
  });
});

interface Answer {
  readonly text: string | null;
  /** The name of an error where the reference refuses to compare; we say false. */
  readonly holds: boolean | string | null;
}

function ours(text: string): Answer | null {
  try {
    const requirement = parseRequirement(text);
    return {
      text: formatRequirement(requirement),
      holds: requirement.marker ? evaluateMarker(requirement.marker, ENVIRONMENT) : null,
    };
  } catch {
    return null;
  }
}

function isSame(found: Answer | null, expected: Answer | null): boolean {
  if (!found || !expected) return found === expected;
  const sameText = expected.text === null || found.text === expected.text;
  return sameText && (typeof expected.holds === 'string' || found.holds === expected.holds);
}
