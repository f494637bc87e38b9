/** Runs the overload cases, each with what it needs: a variant of the package, a limit, or a small disk. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeVariant } from '../support/make-variant.mjs';

const run = promisify(execFile);
const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url));

/** A read takes 80 ms, and overlapping polls end the thread. */
const SLOW = [
  {
    file: 'src/files/read.ts',
    from: '    const before = tryOperation(',
    to: '    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 80);\n    const before = tryOperation(',
  },
  {
    file: 'workers/poll/loop.ts',
    from: '    await poll(ticket !== answered, isNew || isAccepting);',
    to: `    const state = globalThis as { isPolling?: boolean };
    if (state.isPolling) throw new Error('polls overlap');
    state.isPolling = true;
    await poll(ticket !== answered, isNew || isAccepting);
    state.isPolling = false;`,
  },
];

/** The thread's clock goes back by a day. */
const CLOCK = [
  {
    file: 'src/common/host-time.ts',
    from: '= Date.now;',
    to: `= () => {
  const directory = process.getBuiltinModule('node:worker_threads').workerData?.directory;
  const isBack = directory !== undefined && process.getBuiltinModule('node:fs').existsSync(directory + '/back');
  return Date.now() - (isBack ? 86_400_000 : 0);
};`,
  },
];

/** The call to the file system whose number is in `fault.json` fails in the watcher, which then writes `reached`. */
const CALLS = [
  {
    file: 'workers/watcher.ts',
    from: 'void main();',
    to: `declare const require: any;
const fs = require('node:fs');
const { readFileSync, writeFileSync } = fs;
let calls = 0;
for (const name of ['access', 'close', 'fstat', 'lstat', 'open', 'read', 'readFile', 'readlink', 'realpath', 'stat']) {
  const call = fs[name + 'Sync'];
  fs[name + 'Sync'] = (...args: unknown[]) => {
    let fault: { number: number; code: string };
    try {
      fault = JSON.parse(readFileSync(data.directory + '/fault.json', 'utf8'));
    } catch {
      calls = 0;
      return call(...args);
    }
    if (++calls !== fault.number) return call(...args);
    writeFileSync(data.directory + '/reached', '');
    throw Object.assign(new Error(fault.code + ': injected, ' + name), { code: fault.code });
  };
}
void main();`,
  },
];

/** All cases of large input and scarce resources. `isLong`: not part of `npm test`. `isLinux`: needs /proc. */
export const CASES = [
  { name: '1 000 namespaces', script: 'overload-sizes.mjs', case: 'namespaces' },
  { name: '10 000 options in a namespace', script: 'overload-sizes.mjs', case: 'options' },
  { name: 'a value of 1 MiB', script: 'overload-sizes.mjs', case: 'value' },
  { name: 'a snapshot at and beyond 64 MiB', script: 'overload-sizes.mjs', case: 'reserve', isLong: true },
  { name: '64 attached threads', script: 'overload-sizes.mjs', case: 'threads' },
  { name: 'a disk slower than the interval', script: 'overload-faults.mjs', case: 'slow', edits: SLOW },
  { name: 'the clock set back by a day', script: 'overload-faults.mjs', case: 'clock', edits: CLOCK },
  { name: 'freezes of the process', script: 'overload-freezes.mjs', case: '3', isLinux: true },
  {
    name: 'long freezes of the process',
    script: 'overload-freezes.mjs',
    case: '1,2,5,10,20,40,60',
    isLinux: true,
    isLong: true,
  },
  { name: '100 stores closed at once', script: 'overload-faults.mjs', case: 'stores', isLong: true },
  { name: 'no file descriptor', script: 'overload-faults.mjs', case: 'descriptors', limit: 'ulimit -n 60' },
  {
    name: 'few file descriptors at a start',
    script: 'overload-faults.mjs',
    case: 'few',
    limit: 'ulimit -n 60',
    isLong: true,
  },
  {
    name: 'a system error at each call of a reload',
    script: 'overload-faults.mjs',
    case: 'calls',
    edits: CALLS,
    isLong: true,
  },
  {
    name: 'a file that takes as much memory as it may',
    script: 'overload-hostile.mjs',
    case: 'largest',
    isLinux: true,
    isLong: true,
  },
  { name: 'files of many lists in 128 MiB', script: 'overload-hostile.mjs', case: '0.4', memoryMiB: 128 },
  {
    name: 'many files of many lists in 128 MiB',
    script: 'overload-hostile.mjs',
    case: '1,0.85,0.7,0.55,0.4',
    memoryMiB: 128,
    isLong: true,
  },
  { name: 'hostile names and values', script: 'overload-hostile.mjs', case: 'report 1 20', isLong: true },
  { name: 'hostile names in 300 namespaces', script: 'overload-hostile.mjs', case: 'report 300 20', isLong: true },
  {
    name: 'hostile names with little address space',
    script: 'overload-hostile.mjs',
    case: 'report 10 0.5 1050',
    limit: 'ulimit -v 4000000',
    isLinux: true,
  },
  {
    name: 'hostile names in 300 namespaces, with little address space',
    script: 'overload-hostile.mjs',
    case: 'report 300 20 1050',
    limit: 'ulimit -v 4000000',
    isLinux: true,
    isLong: true,
  },
  { name: 'a full disk', script: 'overload-faults.mjs', case: 'disk', mount: 'size=1m' },
];

/** Whether this process may mount a small disk. */
async function canMount() {
  if (process.platform !== 'linux' || process.getuid() !== 0) return false;
  try {
    return await withSmallDisk('size=64k', () => true);
  } catch {
    return false;
  }
}

/** Whether this process may make a control group that limits memory, as a container has one. */
async function canLimitMemory() {
  try {
    return await withMemoryLimit(64, () => true);
  } catch {
    return false;
  }
}

/** Returns why this process cannot run a case; undefined if it can. */
export async function findObstacle({ mount, memoryMiB, isLinux }) {
  if (isLinux && process.platform !== 'linux') return 'only Linux shows what it needs';
  if (mount !== undefined && !(await canMount())) return 'mounting a small disk needs root';
  if (memoryMiB !== undefined && !(await canLimitMemory()))
    return 'making a control group needs root and its controller';
  return undefined;
}

/** Runs a case and returns its figures by name: milliseconds, or strings. Rejects with its output if it fails. */
export async function runCase({ script, case: name, edits, limit, mount, memoryMiB }) {
  const args = name.split(' ');
  if (mount !== undefined) return await withSmallDisk(mount, (disk) => runInNode(join(FIXTURES, script), [name, disk]));
  if (memoryMiB !== undefined) {
    return await withTemporaryDirectory(async (directory) => {
      await runInNode(join(FIXTURES, script), ['files', directory, name]);
      return await withMemoryLimit(memoryMiB, async (group) => {
        const figures = await runInNode(
          join(FIXTURES, script),
          ['series', directory],
          `echo $$ > ${group}/cgroup.procs`,
        );
        return { ...figures, 'MiB used at most': Math.round(readPeak(group) / 2 ** 20) };
      });
    });
  }
  if (edits === undefined) return await runInNode(join(FIXTURES, script), args, limit);
  return await withTemporaryDirectory(async (directory) => {
    await makeVariant(directory, edits);
    return await runInNode(join(directory, 'test/fixtures', script), [name]);
  });
}

async function runInNode(script, args, limit = ':') {
  const command = [process.execPath, script, ...args];
  const { stdout } = await run('sh', ['-c', `${limit}; exec "$@"`, 'sh', ...command], { timeout: 120_000 });
  return JSON.parse(stdout);
}

/** The directories of control groups: version 2, then the memory controller of version 1, with the files of a limit. */
const CONTROL_GROUPS = [
  { parent: '/sys/fs/cgroup', limit: 'memory.max', peak: 'memory.peak', needs: 'cgroup.controllers' },
  {
    parent: '/sys/fs/cgroup/memory',
    limit: 'memory.limit_in_bytes',
    peak: 'memory.max_usage_in_bytes',
    needs: 'memory.limit_in_bytes',
  },
];

/** Calls `action` with the directory of a control group whose processes get `mebibytes` of memory, without swap. */
async function withMemoryLimit(mebibytes, action) {
  const version = CONTROL_GROUPS.find(({ parent, needs }) => existsSync(join(parent, needs)));
  if (version === undefined) throw new Error('no control groups');
  const group = mkdtempSync(join(version.parent, 'sentry-options-test-'));
  try {
    writeFileSync(join(group, version.limit), String(mebibytes * 2 ** 20));
    if (existsSync(join(group, 'memory.swap.max'))) writeFileSync(join(group, 'memory.swap.max'), '0');
    return await action(group);
  } finally {
    rmdirSync(group);
  }
}

/** Returns the most bytes that the group has used; NaN if the kernel does not count them. */
function readPeak(group) {
  const file = CONTROL_GROUPS.map(({ peak }) => join(group, peak)).find(existsSync);
  return file === undefined ? Number.NaN : Number(readFileSync(file, 'utf8'));
}

async function withSmallDisk(options, action) {
  return await withTemporaryDirectory(async (directory) => {
    await run('mount', ['-t', 'tmpfs', '-o', options, 'sentry-options-test', directory]);
    try {
      return await action(directory);
    } finally {
      await run('umount', [directory]);
    }
  });
}

async function withTemporaryDirectory(action) {
  const directory = mkdtempSync(join(tmpdir(), 'sentry-options-overload-'));
  try {
    return await action(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
