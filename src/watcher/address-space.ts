/** How much address space the system still grants to this process. Any thread. */
import { readFileSync } from 'node:fs';

/**
 * Bytes that this process may still reserve; Infinity where nothing limits them (`ulimit -v`), or where Linux is not
 * there to be asked. An estimate: other threads take some at any time.
 */
export function readFreeAddressSpace(): number {
  try {
    const limit = /^Max address space +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    if (limit === undefined) return Number.POSITIVE_INFINITY;
    const taken = /^VmSize:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return Number(limit) - Number(taken ?? 0) * 1024;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
