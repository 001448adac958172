import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A uv that notes for which layers it is asked, in place of the one that the variable `UV` names. */
export class UvLog {
  private readonly file: string;

  private constructor(
    folder: string,
    private readonly original: string | undefined,
  ) {
    this.file = join(folder, 'uv.log');
    const script = join(folder, 'uv');
    // uv runs beside the project that stands for the layer.
    writeFileSync(
      script,
      `#!/bin/sh\ngrep -m 1 '^name = ' pyproject.toml >> '${this.file}' 2> /dev/null\nexec '${original ?? 'uv'}' "$@"\n`,
    );
    chmodSync(script, 0o755);
    process.env.UV = script;
  }

  static start(folder: string): UvLog {
    return new UvLog(folder, process.env.UV);
  }

  stop(): void {
    if (this.original === undefined) delete process.env.UV;
    else process.env.UV = this.original;
  }

  /** Environment names of the layers that uv was asked for since the last call, sorted. */
  take(): string[] {
    if (!existsSync(this.file)) return [];
    const lines = readFileSync(this.file, 'utf8').trim().split('\n');
    rmSync(this.file);
    return [...new Set(lines.map((line) => line.replace(/^name = "(.*)"$/, '$1')))].sort();
  }
}
