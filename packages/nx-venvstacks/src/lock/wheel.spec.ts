import { PLATFORMS, type Platform, type TargetVersion } from '../stack';
import { platformsWithoutWheel } from './wheel';

const missing = (wheels: string[], linux: TargetVersion = [2, 28], macos: TargetVersion = [13, 0]) =>
  platformsWithoutWheel(wheels, PLATFORMS, { linux, macos });
const allBut = (...fitting: Platform[]) => PLATFORMS.filter((platform) => !fitting.includes(platform));

describe('platforms without a wheel', () => {
  it.each<[string[], Platform[]]>([
    [['a-1-py3-none-any.whl'], [...PLATFORMS]],
    [[], []],
    [['a-1-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl'], ['linux_x86_64']],
    [['a-1-cp312-cp312-manylinux2014_aarch64.whl'], ['linux_aarch64']],
    [['a-1-cp312-cp312-manylinux_2_28_x86_64.whl'], ['linux_x86_64']],
    [['a-1-cp312-cp312-manylinux_2_29_x86_64.whl'], []],
    [['a-1-cp312-cp312-manylinux_3_0_x86_64.whl'], []],
    [['a-1-cp312-cp312-manylinux_1_99_x86_64.whl'], ['linux_x86_64']],
    [['a-1-cp312-cp312-manylinux2010_x86_64.whl'], []],
    [['a-1-cp312-cp312-musllinux_1_2_x86_64.whl'], []],
    [['a-1-cp312-cp312-linux_x86_64.whl'], ['linux_x86_64']],
    [['a-1-cp312-cp312-manylinux_2_17_ppc64.whl'], []],
    [['a-1-cp312-cp312-macosx_10_9_universal2.whl'], ['macosx_arm64', 'macosx_x86_64']],
    [['a-1-cp312-cp312-macosx_13_0_arm64.whl'], ['macosx_arm64']],
    [['a-1-cp312-cp312-macosx_14_0_arm64.whl'], []],
    [['a-1-cp312-cp312-macosx_10_9_intel.whl'], []],
    [['a-1-cp312-cp312-win_amd64.whl'], ['win_amd64']],
    [['a-1-cp312-cp312-win_arm64.whl'], ['win_arm64']],
    [['a-1-cp312-cp312-win32.whl'], []],
    [['a-1-2build-cp312-cp312-win_amd64.whl'], ['win_amd64']],
    [['a-1.tar.gz', 'not-a-wheel.zip'], []],
    [
      [
        'a-1-cp312-cp312-win_amd64.whl',
        'a-1-cp312-cp312-macosx_11_0_x86_64.whl',
        'a-1-cp312-cp312-manylinux_2_17_x86_64.whl',
      ],
      ['linux_x86_64', 'macosx_x86_64', 'win_amd64'],
    ],
  ])('with the wheels %j are all but %j', (wheels, fitting) => {
    expect(missing(wheels)).toEqual(allBut(...fitting));
  });

  it('follow the linux_target', () => {
    const wheels = ['a-1-cp312-cp312-manylinux_2_34_x86_64.whl'];
    expect(missing(wheels, [2, 33])).toContain('linux_x86_64');
    expect(missing(wheels, [2, 34])).not.toContain('linux_x86_64');
  });

  it('follow the macosx_target', () => {
    const wheels = ['a-1-cp312-cp312-macosx_12_3_arm64.whl'];
    expect(missing(wheels, [2, 28], [12, 2])).toContain('macosx_arm64');
    expect(missing(wheels, [2, 28], [12, 3])).not.toContain('macosx_arm64');
  });

  it('are only looked for among those asked about', () => {
    expect(platformsWithoutWheel([], ['win_arm64'], { linux: [2, 28], macos: [13, 0] })).toEqual(['win_arm64']);
  });
});
