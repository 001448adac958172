import { LockedStack, STACK } from '../testing/locked-stack';
import { secretsOf, shownWords, withoutCredentials } from './credentials';

describe('credentials', () => {
  it.each([
    ['https://me:secret@files.invalid/a', 'https://files.invalid/a'],
    ['https://token@files.invalid/a', 'https://files.invalid/a'],
    ['a https://u:p@x.invalid b https://u:p@y.invalid/@z', 'a https://x.invalid b https://y.invalid/@z'],
    ['https://files.invalid/a@b', 'https://files.invalid/a@b'],
    ['me@files.invalid', 'me@files.invalid'],
  ])('go out of %p', (text, expected) => {
    expect(withoutCredentials(text)).toBe(expected);
  });

  it('go as a whole, also with an @ in the password', () => {
    expect(withoutCredentials('a @ https://u:p@ss@host.invalid/a@b.whl')).toBe('a @ https://host.invalid/a@b.whl');
  });
});

describe('the words of another program', () => {
  const shown = (env: NodeJS.ProcessEnv, words: string) => shownWords(words, secretsOf(env));

  // As uv repeats what it cannot read.
  it.each([
    'https://me:sec/ret@host.invalid/simple',
    'https://me:sec#ret@host.invalid/simple',
    'https://me:sec?ret@host.invalid/simple',
    'https://me:sec ret@host.invalid/simple',
    "https://me:sec'ret@host.invalid/simple",
    'https://me:sec"ret@host.invalid/simple',
    'https://me:sec@ret@host.invalid/simple',
    'https://me:sec%2Fret@host.invalid/simple',
    'https://me:secret@host.invalid:x1/simple',
    'https://me:secret@[::1/simple',
    'https://secret@host.invalid/simple',
    'company=https://me:sec/ret@host.invalid/simple https://other.invalid/@x',
  ])('show no password of %s', (address) => {
    const words = `error: invalid value '${address}' for '--index <INDEX>': invalid port number`;
    for (const name of ['UV_INDEX', 'UV_DEFAULT_INDEX', 'PIP_INDEX_URL', 'HTTPS_PROXY']) {
      const text = shown({ [name]: address }, words);
      expect(text).not.toMatch(/sec|ret\b/);
      expect(text).toContain("for '--index <INDEX>': invalid port number");
    }
  });

  it('show none of a password by itself, as it is written or as it is meant', () => {
    const env = { UV_INDEX_COMPANY_PASSWORD: 'battery', UV_INDEX: 'https://me:horse%40home@host.invalid' };
    expect(shown(env, 'battery, horse%40home, horse@home')).toBe('****, ****, ****');
  });

  it('show no token of an address’ query', () => {
    const address = 'https://host.invalid/a.whl?expires=3&X-Amz-Signature=abc123&access_token=def%3D456#sha256=1';
    expect(
      shown({}, `cannot get '${address}' of "https://b.invalid/?key=789" https://c.invalid/?path=a&pat=b&jwt=c`),
    ).toBe(
      `cannot get 'https://host.invalid/a.whl?expires=3&X-Amz-Signature=****&access_token=****#sha256=1' of "https://b.invalid/?key=****" https://c.invalid/?path=a&pat=****&jwt=****`,
    );
  });

  it('show none of the stack’s uv configuration', () => {
    const uv = `[tool.uv]\nindex-url = "https://me:sec/ret@host.invalid"\n[[tool.uv.index]]\nurl = "https://me:pass/word@host.invalid"\n`;
    const layer = new LockedStack({ 'venvstacks.toml': `${STACK}${uv}` }).layer('app-report');
    const words = '"https://me:sec/ret@host.invalid" "https://me:pass/word@host.invalid"';
    expect(shownWords(words, secretsOf({}, layer))).toBe('"https://host.invalid" "https://host.invalid"');
  });

  it('are left alone but for that', () => {
    const env = {
      UV_INDEX: 'https://host.invalid/@scope https://e:x@host.invalid https://e:solution@host.invalid',
      REMOTE: 'https://found@host.invalid',
    };
    const words = '  × No resolutions found:\n  ╰─▶ next@1 at https://host.invalid/@scope\n';
    expect(shown(env, words)).toBe(words);
  });

  it('are for a terminal: no control characters, and not without end', () => {
    expect(shown({}, 'a\u001b[2Jb\u0000c\r\nd\te')).toBe('a\uFFFD[2Jb\uFFFDc\nd\te');
    const long = shown({}, `begin${'x'.repeat(100_000)}end`);
    expect(long).toMatch(/^beginx+\n… 84008 characters …\nx+end$/);
    expect(long.length).toBeLessThan(17_000);
  });
});
