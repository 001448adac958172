// Loaded before a program (`node --require`): counts everything that it does to the disk, and each program that it
// starts, and interrupts it at the n-th such step. What is written counts twice: before, and half done.
//
// FAULT_LOG     a file for what the steps are: `promises.rename pylock.toml`
// FAULT_STEP    the step at which it is interrupted
// FAULT_SIGNAL  and how
const fs = require('node:fs');
const childProcess = require('node:child_process');
const { basename } = require('node:path');

const { FAULT_LOG, FAULT_STEP, FAULT_SIGNAL } = process.env;
const { appendFileSync, writeFileSync, writeSync } = fs;
const MARKS = ['FAULT_LOG', 'FAULT_STEP', 'FAULT_SIGNAL', 'NODE_OPTIONS'];
// What it starts is not what is tested.
for (const mark of MARKS) delete process.env[mark];

const CHANGES = [
  ...['appendFile', 'chmod', 'chown', 'copyFile', 'cp', 'link', 'mkdir', 'mkdtemp', 'rename', 'rm', 'rmdir'],
  ...['symlink', 'truncate', 'unlink', 'utimes', 'write', 'writeFile', 'fsync', 'ftruncate', 'fchmod', 'fchown'],
];

let steps = 0;
/** Node's functions call each other. */
let inside = false;

function step(name, half) {
  steps++;
  if (FAULT_LOG) appendFileSync(FAULT_LOG, `${name}\n`);
  if (steps !== Number(FAULT_STEP)) return;
  half?.();
  process.kill(process.pid, FAULT_SIGNAL);
  // Killed it is at once, but perhaps not before the next line.
  if (FAULT_SIGNAL === 'SIGKILL') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function wrap(object, key, name, halfOf) {
  const original = object[key];
  if (typeof original !== 'function') return;
  object[key] = function (...args) {
    const onlyReads = key.startsWith('open') && !/[wa+]/.test(String(args[1] ?? 'r'));
    const isOutput = args[0] === 1 || args[0] === 2;
    if (inside || onlyReads || isOutput) return original.apply(this, args);
    inside = true;
    try {
      const subject = typeof args[0] === 'string' && !name.startsWith('handle.') ? basename(args[0]) : '';
      step(`${name} ${subject}`);
      const half = halfOf?.(this, ...args);
      if (half) step(`half ${name} ${subject}`, half);
      return original.apply(this, args);
    } finally {
      inside = false;
    }
  };
}

const firstHalf = (data) => String(data).slice(0, String(data).length / 2);
const ofFile = (_, path, data) => () => writeFileSync(path, firstHalf(data));
const ofHandle = (handle, data) => () => writeSync(handle.fd, firstHalf(data));

for (const key of [...CHANGES, 'open']) {
  const half = key === 'writeFile' ? ofFile : undefined;
  wrap(fs, key, key, half);
  wrap(fs, `${key}Sync`, `${key}Sync`, half);
  wrap(fs.promises, key, `promises.${key}`, half);
}
for (const key of ['spawn', 'spawnSync']) wrap(childProcess, key, key);

// The class of file handles has no name of its own.
fs.promises.open(__filename).then((handle) => {
  const prototype = Object.getPrototypeOf(handle);
  for (const key of ['appendFile', 'chmod', 'chown', 'datasync', 'sync', 'truncate', 'utimes', 'write', 'writeFile'])
    wrap(prototype, key, `handle.${key}`, key === 'writeFile' ? ofHandle : undefined);
  return handle.close();
});
