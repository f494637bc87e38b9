/**
 * The handle of a store: the shared memory, with which another thread can read the same store. Runs in any thread.
 * Handles travel by `postMessage`, `workerData` or, to threads that start later, by environment data.
 */
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { ConfigError, HandleVersionError } from '../common/errors.js';
import type { SharedSchemas } from './catalog.js';
import { LAYOUT_VERSION } from './cell/layout.js';
import { Control } from './control.js';

/** A store of another thread. Opaque: pass it on unmodified (any structured clone works), and `attach()` it there. */
export interface StoreHandle extends SharedSchemas {
  /** The layout version of the memory. A handle of another version is rejected, never misread. */
  readonly version: number;
  /** Identifies the store: the same for all handles of one store. */
  readonly id: string;
  /** The base directory. */
  readonly directory: string;
  /** The control words: the watcher's state, and the requests for polls. */
  readonly control: SharedArrayBuffer;
  /** The published values. */
  readonly values: SharedArrayBuffer;
  /** The status record. */
  readonly status: SharedArrayBuffer;
  /** Whether it is an in-memory store of a test, without files and without a watcher. */
  readonly isInMemory: boolean;
}

/** The key contains the version, so that two versions of the library in one process do not share it. */
const ENVIRONMENT_KEY = `sentry-options/handle@${LAYOUT_VERSION}`;
const BUFFERS = ['control', 'values', 'status', 'catalog', 'defaults', 'schemas'] as const;

/**
 * Checks that `value` is a handle of this version, and returns it.
 *
 * @throws {HandleVersionError} if another version of the library created it
 * @throws {ConfigError} if it is not a handle
 */
export function checkHandle(value: unknown): StoreHandle {
  if (typeof value !== 'object' || value === null || !('version' in value)) {
    throw new ConfigError("The handle must be a store's handle. Pass `store.handle` unmodified.", { key: 'handle' });
  }
  const handle = value as StoreHandle;
  if (handle.version !== LAYOUT_VERSION) {
    throw new HandleVersionError(
      `The handle must have memory layout ${LAYOUT_VERSION}; got ${String(handle.version)}. ` +
        'Use one version of sentry-options in all threads.',
    );
  }
  for (const name of BUFFERS) {
    if (!isSharedMemory(handle[name])) {
      throw new ConfigError(
        `The handle has lost its shared memory (${name}). Pass it by structured clone, not as JSON.`,
        { key: 'handle' },
      );
    }
  }
  if (!Control.isCompatible(handle.control)) {
    throw new HandleVersionError(
      `The memory of the handle must have layout ${LAYOUT_VERSION}. Use one version of sentry-options in all threads.`,
    );
  }
  return handle;
}

/** Passes the store to all threads that this thread starts from now on; undefined stops that. */
export function setInheritedHandle(handle: StoreHandle | undefined): void {
  setEnvironmentData(ENVIRONMENT_KEY, handle as unknown as Parameters<typeof setEnvironmentData>[1]);
}

/** Returns the handle that this thread inherited at its start, or that another realm of this thread set. */
export function getInheritedHandle(): StoreHandle | undefined {
  const value: unknown = getEnvironmentData(ENVIRONMENT_KEY);
  return value === undefined || value === null ? undefined : checkHandle(value);
}

/** Not by `instanceof`: a test runner's realm has a separate SharedArrayBuffer class. */
function isSharedMemory(value: unknown): value is SharedArrayBuffer {
  return Object.prototype.toString.call(value) === '[object SharedArrayBuffer]';
}
