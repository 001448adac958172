import fc from 'fast-check';
import { parse } from 'smol-toml';
import { VenvstacksError } from '../errors';
import { insertTable } from '../generators/new-layer/insert-table';
import { KINDS, tomlPlaces, type LayerKind } from '../stack';
import { FUZZ_TIMEOUT, fuzzing, mutated } from '../testing/fuzz';
import { framework, RUNTIME } from '../testing/stack';

jest.setTimeout(FUZZ_TIMEOUT);

const STACK = `# head\n\n${RUNTIME}# of py312\n\n[[frameworks]] # comment\nname = 'web'\nruntime = "py312"\nrequirements = [ # list\n  "six", # one\n]\n[frameworks.package_indexes]\nsix = "a"\n\n# below\n${framework('other', 'runtime = "py312"')}\n[tool.uv]\nno-index = true\n`;
const TOKENS = [
  ...STACK.split(/(?<=\n)/),
  '# comment\n',
  '[[applications]]\n',
  '[frameworks.x]\n',
  '"""\n[[runtimes]]\n"""\n',
  '\r\n',
  'applications = []\n',
];

it('a layer is added to any TOML without touching what is there, or it is said how to add it by hand', () => {
  const kinds = fc.constantFrom<LayerKind>('runtime', 'framework', 'application');
  let added = 0;
  fc.assert(
    fc.property(
      mutated([STACK, STACK.replaceAll('\n', '\r\n'), RUNTIME, '# none\n', ''], TOKENS),
      kinds,
      (text, kind) => {
        let before: Record<string, unknown>;
        try {
          before = parse(text);
        } catch {
          return;
        }
        const table = { name: 'new one', requirements: ['six'] };
        let after: string;
        try {
          after = insertTable(text, kind, table);
        } catch (error) {
          if (!(error instanceof VenvstacksError)) throw error;
          expect(error.hint).toContain('new one');
          return;
        }
        added++;
        const key = KINDS[kind].stackTable;
        expect(parse(after)).toEqual({ ...before, [key]: [...((before[key] ?? []) as unknown[]), table] });
        expect(tomlPlaces(after).comments).toEqual(tomlPlaces(text).comments);
      },
    ),
    fuzzing(2000),
  );
  expect(added).toBeGreaterThan(100);
});
