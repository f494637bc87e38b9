/**
 * The watcher's hold on reload telemetry, which never holds up a poll and cannot do harm: the code that sends it comes
 * as a text from the thread that started this one, and whatever it throws ends it, and nothing else.
 */
import { compileFunction } from 'node:vm';
import { describeThrown, type Log } from '../../src/common/log.js';
import type { TelemetrySettings } from '../../src/config/telemetry.js';
import type { Telemetry } from './client.js';
import type { Reload } from './reload.js';

type TelemetryModule = typeof import('./client.js');

/** How many reloads wait for the code: a thread whose event loop is busy may hand it over late. */
const MAX_WAITING = 16;
const FILE_NAME = 'sentry-options-telemetry.js';

/** Sends the transactions of reloads, once it has been given what sends them. */
export class ReloadTelemetry {
  readonly #settings: TelemetrySettings;
  readonly #log: Log;
  #telemetry: Telemetry | undefined;
  #waiting: Reload[] = [];
  #hasFailed = false;

  constructor(settings: TelemetrySettings, log: Log) {
    this.#settings = settings;
    this.#log = log;
  }

  /** Evaluates the code that sends, and sends what has waited for it. */
  load(source: string): void {
    this.#guard(() => {
      const module = { exports: {} as TelemetryModule };
      compileFunction(source, ['module', 'require'], { filename: FILE_NAME })(module, process.getBuiltinModule);
      this.#telemetry = module.exports.createTelemetry(this.#settings);
    });
    this.#sendWaiting();
  }

  /** Sends the transactions of `reload` after the poll, which does not wait for it. */
  reloaded(reload: Reload): void {
    if (this.#hasFailed) return;
    this.#waiting.push(reload);
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
    setImmediate(() => this.#sendWaiting());
  }

  /** Resolves when everything is sent or has failed, after `milliseconds` at the latest. Never rejects. */
  async flush(milliseconds: number): Promise<void> {
    this.#sendWaiting();
    try {
      await this.#telemetry?.flush(milliseconds);
    } catch {
      // The thread is about to end, and nothing more would come of it.
    }
  }

  #sendWaiting(): void {
    const telemetry = this.#telemetry;
    if (telemetry === undefined) return;
    const reloads = this.#waiting;
    this.#waiting = [];
    this.#guard(() => reloads.forEach(telemetry.send));
  }

  /** Telemetry that fails is over, and that is said once. */
  #guard(work: () => void): void {
    if (this.#hasFailed) return;
    try {
      work();
    } catch (error) {
      this.#hasFailed = true;
      this.#telemetry = undefined;
      this.#waiting = [];
      this.#log('warn', `Reload telemetry has failed, and is off from now on: ${describeThrown(error)}`);
    }
  }
}
