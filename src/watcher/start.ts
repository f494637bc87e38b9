/** Starts the watcher thread, and waits for its first generation. Runs in the thread that calls `init()`. */
// The namespace, since not every runtime has the export that this file reads.
import * as v8 from 'node:v8';
import { MessageChannel, type MessagePort, type ResourceLimits, Worker } from 'node:worker_threads';
import getInspectSource from 'inspect-source';
import getTelemetrySource from 'telemetry-source';
import getWatcherSource from 'watcher-source';
import { AwakeDeadline } from '../common/awake-deadline.js';
import type { OptionsError } from '../common/errors.js';
import { identifyThread } from '../common/kernel-thread.js';
import type { Log } from '../common/log.js';
import type { ResolvedConfig } from '../config/config.js';
import { createCell, DEFAULT_RESERVES } from '../memory/cell/layout.js';
import { Control, WatcherState } from '../memory/control.js';
import { makeHandle, makeStoreId, type StoreHandle, sealCell } from '../memory/handle.js';
import type { SharedSchemas } from '../memory/shared-schemas.js';
import { createThreadRows } from '../memory/thread-rows.js';
import { readFreeAddressSpace } from './address-space.js';
import { deriveMemoryLimits } from './memory-limits.js';
import { drain, movePort, type ReadyMessage } from './port.js';
import type { OwnerMessage, WatcherData, WatcherNews } from './protocol.js';
import { findWorkingDirectoryError, makeSilentExitError, makeStartError, makeTimeoutError } from './start-errors.js';
import { startFromState } from './warm-start.js';

/** Whether this module is part of a start-up snapshot of Node. Stays true in the processes that start from it. */
const isInSnapshot = v8.startupSnapshot?.isBuildingSnapshot() ?? false;

const THREAD_NAME = 'sentry-options-watcher';
/** How long the start sleeps between two checks that the thread is alive. */
const START_SLICE_MS = 20;
/**
 * The reserves of the status cell: address space, not memory. A record has up to 256 KiB, plus 400 bytes for each
 * namespace; these cells hold the records of 9 000 and 1 200 namespaces.
 */
const STATUS_RESERVES = [16 * 2 ** 20, 4 * 2 ** 20];
/**
 * The address space that a Node thread takes for its heap, code and stack (measured: 590 to 850 MiB), plus a margin. If
 * a thread finds less, V8 ends the process.
 */
const THREAD_SPACE = 2 ** 30;

/** A watcher that has published its first generation. */
export interface StartedWatcher {
  readonly handle: StoreHandle;
  readonly control: Control;
  readonly worker: Worker;
  readonly port: MessagePort;
}

/**
 * Starts a watcher and blocks until it publishes its first generation, without the event loop; or publishes what the state
 * directory holds of the same files, and does not wait. If it throws, it leaves nothing behind, except for a thread that hangs in the operating system.
 *
 * @throws {SchemaError | ValuesError | SnapshotTooLargeError} if the files are unusable
 * @throws {StartTimeoutError} if the watcher publishes nothing within `startTimeout`
 * @throws {WatcherError} if the thread cannot start
 */
export function startWatcher(config: ResolvedConfig, log: Log): StartedWatcher {
  if (isInSnapshot) {
    // Some versions of Node would end the process otherwise.
    throw makeStartError(
      'sentry-options is a part of a start-up snapshot, from which Node starts no thread',
      'Load sentry-options after the start, not while the snapshot is built.',
    );
  }
  const control = Control.create(config.pollInterval, identifyThread());
  const id = makeStoreId();
  const { values, status } = createCells();
  sealCell(values, id, 'values');
  sealCell(status, id, 'status');
  const { resourceLimits, limits } = deriveMemoryLimits(config.maxFileBytes);
  const { state, warm, release } = startFromState(config, limits, { control, values, status }, log);
  const data = {
    directory: config.directory,
    schemas: config.schemas,
    additionalSchemas: config.additionalSchemas,
    pollInterval: config.pollInterval,
    limits,
    redactValues: config.redactValues,
    isolation: config.isolation,
    suspiciousReload: config.suspiciousReload,
    suppressMissingDirectory: config.suppressMissingDirectory,
    onInvalidValues: config.onInvalidValues,
    state,
    warm,
    hasLogger: config.logger !== undefined,
    hasPropagationListener: config.onPropagation !== undefined,
    telemetry: config.telemetry && { settings: config.telemetry, source: getTelemetrySource() },
    inspect: config.inspect && { settings: config.inspect, program: process.argv[1] ?? '', source: getInspectSource() },
    control: control.buffer,
    values,
    status,
  };
  let worker: Worker;
  let start: Start;
  try {
    const thread = startThread(data, resourceLimits);
    worker = thread.worker;
    start =
      warm === undefined
        ? awaitStart(control, thread.port, config.startTimeout, log)
        : { ready: warm.shared, error: undefined, port: thread.port };
  } finally {
    // By now, the watcher has written what it has validated, or other processes had better validate for themselves.
    release();
  }
  if (start.error !== undefined) {
    control.moveState(WatcherState.STARTING, WatcherState.FAILED, start.error.message);
    // Without a listener, an error of the thread would become an uncaught exception of the host.
    worker.on('error', ignore);
    void worker.terminate();
    start.port?.close();
    // Leads to the call of `init()`, not to the wait.
    Error.captureStackTrace(start.error, startWatcher);
    throw start.error;
  }
  const { catalog, defaults, schemas, usage } = start.ready;
  const handle = makeHandle({
    id,
    directory: config.directory,
    control: control.buffer,
    values,
    status,
    catalog,
    defaults,
    schemas,
    isInMemory: false,
    threads: config.inspect === undefined ? null : createThreadRows(),
    usage: config.usage ? usage : null,
  });
  if (config.inspect !== undefined) {
    start.port.postMessage({ type: 'inspect', handle } satisfies OwnerMessage);
  }
  return { handle, control, worker, port: start.port };
}

/** Whether this thread has made cells before. */
let hasMadeCells = false;

/** Creates both cells. If address space is scarce, leaves enough for the thread, which would fail without an error. */
function createCells(): { values: SharedArrayBuffer; status: SharedArrayBuffer } {
  const best = (DEFAULT_RESERVES[0] as number) + (STATUS_RESERVES[0] as number);
  // Not for the first store of this thread: there is nothing to reclaim yet, and the attempt takes address space.
  const space = readFreeAddressSpace(hasMadeCells ? THREAD_SPACE + best : 0) - THREAD_SPACE;
  hasMadeCells = true;
  const filterFitting = (reserves: readonly number[], available: number) =>
    reserves.filter((reserve, index) => reserve <= available || index === reserves.length - 1);
  try {
    const values = createCell(filterFitting(DEFAULT_RESERVES, space));
    const reserves = filterFitting(STATUS_RESERVES, space - values.maxByteLength);
    return { values, status: createCell(reserves, { isGrown: true }) };
  } catch (cause) {
    throw makeStartError(cause, 'The system grants no address space for shared memory. Raise the limit (`ulimit -v`).');
  }
}

function startThread(
  data: Omit<WatcherData, 'port'>,
  resourceLimits: ResourceLimits,
): { worker: Worker; port: MessagePort } {
  const { port1, port2 } = new MessageChannel();
  try {
    const worker = new Worker(getWatcherSource(), {
      eval: true,
      name: THREAD_NAME,
      workerData: { ...data, port: port2 } satisfies WatcherData,
      transferList: [port2, ...(data.warm === undefined ? [] : [data.warm.payload.buffer, data.warm.status.buffer])],
      // These two keep the host's preloads (`--import`, NODE_OPTIONS) out of the thread.
      execArgv: [],
      env: {},
      resourceLimits,
    });
    worker.unref();
    return { worker, port: port1 };
  } catch (cause) {
    port1.close();
    const isDenied = (cause as NodeJS.ErrnoException).code === 'ERR_ACCESS_DENIED';
    throw makeStartError(
      cause,
      isDenied
        ? "Node's permission model (`--permission`) forbids threads: allow them with `--allow-worker`."
        : 'The system cannot create another thread, or has no memory for one. Raise the limit of processes or of memory.',
    );
  }
}

/** The result of a start. The port is a new object after each slice; undefined if the thread has ended. */
type Start =
  | { readonly ready: SharedSchemas; readonly error: undefined; readonly port: MessagePort }
  | { readonly error: OptionsError; readonly port: MessagePort | undefined };

/** Waits for the first generation, in slices: the thread may end without posting a message. */
function awaitStart(control: Control, firstPort: MessagePort, timeout: number, log: Log): Start {
  const deadline = new AwakeDeadline(timeout);
  const onNews = (news: WatcherNews) => news.type === 'log' && log(news.code, news.message, news.subject);
  let ready: ReadyMessage | undefined;
  let delay: string | undefined;
  let port = firstPort;
  for (;;) {
    const slice = deadline.nextSlice(START_SLICE_MS);
    control.waitForStart(slice);
    const hasEnded = control.state !== WatcherState.STARTING;
    const inbox = drain(port, onNews);
    ready ??= inbox.ready;
    delay = inbox.delay ?? delay;
    if (inbox.error !== undefined) return { error: inbox.error, port };
    if (hasEnded && ready !== undefined && control.state !== WatcherState.FAILED)
      return { ready, error: undefined, port };
    const moved = movePort(port);
    if (moved === undefined) {
      return { error: findWorkingDirectoryError() ?? makeSilentExitError(control), port: undefined };
    }
    port = moved;
    // After the last look at the state and the messages: both may have come while this process was frozen.
    if (slice === 0) return { error: makeTimeoutError(control, timeout, delay), port };
  }
}

function ignore(): void {}
