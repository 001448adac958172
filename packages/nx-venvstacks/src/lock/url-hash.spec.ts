import { lines, readStackText } from '../testing/stack';
import { parseLock } from './pylock';
import { checkUrlHashes } from './url-hash';

const SHA = 'ab12';

function layerWith(requirement: string) {
  const text = lines(
    '[[runtimes]]',
    'name = "py"',
    'python_implementation = "cpython@3.12.7"',
    `requirements = ["${requirement}"]`,
  );
  return readStackText(text).layer('py');
}

const exported = (entry: string) =>
  parseLock(lines('[[packages]]', 'name = "my-thing"', 'version = "1"', entry)).packages;
const ARCHIVE = exported(`archive = { url = "https://x.invalid/t.whl", hashes = { sha256 = "${SHA}" } }`);

describe('the hash in the URL of a requirement', () => {
  it.each([
    `My_Thing @ https://x.invalid/t.whl#sha256=${SHA}`,
    `my-thing @ https://x.invalid/t.whl#egg=t&SHA256=${SHA.toUpperCase()}`,
    'my-thing @ https://x.invalid/t.whl',
    'other @ https://x.invalid/t.whl#sha256=00',
  ])('is the one that was found: %s', (requirement) => {
    expect(() => {
      checkUrlHashes(layerWith(requirement), ARCHIVE);
    }).not.toThrow();
  });

  it.each([
    ['an archive', ARCHIVE],
    ['a wheel', exported(`wheels = [{ url = "https://x.invalid/t.whl", hashes = { sha256 = "${SHA}" } }]`)],
  ])('that differs from that of %s is an error', (_, packages) => {
    expect(() => {
      checkUrlHashes(layerWith('my-thing @ https://x.invalid/t.whl#sha256=00ff'), packages);
    }).toThrow('my-thing is not what its requirement says: sha256=00ff');
  });
});
