/**
 * What one thread hands to another so that it can read the same store: the shared memory, and where it comes from.
 * Handles travel by `postMessage`, `workerData` or, for threads that are started later, by environment data.
 */
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { ConfigError, HandleVersionError } from '../common/errors.js';
import type { SharedSchemas } from './catalog.js';
import { LAYOUT_VERSION } from './cell/layout.js';
import { Control } from './control.js';

/** A store of another thread. Opaque: hand it on as it is (any structured clone will do), and `attach()` it there. */
export interface StoreHandle extends SharedSchemas {
  /** The layout version of the memory: a handle of another version is refused, never misread. */
  readonly version: number;
  /** Tells stores apart: the same for all handles of one store. */
  readonly id: string;
  /** The base directory. */
  readonly directory: string;
  /** The watcher's state, and the words by which threads ask it. */
  readonly control: SharedArrayBuffer;
  /** The published values. */
  readonly values: SharedArrayBuffer;
  /** What `status()` says. */
  readonly status: SharedArrayBuffer;
  /** Whether the store is a test's, without files and without a watcher. */
  readonly isInMemory: boolean;
}

/** The version is in the name, so that two versions of the library in one process keep out of each other's way. */
const ENVIRONMENT_KEY = `sentry-options/handle@${LAYOUT_VERSION}`;
const BUFFERS = ['control', 'values', 'status', 'catalog', 'defaults', 'schemas'] as const;

/**
 * `value` as a handle of this version.
 *
 * @throws {HandleVersionError} where another version of the library made it
 * @throws {ConfigError} where it is no handle at all
 */
export function checkHandle(value: unknown): StoreHandle {
  if (typeof value !== 'object' || value === null || !('version' in value)) {
    throw new ConfigError("This is no store's handle: pass `store.handle` on as it is.", { key: 'handle' });
  }
  const handle = value as StoreHandle;
  if (handle.version !== LAYOUT_VERSION) {
    throw new HandleVersionError(
      `The handle was made by a version of sentry-options with memory layout ${String(handle.version)}; ` +
        `this one reads layout ${LAYOUT_VERSION}. Use one version of the library in all threads.`,
    );
  }
  for (const name of BUFFERS) {
    if (!isSharedMemory(handle[name])) {
      throw new ConfigError(
        `The handle has lost its shared memory (${name}): pass it by a structured clone, not as JSON.`,
        {
          key: 'handle',
        },
      );
    }
  }
  if (!Control.isCompatible(handle.control)) {
    throw new HandleVersionError(
      'The memory behind the handle has another layout than this version of sentry-options.',
    );
  }
  return handle;
}

/** Lets the threads that this one starts from now on find the store by themselves; undefined takes that back. */
export function setInheritedHandle(handle: StoreHandle | undefined): void {
  setEnvironmentData(ENVIRONMENT_KEY, handle as unknown as Parameters<typeof setEnvironmentData>[1]);
}

/** The handle that this thread was started with, or that another realm of this thread bequeathed. */
export function getInheritedHandle(): StoreHandle | undefined {
  const value: unknown = getEnvironmentData(ENVIRONMENT_KEY);
  return value === undefined || value === null ? undefined : checkHandle(value);
}

/** Not `instanceof`: a test runner's realm has a SharedArrayBuffer class of its own. */
function isSharedMemory(value: unknown): value is SharedArrayBuffer {
  return Object.prototype.toString.call(value) === '[object SharedArrayBuffer]';
}
