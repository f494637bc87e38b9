/** Reads how much address space the system still grants to this process. Runs in any thread. */
import { readFileSync } from 'node:fs';

/**
 * Returns the bytes that this process may still reserve; Infinity if no limit is set (`ulimit -v`), or if the system is
 * not Linux. An estimate: other threads reserve memory at any time.
 */
export function readFreeAddressSpace(): number {
  try {
    const limit = /^Max address space +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    if (limit === undefined) return Number.POSITIVE_INFINITY;
    const used = /^VmSize:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return Number(limit) - Number(used ?? 0) * 1024;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
