import { framework, lines, readLayerTexts, readStackText, RUNTIME, RUNTIME_LAYER } from '../testing/stack';

describe('the tables of a venvstacks.toml', () => {
  it('may stand in any order of kinds; layers come in the order of a stack', () => {
    const application = lines(
      '[[applications]]',
      'name = "tool"',
      'frameworks = ["web"]',
      'launch_module = "tool.py"',
      'requirements = []',
    );
    const { stack, problems } = readStackText(application + framework('web', 'runtime = "py312"') + RUNTIME, {
      'tool.py': '',
    });
    expect(problems).toBe('');
    expect(stack.layers.map(({ kind, envName }) => [kind, envName])).toEqual([
      ['runtime', 'py312'],
      ['framework', 'framework-web'],
      ['application', 'app-tool'],
    ]);
  });

  it.each([
    ['[[runtime]]\nname = "x"\n', "venvstacks.toml:1:1: unknown table or key 'runtime'\n  Did you mean 'runtimes'?"],
    [
      '[uv]\n',
      "venvstacks.toml:1:1: unknown table or key 'uv'\n  Known: 'runtimes', 'frameworks', 'applications', 'tool'.",
    ],
    ['[tool.ruff]\n', "venvstacks.toml:1:1: unknown table 'tool.ruff'\n  Only [tool.uv] is read."],
    ['tool = 1\n', 'venvstacks.toml:1:8: tool: must be a table, not a number'],
    ['tool.uv = []\n', 'venvstacks.toml:1:11: tool.uv: must be a table, not an array'],
    [
      'frameworks = 2020-01-01\n',
      'venvstacks.toml:1:14: frameworks: must be an array of tables, written [[frameworks]], not a date',
    ],
    [
      '[applications]\n',
      'venvstacks.toml:1:1: applications: must be an array of tables, written [[applications]], not a table',
    ],
  ])('are all known: %j is not', (text, expected) => {
    expect(readStackText(text).problems).toBe(expected);
  });
});

describe('the table of a layer.toml', () => {
  it('holds one layer, called like its folder unless it says otherwise', () => {
    const { stack, folder } = readLayerTexts({
      'layers/py312/layer.toml': RUNTIME_LAYER,
      'layers/web/layer.toml': lines('[framework]', 'name = "http"', 'runtime = "py312"', 'requirements = []'),
    });
    expect(stack.layers.map(({ name, projectRoot, lockFolder }) => ({ name, projectRoot, lockFolder }))).toEqual([
      {
        name: 'py312',
        projectRoot: `${folder}/layers/py312`,
        lockFolder: `${folder}/layers/py312/requirements`,
      },
      { name: 'http', projectRoot: `${folder}/layers/web`, lockFolder: `${folder}/layers/web/requirements` },
    ]);
  });

  it.each([
    ['', 'a/layer.toml: holds no layer\n  Write one table: [runtime], [framework], [application].'],
    [
      `${RUNTIME_LAYER}[framework]\nruntime = "a"\nrequirements = []\n`,
      'a/layer.toml: holds more than one layer\n  Give each layer a folder with a layer.toml of its own.',
    ],
    [
      '[[runtimes]]\nname = "a"\n',
      "a/layer.toml:1:1: unknown table or key 'runtimes'\n  A layer.toml holds one layer, in a table [runtime].",
    ],
    ['[aplication]\n', "a/layer.toml:1:1: unknown table or key 'aplication'\n  Did you mean 'application'?"],
    ['[[runtime]]\n', 'a/layer.toml:1:1: runtime: must be a table, written [runtime], not an array'],
    ['[tool.uv]\n', "a/layer.toml:1:1: unknown table or key 'tool'\n  Known: 'runtime', 'framework', 'application'."],
  ])('is refused: %j', (text, expected) => {
    expect(readLayerTexts({ 'a/layer.toml': text }).problems).toBe(expected);
  });

  it('needs a valid name also where the folder gives it', () => {
    const text = lines('[framework]', 'name = "a/b"', 'runtime = "py"', 'requirements = []');
    expect(readLayerTexts({ 'a/layer.toml': text }).problems).toBe(
      'a/layer.toml:2:8: framework a/b: name: the name is one path segment, the character "/" cannot stand in it',
    );
  });
});

describe('a field', () => {
  it('that is unknown is an error, with the nearest known one', () => {
    const { problems, stack } = readStackText(RUNTIME + 'requirments = ["numpy"]\nwhatever = 1\n');
    expect(problems).toBe(
      [
        "venvstacks.toml:5:1: runtime py312: requirments: unknown field\n  Did you mean 'requirements'?",
        "venvstacks.toml:6:1: runtime py312: whatever: unknown field\n  Known: 'name', 'requirements', 'platforms', 'linux_target', 'macosx_target', 'package_indexes', 'index_overrides', 'priority_indexes', ….",
      ].join('\n'),
    );
    expect(stack.layers).toEqual([]);
  });

  it.each([
    ['launch_module = "a.py"', 'launch_module', 'It is a field of applications.'],
    ['runtime = "py312"', 'runtime', 'It is a field of frameworks and applications.'],
  ])('of another kind is an error that says whose it is: %s', (field, name, hint) => {
    expect(readStackText(`${RUNTIME}${field}\n`).problems).toBe(
      `venvstacks.toml:5:1: runtime py312: ${name}: unknown field\n  ${hint}`,
    );
  });

  it.each([
    ['versioned = "yes"', '5:13', 'versioned', 'must be a boolean, true or false without quotes, not a string'],
    ['macosx_target = 13.0', '5:17', 'macosx_target', 'must be a string X.Y, as in "13.0", not a number'],
    ...['', '13.', '13.x', 'v13', '13.0.0.1', '-1'].map((text) => [
      `macosx_target = "${text}"`,
      '5:17',
      'macosx_target',
      'must be a version X.Y, as in "13.0", or X, or X.Y.Z',
    ]),
    ['linux_target = "glibc@2"', '5:16', 'linux_target', "the version in 'glibc@2' must be X.Y, as in glibc@2.28"],
    [
      'linux_target = "musl@1.2"',
      '5:16',
      'linux_target',
      "the Linux libc variant must be glibc, not 'musl'; write glibc or glibc@X.Y",
    ],
    [
      'platforms = ["linux_x86_64", 1]',
      '5:30',
      'platforms',
      'must be an array of strings: names of platforms, not a number',
    ],
    [
      'platforms = ["linux_x86_64", "linux"]',
      '5:30',
      'platforms',
      "unknown target platform 'linux', expected one of linux_aarch64, linux_x86_64, macosx_arm64, macosx_x86_64, win_amd64, win_arm64",
    ],
    ['dynlib_exclude = "*.so"', '5:18', 'dynlib_exclude', 'must be an array of strings: globs, not a string'],
    [
      'package_indexes = ["cpu"]',
      '5:19',
      'package_indexes',
      'must be a table: package = "name of a uv index", not an array',
    ],
    [
      'package_indexes = { torch = 1 }',
      '5:29',
      'package_indexes',
      'must be a table of strings: package = "name of a uv index", not a number',
    ],
  ])('of the wrong type or form says what to write: %s', (field, position, name, message) => {
    expect(readStackText(`${RUNTIME}${field}\n`).problems).toBe(
      `venvstacks.toml:${position}: runtime py312: ${name}: ${message}`,
    );
  });

  it('of requirements shows where a requirement goes wrong', () => {
    const text = RUNTIME.replace('[]', '[\n  "numpy",\n  "six>>1",\n]');
    expect(readStackText(text).problems).toBe(
      [
        'venvstacks.toml:6:3: runtime py312: requirements: invalid requirement syntax: expected a version specifier, a semicolon before a marker or the end',
        '    six>>1',
        '       ^',
      ].join('\n'),
    );
  });

  it.each([
    [
      'cpython@3.12',
      "the version in 'cpython@3.12' must be a full X.Y.Z, with its patch release, as in cpython@3.12.7",
    ],
    ['pypy@nine', "the version in 'pypy@nine' must be a full X.Y.Z, with its patch release, as in pypy@3.12.7"],
    ['Jython@2.7.3', "unknown Python implementation 'Jython', expected cpython@X.Y.Z or pypy@X.Y.Z, in lower case"],
  ])('of a Python that is none: %s', (python, message) => {
    expect(readStackText(RUNTIME.replace('cpython@3.12.11', python)).problems).toBe(
      `venvstacks.toml:3:25: runtime py312: python_implementation: ${message}`,
    );
  });

  it('that is required and missing is an error at its table', () => {
    const text = lines('', '[[runtimes]]', 'name = "py"', '[[applications]]', 'requirements = []', 'runtime = "py"');
    expect(readStackText(text).problems).toBe(
      [
        'venvstacks.toml:2:1: runtime py: python_implementation: is required\n  python_implementation = "cpython@X.Y.Z"',
        'venvstacks.toml:2:1: runtime py: requirements: is required\n  Write requirements = [] for none.',
        'venvstacks.toml:4:1: application number 1: name: is required\n  name = "…"',
      ].join('\n'),
    );
  });

  it.each([
    ['fully_versioned_name = "cpython@3.11.13"', 'is deprecated\n  Write python_implementation instead.'],
    ['build_requirements = ["cython"]', 'is deprecated and has no effect\n  Remove it.'],
  ])('that is deprecated is accepted with a warning: %s', (field, message) => {
    const [name = ''] = field.split(' ');
    const { warnings, problems, stack } = readStackText(`${RUNTIME}${field}\n`);
    expect(problems).toBe('');
    expect(stack.layers).toHaveLength(1);
    expect(warnings).toMatch(new RegExp(`^venvstacks\\.toml:5:\\d+: runtime py312: ${name}: `));
    expect(warnings).toContain(message);
  });

  it('fully_versioned_name stands for python_implementation where that is missing', () => {
    const { layer } = readStackText(RUNTIME.replace('python_implementation', 'fully_versioned_name'));
    expect(layer('py312').python).toEqual({ implementation: 'cpython', version: '3.12.11', minor: '3.12' });
  });
});

describe('several problems', () => {
  it('of a file are reported together, by line, each once', () => {
    const text = lines(
      '[[runtimes]]',
      'name = "py312"',
      'python_implementation = "cpython@3.12"',
      'requirements = ["a b"]',
      'platform = []',
      '[[frameworks]]',
      'name = "web"',
      'runtime = "py31"',
      'requirements = []',
      'platforms = "all"',
      '[[frameworks]]',
      'name = "data"',
      'runtime = "py31"',
      'requirements = []',
    );
    const places = readStackText(text).stack.problems.map(({ line, layer, field }) => `${line}: ${layer}: ${field}`);
    expect(places).toEqual([
      '3: runtime py312: python_implementation',
      '4: runtime py312: requirements',
      '5: runtime py312: platform',
      '10: framework web: platforms',
      '13: framework data: runtime',
    ]);
  });

  it('of several files stand file by file', () => {
    const { stack, folder } = readLayerTexts({
      'b/layer.toml': lines('[framework]', 'runtime = "a"', 'requirements = []', 'oops = 1'),
      'c/layer.toml': lines('[framework]', 'runtime = "nope"', 'platforms = ["linux_x86_64"]'),
      'a/layer.toml': `${RUNTIME_LAYER}name = "framework-x"\npackage_indexes = { x = "y" }\n`,
    });
    expect(stack.problems.map(({ file, line }) => `${file.slice(folder.length)}:${line}`)).toEqual([
      '/a/layer.toml:4',
      '/a/layer.toml:5',
      '/b/layer.toml:4',
      '/c/layer.toml:2',
    ]);
  });
});
