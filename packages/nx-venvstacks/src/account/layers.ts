import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { TargetConfiguration } from '@nx/devkit';
import { isLockExecutor, UPGRADE_EXECUTOR, workspaceDataFolder } from '../inference';
import { isInside } from '../stack';

/** Where a layer's number stands, and which tasks may move it. */
export interface CountedLayer {
  /** The version record, relative to the workspace, with forward slashes. */
  readonly record: string;
  /** `project:target` */
  readonly tasks: readonly string[];
}

/** As far as it matters here. */
interface KeptGraph {
  readonly nodes: Record<string, { data: { root: string; targets?: Record<string, TargetConfiguration> } }>;
}

/**
 * The layers of a workspace, by the graph that Nx has just made for the command and keeps in a file: reading it takes
 * milliseconds, where asking Nx would load all of it.
 */
export function countedLayers(root: string): CountedLayer[] {
  const { nodes } = JSON.parse(
    readFileSync(join(workspaceDataFolder(root), 'project-graph.json'), 'utf8'),
  ) as KeptGraph;
  return Object.entries(nodes).flatMap(([project, { data }]) => {
    const targets = Object.entries(data.targets ?? {});
    const outputs = targets.flatMap(([, { executor, outputs }]) => (isLockExecutor(executor) ? (outputs ?? []) : []));
    const record = outputs.find((output) => /\/pylock\.[^/]+\.meta\.json$/.test(output));
    if (record === undefined) return [];
    const path = posix.normalize(record.replace('{projectRoot}', data.root).replace('{workspaceRoot}/', ''));
    if (!isInside(join(root, path), root)) return [];
    const moving = targets.filter(([, { executor }]) => isLockExecutor(executor) || executor === UPGRADE_EXECUTOR);
    return [{ record: path, tasks: moving.map(([target]) => `${project}:${target}`) }];
  });
}
