import { LockedStack, STACK } from '../testing/locked-stack';
import { effectiveCutoff, uvEnvironment } from './uv-environment';

describe('the environment for uv', () => {
  it('keeps out the machine’s and the user’s configuration', () => {
    expect(uvEnvironment({ XDG_CONFIG_HOME: '/home/x', APPDATA: '/home/x' }, '/empty', '/stack')).toEqual({
      XDG_CONFIG_HOME: '/empty',
      XDG_CONFIG_DIRS: '/empty',
      APPDATA: '/empty',
      UV_NO_SYSTEM_CONFIG: '1',
      UV_NO_PROGRESS: '1',
      NO_COLOR: '1',
    });
  });

  it.each([
    'UV_PRERELEASE',
    'UV_RESOLUTION',
    'UV_CONFIG_FILE',
    'UV_PYTHON',
    'UV_PROJECT',
    'UV_EXCLUDE_NEWER',
    'UV_CONSTRAINT',
    'uv_prerelease',
    'VIRTUAL_ENV',
    'CONDA_PREFIX',
    'PYTHONPATH',
    'PYTHONHOME',
  ])('leaves out %s', (name) => {
    expect(uvEnvironment({ [name]: 'x' }, '/empty', '/stack')).not.toHaveProperty(name);
  });

  // Windows knows variables in any case, and so does uv there.
  it.each([
    ['Path', 'C:\\bin', 'C:\\bin'],
    ['Uv_Index', './x', 'file:///stack/x'],
    ['uv_cache_dir', 'D:\\cache', 'D:\\cache'],
    ['UV_CACHE_DIR', '.cache/uv', '/stack/.cache/uv'],
    ['UV_PYTHON_INSTALL_DIR', '../pythons', '/pythons'],
    ['UV_CACHE_DIR', '/cache', '/cache'],
    ['virtual_env', 'x', undefined],
    ['Uv_Python', 'x', undefined],
  ])('takes %s for what it is in capitals', (name, value, expected) => {
    expect(uvEnvironment({ [name]: value }, '/empty', '/stack')[name]).toBe(expected);
  });

  it.each([
    'PATH',
    'HOME',
    'HTTPS_PROXY',
    'SSL_CERT_FILE',
    'UV_INDEX',
    'UV_DEFAULT_INDEX',
    'UV_INDEX_URL',
    'UV_EXTRA_INDEX_URL',
    'UV_FIND_LINKS',
    'UV_NO_INDEX',
    'UV_INDEX_STRATEGY',
    'UV_INDEX_PRIVATE_USERNAME',
    'UV_INDEX_PRIVATE_PASSWORD',
    'UV_CACHE_DIR',
    'UV_OFFLINE',
    'UV_HTTP_TIMEOUT',
    'UV_CONCURRENT_DOWNLOADS',
    'UV_LOCK_TIMEOUT',
  ])('passes %s on', (name) => {
    expect(uvEnvironment({ [name]: '/x' }, '/empty', '/stack')).toHaveProperty(name, '/x');
  });
});

describe('the cutoff in effect', () => {
  const layer = new LockedStack({
    'venvstacks.toml': `${STACK}[tool.uv]\nexclude-newer = "2026-03-01T00:00:00Z"\n`,
  }).layer('app-report');

  it('is the configured one', () => {
    expect(effectiveCutoff(layer, {})).toBe('2026-03-01T00:00:00Z');
    expect(effectiveCutoff(layer, { UV_EXCLUDE_NEWER: '' })).toBe('2026-03-01T00:00:00Z');
    expect(effectiveCutoff(new LockedStack().layer('app-report'), {})).toBeUndefined();
  });

  it('is the variable’s where it is set; a date is the end of that day in UTC', () => {
    expect(effectiveCutoff(layer, { UV_EXCLUDE_NEWER: '2026-02-01T12:00:00+02:00' })).toBe('2026-02-01T12:00:00+02:00');
    expect(effectiveCutoff(layer, { UV_EXCLUDE_NEWER: '2026-02-28' })).toBe('2026-03-01T00:00:00Z');
  });

  it.each(['7 days', 'P7D', '2026-02-30', 'yesterday'])(
    'is not %p, which would move by itself or is no time',
    (value) => {
      expect(() => effectiveCutoff(layer, { UV_EXCLUDE_NEWER: value })).toThrow(
        expect.objectContaining({
          code: 'configuration',
          report: `app-report: the variable UV_EXCLUDE_NEWER is '${value}', neither a date nor an absolute time
  Set it to a time as in 2026-03-01T00:00:00Z or a date as in 2026-03-01. A duration would change locks by itself.`,
        }) as Error,
      );
    },
  );
});

describe('relative places in variables', () => {
  it.each([
    ['UV_FIND_LINKS', './wheels,https://x.invalid/w,../more', 'file:///stack/wheels,https://x.invalid/w,file:///more'],
    ['UV_INDEX', 'mine=./index https://x.invalid/simple', 'mine=file:///stack/index https://x.invalid/simple'],
    ['UV_DEFAULT_INDEX', 'https://x.invalid/./simple', 'https://x.invalid/./simple'],
    ['UV_INDEX_STRATEGY', './x', './x'],
  ])('start from the stack: %s', (name, value, expected) => {
    expect(uvEnvironment({ [name]: value }, '/empty', '/stack')[name]).toBe(expected);
  });

  it('stay one place each where the stack’s path has what uv takes lists apart at', () => {
    const { UV_INDEX, UV_FIND_LINKS } = uvEnvironment(
      { UV_INDEX: 'a=./x', UV_FIND_LINKS: './x,./y' },
      '/empty',
      '/my stack, #1',
    );
    expect(UV_INDEX).toBe('a=file:///my%20stack%2C%20%231/x');
    expect(UV_FIND_LINKS?.split(',')).toHaveLength(2);
  });
});
