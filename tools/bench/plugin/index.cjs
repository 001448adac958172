// What the plugin is measured against, in the same workspace and on the same files. The option `mode` says which:
//
//   nothing   infers nothing
//   replay    hands Nx projects, targets and edges that nx-venvstacks made before, from a file: what Nx itself takes
//   targets   one trivial target a layer, cached or not: its inputs are two files, its outputs five, and it depends on
//             the same layers as a lock does
const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

const read = (file) => JSON.parse(readFileSync(file, 'utf8'));

exports.name = 'bench-plugin';

exports.createNodes = [
  '**/{venvstacks.toml,layer.toml}',
  (files, { mode, data, cache }, { workspaceRoot }) => {
    if (mode === 'nothing') return files.map((file) => [file, {}]);
    if (mode === 'replay') return read(data).nodes;
    const layers = read(join(workspaceRoot, 'bench.json'));
    return files.map((file) => [file, { projects: { [dirname(file)]: project(layers[dirname(file)], cache) } }]);
  },
];
exports.createNodesV2 = exports.createNodes;

exports.createDependencies = ({ mode, data }) => (mode === 'replay' ? read(data).edges : []);

function project({ name, lower, files, outputs }, cache) {
  return {
    name,
    targets: {
      write: {
        executor: 'bench-plugin:write',
        cache,
        inputs: [...files.map((file) => `{projectRoot}/${file}`), { externalDependencies: [] }],
        outputs: outputs.map((file) => `{projectRoot}/${file}`),
        dependsOn: lower.length ? [{ projects: lower, target: 'write' }] : [],
      },
    },
  };
}
