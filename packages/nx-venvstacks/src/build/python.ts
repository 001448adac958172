import type { Layer } from '../stack';
import { environmentOf, pythonVersionIn, type Environment } from './environment';
import { requireSuccess, type RunUv } from './uv';

/**
 * Makes an environment without packages: of a runtime with the Python that it declares, of other layers with their
 * runtime's.
 *
 * @throws {VenvstacksError} `uv`, if there is none and uv could not download one
 */
export async function createEnvironment(layer: Layer, root: string, run: RunUv, env: NodeJS.ProcessEnv): Promise<void> {
  const { implementation, version, minor } = layer.python;
  const create = (...args: string[]) => run('venv', '--quiet', '--allow-existing', root, ...args);
  if (layer.runtime) {
    requireSuccess(layer, env, 'make an environment', await create('--python', environmentOf(layer.runtime).python));
    return;
  }
  const exact = await create('--python', `${implementation}@${version}`);
  if (exact.code === 0) return;
  // Another patch release runs the same packages; better than none, as without a network.
  const other = await create('--python', `${implementation}@${minor}`, '--no-python-downloads');
  if (other.code === 0) return;
  const hint = `Install Python ${version}, or another ${minor}; uv finds those on PATH.`;
  requireSuccess(layer, env, `find ${implementation} ${version}, nor download it`, exact, hint);
}

/** A note on a runtime's Python that is not quite the declared one. */
export function notesOnPython({ runtime, python }: Layer, environment: Environment): string[] {
  const found = pythonVersionIn(environment);
  if (runtime || found === undefined || found === python.version) return [];
  const { root } = environment;
  return [`Python is ${found}, and ${python.version} is declared: uv found no other (remove ${root} to look again)`];
}
