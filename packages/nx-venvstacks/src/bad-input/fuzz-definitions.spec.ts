import fc from 'fast-check';
import { join } from 'node:path';
import { normalizeOptions, type PluginOptions } from '../inference/options';
import { parseMarker, parseRequirement, Pep508SyntaxError, readScriptMetadata, ScriptMetadataError } from '../stack';
import { formatProblems, readLayerFiles, readStackFile } from '../stack';
import { makeFolder, writeFiles } from '../testing/folder';
import { FUZZ_TIMEOUT, fuzzing, messyText, mutated, mutatedJson } from '../testing/fuzz';
import { framework, RUNTIME, RUNTIME_LAYER } from '../testing/stack';

jest.setTimeout(FUZZ_TIMEOUT);

const UV =
  '[tool.uv]\nexclude-newer = "2026-03-01"\nindex = [{ name = "a", url = "https://a.invalid" }]\nsources = { six = { index = "a" } }\n';
const STACK =
  RUNTIME.replace('[]', '["six>=1; os_name == \'nt\'"]') +
  framework('web', 'runtime = "py312"', 'package_indexes = { six = "a" }', 'platforms = ["win_amd64"]') +
  '[[applications]]\nname = "tool"\nframeworks = ["web"]\nlaunch_module = "tool.py"\nsupport_modules = ["a"]\nversioned = true\n' +
  UV;
const TOKENS = [
  ...STACK.split(/(?<=\n)/),
  '[[runtimes]]\n',
  '[[applications]]\n',
  'name = "',
  '..',
  'x.'.repeat(200),
  '{ a = ',
  ']\n',
];

const bytes = (tokens: readonly string[], ...valid: readonly string[]) =>
  fc.oneof(
    messyText(tokens).map((text) => Buffer.from(text)),
    mutated(valid, tokens).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 200 }).map((raw) => Buffer.from(raw)),
    // What is no UTF-8 in what is.
    fc.tuple(fc.constantFrom(...valid), fc.nat(), fc.uint8Array({ maxLength: 4 })).map(([text, at, raw]) => {
      const whole = Buffer.from(text);
      const start = at % whole.length;
      return Buffer.concat([whole.subarray(0, start), raw, whole.subarray(start)]);
    }),
  );

/** Problems are for people: one line at least, with the file. */
function expectReport(text: string, problems: readonly object[]): void {
  expect(text === '').toBe(problems.length === 0);
  expect(text).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
}

describe('whatever is in it', () => {
  it('a venvstacks.toml is read, or its problems are told', () => {
    const root = makeFolder({ 'tool.py': '', 'a/b.py': '' });
    fc.assert(
      fc.property(bytes(TOKENS, STACK, RUNTIME), (text) => {
        writeFiles(root, { 'venvstacks.toml': text });
        const { problems, warnings } = readStackFile(join(root, 'venvstacks.toml'), {});
        expectReport(formatProblems(problems, root), problems);
        expectReport(formatProblems(warnings, root), warnings);
      }),
      fuzzing(600),
    );
  });

  it('a layer.toml is read, or its problems are told', () => {
    const root = makeFolder({ 'layers/sound/layer.toml': RUNTIME_LAYER });
    const files = ['layers/sound/layer.toml', 'layers/bad/layer.toml'].map((file) => join(root, file));
    const other = '[framework]\nruntime = "sound"\nrequirements = ["six"]\nframeworks = ["bad"]\n';
    fc.assert(
      fc.property(bytes([...TOKENS, ...other.split(/(?<=\n)/)], RUNTIME_LAYER, other), (text) => {
        writeFiles(root, { 'layers/bad/layer.toml': text });
        const { problems, layers } = readLayerFiles(files, root, {});
        expectReport(formatProblems(problems, root), problems);
        const isTaken = problems.some(({ file }) => file === files[0]);
        if (!isTaken) expect(layers.map(({ name }) => name)).toContain('sound');
      }),
      fuzzing(1000),
    );
  });

  it('uv’s configuration is read, or its problems are told', () => {
    const root = makeFolder({ 'venvstacks.toml': RUNTIME });
    const valid = UV.replace('[tool.uv]\n', '');
    fc.assert(
      fc.property(
        bytes([...valid.split(/(?<=\n)/), '[[index]]\n', 'exclude-newer-package = { six = 1 }\n'], valid),
        (text) => {
          writeFiles(root, { 'venvstacks.uv.toml': text });
          const { problems } = readStackFile(join(root, 'venvstacks.toml'), {});
          expectReport(formatProblems(problems, root), problems);
        },
      ),
      fuzzing(1000),
    );
  });

  it('a launch module has metadata, or none, or it is told what is wrong with it', () => {
    const valid = '# /// script\n# requires-python = ">=3.12"\n# dependencies = ["six"]\n# ///\n';
    const tokens = [...valid.split(/(?<=\n)/), '# ///', '#\n', '# [tool.uv]\n', '# /// other\n'];
    fc.assert(
      fc.property(fc.oneof(messyText(tokens), mutated([valid], tokens)), (text) => {
        try {
          readScriptMetadata(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ScriptMetadataError);
        }
      }),
      fuzzing(5000),
    );
  });

  it('a launch module has the blocks that the regular expression of PEP 723 finds', () => {
    const expression = /^# \/\/\/ (?<type>[a-zA-Z0-9-]+)$\s(?<content>(?:^#(?:| .*)$\s)+)^# \/\/\/$/gm;
    const line = fc.constantFrom('# /// script', '# ///', '#', '# x = 1', '', 'pass', '# /// other', '#x');
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const text = lines.join('\n');
        const found = [...text.matchAll(expression)].filter(({ groups }) => groups?.type === 'script');
        let blocks: number;
        try {
          blocks = readScriptMetadata(text) === undefined ? 0 : 1;
        } catch (error) {
          // A block in a block is a table that is there twice, or no TOML.
          blocks = (error as Error).message.startsWith('two ') ? 2 : 1;
        }
        expect(blocks).toBe(Math.min(found.length, 2));
      }),
      fuzzing(5000),
    );
  });

  it('a requirement or marker is parsed, or the place is told where it is none', () => {
    const valid = [
      "six[a,b]>=1.0,<2; python_version < '3.13' and (os_name == 'nt' or extra == 'x')",
      'a @ https://x.invalid/a.whl#sha256=00',
    ];
    const tokens = [
      'six',
      '[',
      ']',
      '>=',
      '===',
      '~=',
      '1.0',
      '.*',
      '+local',
      ';',
      '(',
      ')',
      ' and ',
      ' or ',
      ' not in ',
      "'nt'",
      'os_name',
      '@',
    ];
    fc.assert(
      fc.property(fc.oneof(messyText(tokens), mutated(valid, tokens)), (text) => {
        for (const parse of [parseRequirement, parseMarker]) {
          try {
            parse(text);
          } catch (error) {
            if (!(error instanceof Pep508SyntaxError)) throw error;
            expect(error.position).toBeLessThanOrEqual(text.length);
          }
        }
      }),
      fuzzing(10_000),
    );
  });

  it('options of the plugin are taken, or it is told what is wrong', () => {
    const valid = {
      lockTargetName: 'lock',
      lockCheckTargetName: false,
      projectName: '{stack}-{name}',
      uv: { path: 'uv', version: '0.9.0', hashes: [`sha256:${'0'.repeat(64)}`], install: true },
      trustedHosts: ['a.invalid'],
    };
    fc.assert(
      fc.property(fc.oneof(mutatedJson(valid), fc.jsonValue()), (options) => {
        try {
          normalizeOptions(options as PluginOptions);
        } catch (error) {
          expect((error as Error).message).toMatch(/^nx-venvstacks: /);
        }
      }),
      fuzzing(5000),
    );
  });
});
