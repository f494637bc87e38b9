/**
 * The control words, which the watcher shares with all other threads besides the cells: its state, its progress and the
 * requests for polls. Runs in any thread. The layout is in `control-layout.ts`.
 */
import { LAYOUT_VERSION } from './cell/layout.js';
import {
  CONTROL_BYTES,
  DESCRIBED,
  HEARTBEAT,
  HEARTBEAT_AT,
  MAGIC,
  MAGIC_NUMBER,
  POLL_INTERVAL,
  POLLED_AT,
  POLLING,
  POLLS,
  READING,
  READING_BYTES,
  REASON,
  REASON_BYTES,
  REJECTED,
  REQUESTED,
  SERVED,
  SIGNAL,
  STATE,
  TEXT_BYTES,
  VERSION,
} from './control-layout.js';
import { SharedText } from './shared-text.js';

/** A poll that runs longer counts as hung. */
const HUNG_POLL_NS = 10_000_000_000n;
/** The number of intervals that may pass without a poll, and the additional grace period. */
const MISSED_POLLS = 3n;
const MISSED_POLLS_GRACE_NS = 1_000_000_000n;
const NS_PER_MS = 1_000_000n;

/** The states of a watcher: `STARTING` to `RUNNING` or `FAILED`, `RUNNING` to `CRASHED` or `CLOSED`; never back. */
export const WatcherState = { STARTING: 0, RUNNING: 1, FAILED: 2, CRASHED: 3, CLOSED: 4 } as const;
export type WatcherState = (typeof WatcherState)[keyof typeof WatcherState];

/** A view of the control words. Each thread creates its own. Any thread may call any method, unless noted otherwise. */
export class Control {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #times: BigInt64Array;
  readonly #reason: SharedText;
  readonly #reading: SharedText;

  /** @param buffer memory that {@link create} allocated, in this thread or in another one */
  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
    this.#times = new BigInt64Array(buffer);
    this.#reason = new SharedText(buffer, { offset: REASON, lengthWord: REASON_BYTES, maxBytes: TEXT_BYTES });
    this.#reading = new SharedText(buffer, { offset: READING, lengthWord: READING_BYTES, maxBytes: TEXT_BYTES });
  }

  /**
   * Allocates the control words of a watcher.
   *
   * @param pollInterval milliseconds between polls; null if the watcher polls only on request
   */
  static create(pollInterval: number | null): Control {
    const control = new Control(new SharedArrayBuffer(CONTROL_BYTES));
    control.#words[MAGIC] = MAGIC_NUMBER;
    control.#words[VERSION] = LAYOUT_VERSION;
    control.#words[POLL_INTERVAL] = pollInterval ?? 0;
    return control;
  }

  /** Whether `buffer` holds control words of this version of the layout. */
  static isCompatible(buffer: SharedArrayBuffer): boolean {
    if (buffer.byteLength !== CONTROL_BYTES) return false;
    const words = new Int32Array(buffer, 0, VERSION + 1);
    return words[MAGIC] === MAGIC_NUMBER && words[VERSION] === LAYOUT_VERSION;
  }

  get state(): WatcherState {
    return Atomics.load(this.#words, STATE) as WatcherState;
  }

  /**
   * Moves the state, and wakes all waiting threads. Returns true in exactly one of the threads that try; that thread
   * reports the move. Only that thread writes the reason, after the move: until then a reader finds no reason, never a
   * part of one.
   */
  moveState(from: WatcherState, to: WatcherState, reason?: string): boolean {
    if (Atomics.compareExchange(this.#words, STATE, from, to) !== from) return false;
    if (reason !== undefined) this.#reason.write(reason);
    Atomics.notify(this.#words, STATE);
    this.signalAll();
    return true;
  }

  /**
   * Owner only, after the watcher has ended: sets the reason, if the watcher moved the state and ended before it could
   * write the reason. Before the watcher has ended, both threads could write at the same time.
   */
  setReason(reason: string): void {
    if (this.reason !== undefined) return;
    this.#reason.write(reason);
    this.signalAll();
  }

  /** Whether the watcher has ended with a known reason. A signal follows, even if the state moved before. */
  get hasEnded(): boolean {
    return this.state !== WatcherState.RUNNING && this.reason !== undefined;
  }

  /** Blocks this thread until the state is no longer `STARTING`, for at most `milliseconds`. */
  waitForStart(milliseconds: number): void {
    Atomics.wait(this.#words, STATE, WatcherState.STARTING, milliseconds);
  }

  /** Why the watcher ended, truncated to 1 KiB; undefined if that is not known, or not known yet. */
  get reason(): string | undefined {
    return this.#reason.read();
  }

  /** The file that the watcher reads, or read last. */
  get reading(): string | undefined {
    return this.#reading.read();
  }

  /** Watcher only: names the file that it is about to read, so that the report of a hang in the kernel names it. */
  setReading(path: string): void {
    this.#reading.write(path);
  }

  /** Draws a ticket for a poll that begins after this call, and wakes the watcher. */
  request(): number {
    const ticket = (Atomics.add(this.#words, REQUESTED, 1) + 1) | 0;
    Atomics.notify(this.#words, REQUESTED);
    return ticket;
  }

  /** Watcher only: the last ticket drawn. A poll that begins after this read answers it and all earlier tickets. */
  get requested(): number {
    return Atomics.load(this.#words, REQUESTED);
  }

  /** Watcher only: resolves when a thread draws a ticket later than `ticket`. Keeps no event loop alive. */
  nextRequest(ticket: number): Promise<unknown> {
    const wait = Atomics.waitAsync(this.#words, REQUESTED, ticket);
    return Promise.resolve(wait.value);
  }

  /** Watcher only: marks all tickets up to `ticket` as answered. Call it after the publication of their poll. */
  serve(ticket: number): void {
    if (Atomics.exchange(this.#words, SERVED, ticket) !== ticket) this.signalAll();
  }

  /** Whether the poll that `ticket` asked for has finished. */
  isServed(ticket: number): boolean {
    return ((Atomics.load(this.#words, SERVED) - ticket) | 0) >= 0;
  }

  /**
   * The argument of {@link wait} and {@link waitAsync}. Read it before the awaited condition: a change between the two
   * reads then ends the wait at once. In the opposite order the wait would miss that change.
   */
  get signal(): number {
    return Atomics.load(this.#words, SIGNAL);
  }

  /** Wakes all threads that wait for the signal: after a new status, an answered poll, or the watcher's end. */
  signalAll(): void {
    Atomics.add(this.#words, SIGNAL, 1);
    Atomics.notify(this.#words, SIGNAL);
  }

  /** Blocks this thread until the signal differs from `seen`, for at most `milliseconds`. */
  wait(seen: number, milliseconds: number): void {
    Atomics.wait(this.#words, SIGNAL, seen, milliseconds);
  }

  /** Resolves when the signal differs from `seen`, after at most `milliseconds`. Keeps no event loop alive. */
  waitAsync(seen: number, milliseconds: number): Promise<unknown> {
    return Promise.resolve(Atomics.waitAsync(this.#words, SIGNAL, seen, milliseconds).value);
  }

  /** Watcher only: records that a poll begins. */
  beginPoll(): void {
    this.#recordHeartbeat();
    Atomics.store(this.#words, POLLING, 1);
  }

  /** Watcher only: records that the poll has ended. */
  endPoll(): void {
    this.#recordHeartbeat();
    Atomics.store(this.#words, POLLING, 0);
    Atomics.store(this.#times, POLLED_AT, BigInt(Date.now()));
    Atomics.add(this.#words, POLLS, 1);
  }

  /** How many polls have ended. */
  get polls(): number {
    return Atomics.load(this.#words, POLLS) >>> 0;
  }

  /** When the last poll ended, in milliseconds since 1970; undefined before the first poll. */
  get polledAt(): number | undefined {
    return Number(Atomics.load(this.#times, POLLED_AT)) || undefined;
  }

  /** When the watcher last began or ended a poll, in milliseconds since 1970; undefined before the first poll. */
  get heartbeatAt(): number | undefined {
    return Number(Atomics.load(this.#times, HEARTBEAT_AT)) || undefined;
  }

  /**
   * Whether the status of `generation` is written, or the watcher has ended and will not write it. Values are live a
   * moment before their status is written, and a thread may wake between the two for another reason.
   */
  isDescribed(generation: number): boolean {
    // In this order: if the watcher ends between the two reads, the second read detects it.
    return Atomics.load(this.#words, DESCRIBED) >= generation || this.state !== WatcherState.RUNNING;
  }

  /** Watcher only: records that the status of `generation` is written. */
  describe(generation: number): void {
    Atomics.store(this.#words, DESCRIBED, generation);
  }

  /** The number of rejected reloads, modulo 2^32. */
  get rejected(): number {
    return Atomics.load(this.#words, REJECTED) >>> 0;
  }

  /** Watcher only: sets the number of rejected reloads. Write the status with the reason first. */
  set rejected(count: number) {
    Atomics.store(this.#words, REJECTED, count);
  }

  /** Whether a poll has run for too long, or the next poll is overdue, by the monotonic clock. */
  get isStalled(): boolean {
    const silence = process.hrtime.bigint() - Atomics.load(this.#times, HEARTBEAT);
    if (Atomics.load(this.#words, POLLING) === 1) return silence > HUNG_POLL_NS;
    const interval = BigInt(Atomics.load(this.#words, POLL_INTERVAL)) * NS_PER_MS;
    return interval > 0n && silence > MISSED_POLLS * interval + MISSED_POLLS_GRACE_NS;
  }

  #recordHeartbeat(): void {
    Atomics.store(this.#times, HEARTBEAT, process.hrtime.bigint());
    // For people only: `isStalled` depends on the monotonic clock alone.
    Atomics.store(this.#times, HEARTBEAT_AT, BigInt(Date.now()));
  }
}
