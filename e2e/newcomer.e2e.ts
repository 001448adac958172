import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { devDependencies } from '../package.json';
import { VERSION } from './support/environments';
import { LocalRegistry } from './support/registry';
import { blocksOf, follow, nth, sectionOf } from './support/transcript';
import { tasksIn, Workspace } from './support/workspace';

jest.setTimeout(300_000);

/** docs/getting-started.md, as a newcomer follows it. */
const PAGE = resolve(__dirname, '../docs/getting-started.md');

let registry: LocalRegistry;

beforeAll(async () => {
  registry = await LocalRegistry.start();
});
afterAll(() => registry.stop());

it('leads a newcomer from an empty folder to a check that knows when a lock is stale', async () => {
  const workspace = Workspace.empty({ env: registry.env });

  const ran = await follow(PAGE, '## In a new workspace', workspace);

  const failed = ran.filter(({ code }) => code !== 0).map(({ command }) => command);
  expect(failed).toEqual(['npx nx affected -t lock-check']);

  expect(nth(ran, 'npx nx show projects').output.split('\n').sort()).toEqual(['hello', 'python', 'web']);

  const lock = 'npx nx run hello:lock';
  expect(tasksIn(nth(ran, lock).output)).toEqual({ ran: ['hello:lock', 'python:lock', 'web:lock'], cached: [] });
  expect(nth(ran, lock).output).toContain('app-hello@1 (new)');

  expect(tasksIn(nth(ran, lock, 1).output)).toEqual({ ran: ['hello:lock'], cached: ['python:lock', 'web:lock'] });
  expect(nth(ran, lock, 1).output).toContain('app-hello@2 (was 1): launch module hello changed');

  expect(tasksIn(nth(ran, lock, 2).output)).toEqual({ ran: [], cached: ['hello:lock', 'python:lock', 'web:lock'] });

  const check = 'npx nx affected -t lock-check';
  expect(tasksIn(nth(ran, check).output).ran).toEqual(['hello:lock-check']);
  expect(nth(ran, check).output).toContain('launch module hello changed');
  expect(nth(ran, check).output).toContain('nx run hello:lock');

  expect(nth(ran, lock, 3).output).toContain('app-hello@3 (was 2): launch module hello changed');
  expect(tasksIn(nth(ran, check, 1).output).ran).toEqual(['hello:lock-check']);
  expect(workspace.record('layers/hello/requirements/pylock.app-hello.meta.json').lock_version).toBe(3);

  // With the Python that is here: what uv downloads on a machine with a network is for that machine to show.
  const runtime = 'layers/python/layer.toml';
  workspace.write({ [runtime]: workspace.read(runtime).replace(/cpython@[\d.]+/, `cpython@${VERSION}`) });
  expect((await workspace.shell(lock)).code).toBe(0);
  const [launch, printed] = blocksOf(sectionOf(readFileSync(PAGE, 'utf8'), '### Run it'));
  const launched = await workspace.shell(launch?.text.trimEnd() ?? '');
  expect(launched.code).toBe(0);
  expect(launched.output).toContain(`\n${printed?.text.trimEnd().replace('…', VERSION)}\n`);
  // Nothing to commit comes of it.
  expect(await workspace.git('ls-files', '--others', '--exclude-standard')).toBe('');
});

it('leads the owner of a venvstacks.toml to locks', async () => {
  const workspace = Workspace.empty({ env: registry.env });
  workspace.write({
    'package.json': '{"name":"acme","private":true}\n',
    '.gitignore': 'node_modules\n.nx\n',
    'python/venvstacks.toml': definitionOnPage(),
    'python/fetch.py': 'print("fetch")\n',
  });
  await workspace.shell(`npx nx@${devDependencies.nx} init --interactive=false --nxCloud=false`);
  await workspace.commitAll('Begin');

  const ran = await follow(PAGE, '## In an existing workspace', workspace);

  expect(ran.filter(({ code }) => code !== 0)).toEqual([]);
  expect(nth(ran, 'npx nx add').output).toContain('Your 3 layers are projects now.');
  expect(nth(ran, 'npx nx show projects').output.split('\n').sort()).toEqual(['cpython-3.12', 'fetch', 'web']);
  expect(tasksIn(nth(ran, 'npx nx run-many -t lock').output).ran).toEqual([
    'cpython-3.12:lock',
    'fetch:lock',
    'web:lock',
  ]);
  expect(nth(ran, 'npx nx-venvstacks show').output).toContain('app-fetch -> app-fetch@1');
  expect(nth(ran, 'git status').output.split('\n')).toEqual(
    expect.arrayContaining([
      'A  .gitattributes',
      'M  nx.json',
      'A  python/requirements/app-fetch/pylock.app-fetch.meta.json',
      'A  python/requirements/app-fetch/pylock.app-fetch.toml',
    ]),
  );
});

function definitionOnPage(): string {
  const [definition] = blocksOf(readFileSync(PAGE, 'utf8')).filter(({ language }) => language === 'toml');
  if (!definition?.text.startsWith('# python/venvstacks.toml\n'))
    throw new Error('the page shows no python/venvstacks.toml');
  return definition.text;
}
