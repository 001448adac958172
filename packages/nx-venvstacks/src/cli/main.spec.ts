import { makeFolder } from '../testing/folder';
import { RUNTIME } from '../testing/stack';
import { main } from './main';

/** Runs the command line. What it writes is kept from the terminal. */
function run(...args: string[]) {
  const output = { stdout: '', stderr: '' };
  const streams = (['stdout', 'stderr'] as const).map((name) =>
    jest.spyOn(process[name], 'write').mockImplementation((text) => {
      output[name] += String(text);
      return true;
    }),
  );
  try {
    return { exitCode: main(args), ...output };
  } finally {
    for (const stream of streams) stream.mockRestore();
  }
}

const USAGE = /^Usage: nx-venvstacks show \[PATH\] \[--json\]$/m;

describe('the command line', () => {
  it('shows a stack as a tree', () => {
    const folder = makeFolder({ 'venvstacks.toml': RUNTIME });
    const { stdout, stderr, exitCode } = run('show', folder);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout).toContain('\n│   └── *py312 (not locked yet)\n');
  });

  it('shows a stack as JSON', () => {
    const folder = makeFolder({ 'venvstacks.toml': RUNTIME });
    const { stdout, exitCode } = run('show', '--json', folder);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ stacks: [{ layers: [{ name: 'py312' }] }] });
  });

  it('reports a broken definition to stderr and exits with 1', () => {
    const folder = makeFolder({ 'venvstacks.toml': '[[runtimes]\n' });
    const { stdout, stderr, exitCode } = run('show', folder);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 });
    expect(stderr).toMatch(/venvstacks\.toml:1:12: TOML syntax: expected end of table array declaration\n$/);
  });

  it.each([['--help'], ['-h'], ['show', '--help']])('explains itself: %s %s', (...args) => {
    const { stdout, stderr, exitCode } = run(...args);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout).toMatch(USAGE);
  });

  it.each([
    [[], /^Usage/],
    [['shw'], /^Unknown command 'shw'\.\n/],
    [['show', 'a', 'b'], /^show takes one PATH\.\n/],
    [['show', '--jsn'], /^Unknown option '--jsn'/],
  ])('refuses %j', (args, message) => {
    const { stdout, stderr, exitCode } = run(...args);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(USAGE);
  });
});
