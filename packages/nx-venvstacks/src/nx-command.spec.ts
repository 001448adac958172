import { join } from 'node:path';
import { nxCommand, pluginCommand, usesWrapper } from './nx-command';
import { makeFolder } from './testing/folder';

const INSTALLATION = '{ "installation": { "version": "24.0.6" } }';

describe('where packages are installed', () => {
  it.each<[string, Record<string, string>, string]>([
    ['npm', { 'package-lock.json': '' }, 'npx'],
    ['pnpm', { 'pnpm-lock.yaml': '' }, 'pnpm exec'],
    ['yarn', { 'yarn.lock': '' }, 'yarn'],
    ['bun', { 'bun.lock': '' }, 'bun'],
    ['npm, with an nx.json', { 'package-lock.json': '', 'nx.json': '{}' }, 'npx'],
    ['npm, with an nx.json that is no object', { 'package-lock.json': '', 'nx.json': '[]' }, 'npx'],
    ['npm, with a broken nx.json', { 'package-lock.json': '', 'nx.json': '{ "installation"' }, 'npx'],
    [
      'npm, with a rest of an installation in .nx',
      { 'package-lock.json': '', 'nx.json': INSTALLATION, 'package.json': '{ "devDependencies": { "nx": "24.0.6" } }' },
      'npx',
    ],
  ])('Nx and the plugin’s program are called by the package manager: %s', (_, files, exec) => {
    const root = makeFolder(files);
    expect(nxCommand(root)).toBe(`${exec} nx`);
    expect(nxCommand(root, join(root, 'layers'), 'win32')).toBe(`${exec} nx`);
    expect(pluginCommand(root)).toBe(`${exec} nx-venvstacks`);
  });
});

describe('where Nx is installed in .nx', () => {
  it.each<[string, Record<string, string>]>([
    ['as nx init does it', { 'nx.json': INSTALLATION }],
    ['with comments and a last comma', { 'nx.json': `// ours\n${INSTALLATION.replace('" } }', '", }, }')}` }],
    [
      'with a package.json for other things',
      { 'nx.json': INSTALLATION, 'package.json': '{ "dependencies": { "prettier": "3" } }' },
    ],
    ['with a package.json that cannot be read', { 'nx.json': INSTALLATION, 'package.json': '{' }],
    ['with lock files of others', { 'nx.json': INSTALLATION, 'yarn.lock': '' }],
  ])('it is called by its wrapper, from wherever one is: %s', (_, files) => {
    const root = makeFolder(files);
    const folder = join(root, 'layers', 'web');
    expect(usesWrapper(root)).toBe(true);
    expect(nxCommand(root, root, 'linux')).toBe('./nx');
    expect(nxCommand(root, folder, 'darwin')).toBe('../../nx');
    expect(nxCommand(root, root, 'win32')).toBe('.\\nx.bat');
    expect(nxCommand(root, folder, 'win32')).toBe('..\\..\\nx.bat');
    expect(nxCommand(root, makeFolder(), 'linux')).toBe('./nx');
    expect(pluginCommand(root)).toBe('npx --prefix .nx/installation nx-venvstacks');
    expect(pluginCommand(root, folder)).toBe('npx --prefix ../../.nx/installation nx-venvstacks');
  });
});
