/** The defaults of all options, which the watcher wrote to shared memory once. Runs in readers. */
import { crc32 } from 'node:zlib';
import { EncodedSnapshot } from '../codec/decode.js';
import { SnapshotFormatError } from '../codec/decode-value.js';
import type { Shape } from '../codec/frame.js';
import { monotonicTime } from '../common/host-time.js';
import type { OptionValue } from '../common/value.js';
import type { StoreHandle } from '../memory/handle.js';
import { copyBytes } from '../memory/shared-schemas.js';
import type { OptionId } from '../names/option-id.js';
import { describeFailure, isCorruption, makeUnreadableError, OVERWRITTEN, RESTART, RETRY_MS } from './read-failure.js';

/** What {@link describeFailure} calls them. */
const DEFAULTS = 'the defaults';

/** One thread's access to the defaults. */
export class Defaults {
  readonly #handle: StoreHandle;
  readonly #shape: Shape;
  readonly #onCorruption: (message: string) => void;
  /** The verified copy, weakly: it is as large as all defaults, while a thread may need a few of them, once each. */
  #copy: WeakRef<EncodedSnapshot> | undefined;
  readonly #values = new Map<number, OptionValue>();
  /** By index, whether an option is a flag: another copy of all defaults only for that would cost too much. */
  readonly #flags = new Map<number, boolean>();
  /** Set while the defaults are corrupted: when this thread last tried to copy them. */
  #failure: { readonly error: unknown; readonly at: number } | undefined;

  /** `onCorruption` receives the message for each corruption that this thread finds. */
  constructor(handle: StoreHandle, shape: Shape, onCorruption: (message: string) => void) {
    this.#handle = handle;
    this.#shape = shape;
    this.#onCorruption = onCorruption;
  }

  /**
   * Returns an option's default, the same object each time; undefined if it is a feature flag.
   *
   * @throws {SnapshotUnreadableError} if other code has overwritten them, or this thread has no stack or memory left
   */
  value(id: OptionId): OptionValue | undefined {
    if (typeof id === 'string') return undefined;
    const known = this.#values.get(id);
    if (known !== undefined) return known;
    const value = this.#read((copy) => copy.decode(id));
    if (value !== undefined) this.#values.set(id, value);
    return value;
  }

  /** Whether the option is a feature flag: every other option has a default. Throws as {@link value} does. */
  isFlag(id: OptionId): boolean {
    if (typeof id === 'string') return true;
    let isFlag = this.#flags.get(id);
    if (isFlag === undefined) {
      isFlag = !this.#values.has(id) && this.#read((copy) => !copy.isset(id));
      this.#flags.set(id, isFlag);
    }
    return isFlag;
  }

  /** Describes what keeps this thread from reading the defaults; undefined if nothing does. */
  findProblem(): string | undefined {
    try {
      this.#verify(new Uint8Array(this.#handle.defaults));
      return undefined;
    } catch (error) {
      return describeFailure(DEFAULTS, error);
    }
  }

  #read<T>(read: (copy: EncodedSnapshot) => T): T {
    try {
      return read(this.#copy?.deref() ?? this.#copyAll());
    } catch (error) {
      throw makeUnreadableError(DEFAULTS, error, RESTART);
    }
  }

  #copyAll(): EncodedSnapshot {
    if (this.#failure !== undefined && monotonicTime() - this.#failure.at < RETRY_MS) throw this.#failure.error;
    const bytes = copyBytes(this.#handle.defaults);
    this.#verify(bytes);
    const copy = new EncodedSnapshot(bytes, this.#shape);
    this.#copy = new WeakRef(copy);
    return copy;
  }

  #verify(bytes: Uint8Array): void {
    try {
      if (crc32(bytes) !== this.#handle.defaultsChecksum) throw new SnapshotFormatError(OVERWRITTEN);
      this.#failure = undefined;
    } catch (error) {
      if (isCorruption(error)) {
        this.#failure = { error, at: monotonicTime() };
        this.#onCorruption(describeFailure(DEFAULTS, error));
      }
      throw error;
    }
  }
}
