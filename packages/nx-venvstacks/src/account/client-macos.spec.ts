import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { makeFolder } from '../testing/folder';
import { writeToTerminalOnMac } from './client-macos';

// Node has no pseudo-terminals of its own; Python does.
const TERMINAL = 'import pty, sys; pty.spawn(sys.argv[1:])';

const hasPrograms = ['ps', 'lsof'].every((program) => {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`]);
    return true;
  } catch {
    return false;
  }
});

// Linux has the same two programs.
(hasPrograms ? describe : describe.skip)('the terminal of a command that waits for the daemon, on macOS', () => {
  const root = makeFolder({
    'nx.js': 'console.log("runs"); process.stdin.once("data", () => process.exit());',
    'elsewhere/file': '',
  });
  const words = [process.execPath, join(root, 'nx.js'), 'run-many', '-t', 'lock'];
  const command = { workspaceRoot: root, argv: words, startTime: Date.now() };
  let running: ChildProcess[] = [];
  afterEach(async () => {
    for (const each of running) {
      const ended = once(each, 'close');
      each.stdin?.end('\n');
      await ended;
    }
    running = [];
  });

  async function start(program: string, args: readonly string[]): Promise<() => string> {
    const child = spawn(program, args, { cwd: root });
    running.push(child);
    let shown = '';
    child.stdout.on('data', (text: Buffer) => (shown += text.toString()));
    await once(child.stdout, 'data');
    return () => shown;
  }
  const startAtTerminal = () => start('python3', ['-c', TERMINAL, ...words]);

  it('has the text', async () => {
    const shown = await startAtTerminal();
    const [child] = running;
    expect(await writeToTerminalOnMac('text\n', command)).toBe(true);
    while (!shown().includes('text')) await once(child!.stdout!, 'data');
    expect(shown().replaceAll('\r', '')).toContain('runs\ntext\n');
  });

  it('has nothing for other words, in another workspace, or where the same was typed at two terminals', async () => {
    await startAtTerminal();
    expect(await writeToTerminalOnMac('text\n', { ...command, argv: words.slice(0, -1) })).toBe(false);
    expect(await writeToTerminalOnMac('text\n', { ...command, workspaceRoot: join(root, 'elsewhere') })).toBe(false);
    await startAtTerminal();
    expect(await writeToTerminalOnMac('text\n', command)).toBe(false);
  });

  it('has nothing where the output is none', async () => {
    const [node = '', ...rest] = words;
    const shown = await start(node, rest);
    expect(await writeToTerminalOnMac('text\n', command)).toBe(false);
    expect(shown()).toBe('runs\n');
  });
});
