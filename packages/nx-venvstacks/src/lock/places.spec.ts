import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { realFolders, SourceTrees, Disk } from '../stack';
import { makeFolder, writeFiles } from '../testing/folder';
import { lockContext } from '../testing/lock-context';
import { LockedStack, STACK } from '../testing/locked-stack';
import { lockLayer } from './lock';
import { Judge, type LayerState } from './state';

const APP = 'app-report';
const GIT = { '.git/HEAD': 'ref: refs/heads/main\n' };

/** A stack in a repository, with a folder beside that is not in it. */
function makePlaces(files: Record<string, string> = {}): { stack: LockedStack; outside: string } {
  const top = makeFolder({ 'outside/secret.py': 'SECRET = 1\n' });
  const root = join(top, 'repository');
  writeFiles(root, { ...GIT, 'venvstacks.toml': STACK, 'report.py': '', 'helpers/a.py': '', ...files });
  return { stack: new LockedStack({}, root), outside: join(top, 'outside') };
}

/** A link at a path of the stack. */
function link(stack: LockedStack, path: string, target: string): void {
  rmSync(stack.path(path), { recursive: true, force: true });
  symlinkSync(target, stack.path(path));
}

function judge(stack: LockedStack, linkedFolders: readonly string[] = []): LayerState {
  const trees = new SourceTrees(new Disk(), realFolders(linkedFolders, stack.root));
  return new Judge(stack.env, trees).judge(stack.layer(APP));
}

const hint = (folder: string) =>
  '\n  No commit says what is in that file: put a copy in place of the link.' +
  `\n  If it must lie there, and is yours: name its folder in the plugin's option linkedFolders: [${JSON.stringify(folder)}]`;

describe('a link in a package', () => {
  it('may lead to a file of the repository, whose contents are shipped', () => {
    const { stack } = makePlaces({ 'shared/b.py': 'B = 1\n' });
    link(stack, 'helpers/b.py', '../shared/b.py');
    const before = judge(stack).inputs?.contents;
    stack.write('shared/b.py', 'B = 2\n');
    const after = judge(stack);
    expect(after.obstacle).toBeUndefined();
    expect(after.inputs?.modules.map(({ isVersioned }) => isVersioned)).toEqual([true, true]);
    expect(after.inputs?.contents).not.toEqual(before);
  });

  it('may not lead out of the repository, however deep it lies and by whatever way', () => {
    const { stack, outside } = makePlaces({ 'helpers/deep/a.py': '' });
    for (const target of ['../../../outside/secret.py', join(outside, 'secret.py')]) {
      link(stack, 'helpers/deep/b.py', target);
      expect(judge(stack).obstacle?.report).toBe(
        `${APP}: the link 'helpers/deep/b.py' leads out of the repository${hint(outside)}`,
      );
    }
  });

  it('is refused before anything is read through it', () => {
    const { stack } = makePlaces();
    link(stack, 'helpers/b.py', '../../outside/secret.py');
    const read: string[] = [];
    class Recording extends Disk {
      override kept(file: string): Buffer | undefined {
        read.push(file);
        return super.kept(file);
      }
    }
    new Judge(stack.env, new SourceTrees(new Recording())).judge(stack.layer(APP));
    expect(read).toEqual([stack.path('report.py')]);
  });

  it.each([
    ['../build/b.py', 'leads to a file that git ignores', 'build'],
    ['../.git/HEAD', 'leads to a file that git ignores', '.git'],
    ['../lib/b.py', 'leads into a repository that is no submodule: lib', 'lib'],
  ])('may not lead to %s, of which no commit says what it is', (target, message, folder) => {
    const { stack } = makePlaces({ '.gitignore': 'build/\n', 'build/b.py': '', 'lib/.git/HEAD': '', 'lib/b.py': '' });
    link(stack, 'helpers/b.py', target);
    expect(judge(stack).obstacle?.report).toBe(`${APP}: the link 'helpers/b.py' ${message}${hint(stack.path(folder))}`);
  });

  it.each(['../outside', '..'])('may lead there where the option names %s', (folder) => {
    const { stack } = makePlaces();
    link(stack, 'helpers/b.py', '../../outside/secret.py');
    const state = judge(stack, [folder]);
    expect(state.obstacle).toBeUndefined();
    expect(state.inputs?.modules.map(({ name, isVersioned }) => [name, isVersioned])).toEqual([
      ['report', true],
      ['helpers', false],
    ]);
  });

  it('is not let through by a folder that only begins alike', () => {
    const { stack } = makePlaces();
    link(stack, 'helpers/b.py', '../../outside/secret.py');
    expect(judge(stack, ['../out']).obstacle?.message).toContain('leads out of the repository');
  });
});

describe('a module that is a link', () => {
  it('may lead out of the repository only where the option says so', () => {
    const { stack, outside } = makePlaces();
    link(stack, 'helpers', outside);
    expect(judge(stack).obstacle?.message).toBe("the module 'helpers' lies outside of the repository");
    expect(judge(stack, [outside]).obstacle).toBeUndefined();
  });

  it('may not lead to what git ignores', () => {
    const { stack } = makePlaces({ '.gitignore': 'build/\n', 'build/b.py': '' });
    link(stack, 'helpers', 'build');
    expect(judge(stack).obstacle?.message).toBe("git ignores the module 'helpers', so its edits would go unseen");
  });

  it('is not what a way out of the repository is, whatever the option says', () => {
    const { stack, outside } = makePlaces({ 'venvstacks.toml': STACK.replace('"helpers"', '"../outside"') });
    expect(judge(stack, [outside]).obstacle?.message).toBe("the module '../outside' lies outside of the repository");
  });
});

describe('a lock', () => {
  const FOLDER = `requirements/${APP}`;
  const lock = (stack: LockedStack) => lockLayer(stack.layer(APP), lockContext(stack));

  it.each([
    `pylock.${APP}.toml`,
    `pylock.${APP}.meta.json`,
    `packages-${APP}.txt`,
    `requirements-${APP}.in`,
    'uv.lock',
  ])('is not written through a link in place of %s', async (name) => {
    const { stack, outside } = makePlaces();
    stack.lockAll();
    link(stack, `${FOLDER}/${name}`, join(outside, 'secret.py'));
    stack.write('report.py', 'edited');
    await expect(lock(stack)).rejects.toMatchObject({
      report: `${APP}: ${name} of its lock is a link\n  What it leads to would be written over: remove the link.`,
    });
    expect(readFileSync(join(outside, 'secret.py'), 'utf8')).toBe('SECRET = 1\n');
  });

  it.each(['../../outside', '../.git'])('is not written into a folder that is a link to %s', async (target) => {
    const { stack } = makePlaces();
    stack.lockAll();
    link(stack, FOLDER, target);
    await expect(lock(stack)).rejects.toMatchObject({
      report: `${APP}: the folder of its lock, ${FOLDER}, leads out of the repository\n  Put a folder in place of the link.`,
    });
  });

  it('may be written into a folder of the repository by a link', async () => {
    const { stack } = makePlaces();
    stack.lockAll();
    mkdirSync(stack.path('elsewhere'));
    for (const name of ['pylock.app-report.toml', 'pylock.app-report.meta.json', 'uv.lock'])
      stack.write(`elsewhere/${name}`, stack.read(`${FOLDER}/${name}`));
    link(stack, FOLDER, '../elsewhere');
    stack.write('report.py', 'edited');
    expect(await lock(stack)).toMatchObject({ outcome: 'locked', resolved: false });
    expect(stack.read('elsewhere/packages-app-report.txt')).toContain('#');
  });
});
