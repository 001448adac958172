import type { Case } from './cases';

const STACK = ['base', 'one', 'py', 'three', 'top', 'two'];
const LAYERS = ['charts', 'hello', 'plain', 'python', 'website'];

export const STACK_CASES: readonly Case[] = [
  {
    what: 'a mistyped key in a venvstacks.toml',
    changes: [(tree) => tree.replace('stack/venvstacks.toml', 'launch_module = "one.py"', 'lanch_module = "one.py"')],
    fails: STACK,
  },
  {
    what: 'broken TOML in a venvstacks.toml',
    changes: [(tree) => tree.append('inline/venvstacks.toml', '= =\n')],
    fails: ['inner', 'mid', 'solo'],
  },
  {
    what: 'an invalid requirement',
    changes: [(tree) => tree.replace('stack/venvstacks.toml', '"gamma"', '"gamma>>1"')],
    fails: STACK,
  },
  {
    what: 'a framework in use that is no longer in a venvstacks.toml',
    changes: [(tree) => tree.replace('inline/venvstacks.toml', /\[\[frameworks\]\][^]*?\n\n/, '')],
    fails: ['inner', 'solo'],
  },
  {
    what: 'a new layer of a venvstacks.toml that nobody locked',
    changes: [
      (tree) =>
        tree.append(
          'stack/venvstacks.toml',
          '\n[[frameworks]]\nname = "fresh"\nframeworks = ["top"]\nrequirements = []\n',
        ),
    ],
    fails: ['fresh'],
  },
  {
    what: 'a new venvstacks.toml of which no layer can be named',
    changes: [(tree) => tree.write('more/venvstacks.toml', '[[runtimes]\n')],
    fails: [],
  },
  {
    what: 'a new venvstacks.toml with something else in it',
    changes: [(tree) => tree.write('more/venvstacks.toml', 'x = 1\n')],
    fails: [],
  },
  {
    what: 'a uv configuration that cannot be read as TOML',
    changes: [(tree) => tree.append('stack/venvstacks.uv.toml', '[[[\n')],
    fails: STACK,
  },
  {
    what: 'a uv configuration that is wrong inside of a venvstacks.toml',
    changes: [(tree) => tree.replace('inline/venvstacks.toml', '"2026-03-01T00:00:00Z"', '"yesterday"')],
    fails: ['inner', 'mid', 'solo'],
  },
  {
    what: 'a uv configuration that is a dead link',
    changes: [(tree) => tree.link('venvstacks.uv.toml', 'nowhere.toml')],
    fails: LAYERS,
  },
  {
    what: 'an edit of what the link of a uv configuration leads to',
    before: [
      (tree) => {
        tree.move('stack/venvstacks.uv.toml', 'shared/uv.toml');
        tree.link('stack/venvstacks.uv.toml', '../shared/uv.toml');
      },
    ],
    changes: [(tree) => tree.replace('shared/uv.toml', '2026-03-01', '2026-02-01')],
    fails: STACK,
  },
  {
    what: 'an edit of a stack in the folder of another project',
    before: [(tree) => tree.write('stack/project.json', '{ "name": "service" }')],
    changes: [(tree) => tree.replace('stack/venvstacks.toml', '"alpha"', '"delta"')],
    fails: ['base', 'one', 'top', 'two'],
  },
  {
    what: 'an edit in one of two stacks with the same names',
    before: [(tree) => tree.copy('inline', 'twin')],
    changes: [(tree) => tree.append('twin/solo.py', '# More.\n')],
    fails: [],
  },
  {
    what: 'a layer.toml in the lock folder of a layer',
    changes: [
      (tree) =>
        tree.write('stack/requirements/app-one/layer.toml', '[framework]\nruntime = "python"\nrequirements = []\n'),
    ],
    fails: [],
  },
];

export const LAYER_CASES: readonly Case[] = [
  {
    what: 'a mistyped key in a layer.toml',
    changes: [(tree) => tree.replace('layers/web/layer.toml', 'versioned', 'version')],
    fails: ['charts', 'hello', 'plain', 'website'],
  },
  {
    what: 'conflict markers in a layer.toml',
    changes: [(tree) => tree.append('layers/python/layer.toml', '<<<<<<< ours\n=======\n>>>>>>> theirs\n')],
    fails: LAYERS,
  },
  {
    what: 'a runtime deleted that others stand on',
    changes: [(tree) => tree.remove('layers/python')],
    fails: ['charts', 'hello', 'plain', 'website'],
  },
  {
    what: 'a framework of another name than before',
    changes: [(tree) => tree.replace('layers/web/layer.toml', '"website"', '"webpage"')],
    fails: ['charts', 'hello', 'plain'],
  },
  {
    what: "a framework that has its folder's name again",
    changes: [(tree) => tree.replace('layers/web/layer.toml', 'name = "website"\n', '')],
    fails: ['charts', 'hello', 'plain'],
  },
  {
    what: 'a new layer.toml of a name that there is',
    changes: [(tree) => tree.write('more/website/layer.toml', '[framework]\nruntime = "python"\nrequirements = []\n')],
    fails: ['charts', 'hello', 'plain'],
  },
  {
    what: 'a layer.toml that was emptied',
    changes: [(tree) => tree.write('layers/web/layer.toml', '')],
    fails: ['charts', 'hello', 'plain'],
  },
  {
    what: 'a framework that has become an application',
    changes: [(tree) => tree.replace('layers/charts/layer.toml', '[framework]', '[application]')],
    fails: ['hello'],
  },
  {
    what: 'an edit of a layer that two entries of the plugin have',
    before: [(tree) => tree.replace('nx.json', '[{', '[{"plugin":"nx-venvstacks","include":["layers/**"]},{')],
    changes: [(tree) => tree.replace('layers/web/layer.toml', '"alpha"', '"delta"')],
    fails: ['charts', 'hello', 'plain', 'website'],
  },
  {
    what: 'a layer that nx.json leaves out',
    changes: [(tree) => tree.replace('nx.json', '"plugin":', '"exclude":["layers/web/**"],"plugin":')],
    fails: ['charts', 'hello', 'plain'],
  },
  {
    what: 'a layer that .nxignore hides',
    changes: [(tree) => tree.write('.nxignore', 'layers/web\n')],
    fails: ['charts', 'hello', 'plain'],
  },
  {
    what: 'a definition that a .gitignore between hides',
    changes: [
      (tree) => {
        tree.write('layers/.gitignore', 'web\n');
        tree.forgetIgnored();
      },
    ],
    fails: ['charts', 'hello', 'plain'],
  },
  {
    what: 'an edit of what the link of a layer.toml leads to',
    before: [
      (tree) => {
        tree.move('layers/web/layer.toml', 'shared/web.toml');
        tree.link('layers/web/layer.toml', '../../shared/web.toml');
      },
    ],
    changes: [(tree) => tree.replace('shared/web.toml', '"alpha"', '"delta"')],
    fails: ['charts', 'hello', 'plain', 'website'],
  },
];
