import { walk, type Step } from './walk';

/** Steps whose ends a test decides: `finish` names those that may end, in that order. */
class Course {
  readonly started: string[] = [];
  private readonly ends = new Map<string, (success: boolean) => void>();

  step(id: string, ...before: string[]): Step {
    return {
      id,
      layer: id.split('!')[0] ?? id,
      before: new Set(before),
      run: () => {
        this.started.push(id);
        return new Promise((resolve) => {
          this.ends.set(id, (success) => {
            resolve({ success, output: `${id} ${success ? 'did it' : 'did not'}\n` });
          });
        });
      },
    };
  }

  end(id: string, success = true): void {
    this.ends.get(id)?.(success);
  }
}

async function drain(results: AsyncGenerator<{ task: string; result: { status: string; terminalOutput: string } }>) {
  const all: [string, string, string][] = [];
  for await (const { task, result } of results) all.push([task, result.status, result.terminalOutput]);
  return all;
}

/** Runs all steps, each ending at once. */
function runAll(steps: readonly (readonly [id: string, before: string[], success?: boolean])[], slots = 8) {
  const made = steps.map(([id, before, success = true]) => ({
    id,
    layer: id,
    before: new Set(before),
    run: () => Promise.resolve({ success, output: `${id}\n` }),
  }));
  return drain(walk(made, slots));
}

describe('a walk through tasks', () => {
  it('runs each after those that come before it', async () => {
    const done = await runAll([
      ['app', ['web', 'python']],
      ['web', ['python']],
      ['python', []],
    ]);
    expect(done).toEqual([
      ['python', 'success', 'python\n'],
      ['web', 'success', 'web\n'],
      ['app', 'success', 'app\n'],
    ]);
  });

  it('has no two of one layer side by side: they write the same files', async () => {
    const course = new Course();
    const results = walk([course.step('a!1'), course.step('a!2'), course.step('b')], 8);
    const first = results.next();
    await Promise.resolve();
    expect(course.started).toEqual(['a!1', 'b']);
    course.end('a!1');
    await first;
    const second = results.next();
    await Promise.resolve();
    expect(course.started).toEqual(['a!1', 'b', 'a!2']);
    course.end('a!2');
    course.end('b');
    await second;
    await drain(results);
  });

  it('has as many side by side as there are slots, and tells of each as soon as it is done', async () => {
    const course = new Course();
    const results = walk([course.step('a'), course.step('b'), course.step('c')], 2);
    const first = results.next();
    await Promise.resolve();
    expect(course.started).toEqual(['a', 'b']);
    course.end('b');
    expect((await first).value).toMatchObject({ task: 'b', result: { success: true, status: 'success' } });
    const second = results.next();
    await Promise.resolve();
    expect(course.started).toEqual(['a', 'b', 'c']);
    course.end('c');
    expect((await second).value).toMatchObject({ task: 'c' });
    course.end('a');
    expect(await drain(results)).toEqual([['a', 'success', 'a did it\n']]);
  });

  it('skips what stands on one that failed, with the reason, and nothing else', async () => {
    const done = await runAll([
      ['python', []],
      ['web', ['python'], false],
      ['data', ['python']],
      ['site', ['web']],
      ['shop', ['data', 'site']],
      ['report', ['data']],
    ]);
    expect(Object.fromEntries(done.map(([id, status]) => [id, status]))).toEqual({
      python: 'success',
      web: 'failure',
      data: 'success',
      site: 'skipped',
      shop: 'skipped',
      report: 'success',
    });
    expect(done).toContainEqual(['shop', 'skipped', 'shop was skipped: web, which it needs, failed\n']);
  });

  it('leaves none out, and waits for none in a circle', async () => {
    await expect(
      runAll([
        ['a', []],
        ['b', ['c', 'a']],
        ['c', ['b']],
      ]),
    ).rejects.toThrow('tasks wait for each other: b, c');
  });
});
