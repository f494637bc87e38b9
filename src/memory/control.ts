/**
 * The control words, which the watcher shares with all other threads besides the cells: its state, its progress and the
 * requests for polls. Runs in any thread. The layout is in `control-layout.ts`.
 */
import { sharedMonotonicTime, wallTime } from '../common/host-time.js';
import { hasWorked, type Inspection, inspectThread, type KernelThread } from '../common/kernel-thread.js';
import { LAYOUT_VERSION } from './cell/layout.js';
import {
  ACCEPTANCES,
  BUSY,
  CONTROL_BYTES,
  DESCRIBED,
  HEARTBEAT,
  HEARTBEAT_AT,
  MAGIC,
  MAGIC_NUMBER,
  OWNER,
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
  SHARED,
  SIGNAL,
  STATE,
  TEXT_BYTES,
  VERSION,
  WATCHER,
} from './control-layout.js';
import { SharedText } from './shared-text.js';

/** A poll of which one step takes longer counts as hung, and one whose steps together take longer as slow. */
const HUNG_STEP_NS = 10_000_000_000n;
const SLOW_POLL_MS = 10_000;
/** How much of a step's time counts as the poll's: a process that was frozen during the step did not work. */
const MAX_STEP_MS = 5_000;
/** The number of intervals that may pass without a poll, and the additional grace period. */
const MISSED_POLLS = 3n;
const MISSED_POLLS_GRACE_NS = 1_000_000_000n;
const NS_PER_MS = 1_000_000n;
/**
 * How long a thread watches an overdue watcher before it reports it as stalled. After a freeze of the process (SIGSTOP,
 * a paused container), every heartbeat is old; a live watcher then polls at once.
 */
const CONFIRM_MS = 200;

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
  /** The overdue heartbeat that this thread has watched: not every call watches it again. */
  #watched: { readonly heartbeat: bigint; readonly isWorking: boolean; readonly at: bigint } | undefined;

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
   * @param owner the calling thread, if it will start a watcher
   */
  static create(pollInterval: number | null, owner?: KernelThread): Control {
    const control = new Control(new SharedArrayBuffer(CONTROL_BYTES));
    if (owner !== undefined) control.#writeThread(OWNER, owner);
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

  /** Whether the watcher polls without a request. */
  get isPolling(): boolean {
    return Atomics.load(this.#words, POLL_INTERVAL) > 0;
  }

  /** Why the watcher ended, truncated to 1 KiB; undefined if that is not known, or not known yet. */
  get reason(): string | undefined {
    return this.#reason.read();
  }

  /** The file that the watcher reads, or read last. */
  get reading(): string | undefined {
    return this.#reading.read();
  }

  /**
   * Watcher only: names the file that it is about to read, so that the report of a hang in the kernel names it. A file
   * is a step of the poll.
   */
  setReading(path: string): void {
    this.#reading.write(path);
    this.beat();
  }

  /**
   * Draws a ticket for a poll that begins after this call, and wakes the watcher.
   *
   * @param accepts whether this poll accepts values that are suspicious
   */
  request(accepts = false): number {
    // First: the poll that answers the ticket then finds it.
    if (accepts) Atomics.add(this.#words, ACCEPTANCES, 1);
    const ticket = (Atomics.add(this.#words, REQUESTED, 1) + 1) | 0;
    Atomics.notify(this.#words, REQUESTED);
    return ticket;
  }

  /** Watcher only: the last ticket drawn. A poll that begins after this read answers it and all earlier tickets. */
  get requested(): number {
    return Atomics.load(this.#words, REQUESTED);
  }

  /** Watcher only: how many requests accept values that are suspicious; wraps. */
  get acceptances(): number {
    return Atomics.load(this.#words, ACCEPTANCES);
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
   * The argument of {@link wait} and {@link nextSignal}. Read it before the awaited condition: a change between the two
   * reads then ends the wait at once. In the opposite order the wait would miss that change.
   */
  get signal(): number {
    return Atomics.load(this.#words, SIGNAL);
  }

  /** Wakes all threads that wait for the signal: after a new status, an answered poll, or the watcher's end. */
  signalAll(): void {
    Atomics.add(this.#words, SIGNAL, 1);
    this.wakeAll();
  }

  /** Blocks this thread until the signal differs from `seen`, for at most `milliseconds`. */
  wait(seen: number, milliseconds: number): void {
    Atomics.wait(this.#words, SIGNAL, seen, milliseconds);
  }

  /**
   * Returns a promise that resolves when any thread signals or calls {@link wakeAll}; undefined if the signal already
   * differs from `seen`. Keeps no event loop alive. At most one should be pending in a thread: it keeps memory until it
   * resolves. It has no timeout, because the runtime would keep a timer until then, even after the signal.
   */
  nextSignal(seen: number): Promise<unknown> | undefined {
    const wait = Atomics.waitAsync(this.#words, SIGNAL, seen);
    return wait.async ? wait.value : undefined;
  }

  /** Wakes all threads that wait for the signal, although nothing has happened. */
  wakeAll(): void {
    Atomics.notify(this.#words, SIGNAL);
  }

  /** Watcher only: records which thread it is. Call it before the state moves to `RUNNING`. */
  setWatcher(thread: KernelThread): void {
    this.#writeThread(WATCHER, thread);
  }

  /** Finds out what the watcher's thread does, whatever the state is. */
  inspectWatcher(): Inspection {
    return inspectThread(this.#readThread(WATCHER));
  }

  /** Whether the thread that started the watcher has ended; false if that is not known. */
  get isOwnerGone(): boolean {
    return inspectThread(this.#readThread(OWNER)) === 'ended';
  }

  /** The thread that started the watcher. */
  get owner(): KernelThread {
    return this.#readThread(OWNER);
  }

  /** Whether a thread other than the owner has opened the store. */
  get isShared(): boolean {
    return Atomics.load(this.#words, SHARED) === 1;
  }

  /** Records that a thread other than the owner has opened the store. */
  share(): void {
    Atomics.store(this.#words, SHARED, 1);
  }

  /** Watcher only: records that a poll begins. */
  beginPoll(): void {
    this.#recordHeartbeat();
    Atomics.store(this.#words, BUSY, 0);
    Atomics.store(this.#words, POLLING, 1);
  }

  /** Watcher only: records that the running poll has completed a step, so that it is not hung. */
  beat(): void {
    const elapsed = Number((sharedMonotonicTime() - Atomics.load(this.#times, HEARTBEAT)) / NS_PER_MS);
    Atomics.add(this.#words, BUSY, Math.min(elapsed, MAX_STEP_MS));
    this.#recordHeartbeat();
  }

  /** Watcher only: records that the poll has ended. */
  endPoll(): void {
    this.#recordHeartbeat();
    Atomics.store(this.#words, POLLING, 0);
    Atomics.store(this.#times, POLLED_AT, BigInt(wallTime()));
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

  /** When the watcher last began a poll, a step or its end, in milliseconds since 1970; undefined before that. */
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

  /** The last generation whose status is written. */
  get described(): number {
    return Atomics.load(this.#words, DESCRIBED);
  }

  /**
   * Watcher only: records that the status of `generation` is written. Publish its values first: a thread takes this
   * number for that of the last values that were published before it.
   */
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

  /**
   * Detects a watcher that hangs: one step of a poll takes too long, or the next poll is overdue. Blocks this thread for
   * up to 200 ms, once for each heartbeat that is overdue.
   */
  detectStall(): boolean {
    const heartbeat = Atomics.load(this.#times, HEARTBEAT);
    const now = sharedMonotonicTime();
    if (!this.#isOverdue(now - heartbeat)) return false;
    const watched = this.#watched;
    if (watched?.heartbeat !== heartbeat || (watched.isWorking && now - watched.at > HUNG_STEP_NS)) {
      const isWorking = this.#watch(heartbeat);
      this.#watched = { heartbeat, isWorking, at: now };
      return !isWorking;
    }
    return !watched.isWorking;
  }

  /** Watches the watcher for up to 200 ms: whether it has a new heartbeat, or uses the processor. Blocks this thread. */
  isWorking(): boolean {
    return this.#watch(Atomics.load(this.#times, HEARTBEAT));
  }

  /** Watches the watcher for a moment. Returns whether it has a heartbeat other than `heartbeat`, or uses the processor. */
  #watch(heartbeat: bigint): boolean {
    const before = this.inspectWatcher();
    if (Atomics.wait(this.#times, HEARTBEAT, heartbeat, CONFIRM_MS) !== 'timed-out') return true;
    const after = this.inspectWatcher();
    return after !== 'ended' && hasWorked(before, after);
  }

  /** Whether the running poll takes long, although the watcher works. */
  get isSlow(): boolean {
    if (Atomics.load(this.#words, POLLING) === 0) return false;
    if (Atomics.load(this.#words, BUSY) > SLOW_POLL_MS) return true;
    return this.#watched?.isWorking === true && this.#watched.heartbeat === Atomics.load(this.#times, HEARTBEAT);
  }

  /** Whether the watcher should have had a heartbeat in the last `silence` nanoseconds. */
  #isOverdue(silence: bigint): boolean {
    if (Atomics.load(this.#words, POLLING) === 1) return silence > HUNG_STEP_NS;
    const interval = BigInt(Atomics.load(this.#words, POLL_INTERVAL)) * NS_PER_MS;
    return interval > 0n && silence > MISSED_POLLS * interval + MISSED_POLLS_GRACE_NS;
  }

  #recordHeartbeat(): void {
    Atomics.store(this.#times, HEARTBEAT, sharedMonotonicTime());
    // For people only: `detectStall` depends on the monotonic clock alone.
    Atomics.store(this.#times, HEARTBEAT_AT, BigInt(wallTime()));
    Atomics.notify(this.#times, HEARTBEAT);
  }

  #writeThread(word: number, { id, startedAt }: KernelThread): void {
    Atomics.store(this.#words, word + 1, startedAt);
    Atomics.store(this.#words, word, id);
  }

  #readThread(word: number): KernelThread {
    return { id: Atomics.load(this.#words, word), startedAt: Atomics.load(this.#words, word + 1) };
  }
}
