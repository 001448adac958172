import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createLayers,
  HERE,
  install,
  installedIn,
  LAYERS,
  MINOR,
  NO_UV,
  venv,
  VERSION,
  WITH_UV,
} from './support/environments';
import { PackageIndex } from './support/package-index';
import { run } from './support/run';
import { buildWheels } from './support/wheels';
import { runFolder, Workspace } from './support/workspace';

jest.setTimeout(300_000);

describe('layers that are built', () => {
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = await createLayers();
    await workspace.succeed(['run', 'app:lock'], WITH_UV);
    await workspace.commitAll('Lock');
  });

  it('have their own packages each, lower ones first, and nothing is to be done a second time', async () => {
    const output = await workspace.succeed(['run', 'app:build']);
    expect(output).toContain('app-app@1: built in layers/app/.venv, 1 package of its own\n');
    expect(Object.fromEntries(['py', 'a', 'b', 'app'].map((layer) => [layer, installedIn(workspace, layer)]))).toEqual({
      py: ['core'],
      a: ['alpha'],
      b: ['beta'],
      app: ['gamma'],
    });
    expect(await workspace.git('status', '--short')).toBe('');

    const again = await workspace.succeed(['run', 'app:build'], NO_UV);
    expect(again.match(/: nothing to do$/gm)).toHaveLength(4);
  });

  it('have locks that uv installs by itself, as venvstacks has it do', async () => {
    const lock = join(workspace.root, 'layers/b/requirements/pylock.framework-b.toml');
    const place = ['--target', 'installed', '--python', venv(workspace, 'b')];
    const args = ['pip', 'install', '--quiet', '--no-config', ...place, '--requirements', lock];
    const installed = await run(WITH_UV.UV, args, { cwd: workspace.root, env: workspace.env });
    expect(installed).toEqual({ code: 0, output: '' });
    expect(workspace.list('installed').filter((name) => name.endsWith('.py'))).toEqual(['beta.py']);
    workspace.remove('installed');
  });

  it('are refused where packages may differ from the lock; once locked, they are changed in place', async () => {
    // What a user adds, as for tests, is no part of the lock, and stays.
    await install(workspace, 'app', 'install', '--no-index', '--find-links', 'wheels', 'delta');
    workspace.write({ 'layers/app/layer.toml': LAYERS['layers/app/layer.toml'].replace('"gamma"', '') });

    expect(await workspace.fail(['run', 'app:build'], NO_UV)).toMatch(
      /app-app: its lock is stale: requirement gamma removed\n +Lock it first: npx nx run app:lock\n/,
    );
    expect(installedIn(workspace, 'app')).toEqual(['delta', 'gamma']);

    await workspace.succeed(['run', 'app:lock'], WITH_UV);
    await workspace.succeed(['run', 'app:build'], WITH_UV);
    expect(installedIn(workspace, 'app')).toEqual(['delta']);
    await workspace.git('checkout', '--', '.');
    await workspace.succeed(['run', 'app:build'], WITH_UV);
    expect(installedIn(workspace, 'app')).toEqual(['delta', 'gamma']);
  });

  it('are built again where that was interrupted', async () => {
    const uv = join(workspace.root, '.nx-uv');
    const count = join(workspace.root, '.nx-uv-calls');
    // Ends in the middle of installing.
    writeFileSync(
      uv,
      `#!/bin/sh\ncase "$*" in *"pip install"*) echo x >> '${count}'; kill -9 $PPID; exit 1 ;; esac\nexec '${WITH_UV.UV}' "$@"\n`,
    );
    chmodSync(uv, 0o755);
    execFileSync('rm', ['-rf', venv(workspace, 'app')]);
    const killed = await workspace.nx(['run', 'app:build', '--output-style=static'], { UV: uv });
    expect(killed.code).not.toBe(0);
    expect(existsSync(count)).toBe(true);
    expect(installedIn(workspace, 'app')).toEqual([]);
    const output = await workspace.succeed(['run', 'app:build'], WITH_UV);
    expect(output).toContain('app-app@1: built in layers/app/.venv, 1 package of its own\n');
    expect(installedIn(workspace, 'app')).toEqual(['gamma']);
    // Half of a package: uv would take it for installed.
    const stamp = venv(workspace, 'app', 'nx-venvstacks.json');
    const { fingerprint: _, ...unfinished } = JSON.parse(readFileSync(stamp, 'utf8')) as { fingerprint: string };
    writeFileSync(stamp, JSON.stringify(unfinished));
    execFileSync('rm', [venv(workspace, 'app', 'lib', `python${MINOR}`, 'site-packages', 'gamma.py')]);
    await workspace.succeed(['run', 'app:build'], WITH_UV);
    await workspace.succeed(['run', 'app:python', '--', '-c', 'import gamma'], NO_UV);
    execFileSync('rm', ['-f', uv, count]);
  });

  it('stay as they were where that was interrupted before there was a Python for another one', async () => {
    const uv = join(workspace.root, '.nx-uv');
    writeFileSync(uv, `#!/bin/sh\ncase "$1" in venv) kill -9 $PPID; exit 1 ;; esac\nexec '${WITH_UV.UV}' "$@"\n`);
    chmodSync(uv, 0o755);
    await install(workspace, 'py', 'install', '--no-index', '--find-links', 'wheels', 'delta');
    workspace.write({ 'layers/py/layer.toml': LAYERS['layers/py/layer.toml'].replace(VERSION, `${MINOR}.99`) });
    await workspace.succeed(['run', 'py:lock'], WITH_UV);
    expect((await workspace.nx(['run', 'py:build', '--output-style=static'], { UV: uv })).code).not.toBe(0);
    await workspace.git('checkout', '--', '.');
    expect(await workspace.succeed(['run', 'py:build'], NO_UV)).toContain('py: nothing to do\n');
    expect(installedIn(workspace, 'py')).toEqual(['core', 'delta']);
    execFileSync('rm', [uv]);
  });
});

describe('an application', () => {
  it('is built once where several ask for it at the same time', async () => {
    const workspace = await createLayers();
    await workspace.succeed(['run', 'app:lock'], WITH_UV);
    const launches = [1, 2, 3].map(() => workspace.nx(['run', 'app:launch', '--output-style=static'], WITH_UV, ''));
    const outputs = [];
    for (const { code, output } of await Promise.all(launches)) {
      expect(`${code} ${code === 0 ? '' : output}`).toBe('0 ');
      outputs.push(output);
    }
    const built = outputs.join('\n').match(/(?<=: built in layers\/)\w+(?=\/)/g);
    expect(built?.sort()).toEqual(['a', 'app', 'b', 'py']);
  });

  it('of a private index is built with its credentials, of which nothing is kept or shown', async () => {
    const password = 'correct-horse-battery';
    const folder = mkdtempSync(join(runFolder(), 'wheels-'));
    await buildWheels(folder, [{ name: 'core', version: '1.0' }]);
    const wheel = readFileSync(join(folder, 'core-1.0-py3-none-any.whl'));
    const index = await PackageIndex.start([{ name: 'core', version: '1.0', wheel }], `reader:${password}`);
    try {
      const workspace = Workspace.create({
        'layers/py/layer.toml': LAYERS['layers/py/layer.toml'],
        'venvstacks.uv.toml': `[[index]]\nname = "company"\nurl = "${index.url}"\ndefault = true\n`,
      });
      const own = {
        ...WITH_UV,
        UV_CACHE_DIR: join(workspace.root, '.nx/uv-cache'),
        UV_INDEX_COMPANY_USERNAME: 'reader',
      };
      await workspace.succeed(['run', 'py:lock'], { ...own, UV_INDEX_COMPANY_PASSWORD: password });

      const refused = await workspace.fail(['run', 'py:build'], {
        ...own,
        UV_INDEX_COMPANY_PASSWORD: 'wrong-password',
      });
      expect(refused).toMatch(/^py: uv could not install the packages of the lock:\n[^]*401 Unauthorized/m);
      expect(refused).not.toContain('wrong-password');
      const output = await workspace.succeed(['run', 'py:build'], { ...own, UV_INDEX_COMPANY_PASSWORD: password });
      expect(installedIn(workspace, 'py')).toEqual(['core']);
      expect(output).not.toContain(password);
      const said = await run('grep', ['-rlE', `${password}|wrong-password`, workspace.root], { cwd: '/', env: own });
      expect(said.output).toBe('');
    } finally {
      await index.stop();
    }
  });

  it('of a venvstacks.toml is built beside its lock, of which it is no part', async () => {
    const runtime = `[[runtimes]]\nname = "py"\npython_implementation = "cpython@${VERSION}"\nplatforms = ["${HERE}"]\nrequirements = ["core"]\n`;
    const application =
      '[[applications]]\nname = "tool"\nruntime = "py"\nrequirements = ["gamma"]\nlaunch_module = "tool.py"\nversioned = true\n';
    const workspace = await createLayers({
      'stack/venvstacks.toml': `${runtime}\n${application}`,
      'stack/venvstacks.uv.toml': 'no-index = true\nfind-links = ["../wheels"]\n',
      'stack/tool.py': 'import core, gamma, sys\nprint("ran", core.VERSION, gamma.VERSION, sys.argv[1:])\n',
      'nx.json': JSON.stringify({
        analytics: false,
        plugins: [{ plugin: 'nx-venvstacks', options: { projectName: '{stack}-{name}' } }],
      }),
    });
    await workspace.succeed(['run', 'stack-tool:lock'], WITH_UV);
    await workspace.commitAll('Lock');
    expect(await workspace.succeed(['run', 'stack-tool:launch', '--', 'x'], WITH_UV)).toContain("ran 1.0 1.0 ['x']\n");
    expect(workspace.list('stack/requirements/app-tool')).toContain('.venv');
    expect(await workspace.git('status', '--short')).toBe('');
    expect(await workspace.succeed(['run', 'stack-tool:lock'], NO_UV)).toContain('stack-tool:lock  [local cache]');
    await workspace.succeed(['run', 'stack-tool:lock-check'], NO_UV);
  });
});

describe('a layer', () => {
  it('whose Python is another patch release is built with a warning, of another minor not at all', async () => {
    const env = { ...WITH_UV, UV_PYTHON_DOWNLOADS: 'never' };
    const other = `${MINOR}.99`;
    const toml = (version: string) => LAYERS['layers/py/layer.toml'].replace(VERSION, version);
    const workspace = await createLayers({ 'layers/py/layer.toml': toml(other) });
    await workspace.succeed(['run', 'py:lock'], env);
    expect(await workspace.succeed(['run', 'py:build'], env)).toMatch(
      new RegExp(
        `^py: built in layers/py/\\.venv, 1 package of its own\\n +Python is ${MINOR}\\.\\d+, and ${other} is declared`,
        'm',
      ),
    );

    workspace.write({ 'layers/py/layer.toml': toml('3.99.0') });
    await workspace.succeed(['run', 'py:lock'], env);
    expect(await workspace.fail(['run', 'py:build'], env)).toMatch(
      /py: uv could not find cpython 3\.99\.0, nor download it:\n[^]*Install Python 3\.99\.0, or another 3\.99; uv finds those on PATH\./,
    );
  });

  it('that is not for this machine is skipped, and one whose .venv is another tool’s is left alone', async () => {
    const elsewhere = HERE === 'win_arm64' ? 'win_amd64' : 'win_arm64';
    const workspace = await createLayers({
      'layers/py/layer.toml': LAYERS['layers/py/layer.toml'].replace(HERE, `${HERE}", "${elsewhere}`),
      'layers/a/layer.toml': `${LAYERS['layers/a/layer.toml']}platforms = ["${elsewhere}"]\n`,
      'layers/py/.venv/mine.txt': 'mine',
    });
    await workspace.succeed(['run', 'a:lock'], WITH_UV);
    expect(await workspace.fail(['run', 'py:build'], WITH_UV)).toMatch(
      /py: there is an environment already that was not built by this: .*\.venv\n +Move or remove it\./,
    );
    expect(readFileSync(venv(workspace, 'py', 'mine.txt'), 'utf8')).toBe('mine');
    workspace.remove('layers/py/.venv');
    expect(await workspace.succeed(['run', 'a:build'], WITH_UV)).toContain(
      `framework-a: not built\n  it is for ${elsewhere}, and this machine is ${HERE}\n`,
    );
    expect(await workspace.fail(['run', 'a:python', '--', '-c', '1'], WITH_UV)).toContain(
      'framework-a: it cannot run here: ',
    );
  });
});
