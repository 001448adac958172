import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Workspace } from '../workspace';

/** What Nx makes of a workspace (`observe.cjs`). */
export interface Observation {
  /** Why there is no graph: then every command fails. */
  readonly graphError?: string;
  /** What `nx run-many -t lock-check` comes to: project → why it failed, null where it did not. */
  readonly outcomes?: Readonly<Record<string, string | null>>;
  /** The projects whose tasks `nx affected -t lock-check` runs, if it selects by tasks. */
  readonly tasks?: readonly string[];
  /** The same by projects. */
  readonly projects?: readonly string[];
  /** Changed files that Nx passes over, since the root's .gitignore or .nxignore, as they were before, say so. */
  readonly hidden?: readonly string[];
  /** What `nx-venvstacks show` fails with; empty if it does not. */
  readonly problems: string;
}

/** Real Nx in a process that goes on: a command of its own takes more than a second, and a question here a tenth of it. */
export class Observer {
  private process: ChildProcess | undefined;
  private questions = 0;

  constructor(private readonly workspace: Workspace) {}

  /** @param base the commit to compare with; undefined: only what fails */
  async observe(base?: string): Promise<Observation> {
    // Nx does not expect to be asked without end.
    if (++this.questions % 300 === 0) this.stop();
    const process = (this.process ??= this.start());
    const message = await new Promise<Observation & { crash?: string }>((resolve, reject) => {
      const end = () => {
        this.process = undefined;
        reject(new Error('Nx ended its process'));
      };
      process.once('exit', end);
      process.once('message', (told) => {
        process.off('exit', end);
        resolve(told as Observation);
      });
      process.send({ base });
    });
    // What failed half-way may have left anything behind: each command of a user's is a process of its own.
    if (message.crash !== undefined || message.graphError !== undefined) this.stop();
    if (message.crash !== undefined) throw new Error(message.crash);
    return message;
  }

  stop(): void {
    if (this.process?.connected) this.process.disconnect();
    this.process = undefined;
  }

  private start(): ChildProcess {
    return fork(join(__dirname, 'observe.cjs'), [], {
      cwd: this.workspace.root,
      // As in CI: edges of files that did not change would be those of the question before.
      env: { ...this.workspace.env, NX_CACHE_PROJECT_GRAPH: 'false' },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
  }
}
