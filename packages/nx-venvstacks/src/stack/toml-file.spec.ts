import { join } from 'node:path';
import { makeFolder } from '../testing/folder';
import { lines, readStackText, RUNTIME } from '../testing/stack';
import { isProblem, readTomlFile } from './toml-file';
import { KEY } from './toml-places';

const problemOf = (text: string | Uint8Array) => readStackText(text).problems;

describe('a definition file', () => {
  it.each([
    [
      'a table that is not closed',
      '[[runtimes]\n',
      'venvstacks.toml:1:12: TOML syntax: expected end of table array declaration',
    ],
    [
      'a key that is there twice',
      'x = 1\nx = 2\n',
      'venvstacks.toml:2:1: TOML syntax: trying to redefine an already defined table or value',
    ],
    [
      'a byte order mark',
      `\uFEFF${RUNTIME}`,
      'venvstacks.toml:1:1: TOML: begins with a byte order mark\n  Save it as UTF-8 without BOM.',
    ],
  ])('is refused with %s', (_, text, expected) => {
    expect(problemOf(text)).toBe(expected);
  });

  it('is refused where it is not UTF-8, at the first byte that is not', () => {
    const latin1 = Buffer.from('[[runtimes]]\nname = "größe und gr\u00f6\u00dfe"\n', 'latin1');
    expect(problemOf(latin1)).toBe(
      'venvstacks.toml:2:11: not UTF-8\n  TOML files are UTF-8: save it with that encoding.',
    );
  });

  it('counts characters, not bytes, before what is not UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('# größe '), Buffer.from([0xff]), Buffer.from('\n')]);
    expect(problemOf(bytes)).toMatch(/^venvstacks\.toml:1:9: not UTF-8\n/);
  });

  // venvstacks reads TOML 1.0; what we let pass it would refuse.
  it.each([
    ['an inline table over several lines', 'package_indexes = {\n  numpy = "cpu" }', '6:3'],
    [
      'an inline table over several lines after an inner one',
      'sources = { a = { index = "x" },\n b = { index = "x" } }',
      '6:2',
    ],
    ['an inline table that goes on with a comma', 'sources = { a = { index = "}" }\n, b = { index = "x" } }', '6:1'],
    ['a comma at the end of an inline table', 'package_indexes = { numpy = "cpu", }', '5:'],
    ['the escape \\e', 'linux_target = "\\e"', '5:'],
    ['the escape \\x', 'linux_target = "\\x41"', '5:'],
    ['a time without seconds', 'linux_target = 10:30', '5:'],
  ])('is refused with syntax of TOML 1.1: %s', (_, field, position) => {
    const problems = problemOf(RUNTIME + field + '\n');
    expect(problems).toMatch(new RegExp(`^venvstacks\\.toml:${position}\\d*:?\\d*: TOML syntax: .+$`));
  });

  it.each([
    [
      'inline tables in an array over several lines',
      '[tool.uv]\nindex = [\n  { name = "a", url = "https://a.invalid" },\n]',
    ],
    ['an array over several lines in an inline table', '[tool.uv]\nx = { a = [\n  1,\n] }'],
    ['a time with an offset', '[tool.uv]\nx = 2025-10-01T00:00:00+02:00'],
    ['texts that look like newer syntax', "[tool.uv]\nx = '\\e { 10:30 ,}'"],
    ['Windows line ends', '[tool.uv]\r\nx = { a = 1 }\r\n'],
  ])('is accepted with %s', (_, text) => {
    expect(problemOf(`${RUNTIME}${text}\n`)).toBe('');
  });

  it('gives the same values with Windows line ends, also those of several lines', () => {
    const text = 'a = """\none\ntwo"""\nb = \'\'\'\none\ntwo\'\'\'\n';
    const tableOf = (written: string) => {
      const toml = readTomlFile(join(makeFolder({ 'f.toml': written }), 'f.toml'));
      if (isProblem(toml)) throw new Error(toml.message);
      return toml.table;
    };
    expect(tableOf(text.replaceAll('\n', '\r\n'))).toEqual(tableOf(text));
  });

  it('is refused where it cannot be read', () => {
    const folder = makeFolder({ 'venvstacks.toml/in-the-way': '' });
    expect(readTomlFile(join(folder, 'venvstacks.toml'))).toMatchObject({
      message: expect.stringMatching(/^cannot be read: EISDIR/) as string,
    });
  });
});

describe('the place of a key', () => {
  const text = lines('a = 1', '[[t]]', 'x.y = 2', 'list = [', '  "one", { deep = true },', ']', '[[t]]', 'x = 3');
  const toml = readTomlFile(join(makeFolder({ 'f.toml': text }), 'f.toml'));
  if (isProblem(toml)) throw new Error(toml.message);

  it.each([
    [['a'], 1, 5],
    [['t', 0], 2, 1],
    [['t', 0, 'x', 'y'], 3, 7],
    [['t', 0, 'x', 'y', KEY], 3, 1],
    [['t', 0, 'list', 0], 5, 3],
    [['t', 0, 'list', 1, 'deep'], 5, 19],
    [['t', 1], 7, 1],
    [['t', 1, 'x', KEY], 8, 1],
  ])('%j is line %i, column %i', (path, line, column) => {
    expect(toml.locate(path)).toEqual({ line, column });
  });

  it('is that of the nearest thing around it where it is not in the file', () => {
    expect(toml.locate(['t', 1, 'missing', 'deeper'])).toEqual({ line: 7, column: 1 });
    expect(toml.locate(['nowhere'])).toBeUndefined();
  });
});
