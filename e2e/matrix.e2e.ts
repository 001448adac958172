import { join } from 'node:path';
import { ALL, SHORT, titleOf, type Combination } from './support/matrix/combinations';
import { describeCore } from './support/matrix/core';
import {
  execOf,
  installProgram,
  linkedInstallation,
  realInstallation,
  type Installation,
} from './support/matrix/installation';
import { LocalRegistry } from './support/registry';
import { runFolder } from './support/workspace';

jest.setTimeout(300_000);

/** `npm run test:matrix` sets it. */
const isWhole = process.env.MATRIX === 'all';
const uv = () => join(runFolder(), 'uv', 'bin', 'uv');
let registry: LocalRegistry | undefined;
const linked = new Map<Combination, Installation>();

beforeAll(() => {
  if (!isWhole) for (const each of SHORT) linked.set(each, linkedInstallation(each, uv()));
});
afterAll(() => registry?.stop());

async function installationOf(combination: Combination): Promise<Installation> {
  const installation = linked.get(combination);
  if (installation) return installation;
  registry ??= await LocalRegistry.start();
  return realInstallation(combination, registry, await installProgram(combination.packageManager), uv());
}

describe.each((isWhole ? ALL : SHORT).map((combination) => ({ title: titleOf(combination), combination })))(
  '$title',
  ({ combination }) => {
    const exec = isWhole ? execOf(combination.packageManager) : undefined;
    describeCore(combination, () => installationOf(combination), exec);
  },
);
