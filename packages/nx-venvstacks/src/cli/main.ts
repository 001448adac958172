import { parseArgs } from 'node:util';
import { VenvstacksError } from '../errors';
import { show, type ShowOutput } from './show';

const USAGE = `Usage: nx-venvstacks show [PATH] [--json]

Shows the layers of a stack: deployed names, what is stale and why.

  PATH     a venvstacks.toml, a layer.toml or a folder; default: the workspace
  --json   all facts, for programs
`;

/** The command line. @returns the exit code */
export function main(args: readonly string[]): number {
  let parsed: { positionals: string[]; values: { json?: boolean; help?: boolean } };
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    return 1;
  }
  const [command, path, ...rest] = parsed.positionals;
  if (parsed.values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (command !== 'show' || rest.length) {
    const wrong =
      command === undefined
        ? ''
        : command === 'show'
          ? 'show takes one PATH.\n\n'
          : `Unknown command '${command}'.\n\n`;
    process.stderr.write(`${wrong}${USAGE}`);
    return 1;
  }
  const { stdout, stderr, exitCode } = showOrExplain(path, {
    json: parsed.values.json ?? false,
    cwd: process.cwd(),
    env: process.env,
  });
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  return exitCode;
}

/** What is for people stays for people, wherever it was found. */
function showOrExplain(...args: Parameters<typeof show>): ShowOutput {
  try {
    return show(...args);
  } catch (error) {
    if (!(error instanceof VenvstacksError)) throw error;
    return { stdout: '', stderr: `${error.report}\n`, exitCode: 1 };
  }
}
