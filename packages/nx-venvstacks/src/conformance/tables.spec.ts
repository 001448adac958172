import { readFileSync } from 'node:fs';
import { inputHashes } from '../lock';
import { LockSyntaxError, parseLock, requirementLines, requirementsHash } from '../lock/pylock';
import { hashedRequirements } from '../lock/texts';
import { platformsWithoutWheel } from '../lock/wheel';
import {
  evaluateMarker,
  formatLockMarker,
  formatRequirement,
  markerEnvironment,
  normalizeName,
  normalizeVersion,
  parseMarker,
  parseRequirement,
  Pep508SyntaxError,
  PLATFORMS,
  type Platform,
  type PythonImplementation,
  type TargetVersion,
} from '../stack';
import { describeConformance } from '../testing/conformance';
import { lines, readStackText } from '../testing/stack';

interface Tables {
  readonly requirements: readonly { input: string; text?: string; hashed_as?: string[]; hash?: string }[];
  readonly names: readonly { input: string; canonical: string }[];
  readonly versions: readonly { input: string; text: string }[];
  readonly markers: readonly { marker: string; normalised: string; platforms: Record<string, Platform[]> }[];
  readonly marker_environments: Readonly<Record<Platform, Record<string, string>>>;
  readonly wheel_availability: {
    readonly rows: readonly { wheels: string[]; linux_target: string; macosx_target: string; missing?: Platform[] }[];
  };
  readonly pylock: readonly { name: string; text: string; lines?: string[]; requirements_hash?: string }[];
}

describeConformance('tables.json', (file) => {
  const tables = JSON.parse(readFileSync(file, 'utf8')) as Tables;

  describe('requirements', () => {
    it.each(tables.requirements.filter(({ text }) => text !== undefined))('prints "$input" as "$text"', (row) => {
      expect(formatRequirement(parseRequirement(row.input))).toBe(row.text);
    });

    it.each(tables.requirements.filter(({ hash }) => hash !== undefined))('hashes "$input"', (row) => {
      const { stack } = readStackText(
        lines(
          '[[runtimes]]',
          'name = "py"',
          'python_implementation = "cpython@3.12.11"',
          `requirements = [${JSON.stringify(row.input)}]`,
        ),
      );
      const hashed = stack.layers.map((layer) => [hashedRequirements(layer), inputHashes(layer, []).lock_input_hash]);
      expect(hashed).toEqual([[row.hashed_as, row.hash]]);
    });

    it.each(tables.requirements.filter(({ text }) => text === undefined))('refuses "$input"', ({ input }) => {
      expect(() => parseRequirement(input)).toThrow(Pep508SyntaxError);
    });
  });

  it.each(tables.names)('normalises the name $input', ({ input, canonical }) => {
    expect(normalizeName(input)).toBe(canonical);
  });

  it.each(tables.versions)('normalises the version $input', ({ input, text }) => {
    expect(normalizeVersion(input)).toBe(text);
  });

  describe('markers', () => {
    it.each(tables.markers)('$marker holds where it does for venvstacks', ({ marker, normalised, platforms }) => {
      const parsed = parseMarker(marker);
      expect(formatLockMarker(parsed)).toBe(normalised);
      const holds = Object.keys(platforms).map((python) => [
        python,
        PLATFORMS.filter((platform) => evaluateMarker(parsed, markerEnvironment(platform, readPython(python)))),
      ]);
      expect(Object.fromEntries(holds)).toEqual(platforms);
    });

    it.each(Object.entries(tables.marker_environments))(
      'are evaluated on %s as by venvstacks',
      (platform, expected) => {
        const environment = markerEnvironment(platform as Platform, readPython('CPython 3.12.11'));
        expect(environment).toEqual({ ...expected, extra: '' });
      },
    );
  });

  describe('wheel availability', () => {
    it.each(tables.wheel_availability.rows)('$wheels, $linux_target, $macosx_target', (row) => {
      const targets = {
        linux: readVersion(row.linux_target.split('@')[1] ?? '2.28'),
        macos: readVersion(row.macosx_target),
      };
      // What is no wheel makes venvstacks fail; it fits no platform.
      expect(platformsWithoutWheel(row.wheels, PLATFORMS, targets)).toEqual(row.missing ?? PLATFORMS);
    });
  });

  describe('locks', () => {
    it.each(tables.pylock.filter(({ lines }) => lines !== undefined))('$name: hashes the same lines', (row) => {
      const { packages } = parseLock(row.text);
      expect(requirementLines(packages)).toEqual(row.lines);
      expect(requirementsHash(packages)).toBe(row.requirements_hash);
    });

    it.each(tables.pylock.filter(({ lines }) => lines === undefined))('$name: is no lock', ({ text }) => {
      expect(() => parseLock(text)).toThrow(LockSyntaxError);
    });
  });
});

/** `CPython 3.12.11` */
function readPython(text: string): PythonImplementation {
  const [name = '', version = ''] = text.split(' ');
  return {
    implementation: name === 'PyPy' ? 'pypy' : 'cpython',
    version,
    minor: version.split('.').slice(0, 2).join('.'),
  };
}

function readVersion(text: string): TargetVersion {
  const [major = 0, minor = 0] = text.split('.').map(Number);
  return [major, minor];
}
