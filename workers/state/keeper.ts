/**
 * Keeps the last good values for a later start: decides when, and reports what fails. Runs in the watcher thread. Pure but
 * for the files: the caller passes in the clock and the storage.
 */
import type { Log } from '../../src/common/log.js';
import { truncateBytes } from '../../src/common/text.js';
import { describeProblem, toStateError } from '../../src/state/access.js';
import type { KeptSnapshot } from '../../src/state/kept.js';
import { MAX_TEXT_BYTES, type StateStatus } from '../../src/status/record.js';
import type { Published } from '../values/results.js';

/**
 * How long values must be live before they are kept, in milliseconds: a process that dies of a value within this time must
 * not start on that value again.
 */
const TRIAL_MS = 15_000;

/**
 * How long a start may take longer for the sake of others, in milliseconds. Usually, it takes 1 or 2; on a machine that is
 * overloaded, hundreds.
 */
const SHARE_MS = 1_000;

/** The time, and a timer that does not keep the process alive. */
interface TrialClock {
  monotonicTime(): number;
  timer(milliseconds: number, callback: () => void): () => void;
}

/** Where the values are kept. */
export interface Storage {
  /** The path of the file. */
  readonly file: string;
  /** Prepares the directory. */
  prepare(): Promise<void>;
  /** Reads what is kept, if the present code has validated it; undefined if there is nothing. */
  read(): Promise<KeptSnapshot | undefined>;
  /** Replaces what is kept. Returns when, RFC 3339. */
  write(published: Published): Promise<string>;
  /** Writes what a start has validated, for other starts on the same files. */
  writeValidated(published: Published): Promise<void>;
}

/** Whom the keeper reports to. */
interface Reports {
  readonly log: Log;
  readonly onStatus: (status: StateStatus) => void;
  /** Why the directory cannot be used, if that was logged before. */
  readonly problem: string | null;
}

/** Keeps what has been live for 15 seconds. */
export class Keeper {
  readonly #clock: TrialClock;
  readonly #storage: Storage;
  readonly #reports: Reports;
  #status: StateStatus;
  /** What is live, and when its values went live, by the monotonic clock. */
  #live: Published | undefined;
  #since = 0;
  /** What was kept last. */
  #kept: Published | undefined;
  #cancel: (() => void) | undefined;
  #isWriting = false;
  #hasWarned: boolean;

  constructor(clock: TrialClock, storage: Storage, reports: Reports) {
    this.#clock = clock;
    this.#storage = storage;
    this.#reports = reports;
    this.#hasWarned = reports.problem !== null;
    this.#status = { file: storage.file, keptAt: null, problem: reports.problem };
  }

  /** What the status says of the directory. */
  get status(): StateStatus {
    return this.#status;
  }

  /**
   * Notes that the values of a load are live. If only their files have changed, their trial goes on. Without values, any
   * trial ends: those of before are not live any more, and reloads reuse their memory.
   */
  live(published: Published | undefined): void {
    if (published?.payload !== this.#live?.payload) this.#since = this.#clock.monotonicTime();
    this.#live = published;
    this.#cancel?.();
    this.#cancel = undefined;
    if (published === undefined || isSame(published, this.#kept)) return;
    const left = this.#since + TRIAL_MS - this.#clock.monotonicTime();
    this.#cancel = this.#clock.timer(Math.max(0, left), () => void this.#keep());
  }

  /**
   * Lets other starts on the same files use what this one has validated. Returns when they can, or after a short time: a
   * slow disk must not delay the start. Fails without a message, since nothing is lost.
   */
  async share(): Promise<void> {
    if (this.#live === undefined) return;
    const written = this.#storage.writeValidated(this.#live).catch(() => {});
    await Promise.race([written, new Promise<void>((resolve) => this.#clock.timer(SHARE_MS, resolve))]);
  }

  /** Notes that the directory holds values that a start has served. */
  found(keptAt: string): void {
    this.#report({ ...this.#status, keptAt });
  }

  /** Logs why the directory cannot be used: once, until it can be used again. */
  warn(error: unknown): undefined {
    const { message } = toStateError(this.#storage.file, error);
    // Before the status says so: whoever sees it there may close the store, and end this thread, at once.
    if (!this.#hasWarned) this.#reports.log('state-failed', describeProblem(message));
    this.#hasWarned = true;
    this.#report({ ...this.#status, problem: truncateBytes(message, MAX_TEXT_BYTES) });
    return undefined;
  }

  async #keep(): Promise<void> {
    this.#cancel = undefined;
    // The running write looks again when it ends.
    if (this.#isWriting || this.#live === undefined) return;
    this.#isWriting = true;
    const published = this.#live;
    try {
      // A copy: reloads that come meanwhile reuse the memory.
      const keptAt = await this.#write({ ...published, payload: published.payload.slice() });
      this.#kept = published;
      const { file } = this.#storage;
      if (this.#hasWarned)
        this.#reports.log('state-recovered', `The last good values are kept again, in ${file}.`, { file });
      this.#hasWarned = false;
      this.#report({ file, keptAt, problem: null });
    } catch (error) {
      this.warn(error);
      // Not tried again until the next change: each attempt may write as much as the snapshot has.
      this.#kept = published;
    }
    this.#isWriting = false;
    this.live(this.#live);
  }

  /** Keeps `published`, unless that is kept already: by another process, or before this one started. */
  async #write(published: Published): Promise<string> {
    await this.#storage.prepare();
    // A file that is damaged, or may be another user's, is replaced.
    const kept = await this.#storage.read().catch((error) => this.warn(error));
    if (kept !== undefined && haveSameFiles(kept.head.namespaces, published.namespaces)) return kept.head.keptAt;
    return await this.#storage.write(published);
  }

  #report(status: StateStatus): void {
    this.#status = status;
    this.#reports.onStatus(status);
  }
}

/** Whether the values, and the bytes of all files, are the same. */
function isSame({ payload, namespaces }: Published, other: Published | undefined): boolean {
  if (payload !== other?.payload) return false;
  return haveSameFiles([...other.namespaces], namespaces);
}

function haveSameFiles(
  kept: readonly (readonly [string, { readonly hash: string | null }])[],
  live: Published['namespaces'],
): boolean {
  return kept.length === live.size && kept.every(([name, { hash }]) => live.get(name)?.hash === hash);
}
