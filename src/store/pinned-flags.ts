/** The flags of one namespace in one generation. For the thread that pinned it. */
import type { OptionValue } from '../common/value.js';
import type { CompiledFlag } from '../features/compile.js';
import type { Flags, LiveFlags, Trouble } from './flags.js';

/** Flags out of values that do not change. */
export class PinnedFlags implements Flags {
  readonly #live: LiveFlags;
  readonly #read: (index: number) => OptionValue | undefined;
  /** What has been asked for and is declared; it does not change any more. */
  readonly #found = new Map<string, CompiledFlag>();

  /** `live`: the same namespace's, which know the options' indexes. */
  constructor(live: LiveFlags, read: (index: number) => OptionValue | undefined) {
    this.#live = live;
    this.#read = read;
  }

  find(name: string): CompiledFlag {
    const known = this.#found.get(name);
    if (known !== undefined) return known;
    const flag = this.#live.findIn(name, this.#read);
    if (flag.absence === undefined) this.#found.set(name, flag);
    return flag;
  }

  tell(name: string, trouble: Trouble): void {
    this.#live.tell(name, trouble);
  }
}
