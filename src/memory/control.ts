/**
 * The words that the watcher and the threads around it share beside the cells: is it alive, what does it do, who asks
 * it for a poll. Where they stand is in `control-layout.ts`.
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

/** A poll that runs for longer counts as hung. */
const HUNG_POLL_NS = 10_000_000_000n;
/** How many intervals may pass without a poll, and the grace on top of them. */
const MISSED_POLLS = 3n;
const MISSED_POLLS_GRACE_NS = 1_000_000_000n;
const NS_PER_MS = 1_000_000n;

/** The life of a watcher: `STARTING` to `RUNNING` or `FAILED`, `RUNNING` to `CRASHED` or `CLOSED`. No way leads back. */
export const WatcherState = { STARTING: 0, RUNNING: 1, FAILED: 2, CRASHED: 3, CLOSED: 4 } as const;
export type WatcherState = (typeof WatcherState)[keyof typeof WatcherState];

/** A view of the control words. Every thread makes its own; all methods may be called from any thread but as said. */
export class Control {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #times: BigInt64Array;
  readonly #reason: SharedText;
  readonly #reading: SharedText;

  /** Over memory that {@link create} made, in this or in another thread. */
  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
    this.#times = new BigInt64Array(buffer);
    this.#reason = new SharedText(buffer, { offset: REASON, lengthWord: REASON_BYTES, maxBytes: TEXT_BYTES });
    this.#reading = new SharedText(buffer, { offset: READING, lengthWord: READING_BYTES, maxBytes: TEXT_BYTES });
  }

  /** Fresh memory, for a watcher that polls every `pollInterval` milliseconds, or only when asked where that is null. */
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
   * Moves the state on, and wakes all who wait. True for exactly one of all threads that try: that one reports it.
   * The text is written by the winner alone, after the move; until then a reader finds no reason, never half of one.
   */
  moveState(from: WatcherState, to: WatcherState, reason?: string): boolean {
    if (Atomics.compareExchange(this.#words, STATE, from, to) !== from) return false;
    if (reason !== undefined) this.#reason.write(reason);
    Atomics.notify(this.#words, STATE);
    this.signalAll();
    return true;
  }

  /**
   * Owner only, when the thread has ended: says why, where the thread moved the state and was ended before it could.
   * Before that the two could write at the same time.
   */
  setReason(reason: string): void {
    if (this.reason !== undefined) return;
    this.#reason.write(reason);
    this.signalAll();
  }

  /** Whether the watcher has ended, and why is known. A signal follows, also where the state has moved already. */
  get hasEnded(): boolean {
    return this.state !== WatcherState.RUNNING && this.reason !== undefined;
  }

  /** Blocks this thread until the state is no longer `STARTING`, `milliseconds` at the longest. */
  waitForStart(milliseconds: number): void {
    Atomics.wait(this.#words, STATE, WatcherState.STARTING, milliseconds);
  }

  /** Why the watcher ended, cut at 1 KiB; undefined where that is not known (yet). */
  get reason(): string | undefined {
    return this.#reason.read();
  }

  /** The file that the watcher reads or has read last. */
  get reading(): string | undefined {
    return this.#reading.read();
  }

  /** Watcher only: says which file it is about to read, so that a hang in the kernel can be told by its name. */
  setReading(path: string): void {
    this.#reading.write(path);
  }

  /** Draws a ticket for a poll that begins from now on, and wakes the watcher. */
  request(): number {
    const ticket = (Atomics.add(this.#words, REQUESTED, 1) + 1) | 0;
    Atomics.notify(this.#words, REQUESTED);
    return ticket;
  }

  /** Watcher only: the last ticket drawn. A poll that begins after this call answers it and all before it. */
  get requested(): number {
    return Atomics.load(this.#words, REQUESTED);
  }

  /** Watcher only: resolves when a ticket later than `ticket` is drawn; keeps no event loop alive. */
  nextRequest(ticket: number): Promise<unknown> {
    const wait = Atomics.waitAsync(this.#words, REQUESTED, ticket);
    return Promise.resolve(wait.value);
  }

  /** Watcher only: says that all tickets up to `ticket` are answered; what they are to see is published before. */
  serve(ticket: number): void {
    if (Atomics.exchange(this.#words, SERVED, ticket) !== ticket) this.signalAll();
  }

  /** Whether the poll that `ticket` asked for has finished. */
  isServed(ticket: number): boolean {
    return ((Atomics.load(this.#words, SERVED) - ticket) | 0) >= 0;
  }

  /**
   * What {@link wait} and {@link waitAsync} are given. To be read before the condition that is waited for: a change
   * between the two then ends the wait at once, where the other order would sleep through it.
   */
  get signal(): number {
    return Atomics.load(this.#words, SIGNAL);
  }

  /** Wakes all who wait for the signal: after news in the status, an answer, or the watcher's end. */
  signalAll(): void {
    Atomics.add(this.#words, SIGNAL, 1);
    Atomics.notify(this.#words, SIGNAL);
  }

  /** Blocks this thread until the signal is no longer `seen`. */
  wait(seen: number, milliseconds: number): void {
    Atomics.wait(this.#words, SIGNAL, seen, milliseconds);
  }

  /** The same without blocking; keeps no event loop alive. */
  waitAsync(seen: number, milliseconds: number): Promise<unknown> {
    return Promise.resolve(Atomics.waitAsync(this.#words, SIGNAL, seen, milliseconds).value);
  }

  /** Watcher only: a poll begins. */
  beginPoll(): void {
    this.#beat();
    Atomics.store(this.#words, POLLING, 1);
  }

  /** Watcher only: the poll has ended. */
  endPoll(): void {
    this.#beat();
    Atomics.store(this.#words, POLLING, 0);
    Atomics.store(this.#times, POLLED_AT, BigInt(Date.now()));
    Atomics.add(this.#words, POLLS, 1);
  }

  /** How many polls have ended. */
  get polls(): number {
    return Atomics.load(this.#words, POLLS) >>> 0;
  }

  /** When the last poll ended, in milliseconds since 1970; undefined before the first. */
  get polledAt(): number | undefined {
    return Number(Atomics.load(this.#times, POLLED_AT)) || undefined;
  }

  /** When the watcher last began or ended a poll, in milliseconds since 1970; undefined before the first. */
  get heartbeatAt(): number | undefined {
    return Number(Atomics.load(this.#times, HEARTBEAT_AT)) || undefined;
  }

  /**
   * Whether the status of `generation` is written, or the watcher has ended and will not write it: values are live a
   * moment before their status is, and a wake-up that is about something else may fall between the two.
   */
  isDescribed(generation: number): boolean {
    // In this order: where the watcher ended in between, the second says so.
    return Atomics.load(this.#words, DESCRIBED) >= generation || this.state !== WatcherState.RUNNING;
  }

  /** Watcher only: the status of `generation` is written. */
  describe(generation: number): void {
    Atomics.store(this.#words, DESCRIBED, generation);
  }

  /** How many reloads were refused, modulo 2^32. */
  get rejected(): number {
    return Atomics.load(this.#words, REJECTED) >>> 0;
  }

  /** Watcher only: so many reloads were refused. The status that says why is written before. */
  set rejected(count: number) {
    Atomics.store(this.#words, REJECTED, count);
  }

  /** Whether a poll has run for too long, or none has begun for too long, by the monotonic clock. */
  get isStalled(): boolean {
    const silence = process.hrtime.bigint() - Atomics.load(this.#times, HEARTBEAT);
    if (Atomics.load(this.#words, POLLING) === 1) return silence > HUNG_POLL_NS;
    const interval = BigInt(Atomics.load(this.#words, POLL_INTERVAL)) * NS_PER_MS;
    return interval > 0n && silence > MISSED_POLLS * interval + MISSED_POLLS_GRACE_NS;
  }

  #beat(): void {
    Atomics.store(this.#times, HEARTBEAT, process.hrtime.bigint());
    // For people; whether the watcher lives is told by the monotonic clock alone.
    Atomics.store(this.#times, HEARTBEAT_AT, BigInt(Date.now()));
  }
}
