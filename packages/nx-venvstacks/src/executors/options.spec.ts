import type { TaskGraph } from '@nx/devkit';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withoutUserVariables } from '../testing/environment';
import { contextOf, inferred } from '../testing/graph';
import { LockedStack } from '../testing/locked-stack';
import type { batchOf } from './batch';
import buildBatch from './build/batch';
import buildExecutor from './build/build';
import lockBatch from './lock/batch';
import lockExecutor from './lock/lock';
import lockCheckBatch from './lock-check/batch';
import lockCheckExecutor from './lock-check/lock-check';
import showBatch from './show/batch';
import showExecutor from './show/show';
import type { executorOf } from './task';
import upgradeBatch from './upgrade/batch';
import upgradeExecutor from './upgrade/upgrade';

withoutUserVariables();

type Batch = ReturnType<typeof batchOf>;
type Executor = ReturnType<typeof executorOf>;

const EXECUTORS: Record<string, [Batch, Executor]> = {
  lock: [lockBatch, lockExecutor],
  'lock-check': [lockCheckBatch, lockCheckExecutor],
  show: [showBatch, showExecutor],
  upgrade: [upgradeBatch as Batch, upgradeExecutor],
  build: [buildBatch, buildExecutor],
};
const NAMES = Object.keys(EXECUTORS);

const NONE = 'This target takes none.';
const UPGRADE = 'Known: --package, --reset, --dryRun.';
const REMOVE = "If nobody typed it, remove it from the target's 'options' in nx.json (targetDefaults) or project.json.";

const { root } = new LockedStack().lockAll();

/** Runs `report`'s target with more options, alone, and in a batch: by itself, or with another task. @returns what was told */
async function run(target: string, more: object, other?: string) {
  const projects = await inferred(root);
  const [batch, executor] = EXECUTORS[target] ?? [];
  if (!batch || !executor) throw new Error(target);
  const optionsOf = (name: string) => projects[name]?.targets?.[target]?.options as object;
  const context = contextOf(root, projects);

  const written: string[] = [];
  const spies = [process.stdout, process.stderr].map((stream) =>
    jest.spyOn(stream, 'write').mockImplementation((text) => written.push(String(text)) > 0),
  );
  await executor({ ...optionsOf('report'), ...more }, { ...context, projectName: 'report', targetName: target });
  for (const spy of spies) spy.mockRestore();

  const task = (project: string) => ({ id: project, target: { project, target } });
  const graph = {
    tasks: { report: task('report'), ...(other !== undefined && { [other]: task(other) }) },
    dependencies: {},
  } as unknown as TaskGraph;
  const options = {
    report: { ...optionsOf('report'), ...more },
    ...(other !== undefined && { [other]: optionsOf(other) }),
  };
  const told: Record<string, string> = {};
  for await (const each of batch(graph, options, {}, context)) told[each.task] = each.result.terminalOutput;
  return { alone: written.join(''), inBatch: told.report ?? '', beside: told[other ?? ''] ?? '' };
}

describe('options that a target does not have', () => {
  it.each(NAMES)('%s refuses, in a batch and alone', async (target) => {
    const known = target === 'upgrade' ? UPGRADE : NONE;
    const { alone, inBatch } = await run(target, { pyhton: 1 });
    expect(inBatch).toBe(`app-report: unknown option 'pyhton'\n  ${known} ${REMOVE}\n`);
    expect(alone).toBe(inBatch);
  });

  it.each([
    ['lock', 'cpython-3.12: nothing to do\n'],
    ['lock-check', 'cpython-3.12: valid\n'],
  ])('%s refuses only where they are', async (target, told) => {
    const { inBatch, beside } = await run(target, { pyhton: 1 }, 'cpython-3.12');
    expect(inBatch).toContain("app-report: unknown option 'pyhton'\n");
    expect(beside).toBe(told);
  });

  it.each(NAMES)('%s refuses what is typed without a name, too', async (target) => {
    const known = target === 'upgrade' ? UPGRADE : NONE;
    const { alone, inBatch } = await run(target, { _: ['extra'] });
    expect(inBatch).toBe(`app-report: unknown argument 'extra'\n  ${known}\n`);
    expect(alone).toBe(inBatch);
  });

  it.each(['toString', 'hasOwnProperty', '_x', 'foo-bar'])('are those called %s, too', async (name) => {
    expect((await run('show', { [name]: true })).alone).toContain(`app-report: unknown option '${name}'\n`);
  });

  it('are not what Nx hands on beside them', async () => {
    const { alone, inBatch } = await run('show', { verbose: true, __overrides_unparsed__: ['--x'], _: [] });
    expect(alone).toMatch(/^application report -> app-report@1\n/);
    expect(inBatch).toBe(alone);
  });
});

describe('values that an option cannot have', () => {
  it.each([
    [{ package: true }, "the option 'package' must be a text or a list of texts, not true"],
    [{ package: ['numpy', 3] }, `the option 'package' must be a text or a list of texts, not ["numpy",3]`],
    [{ package: '' }, "the option 'package' names no package"],
    [{ package: ' , ' }, "the option 'package' names no package"],
    [{ package: [] }, "the option 'package' names no package"],
    [{ reset: 'maybe' }, `the option 'reset' must be true or false, not "maybe"`],
    [{ dryRun: null }, "the option 'dryRun' must be true or false, not null"],
  ])('%j is refused, with what the option does', async (options, message) => {
    const { alone, inBatch } = await run('upgrade', options);
    expect(inBatch).toMatch(/^app-report: .*\n {2}\S.*\.\n$/);
    expect(inBatch).toContain(`app-report: ${message}\n`);
    expect(alone).toBe(inBatch);
  });
});

describe('schemas of targets', () => {
  interface Property {
    readonly description: string;
    readonly hidden?: boolean;
    readonly allOf?: unknown;
  }

  it.each([...NAMES, 'launch', 'python'])(
    'of %s lets all through, as the executor says better what is wrong',
    (name) => {
      const text = readFileSync(join(__dirname, '../../schemas/executors', `${name}.json`), 'utf8');
      const { properties, ...schema } = JSON.parse(text) as {
        properties: Record<string, Property>;
        additionalProperties: boolean;
      };
      expect(schema.additionalProperties).toBe(true);
      for (const [option, { allOf, hidden, description }] of Object.entries(properties)) {
        // Nx's own.
        if (option === '__unparsed__') continue;
        expect(allOf).toEqual([{ $ref: '#/definitions/unchecked' }]);
        expect(hidden ?? false).toBe(description.endsWith('Computed by the plugin.'));
      }
      expect(Object.keys(properties)).toEqual(expect.arrayContaining(['layer', 'report']));
    },
  );
});
