/** Reads how much address space the system still grants to this process. Runs in any thread. */
import { readFileSync } from 'node:fs';
import { sleepSync } from '../common/host-time.js';

/** The most bytes that V8 accepts for one buffer in all versions of Node. */
const MAX_BUFFER_BYTES = 2 ** 32 - 1;
/** How often garbage is collected, and how often and how long the result is waited for. */
const ATTEMPTS = 2;
const WAITS = 25;
const WAIT_MS = 4;

/**
 * Returns the bytes that this process may still reserve; Infinity if no limit is set (`ulimit -v`), or if the system is
 * not Linux. An estimate: other threads reserve memory at any time.
 *
 * @param wanted how many bytes the caller wants. If there are fewer, reclaims those of closed stores: shared memory is
 *   freed by garbage collection only, which does not know that address space is scarce.
 */
export function readFreeAddressSpace(wanted: number): number {
  try {
    const limit = readLimit();
    const free = limit - readUsed();
    if (free >= wanted) return free;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      // More than there can be; but a number that V8 rejects at once makes it collect nothing.
      collectGarbage(Math.min(limit, MAX_BUFFER_BYTES));
      // V8 may free the memory of what it has collected on another thread.
      for (let wait = 1; wait <= WAITS && limit - readUsed() < wanted; wait++) sleepSync(WAIT_MS);
      if (limit - readUsed() >= wanted) break;
    }
    return limit - readUsed();
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function readLimit(): number {
  const limit = /^Max address space +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  return Number(limit ?? Number.POSITIVE_INFINITY);
}

function readUsed(): number {
  return Number(/^VmSize:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) * 1024;
}

/** Makes V8 collect all garbage of this thread: it does so before it gives up a reservation that the system denies. */
function collectGarbage(bytes: number): void {
  try {
    new SharedArrayBuffer(0, { maxByteLength: bytes });
  } catch {
    // As expected: there is less.
  }
}
