import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, writeFiles } from '../testing/folder';
import type { Layer } from '../stack';
import { LockedStack } from '../testing/locked-stack';
import { environmentOf } from './environment';
import { WHOLE_LINES, writeLayering } from './layering';

const stack = new LockedStack();

/** A layer with modules in a folder: files for single modules, else folders. */
function layerWith(folder: string, ...names: string[]): Layer {
  const [launchModule, ...supportModules] = names.map((path) => {
    const absolutePath = join(folder, path);
    return {
      path,
      absolutePath,
      realPath: absolutePath,
      isFolder: !path.endsWith('.py'),
      name: path.replace('.py', ''),
    };
  });
  return { ...stack.layer('app-report'), launchModule, supportModules };
}

/** What a Python prints that has such a layer, on a layer with some files. */
async function printed(
  root: string,
  layer: Layer,
  lower: string,
  code: string,
  env: NodeJS.ProcessEnv = process.env,
  switches: readonly string[] = ['-I'],
): Promise<string> {
  const environment = { ...environmentOf(layer), sitePackages: join(root, 'own') };
  await writeLayering(layer, environment, [{ ...environment, sitePackages: lower }]);
  const all = `import site, sys\nsys.prefix = sys.argv[2]\nsite.addsitedir(sys.argv[1])\n${code}`;
  const args = [...switches, '-c', all, environment.sitePackages, join(root, 'prefix')];
  return execFileSync('python3', args, { encoding: 'utf8', env });
}

it('puts lower layers and sources where they are found, whatever their folders are called', async () => {
  const root = makeFolder();
  const folder = join(root, `it's """a""" '''b''' \\n ü {x} $HOME`);
  writeFiles(folder, {
    'below/lower.py': 'NAME = "lower"\n',
    'report.py': 'NAME = "report"\n',
    'helpers/part.py': 'NAME = "part"\n',
  });
  const code = 'import lower, report, helpers.part\nprint(lower.NAME, report.NAME, helpers.part.NAME)';
  const layer = layerWith(folder, 'report.py', 'helpers');
  expect(await printed(root, layer, join(folder, 'below'), code)).toBe('lower report part\n');
});

describe('a folder without __init__.py', () => {
  const find = async (files: Record<string, string>, code: string) => {
    const root = makeFolder();
    writeFiles(root, { 'src/report.py': '', ...files });
    return printed(root, layerWith(join(root, 'src'), 'report.py', 'shared'), join(root, 'below'), code);
  };

  it('is a part of a package of which other layers have more, whenever sys.path grows', async () => {
    const files = { 'src/shared/mine.py': 'NAME = "mine"\n', 'below/shared/other.py': 'NAME = "other"\n' };
    const code = 'import shared\nsys.path.append("/x")\nimport shared.other, shared.mine\n';
    expect(await find(files, `${code}print(shared.mine.NAME, shared.other.NAME)`)).toBe('mine other\n');
  });

  it('is no match for a whole package of another layer', async () => {
    const files = { 'src/shared/mine.py': '', 'below/shared/__init__.py': 'NAME = "whole"\n' };
    expect(await find(files, 'import shared\nprint(shared.NAME)')).toBe('whole\n');
  });

  it('is not a file beside it, which is not shipped', async () => {
    const files = { 'src/shared/mine.py': 'NAME = "mine"\n', 'src/shared.py': 'raise SystemExit("beside")\n' };
    expect(await find(files, 'import shared.mine\nprint(shared.mine.NAME)')).toBe('mine\n');
  });

  it('has data files', async () => {
    const code = 'import importlib.resources as r\nprint((r.files("shared") / "data.txt").read_text())';
    expect(await find({ 'src/shared/data.txt': 'data' }, code)).toBe('data\n');
  });
});

it('keeps what Python compiles apart from sources, and leaves it beside what upper layers share', async () => {
  const root = makeFolder();
  writeFiles(root, {
    'src/report.py': '',
    'src/regular/__init__.py': '',
    'src/regular/part.py': '',
    'src/spread/part.py': '',
    'below/lower.py': '',
    'below/spread/other.py': '',
  });
  const layer = layerWith(join(root, 'src'), 'report.py', 'regular', 'spread');
  await printed(root, layer, join(root, 'below'), 'import lower, report, regular.part, spread.part, spread.other');
  const compiled = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.pyc'));
  expect(compiled.map((path) => path.replace(/\.[^.]+\.pyc$/, '').replace(`${root}/`.slice(1), '')).sort()).toEqual([
    'below/__pycache__/lower',
    'below/spread/__pycache__/other',
    'own/__pycache__/_nx_venvstacks',
    'prefix/pycache/src/__pycache__/report',
    'prefix/pycache/src/regular/__pycache__/__init__',
    'prefix/pycache/src/regular/__pycache__/part',
    'prefix/pycache/src/spread/__pycache__/part',
  ]);
});

it('keeps it apart while several threads import, and the packages beside them as they were', async () => {
  const root = makeFolder();
  const names = [...Array(40).keys()].map((number) => `part${number}`);
  writeFiles(root, {
    'src/report.py': '',
    'src/regular/__init__.py': '',
    ...Object.fromEntries(names.map((name) => [`src/regular/${name}.py`, 'VALUE = 1\n'.repeat(200)])),
  });
  const code = [
    'import importlib, threading',
    'sys.setswitchinterval(1e-6)',
    `names = ${JSON.stringify(names)}`,
    'threads = [threading.Thread(target=importlib.import_module, args=["regular." + name]) for name in names]',
    'for thread in threads: thread.start()',
    'for thread in threads: thread.join()',
    'print(sys.pycache_prefix)',
  ];
  const layer = layerWith(join(root, 'src'), 'report.py', 'regular');
  expect(await printed(root, layer, join(root, 'below'), code.join('\n'))).toBe('None\n');
  expect(readdirSync(join(root, 'src/regular'))).toHaveLength(names.length + 1);
});

it('has output come line by line where it is asked to, and not in what is started in turn', async () => {
  const root = makeFolder({ 'report.py': '' });
  const code = `import os\nprint(sys.stdout.line_buffering, os.environ.get("${WHOLE_LINES}"))`;
  const print = (env: NodeJS.ProcessEnv) => printed(root, layerWith(root, 'report.py'), join(root, 'below'), code, env);
  expect(await print({ ...process.env, [WHOLE_LINES]: '1' })).toBe('True None\n');
  expect(await print(process.env)).toBe('False None\n');
});

it.each<[string, NodeJS.ProcessEnv, string]>([
  ['whole where that is asked for', { [WHOLE_LINES]: '1' }, 'True False'],
  ['as Python has it elsewhere', {}, 'False True'],
])('has lines come %s, also unbuffered', async (_, variables, told) => {
  const root = makeFolder({ 'report.py': '' });
  const code = 'import os\nprint(sys.stdout.line_buffering, sys.stdout.write_through, os.environ["PYTHONUNBUFFERED"])';
  const env = { ...process.env, PYTHONUNBUFFERED: '1', ...variables };
  // Isolated, Python passes variables over.
  const output = await printed(root, layerWith(root, 'report.py'), join(root, 'below'), code, env, []);
  expect(output).toBe(`${told} 1\n`);
});
