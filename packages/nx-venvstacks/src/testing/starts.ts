import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { makeFolder, writeFiles } from './folder';

/** Notes each start of some programs while it is on `PATH`, where they are found first. */
export class Starts {
  private readonly log: string;
  readonly path: string;

  constructor(programs: readonly string[], path = process.env.PATH ?? '') {
    const folder = makeFolder();
    this.log = join(folder, 'starts.log');
    for (const program of programs) {
      const real =
        path
          .split(delimiter)
          .map((each) => join(each, program))
          .find(existsSync) ?? '/nowhere';
      writeFiles(folder, { [program]: `#!/bin/sh\necho '${program}' "$*" >> '${this.log}'\nexec '${real}' "$@"\n` });
      chmodSync(join(folder, program), 0o755);
    }
    this.path = [folder, path].join(delimiter);
  }

  /** What was started since the last call: program and arguments. */
  take(): string[] {
    if (!existsSync(this.log)) return [];
    const lines = readFileSync(this.log, 'utf8').trimEnd().split('\n');
    rmSync(this.log);
    return lines;
  }
}
