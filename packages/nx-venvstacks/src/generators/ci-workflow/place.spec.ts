import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { makeFolder, writeFiles } from '../../testing/folder';
import { git } from '../../testing/git';
import { generate, refusal, type Generated } from '../../testing/tree';
import ciWorkflow, { type CiWorkflowOptions } from './ci-workflow';

const WORKSPACE = { 'nx.json': '{}', 'package.json': '{}', 'package-lock.json': '{}' };
const WRAPPER = { 'nx.json': '{ "installation": { "version": "24.0.6" } }' };

interface GithubJob {
  readonly defaults?: { readonly run: Readonly<Record<string, string>> };
  readonly steps: readonly { uses?: string; run?: string; with?: Readonly<Record<string, unknown>> }[];
}

interface GithubWorkflow {
  readonly name: string;
  readonly jobs: Readonly<Record<string, GithubJob>>;
}

type GitlabJobs = Readonly<Record<string, { before_script: string[]; script: string[]; extends: string }>>;

/** A repository with a workspace in a folder. @returns their paths, and what reads and runs there */
function repositoryWith(folder: string, files: Readonly<Record<string, string>> = WORKSPACE) {
  const repository = makeFolder();
  git(repository, 'init', '--quiet');
  const root = join(repository, folder);
  mkdirSync(root, { recursive: true });
  writeFiles(root, files);
  return {
    repository,
    root,
    run: (options: CiWorkflowOptions = {}): Promise<Generated> => generate(root, ciWorkflow, options),
    yaml: (path: string): unknown => parse(readFileSync(join(repository, path), 'utf8')),
  };
}

/** The only job of a workflow, and what its actions are told. */
function jobOf(workflow: unknown): { id: string; job: GithubJob; inputs: Record<string, unknown> } {
  const [[id = '', job] = []] = Object.entries((workflow as GithubWorkflow).jobs);
  if (!job) throw new Error('no job');
  const inputs = job.steps.flatMap(({ uses, with: given }) =>
    uses && given ? [[uses.replace(/@.*/, ''), given]] : [],
  );
  return { id, job, inputs: Object.fromEntries(inputs) as Record<string, unknown> };
}

describe('in a folder of a larger repository', () => {
  it('GitHub gets its workflow at the root, which works in the folder', async () => {
    const { repository, root, run, yaml } = repositoryWith('services/ml', { ...WORKSPACE, '.nvmrc': '22\n' });
    const { changes, output } = await run();

    const path = '.github/workflows/layers-services-ml.yml';
    expect(changes).toEqual([`CREATE ../../${path}`]);
    expect(existsSync(join(root, '.github'))).toBe(false);
    const { id, job, inputs } = jobOf(yaml(path));
    expect({ name: (yaml(path) as GithubWorkflow).name, id }).toEqual({
      name: 'Layers-services-ml',
      id: 'lock-check-services-ml',
    });
    expect(job.defaults).toEqual({ run: { 'working-directory': 'services/ml' } });
    expect(inputs['actions/setup-node']).toEqual({
      'node-version-file': 'services/ml/.nvmrc',
      cache: 'npm',
      'cache-dependency-path': 'services/ml/package-lock.json',
    });
    expect(output).toBe(
      '\nNext:\n' +
        `- commit ../../${path}: only the root of the repository is searched for workflows\n` +
        `- pin the actions in ../../${path} to the commits that their tags point to now: npx pin-github-action ../../${path}\n` +
        "- make 'lock-check-services-ml' a required check of the main branch\n",
    );
    // The comment is read at the root.
    expect(readFileSync(join(repository, path), 'utf8')).toContain(`#   npx pin-github-action ${path}\n`);
    expect((await run()).changes).toEqual([]);
  });

  it('GitLab gets its jobs at the root, which work in the folder', async () => {
    const { root, run, yaml } = repositoryWith('services/ml');
    const { changes, output } = await run({ provider: 'gitlab' });

    const path = '.gitlab/layers-services-ml.gitlab-ci.yml';
    expect(changes).toEqual([`CREATE ../../${path}`, 'CREATE ../../.gitlab-ci.yml']);
    expect(existsSync(join(root, '.gitlab-ci.yml'))).toBe(false);
    expect(yaml('.gitlab-ci.yml')).toEqual({ include: [{ local: `/${path}` }] });
    const jobs = yaml(path) as GitlabJobs;
    expect(Object.entries(jobs).map(([name, job]) => [name, job.extends])).toEqual([
      ['.layers-services-ml', undefined],
      ['lock-check-affected-services-ml', '.layers-services-ml'],
      ['lock-check-all-services-ml', '.layers-services-ml'],
    ]);
    expect(jobs['.layers-services-ml']?.before_script).toEqual(['cd services/ml', 'npm ci']);
    expect(output).toContain(`- commit ../../${path} and ../../.gitlab-ci.yml: only the root`);
  });

  it('a configuration of GitLab at the root stays, and the user is told what to add', async () => {
    const { repository, run } = repositoryWith('ml');
    writeFiles(repository, { '.gitlab-ci.yml': 'stages: [test]\n' });
    const { changes, output } = await run({ provider: 'gitlab' });
    expect(changes).toEqual(['CREATE ../.gitlab/layers-ml.gitlab-ci.yml']);
    expect(output).toContain(
      '- add to ../.gitlab-ci.yml:\n\n    include:\n      - local: /.gitlab/layers-ml.gitlab-ci.yml\n',
    );
  });

  it('two workspaces have workflows of their own', async () => {
    const { repository, run } = repositoryWith('one');
    writeFiles(join(repository, 'two'), WORKSPACE);
    await run();
    expect((await generate(join(repository, 'two'), ciWorkflow, {})).changes).toEqual([
      'CREATE ../.github/workflows/layers-two.yml',
    ]);
  });

  it('a file that is in the way is named from where the user is', async () => {
    const { repository, root } = repositoryWith('ml');
    writeFiles(repository, { '.github/workflows/layers-ml.yml': 'mine\n' });
    expect(await refusal<CiWorkflowOptions>(root, ciWorkflow, {})).toContain(
      'there is a ../.github/workflows/layers-ml.yml already, with other contents',
    );
  });

  it.each<[string, Record<string, string>, string, unknown]>([
    [
      'the version of pnpm that package.json pins',
      { 'package.json': '{ "packageManager": "pnpm@10.1.0" }', 'pnpm-lock.yaml': '' },
      'pnpm/action-setup',
      { package_json_file: 'ml/package.json' },
    ],
    ['some pnpm', { 'package.json': '{}', 'pnpm-lock.yaml': '' }, 'pnpm/action-setup', { version: 10 }],
    [
      'the version of bun that package.json pins',
      { 'package.json': '{ "packageManager": "bun@1.3.0" }', 'bun.lock': '' },
      'oven-sh/setup-bun',
      { 'bun-version-file': 'ml/package.json' },
    ],
    ['some bun', { 'package.json': '{}', 'bun.lock': '' }, 'oven-sh/setup-bun', undefined],
    [
      'yarn’s cache',
      { 'package.json': '{}', 'yarn.lock': '' },
      'actions/setup-node',
      { 'node-version': 24, cache: 'yarn', 'cache-dependency-path': 'ml/yarn.lock' },
    ],
    ['no cache of bun’s', { 'package.json': '{}', 'bun.lock': '' }, 'actions/setup-node', { 'node-version': 24 }],
  ])('an action finds %s', async (_, files, action, inputs) => {
    const { run, yaml } = repositoryWith('ml', { 'nx.json': '{}', ...files });
    await run();
    expect(jobOf(yaml('.github/workflows/layers-ml.yml')).inputs[action]).toEqual(inputs);
  });

  it.each<[string, string, string, string]>([
    ['spaces', 'my ml', 'my-ml', 'my ml'],
    ['a space at its end', 'ml ', 'ml', 'ml '],
    ['quotes', `a "b" 'c'`, 'a-b-c', `a "b" 'c'`],
    ['what a shell runs', '$(touch x) `touch y`', 'touch-x-touch-y', '$(touch x) `touch y`'],
    ['what GitHub evaluates', 'a${'.concat('{ b }}'), 'a-b', "a${{ '${{' }} b }}"],
    ['what is an option', '-n', 'n', '-n'],
    ['what YAML takes for another thing', 'true', 'true', 'true'],
    ['what begins a comment', '#1: a', '1-a', '#1: a'],
    ['a line break', 'a\nb', 'a-b', 'a\nb'],
    ['letters of other scripts', 'данные', 'workspace', 'данные'],
  ])('the name of the folder may hold %s', async (_, folder, name, literal) => {
    const { repository, root, run, yaml } = repositoryWith(folder);
    await run();
    await run({ provider: 'gitlab' });
    const { id, job } = jobOf(yaml(`.github/workflows/layers-${name}.yml`));
    expect(id).toMatch(/^[A-Za-z_][\w-]*$/);
    expect(job.defaults?.run['working-directory']).toBe(literal);

    const jobs = yaml(`.gitlab/layers-${name}.gitlab-ci.yml`) as GitlabJobs;
    const [enter = ''] = jobs[`.layers-${name}`]?.before_script ?? [];
    const where = execFileSync('bash', ['-e', '-c', `${enter}\nprintf %s "$PWD"`], {
      cwd: repository,
      encoding: 'utf8',
    });
    expect(where).toBe(root);
  });

  it('the pattern for the lock file means that file only', async () => {
    const { run, yaml } = repositoryWith('!a[1]?*');
    await run();
    expect(jobOf(yaml('.github/workflows/layers-a-1.yml')).inputs['actions/setup-node']).toMatchObject({
      'cache-dependency-path': './!a[[]1][?][*]/package-lock.json',
    });
  });
});

describe('the root of the repository', () => {
  it('is found behind a link', async () => {
    const { repository, root } = repositoryWith('services/ml');
    const link = join(makeFolder(), 'link');
    symlinkSync(root, link, 'junction');
    await generate<CiWorkflowOptions>(link, ciWorkflow, {});
    expect(existsSync(join(repository, '.github/workflows/layers-services-ml.yml'))).toBe(true);
  });

  it('is that of a worktree or submodule, whose .git is a file', async () => {
    const { repository, run } = repositoryWith('ml');
    const inner = join(repository, 'ml');
    const other = makeFolder();
    git(other, 'init', '--quiet', '--separate-git-dir', join(makeFolder(), 'git'), inner);
    expect((await run()).changes).toEqual(['CREATE .github/workflows/layers.yml']);
  });

  it('is the workspace where the repository around it ignores it: that of a home folder', async () => {
    const { repository, run } = repositoryWith('work/ml');
    writeFiles(repository, { '.gitignore': '*\n' });
    expect((await run()).changes).toEqual(['CREATE .github/workflows/layers.yml']);
  });

  it('is the workspace where there is none', async () => {
    const root = makeFolder(WORKSPACE);
    const { changes, output } = await generate<CiWorkflowOptions>(root, ciWorkflow, {});
    expect(changes).toEqual(['CREATE .github/workflows/layers.yml']);
    expect(output).not.toContain('commit ');
  });
});

describe('where Nx is installed by its wrapper', () => {
  const STEP = '- commit what installs Nx, if it is not: git add --chmod=+x nx && git add nx.bat .nx/nxw.js\n';

  it.each([
    ['', ''],
    ['ml', '-ml'],
  ])(
    'GitHub calls that, and keeps what npm downloads for what nx.json says, in folder "%s"',
    async (folder, suffix) => {
      const { run, yaml } = repositoryWith(folder, WRAPPER);
      const { output } = await run();
      const { job, inputs } = jobOf(yaml(`.github/workflows/layers${suffix}.yml`));
      expect(inputs['actions/setup-node']).toEqual({
        'node-version': 24,
        cache: 'npm',
        'cache-dependency-path': join(folder, 'nx.json'),
      });
      expect(job.steps.flatMap((step) => step.run ?? [])).toEqual([
        './nx --version',
        './nx affected -t lock-check --base=HEAD~1',
        './nx run-many -t lock-check',
      ]);
      expect(output).toContain(STEP);
    },
  );

  it('GitLab calls that', async () => {
    const { run, yaml } = repositoryWith('', WRAPPER);
    const { output } = await run({ provider: 'gitlab' });
    const jobs = yaml('.gitlab/layers.gitlab-ci.yml') as GitlabJobs;
    expect(jobs['.layers']?.before_script).toEqual(['./nx --version']);
    expect(jobs['lock-check-all']?.script).toEqual(['./nx run-many -t lock-check']);
    expect(output).toContain(STEP);
  });
});
