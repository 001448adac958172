import type { Release } from './package-index';

/**
 * Files of a workspace with two stacks, twelve layers of both kinds, modules inside and outside of the projects' roots,
 * one that two applications share, and projects that have nothing to do with layers.
 *
 * @param uvConfig of both stacks
 */
export function twoStacks(uvConfig = ''): Record<string, string> {
  return {
    // One file: py ← base ← top, and applications on each.
    'alpha/venvstacks.toml': ALPHA,
    'alpha/venvstacks.uv.toml': uvConfig,
    'alpha/README.md': '# Alpha\n',
    'alpha/one.py': 'print("one")\n',
    'alpha/two/__main__.py': 'print("two")\n',
    'alpha/two/table.py': 'TABLE = 1\n',
    'alpha/three.py': 'print("three")\n',
    'shared/common.py': 'COMMON = 1\n',
    // A folder each: python ← web ← charts, and applications on each.
    'venvstacks.uv.toml': uvConfig,
    'layers/python/layer.toml': '[runtime]\npython_implementation = "cpython@3.12.7"\nrequirements = ["core"]\n',
    'layers/web/layer.toml': '[framework]\nruntime = "python"\nversioned = true\nrequirements = ["alpha"]\n',
    'layers/charts/layer.toml': '[framework]\nframeworks = ["web"]\nversioned = true\nrequirements = ["beta"]\n',
    'layers/hello/layer.toml': application('charts', 'hello.py', ['../../shared/common.py']),
    'layers/hello/hello.py': 'print("hello")\n',
    'layers/hello/README.md': '# Hello\n',
    'layers/tool/layer.toml': application('web', '../../src/tool'),
    'src/tool/__main__.py': 'print("tool")\n',
    'layers/plain/layer.toml':
      '[application]\nruntime = "python"\nversioned = true\nrequirements = []\nlaunch_module = "plain.py"\n',
    'layers/plain/plain.py': 'print("plain")\n',
    // Nothing of layers, though one has a target of that name.
    'site/project.json': JSON.stringify({
      name: 'site',
      targets: { lock: { executor: 'nx:noop', inputs: ['{projectRoot}/**/*'] } },
    }),
    'site/index.html': '<p>Site</p>\n',
    'handbook/project.json': JSON.stringify({ name: 'handbook', targets: { print: { executor: 'nx:noop' } } }),
    '.gitignore': 'node_modules\n.nx\n__pycache__\n*.local\n',
  };
}

function application(framework: string, launch: string, support: readonly string[] = []): string {
  return [
    '[application]',
    `frameworks = ["${framework}"]`,
    'versioned = true',
    'requirements = []',
    `launch_module = "${launch}"`,
    ...(support.length ? [`support_modules = [${support.map((path) => `"${path}"`).join(', ')}]`] : []),
    '',
  ].join('\n');
}

const ALPHA = `[[runtimes]]
name = "py"
python_implementation = "cpython@3.12.7"
versioned = true
requirements = ["core"]

[[frameworks]]
name = "base"
runtime = "py"
versioned = true
requirements = ["alpha"]

[[frameworks]]
name = "top"
frameworks = ["base"]
versioned = true
requirements = ["beta"]

[[applications]]
name = "one"
frameworks = ["top"]
versioned = true
launch_module = "one.py"
support_modules = ["../shared/common.py"]
requirements = []

[[applications]]
name = "two"
frameworks = ["base"]
versioned = true
launch_module = "two"
requirements = []

[[applications]]
name = "three"
runtime = "py"
versioned = true
launch_module = "three.py"
requirements = ["gamma"]
`;

/** The projects of each stack, sorted. */
export const ALPHA_LAYERS = ['base', 'one', 'py', 'three', 'top', 'two'];
export const LAYERS_LAYERS = ['charts', 'hello', 'plain', 'python', 'tool', 'web'];

/** All that the layers require. */
export const RELEASES: readonly Release[] = ['core', 'alpha', 'beta', 'gamma', 'delta'].map((name) => ({
  name,
  version: '1.0',
}));
