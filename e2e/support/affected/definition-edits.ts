import type { Tree } from './tree';

/** Edits of definition files and of uv's configuration. */
export const DEFINITION_EDITS: Readonly<Record<string, (tree: Tree) => void>> = {
  'mistype a key': (tree) => replaceLine(tree, /^\w+ = /, (line) => line.replace(' =', 'x =')),
  'break TOML': (tree) => replaceLine(tree, /./, (line) => `${line}\n= =`),
  'leave a string open': (tree) => replaceLine(tree, /"/, (line) => line.replace('"', '')),
  'leave conflict markers in a definition': (tree) =>
    replaceLine(tree, /./, (line) => `<<<<<<< ours\n${line}\n=======\n${line}\n>>>>>>> theirs`),
  'empty a definition': (tree) => tree.write(tree.pick(tree.definitions()), ''),
  'a definition that is not UTF-8': (tree) => tree.append(tree.pick(tree.definitions()), 'x = "\uD800"\n\0\n'),
  'delete a definition': (tree) => tree.remove(tree.pick(tree.definitions())),
  'an invalid requirement': (tree) => replaceLine(tree, /^requirements = /, () => 'requirements = ["core>>1"]'),
  'another requirement': (tree) => replaceLine(tree, /^requirements = /, () => 'requirements = ["core", "delta"]'),
  'a Python that there is not': (tree) =>
    replaceLine(tree, /^python_implementation/, () => 'python_implementation = "cpython@3"'),
  'another Python': (tree) =>
    replaceLine(tree, /^python_implementation/, () => 'python_implementation = "cpython@3.12.8"'),
  'no platforms': (tree) => replaceLine(tree, /^requirements = /, (line) => `${line}\nplatforms = []`),
  'other platforms': (tree) => replaceLine(tree, /^requirements = /, (line) => `${line}\nplatforms = ["linux_x86_64"]`),
  'give or take a number': (tree) =>
    replaceLine(tree, /^(?:versioned|requirements)/, (line) =>
      line.startsWith('versioned') ? '' : `${line}\nversioned = true`,
    ),
  'name another layer below': (tree) =>
    replaceLine(tree, /^(?:runtime|frameworks) = /, (line) => line.replace(/"\w+"/, `"${tree.pick(NAMES)}"`)),
  'rename a layer': (tree) => replaceLine(tree, /^name = /, () => `name = "${tree.pick(NAMES)}"`),
  'name a layer that had the name of its folder': (tree) =>
    tree.edit(tree.pick(tree.layerFiles()), (text) => text.replace(']\n', `]\nname = "${tree.pick(NAMES)}"\n`)),
  'drop a table': (tree) => changeTables(tree, (tables, at) => tables.toSpliced(at, 1)),
  'double a table': (tree) => changeTables(tree, (tables, at) => tables.toSpliced(at, 0, tables[at] ?? '')),
  'move a table to the top': (tree) =>
    changeTables(tree, (tables, at) => [tables[at] ?? '', ...tables.toSpliced(at, 1)]),
  'move a table to the end': (tree) =>
    changeTables(tree, (tables, at) => [...tables.toSpliced(at, 1), tables[at] ?? '']),
  'a new layer in a stack': (tree) =>
    changeTables(tree, (tables) => [
      ...tables,
      `\n[[frameworks]]\nname = "fresh"\nruntime = "${tree.pick(NAMES)}"\nrequirements = []\n`,
    ]),
  'a new application in a stack': (tree) =>
    changeTables(tree, (tables) => [
      ...tables,
      `\n[[applications]]\nname = "newest"\nframeworks = ["${tree.pick(NAMES)}"]\nlaunch_module = "${tree.pick(MODULES)}"\nrequirements = []\n`,
    ]),
  'a new layer.toml': (tree) =>
    tree.write(
      `layers/${tree.pick(NAMES)}/layer.toml`,
      `[framework]\nframeworks = ["${tree.pick(NAMES)}"]\nrequirements = []\n`,
    ),
  'a new venvstacks.toml': (tree) =>
    tree.write(`${tree.pick(tree.folders())}/venvstacks.toml`, tree.pick([RUNTIME, '', '[[runtimes]\n', 'x = 1\n'])),
  'a second table in a layer.toml': (tree) =>
    tree.append(tree.pick(tree.layerFiles()), '\n[framework]\nruntime = "python"\nrequirements = []\n'),
  'another kind of layer': (tree) =>
    tree.edit(tree.pick(tree.layerFiles()), (text) =>
      text.replace(/^\[(\w+)\]/, (_, kind) => (kind === 'framework' ? '[application]' : '[framework]')),
    ),
  'another launch module': (tree) =>
    replaceLine(tree, /^launch_module/, () => `launch_module = "${tree.pick(MODULES)}"`),
  'another support module': (tree) =>
    replaceLine(tree, /^launch_module/, (line) => `${line}\nsupport_modules = ["${tree.pick(MODULES)}"]`),
  'no requirements field': (tree) => replaceLine(tree, /^requirements = /, () => ''),
  'break the uv configuration': (tree) =>
    tree.append(tree.pick([...uvFiles(tree), ...tree.stackFiles()]), '[[tool.uv.index]]\nname = 3\n'),
  'TOML errors in a uv configuration': (tree) => tree.append(tree.pick(uvFiles(tree)), '[[[\n'),
  'an index that is none': (tree) => tree.append(tree.pick(uvFiles(tree)), '[[index]]\nname = "a b"\n'),
  'another cutoff': (tree) =>
    replaceLine(
      tree,
      /^exclude-newer/,
      () => `exclude-newer = "${tree.pick(['2026-02-01', 'yesterday', '2026-01-01T00:00:00Z'])}"`,
      [...uvFiles(tree), ...tree.stackFiles()],
    ),
  'delete a uv configuration': (tree) => tree.remove(tree.pick(uvFiles(tree))),
  'a uv configuration where there was none': (tree) =>
    tree.write(`${tree.pick(tree.folders())}/venvstacks.uv.toml`, 'exclude-newer = "2026-01-01"\n'),
  'a uv configuration that is a dead link': (tree) => tree.link(tree.pick(uvFiles(tree)), 'nowhere.toml'),
  'a uv configuration that is a folder': (tree) => {
    const file = tree.pick(uvFiles(tree));
    tree.write(`${file}/x`, '');
  },
  'a uv configuration that is a link': (tree) => {
    const file = tree.pick(uvFiles(tree));
    tree.move(file, 'shared/uv.toml');
    tree.link(file, `${'../'.repeat(file.split('/').length - 1)}shared/uv.toml`);
  },
  'uv configuration inside of a definition': (tree) =>
    tree.append(tree.pick(tree.definitions()), '\n[tool.uv]\nexclude-newer = "2026-02-01"\n'),
  'a definition that is a dead link': (tree) => tree.link(tree.pick(tree.definitions()), 'nowhere.toml'),
  'a definition that is a folder': (tree) => {
    const file = tree.pick(tree.definitions());
    tree.write(`${file}/x`, '');
  },
  'a definition that is a link': (tree) => {
    const file = tree.pick(tree.definitions());
    tree.move(file, `${file}.real`);
    tree.link(file, file.split('/').at(-1) === 'layer.toml' ? 'layer.toml.real' : 'venvstacks.toml.real');
  },
  'move a definition elsewhere': (tree) => {
    const file = tree.pick(tree.definitions());
    tree.move(file, `${tree.pick([...tree.folders(), 'new'])}/${file.split('/').at(-1) ?? ''}`);
  },
  'spaces and comments': (tree) => tree.append(tree.pick(tree.definitions()), '\n# A word.\n'),
};

const NAMES = ['py', 'base', 'top', 'website', 'python', 'charts', 'mid', 'inner', 'one', 'other', 'plain'];
const MODULES = [
  'one.py',
  'two',
  '../shared/common.py',
  '../shared/kit',
  'nowhere.py',
  '.',
  '../..',
  '/tmp/x.py',
  'one',
];
const RUNTIME = '[[runtimes]]\nname = "extra"\npython_implementation = "cpython@3.12.7"\nrequirements = []\n';

function uvFiles(tree: Tree): string[] {
  return tree.files().filter((path) => path.endsWith('venvstacks.uv.toml'));
}

/** Changes one of the lines of definition files that look so. */
function replaceLine(
  tree: Tree,
  pattern: RegExp,
  change: (line: string) => string,
  files = tree.definitions().filter((file) => !tree.isFolder(file)),
): void {
  const fitting = files.filter((file) => linesOf(tree, file).some((line) => pattern.test(line)));
  const file = tree.pick(fitting);
  const lines = linesOf(tree, file);
  const at = tree.pick(lines.flatMap((line, index) => (pattern.test(line) ? [index] : [])));
  tree.write(file, lines.toSpliced(at, 1, change(lines[at] ?? '')).join('\n'));
}

function linesOf(tree: Tree, file: string): string[] {
  try {
    return tree.read(file).split('\n');
  } catch {
    // A link that leads nowhere.
    return [];
  }
}

function changeTables(tree: Tree, change: (tables: string[], at: number) => string[]): void {
  const file = tree.pick(tree.stackFiles());
  const tables = tree.read(file).split(/^(?=\[)/m);
  const at = tree.pick(tables.map((_, index) => index));
  tree.write(file, change(tables, at).join(''));
}
