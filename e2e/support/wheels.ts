import { mkdirSync } from 'node:fs';
import { metadata, type Release } from './package-index';
import { run } from './run';

/** Real wheels, small: Python's own zip library makes them. @param folder absolute path; made where it is not there */
export async function buildWheels(folder: string, releases: readonly Release[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const script =
    'import json, sys, zipfile\n' +
    'for name, version, metadata in json.loads(sys.argv[1]):\n' +
    '    with zipfile.ZipFile(f"{name}-{version}-py3-none-any.whl", "w") as wheel:\n' +
    '        info = f"{name}-{version}.dist-info/"\n' +
    '        wheel.writestr(info + "METADATA", metadata)\n' +
    '        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")\n' +
    '        wheel.writestr(info + "RECORD", "")\n';
  const data = releases.map((release) => [release.name.replaceAll('-', '_'), release.version, metadata(release)]);
  const { code, output } = await run('python3', ['-c', script, JSON.stringify(data)], {
    cwd: folder,
    env: process.env,
  });
  if (code !== 0) throw new Error(output);
}
