import { symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { hashModule } from '../lock/module-hash';
import { parseRecord } from '../lock/record';
import { SourceTrees } from '../stack';
import { seeBeside } from '../testing/bad-input';
import { withoutUserVariables } from '../testing/environment';
import { inferred } from '../testing/graph';
import { makeFolder } from '../testing/folder';
import { recordOf } from '../testing/records';
import { lines, readStackText, RUNTIME } from '../testing/stack';

withoutUserVariables();

// What was found once, beside what the corpus and the fuzzing have.

it('a file in the place of the locks’ folder does not take the graph down', async () => {
  const { said } = await seeBeside({ 'bad/venvstacks.toml': '[\n', 'bad/requirements': '' });
  expect(said).toMatch(/^bad\/venvstacks\.toml:1:\d: TOML syntax: /);
});

it.each(['prototype', 'constructor', '__proto__'])(
  'a package may be called %s, and comes from its own index',
  (name) => {
    const uv = lines('[tool.uv]', 'index = [{ name = "own", url = "https://own.invalid/simple", explicit = true }]');
    const { layer, problems } = readStackText(`${RUNTIME}package_indexes = { ${name} = "own" }\n${uv}`);
    expect(problems).toBe('');
    const [[, index] = []] = layer('py312').packageIndexes;
    expect(index).toBe('own');
    expect(readStackText(`${RUNTIME}package_indexes = { ${name} = 3 }\n${uv}`).problems).toContain(
      'a table of strings',
    );
  },
);

it('a record that has all keys may be nested too deep all the same', () => {
  const text = `${JSON.stringify(recordOf()).slice(0, -1)},"more":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
  expect(parseRecord(text)).toMatchObject({ kind: 'damaged', numbers: [1, 1] });
});

it('the graph of a thousand layers with a mistake each is no larger than that of as many sound ones', async () => {
  const applications = Array.from({ length: 1000 }, (_, n) =>
    lines('[[applications]]', `name = "a${n}"`, 'runtime = "gone"', 'launch_module = "a.py"', 'requirements = []'),
  );
  const root = makeFolder({ 'venvstacks.toml': RUNTIME + applications.join(''), 'a.py': '' });
  const projects = await inferred(root);
  expect(Object.keys(projects)).toHaveLength(1001);
  expect(JSON.stringify(projects).length).toBeLessThan(20_000_000);
  expect((projects.a7?.targets?.lock?.options as { report: string }).report).toMatch(
    /\n… and 980 more, which '.+' lists$/,
  );
});

describe('no module leads out of the workspace', () => {
  const STACK = RUNTIME + lines('[[applications]]', 'name = "tool"', 'runtime = "py312"', 'requirements = []');

  it.each([
    ['launch_module = "../../outside.py"', '../../outside.py'],
    ['launch_module = "deep/../../../outside.py"', 'deep/../../../outside.py'],
    ['launch_module = "link.py"', 'link.py'],
    ['launch_module = "tool.py"\nsupport_modules = ["../../outside"]', '../../outside'],
    ['launch_module = "tool.py"\nsupport_modules = ["folder"]', 'folder'],
    ['launch_module = "tool.py"\nsupport_modules = ["folder/a.py"]', 'folder/a.py'],
  ])('%s', async (fields, path) => {
    const outer = makeFolder({
      'ws/stack/venvstacks.toml': `${STACK}${fields}\n`,
      'ws/stack/tool.py': '',
      'ws/stack/deep/a.py': '',
      'outside.py': '',
      'outside/a.py': '',
    });
    symlinkSync('../../outside.py', join(outer, 'ws/stack/link.py'));
    symlinkSync('../../outside', join(outer, 'ws/stack/folder'));
    const { tool } = await inferred(join(outer, 'ws'));
    for (const target of ['lock', 'lock-check', 'upgrade', 'show']) {
      expect(tool?.targets?.[target]?.options).toEqual({
        report: `app-tool: the module '${path}' lies outside of the Nx workspace\n  Move it into the workspace.`,
      });
    }
  });
});

// Some seconds, and more of a disk than every run should take.
if (process.env.FAULTS === 'long') {
  it('a module may have a file that is larger than memory should be', () => {
    const root = makeFolder({ 'pkg/__init__.py': '', 'pkg/model.bin': '' });
    truncateSync(join(root, 'pkg/model.bin'), 3 * 2 ** 30);
    const before = process.memoryUsage().rss;
    expect(hashModule({ absolutePath: join(root, 'pkg') }, new SourceTrees())).toMatchObject({
      exact: expect.stringMatching(/^sha256\/[0-9a-f]{64}$/) as string,
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 28);
  }, 300_000);
}
