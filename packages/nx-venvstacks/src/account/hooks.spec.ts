import { existsSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { PostTasksExecutionContext, TaskResults } from '@nx/devkit';
import { formatRecord } from '../lock/record';
import { makeFolder, writeFiles } from '../testing/folder';
import { contentsOf, inputsOf, recordOf } from '../testing/records';
import { postTasksExecution, preTasksExecution } from '..';

const NOTES = '.nx/workspace-data/nx-venvstacks/commands';
const GRAPH = '.nx/workspace-data/project-graph.json';

/** A layer's project as Nx keeps it. */
const project = (root: string, envName: string) => ({
  data: {
    root,
    targets: {
      lock: { executor: 'nx-venvstacks:lock', outputs: [recordAt('{projectRoot}', envName)] },
      upgrade: { executor: 'nx-venvstacks:upgrade' },
      show: { executor: 'nx-venvstacks:show' },
    },
  },
});
const recordAt = (root: string, envName: string) => `${root}/requirements/pylock.${envName}.meta.json`;
const record = (root: string, envName: string, number: number) => ({
  [recordAt(root, envName)]: formatRecord(
    recordOf({ lock_version: number, inputs: inputsOf({ contents: contentsOf('X', { env_name: envName }) }) }),
  ),
});

describe('a command that moves numbers', () => {
  let root: string;
  let written: string[];
  beforeEach(() => {
    root = makeFolder({
      [GRAPH]: JSON.stringify({
        nodes: {
          report: project('apps/report', 'app-report'),
          tools: project('tools', 'framework-tools'),
          other: {
            data: { root: 'other', targets: { test: { executor: 'nx:run-commands', outputs: ['{projectRoot}/x'] } } },
          },
        },
      }),
      ...record('apps/report', 'app-report', 3),
      ...record('tools', 'framework-tools', 1),
    });
    written = [];
    jest.spyOn(process.stdout, 'write').mockImplementation((text, done) => {
      written.push(String(text));
      (done as unknown as () => void)();
      return true;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const contextOf = (words: string, tasks: readonly string[]): PostTasksExecutionContext => ({
    id: '1234567',
    workspaceRoot: root,
    nxJsonConfiguration: {},
    argv: ['/usr/bin/node', '/w/nx', ...words.split(' ')],
    startTime: Date.now(),
    endTime: Date.now(),
    taskResults: Object.fromEntries(
      tasks.map((id) => {
        const [project = '', target = ''] = id.split(':');
        return [id, { task: { id, target: { project, target } } }];
      }),
    ) as unknown as TaskResults,
  });
  const both = ['report:lock', 'tools:lock'];

  /** Runs a command whose tasks write some files. @returns what is printed in the end */
  async function command(words: string, tasks: readonly string[], files: Record<string, string>): Promise<string> {
    const context = contextOf(words, tasks);
    await preTasksExecution({}, context);
    writeFiles(root, files);
    await postTasksExecution({}, context);
    return written.splice(0).join('');
  }

  it('ends with the layers that moved', async () => {
    const moved = { ...record('apps/report', 'app-report', 4), ...record('tools', 'framework-tools', 2) };
    expect(await command('affected -t lock', both, moved)).toBe(
      '\nLayers that moved:\n  framework-tools@2 (was 1)\n  app-report@4 (was 3)\n\n',
    );
    // The next one begins where they stand now.
    expect(await command('affected -t lock', both, {})).toBe('');
    expect(readdirSync(join(root, NOTES))).toEqual([]);
  });

  it('tells of upgrades, and of tasks that others depend on', async () => {
    const four = record('apps/report', 'app-report', 4);
    expect(await command('run-many -t upgrade', ['report:upgrade'], four)).toContain('app-report@4 (was 3)');
    const five = record('apps/report', 'app-report', 5);
    expect(await command('run-many -t test', ['other:test', 'report:lock'], five)).toContain('app-report@5 (was 4)');
  });

  it('tells nothing of what moved beside it, as by a checkout in another terminal', async () => {
    const moved = record('apps/report', 'app-report', 4);
    expect(await command('run-many -t test', ['other:test'], moved)).toBe('');
    expect(await command('run-many -t show', ['report:show'], record('apps/report', 'app-report', 5))).toBe('');
    expect(await command('run-many -t lock', ['tools:lock'], record('apps/report', 'app-report', 6))).toBe('');
  });

  it.each([
    ['run report:lock', 'the output of the task tells of it', false],
    ['lock report', 'the output of the task tells of it', false],
    ['run other:test', 'that output is hidden', true],
    ['run other:test --output-style=static', 'all outputs are shown', false],
    ['run other:test --outputStyle stream', 'all outputs are shown', false],
    ['run other:test --verbose', 'all outputs are shown', false],
    ['run other:test --output-style=dynamic', 'that output is hidden', true],
    ['run-many -t lock --output-style=static', 'they may be many', true],
    ['run-many -p report -t lock', 'that output is hidden', true],
  ])('of one project, %s: %s', async (words, _, isTold) => {
    const told = await command(words, both, record('apps/report', 'app-report', 4));
    expect(told).toBe(isTold ? '\nLayers that moved:\n  app-report@4 (was 3)\n\n' : '');
  });

  it('of one project tells of all where lower layers moved, too', async () => {
    const moved = { ...record('apps/report', 'app-report', 4), ...record('tools', 'framework-tools', 2) };
    const told = await command('run report:lock', both, moved);
    expect(told).toContain('  framework-tools@2 (was 1)\n  app-report@4 (was 3)\n');
  });

  it('tells it once where nx.json has the plugin several times', async () => {
    const context = contextOf('run-many -t lock', both);
    await Promise.all([preTasksExecution({}, context), preTasksExecution({}, context)]);
    writeFiles(root, record('tools', 'framework-tools', 2));
    await Promise.all([postTasksExecution({}, context), postTasksExecution({}, context)]);
    expect(written).toEqual(['\nLayers that moved:\n  framework-tools@2 (was 1)\n\n']);
  });

  it('takes away what interrupted commands have left', async () => {
    const [old, recent] = [`${NOTES}/1.json`, `${NOTES}/2.json`];
    writeFiles(root, { [old]: '[]', [recent]: '[]' });
    utimesSync(join(root, old), 0, 0);
    expect(await command('run-many -t lock', both, {})).toBe('');
    expect(readdirSync(join(root, NOTES))).toEqual(['2.json']);
  });

  it.each<[string, Record<string, string>]>([
    ['no JSON', { [GRAPH]: '{' }],
    ['of another form', { [GRAPH]: '[]' }],
    [
      'with records outside of the workspace',
      { [GRAPH]: JSON.stringify({ nodes: { report: project('../../etc', 'app-report') } }) },
    ],
  ])('goes on without an account where the graph is %s', async (_, files) => {
    writeFiles(root, files);
    expect(await command('run-many -t lock', both, record('tools', 'framework-tools', 2))).toBe('');
    expect(existsSync(join(root, NOTES))).toBe(false);
  });

  it('goes on without an account where Nx keeps no graph, and says why where asked for details', async () => {
    rmSync(join(root, GRAPH));
    expect(await command('run-many -t lock', both, {})).toBe('');
    const errors = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    process.env.NX_VERBOSE_LOGGING = 'true';
    try {
      await command('run-many -t lock', both, {});
    } finally {
      delete process.env.NX_VERBOSE_LOGGING;
    }
    expect(errors.mock.calls.join()).toContain('nx-venvstacks: no account of what moved: Error: ENOENT');
  });

  it('writes no file where a workspace has no layer', async () => {
    writeFiles(root, { [GRAPH]: JSON.stringify({ nodes: {} }) });
    expect(await command('run-many -t test', ['other:test'], {})).toBe('');
    expect(existsSync(join(root, NOTES))).toBe(false);
  });
});
