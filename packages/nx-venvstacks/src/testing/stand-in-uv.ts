import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import type { UvTool } from '../lock';
import { makeFolder, writeFiles } from './folder';
import { lockText, uvLockText } from './locked-stack';

/** A uv that finds the same packages for every layer, as `name==version`. */
export function standInUv(own: readonly string[], shared: readonly string[]): UvTool {
  const folder = makeFolder();
  writeFiles(folder, {
    pylock: lockText(own, shared),
    'uv.lock': uvLockText([...own, ...shared]),
    uv: `#!/bin/sh
if [ "$1" = lock ]; then cp '${folder}/uv.lock' uv.lock; exit; fi
while [ "$1" != --output-file ]; do shift; done
cp '${folder}/pylock' "$2"
`,
  });
  chmodSync(join(folder, 'uv'), 0o755);
  return { path: join(folder, 'uv'), version: '0.13.9', timeout: 600 };
}
