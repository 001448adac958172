import {
  formatRecord,
  RECORD_FORMAT,
  sealRecord,
  type Contents,
  type RecordInputs,
  type ResolutionInputs,
  type VenvstacksRecord,
  type VersionRecord,
} from '../lock/record';

/** What a machine gets; the packages' hash tells one state from another. */
export function contentsOf(packages: string, changes: Partial<Contents> = {}): Contents {
  return {
    env_name: 'app-report',
    packages,
    modules: [{ role: 'launch', name: 'report', hash: 'sha256:00' }],
    python: 'cpython@3.12',
    linux_target: 'glibc@2.28',
    macosx_target: null,
    dynlib_exclude: [],
    lower: ['framework-tools@1', 'cpython-3.12'],
    ...changes,
  };
}

export function resolutionOf(changes: Partial<ResolutionInputs> = {}): ResolutionInputs {
  return {
    requirements: ['idna'],
    python: 'cpython@3.12.7',
    platforms: ['linux_x86_64'],
    cutoff: null,
    package_indexes: {},
    priority_indexes: [],
    uv: {},
    lower_pins: [
      ['cpython-3.12', 'sha256:01'],
      ['framework-tools', 'sha256:02'],
    ],
    ...changes,
  };
}

export function inputsOf(changes: Partial<RecordInputs> = {}): RecordInputs {
  return { versioned: true, contents: contentsOf('X'), resolution: resolutionOf(), ...changes };
}

/** A record with the fingerprint that fits. */
export function recordOf(changes: Partial<VersionRecord> = {}): VersionRecord {
  return sealRecord({
    ...foreignRecordOf(),
    format: RECORD_FORMAT,
    last_version: changes.lock_version ?? 1,
    inputs: inputsOf(),
    lock_hash: 'sha256:20',
    uv_lock_hash: 'sha256:21',
    pins: 'sha256:22',
    lineage: 'one',
    ...changes,
  });
}

/** A record as venvstacks writes it. */
export function foreignRecordOf(changes: Partial<VenvstacksRecord> = {}): VenvstacksRecord {
  return {
    lock_input_hash: 'sha256:10',
    requirements_hash: 'sha256:11',
    other_inputs_hash: 'sha256:12',
    version_inputs_hash: 'sha256:13',
    lock_version: 1,
    locked_at: '2026-01-02T03:04:05+00:00',
    ...changes,
  };
}

/** Both sides of a merge conflict in a record, as git writes it: markers around all that differs. */
export function conflictOf(ours: VersionRecord, theirs: VersionRecord): string {
  return `<<<<<<< HEAD\n${formatRecord(ours)}=======\n${formatRecord(theirs)}>>>>>>> branch\n`;
}
