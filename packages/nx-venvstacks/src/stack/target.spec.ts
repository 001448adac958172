import { framework, lines, readStackText, RUNTIME } from '../testing/stack';

describe('platforms', () => {
  it('of a runtime are all, in the order of venvstacks, unless it says otherwise', () => {
    expect(readStackText(RUNTIME).layer('py312').platforms).toEqual([
      'linux_x86_64',
      'linux_aarch64',
      'macosx_arm64',
      'macosx_x86_64',
      'win_amd64',
      'win_arm64',
    ]);
  });

  it('stay as written, duplicates too', () => {
    const { layer } = readStackText(`${RUNTIME}platforms = ["win_amd64", "linux_x86_64", "win_amd64"]\n`);
    expect(layer('py312').platforms).toEqual(['win_amd64', 'linux_x86_64', 'win_amd64']);
  });

  it('are otherwise those that all lower layers have in common, sorted', () => {
    const { layer } = readStackText(
      RUNTIME +
        framework('a', 'runtime = "py312"', 'platforms = ["win_amd64", "macosx_arm64", "linux_x86_64"]') +
        framework('b', 'runtime = "py312"', 'platforms = ["linux_x86_64", "win_arm64", "win_amd64"]') +
        framework('both', 'frameworks = ["a", "b"]'),
    );
    expect(layer('framework-both').platforms).toEqual(['linux_x86_64', 'win_amd64']);
  });

  it('may be none, by intersection: then the layer is out', () => {
    const { layer, problems } = readStackText(
      RUNTIME +
        framework('a', 'runtime = "py312"', 'platforms = ["win_amd64"]') +
        framework('b', 'runtime = "py312"', 'platforms = ["linux_x86_64"]') +
        framework('both', 'frameworks = ["a", "b"]'),
    );
    expect(problems).toBe('');
    expect(layer('framework-both').platforms).toEqual([]);
  });

  it('must be offered by every lower layer', () => {
    const { problems } = readStackText(
      `${RUNTIME}platforms = ["linux_x86_64", "macosx_arm64", "win_amd64"]\n` +
        framework('a', 'runtime = "py312"', 'platforms = ["win_amd64", "macosx_arm64"]') +
        framework('top', 'frameworks = ["a"]', 'platforms = ["linux_x86_64", "win_amd64", "win_arm64"]'),
    );
    expect(problems).toBe(
      [
        "venvstacks.toml:15:13: framework top: platforms: target platforms of 'top' not supported by lower layers: linux_x86_64 (not in framework-a), win_arm64 (not in framework-a)",
        '  They offer: macosx_arm64, win_amd64.',
      ].join('\n'),
    );
  });
});

describe('targets', () => {
  it('have defaults and are not inherited', () => {
    const { layer } = readStackText(
      lines(RUNTIME.trimEnd(), 'linux_target = "glibc@2.34"', 'macosx_target = "14.2"') +
        framework('web', 'runtime = "py312"'),
    );
    expect(layer('py312')).toMatchObject({
      linuxTarget: { text: 'glibc@2.34', version: [2, 34] },
      macosxTarget: { text: '14.2', version: [14, 2], fromEnvironment: false },
    });
    expect(layer('framework-web')).toMatchObject({
      linuxTarget: { text: 'glibc@2.28', version: [2, 28] },
      macosxTarget: { text: '13.0', version: [13, 0], fromEnvironment: false },
    });
  });

  it('keep the text in which the default of Linux is written', () => {
    const { layer } = readStackText(`${RUNTIME}linux_target = "glibc"\n`);
    expect(layer('py312').linuxTarget).toMatchObject({ text: 'glibc', version: [2, 28] });
  });

  it.each([
    ['14', [14, 0]],
    ['14.1', [14, 1]],
    ['14.1.2', [14, 1]],
  ])('of macOS are taken from MACOSX_DEPLOYMENT_TARGET=%s', (text, version) => {
    const { layer } = readStackText(RUNTIME, {}, { MACOSX_DEPLOYMENT_TARGET: text });
    expect(layer('py312').macosxTarget).toEqual({ text, version, fromEnvironment: true });
  });

  it.each([
    ['14', [14, 0]],
    ['14.2', [14, 2]],
    ['14.2.1', [14, 2]],
  ])('of macOS may be written as %s', (text, version) => {
    const { layer } = readStackText(`${RUNTIME}macosx_target = "${text}"\n`);
    expect(layer('py312').macosxTarget).toEqual({ text, version, fromEnvironment: false });
  });

  it('of macOS are their own before the variable, and an empty variable is none', () => {
    const own = readStackText(`${RUNTIME}macosx_target = "12.3"\n`, {}, { MACOSX_DEPLOYMENT_TARGET: '15.0' });
    expect(own.layer('py312').macosxTarget).toMatchObject({ text: '12.3', fromEnvironment: false });
    const empty = readStackText(RUNTIME, {}, { MACOSX_DEPLOYMENT_TARGET: '' });
    expect(empty.layer('py312').macosxTarget).toMatchObject({ text: '13.0', fromEnvironment: false });
  });

  it('of macOS may not be nonsense in the variable', () => {
    expect(readStackText(RUNTIME, {}, { MACOSX_DEPLOYMENT_TARGET: 'latest' }).problems).toBe(
      [
        "venvstacks.toml:1:1: runtime py312: macosx_target: the environment's MACOSX_DEPLOYMENT_TARGET 'latest' is no version X.Y",
        '  Unset it, or set macosx_target here.',
      ].join('\n'),
    );
  });
});
