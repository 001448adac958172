import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../testing/folder';
import { findClients, writeToClientOnLinux as writeToClient } from './client-linux';
import type { Command } from './command';

const WORDS = ['run-many', '-t', 'lock', '--projects=a b'];
/** Says that it runs, and does so until its standard input is closed. */
const PROGRAM = 'process.stderr.write("runs"); process.stdin.resume();';

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('the output of a command that waits for the daemon, on Linux', () => {
  let root: string;
  let running: ChildProcess[];
  beforeEach(() => {
    root = makeFolder({ 'bin/nx.js': PROGRAM, 'apps/a/file': '' });
    symlinkSync('nx.js', join(root, 'bin/nx'));
    running = [];
  });
  afterEach(async () => {
    for (const each of running) {
      const ended = once(each, 'close');
      each.stdin?.end();
      await ended;
    }
  });

  /** Starts a program as a shell does, and waits until it runs. */
  async function start(redirection: string, folder = root, script = join(root, 'bin/nx')): Promise<ChildProcess> {
    const line = `"$0" "$@" ${redirection}`;
    const child = spawn('sh', ['-c', line, process.execPath, script, ...WORDS], { cwd: folder });
    running.push(child);
    await once(child.stderr, 'data');
    return child;
  }

  const command = (changes: Partial<Command> = {}): Command => ({
    workspaceRoot: root,
    argv: [process.execPath, join(root, 'bin/nx'), ...WORDS],
    startTime: Date.now(),
    ...changes,
  });
  const outputIn = (name: string) => readFileSync(join(root, name), 'utf8');

  it('has the text behind what is there, in a file that is appended to', async () => {
    await start('>> log');
    expect(writeToClient('one\n', command())).toBe(true);
    expect(writeToClient('two\n', command())).toBe(true);
    expect(outputIn('log')).toBe('one\ntwo\n');
  });

  it('has it in a pipe', async () => {
    const { stderr } = await start('| { read line; echo "read $line" >&2; }', join(root, 'apps/a'));
    const read = once(stderr!, 'data');
    expect(writeToClient('three\n', command())).toBe(true);
    expect(String(await read)).toBe('read three\n');
  });

  it('has nothing in a file in which its next line would be written over it', async () => {
    await start('> log');
    expect(findClients(command())).toHaveLength(1);
    expect(writeToClient('text\n', command())).toBe(false);
    expect(outputIn('log')).toBe('');
  });

  it('has nothing where the same was typed at two terminals', async () => {
    await start('>> one');
    await start('>> two');
    expect(findClients(command())).toHaveLength(2);
    expect(writeToClient('text\n', command())).toBe(false);
    expect(outputIn('one') + outputIn('two')).toBe('');
  });

  it('is found by a path from where it was typed, too', async () => {
    await start('>> log', join(root, 'apps/a'), '../../bin/nx');
    expect(findClients(command())).toHaveLength(1);
  });

  it.each<[string, (found: Command) => Partial<Command>]>([
    ['of other words', ({ argv }) => ({ argv: argv.slice(0, -1) })],
    ['of more words', ({ argv }) => ({ argv: [...argv, '--verbose'] })],
    ['of words that are split elsewhere', ({ argv }) => ({ argv: [...argv.slice(0, -1), '--projects=a', 'b'] })],
    ['of another installation', ({ argv: [node = '', , ...rest] }) => ({ argv: [node, '/elsewhere/nx', ...rest] })],
    ['of another program', ({ argv: [, ...rest] }) => ({ argv: ['/bin/cat', ...rest] })],
    ['in another workspace', ({ workspaceRoot }) => ({ workspaceRoot: join(workspaceRoot, 'apps') })],
    ['that was started later', () => ({ startTime: Date.now() - 3_600_000 })],
  ])('is not that of a command %s', async (_, change) => {
    await start('>> log');
    const right = command();
    expect(findClients(right)).toHaveLength(1);
    const other = { ...right, ...change(right) };
    expect(findClients(other)).toEqual([]);
    expect(writeToClient('text\n', other)).toBe(false);
    expect(outputIn('log')).toBe('');
  });
});
