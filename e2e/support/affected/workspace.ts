/**
 * A workspace with stacks of every form: two `venvstacks.toml`, one with its uv configuration in it, and `layer.toml` files;
 * modules inside and outside of the projects' roots, files and packages, one that two stacks share; a project beside.
 */
export const FILES: Readonly<Record<string, string>> = {
  'stack/venvstacks.toml': `[[runtimes]]
name = "py"
python_implementation = "cpython@3.12.7"
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
support_modules = ["helpers", "../shared/common.py"]
requirements = ["gamma"]

[[applications]]
name = "two"
frameworks = ["top"]
launch_module = "two"
requirements = []

[[applications]]
name = "three"
runtime = "py"
versioned = true
launch_module = "three.py"
`,
  'stack/venvstacks.uv.toml': 'exclude-newer = "2026-03-01T00:00:00Z"\n',
  'stack/README.md': '# Stack\n',
  'stack/one.py': 'print("one")\n',
  'stack/helpers/__init__.py': '',
  'stack/helpers/table.py': 'ROWS = 1\n',
  'stack/two/__main__.py': 'print("two")\n',
  'stack/two/more.py': 'MORE = 1\n',
  'stack/three.py': '# /// script\n# dependencies = ["delta"]\n# ///\nprint("three")\n',
  'shared/common.py': 'COMMON = 1\n',
  'shared/kit/__init__.py': 'KIT = 1\n',
  'shared/kit/deep/part.py': 'PART = 1\n',
  'inline/venvstacks.toml': `[[runtimes]]
name = "inner"
python_implementation = "cpython@3.11.9"
requirements = []

[[frameworks]]
name = "mid"
runtime = "inner"
requirements = ["alpha"]

[[applications]]
name = "solo"
frameworks = ["mid"]
versioned = true
launch_module = "solo.py"
support_modules = ["../shared/kit"]
requirements = []

[tool.uv]
exclude-newer = "2026-03-01T00:00:00Z"
`,
  'inline/solo.py': 'print("solo")\n',
  'venvstacks.uv.toml': 'exclude-newer = "2026-03-01T00:00:00Z"\n',
  'layers/python/layer.toml': '[runtime]\npython_implementation = "cpython@3.12.7"\nrequirements = ["core"]\n',
  'layers/web/layer.toml':
    '[framework]\nname = "website"\nruntime = "python"\nversioned = true\nrequirements = ["alpha"]\n',
  'layers/charts/layer.toml': '[framework]\nframeworks = ["website"]\nversioned = true\nrequirements = ["beta"]\n',
  'layers/hello/layer.toml': `[application]
frameworks = ["charts"]
versioned = true
launch_module = "hello.py"
support_modules = ["../../shared/common.py", "../../src/tool"]
requirements = []
`,
  'layers/hello/hello.py': 'print("hello")\n',
  'layers/hello/README.md': '# Hello\n',
  'layers/plain/layer.toml':
    '[application]\nframeworks = ["website"]\nversioned = true\nlaunch_module = "plain"\nrequirements = []\n',
  'layers/plain/plain/__main__.py': 'print("plain")\n',
  'src/tool/__init__.py': 'TOOL = 1\n',
  'src/tool/parts/saw.py': 'SAW = 1\n',
  'handbook/project.json': JSON.stringify({ name: 'handbook', targets: { print: { executor: 'nx:noop' } } }),
  'handbook/index.html': '<p>Handbook</p>\n',
  '.gitignore': 'node_modules\n.nx\n__pycache__\n',
};
