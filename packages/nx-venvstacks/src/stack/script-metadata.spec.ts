import { formatRequirement } from './pep508';
import { lines, readStackText, RUNTIME } from '../testing/stack';

const APPLICATION = lines('[[applications]]', 'name = "tool"', 'runtime = "py312"', 'launch_module = "tool.py"');
const script = (...content: string[]) =>
  lines('#!/usr/bin/env python', '# /// script', ...content.map((line) => `# ${line}`.trimEnd()), '# ///', 'print(1)');

function read(source: string, ...fields: string[]) {
  const result = readStackText(RUNTIME + APPLICATION + lines(...fields), { 'tool.py': source });
  const requirements = () => result.layer('app-tool').requirements.map(formatRequirement);
  return { ...result, requirements };
}

const REQUIRED = [
  'venvstacks.toml:5:1: application tool: requirements: is required',
  "  Write requirements = [], or list them in the launch module's '# /// script' block.",
].join('\n');

describe("a launch module's own requirements", () => {
  it('are used where the field is left out', () => {
    const { requirements, warnings } = read(script('dependencies = [', '  "rich>=13 ,<14",', '', '  "numpy",', ']'));
    expect(requirements()).toEqual(['rich<14,>=13', 'numpy']);
    expect(warnings).toBe('');
  });

  it('are none where the block lists none', () => {
    expect(read(script('requires-python = ">=3.11"')).requirements()).toEqual([]);
  });

  it('are read with Windows line ends', () => {
    expect(read(script('dependencies = ["rich"]').replaceAll('\n', '\r\n')).requirements()).toEqual(['rich']);
  });

  it('need a block of type script at the beginning of lines', () => {
    expect(read('print(1)\n').problems).toBe(REQUIRED);
    expect(read(script('dependencies = []').replace('script', 'other')).problems).toBe(REQUIRED);
    expect(read(script('dependencies = []').replaceAll('# ', ' # ')).problems).toBe(REQUIRED);
  });

  it('are not read from a package folder', () => {
    const text = RUNTIME + APPLICATION.replace('tool.py', 'tool');
    const { problems } = readStackText(text, { 'tool/__main__.py': script('dependencies = []') });
    expect(problems).toBe(REQUIRED);
  });

  it('give way to the field, with a warning where they differ', () => {
    const differs = read(script('dependencies = ["rich"]'), 'requirements = ["rich>=13"]');
    expect(differs.requirements()).toEqual(['rich>=13']);
    expect(differs.warnings).toBe(
      [
        'venvstacks.toml:9:16: application tool: requirements: differ from the dependencies in tool.py; the field is what counts',
        '  Remove one of the two.',
      ].join('\n'),
    );
    const same = read(script('dependencies = ["numpy", "rich >=13"]'), 'requirements = ["rich>=13", "numpy"]');
    expect(same.warnings).toBe('');
  });

  it.each(['>=3.13', '==3.12', '<3.12', '~=3.11.0'])("must admit the runtime's Python: %s does not", (specifier) => {
    expect(read(script(`requires-python = "${specifier}"`)).problems).toBe(
      `venvstacks.toml:8:17: application tool: launch_module: requires-python = "${specifier}" in tool.py does not admit the runtime's Python 3.12.11\n  Correct requires-python there, or choose a runtime that it admits.`,
    );
  });

  it.each(['>=3.12', '>= 3.12.11 , <4', '==3.12.*', '~=3.12.0', ''])("may admit it as '%s'", (specifier) => {
    expect(read(script(`requires-python = "${specifier}"`)).problems).toBe('');
  });

  it.each([
    [
      lines('# /// script', '# dependencies = []', '# ///', '', '# /// script', '# dependencies = []', '# ///'),
      "two '# /// script' blocks; a file may have one",
    ],
    [
      script('[tool.uv]', 'exclude-newer = "2020-01-01"'),
      "the '# /// script' block has a [tool.uv]; the stack's uv configuration applies to all of its layers",
    ],
    [script('dependencies = ['), "the '# /// script' block is no TOML: invalid value"],
    [
      script('dependencies = "rich"'),
      "dependencies in the '# /// script' block must be an array of strings, not a string",
    ],
    [script('dependencies = [1]'), "dependencies in the '# /// script' block must be strings, not a number"],
    [
      script('dependencies = ["a b"]'),
      "invalid requirement syntax in the '# /// script' block: a b: expected a version specifier, a semicolon before a marker or the end",
    ],
    [script('requires-python = 3.12'), "requires-python in the '# /// script' block must be a string, not a number"],
  ])('are refused: %j', (source, message) => {
    const { problems } = read(source);
    expect(problems).toBe(`venvstacks.toml:8:17: application tool: launch_module: tool.py: ${message}`);
  });

  it('are refused even where the field is there', () => {
    expect(read(script('dependencies = ['), 'requirements = []').problems).toContain('is no TOML');
  });
});
