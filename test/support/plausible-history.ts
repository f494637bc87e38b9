/**
 * Makes a plausible history of one namespace's values, change by change, to measure how often the guard of suspicious
 * reloads warns of changes that people make on purpose. The shares are estimates of how teams work with options and flags,
 * on the side of more alarms: flags are born, rolled out, finished and cleaned up, sometimes many at once; options are set,
 * changed, put back to their defaults, renamed, and retired in groups; changes are rolled back.
 */
import type { OptionValue } from '../../src/common/value.js';
import { alwaysOn } from '../../src/testing/features.js';
import type { Random } from '../fuzz/random.js';

/** The values of a file. */
export type Values = ReadonlyMap<string, OptionValue>;

/** How many options a file sets at first, and at most, and its flags. */
export interface Size {
  readonly options: number;
  readonly flags: number;
}

/** The sizes of three kinds of services. */
export const SIZES: Readonly<Record<'small' | 'medium' | 'large', Size>> = {
  small: { options: 3, flags: 2 },
  medium: { options: 15, flags: 8 },
  large: { options: 120, flags: 40 },
};

/** The steps of a rollout, in percent. */
const STEPS = [0, 1, 10, 25, 50, 100];

/** One kind of change, and its share among a thousand changes. `edit` returns false if there is nothing to change so. */
interface Kind {
  readonly share: number;
  edit(history: History): boolean;
}

const KINDS: Readonly<Record<string, Kind>> = {
  'changes an option': { share: 330, edit: (h) => h.edit(h.pick(h.options()), () => h.number()) },
  'sets an option': { share: 130, edit: (h) => h.grow('option', () => h.number()) },
  'unsets an option': { share: 70, edit: (h) => h.remove(h.pick(h.options())) },
  'goes on with a rollout': { share: 230, edit: (h) => h.edit(h.pick(h.flags((r) => r < 100)), h.advance) },
  'starts a flag': { share: 70, edit: (h) => h.grow('feature.flag', () => makeFlag(STEPS[h.below(2)] as number)) },
  'removes a finished flag': { share: 50, edit: (h) => h.remove(h.pick(h.flags((r) => r === 100))) },
  'turns off a flag': { share: 30, edit: (h) => h.edit(h.pick(h.flags((r) => r > 0)), () => makeFlag(0)) },
  'turns on a flag for everybody': {
    share: 30,
    edit: (h) => h.edit(h.pick(h.flags((r) => r === 0)), () => makeFlag(100)),
  },
  'removes several finished flags': {
    share: 15,
    edit: (h) =>
      h.removeSome(
        h.flags((r) => r === 100),
        6,
      ),
  },
  'retires a group of options': { share: 8, edit: (h) => h.removeSome(h.options(), 8) },
  'turns off the flags of an incident': { share: 4, edit: (h) => h.turnOffSome(3) },
  'renames options': { share: 3, edit: (h) => h.renameSome(5) },
  'rolls back the last change': { share: 30, edit: (h) => h.rollBack() },
};
const TOTAL = Object.values(KINDS).reduce((sum, { share }) => sum + share, 0);

function makeFlag(rollout: number): OptionValue {
  return { ...alwaysOn(), segments: [{ name: 'all', conditions: [], rollout }] } as unknown as OptionValue;
}

function rolloutOf(value: OptionValue | undefined): number {
  return (value as unknown as { segments: { rollout: number }[] }).segments[0]?.rollout ?? 0;
}

/** The values of one namespace, which change. */
export class History {
  readonly #random: Random;
  readonly #size: Size;
  #values = new Map<string, OptionValue>();
  #previous: Values | undefined;
  #count = 0;

  constructor(size: Size, random: Random) {
    this.#random = random;
    this.#size = size;
    for (let place = 0; place < size.options; place++) this.grow('option', () => this.number());
    for (let place = 0; place < size.flags; place++) {
      // Half of the flags are on for everybody.
      this.grow('feature.flag', () =>
        makeFlag(this.below(2) === 0 ? 100 : (STEPS[this.below(STEPS.length)] as number)),
      );
    }
  }

  /** The present values. */
  get values(): Values {
    return new Map(this.#values);
  }

  /** Makes one change. Returns its kind. */
  change(): string {
    const before = this.values;
    for (;;) {
      let number = this.#random.below(TOTAL);
      const [name, kind] = Object.entries(KINDS).find(([, { share }]) => {
        number -= share;
        return number < 0;
      }) as [string, Kind];
      if (!kind.edit(this)) continue;
      this.#previous = before;
      return name;
    }
  }

  below(count: number): number {
    return this.#random.below(count);
  }

  number(): number {
    return this.below(1_000_000);
  }

  pick(names: readonly string[]): string | undefined {
    return names[this.below(names.length)];
  }

  options(): string[] {
    return [...this.#values.keys()].filter((name) => name.startsWith('option'));
  }

  flags(hasRollout: (rollout: number) => boolean): string[] {
    return [...this.#values]
      .filter(([name, value]) => name.startsWith('feature.') && hasRollout(rolloutOf(value)))
      .map(([name]) => name);
  }

  edit(name: string | undefined, makeValue: (value: OptionValue | undefined) => OptionValue): boolean {
    if (name === undefined) return false;
    this.#values.set(name, makeValue(this.#values.get(name)));
    return true;
  }

  /** Returns the flag at the next step of its rollout. */
  readonly advance = (value: OptionValue | undefined): OptionValue =>
    makeFlag(STEPS.find((step) => step > rolloutOf(value)) ?? 100);

  /** Sets a new option or flag, unless there are twice as many as at first. */
  grow(prefix: 'option' | 'feature.flag', makeValue: () => OptionValue): boolean {
    const names = [...this.#values.keys()].filter((name) => name.startsWith(prefix));
    const most = 2 * (prefix === 'option' ? this.#size.options : this.#size.flags);
    return names.length < most && this.edit(`${prefix}-${++this.#count}`, makeValue);
  }

  remove(name: string | undefined): boolean {
    return name !== undefined && this.#values.delete(name);
  }

  /** Removes two to `most` of `names`. */
  removeSome(names: readonly string[], most: number): boolean {
    const some = this.#pickSome(names, most);
    for (const name of some) this.#values.delete(name);
    return some.length > 0;
  }

  turnOffSome(most: number): boolean {
    const some = this.#pickSome(
      this.flags((rollout) => rollout > 0),
      most,
    );
    for (const name of some) this.#values.set(name, makeFlag(0));
    return some.length > 0;
  }

  renameSome(most: number): boolean {
    const some = this.#pickSome(this.options(), most);
    for (const name of some) {
      this.#values.set(`option-${++this.#count}`, this.#values.get(name) as OptionValue);
      this.#values.delete(name);
    }
    return some.length > 0;
  }

  rollBack(): boolean {
    if (this.#previous === undefined) return false;
    this.#values = new Map(this.#previous);
    return true;
  }

  #pickSome(names: readonly string[], most: number): readonly string[] {
    if (names.length < 2) return [];
    const left = [...names];
    const count = Math.min(names.length, 2 + this.below(most - 1));
    return Array.from({ length: count }, () => left.splice(this.below(left.length), 1)[0] as string);
  }
}
