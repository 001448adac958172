import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commitAll } from '../../../packages/nx-venvstacks/src/testing/git';
import { PackageIndex } from '../package-index';
import { runFolder } from '../workspace';
import { World } from './world';

export const definition = (index: string, requirements: string) => `\
[[runtimes]]
name = "core"
python_implementation = "cpython@3.12.7"
versioned = true
requirements = ["alpha"]

[[frameworks]]
name = "web"
runtime = "core"
versioned = true
requirements = [${requirements}]

[[applications]]
name = "shop"
launch_module = "shop.py"
frameworks = ["web"]
versioned = true
requirements = []

[tool.uv]
exclude-newer = "2026-03-01T00:00:00Z"

[[tool.uv.index]]
name = "main"
url = "${index}"
default = true
`;

/** Worlds with a runtime, a framework and an application, all of them versioned. */
export class FaultStack {
  private constructor(
    readonly index: PackageIndex,
    private readonly original: World,
  ) {}

  static async start(): Promise<FaultStack> {
    const index = await PackageIndex.start([
      { name: 'alpha', version: '1.0' },
      { name: 'beta', version: '1.0' },
      { name: 'gamma', version: '1.0', requires: ['alpha', 'beta'] },
    ]);
    const original = World.create({
      'venvstacks.toml': definition(index.url, '"beta"'),
      'shop.py': 'print("shop")\n',
    });
    await original.start(['lock']).succeed();
    for (const name of ['alpha', 'beta', 'gamma']) index.add({ name, version: '1.1' });
    return new FaultStack(index, original);
  }

  async stop(): Promise<void> {
    await this.index.stop();
  }

  /** Locked, never committed; the index has newer versions of all packages since. */
  locked(): World {
    return this.original.copy();
  }

  /** The same, committed, and the application edited since. */
  edited(): World {
    const world = this.locked();
    commitAll(world.root);
    world.write({ 'shop.py': 'print("edited")\n' });
    return world;
  }

  /** Locked, with a requirement more since: pins of the others stay. */
  withRequirement(): World {
    const world = this.locked();
    world.write({ 'venvstacks.toml': definition(this.index.url, '"beta", "gamma"') });
    return world;
  }

  /** Never locked, and with no uv but one that a stand-in for pip has. */
  withoutUv(): World {
    const world = World.create({ 'venvstacks.toml': definition(this.index.url, '"beta"'), 'shop.py': '' });
    mkdirSync(world.path('bin'));
    const uv = join(runFolder(), 'uv/bin/uv');
    const script = `#!/bin/sh\nwhile [ "$1" != --target ]; do shift; done\nmkdir -p "$2/bin"\nln '${uv}' "$2/bin/uv"\n`;
    writeFileSync(world.path('bin/python3'), script, { mode: 0o755 });
    return world;
  }
}
