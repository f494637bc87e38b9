/**
 * Isolates reload telemetry from the watcher. It never delays a poll. The code that sends it arrives as a string from
 * the owner; an error in that code ends telemetry and nothing else. Runs in the watcher thread.
 */
import { compileFunction } from 'node:vm';
import { setImmediate } from '../../src/common/host-time.js';
import { describeThrown, type Log } from '../../src/common/log.js';
import type { TelemetrySettings } from '../../src/config/telemetry.js';
import type { Telemetry } from './client.js';
import type { Reload } from './reload.js';

type TelemetryModule = typeof import('./client.js');

/** The maximum number of reloads that wait for the code: an owner whose event loop is busy may post it late. */
const MAX_QUEUED = 16;
const FILE_NAME = 'sentry-options-telemetry.js';

/** Queues reloads until the code that sends them arrives, then sends their transactions. */
export class ReloadTelemetry {
  readonly #settings: TelemetrySettings;
  readonly #log: Log;
  #telemetry: Telemetry | undefined;
  #queue: Reload[] = [];
  #hasFailed = false;
  #isUntrusted = false;

  constructor(settings: TelemetrySettings, log: Log) {
    this.#settings = settings;
    this.#log = log;
  }

  /** Evaluates the code that sends transactions, and sends the queued reloads. */
  load(source: string): void {
    this.#guard(() => {
      const module = { exports: {} as TelemetryModule };
      compileFunction(source, ['module', 'require'], { filename: FILE_NAME })(module, process.getBuiltinModule);
      this.#telemetry = module.exports.createTelemetry(this.#settings, this.#warnUntrusted);
    });
    this.#sendQueued();
  }

  /** Sends the transactions of `reload` after the poll. The poll does not wait. */
  reloaded(reload: Reload): void {
    if (this.#hasFailed) return;
    this.#queue.push(reload);
    if (this.#queue.length > MAX_QUEUED) this.#queue.shift();
    setImmediate(() => this.#sendQueued());
  }

  /** Resolves when everything is sent or has failed; after `milliseconds` at the latest. Never rejects. */
  async flush(milliseconds: number): Promise<void> {
    this.#sendQueued();
    try {
      await this.#telemetry?.flush(milliseconds);
    } catch {
      // The thread is about to end: a warning would help nobody.
    }
  }

  /** Logs once that the server's certificate is not trusted: everything else that cannot be sent is dropped silently. */
  readonly #warnUntrusted = (reason: string): void => {
    if (this.#isUntrusted) return;
    this.#isUntrusted = true;
    this.#log(
      'warn',
      `Reload telemetry is not sent: the certificate of ${new URL(this.#settings.dsn).host} is not trusted (${reason}). ` +
        'Add its authority by NODE_EXTRA_CA_CERTS. NODE_TLS_REJECT_UNAUTHORIZED has no effect on telemetry.',
    );
  };

  #sendQueued(): void {
    const telemetry = this.#telemetry;
    if (telemetry === undefined) return;
    const reloads = this.#queue;
    this.#queue = [];
    this.#guard(() => reloads.forEach(telemetry.send));
  }

  /** Calls `action`. If it throws, turns telemetry off and logs that once. */
  #guard(action: () => void): void {
    if (this.#hasFailed) return;
    try {
      action();
    } catch (error) {
      this.#hasFailed = true;
      this.#telemetry = undefined;
      this.#queue = [];
      this.#log('warn', `Reload telemetry failed and is now off: ${describeThrown(error)}`);
    }
  }
}
