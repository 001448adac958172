import type { Case } from './cases';

const STACK = ['base', 'one', 'py', 'three', 'top', 'two'];

const MODULE_CASES: readonly Case[] = [
  { what: 'a launch module deleted', changes: [(tree) => tree.remove('stack/one.py')], fails: STACK },
  {
    what: 'a launch module renamed',
    changes: [(tree) => tree.move('layers/hello/hello.py', 'layers/hello/main.py')],
    fails: ['hello'],
  },
  {
    what: 'a module deleted that two stacks share',
    changes: [(tree) => tree.remove('shared/common.py')],
    fails: [...STACK, 'hello'],
  },
  {
    what: 'a package folder deleted outside of the stack',
    changes: [(tree) => tree.remove('shared/kit')],
    fails: ['solo'],
  },
  {
    what: 'a package folder that holds no more than a README',
    changes: [
      (tree) => {
        tree.remove('stack/two');
        tree.write('stack/README.md', '# Without two\n');
      },
    ],
    fails: ['two'],
  },
  { what: 'a module that is a dead link', changes: [(tree) => tree.link('stack/one.py', 'gone.py')], fails: STACK },
  { what: 'a module that is a link to itself', changes: [(tree) => tree.link('stack/one.py', 'one.py')], fails: STACK },
  {
    what: 'a module that is a link to the outside',
    changes: [(tree) => tree.link('inline/solo.py', '/etc/hostname')],
    fails: ['solo'],
  },
  {
    what: 'a file that has become a link to a folder',
    changes: [(tree) => tree.link('layers/hello/hello.py', '../../shared/kit')],
    fails: ['hello'],
  },
  {
    what: 'a package folder that has become a file',
    changes: [(tree) => tree.write('src/tool', 'TOOL = 1\n')],
    fails: ['hello'],
  },
  {
    what: 'a file that has become a folder',
    changes: [(tree) => tree.write('shared/common.py/__init__.py', 'COMMON = 1\n')],
    fails: ['hello', 'one'],
  },
  {
    what: 'a link in a package that leads to the outside',
    changes: [(tree) => tree.link('shared/kit/deep/more.py', '/etc/hostname')],
    fails: ['solo'],
  },
  {
    what: 'an edit of a module in a folder that is a link',
    before: [
      (tree) => {
        tree.move('shared', 'sources');
        tree.link('shared', 'sources');
      },
    ],
    changes: [(tree) => tree.append('sources/kit/deep/part.py', '# More.\n')],
    fails: ['solo'],
  },
  {
    what: 'script metadata that the requirements came from, deleted',
    changes: [(tree) => tree.write('stack/three.py', 'print("three")\n')],
    fails: ['three'],
  },
  {
    what: 'script metadata that cannot be read',
    changes: [(tree) => tree.replace('stack/three.py', '["delta"]', '["delta"')],
    fails: ['three'],
  },
];

const LOCK_CASES: readonly Case[] = [
  {
    what: 'the uv.lock of a lower layer edited by hand',
    changes: [(tree) => tree.append('stack/requirements/framework-base/uv.lock', '# More.\n')],
    fails: ['base', 'one', 'top', 'two'],
  },
  {
    what: 'conflict markers in the uv.lock of a lower layer',
    changes: [(tree) => tree.append('layers/web/requirements/uv.lock', '<<<<<<< ours\n=======\n>>>>>>> theirs\n')],
    fails: ['charts', 'hello', 'plain', 'website'],
  },
  {
    what: 'all lock folders of a venvstacks.toml deleted',
    changes: [(tree) => tree.remove('stack/requirements')],
    fails: STACK,
  },
  {
    what: 'lock files that are ignored and taken out of git',
    changes: [
      (tree) => {
        tree.append('.gitignore', 'requirements/\n');
        tree.forgetIgnored();
      },
    ],
    fails: [...STACK, 'website'],
  },
  {
    what: 'lock files that a .gitignore between hides, taken out of git',
    changes: [
      (tree) => {
        tree.write('layers/.gitignore', 'requirements\n');
        tree.forgetIgnored();
      },
    ],
    fails: ['website'],
  },
  {
    what: 'a file of a package that is ignored and taken out of git',
    changes: [
      (tree) => {
        tree.append('.gitignore', 'deep/\n');
        tree.forgetIgnored();
      },
    ],
    fails: ['solo'],
  },
  {
    what: 'a lock folder that has become a link, and a record edited behind it',
    before: [
      (tree) => {
        tree.move('stack/requirements/app-one', 'locks/app-one');
        tree.link('stack/requirements/app-one', '../../locks/app-one');
      },
    ],
    changes: [
      (tree) => tree.replace('locks/app-one/pylock.app-one.meta.json', '"lock_version": 1', '"lock_version": 7'),
    ],
    fails: ['one'],
  },
  {
    what: 'a lock that is a link, edited where it leads to',
    before: [
      (tree) => {
        tree.move('layers/web/requirements/pylock.framework-website.toml', 'locks/website.toml');
        tree.link('layers/web/requirements/pylock.framework-website.toml', '../../../locks/website.toml');
      },
    ],
    changes: [(tree) => tree.append('locks/website.toml', '# More.\n')],
    fails: ['charts', 'hello', 'plain', 'website'],
  },
];

export const FILE_CASES: readonly Case[] = [...MODULE_CASES, ...LOCK_CASES];
