import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nxMajor } from '../../nx-version';

/**
 * Stops the daemon of Nx 22, which keeps the plugins that nx.json had when it was started: after `nx add` there would be
 * no layer. The next command starts another one. Nx 23 and newer see the change.
 *
 * @param root absolute path of the workspace
 */
export function forgetPlugins(root: string): void {
  if (nxMajor() > 22) return;
  const manifest = require.resolve('nx/package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: { nx: string } };
  spawnSync(process.execPath, [join(dirname(manifest), bin.nx), 'daemon', '--stop'], { cwd: root, stdio: 'ignore' });
}
