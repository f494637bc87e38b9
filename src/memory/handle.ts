/**
 * The handle of a store: the shared memory, with which another thread can read the same store. Runs in any thread.
 * Handles travel by `postMessage`, `workerData` or, to threads that start later, by environment data.
 */
import { randomUUID } from 'node:crypto';
import { types } from 'node:util';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { crc32 } from 'node:zlib';
import { ConfigError, HandleVersionError } from '../common/errors.js';
import { CellFormatError, GENERATION, LAYOUT_VERSION, openHeader, SEAL_WORD } from './cell/layout.js';
import { Control } from './control.js';
import { SEAL } from './control-layout.js';
import type { SharedSchemas } from './shared-schemas.js';
import { areThreadRows } from './thread-rows.js';
import { isUsageMemory, sealUsageMemory } from './usage-memory.js';

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
  /**
   * The checksums of catalog and defaults, which each thread reads much later than it checks the handle.
   * {@link checkHandle} computes them again, and the seal covers them.
   */
  readonly catalogChecksum: number;
  readonly defaultsChecksum: number;
  /** Whether it is an in-memory store of a test, without files and without a watcher. */
  readonly isInMemory: boolean;
  /** The rows of the threads that hold the store: see `thread-rows.ts`. Null unless the process can be asked. */
  readonly threads: SharedArrayBuffer | null;
}

/** The key contains the version, so that two versions of the library in one process do not share it. */
const ENVIRONMENT_KEY = `sentry-options/handle@${LAYOUT_VERSION}`;
const CELLS = ['values', 'status'] as const;
type CellName = (typeof CELLS)[number];
const BUFFERS = ['control', ...CELLS, 'catalog', 'defaults', 'schemas'] as const;
const PROPERTIES = ['id', 'directory', 'isInMemory', 'threads', 'usage', ...BUFFERS] as const;

/** Makes the id of a new store. */
export function makeStoreId(): string {
  return randomUUID();
}

/**
 * Seals a new cell: writes a number that only this cell of this store has, and that {@link checkHandle} expects. Call it
 * before the cell has a writer, which restores the number if other code overwrites it.
 */
export function sealCell(cell: SharedArrayBuffer, id: string, name: CellName): void {
  openHeader(cell)[SEAL_WORD] = computeCellSeal(id, name);
}

/** Completes the handle of a new store, and seals its control words. Call it before any other thread gets the handle. */
export function makeHandle(parts: Omit<StoreHandle, 'version' | 'catalogChecksum' | 'defaultsChecksum'>): StoreHandle {
  const { catalog, defaults } = parts;
  const checksums = { catalogChecksum: computeChecksum(catalog), defaultsChecksum: computeChecksum(defaults) };
  const handle = { version: LAYOUT_VERSION, ...checksums, ...parts };
  if (handle.usage !== null) sealUsageMemory(handle.usage, computeUsageSeal(handle.id));
  new Int32Array(handle.control)[SEAL] = computeControlSeal(handle);
  return handle;
}

/**
 * Checks that `value` is a handle of this version, and that its parts belong together. Returns a copy that only has the
 * properties of a handle. Whatever `value` is, throws no other error.
 *
 * @throws {HandleVersionError} if another version of the library created it
 * @throws {ConfigError} if it is not a handle, or its memory is damaged
 */
export function checkHandle(value: unknown): StoreHandle {
  try {
    const handle = copyHandle(value);
    checkMemory(handle);
    return handle;
  } catch (error) {
    if (error instanceof ConfigError || error instanceof HandleVersionError) throw error;
    // A getter or a proxy that throws, or memory of a wrong size.
    throw makeHandleError("The handle must be a store's handle", error);
  }
}

/** Copies the properties of a handle, each read once: a getter may return another value the next time. */
function copyHandle(value: unknown): StoreHandle {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'version')) {
    throw makeHandleError("The handle must be a store's handle");
  }
  const { version } = value as StoreHandle;
  if (typeof version !== 'number') throw makeHandleError("The handle must be a store's handle");
  if (version !== LAYOUT_VERSION) throw makeVersionError(version);
  const copy: Record<string, unknown> = Object.assign(Object.create(null), { version });
  for (const name of PROPERTIES) if (Object.hasOwn(value, name)) copy[name] = (value as unknown as typeof copy)[name];
  const { id, directory, isInMemory } = copy;
  if (typeof id !== 'string' || typeof directory !== 'string' || typeof isInMemory !== 'boolean') {
    throw makeHandleError("The handle must be a store's handle");
  }
  for (const name of BUFFERS) {
    // Not by `instanceof`: a test runner's realm has a separate SharedArrayBuffer class.
    if (types.isSharedArrayBuffer(copy[name])) continue;
    throw new ConfigError(
      `The handle has lost its shared memory (${name}). Pass it by structured clone, not as JSON.`,
      { key: 'handle' },
    );
  }
  const { threads, usage } = copy;
  const hasThreads = threads === null || (types.isSharedArrayBuffer(threads) && areThreadRows(threads));
  const hasUsage = usage === null || (types.isSharedArrayBuffer(usage) && isUsageMemory(usage, computeUsageSeal(id)));
  if (!hasThreads || !hasUsage) throw makeHandleError("The handle must be a store's handle");
  copy.catalogChecksum = computeChecksum(copy.catalog as SharedArrayBuffer);
  copy.defaultsChecksum = computeChecksum(copy.defaults as SharedArrayBuffer);
  return copy as unknown as StoreHandle;
}

/** Checks the layouts of the memory, and that all of it belongs to one store, each part in its place. */
function checkMemory(handle: StoreHandle): void {
  const { id, control } = handle;
  if (!Control.isCompatible(control) || new Int32Array(control)[SEAL] !== computeControlSeal(handle)) {
    throw makeDamageError('control');
  }
  for (const name of CELLS) {
    const header = openCell(handle[name], name);
    // A handle exists only after the first publication.
    if (header[SEAL_WORD] !== computeCellSeal(id, name) || (header[GENERATION] as number) < 1) {
      throw makeDamageError(name);
    }
  }
}

function openCell(buffer: SharedArrayBuffer, name: string): Int32Array {
  if (!buffer.growable) throw makeDamageError(name);
  try {
    return openHeader(buffer);
  } catch (error) {
    if (error instanceof CellFormatError && error.version !== undefined) throw makeVersionError(error.version);
    throw makeDamageError(name);
  }
}

/** Computes the seal of the control words: it also covers the parts that have no header. */
function computeControlSeal(handle: StoreHandle): number {
  const { id, directory, isInMemory, threads, usage, catalog, defaults, schemas, catalogChecksum, defaultsChecksum } =
    handle;
  const parts = [
    `${catalog.byteLength} ${catalogChecksum}`,
    `${defaults.byteLength} ${defaultsChecksum}`,
    `${schemas.byteLength} ${computeChecksum(schemas)}`,
  ];
  return crc32([id, directory, isInMemory, threads === null, usage === null, ...parts].join('\n')) | 0;
}

function computeChecksum(buffer: SharedArrayBuffer): number {
  return crc32(new Uint8Array(buffer));
}

function computeCellSeal(id: string, name: CellName): number {
  return crc32(`${id}\n${name}`) | 0;
}

function computeUsageSeal(id: string): number {
  return crc32(`${id}\nusage`) | 0;
}

function makeHandleError(problem: string, cause?: unknown): ConfigError {
  return new ConfigError(`${problem}. Pass \`store.handle\` unmodified.`, { key: 'handle' }, { cause });
}

function makeDamageError(part: string): ConfigError {
  return makeHandleError(
    `The memory of the handle (${part}) is of another store, or other code of this process has overwritten it`,
  );
}

function makeVersionError(version: number): HandleVersionError {
  return new HandleVersionError(
    `The handle must have memory layout ${LAYOUT_VERSION}; got ${version}. ` +
      'Use one version of sentry-options in all threads.',
  );
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
