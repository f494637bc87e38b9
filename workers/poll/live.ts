/**
 * What is live: the published values and the status record. Publishes and writes both, and again if other code overwrites
 * them. Runs in the watcher thread.
 */
import { nextGeneration } from '../../src/memory/cell/writer.js';
import type { StatusRecord } from '../../src/status/record.js';
import { MemoryLog } from '../report/memory-log.js';
import { findAbsent } from '../values/gone-volumes.js';
import type { Loaded, Published } from '../values/results.js';
import type { Clock } from './clock.js';
import type { Sink } from './ports.js';

/** How often the watcher verifies what it has published, in milliseconds: intervals may be short, and values large. */
const VERIFY_MS = 1_000;

/** Keeps what is live, since nothing else has it if other code overwrites the shared memory. */
export class Live {
  readonly #clock: Clock;
  readonly #sink: Sink;
  readonly #memoryLog: MemoryLog;
  /**
   * The last reload. Counts the generations: a reload in which no option changed has one, too, but publishes nothing in
   * the cell.
   */
  #published: Published = { generation: 0, payload: new Uint8Array(), namespaces: new Map() };
  #record: StatusRecord;
  /** When the watcher last verified what it has published, by the monotonic clock. */
  #verifiedAt = 0;

  constructor(clock: Clock, sink: Sink, record: StatusRecord) {
    this.#clock = clock;
    this.#sink = sink;
    this.#memoryLog = new MemoryLog(sink.log);
    this.#record = record;
  }

  get published(): Published {
    return this.#published;
  }

  get record(): StatusRecord {
    return this.#record;
  }

  /** Continues from what another thread has published and written. */
  takeOver(published: Published, record: StatusRecord): void {
    this.#published = published;
    this.#record = record;
  }

  /**
   * Publishes a load as a new generation; without its payload, if no option changed. The caller then updates the status.
   *
   * @returns what {@link Sink.publish} returns if it does not fit; the old generation stays then
   */
  publish({ payload, namespaces }: Loaded): ReturnType<Sink['publish']> {
    const generation = nextGeneration(this.#published.generation);
    const rejected = payload && this.#sink.publish(payload);
    if (rejected !== undefined) return rejected;
    this.#published = { generation, payload: payload ?? this.#published.payload, namespaces };
    return undefined;
  }

  /** Notes where the same bytes are now. */
  move(namespaces: Published['namespaces']): void {
    this.#published = { ...this.#published, namespaces };
  }

  /** Offers what is live to be kept, but no defaults that are live because a file is invalid or out of reach. */
  offer(): void {
    const areDefaults = this.#record.fallback?.kind === 'defaults' || findAbsent(this.#published.namespaces).length > 0;
    this.#sink.live(areDefaults ? undefined : this.#published);
  }

  /** Changes the status. Without a difference, writes nothing: each write wakes the threads that have listeners. */
  update(changes: Partial<StatusRecord>): void {
    const record = { ...this.#record, ...changes };
    const keys = Object.keys(changes) as (keyof StatusRecord)[];
    if (keys.every((key) => record[key] === this.#record[key])) return;
    this.#record = record;
    this.writeStatus();
  }

  /** Writes the status, also if it has not changed. */
  writeStatus(): void {
    const { generation } = this.#published;
    if (this.#record.generation !== generation) this.#record = { ...this.#record, generation };
    this.#sink.writeStatus(this.#record, generation);
  }

  /**
   * Publishes the last snapshot, and writes the last status, again if other code of the process has overwritten them:
   * threads that have not read them yet cannot read them any more. From memory, not from the files, which may be invalid
   * by now.
   */
  verify(isRequested: boolean): void {
    const now = this.#clock.monotonicTime();
    if (!isRequested && now - this.#verifiedAt < VERIFY_MS) return;
    this.#verifiedAt = now;
    const areValuesIntact = this.#sink.areValuesIntact();
    const isStatusIntact = this.#sink.isStatusIntact();
    if (areValuesIntact && isStatusIntact) {
      this.#memoryLog.intact();
      return;
    }
    const arePublished = areValuesIntact || this.#publishAgain();
    // The same record, to which the status of a new generation is due as well: until then, its listeners wait.
    if (arePublished || !isStatusIntact) this.writeStatus();
    if (areValuesIntact) this.#memoryLog.statusOverwritten();
    else this.#memoryLog.overwritten(arePublished ? this.#published.generation : undefined);
  }

  /** Publishes the last snapshot again, as a new generation. Returns false if the system has no memory for it now. */
  #publishAgain(): boolean {
    const generation = nextGeneration(this.#published.generation);
    if (!this.#sink.publishAgain(this.#published.payload)) return false;
    this.#published = { ...this.#published, generation };
    return true;
  }
}
