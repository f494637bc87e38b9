/**
 * JSON with numbers exactly as written: `1` and `1.0` differ, as in the Rust command line, and no integer is rounded.
 * Pure.
 */

import { type Node, parseTree } from 'jsonc-parser';
import { compareCodePoints } from '../../common/text.js';
import type { OptionValue } from '../../common/value.js';
import type { YamlNode } from './node.js';

/** A JSON value. An integer is a bigint, a number with a fraction or an exponent a number, an object a map. */
export type ExactJson =
  | null
  | boolean
  | string
  | bigint
  | number
  | readonly ExactJson[]
  | ReadonlyMap<string, ExactJson>;

/** A JSON value as a JavaScript value; see {@link toPlainValue}. */
export type PlainValue =
  | null
  | boolean
  | string
  | bigint
  | number
  | readonly PlainValue[]
  | { readonly [key: string]: PlainValue };

/** The range of integers in the Rust command line, which reads an integer outside it as the nearest double. */
const MIN_INTEGER = -(2n ** 63n);
const MAX_INTEGER = 2n ** 64n - 1n;

/** The number of characters of the longest integer in that range. `BigInt()` of a longer literal only costs time. */
const MAX_LITERAL = 20;

/**
 * Parses `text`, which must be strict JSON that `parseJson` has accepted. Of duplicate keys the last one counts.
 */
export function parseExactJson(text: string): ExactJson {
  const root = parseTree(text);
  if (root === undefined) throw new Error('parseExactJson requires valid JSON; got none. Check it by parseJson first.');
  return toValue(root, text);
}

/** Recursion is safe here: the tree is at most as deep as strict JSON allows. */
function toValue(node: Node, text: string): ExactJson {
  const children = node.children ?? [];
  switch (node.type) {
    case 'array':
      return children.map((child) => toValue(child, text));
    case 'object':
      return new Map(
        children.map(({ children: [key, value] = [] }) => [key?.value as string, toValue(value as Node, text)]),
      );
    case 'number':
      return parseNumber(text.slice(node.offset, node.offset + node.length));
    default:
      return node.value as null | boolean | string;
  }
}

/** Returns the value of a YAML node. */
export function toExactJson(node: YamlNode): ExactJson {
  switch (node.kind) {
    case 'list':
      return node.items.map(toExactJson);
    case 'map':
      return new Map([...node.members].map(([key, { value }]) => [key, toExactJson(value)]));
    case 'scalar':
      if (node.type === 'integer') return BigInt(node.json);
      return JSON.parse(node.json) as null | boolean | string | number;
  }
}

function parseNumber(literal: string): bigint | number {
  // `-0` is a double, because an integer zero has no sign.
  if (!/^-?\d+$/.test(literal) || literal === '-0' || literal.length > MAX_LITERAL) return Number(literal);
  const integer = BigInt(literal);
  return integer >= MIN_INTEGER && integer <= MAX_INTEGER ? integer : Number(literal);
}

/** Whether both values are equal, in any order of keys. */
export function equalsExactJson(a: ExactJson | undefined, b: ExactJson | undefined): boolean {
  if (isList(a) && isList(b)) {
    return a.length === b.length && a.every((entry, index) => equalsExactJson(entry, b[index]));
  }
  if (a instanceof Map && b instanceof Map) {
    return a.size === b.size && [...a].every(([key, member]) => b.has(key) && equalsExactJson(member, b.get(key)));
  }
  return a === b;
}

/** Formats compact JSON with keys sorted by code point. A whole double keeps its `.0`; exponents have no `+`. */
export function formatExactJson(value: ExactJson): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return formatDouble(value);
  if (isList(value)) return `[${value.map(formatExactJson).join(',')}]`;
  if (!(value instanceof Map)) return JSON.stringify(value);
  const keys = [...value.keys()].sort(compareCodePoints);
  return `{${keys.map((key) => `${JSON.stringify(key)}:${formatExactJson(value.get(key))}`).join(',')}}`;
}

/**
 * Formats JSON as {@link formatExactJson} does, but indented by two spaces for each level.
 *
 * @param indent the indentation of the line that the value begins on
 */
export function formatIndentedJson(value: ExactJson, indent: string): string {
  const inner = `${indent}  `;
  const enclose = ([open, close]: readonly [string, string], parts: readonly string[]): string =>
    parts.length === 0 ? open + close : `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${indent}${close}`;
  if (isList(value)) {
    return enclose(
      ['[', ']'],
      value.map((entry) => formatIndentedJson(entry, inner)),
    );
  }
  if (!(value instanceof Map)) return formatExactJson(value);
  const keys = [...value.keys()].sort(compareCodePoints);
  return enclose(
    ['{', '}'],
    keys.map((key) => `${JSON.stringify(key)}: ${formatIndentedJson(value.get(key) as ExactJson, inner)}`),
  );
}

/**
 * Returns the value as a JavaScript value: an integer beyond ±(2^53 − 1) is a bigint, any other number a number. Objects
 * have own properties for all keys, `__proto__` included.
 */
export function toPlainValue(value: ExactJson): PlainValue {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (isList(value)) return value.map(toPlainValue);
  if (!(value instanceof Map)) return value as null | boolean | string | number;
  return Object.fromEntries([...value].map(([key, member]) => [key, toPlainValue(member)]));
}

/** Converts a node to the value that a service reads; an integer beyond ±(2^53 − 1), which it rejects, is a bigint. */
export function toOptionValue(node: YamlNode): OptionValue {
  return toPlainValue(toExactJson(node)) as OptionValue;
}

function formatDouble(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  const size = Math.abs(value);
  if (size >= 1e16 || (size !== 0 && size < 1e-5)) return value.toExponential().replace('e+', 'e');
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

function isList(value: ExactJson | undefined): value is readonly ExactJson[] {
  return Array.isArray(value);
}
