import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Judge, layerFiles } from '../lock';
import { parseLock } from '../lock/pylock';
import type { VersionRecord } from '../lock/record';
import { findDefinitions, readStacks } from '../stack';

/** All that must not move with a layer, by environment name. */
export function factsOf(root: string): Record<string, object> {
  const judge = new Judge(process.env);
  const layers = readStacks(findDefinitions(root, root), root, process.env).flatMap((stack) => {
    expect(stack.problems).toEqual([]);
    return stack.layers;
  });
  return Object.fromEntries(
    layers.map((layer) => {
      const { reasons, deployedName } = judge.judge(layer);
      const files = layerFiles(layer);
      if (!existsSync(files.record)) return [layer.envName, { reasons, deployedName }];
      const record = JSON.parse(readFileSync(files.record, 'utf8')) as VersionRecord;
      const { packages } = parseLock(readFileSync(files.lock, 'utf8'));
      return [
        layer.envName,
        {
          reasons,
          deployedName,
          number: record.lock_version,
          last: record.last_version,
          lockedAt: record.locked_at,
          contents: (record as Partial<VersionRecord>).inputs?.contents,
          pins: record.pins,
          packages: packages.map(({ name, version, marker, shared }) => [name, version, marker, shared]),
        },
      ];
    }),
  );
}

/** All files in a folder, as sorted paths from there; git's own are left out. */
export function listing(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((path) => !path.startsWith('.git/'))
    .sort();
}
