import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const REPOSITORY = resolve(__dirname, '..');
const read = (path: string) => readFileSync(join(REPOSITORY, path), 'utf8');

describe('docs/reference', () => {
  it('is what `npm run docs` makes', () => {
    // In a process of its own: Prettier, which the pages go through, does not load inside of Jest.
    const { status, stderr } = spawnSync(process.execPath, [join(__dirname, 'make-reference.cjs'), '--check'], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('shows options with their types, defaults and places, but for those that the plugin computes', () => {
    const join = read('docs/reference/generators/join.md');
    expect(join).toContain('npx nx generate nx-venvstacks:join <directory> [options]\n');
    expect(join).toMatch(/\| `--directory` \(argument 1, required\) +\| string +\| +\|/);
    expect(join).toMatch(/\| `--keep` +\| boolean \| `false` \|/);

    const upgrade = read('docs/reference/targets/upgrade.md');
    expect(upgrade).toMatch(/\| `--package` +\| string or list of strings \|/);
    expect(upgrade).not.toMatch(/--(?:layer|report)\b/);
  });
});
