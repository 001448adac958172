import { join } from 'node:path';
import { runFolder, Workspace } from './support/workspace';

jest.setTimeout(300_000);

const LOCK = ['run-many', '-t', 'lock'];
const RUNTIME = '[runtime]\npython_implementation = "cpython@3.12.7"\nversioned = true\nrequirements = []\n';
const application = (runtime: string) =>
  `[application]\nruntime = "${runtime}"\nversioned = true\nrequirements = []\nlaunch_module = "main.py"\n`;
/** As a user has them: Nx's own interface, and plugins in processes of their own. */
const AS_INSTALLED = { NX_TUI: undefined, NX_ISOLATE_PLUGINS: undefined };

/** What a command ends with, behind Nx's own summary; undefined if that is all. */
const accountIn = (output: string) => /\nLayers that moved:\n(?: {2}.*\n)+/.exec(output)?.[0].trim();
const timesIn = (output: string) => output.split('Layers that moved').length - 1;

describe('the end of a command that locks', () => {
  let workspace: Workspace;
  const edit = (layer: string, text: string) => {
    workspace.write({ [`${layer}/main.py`]: `print("${text}")\n` });
  };

  beforeAll(async () => {
    workspace = Workspace.create(
      {
        // Two entries: two processes of the plugin, each of which is asked.
        'nx.json': JSON.stringify({
          analytics: false,
          tui: { autoExit: true },
          plugins: [
            { plugin: 'nx-venvstacks', include: ['one/**'] },
            { plugin: 'nx-venvstacks', include: ['two/**'] },
          ],
        }),
        'venvstacks.uv.toml': 'exclude-newer = "2026-03-01T00:00:00Z"\n',
        'one/py/layer.toml': RUNTIME,
        'one/site/layer.toml': application('py'),
        'one/site/main.py': '',
        'two/python/layer.toml': RUNTIME.replace('versioned = true\n', ''),
        'two/shop/layer.toml': application('python'),
        'two/shop/main.py': '',
        'lib/project.json': JSON.stringify({ name: 'lib', targets: { test: { command: 'true', cache: true } } }),
      },
      { env: { UV: join(runFolder(), 'uv', 'bin', 'uv') } },
    );
    await workspace.commitAll('Declare layers');
  });

  it('names layers of all entries once, lower ones first, in CI', async () => {
    const { code, output } = await workspace.nx(LOCK, { CI: 'true', NX_ISOLATE_PLUGINS: undefined });
    expect(code).toBe(0);
    expect(accountIn(output)).toBe(
      'Layers that moved:\n  py@1 (new)\n  python (new)\n  app-shop@1 (new)\n  app-site@1 (new)',
    );
    expect(timesIn(output)).toBe(1);
    expect(output.trimEnd().endsWith('app-site@1 (new)')).toBe(true);
    await workspace.commitAll('Lock');
  });

  it('says nothing where nothing moved, and where nothing of ours ran', async () => {
    for (const args of [LOCK, ['run-many', '-t', 'test'], ['run-many', '-t', 'lock-check']]) {
      const { code, output } = await workspace.nx(args);
      expect([code, output]).toEqual([0, expect.stringContaining('Successfully ran target')]);
      expect(timesIn(output)).toBe(0);
    }
  });

  it('names what moved in affected, and not again what the output of the one task has told', async () => {
    edit('one/site', 'affected');
    const affected = await workspace.nx(['affected', '-t', 'lock']);
    expect(accountIn(affected.output)).toBe('Layers that moved:\n  app-site@2 (was 1)');
    edit('one/site', 'alone');
    const alone = await workspace.nx(['run', 'site:lock']);
    expect(alone.output).toContain('app-site@3 (was 2): launch module main changed');
    expect(timesIn(alone.output)).toBe(0);
  });

  it.each([
    ['with the interface of Nx, and with plugins in processes of their own', true, AS_INSTALLED],
    ['without', false, {}],
  ])('has them at a terminal, %s, where Nx hides what succeeded', async (how, isInterface, env) => {
    edit('two/shop', how);
    const before = workspace.record('two/shop/requirements/pylock.app-shop.meta.json').lock_version;
    const { code, output } = await workspace.nxAtTerminal(LOCK, [], env);
    expect(code).toBe(0);
    // Only the interface tells the terminal how far it is.
    expect(output.includes('\u001b]9;4;')).toBe(isInterface);
    expect(output).not.toContain('launch module main changed');
    expect(accountIn(output)).toBe(`Layers that moved:\n  app-shop@${before + 1} (was ${before})`);
    expect(timesIn(output)).toBe(1);
  });
});
