import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { devDependencies, engines } from '../package.json';
import { readTree } from './support/conformance';
import { installedFor, sizeOf } from './support/installed';
import { ALL } from './support/matrix/combinations';
import { run } from './support/run';
import { runFolder } from './support/workspace';

jest.setTimeout(60_000);

const REPOSITORY = resolve(__dirname, '..');
const SOURCES = join(REPOSITORY, 'packages/nx-venvstacks/src');

/** Where the packed plugin is installed beside Nx, as npm unpacks it. */
const installed = (...path: string[]) => join(runFolder(), 'installed', ...path);
const inPackage = (...path: string[]) => installed('node_modules/nx-venvstacks', ...path);
const readJson = (path: string) => JSON.parse(readFileSync(inPackage(path), 'utf8')) as Record<string, unknown>;

describe('the packed plugin', () => {
  const compiled = () => Object.keys(readTree(inPackage('dist')));

  it('has what users need, and nothing else', () => {
    const packed = readdirSync(inPackage()).filter((name) => name !== 'node_modules');
    expect(packed.sort()).toEqual([
      'LICENSE',
      'README.md',
      'bin',
      'dist',
      'executors.json',
      'generators.json',
      'migrations.json',
      'package.json',
      'schemas',
    ]);
    expect(readdirSync(inPackage('bin'))).toEqual(['nx-venvstacks.js']);
    expect(readdirSync(inPackage('schemas')).sort()).toEqual([
      'executors',
      'generators',
      'layer.schema.json',
      'venvstacks.schema.json',
    ]);
  });

  it('has the code and the types of each source, and no test', () => {
    const sources = Object.keys(readTree(SOURCES))
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts') && !path.startsWith('testing/'))
      .map((path) => path.slice(0, -'.ts'.length));
    expect(compiled().sort()).toEqual(sources.flatMap((path) => [`${path}.js`, `${path}.d.ts`]).sort());
  });

  it('has every file that its manifests name', () => {
    const named = ['package.json', 'executors.json', 'generators.json', 'migrations.json'].flatMap((manifest) =>
      pathsIn(readJson(manifest)).map((path) => `${manifest}: ${path}`),
    );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((each) => !existsSync(inPackage(each.split(': ')[1] ?? '')))).toEqual([]);
  });

  it('runs no script when it is installed', () => {
    expect(Object.keys(readJson('package.json').scripts as object).sort()).toEqual(['build', 'prepare']);
  });

  it('asks for the Nx that it is tested with, and for the Node that Nx runs on', () => {
    const manifest = readJson('package.json');
    const versions = ALL.map(({ nx }) => nx).sort(byVersion);
    const [oldest = '', newest = ''] = [versions[0], versions.at(-1)];
    const range = `>=${oldest} <${Number(newest.split('.')[0]) + 1}.0.0`;
    expect(manifest.peerDependencies).toEqual({ '@nx/devkit': range, nx: range });
    // Where it is, it has to be one of these; package managers need not install it.
    expect(manifest.peerDependenciesMeta).toEqual({ '@nx/devkit': { optional: true } });
    expect(new Set(versions.map((version) => version.split('.')[0]))).toEqual(new Set(['22', '23', '24']));
    expect(newest).toBe(devDependencies.nx);
    expect(manifest.engines).toEqual(engines);
  });

  it('has nothing that npm would have to mend when it is published', async () => {
    const [packed = ''] = readdirSync(runFolder()).filter((name) => name.endsWith('.tgz'));
    const nowhere = ['--registry=http://127.0.0.1:9/', '--fetch-retries=0'];
    const { code, output } = await run(
      'npm',
      ['publish', '--dry-run', '--ignore-scripts', ...nowhere, join(runFolder(), packed)],
      { cwd: runFolder(), env: process.env },
    );
    expect(output).not.toContain('auto-corrected');
    expect(code).toBe(0);
  });

  it.each(['README.md', 'packages/nx-venvstacks/README.md'])('is as small as %s says', (page) => {
    const nx = installedFor(['nx', '@nx/devkit'], installed());
    const added = [...installedFor(['nx-venvstacks'], installed())].filter((folder) => !nx.has(folder));
    const megabytes = added.map(sizeOf).reduce((sum, size) => sum + size, 0) / 1e6;
    const text = readFileSync(join(REPOSITORY, page), 'utf8');
    const [, statedSize = '', statedCount = ''] = /(\d+) MB in (\d+) packages/.exec(text) ?? [];
    expect(Math.ceil(megabytes)).toBe(Number(statedSize));
    // What the packages that it depends on depend on may change by the day.
    expect(Math.abs(added.length - Number(statedCount))).toBeLessThan(4);
  });
});

describe('a program that uses the plugin', () => {
  it('can load it', async () => {
    const program =
      "const { name, createNodes, createNodesV2 } = require('nx-venvstacks'); console.log(name, createNodes === createNodesV2)";
    const { output } = await run(process.execPath, ['-e', program], { cwd: installed(), env: process.env });
    expect(output).toBe('nx-venvstacks true\n');
  });

  it.each([
    ['node16', 'node16'],
    ['bundler', 'esnext'],
  ])('finds its types, with moduleResolution %s', async (moduleResolution, module) => {
    const folder = installed(`consumer-${moduleResolution}`);
    mkdirSync(folder);
    writeFileSync(
      join(folder, 'consumer.mts'),
      `import { createNodes, name, type PluginOptions } from 'nx-venvstacks';
const options: PluginOptions = { lockTargetName: false, uv: { path: 'uv' } };
const glob: string = createNodes[0];
// @ts-expect-error a number is no name
const wrong: PluginOptions = { lockTargetName: 1 };
export const used: readonly unknown[] = [options, glob, wrong, name satisfies string];
`,
    );
    const compile = [
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      '--types',
      'node',
      '--typeRoots',
      join(REPOSITORY, 'node_modules/@types'),
    ];
    const { code, output } = await run(
      process.execPath,
      [
        join(REPOSITORY, 'node_modules/typescript/bin/tsc'),
        ...compile,
        ...['--moduleResolution', moduleResolution, '--module', module, 'consumer.mts'],
      ],
      { cwd: folder, env: process.env },
    );
    expect(output).toBe('');
    expect(code).toBe(0);
  });
});

function byVersion(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** Everything in a manifest that looks like a path, but for patterns. */
function pathsIn(value: unknown): string[] {
  if (typeof value === 'string') return /^(?:\.\/|bin\/)/.test(value) && !value.includes('*') ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(pathsIn) : [];
}
