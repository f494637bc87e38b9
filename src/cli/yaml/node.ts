/** A YAML document as JSON can represent it: values with their offsets. Pure. */
import { compareCodePoints } from '../../common/text.js';
import type { OptionValue } from '../../common/value.js';
import type { ScalarValue } from './scalar.js';

/** A value. An alias and its anchor share one. */
export type YamlNode = YamlScalar | YamlList | YamlMap;

interface NodeBase {
  /** The offset of its first character in the document, in UTF-16 units. */
  readonly offset: number;
  /** The approximate number of characters of its JSON. */
  readonly size: number;
  /** The number of nested lists and mappings; 0 for a scalar. */
  readonly levels: number;
  /** The number of aliases in it, also of those within what an alias refers to. */
  readonly aliases: number;
  /** Whether the node, or one of its keys, could not be converted; an issue or a fault says why. */
  readonly isBroken?: boolean;
  /** What JSON cannot represent of the node and of its keys, in a part of the document that has no JSON itself. */
  readonly faults?: readonly YamlFault[];
  /** Whether it, or a node below it, has faults. */
  readonly hasFaults?: boolean;
}

/** What JSON cannot represent of a node: an issue, if an alias makes the node part of an option. */
export interface YamlFault {
  readonly message: string;
  /** The offset in the document, in UTF-16 units. */
  readonly offset: number;
  /** Whether it is a key that is null, a list or a mapping. */
  readonly isKey: boolean;
}

/** A string, a number, a boolean or null. */
export interface YamlScalar extends NodeBase, ScalarValue {
  readonly kind: 'scalar';
  /** What to do if a text was meant, of null that is written as another text. */
  readonly note?: string | undefined;
}

/** A list. */
export interface YamlList extends NodeBase {
  readonly kind: 'list';
  readonly items: readonly YamlNode[];
}

/** A mapping, in document order. */
export interface YamlMap extends NodeBase {
  readonly kind: 'map';
  readonly members: ReadonlyMap<string, YamlMember>;
}

/** One entry of a mapping. */
export interface YamlMember {
  readonly value: YamlNode;
  /** The offset of its key in the document. */
  readonly keyOffset: number;
  /** The key's type in YAML; in JSON each key is a string. */
  readonly keyType: ScalarValue['type'];
  /** The offset of an earlier key of this name, whose value is lost; undefined if there is none. */
  readonly overridden: number | undefined;
}

/** Makes the value of an empty node. */
export function makeNull(offset: number): YamlNode {
  return { kind: 'scalar', type: 'null', json: 'null', offset, size: 4, levels: 0, aliases: 0 };
}

/** Makes a node in place of one that cannot be converted. */
export function makeBroken(offset: number): YamlNode {
  return { ...makeNull(offset), isBroken: true };
}

/** Adds up what a list or a mapping has of its nodes. */
export class Extent {
  #size = 2;
  #levels = 0;
  #aliases = 0;
  hasFaults = false;

  add(node: YamlNode): void {
    this.#size += node.size + 1;
    this.#levels = Math.max(this.#levels, node.levels);
    this.#aliases += node.aliases;
    this.hasFaults ||= node.hasFaults === true;
  }

  toFields(): Pick<YamlNode, 'size' | 'levels' | 'aliases' | 'hasFaults'> {
    return { size: this.#size, levels: this.#levels + 1, aliases: this.#aliases, hasFaults: this.hasFaults };
  }
}

/** Formats `node` as compact JSON, with keys sorted by code point at every depth. */
export function toJson(node: YamlNode): string {
  switch (node.kind) {
    case 'scalar':
      return node.json;
    case 'list':
      return `[${node.items.map(toJson).join(',')}]`;
    case 'map':
      return membersToJson([...node.members].map(([key, { value }]) => [key, value]));
  }
}

/** Formats an object as JSON; see {@link toJson}. */
export function membersToJson(members: Iterable<readonly [string, YamlNode]>): string {
  const sorted = [...members].sort(([a], [b]) => compareCodePoints(a, b));
  return `{${sorted.map(([key, value]) => `${JSON.stringify(key)}:${toJson(value)}`).join(',')}}`;
}

/** The maximum size of a list or a mapping that is compared with other keys: keys may hold keys, at every level. */
const MAX_KEY = 1_000;

/** Returns a text that equal keys share; undefined for a key that has an issue or is too large. */
export function identifyKey(key: YamlNode): string | undefined {
  if (key.isBroken === true || key.hasFaults === true) return undefined;
  if (key.kind === 'scalar') return `${key.type} ${key.json}`;
  return key.size <= MAX_KEY ? toJson(key) : undefined;
}

/** Returns the node at `path` below `node`; if there is none, its nearest existing parent, with `isExact` false. */
export function findNode(
  node: YamlNode,
  path: readonly string[],
): { readonly node: YamlNode; readonly isExact: boolean } {
  let at = node;
  for (const step of path) {
    const next = findChild(at, step);
    if (next === undefined) return { node: at, isExact: false };
    at = next;
  }
  return { node: at, isExact: true };
}

function findChild(node: YamlNode, step: string): YamlNode | undefined {
  if (node.kind === 'map') return node.members.get(step)?.value;
  return node.kind === 'list' ? node.items[Number(step)] : undefined;
}

/** The beginning of a value, as JSON in the form of {@link toJson}, and as a JavaScript value. */
interface Beginning {
  readonly json: string;
  readonly value: OptionValue;
}

/** Returns at least the first `length` characters of `node` and little more: a value may be as long as its file. */
export function findBeginning(node: YamlNode, length: number): Beginning {
  if (node.kind === 'scalar') return { json: node.json, value: JSON.parse(node.json) };
  const parts: string[] = [];
  let remaining = length;
  const take = (child: YamlNode, name: string): OptionValue => {
    const { json, value } = findBeginning(child, remaining);
    parts.push(name + json);
    remaining -= name.length + json.length;
    return value;
  };
  if (node.kind === 'list') {
    const value: OptionValue[] = [];
    for (const item of node.items) if (remaining >= 0) value.push(take(item, ''));
    return { json: `[${parts.join(',')}]`, value };
  }
  const value: [string, OptionValue][] = [];
  const members = [...node.members].sort(([a], [b]) => compareCodePoints(a, b));
  for (const [key, member] of members)
    if (remaining >= 0) value.push([key, take(member.value, `${JSON.stringify(key)}:`)]);
  return { json: `{${parts.join(',')}}`, value: Object.fromEntries(value) };
}
