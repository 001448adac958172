import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Stops the daemon of Nx 22, which keeps the plugins that nx.json had when it was started: after `nx add` there would be
 * no layer. The next command starts another one. Nx 23 and newer see the change.
 *
 * @param root absolute path of the workspace
 */
export function forgetPlugins(root: string): void {
  const manifest = require.resolve('nx/package.json');
  const { version, bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string; bin: { nx: string } };
  if (Number(version.split('.')[0]) > 22) return;
  spawnSync(process.execPath, [join(dirname(manifest), bin.nx), 'daemon', '--stop'], { cwd: root, stdio: 'ignore' });
}
