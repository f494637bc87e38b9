/** Finds the keys that a mapping has twice. Pure. */

/** The keys of one mapping, by type and value: in YAML the keys 1 and "1" differ. */
export class SeenKeys {
  readonly #offsets = new Map<string, number>();
  readonly #text: string;
  readonly #isEntry: boolean;
  readonly #lineOf: (offset: number) => number;
  /** Whether another entry of the list seems to begin in the mapping. */
  #isContinued = false;

  /**
   * @param text the source of the document
   * @param isEntry whether the mapping is an entry of a list
   * @param lineOf returns the line of an offset, from 1
   */
  constructor(text: string, isEntry: boolean, lineOf: (offset: number) => number) {
    this.#text = text;
    this.#isEntry = isEntry;
    this.#lineOf = lineOf;
  }

  /**
   * Adds a key.
   *
   * @param json the key as JSON, for the message
   * @returns what is wrong with it; undefined if it is the first one
   */
  add(identity: string, json: () => string, offset: number): string | undefined {
    const first = this.#offsets.get(identity);
    if (first === undefined) {
      this.#offsets.set(identity, offset);
      return undefined;
    }
    const [begin] = this.#offsets.values();
    const begins = this.#isEntry && first === begin && this.#beginsLine(offset);
    // The other keys of an entry that lacks its `- ` have no issues of their own.
    if (this.#isContinued && !begins) return undefined;
    this.#isContinued ||= begins;
    const advice = begins ? ': is "- " missing before this one?' : '';
    return `duplicate key ${json()}; the first one is in line ${this.#lineOf(first)}${advice}`;
  }

  #beginsLine(offset: number): boolean {
    let at = offset;
    while (this.#text[at - 1] === ' ') at--;
    return at === 0 || this.#text[at - 1] === '\n';
  }
}
