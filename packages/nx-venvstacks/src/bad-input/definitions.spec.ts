import { badInputs, seeBeside } from '../testing/bad-input';
import { withoutUserVariables } from '../testing/environment';
import { lines, RUNTIME } from '../testing/stack';

withoutUserVariables();

const DEFINITIONS = {
  'binary.toml': ['bad/venvstacks.toml:2:118: not UTF-8', '  TOML files are UTF-8: save it with that encoding.'].join(
    '\n',
  ),
  'bom.toml': ['bad/venvstacks.toml:1:1: TOML: begins with a byte order mark', '  Save it as UTF-8 without BOM.'].join(
    '\n',
  ),
  'conflict.toml': [
    'bad/venvstacks.toml:4:1: TOML syntax: illegal character in key',
    '  It has the markers of a merge conflict: settle that first.',
  ].join('\n'),
  'cr.toml': 'bad/venvstacks.toml:1:13: TOML syntax: each key-value declaration must be followed by an end-of-line',
  'crlf.toml': '',
  'duplicate-key.toml': 'bad/venvstacks.toml:5:1: TOML syntax: trying to redefine an already defined table or value',
  'duplicate-layer.toml': [
    "bad/venvstacks.toml:6:8: runtime py312: name: runtime names must be distinct: 'py312' is already defined",
    '  Give one of them another name.',
  ].join('\n'),
  'empty.toml': '',
  'latin-1.toml': ['bad/venvstacks.toml:5:5: not UTF-8', '  TOML files are UTF-8: save it with that encoding.'].join(
    '\n',
  ),
  'module-absolute.toml':
    'bad/venvstacks.toml:9:17: application tool: launch_module: must be a path relative to the definition file',
  'module-drive.toml': [
    'bad/venvstacks.toml:9:17: application tool: launch_module: must be a path relative to the definition file',
    'bad/venvstacks.toml:9:17: application tool: launch_module: must be written with forward slashes',
  ].join('\n'),
  'module-parent.toml': [
    "bad/venvstacks.toml:9:17: application tool: launch_module: the launch module '..' has no name to import it by",
    '  Name the .py file or the package folder itself.',
  ].join('\n'),
  'module-support-absolute.toml':
    'bad/venvstacks.toml:11:20: application tool: support_modules: must be a path relative to the definition file',
  'module-unc.toml': [
    'bad/venvstacks.toml:9:17: application tool: launch_module: must be a path relative to the definition file',
    'bad/venvstacks.toml:9:17: application tool: launch_module: must be written with forward slashes',
  ].join('\n'),
  'module-zero.toml':
    "bad/venvstacks.toml:9:17: application tool: launch_module: the launch module 'tool\0.py' cannot be read: The argument 'path' must be a string, Uint8Array, or URL without null bytes. Received '<root>/bad/tool\\x00.py'",
  'name-device.toml': 'bad/venvstacks.toml:2:8: runtime nul: name: the name is that of a Windows device',
  'name-dotdot.toml':
    'bad/venvstacks.toml:2:8: runtime ..: name: a name that ends with a dot or a space is no file name on Windows',
  'name-long.toml':
    'bad/venvstacks.toml:2:8: runtime pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp: name: the name has 300 bytes, and files are called after it: 200 are the most that every system can hold',
  'name-path.toml':
    'bad/venvstacks.toml:2:8: runtime ../py312: name: the name is one path segment, the character "/" cannot stand in it',
  'nested-arrays.toml': 'bad/venvstacks.toml: TOML: nested deeper than 100 levels',
  'nested-tables.toml': 'bad/venvstacks.toml: TOML: nested deeper than 100 levels',
  'nested-unclosed.toml':
    'bad/venvstacks.toml:5:1005: TOML syntax: document contains excessively nested structures. aborting.',
  'number-as-text.toml':
    "bad/venvstacks.toml:3:25: runtime py312: python_implementation: the version in 'cpython@three' must be a full X.Y.Z, with its patch release, as in cpython@3.12.7",
  'number-enormous.toml': 'bad/venvstacks.toml:5:13: TOML syntax: integer value cannot be represented losslessly',
  'number-infinite.toml':
    'bad/venvstacks.toml:5:17: runtime py312: macosx_target: must be a string X.Y, as in "13.0", not a number',
  'number-many-digits.toml': '',
  'number-negative.toml':
    'bad/venvstacks.toml:5:13: runtime py312: versioned: must be a boolean, true or false without quotes, not a number',
  'proto.toml': [
    'bad/venvstacks.toml:5:1: runtime py312: __proto__: unknown field',
    "  Known: 'name', 'requirements', 'platforms', 'linux_target', 'macosx_target', 'package_indexes', 'index_overrides', 'priority_indexes', ….",
    'bad/venvstacks.toml:6:1: runtime py312: constructor: unknown field',
    "  Known: 'name', 'requirements', 'platforms', 'linux_target', 'macosx_target', 'package_indexes', 'index_overrides', 'priority_indexes', ….",
  ].join('\n'),
  'requirement-garbage.toml': [
    'bad/venvstacks.toml:4:17: runtime py312: requirements: invalid requirement syntax: expected a package name at the start',
    '    ((((',
    '    ^',
    'bad/venvstacks.toml:4:25: runtime py312: requirements: invalid requirement syntax: expected a version specifier, a semicolon before a marker or the end',
    '    a==',
    '     ^',
    'bad/venvstacks.toml:4:32: runtime py312: requirements: invalid requirement syntax: expected a package name at the start',
    '    @',
    '    ^',
    'bad/venvstacks.toml:4:37: runtime py312: requirements: invalid requirement syntax: expected a marker variable or quoted string',
    '    a;b',
    '      ^',
  ].join('\n'),
  'requirement-table.toml':
    'bad/venvstacks.toml:4:17: runtime py312: requirements: must be an array of strings: requirements as in "numpy>=2", not a table',
  'tool-uv-garbage.toml': [
    "bad/venvstacks.toml:7:17: tool.uv.exclude-newer: 'P3D' is neither a date nor an absolute time",
    '  Write a time as in "2026-03-01T00:00:00Z" or a date as in "2026-03-01". A duration would change locks by itself.',
    'bad/venvstacks.toml:8:9: tool.uv.index: must be an array of tables, written [[index]], not an array',
    'bad/venvstacks.toml:9:11: tool.uv.sources: must be a table, not a string',
  ].join('\n'),
  'truncated-in-character.toml': [
    'bad/venvstacks.toml:5:3: not UTF-8',
    '  TOML files are UTF-8: save it with that encoding.',
  ].join('\n'),
  'truncated.toml': 'bad/venvstacks.toml:3:25: TOML syntax: unfinished string',
  'utf-16.toml': ['bad/venvstacks.toml:1:1: not UTF-8', '  TOML files are UTF-8: save it with that encoding.'].join(
    '\n',
  ),
  'whitespace.toml': '',
  'zero-escaped.toml':
    'bad/venvstacks.toml:2:8: runtime py\0: name: the name is one path segment, the character "\\u0000" cannot stand in it',
  'zeros.toml': 'bad/venvstacks.toml:2:11: TOML syntax: control characters are not allowed in strings',
};

const LAYERS = {
  'bom.toml': ['bad/layer.toml:1:1: TOML: begins with a byte order mark', '  Save it as UTF-8 without BOM.'].join('\n'),
  'conflict.toml': [
    'bad/layer.toml:3:1: TOML syntax: illegal character in key',
    '  It has the markers of a merge conflict: settle that first.',
  ].join('\n'),
  'crlf.toml': '',
  'empty.toml': ['bad/layer.toml: holds no layer', '  Write one table: [runtime], [framework], [application].'].join(
    '\n',
  ),
  'name-dotdot.toml':
    'bad/layer.toml:4:8: runtime ..: name: a name that ends with a dot or a space is no file name on Windows',
  'nested.toml': 'bad/layer.toml: TOML: nested deeper than 100 levels',
  'stack-file.toml': [
    "bad/layer.toml:1:1: unknown table or key 'runtimes'",
    '  A layer.toml holds one layer, in a table [runtime].',
  ].join('\n'),
  'truncated.toml': 'bad/layer.toml:1:2: TOML syntax: incomplete key-value: cannot find end of key',
  'two-layers.toml': [
    'bad/layer.toml: holds more than one layer',
    '  Give each layer a folder with a layer.toml of its own.',
    "bad/layer.toml:5:11: framework bad: runtime: unknown runtime 'py' in framework 'bad'",
    "  Known: 'bad'.",
  ].join('\n'),
  'utf-16.toml': ['bad/layer.toml:1:1: not UTF-8', '  TOML files are UTF-8: save it with that encoding.'].join('\n'),
  'zeros.toml': 'bad/layer.toml:1:1: TOML syntax: illegal character in key',
};

const UV_CONFIGS = {
  'bom.toml': [
    'bad/venvstacks.uv.toml:1:1: TOML: begins with a byte order mark',
    '  Save it as UTF-8 without BOM.',
  ].join('\n'),
  'conflict.toml': [
    'bad/venvstacks.uv.toml:1:1: TOML syntax: illegal character in key',
    '  It has the markers of a merge conflict: settle that first.',
  ].join('\n'),
  'crlf.toml': '',
  'empty.toml': '',
  'index-twice.toml': [
    "bad/venvstacks.uv.toml:5:8: index: duplicate index name 'a'",
    '  Give each index a name of its own.',
  ].join('\n'),
  'latin-1.toml': ['bad/venvstacks.uv.toml:1:5: not UTF-8', '  TOML files are UTF-8: save it with that encoding.'].join(
    '\n',
  ),
  'nested.toml': 'bad/venvstacks.uv.toml: TOML: nested deeper than 100 levels',
  'number-as-cutoff.toml': [
    'bad/venvstacks.uv.toml:1:17: exclude-newer: must be a string, not a number',
    '  Write a time as in "2026-03-01T00:00:00Z" or a date as in "2026-03-01". A duration would change locks by itself.',
  ].join('\n'),
  'truncated.toml': 'bad/venvstacks.uv.toml:1:17: TOML syntax: unfinished string',
};

const SCRIPTS = {
  'bom.py': '',
  'conflict.py': [
    'bad/venvstacks.toml:6:1: application tool: requirements: is required',
    "  Write requirements = [], or list them in the launch module's '# /// script' block.",
  ].join('\n'),
  'crlf.py': '',
  'dependencies-number.py':
    "bad/venvstacks.toml:9:17: application tool: launch_module: tool.py: dependencies in the '# /// script' block must be strings, not a number",
  'dependencies-text.py':
    "bad/venvstacks.toml:9:17: application tool: launch_module: tool.py: dependencies in the '# /// script' block must be an array of strings, not a string",
  'dependency-garbage.py':
    "bad/venvstacks.toml:9:17: application tool: launch_module: tool.py: invalid requirement syntax in the '# /// script' block: a==: expected a version specifier, a semicolon before a marker or the end",
  'empty-block.py': [
    'bad/venvstacks.toml:6:1: application tool: requirements: is required',
    "  Write requirements = [], or list them in the launch module's '# /// script' block.",
  ].join('\n'),
  'empty.py': [
    'bad/venvstacks.toml:6:1: application tool: requirements: is required',
    "  Write requirements = [], or list them in the launch module's '# /// script' block.",
  ].join('\n'),
  'latin-1.py': '',
  'nested.py':
    "bad/venvstacks.toml:9:17: application tool: launch_module: tool.py: the '# /// script' block is no TOML: document contains excessively nested structures. aborting.",
  'no-toml.py':
    "bad/venvstacks.toml:9:17: application tool: launch_module: tool.py: the '# /// script' block is no TOML: invalid value",
  'python-garbage.py': [
    'bad/venvstacks.toml:9:17: application tool: launch_module: requires-python = "three" in tool.py does not admit the runtime\'s Python 3.12.11',
    '  Correct requires-python there, or choose a runtime that it admits.',
  ].join('\n'),
  'python-number.py':
    "bad/venvstacks.toml:9:17: application tool: launch_module: tool.py: requires-python in the '# /// script' block must be a string, not a number",
  'two-blocks.py':
    "bad/venvstacks.toml:9:17: application tool: launch_module: tool.py: two '# /// script' blocks; a file may have one",
  'unclosed.py': [
    'bad/venvstacks.toml:6:1: application tool: requirements: is required',
    "  Write requirements = [], or list them in the launch module's '# /// script' block.",
  ].join('\n'),
  'zeros.py': '',
};

const APPLICATION = lines('', '[[applications]]', 'name = "tool"', 'runtime = "py312"', 'launch_module = "tool.py"');

/** By reader: what `show` says of each of its files, empty for nothing; and the workspace around one. */
const READERS: Record<
  string,
  [said: Record<string, string>, around: (bytes: Buffer) => Record<string, string | Buffer>]
> = {
  definition: [DEFINITIONS, (bytes) => ({ 'bad/venvstacks.toml': bytes, 'bad/tool.py': '' })],
  layer: [LAYERS, (bytes) => ({ 'bad/layer.toml': bytes })],
  'uv-config': [UV_CONFIGS, (bytes) => ({ 'bad/venvstacks.toml': RUNTIME, 'bad/venvstacks.uv.toml': bytes })],
  script: [SCRIPTS, (bytes) => ({ 'bad/venvstacks.toml': RUNTIME + APPLICATION, 'bad/tool.py': bytes })],
};

describe.each(Object.entries(READERS))('a bad %s', (reader, [expected, around]) => {
  const inputs = badInputs(reader);

  it('is expected', () => {
    expect(inputs.map(({ name }) => name)).toEqual(Object.keys(expected).sort());
  });

  it.each(inputs)('is told of, and other stacks are as they were: $name', async ({ name, bytes }) => {
    const { said, reports } = await seeBeside(around(bytes));
    expect(said).toBe(expected[name]);
    if (said === '') expect(reports).toEqual([]);
    for (const report of reports) expect(said).toContain(report);
  });
});
