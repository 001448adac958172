import { join } from 'node:path';
import { makeFolder } from '../testing/folder';
import { isRunning, notedProcesses } from '../testing/processes';
import { limitsOf, runProcess, unusualEnd, type Limits } from './process';

/** A script that notes its process, and that of a program which it waits for. */
const waits = (folder: string, first = '') => `${first}echo $$ > '${folder}/pids'
sleep 300 &
echo $! >> '${folder}/pids'
echo begun
wait; wait`;

jest.setTimeout(30_000);

const run = (text: string, limits: Limits) => runProcess('sh', ['-c', text], { limits });

describe('a program that takes too long', () => {
  it.each([
    ['', 'one that lets itself be ended'],
    ["trap '' TERM\n", 'one that does not'],
  ])('is ended with all that it started (%j: %s)', async (first) => {
    const folder = makeFolder();
    const limits = limitsOf(1);
    const result = await run(waits(folder, first), limits);
    expect(result).toMatchObject({ code: null, stdout: 'begun\n', beyond: 'seconds' });
    expect(unusualEnd(result, limits)).toBe('took longer than 1 s, and was ended');
    const pids = notedProcesses(join(folder, 'pids'));
    expect(pids).toHaveLength(2);
    expect(pids.filter(isRunning)).toEqual([]);
  });

  it('is not waited for where another one holds what it writes to', async () => {
    // Nobody knows whose the inner one is: its parent has ended.
    const result = await run("(sleep 30 &) ; echo 'at once'", limitsOf(1));
    expect(result).toMatchObject({ stdout: 'at once\n', beyond: 'seconds' });
  });
});

describe('a program', () => {
  it('that writes without end is ended', async () => {
    const limits = { seconds: 60, bytes: 2 ** 20 };
    const result = await runProcess('yes', [], { limits });
    expect(result.beyond).toBe('bytes');
    expect(result.stdout.length).toBeLessThanOrEqual(2 ** 20);
    expect(unusualEnd(result, limits)).toBe('wrote more than 1 MB, and was ended');
  });

  it('that a signal ends is told of with the signal', async () => {
    const result = await run('kill -KILL $$', limitsOf(60));
    expect(result).toMatchObject({ code: null, signal: 'SIGKILL' });
    expect(unusualEnd(result, limitsOf(60))).toBe('was ended by the signal SIGKILL');
  });

  it('that ends by itself is within its limits, whatever its exit code', async () => {
    const result = await run('echo out; echo err >&2; exit 3', limitsOf(60));
    expect(result).toMatchObject({ code: 3, stdout: 'out\n', stderr: 'err\n' });
    expect(unusualEnd(result, limitsOf(60))).toBeUndefined();
  });
});
