import { lines, readStackText } from '../testing/stack';
import type { VenvstacksError } from '../errors';
import { parseLock } from './pylock';
import { checkPlaces, checkWheels, unhashedWheels } from './transport';

const SHA = 'ab'.repeat(32);

function layerWith(...uv: string[]) {
  const runtime = ['[[runtimes]]', 'name = "py"', 'python_implementation = "cpython@3.12.7"', 'requirements = []'];
  return readStackText(lines(...runtime, '[tool.uv]', ...uv)).layer('py');
}

function report(check: () => void): string {
  try {
    check();
    return '';
  } catch (error) {
    return (error as VenvstacksError).report;
  }
}

const places = (uv: readonly string[], env: NodeJS.ProcessEnv = {}, trustedHosts: readonly string[] = []) =>
  report(() => {
    checkPlaces(layerWith(...uv), env, { trustedHosts });
  });

describe('a place that is asked over plain http', () => {
  it.each<[string, string[], NodeJS.ProcessEnv, string]>([
    ['an index', ['index = [{ url = "http://a.invalid/simple" }]'], {}, 'the package index'],
    ['a named index', ['index = [{ name = "a", url = "HTTP://a.invalid/simple" }]'], {}, "the package index 'a'"],
    ['index-url', ['index-url = "http://a.invalid/simple"'], {}, "'index-url'"],
    [
      'extra-index-url',
      ['extra-index-url = ["https://b.invalid", "http://a.invalid/simple"]'],
      {},
      "'extra-index-url'",
    ],
    ['find-links', ['find-links = ["./wheels", "http://a.invalid/simple"]'], {}, "'find-links'"],
    ['UV_INDEX', [], { UV_INDEX: 'b=https://b.invalid a=http://a.invalid/simple' }, 'the variable UV_INDEX'],
    ['UV_FIND_LINKS', [], { UV_FIND_LINKS: 'wheels,http://a.invalid/simple' }, 'the variable UV_FIND_LINKS'],
  ])('is refused: %s', (_, uv, env, what) => {
    const message = places(uv, env);
    expect(message.toLowerCase()).toContain(
      `py: ${what.toLowerCase()} is asked over plain http: http://a.invalid/simple\n`,
    );
    expect(message).toContain(
      'Write https. If that cannot be, and the way there is yours: name the host in the plugin\'s option trustedHosts: ["a.invalid"]',
    );
  });

  it('is shown without its credentials', () => {
    expect(places(['index = [{ url = "http://me:secret@a.invalid/simple" }]'])).not.toContain('secret');
  });

  it.each(['http://localhost:8080/simple', 'http://127.0.0.1/simple', 'http://127.9.9.9/', 'http://[::1]:80/'])(
    'is this machine’s own business: %s',
    (url) => {
      expect(places([`index = [{ url = "${url}" }]`])).toBe('');
    },
  );

  it.each(['http://127.0.0.1.a.invalid/', 'http://localhost.a.invalid/', 'http://10.0.0.1/', 'http://0.0.0.0/'])(
    'is not that of this machine: %s',
    (url) => {
      expect(places([`index = [{ url = "${url}" }]`])).toContain('plain http');
    },
  );

  it('may be one that is trusted, with its port or without', () => {
    const index = ['index = [{ url = "http://a.invalid:81/simple" }]'];
    expect(places(index, {}, ['a.invalid'])).toBe('');
    expect(places(index, {}, ['a.invalid:81'])).toBe('');
    expect(places(index, {}, ['a.invalid:82', 'invalid', 'b.invalid'])).toContain('plain http');
  });

  it.each([
    'http:/a.invalid/simple',
    'http:a.invalid/simple',
    'http:\\\\\\\\a.invalid/simple',
    '\\u0001 http://a.invalid/simple',
    'ht\\ttp://a.invalid/simple',
    'http://localhost,@a.invalid/simple',
    'http://localhost @a.invalid/simple',
    'http://user:a,b@a.invalid/simple',
  ])('is one however it is written: %s', (url) => {
    expect(places([`index = [{ url = "${url}" }]`])).toContain('trustedHosts: ["a.invalid"]');
  });

  it('is left to uv where it is no address at all', () => {
    expect(places(['index = [{ url = "http://a.invalid:99999/" }, { url = "http://[::1" }]'])).toBe('');
  });

  it('is no local folder, and nothing with https', () => {
    expect(
      places(['index = [{ url = "https://a.invalid/http://b" }, { url = "./wheels" }]', 'find-links = ["../w"]']),
    ).toBe('');
  });
});

it('certificates are checked, but for hosts that are trusted', () => {
  const setting = ['allow-insecure-host = ["a.invalid", "b.invalid"]'];
  expect(places(setting, {}, ['a.invalid'])).toBe(
    "py: 'allow-insecure-host' would trust whoever answers for b.invalid\n" +
      '  Remove it. If that cannot be, and the way there is yours: name the host in the plugin\'s option trustedHosts: ["b.invalid"]',
  );
  expect(places(setting, {}, ['a.invalid', 'b.invalid'])).toBe('');
});

describe('a wheel', () => {
  const locked = (wheel: string, ...more: string[]) =>
    parseLock(lines('[[packages]]', 'name = "t"', 'version = "1"', ...more, `wheels = [${wheel}]`)).packages;
  const wheels = (wheel: string, trustedHosts: readonly string[] = []) =>
    report(() => {
      checkWheels(layerWith(), locked(wheel), { trustedHosts });
    });

  it('has the sha256 of its file', () => {
    expect(wheels(`{ url = "https://a.invalid/t-1.whl", hashes = { sha256 = "${SHA}" } }`)).toBe('');
    expect(wheels(`{ path = "t-1.whl", hashes = { md5 = "00", sha256 = "${SHA}" } }`)).toBe('');
  });

  it.each(['{}', '{ md5 = "0123" }', '{ sha256 = "" }', '{ sha256 = "xyz" }', `{ sha512 = "${SHA}${SHA}" }`])(
    'with no more than %s is refused',
    (hashes) => {
      const wheel = `{ url = "https://a.invalid/t-1.whl", hashes = ${hashes} }`;
      expect(wheels(wheel)).toContain('py: no sha256 is known of t-1.whl, so any file could take its place\n');
      expect(unhashedWheels(locked(wheel))).toEqual(['t-1.whl']);
    },
  );

  it('of a shared package is nothing that is installed', () => {
    const marker = `marker = "sys_platform == 'from_lower_layer'"`;
    expect(unhashedWheels(locked('{ url = "https://a.invalid/t-1.whl", hashes = {} }', marker))).toEqual([]);
  });

  it('comes encrypted, or from a host that is trusted', () => {
    const wheel = `{ url = "http://me:secret@a.invalid/t-1.whl", hashes = { sha256 = "${SHA}" } }`;
    const message = wheels(wheel);
    expect(message).toContain('py: an index names a file over plain http: http://a.invalid/t-1.whl\n');
    expect(message).not.toContain('secret');
    expect(wheels(wheel, ['a.invalid'])).toBe('');
  });
});
