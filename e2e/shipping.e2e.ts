import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './support/run';
import { blocksOf, sectionOf } from './support/transcript';
import { buildWheels } from './support/wheels';
import { runFolder, Workspace } from './support/workspace';

jest.setTimeout(600_000);

/** Written out, since betas of venvstacks 0.8 have no defaults. */
const TARGETS = 'linux_target = "glibc@2.28"\nmacosx_target = "13.0"\n';

const LAYERS = {
  'layers/py/layer.toml': `[runtime]\npython_implementation = "cpython@3.12.7"\nrequirements = ["core"]\n${TARGETS}`,
  'layers/web/layer.toml': `[framework]\nruntime = "py"\nrequirements = ["alpha"]\nversioned = true\n${TARGETS}`,
  'layers/shop/layer.toml': `[application]\nframeworks = ["web"]\nrequirements = ["alpha"]\nlaunch_module = "shop.py"\nversioned = true\n${TARGETS}`,
  'layers/shop/shop.py': 'import alpha, core\nprint("open")\n',
};

/** Names and numbers of layers. */
type Deployed = Record<string, readonly [deployedName: unknown, number: unknown]>;

async function deployed(workspace: Workspace, path = ''): Promise<Deployed> {
  const { code, output } = await workspace.shell(`npx nx-venvstacks show ${path} --json`);
  if (code !== 0) throw new Error(output);
  const { stacks } = JSON.parse(output) as { stacks: { layers: Record<string, unknown>[] }[] };
  const layers = stacks.flatMap((stack) => stack.layers);
  expect(layers.map(({ state }) => state)).toEqual(['valid', 'valid', 'valid']);
  return Object.fromEntries(
    layers.map(({ env_name, install_target, lock_version }) => [env_name, [install_target, lock_version]]),
  ) as Deployed;
}

describe('docs/recipes.md, shipping with venvstacks', () => {
  const page = readFileSync(join(__dirname, '../docs/recipes.md'), 'utf8');
  const [block] = blocksOf(sectionOf(page, '## Shipping with venvstacks'));
  const commands = block?.text.trimEnd().split('\n') ?? [];
  const ours = commands.filter((line) => line.startsWith('npx nx '));
  const theirs = commands.filter((line) => line.startsWith('venvstacks '));
  let workspace: Workspace;
  let before: Deployed;

  beforeAll(async () => {
    workspace = Workspace.create(
      {
        ...LAYERS,
        'venvstacks.uv.toml': 'no-index = true\nfind-links = ["./wheels"]\n',
        '.gitignore': 'node_modules\n.nx\ndist\nartifacts\nexported\n',
      },
      { env: { UV: join(runFolder(), 'uv', 'bin', 'uv'), NX_DEFAULT_OUTPUT_STYLE: 'static' } },
    );
    await buildWheels(join(workspace.root, 'wheels'), [
      { name: 'core', version: '1.0' },
      { name: 'alpha', version: '1.0', requires: ['core'] },
    ]);
    await workspace.succeed(['run-many', '-t', 'lock']);
    await workspace.commitAll('Lock');
    workspace.write({ 'layers/shop/shop.py': 'import alpha, core\nprint("closed")\n' });
    await workspace.succeed(['run-many', '-t', 'lock']);
    await workspace.commitAll('Close');
    before = await deployed(workspace);
  });

  it('hands venvstacks a stack of the same layers, locks and numbers, and leaves the repository as it was', async () => {
    expect(ours).toHaveLength(2);
    for (const command of ours) {
      const { code, output } = await workspace.shell(command);
      expect(`${command}: ${code}\n${code === 0 ? '' : output}`).toBe(`${command}: 0\n`);
    }
    expect(before['app-shop']).toEqual(['app-shop@2', 2]);
    expect(await deployed(workspace, 'dist/stack')).toEqual(before);
    expect(await workspace.git('status', '--short')).toBe('');
  });

  const venvstacks = process.env.VENVSTACKS ?? '';
  const whereThere = venvstacks === '' ? it.skip : it;
  whereThere('has venvstacks build and publish archives with those numbers (where VENVSTACKS names one)', async () => {
    expect(theirs).toHaveLength(2);
    const exported = 'venvstacks local-export --output-dir ../../exported dist/stack/venvstacks.toml';
    expect(page).toContain(exported);
    for (const command of [...theirs, exported]) {
      const [, ...args] = command.split(' ');
      const { code, output } = await run(venvstacks, args, { cwd: workspace.root, env: workspace.env });
      expect(`${command}: ${code}\n${code === 0 ? '' : output}`).toBe(`${command}: 0\n`);
    }
    const manifests = join(workspace.root, 'artifacts', '__venvstacks__');
    const [manifest = ''] = readdirSync(manifests).filter((file) => file.endsWith('.json'));
    const { layers } = JSON.parse(readFileSync(join(manifests, manifest), 'utf8')) as { layers: object };
    const published = (Object.values(layers) as Record<string, unknown>[][]).flat();
    expect(
      Object.fromEntries(published.map((each) => [each.layer_name, [each.install_target, each.lock_version ?? null]])),
    ).toEqual(before);
    const archives = readdirSync(join(workspace.root, 'artifacts'));
    for (const { archive_name } of published) expect(archives).toContain(archive_name);
    // What is exported runs: the launch module as it was locked, packages of lower layers from their folders.
    const folder = join(workspace.root, 'exported', String(before['app-shop']?.[0]));
    const launched = await run(join(folder, 'bin', 'python'), ['-m', 'shop'], { cwd: folder, env: workspace.env });
    expect(launched).toEqual({ code: 0, output: 'closed\n' });
  });
});
