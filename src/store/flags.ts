/** Where a checker's flags come from: a store as it is now, whatever store the thread has, or one generation. */

import { describeThrown } from '../common/log.js';
import type { OptionValue } from '../common/value.js';
import { type Absence, absentFlag, type CompiledFlag, compileFlag } from '../features/compile.js';
import { FeatureReason } from '../features/evaluation.js';
import type { Feature } from '../features/feature.js';
import { indexesOf } from '../memory/catalog.js';
import type { Store } from './view.js';

/** The flags of one namespace. */
export interface Flags {
  /** The flag `name`, given without `feature.`, ready to be evaluated. */
  find(name: string): CompiledFlag;
  /** Says at level debug why a flag was not evaluated, once for each name, where anybody hears it. */
  tell(name: string, trouble: Trouble): void;
}

/** Why a flag was not evaluated: there is none, or its context threw an error. */
export interface Trouble {
  readonly absence?: Absence | undefined;
  readonly error?: unknown;
}

/** What the name of each flag begins with in schemas and values. */
export const FLAG_PREFIX = 'feature.';

export const NO_STORE = absentFlag(FeatureReason.NO_STORE);
const UNKNOWN_NAMESPACE = absentFlag(FeatureReason.UNKNOWN_NAMESPACE);
const UNKNOWN_FLAG = absentFlag(FeatureReason.UNKNOWN_FLAG);
const NOT_A_FLAG = absentFlag(FeatureReason.NOT_A_FLAG);
const NOT_SET = absentFlag(FeatureReason.NOT_SET);

const EXPLANATIONS: Readonly<Record<Absence, string>> = {
  NO_STORE: 'this thread has no options yet',
  UNKNOWN_NAMESPACE: 'no schema declares the namespace',
  UNKNOWN_FLAG: 'the schema of the namespace does not declare it',
  NOT_A_FLAG: 'the schema declares a plain option by that name, and no flag',
  NOT_SET: 'no values file sets it',
};

/** So many names are told of: they may come from a request, and are remembered. */
const MOST_TOLD = 1_000;

/** The flags of a store, as they are now. */
export class LiveFlags implements Flags {
  readonly #store: Store;
  readonly #namespace: string;
  /** By name, without the prefix; undefined where no schema declares the namespace. */
  readonly #indexes: ReadonlyMap<string, number> | undefined;
  /** Those that have been asked for in the generation `#generation`, and are declared. */
  #found = new Map<string, CompiledFlag>();
  #generation = 0;
  readonly #told = new Set<string>();

  constructor(store: Store, namespace: string) {
    this.#store = store;
    this.#namespace = namespace;
    const indexes = indexesOf(store.catalogue, namespace);
    this.#indexes = indexes && withoutPrefix(indexes);
  }

  find(name: string): CompiledFlag {
    // One plain read of shared memory and one Map.get, as in NamespaceOptions.get.
    if (this.#generation === this.#store.generationWord[0]) {
      const flag = this.#found.get(name);
      if (flag !== undefined) return flag;
    }
    return this.#find(name);
  }

  /** As {@link find}, out of other values than those of now. */
  findIn(name: string, read: (index: number) => OptionValue | undefined): CompiledFlag {
    if (this.#indexes === undefined) return UNKNOWN_NAMESPACE;
    const index = this.#indexes.get(name);
    if (index === undefined) return UNKNOWN_FLAG;
    if (!this.#store.isFlag(index)) return NOT_A_FLAG;
    const value = read(index);
    // The schema has made sure of the type.
    return value === undefined ? NOT_SET : compileFlag(name, value as Feature);
  }

  tell(name: string, { absence, error }: Trouble): void {
    if (!this.#store.hearsDebug || this.#told.has(name) || this.#told.size >= MOST_TOLD) return;
    this.#told.add(name);
    const why = absence === undefined ? `its context threw ${describeThrown(error)}` : EXPLANATIONS[absence];
    this.#store.debug(`The flag '${String(name)}' of namespace '${this.#namespace}' is off: ${why}.`);
  }

  /** Once in a generation for each flag; each time for what is no flag, and while there are overrides. */
  #find(name: string): CompiledFlag {
    const flag = this.findIn(name, (index) => this.#store.value(index));
    // Names that nobody has declared are not remembered: they may come from a request, and be without number. Nor are
    // overrides, which hold for their own time and context.
    if (this.#indexes?.has(name) === true && this.#store.overrides === undefined) {
      const { generation } = this.#store.adopt();
      if (generation !== this.#generation) {
        this.#found = new Map();
        this.#generation = generation;
      }
      this.#found.set(name, flag);
    }
    return flag;
  }
}

/** The names that are those of flags, as they are asked by. */
function withoutPrefix(indexes: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const flags = [...indexes].filter(([key]) => key.startsWith(FLAG_PREFIX));
  return new Map(flags.map(([key, index]) => [key.slice(FLAG_PREFIX.length), index]));
}
