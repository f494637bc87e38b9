/**
 * Threads as the kernel knows them: a thread that was terminated cannot report its end, but the kernel forgets it. Runs
 * in any thread. Only Linux has the files; elsewhere, and if Node's permission model hides them, nothing is known.
 */
import { existsSync, readFileSync, readlinkSync } from 'node:fs';

/** Identifies a thread of this process, also after it has ended and the kernel has given its number to another one. */
export interface KernelThread {
  /** The kernel's number of the thread; 0 if it is not known. */
  readonly id: number;
  /** When the thread started, in ticks since the boot, truncated to an Int32. */
  readonly startedAt: number;
}

/** What a thread does. */
export interface ThreadActivity {
  /** Whether it runs, or would if a processor were free. */
  readonly isRunnable: boolean;
  /** The processor time that it has used, in ticks. */
  readonly ticks: number;
}

export const UNKNOWN_THREAD: KernelThread = { id: 0, startedAt: 0 };

const TASKS = '/proc/self/task';

/** Identifies the calling thread. */
export function identifyThread(): KernelThread {
  try {
    const id = Number(/(?<!\d)\d+$/.exec(readlinkSync('/proc/thread-self'))?.[0] ?? 0);
    return { id, startedAt: readStat(id).startedAt };
  } catch {
    return UNKNOWN_THREAD;
  }
}

/** What a thread does; `'ended'` if it has ended; undefined if that is not known. */
export type Inspection = ThreadActivity | 'ended' | undefined;

/** Whether a thread has used the processor, has waited for one or has ended between two inspections, as far as known. */
export function hasWorked(before: Inspection, after: Inspection): boolean {
  if (after === 'ended') return true;
  if (typeof before !== 'object' || typeof after !== 'object') return false;
  return before.isRunnable || after.isRunnable || after.ticks > before.ticks;
}

/** Finds out what `thread` does. */
export function inspectThread({ id, startedAt }: KernelThread): Inspection {
  if (id === 0) return undefined;
  try {
    const stat = readStat(id);
    return stat.startedAt === startedAt ? stat : 'ended';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Any other code, such as EMFILE, says nothing about the thread. Without /proc, every thread would be missing.
    return (code === 'ENOENT' || code === 'ESRCH') && existsSync(TASKS) ? 'ended' : undefined;
  }
}

function readStat(id: number): ThreadActivity & { readonly startedAt: number } {
  const stat = readFileSync(`${TASKS}/${id}/stat`, 'latin1');
  // The name before the parenthesis may contain spaces. Then the fields of proc_pid_stat(5), from the third on.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    isRunnable: fields[0] === 'R',
    ticks: Number(fields[11]) + Number(fields[12]),
    startedAt: Number(fields[19]) | 0,
  };
}
