/** A YAML document as JSON can hold it: what its values are, and where they stand. Pure. */
import { compareCodePoints } from '../../common/text.js';
import type { OptionValue } from '../../common/value.js';
import type { ScalarValue } from './scalar.js';

/** One value. What is behind an alias is shared with its anchor. */
export type YamlNode = YamlScalar | YamlList | YamlMap;

interface Placed {
  /** Where it begins in the text. */
  readonly offset: number;
  /** About how many characters it has in JSON. */
  readonly size: number;
  /** The lists and mappings in one another that it is made of; 0 for a scalar. */
  readonly levels: number;
  /** Whether it stands for something else that could not be converted, as its faults say. */
  readonly isBroken?: boolean;
}

/** A text, a number, a boolean or null. */
export interface YamlScalar extends Placed, ScalarValue {
  readonly kind: 'scalar';
}

/** A list. */
export interface YamlList extends Placed {
  readonly kind: 'list';
  readonly items: readonly YamlNode[];
}

/** A mapping, in the order of the text. */
export interface YamlMap extends Placed {
  readonly kind: 'map';
  readonly members: ReadonlyMap<string, YamlMember>;
}

/** One entry of a mapping. */
export interface YamlMember {
  readonly value: YamlNode;
  /** Where its key begins in the text. */
  readonly keyOffset: number;
  /** What the key is in YAML; in JSON it is a text. */
  readonly keyType: ScalarValue['type'];
}

/** `node` as JSON without blanks, keys sorted by code point at every depth. */
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

/** An object as JSON; see {@link toJson}. */
export function membersToJson(members: Iterable<readonly [string, YamlNode]>): string {
  const sorted = [...members].sort(([a], [b]) => compareCodePoints(a, b));
  return `{${sorted.map(([key, value]) => `${JSON.stringify(key)}:${toJson(value)}`).join(',')}}`;
}

/** The node at `path` below `node`, or the nearest one around it. */
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

/** The beginning of a value: of {@link toJson}, and of what JavaScript makes of it. */
interface Beginning {
  readonly json: string;
  readonly value: OptionValue;
}

/** At least the first `length` characters of `node`, where it has as many: a value may be as long as its file. */
export function findBeginning(node: YamlNode, length: number): Beginning {
  if (node.kind === 'scalar') return { json: node.json, value: JSON.parse(node.json) };
  const parts: string[] = [];
  let room = length;
  const take = (child: YamlNode, name: string): OptionValue => {
    const { json, value } = findBeginning(child, room);
    parts.push(name + json);
    room -= name.length + json.length;
    return value;
  };
  if (node.kind === 'list') {
    const value: OptionValue[] = [];
    for (const item of node.items) if (room >= 0) value.push(take(item, ''));
    return { json: `[${parts.join(',')}]`, value };
  }
  const value: [string, OptionValue][] = [];
  const members = [...node.members].sort(([a], [b]) => compareCodePoints(a, b));
  for (const [key, member] of members) if (room >= 0) value.push([key, take(member.value, `${JSON.stringify(key)}:`)]);
  return { json: `{${parts.join(',')}}`, value: Object.fromEntries(value) };
}
