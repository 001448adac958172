import type { Declaration } from './definition';
import type { Layer, Target } from './layer';
import { DEFAULT_PLATFORMS, parseLinuxTarget, parseMacosTarget, type Platform } from './platform';
import type { Problem } from './problem';

/** A layer's platforms: its own, which every lower layer must offer, else those that all of them have in common. */
export function linkPlatforms(
  { kind, name, fields, problem }: Declaration,
  lower: readonly Layer[],
): { value: readonly Platform[]; problems: Problem[] } {
  const offered = lower.reduce<readonly Platform[]>(
    (common, layer) => common.filter((platform) => layer.platforms.includes(platform)),
    DEFAULT_PLATFORMS,
  );
  if (fields.platforms === undefined) {
    return { value: kind === 'runtime' ? DEFAULT_PLATFORMS : [...offered].sort(), problems: [] };
  }
  const missing = [...new Set(fields.platforms.filter((platform) => !offered.includes(platform)))];
  if (missing.length === 0) return { value: fields.platforms, problems: [] };
  const lacking = missing.map((platform) => {
    const layer = lower.find(({ platforms }) => !platforms.includes(platform));
    return `${platform} (not in ${layer?.envName ?? ''})`;
  });
  const hint = `They offer: ${[...offered].sort().join(', ') || 'none'}.`;
  const message = `target platforms of '${name}' not supported by lower layers: ${lacking.join(', ')}`;
  return { value: fields.platforms, problems: [problem('platforms', message, hint)] };
}

/** A layer's Linux target, from the field as validated. */
export function linuxTarget(text = 'glibc@2.28'): Target {
  return { text, version: parseLinuxTarget(text) ?? [2, 28], fromEnvironment: false };
}

/** A layer's macOS target: its own, else the environment's, else the default. */
export function macosxTarget(
  { fields, problem }: Declaration,
  env: NodeJS.ProcessEnv,
): { value: Target; problems: Problem[] } {
  const text = fields.macosx_target;
  if (text !== undefined) {
    return { value: { text, version: parseMacosTarget(text) ?? [13, 0], fromEnvironment: false }, problems: [] };
  }
  const variable = env.MACOSX_DEPLOYMENT_TARGET;
  if (variable === undefined || variable === '') {
    return { value: { text: '13.0', version: [13, 0], fromEnvironment: false }, problems: [] };
  }
  const version = parseMacosTarget(variable);
  const problems = version
    ? []
    : [
        problem(
          'macosx_target',
          `the environment's MACOSX_DEPLOYMENT_TARGET '${variable}' is no version X.Y`,
          'Unset it, or set macosx_target here.',
        ),
      ];
  return { value: { text: variable, version: version ?? [13, 0], fromEnvironment: true }, problems };
}
