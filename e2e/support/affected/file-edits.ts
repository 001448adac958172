import { basename, dirname } from 'node:path';
import type { Tree } from './tree';

/** Edits of modules, of lock files, of what git and Nx see, and of where things lie. */
export const FILE_EDITS: Readonly<Record<string, (tree: Tree) => void>> = {
  'edit a module': (tree) => tree.append(tree.pick(tree.sources()), '# More.\n'),
  'delete a module': (tree) => tree.remove(tree.pick(tree.sources())),
  'rename a module': (tree) => {
    const file = tree.pick(tree.sources());
    tree.move(file, file.replace(/\.py$/, tree.pick(['_new.py', '.txt', '.PY'])));
  },
  'delete a package folder': (tree) => tree.remove(tree.pick(tree.packages())),
  'rename a package folder': (tree) => {
    const folder = tree.pick(tree.packages());
    tree.move(folder, `${folder}_new`);
  },
  'a new file in a package': (tree) =>
    tree.write(`${tree.pick(tree.packages())}/${tree.pick(['new.py', 'data.json', 'sub/deep.py', '[odd].py'])}`, 'x'),
  'empty a package folder': (tree) => {
    const folder = tree.pick(tree.packages());
    tree.remove(folder);
    tree.write(`${folder}/README.txt`, 'Nothing here.\n');
  },
  'a module that is a dead link': (tree) => tree.link(tree.pick(tree.sources()), 'nowhere.py'),
  'a module that is a link to the outside': (tree) => tree.link(tree.pick(tree.sources()), '/etc/hostname'),
  'a module that is a link to a folder': (tree) => {
    const file = tree.pick(tree.sources());
    tree.link(file, `${up(file)}shared/kit`);
  },
  'a module that is a link to another': (tree) => {
    const file = tree.pick(tree.sources());
    tree.link(file, `${up(file)}shared/common.py`);
  },
  'a module that is a link to itself': (tree) => {
    const file = tree.pick(tree.sources());
    tree.link(file, basename(file));
  },
  'a package that is a link': (tree) => {
    const folder = tree.pick(tree.packages());
    tree.move(folder, `${folder}.real`);
    tree.link(folder, `${basename(folder)}.real`);
  },
  'a package that is a dead link': (tree) => tree.link(tree.pick(tree.packages()), 'nowhere'),
  'a link in a package': (tree) => {
    const path = `${tree.pick(tree.packages())}/linked.py`;
    tree.link(
      path,
      tree.pick([`${up(path)}src/tool/parts/saw.py`, 'nowhere.py', '/etc/hostname', `${up(path)}handbook`]),
    );
  },
  'a file in the place of a folder': (tree) => tree.write(tree.pick(tree.packages()), 'x = 1\n'),
  'a folder in the place of a file': (tree) => {
    const file = tree.pick(tree.sources());
    tree.write(`${file}/__init__.py`, '');
  },
  'make a module executable': (tree) => tree.makeExecutable(tree.pick(tree.sources())),
  'other line ends': (tree) => tree.edit(tree.pick(tree.sources()), (text) => text.replaceAll('\n', '\r\n')),
  'script metadata': (tree) =>
    tree.edit(
      tree.pick(tree.sources()),
      (text) =>
        tree.pick([
          '# /// script\n# dependencies = ["beta"]\n# ///\n',
          '# /// script\n# dependencies = ["a>>b"]\n# ///\n',
          '# /// script\n# requires-python = "<3"\n# ///\n',
          '# /// script\n# = =\n# ///\n',
          '# /// script\n# dependencies = ["beta"]\n# ///\n\n# /// script\n# ///\n',
        ]) + text,
    ),
  'no script metadata': (tree) => tree.edit('stack/three.py', (text) => text.replace(/^#.*\n/gm, '')),

  'delete a lock folder': (tree) => tree.remove(tree.pick(tree.lockFolders())),
  'delete a lock file': (tree) => tree.remove(tree.pick(tree.lockFiles())),
  'damage a lock file': (tree) => tree.append(tree.pick(tree.lockFiles()), 'x\n'),
  'empty a lock file': (tree) => tree.write(tree.pick(tree.lockFiles()), ''),
  'leave conflict markers in a lock file': (tree) =>
    tree.edit(tree.pick(tree.lockFiles()), (text) =>
      text.replace('\n', '\n<<<<<<< ours\nx\n=======\ny\n>>>>>>> theirs\n'),
    ),
  'another number': (tree) =>
    tree.edit(tree.pick(tree.records()), (text) => text.replace(/("lock_version": )\d+/, '$19')),
  'another lineage': (tree) => tree.edit(tree.pick(tree.records()), (text) => text.replace(/("lineage": ")\w/, '$1f')),
  'a record in the place of another': (tree) => {
    const [from, to] = [tree.pick(tree.records()), tree.pick(tree.records())];
    tree.write(to, tree.read(from));
  },
  'a lock file that is a link': (tree) => {
    const file = tree.pick(tree.lockFiles());
    tree.move(file, `${file}.real`);
    tree.link(file, `${basename(file)}.real`);
  },
  'a lock file that is a folder': (tree) => tree.write(`${tree.pick(tree.lockFiles())}/x`, ''),
  'something else in a lock folder': (tree) => tree.write(`${tree.pick(tree.lockFolders())}/README.md`, '# Locks\n'),
  'a lock of a layer that there is not': (tree) =>
    tree.write('stack/requirements/app-gone/pylock.app-gone.meta.json', '{}'),
  'move a lock folder': (tree) => {
    const folder = tree.pick(tree.lockFolders());
    tree.move(folder, `${folder}-old`);
  },
  'a lock folder that is a link': (tree) => {
    const folder = tree.pick(tree.lockFolders());
    tree.move(folder, `${folder}-old`);
    tree.link(folder, `${basename(folder)}-old`);
  },

  'ignore something': (tree) => ignore(tree, '.gitignore'),
  'hide something from Nx': (tree) => ignore(tree, '.nxignore'),
  'ignore something below': (tree) =>
    tree.append(`${tree.pick(tree.folders())}/${tree.pick(['.gitignore', '.nxignore'])}`, `${tree.pick(PATTERNS)}\n`),
  'ignore something and take it out of git': (tree) => {
    ignore(tree, tree.pick(['.gitignore', `${tree.pick(tree.folders())}/.gitignore`]));
    tree.forgetIgnored();
  },
  'attributes of files': (tree) =>
    tree.append('.gitattributes', `${tree.pick(PATTERNS)} ${tree.pick(['text eol=crlf', 'export-ignore', '-text'])}\n`),
  'delete an ignore file': (tree) =>
    tree.remove(tree.pick(tree.files().filter((path) => /\.(?:git|nx)ignore$/.test(path)))),

  'move a folder': (tree) => {
    const folder = tree.pick(tree.folders());
    tree.move(folder, tree.pick([`${folder}-moved`, `moved/${basename(folder)}`, `layers/${basename(folder)}`]));
  },
  'move a stack': (tree) => {
    const folder = dirname(tree.pick(tree.definitions()));
    tree.move(folder, `${folder}-moved`);
  },
  'swap two folders': (tree) => {
    const [one, two] = [tree.pick(tree.folders()), tree.pick(tree.folders())];
    if (one.startsWith(two) || two.startsWith(one)) return;
    tree.move(one, 'between');
    tree.move(two, one);
    tree.move('between', two);
  },
  'delete a folder': (tree) => tree.remove(tree.pick(tree.folders())),
  'edit a file': (tree) => tree.append(tree.pick(tree.files()), '# More.\n'),
  'break a file': (tree) => tree.append(tree.pick(tree.files()), '{ "\n'),
  'delete a file': (tree) => tree.remove(tree.pick(tree.files())),
  'copy a stack': (tree) => {
    const folder = dirname(tree.pick(tree.definitions()));
    tree.copy(folder, tree.pick([`${folder}-twin`, `copy/${folder}`]));
  },
  'a folder that is a link': (tree) => {
    const folder = tree.pick(tree.folders());
    tree.move(folder, `${folder}.real`);
    tree.link(folder, `${basename(folder)}.real`);
  },
};

const PATTERNS = [
  'requirements/',
  'requirements',
  '*.meta.json',
  'uv.lock',
  'pylock.*',
  'venvstacks.toml',
  'layer.toml',
  '*.py',
  'one.py',
  'shared/',
  'stack/',
  'layers/web',
  'src/tool',
  'kit',
  'venvstacks.uv.toml',
  '*',
  '!*.py',
  '!requirements',
  'deep/',
  '[',
];

function ignore(tree: Tree, file: string): void {
  tree.append(file, `${tree.pick(PATTERNS)}\n`);
}

/** The way from a file's folder to the root. */
function up(path: string): string {
  return '../'.repeat(path.split('/').length - 1);
}
