/**
 * The owner's side of the watcher thread: start it, wait for the first value, pass its messages on, see it die, stop it.
 * Everything here runs in the thread that called `init()` or `openOptions()`.
 */
import { randomUUID } from 'node:crypto';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import watcherSource from 'watcher-source';
import { createCell, LAYOUT_VERSION } from './cell/layout.js';
import type { ResolvedConfig } from './config.js';
import { Control, WatcherState } from './control.js';
import { fromPlain, type OptionsError, StartTimeoutError, WatcherError } from './errors.js';
import type { StoreHandle } from './handle.js';
import { type Log, logTo, logToStderr } from './log.js';
import type { CrashKind, OwnerMessage, WatcherData, WatcherMessage } from './watcher-protocol.js';

const THREAD_NAME = 'sentry-options-watcher';
/** How long the start sleeps before it asks whether the thread is still there. */
const START_SLICE_MS = 20;
/** How long `close()` waits for the thread to end. */
const STOP_MS = 100;
/** Generous, since the heap only grows as far as it is used. Without a limit, or without one for the young generation,
 *  a thread that runs out of memory takes the process along on one version of Node or another. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 16 };
/** Status records are small; the room is address space, not memory. */
const STATUS_RESERVES = [64 * 2 ** 20, 2 ** 20];

type ReadyMessage = Extract<WatcherMessage, { type: 'ready' }>;

/** A running watcher, as the thread that started it holds it. */
export class WatcherThread {
  readonly handle: StoreHandle;
  readonly #control: Control;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  /** Where messages go: the host's logger, or stderr. */
  readonly log: Log;
  #stopped: Promise<void> | undefined;

  private constructor(handle: StoreHandle, control: Control, worker: Worker, port: MessagePort, log: Log) {
    this.handle = handle;
    this.#control = control;
    this.#worker = worker;
    this.#port = port;
    this.log = log;
    // What the thread could not tell itself (no memory, terminated) is told here. Without a listener for `error`, a
    // crash of the thread would become the host's uncaught exception.
    worker.on('error', (error) =>
      this.#crashed(error instanceof Error ? `${error.name}: ${error.message}` : String(error)),
    );
    worker.on('exit', (code) => this.#crashed(`the thread ended with exit code ${code}`));
    port.on('message', (message: WatcherMessage) => deliver(message, log));
    // After the listener, which holds the event loop open: a store must not keep its process alive.
    port.unref();
  }

  /**
   * Starts a watcher and blocks until its first generation is published. Needs no turn of the event loop.
   *
   * @throws {SchemaError | ValuesError | SnapshotTooLargeError} where the files cannot be used
   * @throws {StartTimeoutError} where there is no first value within `startTimeout`
   * @throws {WatcherError} where the thread cannot start
   */
  static start(config: ResolvedConfig): WatcherThread {
    const log = config.logger === undefined ? logToStderr : logTo(config.logger);
    const control = Control.create(config.pollInterval);
    const values = createCell();
    const status = createCell(STATUS_RESERVES);
    const { port1, port2 } = new MessageChannel();
    const data: WatcherData = {
      directory: config.directory,
      schemas: config.schemas,
      additionalSchemas: config.additionalSchemas,
      pollInterval: config.pollInterval,
      redactValues: config.redactValues,
      suppressMissingDirectory: config.suppressMissingDirectory,
      hasLogger: config.logger !== undefined,
      control: control.buffer,
      values,
      status,
      port: port2,
    };
    const worker = new Worker(watcherSource, {
      eval: true,
      name: THREAD_NAME,
      workerData: data,
      transferList: [port2],
      // Both halves keep a host's preloads (`--import`, NODE_OPTIONS) out of the thread.
      execArgv: [],
      env: {},
      resourceLimits: RESOURCE_LIMITS,
    });
    worker.unref();
    const start = awaitStart(control, port1, config.startTimeout, log);
    if ('error' in start) {
      control.moveState(WatcherState.STARTING, WatcherState.FAILED, start.error.message);
      worker.on('error', ignore);
      void worker.terminate();
      start.port?.close();
      throw start.error;
    }
    const { catalogue, defaults, schemas } = start.ready;
    const handle: StoreHandle = {
      version: LAYOUT_VERSION,
      id: randomUUID(),
      directory: config.directory,
      control: control.buffer,
      values,
      status,
      catalogue,
      defaults,
      schemas,
      isInMemory: false,
    };
    return new WatcherThread(handle, control, worker, start.port, log);
  }

  /** Ends the thread. Idempotent; resolves within 100 ms, also while a file operation hangs in the kernel. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** Has the watcher end as if by accident; resolves when that is known. For tests. */
  async crash(how: CrashKind): Promise<void> {
    const end = new Promise((resolve) => this.#worker.once('exit', resolve));
    if (how === 'terminate') void this.#worker.terminate();
    else this.#port.postMessage({ type: 'crash', how } satisfies OwnerMessage);
    // A promise keeps no process alive, and the thread is not to either: this does, until the thread has ended.
    this.#worker.ref();
    await end;
  }

  async #stop(): Promise<void> {
    // Before the thread ends: it is then no crash.
    this.#control.moveState(WatcherState.RUNNING, WatcherState.CLOSED, 'The store was closed.');
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<'hangs'>((resolve) => {
      timer = setTimeout(() => resolve('hangs'), STOP_MS);
    });
    const end = await Promise.race([this.#worker.terminate(), deadline]);
    clearTimeout(timer);
    this.#port.close();
    if (end === 'hangs') {
      this.log(
        'warn',
        `The watcher thread did not end within ${STOP_MS} ms: it hangs in the operating system while it reads ` +
          `${this.#control.reading}. Only a signal can end the process while it does.`,
      );
    }
  }

  #crashed(cause: string): void {
    const reason = `Watcher thread panicked with: ${cause}`;
    if (this.#control.moveState(WatcherState.RUNNING, WatcherState.CRASHED, reason)) {
      this.log('error', `${reason}\nThe last published values stay in use; the watcher is not started again.`);
    }
  }
}

/** How a start went: the port is another one after each slice, and gone where the thread is. */
type Start =
  | { readonly ready: ReadyMessage; readonly port: MessagePort }
  | { readonly error: OptionsError; readonly port?: MessagePort };

/** Waits for the first generation, in slices, since a thread may die without a word. */
function awaitStart(control: Control, first: MessagePort, timeout: number, log: Log): Start {
  const deadline = performance.now() + timeout;
  const inbox: { ready?: ReadyMessage; error?: OptionsError } = {};
  let port = first;
  for (;;) {
    control.waitForStart(Math.max(0, Math.min(START_SLICE_MS, deadline - performance.now())));
    const hasEnded = control.state !== WatcherState.STARTING;
    drain(port, inbox, log);
    if (inbox.error !== undefined) return { error: inbox.error, port };
    if (hasEnded && inbox.ready !== undefined && control.state !== WatcherState.FAILED)
      return { ready: inbox.ready, port };
    const moved = movePort(port);
    if (moved === undefined) return { error: inbox.error ?? diedSilently(control) };
    port = moved;
    if (performance.now() >= deadline) return { error: timedOut(control, timeout), port };
  }
}

/** Receives what the thread has posted so far, without the event loop. */
function drain(port: MessagePort, inbox: { ready?: ReadyMessage; error?: OptionsError }, log: Log): void {
  for (let received = receiveMessageOnPort(port); received !== undefined; received = receiveMessageOnPort(port)) {
    const message = received.message as WatcherMessage;
    if (message.type === 'ready') inbox.ready = message;
    else if (message.type === 'failed') inbox.error = fromPlain(message.error);
    else deliver(message, log);
  }
}

/**
 * The same port under a new object; undefined where its other side is dead: such a port can no longer be transferred
 * (once {@link drain} has taken notice), and there is no other way to ask without a turn of the event loop.
 */
function movePort(port: MessagePort): MessagePort | undefined {
  try {
    return structuredClone(port, { transfer: [port] });
  } catch {
    return undefined;
  }
}

function deliver(message: WatcherMessage, log: Log): void {
  if (message.type === 'log') log(message.level, message.message);
}

function diedSilently(control: Control): WatcherError {
  return new WatcherError(
    'WATCHER_START_FAILED',
    'The watcher thread ended before it published a first value, and could not say why; most likely there was no ' +
      `memory for it.${control.reading === undefined ? '' : ` The file that it read last is ${control.reading}.`}`,
    { file: control.reading },
  );
}

function timedOut(control: Control, timeout: number): StartTimeoutError {
  const file = control.reading;
  const where = file === undefined ? 'it has not begun to read a file' : `it is reading ${file}`;
  return new StartTimeoutError(
    `The watcher thread published no first value within ${timeout} ms: ${where}. ` +
      'Is the file system reachable? `startTimeout` sets how long to wait.',
    { file },
  );
}

function ignore(): void {}
