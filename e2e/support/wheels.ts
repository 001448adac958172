import { mkdirSync } from 'node:fs';
import { metadata, type Release } from './package-index';
import { run } from './run';

/**
 * Real wheels, small: Python's own zip library makes them. Each has a module of its name that says its version.
 *
 * @param folder absolute path; made where it is not there
 * @param files of each release's wheel, beside its module: path → bytes in base64
 */
export async function buildWheels(
  folder: string,
  releases: readonly Release[],
  files: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const data = releases.map((release) => [
    release.name.replaceAll('-', '_'),
    release.version,
    metadata(release),
    files[release.name] ?? {},
  ]);
  // By its standard input: a library is too long for a command line.
  const { code, output } = await run('python3', ['-c', SCRIPT], {
    cwd: folder,
    env: process.env,
    input: JSON.stringify(data),
  });
  if (code !== 0) throw new Error(output);
}

const SCRIPT = `
import base64, json, sys, zipfile

for name, version, metadata, files in json.load(sys.stdin):
    info = f"{name}-{version}.dist-info/"
    contents = {
        f"{name}.py": f'VERSION = "{version}"\\n',
        info + "METADATA": metadata,
        info + "WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        **{path: base64.b64decode(data) for path, data in files.items()},
    }
    contents[info + "RECORD"] = "".join(f"{path},,\\n" for path in [*contents, info + "RECORD"])
    with zipfile.ZipFile(f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, data in contents.items():
            wheel.writestr(path, data)
`;
