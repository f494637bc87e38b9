/** Runs the scripts of overload, each in what it needs: a build of its own, a limit, a small disk. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeVariant } from '../support/make-variant.mjs';

const run = promisify(execFile);
const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url));

/** Reading takes 80 ms; a poll that begins within another ends the thread. */
const SLOW = [
  {
    file: 'src/files/read.ts',
    from: '    const before = tryOperation(',
    to: '    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 80);\n    const before = tryOperation(',
  },
  {
    file: 'workers/poll/loop.ts',
    from: '    await poll(ticket !== answered);',
    to: `    const state = globalThis as { isPolling?: boolean };
    if (state.isPolling) throw new Error('polls overlap');
    state.isPolling = true;
    await poll(ticket !== answered);
    state.isPolling = false;`,
  },
];

/** The thread's clock goes back by a day. */
const CLOCK = [
  {
    file: 'workers/context.ts',
    from: "import { workerData } from 'node:worker_threads';",
    to: `import { workerData } from 'node:worker_threads';
const present = Date.now;
Date.now = () =>
  present() - (require('node:fs').existsSync(workerData.directory + '/back') ? 86_400_000 : 0);
declare const require: any;`,
  },
];

/** All that there is too much of, or too little of. `isLong`: not for the suite. */
export const CASES = [
  { name: '1 000 namespaces', script: 'overload-sizes.mjs', case: 'namespaces' },
  { name: '10 000 options in a namespace', script: 'overload-sizes.mjs', case: 'options' },
  { name: 'a value of 1 MiB', script: 'overload-sizes.mjs', case: 'value' },
  { name: 'a snapshot at 64 MiB, and beyond', script: 'overload-sizes.mjs', case: 'reserve', isLong: true },
  { name: '64 attached threads', script: 'overload-sizes.mjs', case: 'threads' },
  { name: 'a disk slower than the interval', script: 'overload-faults.mjs', case: 'slow', edits: SLOW },
  { name: 'the clock set back by a day', script: 'overload-faults.mjs', case: 'clock', edits: CLOCK },
  { name: 'no file descriptor left', script: 'overload-faults.mjs', case: 'descriptors', limit: 'ulimit -n 60' },
  { name: 'the disk of the values full', script: 'overload-faults.mjs', case: 'disk', mount: 'size=1m' },
];

/** Whether this machine lets us mount a small disk. */
export async function canMount() {
  if (process.platform !== 'linux' || process.getuid() !== 0) return false;
  try {
    return await onSmallDisk('size=64k', () => true);
  } catch {
    return false;
  }
}

/** What a case has measured, by name: milliseconds, or a text. Rejects with what it printed where it fails. */
export async function overload({ script, case: name, edits, limit, mount }) {
  if (mount !== undefined) return await onSmallDisk(mount, (disk) => inNode(join(FIXTURES, script), [name, disk]));
  if (edits === undefined) return await inNode(join(FIXTURES, script), [name], limit);
  return await inTemporary(async (directory) => {
    await makeVariant(directory, edits);
    return await inNode(join(directory, 'test/fixtures', script), [name]);
  });
}

async function inNode(script, args, limit = ':') {
  const command = [process.execPath, script, ...args];
  const { stdout } = await run('sh', ['-c', `${limit}; exec "$@"`, 'sh', ...command], { timeout: 120_000 });
  return JSON.parse(stdout);
}

async function onSmallDisk(options, action) {
  return await inTemporary(async (directory) => {
    await run('mount', ['-t', 'tmpfs', '-o', options, 'sentry-options-test', directory]);
    try {
      return await action(directory);
    } finally {
      await run('umount', [directory]);
    }
  });
}

async function inTemporary(action) {
  const directory = mkdtempSync(join(tmpdir(), 'sentry-options-overload-'));
  try {
    return await action(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
