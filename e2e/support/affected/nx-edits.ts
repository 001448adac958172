import { dirname } from 'node:path';
import { NothingToEdit, type Tree } from './tree';

interface NxJson {
  plugins?: { plugin: string; options: Record<string, unknown>; include?: string[]; exclude?: string[] }[];
  [key: string]: unknown;
}

/** Edits of Nx's configuration, and of projects that are not ours. */
export const NX_EDITS: Readonly<Record<string, (tree: Tree) => void>> = {
  'a project.json in the folder of a layer': (tree) =>
    writeProject(tree, `${tree.pick(layerRoots(tree))}/project.json`, tree.pick(['renamed', 'plain', 'handbook'])),
  'a project.json without a name': (tree) => tree.write(`${tree.pick(layerRoots(tree))}/project.json`, '{}'),
  'a project.json around a stack': (tree) =>
    writeProject(tree, `${dirname(tree.pick(tree.definitions()))}/project.json`, 'service'),
  'a project.json somewhere': (tree) => writeProject(tree, `${tree.pick(tree.folders())}/project.json`, 'somewhere'),
  'a project.json at the root': (tree) => writeProject(tree, 'project.json', 'whole'),
  'a project in package.json': (tree) =>
    tree.write('package.json', JSON.stringify({ name: 'workspace', private: true, nx: {} })),
  'a project.json with the name of a layer': (tree) =>
    writeProject(tree, 'handbook/project.json', tree.pick(['handbook', 'one', 'website', 'lock'])),
  'delete a project.json': (tree) =>
    tree.remove(tree.pick(tree.files().filter((path) => path.endsWith('project.json')))),
  'a broken project.json': (tree) => tree.write(`${tree.pick(tree.folders())}/project.json`, '{'),
  'another pattern of names': (tree) =>
    option(tree, 'projectName', tree.pick(['{stack}-{name}', '{env}', '{kind}', '{oops}', '{name}'])),
  'another name of lock-check': (tree) => option(tree, 'lockCheckTargetName', tree.pick(['check', false, 'lock'])),
  'another name of lock': (tree) => option(tree, 'lockTargetName', tree.pick(['pin', false, 'lock-check'])),
  'no build targets': (tree) => option(tree, 'buildTargetName', false),
  'linked folders': (tree) => option(tree, 'linkedFolders', ['/etc', 'shared']),
  'a version of uv': (tree) => option(tree, 'uv', tree.pick([{ version: '0.9.0' }, { version: 'x' }])),
  'an unknown option': (tree) => option(tree, 'oops', 1),
  'exclude definitions': (tree) => entry(tree, { exclude: [tree.pick(GLOBS)] }),
  'include definitions': (tree) => entry(tree, { include: [tree.pick(GLOBS)] }),
  'two entries of the plugin': (tree) => {
    const glob = tree.pick(GLOBS);
    changeNxJson(tree, (nxJson) => {
      const [first = { plugin: 'nx-venvstacks', options: {} }] = nxJson.plugins ?? [];
      return {
        ...nxJson,
        plugins: [
          { ...first, exclude: [glob] },
          { ...first, include: [glob] },
        ],
      };
    });
  },
  'no plugin': (tree) => changeNxJson(tree, (nxJson) => ({ ...nxJson, plugins: [] })),
  'named inputs': (tree) => changeNxJson(tree, (nxJson) => ({ ...nxJson, namedInputs: { default: [] } })),
  'a default of a target': (tree) =>
    changeNxJson(tree, (nxJson) => ({ ...nxJson, targetDefaults: { 'lock-check': { dependsOn: ['^lock-check'] } } })),
  'a comment in nx.json': (tree) => tree.append('nx.json', '\n'),
  'a README somewhere': (tree) => tree.write(`${tree.pick(tree.folders())}/README.md`, '# Read me\n'),
};

const GLOBS = ['stack/**', 'inline/**', 'layers/**', 'layers/web/**', 'layers/hello/*', '**/layer.toml'];

/** Where projects of layers lie. */
function layerRoots(tree: Tree): string[] {
  return [...tree.layerFiles().map(dirname), ...tree.records().map(dirname)].filter((path) => path !== '.');
}

function writeProject(tree: Tree, path: string, name: string): void {
  tree.write(path, JSON.stringify({ name, targets: { print: { executor: 'nx:noop' } } }));
}

function changeNxJson(tree: Tree, change: (nxJson: NxJson) => NxJson): void {
  tree.edit('nx.json', (text) => JSON.stringify(change(JSON.parse(text) as NxJson), null, 2));
}

function option(tree: Tree, name: string, value: unknown): void {
  changeNxJson(tree, (nxJson) => {
    if (!nxJson.plugins?.length) throw new NothingToEdit();
    return {
      ...nxJson,
      plugins: nxJson.plugins.map((each) => ({ ...each, options: { ...each.options, [name]: value } })),
    };
  });
}

function entry(tree: Tree, fields: object): void {
  changeNxJson(tree, (nxJson) => {
    if (!nxJson.plugins?.length) throw new NothingToEdit();
    return { ...nxJson, plugins: nxJson.plugins.map((each) => ({ ...each, ...fields })) };
  });
}
