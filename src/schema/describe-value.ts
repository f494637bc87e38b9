/** How a value is written in a message. Pure: any thread may use it. */
import { escapeControlChars, truncate } from '../common/text.js';
import type { OptionValue } from '../common/value.js';

/** A message shows so many characters of a value. */
const MAX_LENGTH = 100;

/** Compact JSON, cut at 100 characters; with `redact` the value's type in angle brackets, and nothing of the value. */
export function describeValue(value: unknown, redact: boolean): string {
  if (redact) return `<${value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value}>`;
  const writer = new ShortWriter();
  writer.write(value as OptionValue);
  return escapeControlChars(truncate(writer.text, MAX_LENGTH));
}

/** A number as the other implementations of the family write it: `1e21`, not `1e+21`. */
function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (Object.is(value, -0)) return '-0.0';
  if (size >= 1e16 || (size !== 0 && size < 1e-5)) return value.toExponential().replace('e+', 'e');
  return String(value);
}

/** Writes JSON until there is more than a message shows: a value may be 8 MiB. */
class ShortWriter {
  text = '';

  write(value: OptionValue): void {
    if (this.#isFull()) return;
    if (typeof value === 'string') this.#writeString(value);
    else if (typeof value === 'number') this.text += formatNumber(value);
    else if (typeof value !== 'object' || value === null) this.text += String(value);
    else if (Array.isArray(value)) this.#writeMembers('[]', value, (entry) => this.write(entry));
    else {
      const object = value as { readonly [key: string]: OptionValue };
      this.#writeMembers('{}', Object.keys(object), (key) => {
        this.#writeString(key);
        this.text += ':';
        this.write(object[key] as OptionValue);
      });
    }
  }

  #writeString(value: string): void {
    this.text += JSON.stringify(value.slice(0, 2 * MAX_LENGTH + 2));
  }

  #writeMembers<T>(brackets: string, members: readonly T[], write: (member: T) => void): void {
    this.text += brackets[0];
    let separator = '';
    for (const member of members) {
      if (this.#isFull()) return;
      this.text += separator;
      separator = ',';
      write(member);
    }
    this.text += brackets[1];
  }

  #isFull(): boolean {
    // A character has up to two UTF-16 units.
    return this.text.length > 2 * MAX_LENGTH;
  }
}
