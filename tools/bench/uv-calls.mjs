// What uv itself takes for a stack: every call of a run is recorded, layer by layer, one at a time.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A uv that writes down what it did and when. */
export class UvRecorder {
  #log;

  constructor(installation) {
    this.#log = join(installation.folder, 'uv-calls.log');
    this.path = join(installation.folder, 'recording-uv');
    const lines = [
      '#!/bin/sh',
      'begin=$(date +%s%N)',
      `"${installation.uv}" "$@"`,
      'code=$?',
      'end=$(date +%s%N)',
      `layer=$(sed -n 's/^name = "\\(.*\\)"/\\1/p' pyproject.toml 2>/dev/null | head -n 1)`,
      `echo "$begin $end $layer" >> "${this.#log}"`,
      'exit $code',
    ];
    writeFileSync(this.path, `${lines.join('\n')}\n`, { mode: 0o755 });
  }

  forget() {
    rmSync(this.#log, { force: true });
  }

  /** Seconds of the calls for each project, by the name that uv knows it under; '' for those without one. */
  seconds() {
    const found = new Map();
    const text = existsSync(this.#log) ? readFileSync(this.#log, 'utf8') : '';
    for (const [, begin, end, layer] of text.matchAll(/^(\d+) (\d+) (.*)$/gm)) {
      const seconds = Number(BigInt(end) - BigInt(begin)) / 1e9;
      found.set(layer, (found.get(layer) ?? 0) + seconds);
    }
    return found;
  }
}

/**
 * The longest chain of calls: a layer can be asked for when those below it are known.
 *
 * @param layers lower ones first
 * @param seconds as a recorder tells them
 */
export function longestChain(layers, seconds) {
  const known = new Map();
  for (const { kind, name, lower } of layers) {
    const prefix = { runtime: '', framework: 'framework-', application: 'app-' }[kind];
    const own = seconds.get(`${prefix}${name}`.replace(/[^A-Za-z0-9]+/g, '-'));
    if (own === undefined) throw new Error(`uv was not asked for ${name}: ${[...seconds.keys()].join(', ')}`);
    known.set(name, own + Math.max(0, ...lower.map((each) => known.get(each))));
  }
  return Math.max(...known.values());
}
