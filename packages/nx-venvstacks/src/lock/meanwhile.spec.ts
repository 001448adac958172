// What happens to a layer while uv runs: a branch is checked out, a file is edited, another run locks.
import type { VenvstacksError } from '../errors';
import { readTree } from '../testing/folder';
import { commitAll, git } from '../testing/git';
import { lockContext } from '../testing/lock-context';
import { lineageFor, LockedStack } from '../testing/locked-stack';
import { standInUv } from '../testing/stand-in-uv';
import { lockLayer } from './lock';

const APP = 'app-report';

/** A stack whose application has a requirement more than its lock. */
function changed(): LockedStack {
  const stack = new LockedStack().lockAll();
  commitAll(stack.root);
  stack.edit('venvstacks.toml', '["idna"]', '["idna", "more"]');
  return stack;
}

/** Locks the application. @param meanwhile what happens while uv runs */
async function lock(stack: LockedStack, meanwhile: () => void): Promise<string> {
  try {
    const uv = () => {
      meanwhile();
      return Promise.resolve(standInUv(['idna==1.0', 'more==2.0'], ['attrs==1.0', 'six==1.0']));
    };
    const context = lockContext(stack, { lineage: lineageFor('this run'), uv });
    const { deployedName } = await lockLayer(stack.layer(APP), context);
    return deployedName;
  } catch (error) {
    return (error as VenvstacksError).report;
  }
}

const CHANGED = 'app-report: inputs changed while this run was under way\n  Nothing was written: run it again.';

it('nothing: the layer is locked', async () => {
  const stack = changed();
  expect(await lock(stack, () => undefined)).toBe('app-report@2');
  expect(stack.reasons(APP)).toEqual([]);
});

it.each<[string, (stack: LockedStack) => void]>([
  ['a module is edited', (stack) => stack.write('report.py', 'x\n')],
  ['the definition is edited', (stack) => stack.edit('venvstacks.toml', '"more"', '"other"')],
  ['the definition breaks', (stack) => stack.write('venvstacks.toml', '[[')],
  ['the layer is gone', (stack) => stack.edit('venvstacks.toml', 'name = "report"', 'name = "renamed"')],
  ['a lower layer is locked', (stack) => stack.lock('framework-tools', { number: 2, pins: ['attrs==2.0'] })],
  ['a lower layer becomes stale', (stack) => stack.remove('requirements/framework-tools/uv.lock')],
  ['its own record is another one', (stack) => stack.changeRecord(APP, { lock_version: 7, last_version: 7 })],
  ['its own record is gone', (stack) => stack.remove(`requirements/${APP}/pylock.${APP}.meta.json`)],
  ['git stashes the change', (stack) => git(stack.root, 'stash', '--quiet')],
])('%s: nothing is written, and that is said', async (_, meanwhile) => {
  const stack = changed();
  let before: unknown;
  const said = await lock(stack, () => {
    meanwhile(stack);
    before = readTree(stack.path('requirements'));
  });
  expect(said).toBe(CHANGED);
  expect(readTree(stack.path('requirements'))).toEqual(before);
});

it('HEAD moves to where more numbers are taken: those count', async () => {
  const stack = changed();
  git(stack.root, 'stash', '--quiet');
  git(stack.root, 'checkout', '--quiet', '-b', 'other');
  // Numbers up to 5 were used there, and taken back.
  stack.changeRecord(APP, { lock_version: 5, last_version: 5 });
  commitAll(stack.root);
  git(stack.root, 'revert', '--no-edit', 'HEAD');
  git(stack.root, 'checkout', '--quiet', 'main');
  git(stack.root, 'stash', 'pop', '--quiet');
  expect(await lock(stack, () => git(stack.root, 'checkout', '--quiet', 'other'))).toBe('app-report@6');
});
