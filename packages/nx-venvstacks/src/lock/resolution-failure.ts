import { VenvstacksError } from '../errors';
import { escapeRegExp, type Layer } from '../stack';
import { formatConstraint, type Constraint } from './constraints';
import { secretsOf, shownWords } from './credentials';
import { indent, type ProcessResult } from './process';
import { PLACE_VARIABLES } from './uv-environment';
import { layerIndexes } from './uv-project';

/** What a failure looks like in uv's words, and what to do about it. */
const KINDS: readonly { readonly words: RegExp; readonly hint: (asked: string) => string }[] = [
  {
    words: /could not be queried|returned a 403/,
    hint: () => 'Credentials are in variables: UV_INDEX_<NAME>_USERNAME and UV_INDEX_<NAME>_PASSWORD.',
  },
  {
    words: /unexpected JSON|`Content-Type`|Hash mismatch for|has invalid metadata/,
    hint: (asked) =>
      `What answered is no package index, or a broken one. Asked: ${asked}. Often a proxy, or a page to log in, answers in its place.`,
  },
  {
    words: /Failed to (?:fetch|download)|Request failed|timed out|error sending request/i,
    hint: (asked) =>
      `An index, or the way to it, failed. Asked: ${asked}. Run it again; what is only slow gets more time by the variables UV_HTTP_TIMEOUT (seconds) and UV_HTTP_RETRIES.`,
  },
  {
    words: /was not found in the package registry|there are no versions of/,
    hint: (asked) =>
      `Asked: ${asked}. If that has the package, a page to log in may have answered: it looks like an index without packages.`,
  },
];

/**
 * What to throw where uv could not resolve: its words, what lower layers have to do with it, where it looked.
 *
 * @param env uv's own
 */
export function resolutionFailure(
  layer: Layer,
  constraints: readonly Constraint[],
  { stderr }: ProcessResult,
  env: NodeJS.ProcessEnv,
): VenvstacksError {
  const words = shownWords(stderr, secretsOf(env, layer));
  const holders = constraints
    .filter(({ name, version }) =>
      new RegExp(`(?<![\\w-])${escapeRegExp(name)}==${escapeRegExp(version)}(?![\\w.]*\\d)`).test(words),
    )
    .map((constraint) => `${formatConstraint(constraint)} is locked by ${constraint.layer}`);
  const hints = [
    ...(holders.length ? [`Lower layers hold versions that are in the way:\n  ${holders.join('\n  ')}`] : []),
    ...KINDS.filter((kind) => kind.words.test(words))
      .slice(0, 1)
      .map(({ hint }) => hint(askedIndexes(layer, env))),
  ];
  return new VenvstacksError('resolution', `uv could not resolve the layer's requirements:\n${indent(words)}`, {
    layer: layer.envName,
    ...(hints.length ? { hint: hints.join('\n') } : {}),
  });
}

/** What to throw where uv could not read the settings that it was given, and would go on without them. */
export function settingsFailure(layer: Layer, { stderr }: ProcessResult, env: NodeJS.ProcessEnv): VenvstacksError {
  const words = indent(shownWords(stderr, secretsOf(env, layer)));
  return new VenvstacksError('configuration', `uv cannot read the stack's uv configuration:\n${words}`, {
    layer: layer.envName,
    hint: 'It is that of [tool.uv], or of venvstacks.uv.toml: correct what is marked.',
  });
}

/** The places where uv looks for a layer's packages, without credentials. */
export function askedIndexes(layer: Layer, env: NodeJS.ProcessEnv): string {
  const { settings } = layer.uv;
  const secrets = secretsOf(env, layer);
  const declared = layerIndexes(layer).map(({ table, name }) => ({ name, url: String(table.url) }));
  const others = ['index-url', 'extra-index-url', 'find-links'].map((key) => ({
    name: key,
    url: [settings[key]]
      .flat()
      .filter((each) => typeof each === 'string')
      .join(' '),
  }));
  const variables = PLACE_VARIABLES.map((name) => ({ name, url: env[name] ?? '' }));
  const hasDefault =
    layer.uv.indexes.some(({ isDefault }) => isDefault) ||
    [settings['index-url'], env.UV_DEFAULT_INDEX, env.UV_INDEX_URL].some((url) => url !== undefined && url !== '');
  const hasNone = settings['no-index'] === true || /^(?:1|true|yes|on|y|t)$/i.test(env.UV_NO_INDEX ?? '');
  const places = [...(hasNone ? [] : declared), ...others, ...variables]
    .filter(({ url }) => url !== '')
    .map(({ name, url }) => {
      const shown = shownWords(url, secrets);
      return name === undefined ? shown : `${name} (${shown})`;
    });
  if (!hasDefault && !hasNone) places.push('PyPI');
  return places.join(', ');
}
