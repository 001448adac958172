import { join } from 'node:path';
import { parse } from 'yaml';
import { PackageIndex } from './support/package-index';
import { run, type RunResult } from './support/run';
import { runFolder, Workspace } from './support/workspace';

jest.setTimeout(240_000);

const GITHUB = '.github/workflows/layers.yml';
const GITLAB = '.gitlab/layers.gitlab-ci.yml';

interface GithubWorkflow {
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly defaults?: { readonly run: { readonly 'working-directory': string } };
        readonly steps: readonly { readonly if?: string; readonly run?: string }[];
      }
    >
  >;
}

type GitlabJobs = Readonly<
  Record<string, { readonly before_script?: readonly string[]; readonly script?: readonly string[] }>
>;

/** The scripts of a GitHub event, but for what installs the workspace. */
function githubScripts(text: string, event: 'pull_request' | 'push'): string[] {
  const { jobs } = parse(text) as GithubWorkflow;
  return Object.values(jobs)
    .flatMap(({ steps }) => steps)
    .filter((step) => step.if === `github.event_name == '${event}'`)
    .flatMap((step) => step.run ?? []);
}

function gitlabScripts(text: string, job: string): readonly string[] {
  return (parse(text) as GitlabJobs)[job]?.script ?? [];
}

/** Runs a workflow's scripts as a provider does: in a shell, with its variables and no others. */
async function runScripts(
  checkout: Workspace,
  scripts: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd = checkout.root,
): Promise<RunResult> {
  expect(scripts).not.toEqual([]);
  return run('bash', ['-e', '-o', 'pipefail', '-c', scripts.join('\n')], {
    cwd,
    env: { ...checkout.env, CI: 'true', UV: './there-is-no-uv', ...env },
  });
}

/** The tasks that ran: Nx names the ones that passed, and shows the output of those that did not. */
function tasks(output: string): string[] {
  // A batch of one task has its line twice.
  return [...new Set([...output.matchAll(/nx run (\S+:lock-check)/g)].map(([, task = '']) => task))].sort();
}

const layer = (requirements: string) =>
  `[application]\nruntime = "py"\nversioned = true\nrequirements = [${requirements}]\nlaunch_module = "main.py"\n`;

describe('the workflow of ci-workflow', () => {
  let index: PackageIndex;
  let workspace: Workspace;
  const uv = { UV: join(runFolder(), 'uv', 'bin', 'uv') };
  const lock = (name: string) => workspace.succeed(['run', `${name}:lock`], uv);
  const generate = (...args: string[]) => workspace.nx(['generate', 'nx-venvstacks:ci-workflow', ...args]);
  const read = (path: string) => workspace.read(path);

  /** A clone of everything, with a pull request of a branch checked out as GitHub does: merged into main as it is now. */
  async function pullRequest(branch: string, name = branch): Promise<Workspace> {
    const clone = await workspace.clone(`merge-of-${name}`);
    await clone.git('checkout', '--quiet', '--detach', 'origin/main');
    await clone.git('merge', '--quiet', '--no-ff', '--no-edit', `origin/${branch}`);
    return clone;
  }

  const check = (checkout: Workspace, event: 'pull_request' | 'push') =>
    runScripts(checkout, githubScripts(read(GITHUB), event), { GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: event });

  beforeAll(async () => {
    index = await PackageIndex.start([
      { name: 'alpha', version: '1.0' },
      { name: 'beta', version: '1.0' },
    ]);
    workspace = Workspace.create({
      'venvstacks.uv.toml': `exclude-newer = "2026-03-01T00:00:00Z"\n[[index]]\nurl = "${index.url}"\ndefault = true\n`,
      'py/layer.toml': '[runtime]\npython_implementation = "cpython@3.12.7"\nrequirements = []\n',
      'one/layer.toml': layer('"alpha"'),
      'one/main.py': 'print(1)\n',
      'two/layer.toml': layer('"beta"'),
      'two/main.py': 'print(2)\n',
    });
    for (const provider of ['github', 'gitlab']) {
      const { code, output } = await generate(`--provider=${provider}`);
      if (code !== 0) throw new Error(output);
    }
    await workspace.succeed(['run-many', '-t', 'lock'], uv);
    await workspace.commitAll('Begin');

    // What pull requests change, and what others do to main in the meantime.
    await workspace.git('checkout', '--quiet', '-b', 'forgotten');
    workspace.write({ 'one/main.py': 'print("forgotten")\n' });
    await workspace.commitAll('Edit, and forget to lock');
    await workspace.git('checkout', '--quiet', '-b', 'locked');
    await lock('one');
    await workspace.commitAll('Lock');
    await workspace.git('checkout', '--quiet', 'main');
    workspace.write({ 'two/main.py': 'print("stale on main")\n' });
    await workspace.commitAll('Edit on main, and forget to lock');
  });

  afterAll(() => index.stop());

  it('is made once, and a second run changes nothing', async () => {
    expect((await generate()).code).toBe(0);
    expect(await workspace.git('status', '--porcelain')).toBe('');
    workspace.append(GITHUB, '# mine\n');
    const refused = await generate();
    expect(refused.code).toBe(1);
    expect(refused.output).toContain(`there is a ${GITHUB} already, with other contents`);
    expect(refused.output).not.toMatch(/^\s+at /m);
    await workspace.git('checkout', '--quiet', GITHUB);
  });

  it('fails on GitHub for a pull request that was not locked, and tells what to run', async () => {
    const { code, output } = await check(await pullRequest('forgotten'), 'pull_request');
    expect(code).not.toBe(0);
    expect(output).toContain(
      'app-one@1 is stale:\n  launch module main changed\n  it would be app-one@2\n  Lock it: npx nx run one:lock\n',
    );
    expect(output).not.toContain('app-two');
  });

  it('passes on GitHub for one that was, and does not blame it for what is stale on main', async () => {
    const { code, output } = await check(await pullRequest('locked'), 'pull_request');
    expect({ code, ran: tasks(output) }).toEqual({ code: 0, ran: ['one:lock-check'] });
  });

  it('does so, too, where main has moved on since the merge was made', async () => {
    const checkout = await pullRequest('locked', 'locked-before');
    const before = await checkout.git('rev-parse', 'origin/main');
    workspace.write({ 'py/layer.toml': `${read('py/layer.toml')}# moved on\n` });
    await workspace.commitAll('Move on');
    await checkout.git('fetch', '--quiet');
    expect(await checkout.git('rev-parse', 'origin/main')).not.toBe(before);
    expect(tasks((await check(checkout, 'pull_request')).output)).toEqual(['one:lock-check']);
    await workspace.git('reset', '--quiet', '--hard', 'HEAD~1');
  });

  it('checks everything on main', async () => {
    const stale = await check(await workspace.clone('main-stale'), 'push');
    expect(stale.code).not.toBe(0);
    expect(stale.output).toContain('app-two@1 is stale:\n  launch module main changed\n');

    await lock('two');
    await workspace.commitAll('Lock');
    const valid = await check(await workspace.clone('main-valid'), 'push');
    expect({ code: valid.code, ran: tasks(valid.output) }).toEqual({
      code: 0,
      ran: ['one:lock-check', 'py:lock-check', 'two:lock-check'],
    });
    await workspace.git('reset', '--quiet', '--hard', 'HEAD~1');
  });

  describe('for GitLab', () => {
    /** The branch of a merge request by itself, as GitLab checks it out where it makes no merge. */
    async function branchOf(branch: string): Promise<{ checkout: Workspace; env: NodeJS.ProcessEnv }> {
      const checkout = await workspace.clone(`branch-${branch}`);
      await checkout.git('checkout', '--quiet', '--detach', `origin/${branch}`);
      const base = (await checkout.git('merge-base', 'origin/main', 'HEAD')).trim();
      return { checkout, env: { GITLAB_CI: 'true', CI_MERGE_REQUEST_DIFF_BASE_SHA: base } };
    }

    const affected = () => gitlabScripts(read(GITLAB), 'lock-check-affected');

    it('a merge request is compared with where it left the target branch', async () => {
      const forgotten = await branchOf('forgotten');
      const failed = await runScripts(forgotten.checkout, affected(), forgotten.env);
      expect(failed.code).not.toBe(0);
      expect(failed.output).toContain('app-one@1 is stale:\n  launch module main changed\n');

      const locked = await branchOf('locked');
      const passed = await runScripts(locked.checkout, affected(), locked.env);
      expect({ code: passed.code, ran: tasks(passed.output) }).toEqual({ code: 0, ran: ['one:lock-check'] });
    });

    it('a merged result is compared with the target branch', async () => {
      const checkout = await workspace.clone('merged-result');
      await checkout.git('checkout', '--quiet', '--detach', 'origin/main');
      const target = (await checkout.git('rev-parse', 'HEAD')).trim();
      const base = (await checkout.git('merge-base', 'HEAD', 'origin/locked')).trim();
      await checkout.git('merge', '--quiet', '--no-ff', '--no-edit', 'origin/locked');
      const { code, output } = await runScripts(checkout, affected(), {
        GITLAB_CI: 'true',
        CI_MERGE_REQUEST_DIFF_BASE_SHA: base,
        CI_MERGE_REQUEST_TARGET_BRANCH_SHA: target,
      });
      expect({ code, ran: tasks(output) }).toEqual({ code: 0, ran: ['one:lock-check'] });
    });

    it('everything is checked on the default branch', async () => {
      const { code, output } = await runScripts(
        await workspace.clone('default-branch'),
        gitlabScripts(read(GITLAB), 'lock-check-all'),
        { GITLAB_CI: 'true' },
      );
      expect(code).not.toBe(0);
      expect(output).toContain('app-two@1 is stale:\n  launch module main changed\n');
      expect(output).not.toContain('app-one@1 is stale');
    });
  });

  describe('of a workspace in a folder of a larger repository', () => {
    const FOLDER = 'services/my ml';
    let repository: Workspace;

    /** A clone of the repository, in which a workspace is installed. */
    async function checkOut(branch: string, name = branch): Promise<{ outer: Workspace; inner: Workspace }> {
      const outer = await repository.clone(`checkout-${name}`);
      await outer.git('checkout', '--quiet', '--detach', 'origin/main');
      if (branch !== 'main') await outer.git('merge', '--quiet', '--no-ff', '--no-edit', `origin/${branch}`);
      return { outer, inner: Workspace.at(join(outer.root, FOLDER)) };
    }

    async function onGithub(event: 'pull_request' | 'push', branch: string): Promise<RunResult> {
      const { outer, inner } = await checkOut(branch);
      const text = outer.read('.github/workflows/layers-services-my-ml.yml');
      const [job] = Object.values((parse(text) as GithubWorkflow).jobs);
      const cwd = join(outer.root, job?.defaults?.run['working-directory'] ?? '');
      return runScripts(inner, githubScripts(text, event), { GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: event }, cwd);
    }

    beforeAll(async () => {
      repository = Workspace.create({ '.gitignore': 'node_modules\n.nx\n*-nx\n', 'README.md': '' });
      repository.remove('nx.json');
      repository.write({
        [`${FOLDER}/nx.json`]: workspace.read('nx.json'),
        [`${FOLDER}/package.json`]: workspace.read('package.json'),
        [`${FOLDER}/venvstacks.uv.toml`]: workspace.read('venvstacks.uv.toml'),
        [`${FOLDER}/py/layer.toml`]: workspace.read('py/layer.toml'),
        [`${FOLDER}/one/layer.toml`]: layer('"alpha"'),
        [`${FOLDER}/one/main.py`]: 'print(1)\n',
        [`${FOLDER}/two/layer.toml`]: layer('"beta"'),
        [`${FOLDER}/two/main.py`]: 'print(2)\n',
      });
      await repository.git('init', '--quiet', '--initial-branch=main');
      const inner = Workspace.at(join(repository.root, FOLDER));
      for (const provider of ['github', 'gitlab']) {
        const { code, output } = await inner.nx(['generate', 'nx-venvstacks:ci-workflow', `--provider=${provider}`]);
        if (code !== 0) throw new Error(output);
      }
      await inner.succeed(['run-many', '-t', 'lock'], uv);
      await repository.commitAll('Begin');
      await repository.git('checkout', '--quiet', '-b', 'nested');
      repository.write({ [`${FOLDER}/one/main.py`]: 'print("forgotten")\n' });
      await repository.commitAll('Edit, and forget to lock');
      await repository.git('checkout', '--quiet', 'main');
      repository.write({ 'README.md': 'of others\n' });
      await repository.commitAll('Move on');
    });

    it('lies where providers look, and a dry run writes nothing', async () => {
      expect(repository.list('.github/workflows')).toEqual(['layers-services-my-ml.yml']);
      expect(repository.list('.gitlab')).toEqual(['layers-services-my-ml.gitlab-ci.yml']);
      expect(repository.list(FOLDER).filter((each) => /^\.git[^i]/.test(each))).toEqual([]);

      const { inner, outer } = await checkOut('main', 'dry-run');
      outer.remove('.github');
      const { output } = await inner.nx(['generate', 'nx-venvstacks:ci-workflow', '--dry-run']);
      expect(output).toContain('CREATE ../../.github/workflows/layers-services-my-ml.yml');
      expect(outer.list('.github')).toEqual([]);
    });

    it('fails for a pull request that was not locked, and checks what it changes only', async () => {
      const { code, output } = await onGithub('pull_request', 'nested');
      expect(code).not.toBe(0);
      expect(output).toContain('app-one@1 is stale:\n  launch module main changed\n');
      expect(tasks(output)).toEqual(['one:lock-check']);
    });

    it('checks everything on GitLab’s default branch', async () => {
      const { outer, inner } = await checkOut('main', 'gitlab');
      const jobs = parse(outer.read('.gitlab/layers-services-my-ml.gitlab-ci.yml')) as GitlabJobs;
      const [enter = ''] = jobs['.layers-services-my-ml']?.before_script ?? [];
      const scripts = [enter, ...(jobs['lock-check-all-services-my-ml']?.script ?? [])];
      const { code, output } = await runScripts(inner, scripts, { GITLAB_CI: 'true' }, outer.root);
      expect({ code, ran: tasks(output) }).toEqual({
        code: 0,
        ran: ['one:lock-check', 'py:lock-check', 'two:lock-check'],
      });
    });
  });
});
