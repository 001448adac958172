import { PLATFORMS } from '../stack';
import { machinePlatform, whyNotHere } from './platform';

describe('the platform of a machine', () => {
  it.each([
    ['linux', 'x64', 'linux_x86_64'],
    ['linux', 'arm64', 'linux_aarch64'],
    ['darwin', 'x64', 'macosx_x86_64'],
    ['darwin', 'arm64', 'macosx_arm64'],
    ['win32', 'x64', 'win_amd64'],
    ['win32', 'arm64', 'win_arm64'],
  ] as const)('%s on %s is %s', (system, machine, platform) => {
    expect(machinePlatform(system, machine)).toBe(platform);
    expect(PLATFORMS).toContain(platform);
  });

  it.each([
    ['freebsd', 'x64'],
    ['linux', 's390x'],
  ] as const)('%s on %s is none that layers can be for', (system, machine) => {
    expect(machinePlatform(system, machine)).toBeUndefined();
  });
});

describe('a layer', () => {
  it('is built on the platforms that it is for', () => {
    const platforms = ['linux_x86_64', 'win_amd64'] as const;
    expect(whyNotHere({ platforms }, 'win_amd64')).toBeUndefined();
    expect(whyNotHere({ platforms }, 'macosx_arm64')).toBe(
      'it is for linux_x86_64, win_amd64, and this machine is macosx_arm64',
    );
    expect(whyNotHere({ platforms: [] }, 'win_amd64')).toBe('it is for no platform, and this machine is win_amd64');
  });
});
