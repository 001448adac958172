import fc from 'fast-check';
import { parse } from 'smol-toml';
import { withoutUserVariables } from '../../testing/environment';
import { GeneratedWorkspace } from '../../testing/generated-workspace';
import application from '../application/application';
import framework from '../framework/framework';
import runtime from '../runtime/runtime';

withoutUserVariables();

const FILE = 'venvstacks.toml';
const RUNTIME = '[[runtimes]]\nname = "py"\npython_implementation = "cpython@3.12.7"\nrequirements = []\n';
const FRAMEWORK = '[[frameworks]]\nname = "tools"\nruntime = "py"\nrequirements = []\n';
const APPLICATION =
  '[[applications]]\nname = "report"\nruntime = "py"\nrequirements = []\nlaunch_module = "report.py"\n';
const UV = '[tool.uv]\nexclude-newer = "2026-03-01"\n';

const NEW_RUNTIME = '[[runtimes]]\nname = "new"\npython_implementation = "cpython@3.15.2"\nrequirements = []\n';
const NEW_FRAMEWORK = '[[frameworks]]\nname = "new"\nruntime = "py"\nrequirements = ["six"]\n';
const NEW_APPLICATION =
  '[[applications]]\nname = "new"\nruntime = "py"\nrequirements = ["six"]\nlaunch_module = "new.py"\nversioned = true\n';

type Kind = 'runtime' | 'framework' | 'application';

/** Adds a layer `new` to a file; on the runtime `py`, if it is not one itself. */
async function add(kind: Kind, text: string, name = 'new'): Promise<string> {
  const workspace = new GeneratedWorkspace({ [FILE]: text, 'report.py': '' });
  const on = { name, stack: FILE, runtime: 'py', requirements: ['six'] };
  if (kind === 'runtime') await workspace.run(runtime, { name, stack: FILE });
  if (kind === 'framework') await workspace.run(framework, on);
  if (kind === 'application') await workspace.run(application, on);
  return workspace.read(FILE);
}

describe('a table is added to a venvstacks.toml', () => {
  // What is between « and » was added.
  it.each<[string, Kind, string]>([
    ['after the last of its kind', 'framework', `${RUNTIME}\n${FRAMEWORK}«\n${NEW_FRAMEWORK}»\n${APPLICATION}`],
    ['at the end', 'application', `${RUNTIME}\n${APPLICATION}«\n${NEW_APPLICATION}»`],
    ['before uv’s configuration', 'application', `${RUNTIME}\n${APPLICATION}«\n${NEW_APPLICATION}»\n${UV}`],
    ['with uv’s configuration at the start', 'application', `${UV}\n${RUNTIME}\n${APPLICATION}«\n${NEW_APPLICATION}»`],
    ['as the first framework', 'framework', `${RUNTIME}«\n${NEW_FRAMEWORK}»\n${APPLICATION}`],
    ['as the first application', 'application', `${RUNTIME}\n${FRAMEWORK}«\n${NEW_APPLICATION}»\n${UV}`],
    ['as the first runtime', 'runtime', `# Our stack.\n\n«${NEW_RUNTIME}\n»# How to resolve.\n${UV}`],
    ['as the first of all', 'runtime', `«${NEW_RUNTIME}»`],
    ['below a comment that is alone', 'runtime', `# Our stack.\n«\n${NEW_RUNTIME}»`],
    [
      'under the right headings',
      'framework',
      `# --- Runtimes ---\n${RUNTIME}\n# --- Frameworks ---\n${FRAMEWORK}«\n${NEW_FRAMEWORK}»\n# --- Applications ---\n${APPLICATION}`,
    ],
    [
      'as the first of its kind, before the heading of the next',
      'framework',
      `# Runtimes\n\n${RUNTIME}«\n${NEW_FRAMEWORK}»\n# Applications\n# of ours\n\n${APPLICATION}`,
    ],
    [
      'as the first of its kind, under a heading that waits for it',
      'framework',
      `${RUNTIME}\n# --- Frameworks ---\n# Shared by all.\n«\n${NEW_FRAMEWORK}»\n# --- Applications ---\n\n${APPLICATION}`,
    ],
    [
      'after tables within tables',
      'framework',
      `${RUNTIME}\n${FRAMEWORK}\n[frameworks.package_indexes]\n# none yet\n«\n${NEW_FRAMEWORK}»\n${APPLICATION}`,
    ],
    [
      'after comments that stand directly below',
      'framework',
      `${RUNTIME}\n${FRAMEWORK.trimEnd()} # none\n# platforms = ["win_amd64"]\n«\n${NEW_FRAMEWORK}»\n# Ours\n${APPLICATION}`,
    ],
    [
      'before comments that head the next table',
      'framework',
      `${RUNTIME}\n${FRAMEWORK}«\n${NEW_FRAMEWORK}\n»# Ours\n${APPLICATION}`,
    ],
    [
      'without blank lines where there are none',
      'framework',
      `${RUNTIME}${FRAMEWORK}${FRAMEWORK.replace('tools', 'b')}«${NEW_FRAMEWORK}»${APPLICATION}`,
    ],
    [
      'with as many blank lines as there are',
      'framework',
      `${RUNTIME}\n\n${FRAMEWORK}\n\n${FRAMEWORK.replace('tools', 'b')}«\n\n${NEW_FRAMEWORK}»\n\n${APPLICATION}`,
    ],
    [
      'without a line end at the end where there was none',
      'application',
      `${RUNTIME}\n${APPLICATION.trimEnd()}«\n\n${NEW_APPLICATION.trimEnd()}»`,
    ],
    ['below a comment without a line end', 'runtime', `# Our stack.«\n\n${NEW_RUNTIME.trimEnd()}»`],
    [
      'with the line ends of the file',
      'framework',
      `${RUNTIME}\n${FRAMEWORK}«\n${NEW_FRAMEWORK}»\n${APPLICATION}`.replaceAll('\n', '\r\n'),
    ],
    [
      'in the quotes of its kind',
      'framework',
      `${RUNTIME}\n${FRAMEWORK.replaceAll('"', "'")}«\n${NEW_FRAMEWORK.replaceAll('"', "'")}»`,
    ],
    [
      'in double quotes where both are used',
      'framework',
      `${RUNTIME}\n${FRAMEWORK.replace('"tools"', "'tools'")}«\n${NEW_FRAMEWORK}»`,
    ],
    [
      'in the quotes of the others',
      'application',
      `${RUNTIME.replaceAll('"', "'")}«\n${NEW_APPLICATION.replaceAll('"', "'")}»`,
    ],
    ['after keys above all tables', 'runtime', `tool.uv.exclude-newer = "2026-03-01"\n«\n${NEW_RUNTIME}»`],
    [
      'after texts that look like tables and comments',
      'application',
      `${RUNTIME}\n${APPLICATION}dynlib_exclude = ["""\n[[applications]]\n# no\n"""]\n«\n${NEW_APPLICATION}»`,
    ],
    ['among tables in another order', 'runtime', `${APPLICATION}\n${RUNTIME}«\n${NEW_RUNTIME}»\n${FRAMEWORK}`],
  ])('%s', async (_, kind, text) => {
    const old = text.replace(/«.*»/s, '');
    expect(await add(kind, old)).toBe(text.replace(/[«»]/g, ''));
  });

  it('in a new file', async () => {
    const workspace = new GeneratedWorkspace();
    expect((await workspace.run(runtime, { name: 'new', stack: 'a/b' + `/${FILE}` })).changes).toEqual([
      `CREATE a/b/${FILE}`,
    ]);
    expect(workspace.read(`a/b/${FILE}`)).toBe(NEW_RUNTIME);
  });

  it('with its launch module beside the file, unless that is there', async () => {
    const files = { [`s/${FILE}`]: RUNTIME, 's/used.py': 'print(1)\n' };
    const workspace = new GeneratedWorkspace(files);
    expect((await workspace.run(application, { name: 'new', stack: 's' })).changes).toEqual([
      `UPDATE s/${FILE}`,
      'CREATE s/new.py',
    ]);
    const { changes, output } = await workspace.run(application, { name: 'used', stack: 's' });
    expect(changes).toEqual([`UPDATE s/${FILE}`]);
    expect(output).toContain('The launch module used.py is there already and is used as it is.\n');
  });
});

describe('whatever a venvstacks.toml looks like', () => {
  const blank = fc.constantFrom(
    '',
    '\n',
    '\n\n',
    '\n# A comment.\n',
    '# A heading\n',
    '\n\t# Indented\n\n',
    '\n# Frameworks\n\n',
  );
  const end = fc.constantFrom(
    '',
    '# below\n',
    '\n[K.package_indexes]\n',
    'platforms = [\n  "linux_x86_64", # one\n]\n',
    "dynlib_exclude = ['''\n# no\n''']\n",
  );
  const table = (kind: 'runtimes' | 'frameworks' | 'applications') =>
    fc.tuple(blank, end).map(([before, after]) => ({ kind, before, after: after.replace('K', kind) }));
  const tables = (kind: 'runtimes' | 'frameworks' | 'applications', minLength = 0) =>
    fc.array(table(kind), { minLength, maxLength: 2 });
  const uv = fc.constantFrom('', `\n# uv\n${UV}`, UV);
  const file = fc
    .record({
      head: fc.constantFrom('', '# Our stack.\n\n', UV, 'tool.uv.native-tls = true\n'),
      parts: fc.tuple(tables('runtimes', 1), tables('frameworks'), tables('applications')),
      tail: uv,
      isCrlf: fc.boolean(),
      isOpen: fc.boolean(),
      quote: fc.constantFrom('"', "'"),
    })
    .map(({ head, parts, tail, isCrlf, isOpen, quote }) => {
      const written = parts.flat().map(({ kind, before, after }, index) => {
        const first = kind === 'runtimes' && index === 0 ? RUNTIME : undefined;
        const plain = { runtimes: RUNTIME, frameworks: FRAMEWORK, applications: APPLICATION }[kind];
        return before + (first ?? plain.replace(/name = ".*"/, `name = "layer-${index}"`)) + after;
      });
      const text = head + written.join('') + (head.includes('tool') ? '' : tail);
      const quoted = text.replaceAll('"', quote);
      const ended = isOpen ? quoted.trimEnd() : quoted;
      return isCrlf ? ended.replaceAll('\n', '\r\n') : ended;
    });

  it('the diff is a pure addition, and nothing else changes', async () => {
    await fc.assert(
      fc.asyncProperty(file, fc.constantFrom<Kind>('runtime', 'framework', 'application'), async (old, kind) => {
        const result = await add(kind, old);
        let start = 0;
        while (start < old.length && old[start] === result[start]) start++;
        const length = result.length - old.length;
        const starts = Array.from({ length: start + 1 }, (_, index) => start - index);
        const isAddition = starts.some((at) => result.slice(0, at) + result.slice(at + length) === old);
        expect(isAddition).toBe(true);
        expect(result.includes('\r\n') && /[^\r]\n/.test(result)).toBe(false);
        expect(result.endsWith('\n')).toBe(old.endsWith('\n'));
        const key = `${kind}s`;
        const plain = (text: string) => JSON.parse(JSON.stringify(parse(text))) as Record<string, unknown[]>;
        const [before, after] = [plain(old), plain(result)];
        expect(after[key]?.at(-1)).toMatchObject({ name: 'new' });
        expect({ ...after, [key]: after[key]?.slice(0, -1) }).toEqual({ ...before, [key]: before[key] ?? [] });
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});

describe('a venvstacks.toml is left alone', () => {
  it.each<[string, string, Kind, string]>([
    [
      'that is broken',
      `${RUNTIME}\n${FRAMEWORK.replace('py', 'yp')}`,
      'framework',
      `cannot create framework 'new': venvstacks.toml is broken already
  venvstacks.toml:8:11: framework tools: runtime: unknown runtime 'yp' in framework 'tools'
    Did you mean 'py'?
  Correct it first.`,
    ],
    [
      'that does not parse',
      `${RUNTIME}\n[[frameworks\n`,
      'framework',
      `cannot create framework 'new': venvstacks.toml is broken already
  venvstacks.toml:6:13: TOML syntax: illegal character in key
  Correct it first.`,
    ],
    [
      'whose layers are no tables',
      `frameworks = []\n\n${RUNTIME}`,
      'framework',
      `cannot create framework 'new': its frameworks are written as one array, 'frameworks = [...]', to which no table can be added
  Write each of them as a table [[frameworks]], or add this one to the array yourself:
  [[frameworks]]
  name = "new"
  runtime = "py"
  requirements = ["six"]`,
    ],
  ])('%s', async (_, text, kind, message) => {
    const workspace = new GeneratedWorkspace({ [FILE]: text });
    const generator = { runtime, framework, application }[kind];
    const options = { name: 'new', stack: FILE, runtime: 'py', requirements: ['six'] };
    expect(await workspace.refusal(generator, options)).toBe(message);
  });

  it.each<[string, string, string]>([
    [
      'nowhere',
      's/venvstacks.tml',
      `cannot create framework 'new': --stack: a stack's file is called venvstacks.toml, not 'venvstacks.tml'
  Did you mean 's/venvstacks.toml'?`,
    ],
    [
      'elsewhere',
      'venvstacks.toml',
      `cannot create framework 'new': --stack: there is no venvstacks.toml
  Did you mean 's/venvstacks.toml'?`,
    ],
    [
      'outside',
      '../venvstacks.toml',
      `cannot create framework 'new': --stack: there is no ../venvstacks.toml
  Did you mean 's/venvstacks.toml'?`,
    ],
  ])('that is %s', async (_, stack, message) => {
    const workspace = new GeneratedWorkspace({ [`s/${FILE}`]: RUNTIME });
    expect(await workspace.refusal(framework, { name: 'new', stack })).toBe(message);
  });

  it('that is no file of that name, where there is none', async () => {
    expect(await new GeneratedWorkspace().refusal(runtime, { name: 'new', stack: 'stack/' }))
      .toBe(`cannot create runtime 'new': --stack: a stack's file is called venvstacks.toml, not 'stack'
  Write --stack=stack/venvstacks.toml`);
  });

  it('where there is none', async () => {
    expect(await new GeneratedWorkspace().refusal(framework, { name: 'new', stack: 's/venvstacks.toml' }))
      .toBe(`cannot create framework 'new': --stack: there is no s/venvstacks.toml
  A new one begins with a runtime: npx nx g nx-venvstacks:runtime python --stack=s/venvstacks.toml`);
  });
});
