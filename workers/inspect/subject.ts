/** What the server answers about: the store, as this thread reads it, and the process. Runs in the watcher thread. */
import { hostname } from 'node:os';
import manifest from '../../package.json' with { type: 'json' };
import type { EncodedSnapshot } from '../../src/codec/decode.js';
import { wallTime } from '../../src/common/host-time.js';
import { describeThrown, type Log } from '../../src/common/log.js';
import { ReloadEvents } from '../../src/events/reload-events.js';
import type { StoreHandle } from '../../src/memory/handle.js';
import { readUsage } from '../../src/reading/usage.js';
import type { ProcessAnswer } from '../../src/status/answers.js';
import type { Status } from '../../src/status/status.js';
import type { Usage } from '../../src/status/usage.js';
import { StoreView } from '../../src/view/view.js';
import { Threads } from './answers/threads.js';
import { History } from './history.js';

/** A store that can be asked. */
export class Subject {
  readonly view: StoreView;
  readonly showsValues: boolean;
  readonly history: History;
  readonly threads: Threads;
  readonly process: ProcessAnswer;
  /** What the threads count: the server's own reads are no uses, so its view has none. */
  readonly #usage: SharedArrayBuffer | null;
  readonly #log: Log;
  readonly #listeners = new Set<() => void>();

  constructor(handle: StoreHandle, program: string, showsValues: boolean, log: Log) {
    // Without a row, and without a count of what it reads: this thread is the watcher. Without messages: the threads that
    // read the store have them, and so does the answer to /status.
    this.view = new StoreView({ ...handle, threads: null, usage: null }, () => {});
    this.#usage = handle.usage;
    this.#log = log;
    this.threads = new Threads(handle.threads);
    this.showsValues = showsValues;
    this.history = new History(this.view, showsValues);
    this.process = {
      pid: process.pid,
      program,
      node: process.version,
      library: manifest.version,
      host: hostname(),
      startedAt: new Date(wallTime() - process.uptime() * 1_000).toISOString(),
    };
    const events = new ReloadEvents(this.view, { observe: () => this.#observe() });
    events.follow({
      onReading: (previous, current) => this.#attempt(() => this.history.addReading(previous, current)),
    });
  }

  /**
   * Passes the parts of an answer on that `list` makes of the newest values. Pinned, since they are sent over many turns.
   * Decode the values from there, not through the view, which would keep all of them in this thread.
   */
  *listParts(list: (snapshot: EncodedSnapshot) => Generator<string>): Generator<string> {
    const reading = this.view.pin();
    try {
      yield* list(reading.snapshot);
    } finally {
      this.view.unpin(reading);
    }
  }

  status(): Status {
    return this.view.status();
  }

  /** Whether the uses of options and flags are counted. */
  get countsUsage(): boolean {
    return this.#usage !== null;
  }

  usage(): Usage {
    return readUsage(this.view, this.#usage);
  }

  /** Calls `listener` after each change of the status, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #observe(): void {
    this.#attempt(() => this.history.addReloads(this.status()));
    for (const listener of this.#listeners) this.#attempt(listener);
  }

  /** Calls `act`, which may read memory that other code has overwritten. An error here would end the watcher. */
  #attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#log('inspect-failed', `The inspect server cannot note a reload: ${describeThrown(error)}`);
    }
  }
}
