import { LockedStack, packageTable } from '../testing/locked-stack';
import { amendLock } from './amend';
import { collectConstraints, type Constraint } from './constraints';
import { parseLock } from './pylock';

const WINDOWS = "sys_platform == 'win32'";
const LINUX = "sys_platform == 'linux'";

const layerFor = (platforms: string[], more = '') =>
  new LockedStack({
    'venvstacks.toml': `[[runtimes]]
name = "cpython-3.12"
python_implementation = "cpython@3.12.7"
platforms = ${JSON.stringify(platforms)}
requirements = []
${more}`,
  }).layer('cpython-3.12');
const BOTH = layerFor(['linux_x86_64', 'win_amd64']);

const noneIsLocal = (_address: string): string | undefined => undefined;
function amend(text: string, constraints: readonly Constraint[] = [], layer = BOTH, localPath = noneIsLocal) {
  const { table, packages } = parseLock(text);
  return amendLock(layer, table, packages, constraints, localPath).packages as Record<string, unknown>[];
}
const constrained = (...packages: string[]) =>
  collectConstraints([{ envName: 'cpython-3.12', packages: parseLock(packages.join('\n')).packages }]);

describe('markers', () => {
  it('drop a package that no platform of the layer wants', () => {
    expect(amend(packageTable('six==1.0', { marker: "sys_platform == 'darwin'" }))).toEqual([]);
  });

  it('go where they hold on every platform of the layer', () => {
    const [six] = amend(packageTable('six==1.0', { marker: `${WINDOWS} or ${LINUX}` }));
    expect(six).not.toHaveProperty('marker');
  });

  it('stay where they hold on some', () => {
    expect(amend(packageTable('six==1.0', { marker: WINDOWS }))).toMatchObject([{ marker: WINDOWS }]);
  });

  it('are evaluated with the runtime’s full version', () => {
    expect(amend(packageTable('six==1.0', { marker: "python_full_version < '3.12.7'" }))).toEqual([]);
    expect(amend(packageTable('six==1.0', { marker: "python_full_version < '3.12.8'" }))[0]).not.toHaveProperty(
      'marker',
    );
    expect(amend(packageTable('six==1.0', { marker: "implementation_name == 'pypy'" }))).toEqual([]);
  });

  it('see Windows on ARM as arm64', () => {
    const layer = layerFor(['win_arm64', 'win_amd64']);
    expect(amend(packageTable('six==1.0', { marker: "platform_machine == 'ARM64'" }), [], layer)).toEqual([]);
    expect(amend(packageTable('six==1.0', { marker: "platform_machine == 'arm64'" }), [], layer)).toHaveLength(1);
  });
});

describe('a package of a lower layer', () => {
  const SHARED = "sys_platform == 'from_lower_layer'";

  it('is listed without index and wheels, by a marker that never holds', () => {
    expect(amend(packageTable('six==1.0'), constrained(packageTable('six==1.0')))).toEqual([
      { name: 'six', version: '1.0', marker: SHARED },
    ]);
  });

  it('keeps its own marker before that', () => {
    const lower = constrained(packageTable('six==1.0', { marker: WINDOWS }));
    expect(amend(packageTable('six==1.0', { marker: WINDOWS }), lower)).toMatchObject([
      { marker: `(${WINDOWS}) and ${SHARED}` },
    ]);
  });

  it('is shared by name alone where it is held without marker', () => {
    expect(amend(packageTable('six==2.0'), constrained(packageTable('six==1.0')))).toMatchObject([{ marker: SHARED }]);
    expect(amend(packageTable('Six==1.0'), constrained(packageTable('six==1.0')))).toMatchObject([{ marker: SHARED }]);
  });

  it('is its own where the lower layer has it on fewer platforms', () => {
    const lower = constrained(packageTable('six==1.0', { marker: WINDOWS }));
    expect(amend(packageTable('six==1.0'), lower)[0]).toMatchObject({ index: 'https://index.invalid/simple' });
  });

  it('is shared where conditional pins together cover every platform that wants it', () => {
    const lower = constrained(
      packageTable('six==1.0', { marker: WINDOWS }),
      packageTable('six==2.0', { marker: LINUX }),
    );
    expect(amend(packageTable('six==3.0'), lower)).toMatchObject([{ marker: SHARED }]);
  });

  it('needs no wheels', () => {
    const lower = constrained(packageTable('six==1.0'));
    expect(amend('[[packages]]\nname = "six"\nversion = "1.0"\n', lower)).toHaveLength(1);
  });
});

describe('what would have to be built', () => {
  it('goes', () => {
    const [six] = amend(
      `${packageTable('six==1.0')}\n[packages.sdist]\nurl = "https://files.invalid/six.tar.gz"\nhashes = {}\n` +
        '[packages.archive]\nurl = "x"\n[packages.directory]\npath = "x"\n[packages.vcs]\nurl = "x"\n',
    );
    expect(Object.keys(six ?? {})).toEqual(['name', 'version', 'index', 'wheels']);
  });
});

describe('wheels', () => {
  const text = (index: string) => `[[packages]]
name = "six"
version = "1.0"
index = "${index}"
wheels = [
  { url = "file:///a/six-1.0-py3-none-any.whl", hashes = { sha256 = "aa" } },
  { path = "six-1.0-py2-none-any.whl", hashes = { sha256 = "bb" } },
  { url = "https://files.invalid/six-1.0-cp312-none-any.whl", hashes = { sha256 = "cc" } },
]
`;
  const amendLocal = (index: string) =>
    amend(text(index), [], BOTH, (address) => (address.startsWith('https:') ? undefined : `<${address}>`));

  it('that are local are named by their path, and their folder is no index', () => {
    expect(amendLocal('file:///a')).toEqual([
      {
        name: 'six',
        version: '1.0',
        wheels: [
          { path: '<file:///a/six-1.0-py3-none-any.whl>', hashes: { sha256: 'aa' } },
          { path: '<six-1.0-py2-none-any.whl>', hashes: { sha256: 'bb' } },
          { url: 'https://files.invalid/six-1.0-cp312-none-any.whl', hashes: { sha256: 'cc' } },
        ],
      },
    ]);
  });

  it('of an index of the network keep it', () => {
    expect(amendLocal('https://index.invalid/simple')).toMatchObject([{ index: 'https://index.invalid/simple' }]);
  });
});

describe('a package without wheels for a platform that wants it', () => {
  const onlyWindows = (name: string) =>
    `[[packages]]\nname = "${name}"\nversion = "1.0"\n` +
    `wheels = [{ name = "${name}-1.0-cp312-cp312-win_amd64.whl", hashes = { sha256 = "aa" } }]\n`;
  const failure = (text: string, layer = BOTH): unknown => {
    try {
      amend(text, [], layer);
      return undefined;
    } catch (error) {
      return error;
    }
  };

  it('fails the lock, with every such package and the platforms that would work', () => {
    expect(failure(onlyWindows('a') + onlyWindows('b') + packageTable('c==1.0'))).toMatchObject({
      code: 'wheels',
      report: `cpython-3.12: no wheels for every platform of the layer (nothing is built from source)
    a 1.0: none for linux_x86_64
    b 1.0: none for linux_x86_64
  These platforms have all wheels: platforms = ["win_amd64"].
  Or require another version, or raise linux_target (glibc@2.28) or macosx_target (13.0).`,
    });
  });

  it('says what to do instead of requiring a package by URL', () => {
    const archive = 'archive = { url = "https://x.invalid/a-1.0-py3-none-any.whl", hashes = { sha256 = "aa" } }';
    expect(failure(`[[packages]]\nname = "a"\nversion = "1.0"\n${archive}\n`)).toMatchObject({
      report: `cpython-3.12: no wheels for every platform of the layer (nothing is built from source)
    a 1.0 (found as an archive, not as wheels of an index): none for linux_x86_64, win_amd64
  A requirement by URL cannot be locked: put its wheels into an index, or into a folder that find-links names.`,
    });
  });

  it('says so if no platform has them all', () => {
    expect(failure('[[packages]]\nname = "a"\nversion = "1.0"\n')).toMatchObject({
      hint: expect.stringMatching(/^No platform has all wheels\.\n/) as string,
    });
  });

  it('does no harm where its marker does not want it', () => {
    const windowsOnly = onlyWindows('a').replace('wheels', `marker = "${WINDOWS}"\nwheels`);
    expect(failure(windowsOnly)).toBeUndefined();
  });

  it('is judged by the layer’s own targets', () => {
    const wheel =
      '[[packages]]\nname = "a"\nversion = "1.0"\nwheels = [{ name = "a-1.0-cp312-cp312-manylinux_2_34_x86_64.whl", hashes = {} }]\n';
    expect(failure(wheel, layerFor(['linux_x86_64']))).toMatchObject({ code: 'wheels' });
    expect(failure(wheel, layerFor(['linux_x86_64'], 'linux_target = "glibc@2.34"\n'))).toBeUndefined();
  });
});
