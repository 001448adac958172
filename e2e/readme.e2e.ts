import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { blocksOf, follow, runStep, sectionOf } from './support/transcript';
import { runFolder, Workspace } from './support/workspace';

jest.setTimeout(180_000);

const REPOSITORY = resolve(__dirname, '..');
const PAGE = join(REPOSITORY, 'README.md');
const inRepository = (path: string) => readFileSync(join(REPOSITORY, path), 'utf8');

/** Lines of the `sh` blocks of a section. */
function commandsOf(page: string, heading: string): string[] {
  return blocksOf(sectionOf(page, heading))
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.trimEnd().split('\n'));
}

/** This repository's examples, as a clone has them. */
async function clone(): Promise<Workspace> {
  const files = ['.gitignore', '.nxignore', 'venvstacks.uv.toml'].map((path) => [path, inRepository(path)]);
  const workspace = Workspace.create(Object.fromEntries(files) as Record<string, string>, {
    env: { UV: join(runFolder(), 'uv/bin/uv'), NX_DEFAULT_OUTPUT_STYLE: 'static' },
  });
  cpSync(join(REPOSITORY, 'examples'), join(workspace.root, 'examples'), {
    recursive: true,
    filter: (path) => !path.endsWith('requirements'),
  });
  await workspace.commitAll('Begin');
  return workspace;
}

describe('README.md', () => {
  const readme = readFileSync(PAGE, 'utf8');

  it('shows what its examples print', async () => {
    const workspace = await clone();

    // CI runs the two commands that install and build, `npm ci` and `npm test`: this is what follows on the first.
    const [setUp = '', ...others] = commandsOf(readme, '## Try it');
    const lock = setUp.replace('npm ci && ', '');
    const [printed] = blocksOf(sectionOf(readme, '## Try it')).filter(({ language }) => language === 'text');
    expect((await runStep(lock, workspace)).output).toBe(printed?.text.trimEnd());

    const edits = commandsOf(readme, '### Edit, lock again, revert');
    expect(others).toEqual(['npm ci && npm test', ...edits, ...commandsOf(readme, '### Run it')]);
    for (const line of edits) {
      const { code, output } = await runStep(line, workspace);
      expect(`${line}: ${code}`).toBe(`${line}: 0`);
      const said = /# (app-.*)/.exec(line)?.[1];
      if (said !== undefined) expect(output).toContain(said);
      if (line.includes('from the cache'))
        expect(output).toContain('from the cache instead of running the command for 4 out of 4');
      else if (said !== undefined) expect(output).toContain('for 3 out of 4 tasks');
    }
    await follow(PAGE, '## Try it', workspace);
  });

  it('runs what was locked, and edits of it', async () => {
    const workspace = await clone();
    // With the Python that is here: what uv downloads on a machine with a network is for that machine to show.
    const version = execFileSync('python3', ['-c', 'import platform; print(platform.python_version())'], {
      encoding: 'utf8',
    }).trim();
    const runtime = 'examples/demos/cpython-3.12/layer.toml';
    workspace.write({ [runtime]: workspace.read(runtime).replace(/cpython@[\d.]+/, `cpython@${version}`) });
    await workspace.commitAll('Take the Python that is here');
    await workspace.succeed(['run', 'clustering-demo:lock']);

    const outputs = [];
    for (const line of commandsOf(readme, '### Run it')) {
      const { code, output } = await runStep(line, workspace);
      expect(`${line}: ${code}\n${code === 0 ? '' : output}`).toBe(`${line}: 0\n`);
      outputs.push(output);
    }
    const [built = '', launched = '', , edited = ''] = outputs;
    expect(built).toMatch(/app-clustering-demo@1: built in examples\/demos\/clustering-demo\/\.venv, 0 packages/);
    const [printed] = blocksOf(sectionOf(readme, '### Run it')).filter(({ language }) => language === 'text');
    expect(launched).toContain(printed?.text);
    expect(edited).toMatch(/\ndrawn: .*clusters\.png\nedited\n/);
    expect(edited).toContain('  launch module clustering_demo changed since it was locked\n');
    expect(workspace.list('.')).toContain('clusters.png');
  });

  it.each(['README.md', 'packages/nx-venvstacks/README.md'])(
    '%s has users run what newcomers run in docs/getting-started.md',
    (page) => {
      const [heading = ''] = /^## (?:In your workspace|Begin)$/m.exec(inRepository(page)) ?? [];
      const commands = commandsOf(inRepository(page), heading);
      const newcomers = sectionOf(inRepository('docs/getting-started.md'), '## In a new workspace');
      expect(commands.length).toBe(5);
      const wayOf = (command: string) => newcomers.indexOf(`\n$ ${command}`);
      expect(commands.filter((command) => wayOf(command) === -1)).toEqual([]);
      expect([...commands].sort((a, b) => wayOf(a) - wayOf(b))).toEqual(commands);
    },
  );
});
