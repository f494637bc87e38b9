/**
 * Isolates reload telemetry from the watcher. It never delays a poll. The code that sends it is a string, which
 * the first reload evaluates; an error in that code ends telemetry and nothing else. Runs in the watcher thread.
 */
import { compileFunction } from 'node:vm';
import { setImmediate } from '../../src/common/host-time.js';
import { describeThrown, type Log } from '../../src/common/log.js';
import type { TelemetrySettings } from '../../src/config/telemetry.js';
import type { Telemetry } from './client.js';
import type { Reload } from './reload.js';

type TelemetryModule = typeof import('./client.js');

const FILE_NAME = 'sentry-options-telemetry.js';

/** Sends the transactions of each reload on a later turn of the event loop. */
export class ReloadTelemetry {
  readonly #settings: TelemetrySettings;
  readonly #source: string;
  readonly #log: Log;
  /** Undefined before the first reload, and after an error. */
  #telemetry: Telemetry | undefined;
  /** The reloads of this turn of the event loop. */
  #queue: Reload[] = [];
  #hasFailed = false;
  #isUntrusted = false;

  /** `source` is the code that sends the transactions: the bundle of `client.ts`. */
  constructor(settings: TelemetrySettings, source: string, log: Log) {
    this.#settings = settings;
    this.#source = source;
    this.#log = log;
  }

  /** Sends the transactions of `reload` after the poll. The poll does not wait. */
  reloaded(reload: Reload): void {
    if (this.#hasFailed) return;
    this.#queue.push(reload);
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
      'telemetry-off',
      `Reload telemetry is not sent: the certificate of ${new URL(this.#settings.dsn).host} is not trusted (${reason}). ` +
        'Add its authority by NODE_EXTRA_CA_CERTS. NODE_TLS_REJECT_UNAUTHORIZED has no effect on telemetry.',
    );
  };

  /** Sends the queued reloads. If that throws, turns telemetry off and logs that once. */
  #sendQueued(): void {
    const reloads = this.#queue;
    if (reloads.length === 0 || this.#hasFailed) return;
    this.#queue = [];
    try {
      this.#telemetry ??= this.#evaluate();
      reloads.forEach(this.#telemetry.send);
    } catch (error) {
      this.#hasFailed = true;
      this.#telemetry = undefined;
      this.#log('telemetry-off', `Reload telemetry failed and is now off: ${describeThrown(error)}`);
    }
  }

  /** Evaluates the code that sends the transactions. */
  #evaluate(): Telemetry {
    const module = { exports: {} as TelemetryModule };
    compileFunction(this.#source, ['module', 'require'], { filename: FILE_NAME })(module, process.getBuiltinModule);
    return module.exports.createTelemetry(this.#settings, this.#warnUntrusted);
  }
}
