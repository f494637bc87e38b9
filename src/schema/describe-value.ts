/** Formats values for messages. Pure; any thread may import it. */
import { escapeControlChars, truncate } from '../common/text.js';
import type { OptionValue } from '../common/value.js';

/** The characters of a value that a message shows. */
const MAX_LENGTH = 100;

/** Formats compact JSON, truncated to 100 characters; with `redact`, only the value's type in angle brackets. */
export function describeValue(value: unknown, redact: boolean): string {
  if (redact) return `<${value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value}>`;
  const writer = new ShortWriter();
  writer.write(value as OptionValue);
  return escapeControlChars(truncate(writer.text, MAX_LENGTH));
}

/** Formats a number as the Rust and Python clients do: `1e21`, not `1e+21`. */
function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (Object.is(value, -0)) return '-0.0';
  if (size >= 1e16 || (size !== 0 && size < 1e-5)) return value.toExponential().replace('e+', 'e');
  return String(value);
}

/** Writes JSON until it is longer than a message shows: a value may have 8 MiB. */
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
