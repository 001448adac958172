import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { makeFolder, writeFiles } from '../testing/folder';
import { LockedStack } from '../testing/locked-stack';
import { environmentOf } from './environment';
import { writeLayering } from './layering';

it('puts lower layers and sources where they are found, whatever their folders are called', async () => {
  const root = makeFolder();
  const folder = join(root, `it's """a""" '''b''' \\n ü {x} $HOME`);
  writeFiles(folder, { 'below/lower.py': 'NAME = "lower"\n' });
  writeFiles(folder, {
    'venvstacks.toml': '',
    'report.py': 'NAME = "report"\n',
    'helpers/part.py': 'NAME = "part"\n',
  });
  const stack = new LockedStack();
  const module = (name: string, isFolder: boolean) => {
    const absolutePath = join(folder, name);
    return { path: name, absolutePath, realPath: absolutePath, isFolder, name: name.replace('.py', '') };
  };
  const layer = {
    ...stack.layer('app-report'),
    launchModule: module('report.py', false),
    supportModules: [module('helpers', true)],
  };
  const environment = { ...environmentOf(layer), sitePackages: join(root, 'own') };
  await writeLayering(layer, environment, [{ ...environment, sitePackages: join(folder, 'below') }]);

  const code = [
    'import site, sys',
    `site.addsitedir(sys.argv[1])`,
    'import lower, report, helpers.part',
    'print(lower.NAME, report.NAME, helpers.part.NAME)',
  ].join('\n');
  const printed = execFileSync('python3', ['-I', '-B', '-c', code, environment.sitePackages], { encoding: 'utf8' });
  expect(printed).toBe('lower report part\n');
});
