/**
 * The owner's side of a running watcher thread: pass its messages on, see it die, stop it. Everything here runs in the
 * thread that called `init()` or `openOptions()`.
 */

import type { MessagePort, Worker } from 'node:worker_threads';
import { describeThrown, type Log, logTo, logToStderr } from '../common/log.js';
import type { PropagationListener, ResolvedConfig } from '../config/config.js';
import { FLUSH_MS } from '../config/telemetry.js';
import { type Control, WatcherState } from '../memory/control.js';
import type { StoreHandle } from '../memory/handle.js';
import { formatCrashMessage, formatCrashReason } from './crash-message.js';
import { drain, movePort } from './port.js';
import type { CrashKind, OwnerMessage, WatcherNews } from './protocol.js';
import { type StartedWatcher, startWatcher } from './start.js';

/** How long `close()` waits for the thread to end: it is to resolve within 100 ms, telemetry apart. */
const STOP_MS = 80;

/** A running watcher, as the thread that started it holds it. */
export class WatcherThread {
  readonly handle: StoreHandle;
  /** Where messages go: the host's logger, or stderr. */
  readonly log: Log;
  readonly #control: Control;
  readonly #worker: Worker;
  #port: MessagePort;
  readonly #onPropagation: PropagationListener | undefined;
  /** Resolves when the thread has been handed the code for its telemetry; undefined where there is none to send. */
  readonly #telemetry: Promise<void> | undefined;
  /** Resolves when the thread has ended, and that has been told. */
  readonly #ended: Promise<void>;
  #stopped: Promise<void> | undefined;

  private constructor({ handle, control, worker, port }: StartedWatcher, log: Log, config: ResolvedConfig) {
    this.handle = handle;
    this.log = log;
    this.#control = control;
    this.#worker = worker;
    this.#port = port;
    // What the thread could not tell itself (no memory, terminated) is told here. Without a listener for `error`, a
    // crash of the thread would become the host's uncaught exception.
    worker.on('error', (error) => this.#reportCrash(describeThrown(error)));
    this.#ended = new Promise((resolve) => {
      worker.on('exit', (code) => {
        const cause = `the thread ended with exit code ${code}`;
        this.#reportCrash(cause);
        if (this.#control.state === WatcherState.CRASHED) this.#control.setReason(formatCrashReason(cause));
        resolve();
      });
    });
    this.#onPropagation = config.onPropagation;
    this.#listen();
    this.#telemetry = config.telemetry && this.#loadTelemetry();
  }

  /** Starts a watcher and blocks until its first generation is published. Throws what {@link startWatcher} throws. */
  static start(config: ResolvedConfig): WatcherThread {
    const log = config.logger === undefined ? logToStderr : logTo(config.logger);
    if (config.telemetryWarning !== undefined) log('warn', config.telemetryWarning);
    return new WatcherThread(startWatcher(config, log), log, config);
  }

  /** Ends the thread. Idempotent; resolves within 100 ms, or 600 with telemetry, also while the thread hangs. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** Has the watcher end as if by accident; resolves when that is known, at once if it has ended before. For tests. */
  async crash(how: CrashKind): Promise<void> {
    if (how === 'terminate') void this.#worker.terminate();
    else this.#post({ type: 'crash', how });
    // A promise keeps no process alive, and the thread is not to either: this does, until the thread has ended.
    this.#worker.ref();
    await this.#ended;
  }

  /**
   * Finds out without a turn of the event loop whether the thread has died and could not say so (no memory, terminated):
   * for who blocks the owner's thread, in which the thread's end would be heard of otherwise.
   */
  detectExit(): void {
    if (this.#control.state !== WatcherState.RUNNING) return;
    drain(this.#port, this.#onNews);
    const moved = movePort(this.#port);
    if (moved === undefined) {
      this.#reportCrash(
        'the thread ended, and could not say why; most likely there was no memory for it, or it was terminated',
      );
      return;
    }
    this.#port = moved;
    this.#listen();
  }

  #listen(): void {
    this.#port.on('message', this.#onNews);
    // After the listener, which holds the event loop open: a store must not keep its process alive.
    this.#port.unref();
  }

  async #stop(): Promise<void> {
    // Before the thread ends: it is then no crash.
    this.#control.moveState(WatcherState.RUNNING, WatcherState.CLOSED, 'The store was closed.');
    const flushMs = this.#telemetry === undefined ? 0 : FLUSH_MS;
    const stopMs = flushMs + STOP_MS;
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<'hangs'>((resolve) => {
      timer = setTimeout(() => resolve('hangs'), stopMs);
    });
    const end = await Promise.race([this.#flush(flushMs).then(() => this.#worker.terminate()), deadline]);
    clearTimeout(timer);
    this.#port.close();
    if (end === 'hangs') {
      this.log(
        'warn',
        `The watcher thread did not end within ${stopMs} ms; the file that it read last is ${this.#control.reading}. ` +
          'If reading it hangs in the operating system, only a signal can end the process; if it is a large file, ' +
          'the thread ends when it is parsed.',
      );
    }
  }

  /** Has the thread send what is left of its telemetry, and end; `milliseconds` at the longest. */
  async #flush(milliseconds: number): Promise<void> {
    if (this.#telemetry === undefined) return;
    void this.#telemetry.then(() => this.#post({ type: 'stop', flushMs: milliseconds }));
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds);
    });
    await Promise.race([this.#ended, deadline]);
    clearTimeout(timer);
  }

  /**
   * Hands the thread what it sends its telemetry with: a text of its own, which nothing loads without a DSN. It may come
   * late, since the first reload is the first to be told of, and so `init()` need not wait for it.
   */
  async #loadTelemetry(): Promise<void> {
    try {
      const { default: source } = await import('telemetry-source');
      this.#post({ type: 'telemetry', source });
    } catch (error) {
      this.log('warn', `Reload telemetry is off, since its code cannot be loaded: ${describeThrown(error)}`);
    }
  }

  #post(message: OwnerMessage): void {
    this.#port.postMessage(message);
  }

  readonly #onNews = (news: WatcherNews): void => {
    if (news.type === 'log') {
      this.log(news.level, news.message);
      return;
    }
    try {
      this.#onPropagation?.(news.namespace, news.delaySecs);
    } catch (error) {
      this.log('error', `onPropagation has thrown: ${error instanceof Error ? error.stack : String(error)}`);
    }
  };

  #reportCrash(cause: string): void {
    // First what the thread has said before it died, its own message of that among it.
    drain(this.#port, this.#onNews);
    const reason = formatCrashReason(cause);
    if (this.#control.moveState(WatcherState.RUNNING, WatcherState.CRASHED, reason)) {
      this.log('error', formatCrashMessage(reason));
    }
  }
}
