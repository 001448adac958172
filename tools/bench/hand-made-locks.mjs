// Locks that no uv was asked for: real records, made by the plugin's own code, of packages that nobody offers. For what
// only reads locks (the graph, lock-check, a lock with nothing to do), where asking uv thousands of times would tell no
// more. That the plugin takes them for valid is checked by the cases that use them.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/**
 * Locks every layer of a workspace, lower ones first.
 *
 * @param root absolute path of the workspace
 * @param plugin absolute path of the plugin's folder
 */
export function lockByHand(root, plugin) {
  const load = createRequire(join(plugin, 'package.json'));
  const { constraintOrder, findDefinitions, lowerLayers, readStacks, SourceTrees } = load('./dist/stack');
  const { Judge, layerFiles, parseLock, requirementsHash } = load('./dist/lock');
  const { packagesHash, pinsHash } = load('./dist/lock/pylock');
  const { currentInputs } = load('./dist/lock/inputs');
  const { formatRecord, RECORD_FORMAT, sealRecord } = load('./dist/lock/record');
  const { formatInput, formatSummary } = load('./dist/lock/texts');

  const env = {};
  const judge = new Judge(env);
  const trees = new SourceTrees();
  const factsOf = (layer) => {
    const { deployedName, fitting } = judge.judge(layer);
    return { envName: layer.envName, deployedName, pins: fitting.pins };
  };
  for (const layer of readStacks(findDefinitions(root, root), root, env).flatMap(({ layers }) => layers)) {
    const files = layerFiles(layer);
    const lower = lowerLayers(layer);
    const shared = lower.flatMap((each) => {
      const { packages } = parseLock(readFileSync(layerFiles(each).lock, 'utf8'));
      return packages.filter((locked) => !locked.shared).map(({ name }) => name);
    });
    const lock = lockText(layer, [...new Set(shared)]);
    const uvLock = `version = 1\nrevision = 3\nrequires-python = "==3.12.*"\n# ${layer.envName}\n`;
    const { packages } = parseLock(lock);
    const { versioned, contents, resolution, hashes } = currentInputs(
      layer,
      lower.map(factsOf),
      constraintOrder(layer).map(factsOf),
      env,
      trees,
    );
    const record = sealRecord({
      ...hashes,
      requirements_hash: requirementsHash(packages),
      lock_version: 1,
      last_version: layer.versioned ? 1 : 0,
      locked_at: '2026-03-01T00:00:00+00:00',
      format: RECORD_FORMAT,
      inputs: { versioned, contents: { ...contents, packages: packagesHash(packages) }, resolution },
      lock_hash: `sha256:${sha256(lock)}`,
      uv_lock_hash: `sha256:${sha256(uvLock)}`,
      pins: pinsHash(packages),
      lineage: lineageOf(layer.envName),
    });
    mkdirSync(layer.lockFolder, { recursive: true });
    writeFileSync(files.lock, lock);
    writeFileSync(files.uvLock, uvLock);
    writeFileSync(files.summary, formatSummary(layer.envName, packages));
    writeFileSync(files.input, formatInput(layer));
    writeFileSync(files.record, formatRecord(record));
  }
}

/** As many packages and wheels as a small layer has: twelve of its own with five wheels each, and the shared ones. */
function lockText({ envName }, shared) {
  const own = Array.from({ length: 12 }, (_, n) => {
    const name = `${envName.toLowerCase()}-${n}`;
    const wheels = Array.from({ length: 5 }, (_, wheel) => {
      const file = `${name}-1.0-${wheel}-py3-none-any.whl`;
      return `[[packages.wheels]]\nurl = "https://files.invalid/${file}"\n\n[packages.wheels.hashes]\nsha256 = "${sha256(file)}"\n`;
    });
    const head = `[[packages]]\nname = "${name}"\nversion = "1.0"\nindex = "https://index.invalid/simple"\n`;
    return [head, ...wheels].join('\n');
  });
  const others = shared.map(
    (name) => `[[packages]]\nname = "${name}"\nversion = "1.0"\nmarker = "sys_platform == 'from_lower_layer'"\n`,
  );
  const head = 'lock-version = "1.0"\ncreated-by = "uv"\nrequires-python = "==3.12.*"\n';
  return [head, ...own, ...others].join('\n');
}

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** An id as the graph draws them, the same for a layer each time. */
function lineageOf(envName) {
  const hex = sha256(envName);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
