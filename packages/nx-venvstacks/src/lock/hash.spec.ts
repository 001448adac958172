import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { makeFolder } from '../testing/folder';
import { hashBytes, hashFile, hashItems } from './hash';

const CHUNK = 1 << 16;

describe('the hash of a file', () => {
  it.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 7])('is that of its %d bytes', (size) => {
    // All bytes, so that no decoding goes unnoticed.
    const bytes = Buffer.from(Array.from({ length: size }, (_, n) => (n * 31) % 256));
    const folder = makeFolder({ file: bytes });
    const expected = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    expect(hashFile(join(folder, 'file'))).toBe(expected);
    expect(hashBytes(bytes)).toBe(expected);
  });

  it('is an error where there is no file', () => {
    expect(() => hashFile(join(makeFolder(), 'file'))).toThrow('ENOENT');
  });

  it('is not hidden by what keeps it from being read', () => {
    expect(() => hashFile(makeFolder())).toThrow('EISDIR');
  });
});

it('items are hashed as if joined', () => {
  expect(hashItems(new Set(['a', 'ü', '']))).toBe(hashBytes('aü'));
});
