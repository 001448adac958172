// The same layers with a trivial target each, in place of a lock.
import { folderOf, layerFiles, moduleOf } from './stacks.mjs';

/** What bench-plugin reads of the layers: folder → name, lower layers, inputs and outputs. */
function descriptionOf(layers) {
  const describe = (layer) => ({
    name: layer.name,
    lower: layer.lower,
    files: ['layer.toml', ...(layer.kind === 'application' ? [moduleOf(layer)] : [])],
    outputs: ['lock.toml', 'summary.txt', 'requirements.in', 'uv.lock', 'record.json'].map((name) => `made/${name}`),
  });
  return Object.fromEntries(layers.map((layer) => [folderOf(layer), describe(layer)]));
}

/** The files of a workspace for bench-plugin's targets. */
export function trivialFiles(layers) {
  return { ...layerFiles(layers), 'bench.json': JSON.stringify(descriptionOf(layers)) };
}

/** The plugin's entry in `nx.json`. @param options `mode`, `cache`, `data` */
export function benchPlugin(options) {
  return { plugin: 'bench-plugin', options };
}
