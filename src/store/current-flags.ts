/** The flags of whatever store a thread has: for checkers that are made before `init()`, and outlive a `close()`. */
import type { CompiledFlag } from '../features/compile.js';
import { type Flags, NO_STORE, type Trouble } from './flags.js';

/** What has namespaces of flags: a store as its users hold it. */
export interface FlagStore {
  flags(namespace: string): Flags;
}

/** Flags of the thread's store, found anew whenever that is another one. */
export class CurrentFlags<S extends FlagStore> implements Flags {
  readonly #namespace: string;
  readonly #current: () => S | undefined;
  #store: S | undefined;
  #flags: Flags | undefined;

  /** `current`: the thread's store, if it has one. May throw, which counts as none; asked at each call. */
  constructor(namespace: string, current: () => S | undefined) {
    this.#namespace = namespace;
    this.#current = current;
  }

  find(name: string): CompiledFlag {
    const store = this.#find();
    // After a close() the last one goes on answering with its last values, as all reads do.
    if (store !== undefined && store !== this.#store) {
      this.#flags = store.flags(this.#namespace);
      this.#store = store;
    }
    return this.#flags === undefined ? NO_STORE : this.#flags.find(name);
  }

  /** Without a store there is no logger, and nobody hears it. */
  tell(name: string, trouble: Trouble): void {
    this.#flags?.tell(name, trouble);
  }

  #find(): S | undefined {
    try {
      return this.#current();
    } catch {
      // A handle of another version was inherited, say: init() or options() will tell. A flag is off then.
      return undefined;
    }
  }
}
