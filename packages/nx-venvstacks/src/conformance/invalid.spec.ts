import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { show } from '../cli/show';
import { casesIn, copyCase, describeConformance, readJson } from '../testing/conformance';

interface Expected {
  readonly must_mention: readonly string[];
  readonly must_mention_one_of: readonly string[];
}

describeConformance('invalid', (root) => {
  describe.each(casesIn(root))('%s', (name) => {
    const { must_mention = [], must_mention_one_of = [] } = readJson(
      join(root, name, 'expected.json'),
    ) as Partial<Expected>;
    const cwd = copyCase(join(root, name), (file) => !file.endsWith('expected.json'));
    const spec = existsSync(join(cwd, 'venvstacks.toml')) ? 'venvstacks.toml' : '.';
    const { stdout, stderr, exitCode } = show(spec, { json: false, cwd, env: {} });

    it('fails with the words that a message must contain', () => {
      expect(exitCode).toBe(1);
      for (const word of must_mention) expect(stderr).toContain(word);
      if (must_mention_one_of.length) {
        const mentioned = must_mention_one_of.filter((word) => stderr.toLowerCase().includes(word.toLowerCase()));
        expect({ stderr, mentioned }).not.toEqual({ stderr, mentioned: [] });
      }
    });

    it('reports each problem once, with file, line and column, and without a stack trace', () => {
      const problems = stderr.split('\n').filter((line) => line !== '' && !/^(?: |warning: )/.test(line));
      expect(problems).not.toEqual([]);
      for (const problem of problems) expect(problem).toMatch(/^[\w./-]*\.toml:\d+:\d+: \S/);
      expect(new Set(problems).size).toBe(problems.length);
      expect(stderr).not.toMatch(/^ {4}at /m);
      expect(stderr).not.toContain(cwd);
      expect(stdout).toBe('');
    });

    it('still prints JSON, with no layer of the broken file', () => {
      const json = show(spec, { json: true, cwd, env: {} });
      expect(json).toMatchObject({ stderr, exitCode: 1 });
      const { stacks } = JSON.parse(json.stdout) as { stacks: { layers: unknown[] }[] };
      expect(stacks.map(({ layers }) => layers)).toEqual([[]]);
    });
  });
});
