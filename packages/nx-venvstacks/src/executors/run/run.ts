import type { ExecutorContext } from '@nx/devkit';
import { spawn } from 'node:child_process';
import { closeSync, openSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { environmentOf, WHOLE_LINES, whyNotHere } from '../../build';
import { currentFolder } from '../../current-folder';
import { VenvstacksError } from '../../errors';
import type { RunOptions } from '../../inference';
import type { Layer } from '../../stack';
import { buildBefore } from '../build';
import { reportOf } from '../task';
import { Workspace } from '../workspace';

/** Signals that a terminal or a supervisor sends, which the program is to have. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What a terminal sends reaches the program by itself; a second one would cut its cleaning up short. */
const isSentTwice = (signal: NodeJS.Signals) => signal !== 'SIGTERM' && (process.stdin.isTTY || hasTerminal());

/** Whether there is a terminal that sends signals, also where the input is a pipe. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs a layer's Python: standard streams, signals and the exit code are the program's own.
 *
 * @param argumentsOf what comes before the arguments that were typed
 */
export function runnerOf(argumentsOf: (layer: Layer) => readonly string[]) {
  return async (options: RunOptions, context: ExecutorContext): Promise<{ success: boolean }> => {
    const project = context.projectName ?? '';
    try {
      // Nx takes the program's own arguments for options, too: what is configured is without them.
      const configured = (context.target?.options ?? {}) as RunOptions;
      const workspace = new Workspace(context);
      const task = workspace.layerOf(configured, project);
      const { layer } = task;
      const cwd = workingFolder(layer, configured, context);
      const unfit = whyNotHere(layer);
      if (unfit !== undefined) {
        throw new VenvstacksError('configuration', `it cannot run here: ${unfit}`, { layer: layer.envName });
      }
      // Not to the program's own output.
      for (const report of await buildBefore(task, workspace)) process.stderr.write(`${report}\n`);
      const { python } = environmentOf(layer);
      const code = await run(python, [...argumentsOf(layer), ...(options.__unparsed__ ?? [])], cwd);
      // Nx tells its own caller no more than that a task failed.
      if (code !== 0) process.stderr.write(`${layer.envName}: exit code ${code}\n`);
      return { success: code === 0 };
    } catch (error) {
      process.stderr.write(reportOf(error));
      return { success: false };
    }
  };
}

/** Where the program starts. @throws {VenvstacksError} `configuration`, for options that it cannot have */
function workingFolder({ envName }: Layer, options: RunOptions, { root }: ExecutorContext): string {
  const refuse = (what: string, hint: string) =>
    new VenvstacksError('configuration', `the target's option ${what}`, { layer: envName, hint });
  const { layer: _layer, report: _report, cwd: folder, ...unknown } = options;
  const [name] = Object.keys(unknown);
  if (name !== undefined) throw refuse(`'${name}' is not known`, 'Known is: cwd.');
  if (folder === undefined) return currentFolder(root);
  const path = typeof folder === 'string' ? resolve(root, folder) : '';
  if (path && statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path;
  throw refuse(`cwd is ${JSON.stringify(folder)}, which is no folder`, 'It starts from the root of the workspace.');
}

/** @returns the exit code; of a program that a signal ended, what a shell says of it */
function run(command: string, args: readonly string[], cwd: string): Promise<number> {
  return new Promise((resolvePromise, reject) => {
    // Nx takes the output in through a pipe: it is to be seen as it comes.
    const env = { ...process.env, [WHOLE_LINES]: '1' };
    const child = spawn(command, args, { cwd, env, stdio: 'inherit' });
    const passOn = (signal: NodeJS.Signals) => isSentTwice(signal) || child.kill(signal);
    for (const signal of SIGNALS) process.on(signal, passOn);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      for (const each of SIGNALS) process.off(each, passOn);
      resolvePromise(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}
