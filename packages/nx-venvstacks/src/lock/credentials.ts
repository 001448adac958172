import { escapeRegExp, type Layer } from '../stack';

/** As much of another program's words as anybody reads. */
const SHOWN = 16_000;

/** An address without the user name and password in it. */
export function withoutCredentials(text: string): string {
  // A password may have an `@` in it: all up to the last one before the path goes.
  return text.replace(/(?<=[a-z0-9+.-]):\/\/[^/\s"']+@/gi, '://');
}

/** Addresses without the values in their queries that grant access, as those of signed downloads do. */
function withoutTokens(text: string): string {
  return text.replace(
    /(?<=[?&](?:[\w.-]{0,40}(?:token|key|secret|passw(?:or)?d|sig|signature|auth|authorization|jwt)|pat)=)[^&\s"'#]+/gi,
    '****',
  );
}

/**
 * What another program has said, fit to be shown and kept: without credentials, control characters, and whatever is too
 * much of it.
 *
 * @param secrets as `secretsOf` finds them
 */
export function shownWords(text: string, secrets: readonly string[]): string {
  const { length } = text;
  // What is cut off is cut off last: a secret must be whole to be found.
  let words = length > 2 * SHOWN ? `${text.slice(0, SHOWN)}\0${text.slice(-SHOWN)}` : text;
  words = words.replaceAll('\r\n', '\n');
  for (const secret of secrets) {
    words = words.replaceAll(`${secret}@`, '');
    // A short one may be a part of any word.
    words = words.replaceAll(new RegExp(`(?<!\\w)${escapeRegExp(secret)}(?!\\w)`, 'g'), '****');
  }
  words = withoutTokens(withoutCredentials(words)).replaceAll(/[^\P{C}\n\t]/gu, '\uFFFD');
  if (words.length <= SHOWN) return words;
  return `${words.slice(0, SHOWN / 2)}\n… ${length - SHOWN} characters …\n${words.slice(-SHOWN / 2)}`;
}

/**
 * Passwords and tokens that a program may know: it shows an address that it cannot read as it is, and so nothing in that
 * tells where a password ends.
 */
export function secretsOf(env: NodeJS.ProcessEnv, layer?: Layer): string[] {
  const values = Object.entries(env).flatMap(([name, value = '']) => {
    if (/^UV_INDEX_.+_PASSWORD$/i.test(name)) return [[value]];
    return /^(?:UV|PIP)_|_PROXY$/i.test(name) ? userInfos(value) : [];
  });
  const configured = layer
    ? [...layer.uv.indexes.map(({ table }) => table.url), ...Object.values(layer.uv.settings)].flat()
    : [];
  const all = [...values, ...configured.flatMap((value) => (typeof value === 'string' ? userInfos(value) : []))];
  const forms = all.flat().flatMap((secret) => [secret, decoded(secret), JSON.stringify(secret).slice(1, -1)]);
  // The longest first: it may have another one in it. Of very short ones all text would be full.
  return [...new Set(forms)].filter(({ length }) => length > 3).sort((a, b) => b.length - a.length);
}

/** Of each address in a text: what is before its host, and the secret part of that. */
function userInfos(text: string): string[][] {
  const [, ...addresses] = text.split('://');
  return addresses.flatMap((each) => {
    const [address = ''] = each.split(/[\s,]/);
    // One that cannot be read has its last `@` before the host, as far as anybody can tell.
    const end = URL.canParse(`https://${address}`)
      ? address.split(/[/?#]/)[0]?.lastIndexOf('@')
      : each.lastIndexOf('@');
    const userInfo = end === undefined || end < 0 ? undefined : each.slice(0, end);
    return userInfo === undefined ? [] : [[userInfo, userInfo.slice(userInfo.indexOf(':') + 1)]];
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
