import type { Tree } from '@nx/devkit';
import type { PluginOptions } from '../../inference';
import { PLUGIN } from '../plugin-options';
import { isCachedByDefault, keepOutOfCache } from './nx-json';

/** Executors with targets that answer to more than their inputs, by the option that names them. */
const OTHERS = {
  lockCheckTargetName: 'lock-check',
  upgradeTargetName: 'upgrade',
  showTargetName: 'show',
  launchTargetName: 'launch',
  pythonTargetName: 'python',
} as const satisfies Partial<Record<keyof PluginOptions, string>>;

/**
 * Has Nx cache none of our targets but `lock`. What is called `build` is cached in most workspaces, or will be; the
 * others only where somebody has given them a name that is.
 *
 * @param options of the plugin's entries in `nx.json`
 * @returns executors that Nx may cache all the same, as `keepOutOfCache` does
 */
export function leaveUncached(tree: Tree, options: readonly PluginOptions[]): string[] {
  const others = Object.entries(OTHERS).filter(([option, executor]) => {
    const names = options.map((each) => each[option as keyof typeof OTHERS] ?? executor);
    return names.some((name) => name !== false && isCachedByDefault(tree, name));
  });
  return keepOutOfCache(
    tree,
    ['build', ...others.map(([, executor]) => executor)].map((executor) => `${PLUGIN}:${executor}`),
  );
}
