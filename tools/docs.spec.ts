import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { installedFor, sizeOf } from '../e2e/support/installed';

const REPOSITORY = resolve(__dirname, '..');
const read = (path: string) => readFileSync(join(REPOSITORY, path), 'utf8');

function filesIn(folder: string, pattern: RegExp): string[] {
  return readdirSync(join(REPOSITORY, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path).replaceAll('\\', '/'))
    .filter((path) => pattern.test(path))
    .sort();
}

const PAGES = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...filesIn('docs', /\.md$/)];

/** A page without its blocks of code. */
function prose(page: string): string {
  return read(page).replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
}

/** Anchors of a page's headings, as GitHub makes them. */
function anchors(page: string): Set<string> {
  const seen = new Map<string, number>();
  const slugs = [...prose(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => {
    const slug = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
  return new Set(slugs);
}

describe('links', () => {
  it.each(PAGES)('of %s lead somewhere', (page) => {
    const links = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    const broken = links.filter((link) => {
      if (/^(?:https:|mailto:)/.test(link)) return false;
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path).replaceAll('\\', '/');
      if (!existsSync(join(REPOSITORY, target))) return true;
      return anchor !== undefined && !anchors(target).has(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('lead to every page from the index', () => {
    const index = prose('docs/README.md');
    const pages = filesIn('docs', /^docs\/[^/]+\.md$/).filter((page) => page !== 'docs/README.md');
    expect(pages.filter((page) => !index.includes(`(${page.slice('docs/'.length)})`))).toEqual([]);
  });
});

describe('security', () => {
  it('names each package that is installed with the plugin, and its licence', () => {
    const { dependencies } = JSON.parse(read('packages/nx-venvstacks/package.json')) as {
      dependencies: Record<string, string>;
    };
    const packages = Object.keys(dependencies).map((name) => {
      const places = ['packages/nx-venvstacks/node_modules', 'node_modules'].map(
        (place) => `${place}/${name}/package.json`,
      );
      const manifest = places.find((place) => existsSync(join(REPOSITORY, place))) ?? '';
      return [name, (JSON.parse(read(manifest)) as { license: string }).license];
    });
    const rows = [...read('docs/security.md').matchAll(/^\| `([^`]+)` +\| (\S+) +\| \S/gm)];
    expect(rows.map(([, name, licence]) => [name, licence])).toEqual(packages);
    const all = [...installedFor(Object.keys(dependencies), join(REPOSITORY, 'packages/nx-venvstacks'))];
    const megabytes = all.reduce((sum, place) => sum + sizeOf(place), 0) / 2 ** 20;
    // The plugin itself comes with what Nx has not brought already.
    const ofNx = installedFor(['nx'], REPOSITORY);
    const others = all.filter((place) => !ofNx.has(place)).length;
    for (const readme of ['README.md', 'packages/nx-venvstacks/README.md']) {
      expect(read(readme)).toMatch(
        new RegExp(`Beside Nx (?:it|the plugin) installs 4 MB in ${others + 1} packages, itself `),
      );
    }
    expect(read('docs/security.md')).toContain(
      `it is ${all.length} packages and ${Math.round(megabytes)} MB. Nx has ${all.length - others} of them already: what comes beside it is the other ${others}, and the plugin itself.`,
    );
  });
});

describe('CONTRIBUTING.md', () => {
  it('says what each end-to-end test is of', () => {
    const rows = prose('CONTRIBUTING.md').match(/^\| `\w.*\.e2e\.ts.*$/gm) ?? [];
    const named = rows.flatMap((row) => [...row.matchAll(/`([\w-]+\.e2e\.ts)`/g)].map(([, name]) => name));
    expect(named.sort()).toEqual(readdirSync(join(REPOSITORY, 'e2e')).filter((name) => name.endsWith('.e2e.ts')));
  });
});

describe('troubleshooting', () => {
  const words = (text: string) => text.replaceAll(/\\(['"`])/g, '$1').replaceAll(/\s+/g, ' ');
  const sources = filesIn('packages/nx-venvstacks/src', /(?<!\.spec)\.ts$/)
    .filter((path) => !path.includes('/testing/'))
    .map((path) => ({ path, text: words(read(path)) }));
  const nx = words(
    ['tasks-runner/create-task-graph.js', 'project-graph/error-types.js']
      .map((path) => read(`node_modules/nx/dist/src/${path}`))
      .join('\n'),
  );
  /** Messages that Nx has, not we. */
  const OF_NX = ['are defined in multiple locations', 'Cannot find configuration for task'];

  const messages = [...prose('docs/troubleshooting.md').matchAll(/^### `(.*)`$/gm)].map(([, message = '']) => message);
  const fragments = (message: string) =>
    message
      .split('…')
      .map((fragment) => fragment.trim().replace(/^'|'$/g, ''))
      .filter((fragment) => /\w/.test(fragment));

  it.each(messages)('%s is what is said', (message) => {
    const where = OF_NX.includes(message) ? [nx] : sources.map(({ text }) => text);
    const found = where.filter((text) => fragments(message).every((fragment) => text.includes(fragment)));
    expect(found).not.toEqual([]);
  });

  it('knows every message that a task can fail with', () => {
    const thrown = sources
      .filter(({ path }) => /src\/(?:lock|build|executors|stack)\//.test(path))
      .flatMap(({ path, text }) =>
        [...text.matchAll(/new VenvstacksError\(\s*'[\w-]+',\s*(['"`])(.*?)\1[,)]/g)].map(([, , message = '']) => ({
          path,
          message: message.replaceAll(/\$\{[^}]*\}/g, '…'),
        })),
      );
    expect(thrown.length).toBeGreaterThan(20);
    const unknown = thrown.filter(
      ({ message }) => !messages.some((known) => fragments(known).every((fragment) => message.includes(fragment))),
    );
    // What lock-check says at first is told by its reasons.
    expect(unknown.map(({ message }) => message.replace(/:?…*$/, '')).sort()).toEqual(['… is damaged', '… is stale']);
  });
});

describe('configuration', () => {
  it('has a row for every field and every option', () => {
    const page = prose('docs/configuration.md');
    const { properties } = JSON.parse(read('packages/nx-venvstacks/schemas/layer.schema.json')) as {
      properties: Record<string, { properties: Record<string, { deprecated?: boolean }> }>;
    };
    const fields = new Set(Object.values(properties).flatMap((kind) => Object.keys(kind.properties)));
    const options = [...read('packages/nx-venvstacks/src/inference/options.ts').matchAll(/^ {2}readonly (\w+)\?:/gm)];
    const names = [...fields, ...options.map(([, name = '']) => name).filter((name) => name !== 'uv')];
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('recipes', () => {
  const blocks = (page: string, language: string) =>
    [...read(page).matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
      ([, text = '']) => text,
    );

  interface RegexManager {
    readonly managerFilePatterns: readonly string[];
    readonly matchStrings: readonly string[];
  }

  const [renovate = '{}'] = blocks('docs/recipes.md', 'json');
  const { customManagers = [] } = JSON.parse(renovate) as { customManagers?: readonly RegexManager[] };

  /** What Renovate's regex manager finds: each match is searched by the next pattern (`recursive`). */
  function findings({ matchStrings }: RegexManager, text: string): Record<string, string | undefined>[] {
    const [first = '', ...rest] = matchStrings;
    return [...text.matchAll(new RegExp(first, 'g'))].flatMap((match) =>
      rest.length ? findings({ managerFilePatterns: [], matchStrings: rest }, match[0]) : [{ ...(match.groups ?? {}) }],
    );
  }

  const DEFINITION = `
[[applications]]
name = "it"
build_requirements = ["old==1"]
requirements = [
  "numpy==2.1.0", # a comment
  'httpx[http2, socks] >= 0.27, <1',
  "requests",
  "pywin32 ~= 306; sys_platform == 'win32'",
  "direct @ https://example.com/direct-1.0-py3-none-any.whl",
]
frameworks = ["not-a-requirement==1"]
dynlib_exclude = ["libtest*.so"]
`;

  it('have Renovate find the requirements that name a version, and no others', () => {
    const [requirements] = customManagers;
    if (!requirements) throw new Error('no manager');
    expect(findings(requirements, DEFINITION)).toEqual([
      { depName: 'numpy', currentValue: '==2.1.0' },
      { depName: 'httpx', currentValue: '>= 0.27, <1' },
      { depName: 'pywin32', currentValue: '~= 306' },
    ]);
    const stack = findings(requirements, read('examples/forecast/venvstacks.toml'));
    expect(stack).toEqual([{ depName: 'numpy', currentValue: '>=2' }]);
    expect(findings(requirements, read('examples/demos/scientific/layer.toml'))).toEqual([
      { depName: 'numpy', currentValue: '>=2' },
    ]);
  });

  it('have Renovate find the Python of a runtime', () => {
    const [, python] = customManagers;
    if (!python) throw new Error('no manager');
    expect(findings(python, read('examples/demos/cpython-3.12/layer.toml'))).toEqual([{ currentValue: '3.12.12' }]);
    expect(findings(python, read('examples/forecast/venvstacks.toml'))).toEqual([{ currentValue: '3.13.5' }]);
  });

  it('have Renovate look into both kinds of definition file, with patterns that RE2 knows', () => {
    for (const { managerFilePatterns, matchStrings } of customManagers) {
      const [pattern = ''] = managerFilePatterns;
      const files = new RegExp(pattern.slice(1, -1));
      expect(
        ['venvstacks.toml', 'a/layer.toml', 'a/my-layer.toml', 'venvstacks.uv.toml'].map((f) => files.test(f)),
      ).toEqual([true, true, false, false]);
      for (const each of matchStrings) expect(each).not.toMatch(/\(\?<?[=!]|\\\d/);
    }
  });

  it('give whole YAML, without expressions in scripts', () => {
    const texts = blocks('docs/recipes.md', 'yaml');
    expect(texts.length).toBeGreaterThan(1);
    for (const text of texts) expect(parse(text)).toBeTruthy();
    const workflow = texts.find((text) => text.startsWith('name: Upgrade layers'));
    const { jobs } = parse(workflow ?? '') as { jobs: { upgrade: { steps: { run?: string; uses?: string }[] } } };
    const scripts = jobs.upgrade.steps.flatMap(({ run }) => run ?? []);
    expect(scripts.join('\n')).toContain('nx run-many -t upgrade');
    for (const script of scripts) expect(script).not.toContain('${' + '{');
  });
});
