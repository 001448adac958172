import type { Release } from './package-index';

export const FOLDER = 'stack';
export const DEFINITION = `${FOLDER}/venvstacks.toml`;
export const LOCKS = `${FOLDER}/requirements`;

/** Environment names, lower layers first. */
export const LAYERS = ['py', 'framework-plain', 'framework-lib', 'app-report', 'app-tool'] as const;
export type LayerName = (typeof LAYERS)[number];

/** The name of a layer's project. */
export function projectOf(layer: LayerName): string {
  return layer.replace(/^(?:framework|app)-/, '');
}

const KINDS = { record: 'meta.json', lock: 'toml' };

/** Path of a file of a layer's lock. */
export function lockFile(layer: LayerName, kind: 'record' | 'lock' | 'uv.lock' | 'summary'): string {
  const folder = `${LOCKS}/${layer}`;
  if (kind === 'uv.lock') return `${folder}/uv.lock`;
  return kind === 'summary' ? `${folder}/packages-${layer}.txt` : `${folder}/pylock.${layer}.${KINDS[kind]}`;
}

/** What a source file may hold; null: it is not there. The first is what a history begins with. */
export const SOURCES: Readonly<Record<string, readonly (string | null)[]>> = {
  'report/__main__.py': ['print(1)\n', 'print(2)\n', 'print(3)\n'],
  'report/table.py': [null, 'ROWS = 1\n', 'ROWS = 2\n'],
  'units.py': ['METRE = 1\n', 'METRE = 100\n', 'METRE = 1\r\n'],
  'tool.py': ['print("a")\n', 'print("b")\n', 'print("c")\n'],
};

const LINES: Readonly<Record<string, readonly string[]>> = {
  'py.python': ['python_implementation = "cpython@3.12.7"', 'python_implementation = "cpython@3.12.9"'],
  'py.requirements': ['requirements = ["core<2"]', 'requirements = ["core"]', 'requirements = ["core", "extra"]'],
  'py.versioned': ['versioned = true', 'versioned = false'],
  'py.dynlib': ['dynlib_exclude = []', 'dynlib_exclude = ["libx*"]'],
  'plain.requirements': ['requirements = ["alpha<2"]', 'requirements = ["alpha"]', 'requirements = ["alpha", "core"]'],
  'plain.dynlib': ['dynlib_exclude = []', 'dynlib_exclude = ["liby*"]'],
  'lib.requirements': ['requirements = ["beta<2"]', 'requirements = ["beta"]', 'requirements = ["beta", "extra"]'],
  'lib.versioned': ['versioned = true', 'versioned = false'],
  'lib.dynlib': ['dynlib_exclude = []', 'dynlib_exclude = ["libz*"]', 'dynlib_exclude = ["libw*"]'],
  'lib.target': ['linux_target = "glibc@2.28"', 'linux_target = "glibc"', 'linux_target = "glibc@2.36"'],
  'report.requirements': [
    'requirements = ["util<2"]',
    'requirements = ["util"]',
    'requirements = ["util", "native"]',
    'requirements = ["util", "alpha"]',
  ],
  'report.versioned': ['versioned = true', 'versioned = false'],
  'report.dynlib': ['dynlib_exclude = []', 'dynlib_exclude = ["liba*"]', 'dynlib_exclude = ["libb*"]'],
  'report.target': ['linux_target = "glibc@2.28"', 'linux_target = "glibc"', 'linux_target = "glibc@2.36"'],
  'report.platforms': ['', 'platforms = ["linux_x86_64", "macosx_arm64"]', 'platforms = ["macosx_arm64"]'],
  'report.modules': ['support_modules = ["units.py"]', 'support_modules = []'],
  'tool.requirements': [
    'requirements = ["helper"]',
    'requirements = ["helper<2"]',
    'requirements = ["helper", "core"]',
  ],
  'tool.versioned': ['versioned = true', 'versioned = false'],
  'tool.dynlib': ['dynlib_exclude = []', 'dynlib_exclude = ["libt*"]'],
};

const ON = {
  py: 'runtime = "py"',
  plain: 'frameworks = ["plain"]',
  lib: 'frameworks = ["lib"]',
  both: 'frameworks = ["plain", "lib"]',
  reordered: 'frameworks = ["lib", "plain"]',
};

/** What each marked line of the definition may be. @param stacked whether one framework stands on the other */
export function choices(stacked: boolean): Readonly<Record<string, readonly string[]>> {
  const lower = stacked ? [ON.lib, ON.reordered, ON.plain, ON.py] : [ON.both, ON.reordered, ON.lib, ON.plain, ON.py];
  return {
    ...LINES,
    'lib.lower': stacked ? [ON.plain, ON.py] : [ON.py],
    'report.lower': lower,
    'tool.lower': [...lower.slice(1), ...lower.slice(0, 1)],
  };
}

/** A definition of the first of all choices. Its lines do not touch each other, so that git can merge them. */
export function definition(stacked: boolean, indexUrl: string): string {
  const all = choices(stacked);
  const table = (kind: string, name: string, ...more: string[]) =>
    [
      `[[${kind}]]`,
      `name = "${name}"`,
      ...more,
      ...Object.entries(all)
        .filter(([key]) => key.startsWith(`${name}.`))
        .flatMap(([key, [first = '']]) => ['#', `${first} # ${key}`]),
      '#',
      '',
    ].join('\n');
  return [
    table('runtimes', 'py'),
    table('frameworks', 'plain', 'runtime = "py"'),
    table('frameworks', 'lib'),
    table('applications', 'report', 'launch_module = "report"'),
    table('applications', 'tool', 'launch_module = "tool.py"'),
    '[tool.uv]\nexclude-newer = "2026-03-01T00:00:00Z"\n',
    `[[tool.uv.index]]\nname = "main"\nurl = "${indexUrl}"\ndefault = true\n`,
  ].join('\n');
}

/** The definition with another choice for one of its lines. */
export function withLine(text: string, key: string, line: string): string {
  return text.replace(new RegExp(`^.*# ${key.replace('.', '\\.')}$`, 'm'), () => `${line} # ${key}`);
}

const NATIVE = ['py3-none-any', 'py3-none-manylinux_2_17_x86_64', 'py3-none-manylinux_2_35_x86_64'];

/** What the index has from the beginning. Only the layer that owns a package bounds its version. */
export const RELEASES: readonly Release[] = [
  { name: 'core', version: '1.0' },
  { name: 'extra', version: '1.0', requires: ['core'] },
  { name: 'alpha', version: '1.0' },
  { name: 'beta', version: '1.0', requires: ['core'] },
  { name: 'util', version: '1.0', requires: ['beta'] },
  { name: 'native', version: '1.0', tags: NATIVE },
  { name: 'helper', version: '1.0', requires: ['alpha'] },
];

/** What the index gets while a history goes on, all from before the cutoff. */
export const NEWS: readonly Release[] = [
  { name: 'core', version: '2.0' },
  { name: 'util', version: '1.1', requires: ['beta', 'core'] },
  { name: 'beta', version: '2.0' },
  { name: 'alpha', version: '2.0' },
  { name: 'helper', version: '2.0' },
  { name: 'native', version: '1.1', tags: NATIVE },
  { name: 'core', version: '1.1' },
  { name: 'extra', version: '1.1' },
  { name: 'util', version: '2.0' },
  { name: 'beta', version: '1.1', requires: ['core'] },
];
