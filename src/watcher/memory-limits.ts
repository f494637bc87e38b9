/**
 * Derives the limits of the watcher from the memory of this process: a container with little memory must reject a file
 * that a large one accepts, because the system ends the whole process, not the thread. Runs in the owner.
 */
import { totalmem } from 'node:os';
import type { ResourceLimits } from 'node:worker_threads';
import { MAX_EXPANSION } from '../common/file-limits.js';
import { MAX_PAYLOAD_BYTES } from '../memory/cell/layout.js';
import type { WatcherData } from './protocol.js';

const MIB = 2 ** 20;

/** The largest heap of the thread, and the smallest, in which it can load ajv and schemas, in MiB. */
const MAX_HEAP_MIB = 512;
const MIN_HEAP_MIB = 32;
/** The share of the process's memory that the heap may take. A quiet service takes 40 of 128 MiB. */
const HEAP_SHARE = 1 / 4;
/** Small: the garbage of a load is then collected during the load, which halves the memory of a large one. */
const YOUNG_HEAP_MIB = 6;
/** The share of the heap that one parsed file may take. The encoder and the garbage take as much again. */
const FILE_SHARE = 1 / 3;
/** The share of the process's memory that a snapshot may take. The cell has four slots, and each thread has a copy. */
const SNAPSHOT_SHARE = 1 / 32;

/** The limits of a watcher. */
export interface MemoryLimits {
  /**
   * Both generations have a limit: without one, a thread that runs out of memory ends the whole process on some versions
   * of Node.
   */
  readonly resourceLimits: ResourceLimits;
  readonly limits: WatcherData['limits'];
}

/**
 * Derives the limits of a watcher.
 *
 * @param maxFileBytes the largest values file
 * @param memory the memory that this process may use, in bytes
 */
export function deriveMemoryLimits(maxFileBytes: number, memory: number = readMemory()): MemoryLimits {
  const share = Math.floor((memory * HEAP_SHARE) / MIB);
  const heap = Math.min(MAX_HEAP_MIB, Math.max(MIN_HEAP_MIB, share));
  return {
    resourceLimits: { maxOldGenerationSizeMb: heap, maxYoungGenerationSizeMb: YOUNG_HEAP_MIB },
    limits: {
      fileBytes: maxFileBytes,
      parsedBytes: Math.min(maxFileBytes * MAX_EXPANSION, Math.floor(heap * MIB * FILE_SHARE)),
      payloadBytes: Math.min(MAX_PAYLOAD_BYTES, Math.floor(memory * SNAPSHOT_SHARE)),
    },
  };
}

/** Returns the limit of the cgroup (a container), if it has one, but not more than the memory of the machine. */
function readMemory(): number {
  // Optional: not all runtimes have it. 0 or a huge number: there is no limit.
  const limit = process.constrainedMemory?.() || Number.POSITIVE_INFINITY;
  return Math.min(limit, totalmem());
}
