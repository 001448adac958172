import { createHash } from 'node:crypto';
import { conflictOf, contentsOf, foreignRecordOf, inputsOf, recordOf, resolutionOf } from '../testing/records';
import {
  fingerprintOf,
  formatRecord,
  parseRecord,
  parseRecordFile,
  sealRecord,
  splitConflict,
  type VersionRecord,
} from './record';

const text = (changes: object) => JSON.stringify({ ...recordOf({ lock_version: 3 }), ...changes });

describe('reading a record', () => {
  it('finds one of ours that fits its fingerprint', () => {
    const record = recordOf({ lock_version: 3 });
    expect(parseRecord(formatRecord(record))).toEqual({ kind: 'ours', record, fits: true });
  });

  it('takes one written in another layout for the same', () => {
    const reversed = Object.fromEntries(Object.entries(recordOf()).reverse());
    expect(parseRecord(JSON.stringify(reversed, null, 7))).toMatchObject({ kind: 'ours', fits: true });
  });

  it.each([
    ['its number', { lock_version: 4 }],
    ['its time', { locked_at: '2026-02-02T00:00:00+00:00' }],
    ['its lineage', { lineage: 'two' }],
    ['a hash of venvstacks', { requirements_hash: 'sha256:99' }],
    ['its inputs', { inputs: inputsOf({ contents: contentsOf('Y') }) }],
    ['a key that we do not know', { comment: 'by hand' }],
    ['its fingerprint', { fingerprint: 'sha256:00' }],
  ])('tells that a hand changed %s', (_, change) => {
    expect(parseRecord(text(change))).toMatchObject({ kind: 'ours', fits: false });
  });

  it('takes a record with venvstacks’ six keys for one by venvstacks', () => {
    const record = foreignRecordOf({ lock_version: 4 });
    expect(parseRecord(JSON.stringify(record))).toEqual({ kind: 'foreign', record });
  });

  it('takes a record without a fingerprint for one by venvstacks, even with some of our keys left', () => {
    const { fingerprint: _, ...rest } = recordOf({ lock_version: 3 });
    expect(parseRecord(JSON.stringify(rest))).toMatchObject({ kind: 'foreign' });
  });

  it('refuses a newer format, and keeps its numbers in mind', () => {
    expect(parseRecord(text({ format: 2, last_version: 5 }))).toEqual({ kind: 'newer', format: 2, numbers: [3, 5] });
  });

  it.each([
    ['lock_version', 0],
    ['lock_version', -3],
    ['lock_version', 1.5],
    ['lock_version', '3'],
    ['lock_version', null],
    ['lock_version', 2 ** 53],
    ['last_version', -1],
    ['last_version', 2 ** 53],
  ])('calls a %s of %p impossible', (field, value) => {
    expect(parseRecord(text({ [field]: value }))).toMatchObject({ kind: 'impossible', field, value });
  });

  it('takes a last_version of 0, and one above the number, as they are', () => {
    expect(parseRecord(text({ last_version: 0 }))).toMatchObject({ kind: 'ours', record: { last_version: 0 } });
    expect(parseRecord(text({ last_version: 9 }))).toMatchObject({ kind: 'ours', record: { last_version: 9 } });
  });

  it.each([
    ['an empty file', ''],
    ['no JSON', 'lock'],
    ['an array', '[]'],
    ['null', 'null'],
    ['an object with nothing of a record', '{}'],
    ['a record without a number', text({ lock_version: undefined })],
    ['a record without a hash of venvstacks', text({ lock_input_hash: undefined })],
    ['a record of which a key has another type', text({ pins: 5 })],
    ['a record without format', text({ format: undefined })],
    ['a record without last_version', text({ last_version: undefined })],
    ['a record without inputs', text({ inputs: undefined })],
    ['inputs without contents', text({ inputs: { versioned: true, resolution: resolutionOf() } })],
    [
      'contents whose lists are none',
      text({ inputs: inputsOf({ contents: { ...contentsOf('X'), lower: 'x' } as never }) }),
    ],
    ['modules without names', text({ inputs: inputsOf({ contents: contentsOf('X', { modules: [{}] as never }) }) })],
    [
      'pins of lower layers that are no pairs',
      text({ inputs: inputsOf({ resolution: resolutionOf({ lower_pins: ['x'] as never }) }) }),
    ],
    ['tables that are none', text({ inputs: inputsOf({ resolution: resolutionOf({ uv: [] as never }) }) })],
  ])('calls %s damaged', (_, broken) => {
    expect(parseRecord(broken).kind).toBe('damaged');
  });

  it('makes out the numbers in a damaged one', () => {
    const cut = formatRecord(recordOf({ lock_version: 7, last_version: 12 })).slice(0, -20);
    expect(parseRecord(cut)).toEqual({ kind: 'damaged', numbers: [12, 7] });
    expect(parseRecord('"lock_version" :  7,"last_version":12, "lock_version": 99999999999999999999')).toEqual({
      kind: 'damaged',
      numbers: [7, 12],
    });
  });
});

describe('a record’s file', () => {
  it('may be absent', () => {
    expect(parseRecordFile(undefined)).toEqual({ kind: 'absent' });
  });

  it('may hold both sides of a conflict', () => {
    const [ours, theirs] = [recordOf({ lock_version: 8 }), recordOf({ lock_version: 9 })];
    expect(parseRecordFile(conflictOf(ours, theirs))).toEqual({
      kind: 'conflicted',
      sides: [
        { kind: 'ours', record: ours, fits: true },
        { kind: 'ours', record: theirs, fits: true },
      ],
    });
  });
});

describe('writing a record', () => {
  it('sorts keys, indents by two spaces and ends with a newline', () => {
    expect(
      formatRecord(recordOf({ inputs: inputsOf({ contents: contentsOf('X', { modules: [], lower: [] }) }) })),
    ).toBe(
      `{
  "fingerprint": "${recordOf({ inputs: inputsOf({ contents: contentsOf('X', { modules: [], lower: [] }) }) }).fingerprint}",
  "format": 1,
  "inputs": {
    "contents": {
      "dynlib_exclude": [],
      "env_name": "app-report",
      "linux_target": "glibc@2.28",
      "lower": [],
      "macosx_target": null,
      "modules": [],
      "packages": "X",
      "python": "cpython@3.12"
    },
    "resolution": {
      "cutoff": null,
      "lower_pins": [
        [
          "cpython-3.12",
          "sha256:01"
        ],
        [
          "framework-tools",
          "sha256:02"
        ]
      ],
      "package_indexes": {},
      "platforms": [
        "linux_x86_64"
      ],
      "priority_indexes": [],
      "python": "cpython@3.12.7",
      "requirements": [
        "idna"
      ],
      "uv": {}
    },
    "versioned": true
  },
  "last_version": 1,
  "lineage": "one",
  "lock_hash": "sha256:20",
  "lock_input_hash": "sha256:10",
  "lock_version": 1,
  "locked_at": "2026-01-02T03:04:05+00:00",
  "other_inputs_hash": "sha256:12",
  "pins": "sha256:22",
  "requirements_hash": "sha256:11",
  "uv_lock_hash": "sha256:21",
  "version_inputs_hash": "sha256:13"
}
`,
    );
  });

  it('sorts keys by code point, not by UTF-16 unit', () => {
    const uv = { '\u{1F600}': 'a', '\uFB01': 'b' };
    const written = formatRecord(recordOf({ inputs: inputsOf({ resolution: resolutionOf({ uv }) }) }));
    expect(written.indexOf('\uFB01')).toBeLessThan(written.indexOf('\u{1F600}'));
  });

  it('gives back what was read', () => {
    const written = formatRecord(recordOf({ uv_lock_hash: null }));
    const parsed = parseRecord(written);
    expect(parsed.kind === 'ours' && formatRecord(parsed.record)).toBe(written);
  });
});

describe('the fingerprint', () => {
  it('is the sha256 of the compact JSON of all other keys, sorted', () => {
    const sortDeep = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(sortDeep)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(
              Object.entries(value)
                .sort(([a], [b]) => (a < b ? -1 : 1))
                .map(([key, each]) => [key, sortDeep(each)]),
            )
          : value;
    const { fingerprint, ...rest } = recordOf();
    const compact = JSON.stringify(sortDeep(rest));
    expect(fingerprint).toBe(`sha256:${createHash('sha256').update(compact).digest('hex')}`);
  });

  it('does not follow from the former one', () => {
    const record = recordOf();
    expect(fingerprintOf({ ...record, fingerprint: 'other' } as VersionRecord)).toBe(record.fingerprint);
    expect(sealRecord({ ...record, fingerprint: 'other' } as VersionRecord)).toEqual(record);
  });
});

describe('splitting a conflict', () => {
  const twoWay = ['{', '<<<<<<< HEAD', '"a": 1,', '=======', '"a": 2,', '>>>>>>> branch', '}', ''];
  const diff3 = [
    '{',
    '<<<<<<< ours',
    '"a": 1,',
    '||||||| base',
    '"a": 0,',
    '=======',
    '"a": 2,',
    '>>>>>>> theirs',
    '}',
    '',
  ];

  it('leaves a text without markers alone', () => {
    expect(splitConflict('{\n"a": "<<<<<<< no"\n}\n')).toBeUndefined();
    expect(splitConflict('<<<<<<<< eight\n')).toBeUndefined();
  });

  it.each([
    ['two-way', twoWay],
    ['diff3', diff3],
    ['without labels', twoWay.map((line) => line.replace(/^(<{7}|>{7}) .*/, '$1'))],
  ])('gives both sides (%s)', (_, lines) => {
    expect(splitConflict(lines.join('\n'))).toEqual(['{\n"a": 1,\n}\n', '{\n"a": 2,\n}\n']);
  });

  it.each([
    ['two-way', twoWay],
    ['diff3', diff3],
    ['without labels', twoWay.map((line) => line.replace(/^(<{7}|>{7}) .*/, '$1'))],
  ])('gives both sides of a text with CRLF (%s)', (_, lines) => {
    expect(splitConflict(lines.join('\r\n'))).toEqual(['{\r\n"a": 1,\r\n}\r\n', '{\r\n"a": 2,\r\n}\r\n']);
  });

  it('joins several conflicts of one text, side by side', () => {
    const lines = [
      'a',
      '<<<<<<< x',
      'b1',
      '=======',
      'b2',
      '>>>>>>> y',
      'c',
      '<<<<<<< x',
      '=======',
      'd2',
      '>>>>>>> y',
    ];
    expect(splitConflict(lines.join('\n'))).toEqual(['a\nb1\nc', 'a\nb2\nc\nd2']);
  });
});
