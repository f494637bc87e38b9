/**
 * The owner's half of a running watcher: passes on its messages, detects its end, stops it. Runs in the owner, the
 * thread that called `init()` or `openOptions()`.
 */
import { isMainThread, type MessagePort, type Worker } from 'node:worker_threads';
import { callHost } from '../common/host-call.js';
import { sleep } from '../common/host-time.js';
import { describeStack, describeThrown, type Log, logTo, logToStderr } from '../common/log.js';
import type { PropagationListener, ResolvedConfig } from '../config/config.js';
import { FLUSH_MS } from '../config/telemetry.js';
import { type Control, WatcherState } from '../memory/control.js';
import type { StoreHandle } from '../memory/handle.js';
import { formatCrashMessage, formatCrashReason, OWNER_ENDED_REASON, SILENT_END } from './crash-message.js';
import { endThread } from './end-thread.js';
import { drain, movePort } from './port.js';
import type { CrashKind, OwnerMessage, WatcherNews } from './protocol.js';
import { removeSocket, type SocketFile } from './socket-file.js';
import { type StartedWatcher, startWatcher } from './start.js';
import { describeStart } from './start-message.js';

/** The watchers of this thread that were not stopped. They end with this thread. */
const running = new Set<WatcherThread>();

/** A running watcher, as its owner holds it. */
export class WatcherThread {
  readonly handle: StoreHandle;
  /** Logs to the host's logger, or to stderr. */
  readonly log: Log;
  readonly #control: Control;
  readonly #worker: Worker;
  #port: MessagePort;
  readonly #onPropagation: PropagationListener | undefined;
  /** How long `close()` waits for telemetry, in milliseconds; 0 if telemetry is off. */
  readonly #flushMs: number;
  /** Resolves when the thread has ended, and its end is reported. */
  readonly #ended: Promise<void>;
  #stopped: Promise<void> | undefined;
  /** Whether the watcher is to answer on a socket, which must not be left behind. */
  readonly mayHaveSocket: boolean;
  /** That socket; undefined as long as there is none. */
  #socket: SocketFile | undefined;

  private constructor({ handle, control, worker, port }: StartedWatcher, log: Log, config: ResolvedConfig) {
    this.handle = handle;
    this.log = log;
    this.#control = control;
    this.#worker = worker;
    this.#port = port;
    // Reports ends that the thread cannot report itself (out of memory, terminated). Without a listener for `error`, a
    // crash of the thread would become an uncaught exception of the host.
    worker.on('error', (error) => this.#reportCrash(describeThrown(error)));
    this.#ended = new Promise((resolve) => {
      worker.on('exit', (code) => {
        removeRunning(this);
        this.removeSocket();
        const cause = `the thread ended with exit code ${code}`;
        this.#reportCrash(cause);
        if (this.#control.state === WatcherState.CRASHED) this.#control.setReason(formatCrashReason(cause));
        resolve();
      });
    });
    this.#onPropagation = config.onPropagation;
    this.mayHaveSocket = config.inspect?.address.kind === 'socket';
    addRunning(this);
    this.#listen();
    this.#flushMs = config.telemetry === undefined ? 0 : FLUSH_MS;
  }

  /** Starts a watcher and blocks until it publishes its first generation. Throws what {@link startWatcher} throws. */
  static start(config: ResolvedConfig): WatcherThread {
    const log = config.logger === undefined ? logToStderr : logTo(config.logger);
    if (config.telemetryWarning !== undefined) log('telemetry-off', config.telemetryWarning);
    if (config.inspectWarning !== undefined) log('inspect-off', config.inspectWarning);
    return new WatcherThread(startWatcher(config, log), log, config);
  }

  /** Logs that the store has started. Call it once the store can be found: a logger may read options. Never throws. */
  logStart({ logger, pollInterval }: ResolvedConfig): void {
    // Names come from shared memory, and stderr drops the message.
    if (logger === undefined) return;
    try {
      this.log('started', describeStart(this.handle, pollInterval), { generation: this.#control.described });
    } catch {
      // The stack is nearly full, or other code has overwritten the names, which reads report.
    }
  }

  /** Ends the thread. Idempotent. Resolves within 100 ms, or 600 ms with telemetry, even if the thread hangs. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** Crashes the watcher, for tests. Resolves when its end is reported; at once if it has already ended. */
  async crash(how: CrashKind): Promise<void> {
    if (how === 'terminate') void this.#worker.terminate();
    else this.#post({ type: 'crash', how });
    // Keeps the process alive until the thread has ended: a promise does not, nor does the thread by default.
    this.#worker.ref();
    await this.#ended;
  }

  /**
   * Detects synchronously that the thread has ended without reporting it (out of memory, terminated). For callers that
   * block the owner: while they block, the thread's `exit` event cannot arrive.
   */
  detectExit(): void {
    if (this.#control.state !== WatcherState.RUNNING) return;
    drain(this.#port, this.#onNews);
    const moved = movePort(this.#port);
    if (moved === undefined) {
      this.#reportCrash(SILENT_END);
      return;
    }
    this.#port = moved;
    this.#listen();
  }

  /** Reports that the watcher ends because this thread does; only to other threads, and only if they have the store. */
  reportOwnerEnd(): void {
    if (!this.#control.moveState(WatcherState.RUNNING, WatcherState.CRASHED, OWNER_ENDED_REASON)) return;
    if (this.#control.isShared) this.log('watcher-crashed', formatCrashMessage(OWNER_ENDED_REASON));
  }

  /** Removes the socket on which the watcher answered, even if the message that names it has not been read yet. */
  removeSocket(): void {
    drain(this.#port, this.#onNews);
    if (this.#socket !== undefined) removeSocket(this.#socket);
    this.#socket = undefined;
  }

  #listen(): void {
    this.#port.on('message', this.#onNews);
    // After the listener is added, which keeps the event loop alive: a store must not keep the process alive.
    this.#port.unref();
  }

  async #stop(): Promise<void> {
    removeRunning(this);
    // Before the thread ends, so that its end is not a crash.
    this.#control.moveState(WatcherState.RUNNING, WatcherState.CLOSED, 'The store was closed.');
    await this.#flush();
    const waited = await endThread(this.#worker, () => this.#control.inspectWatcher());
    this.removeSocket();
    this.#port.close();
    // A thread that has read no file yet does not hang: it still starts, which takes long without CPU time.
    if (waited !== undefined && this.#control.reading !== undefined) {
      this.log(
        'watcher-hung',
        `The watcher thread did not end within ${this.#flushMs + waited} ms; the last file that it began to read is ${this.#control.reading}. ` +
          'If the read hangs in the operating system, only a signal can end the process. If the file is large, ' +
          'the thread ends after parsing it.',
        { file: this.#control.reading },
      );
    }
  }

  /** Lets the thread send the rest of its telemetry and end; waits for at most `FLUSH_MS`. */
  async #flush(): Promise<void> {
    if (this.#flushMs === 0) return;
    this.#post({ type: 'stop', flushMs: this.#flushMs });
    // Keeps the process alive meanwhile, like the end of the thread afterwards.
    this.#worker.ref();
    await Promise.race([this.#ended, sleep(this.#flushMs)]);
  }

  #post(message: OwnerMessage): void {
    this.#port.postMessage(message);
  }

  readonly #onNews = (news: WatcherNews): void => {
    if (news.type === 'log') {
      this.log(news.code, news.message, news.subject);
      return;
    }
    if (news.type === 'socket') {
      this.#socket = news.socket;
      return;
    }
    callHost(
      () => this.#onPropagation?.(news.namespace, news.delaySecs),
      (error) => this.log('listener-failed', `The listener onPropagation failed: ${describeStack(error)}`),
    );
  };

  #reportCrash(cause: string): void {
    // First passes on what the thread posted before it ended, possibly including its own message about the crash.
    drain(this.#port, this.#onNews);
    const reason = formatCrashReason(cause);
    if (this.#control.moveState(WatcherState.RUNNING, WatcherState.CRASHED, reason)) {
      this.log('watcher-crashed', formatCrashMessage(reason));
    }
  }
}

/** Whether {@link onExit} listens. One listener for all stores: more than ten cause a warning of Node. */
let isListening = false;

/** Keeps `thread` until its stop, so that other threads learn if this thread ends before, and no socket is left behind. */
function addRunning(thread: WatcherThread): void {
  running.add(thread);
  // The main thread's end is the end of all threads: nobody is left to learn of it.
  if (isListening || (isMainThread && !thread.mayHaveSocket)) return;
  isListening = true;
  process.on('exit', onExit);
}

function removeRunning(thread: WatcherThread): void {
  if (!running.delete(thread) || running.size > 0) return;
  isListening = false;
  process.off('exit', onExit);
}

/** Runs at each end of this thread but `terminate()`, which the other threads detect by themselves (`death.ts`). */
function onExit(): void {
  for (const thread of running) {
    thread.removeSocket();
    if (!isMainThread) thread.reportOwnerEnd();
  }
}
