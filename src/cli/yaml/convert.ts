/** From the parser's document to values that JSON can hold. Pure. */
import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type ParsedNode, Scalar } from 'yaml';
import { MAX_FILE_BYTES } from '../../files/read.js';
import { MAX_DEPTH } from '../../files/strict-json.js';
import { MAX_ISSUES } from '../../schema/issues.js';
import type { YamlMember, YamlNode } from './node.js';
import { resolveScalar, ScalarError } from './scalar.js';

/** Something that is wrong in a document. */
export interface YamlIssue {
  /** The way to it from the root: keys, and indexes. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** Where it is in the text. */
  readonly offset: number;
  /** Whether it is good YAML, but no value: others of the family make something else of it without a word. */
  readonly isValue: boolean;
  /** Whether it is a key that is null, a list or a mapping, which JSON has no text for. */
  readonly isKey: boolean;
}

/** One step of the way to a node. */
interface Trail {
  readonly parent: Trail | undefined;
  readonly step: string | number;
  readonly depth: number;
}

/** The nodes of a document, of which each has a place. */
type Parsed = ParsedNode | Node | null;

/** Converts one document. */
export class Converter {
  readonly #issues: YamlIssue[] = [];
  /** By name, in the order of the text; undefined while the value is being converted. */
  readonly #anchors = new Map<string, YamlNode | undefined>();
  /** The characters that aliases have repeated so far. */
  #repeated = 0;
  readonly #text: string;

  /** @param text what the document was parsed from */
  constructor(text: string) {
    this.#text = text;
  }

  /** What was wrong, up to a limit. */
  get issues(): readonly YamlIssue[] {
    return this.#issues;
  }

  /** `node` as JSON has it. In the place of what cannot be converted there is null, and a fault is noted. */
  convert(node: Parsed, trail?: Trail, offset = 0): YamlNode {
    if (node === null) return makeNull(offset);
    const at = node.range?.[0] ?? offset;
    if (isAlias(node)) return this.#resolve(node, trail, at);
    const { anchor } = node as { anchor?: string };
    if (anchor !== undefined) this.#anchors.set(anchor, undefined);
    const value = this.#convertNode(node, trail, at);
    if (anchor !== undefined) this.#anchors.set(anchor, value);
    return value;
  }

  #convertNode(node: Node, trail: Trail | undefined, offset: number): YamlNode {
    const { tag } = node as { tag?: string };
    if (tag?.startsWith('!')) {
      const message = `has the tag ${tag}, which means nothing here; remove it, or quote what it belongs to`;
      return this.#reject(trail, offset, message, { isValue: true });
    }
    if (isScalar(node)) return this.#convertScalar(node, trail, offset);
    if ((trail?.depth ?? 0) >= MAX_DEPTH) {
      return this.#reject(trail, offset, `more than ${MAX_DEPTH} levels in one another`);
    }
    if (isSeq(node)) {
      const items = node.items.map((item, index) => this.convert(item as Parsed, nextToken(trail, index), offset));
      return { kind: 'list', items, offset, ...extent(items) };
    }
    if (isMap(node)) return this.#convertMap(node.items as Pair<Parsed, Parsed>[], trail, offset);
    return makeNull(offset);
  }

  #convertScalar(node: Scalar, trail: Trail | undefined, offset: number): YamlNode {
    const text = this.#textOf(node);
    if (!text.isWellFormed()) return this.#reject(trail, offset, 'the text has half a surrogate pair');
    try {
      const scalar = resolveScalar(text, node.type === Scalar.PLAIN, node.tag);
      return { kind: 'scalar', ...scalar, offset, size: scalar.json.length, levels: 0 };
    } catch (error) {
      if (!(error instanceof ScalarError)) throw error;
      return this.#reject(trail, offset, error.message, { isValue: error.isValue });
    }
  }

  /** The parser ends a block with a line end also where the file ends without one, in the middle of the block's line. */
  #textOf({ value, type, range }: Scalar): string {
    const text = String(value ?? '');
    const isBlock = type === Scalar.BLOCK_LITERAL || type === Scalar.BLOCK_FOLDED;
    const isCut = isBlock && range?.[1] === this.#text.length && !/[\r\n]$/.test(this.#text);
    return isCut ? text.replace(/\n$/, '') : text;
  }

  #convertMap(pairs: readonly Pair<Parsed, Parsed>[], trail: Trail | undefined, offset: number): YamlNode {
    const members = new Map<string, YamlMember>();
    /** What tells keys apart in YAML, where 1 is not "1". */
    const seen = new Set<string>();
    let isBroken = false;
    for (const pair of pairs) {
      const keyOffset = pair.key?.range?.[0] ?? offset;
      this.#checkColon(pair.key, trail);
      const key = this.convert(pair.key, trail, keyOffset);
      const name = this.#nameOf(key, pair.key, trail, keyOffset);
      const value = this.convert(pair.value, nextToken(trail, name ?? '?'), pair.key?.range?.[1] ?? offset);
      if (name === undefined || key.kind !== 'scalar') {
        isBroken = true;
        continue;
      }
      const identity = `${key.type} ${key.json}`;
      // At the top the last one counts, which is what the family does.
      if (seen.has(identity) && trail !== undefined) this.#reject(trail, keyOffset, `duplicate key ${key.json}`);
      seen.add(identity);
      members.delete(name);
      members.set(name, { value, keyOffset, keyType: key.type });
    }
    const { size, levels } = extent([...members.values()].map(({ value }) => value));
    return { kind: 'map', members, offset, size: size + [...members.keys()].join('').length, levels, isBroken };
  }

  /** `{a:, b:[1]}` is taken by YAML 1.2, and by few others: it is more often a mistake than meant. */
  #checkColon(key: Parsed, trail: Trail | undefined): void {
    const end = key?.range?.[1];
    if (end === undefined || !isScalar(key) || key.type !== Scalar.PLAIN) return;
    if (/^:[,[\]{}]$/.test(this.#text.slice(end, end + 2))) {
      this.#reject(trail, end + 1, 'a blank is missing after the colon');
    }
  }

  /** A key as JSON has it: a text. */
  #nameOf(key: YamlNode, node: Parsed, trail: Trail | undefined, offset: number): string | undefined {
    if (key.kind !== 'scalar' || key.type === 'null') {
      // At the top level it is refused anyway, with a better message.
      if (trail === undefined && key.kind === 'scalar') return '~';
      const kind = key.kind === 'scalar' ? 'null' : `a ${key.kind === 'list' ? 'list' : 'mapping'}`;
      const message = `the key must be a text, a number or a boolean, and is ${kind}`;
      this.#reject(trail, offset, message, { isKey: true });
      return undefined;
    }
    if (isScalar(node) && node.type === Scalar.PLAIN && node.value === '<<' && node.tag === undefined) {
      const message = "the key '<<' merges nothing here; write the keys out, or quote it if it is one";
      this.#reject(trail, offset, message, { isValue: true });
      return undefined;
    }
    return key.type === 'text' ? JSON.parse(key.json) : key.json;
  }

  #resolve(alias: Alias, trail: Trail | undefined, offset: number): YamlNode {
    const { source } = alias;
    const value = this.#anchors.get(source);
    if (value === undefined) {
      const problem = this.#anchors.has(source) ? 'is inside of what it stands for' : 'has no anchor before it';
      return this.#reject(trail, offset, `the alias *${source} ${problem}`);
    }
    const depth = (trail?.depth ?? 0) + value.levels;
    if (depth > MAX_DEPTH) return this.#reject(trail, offset, `more than ${MAX_DEPTH} levels in one another`);
    this.#repeated += value.size;
    if (this.#repeated > MAX_FILE_BYTES) {
      return this.#reject(trail, offset, `the aliases up to *${source} repeat more than ${MAX_FILE_BYTES} characters`);
    }
    return { ...value, offset };
  }

  #reject(
    trail: Trail | undefined,
    offset: number,
    message: string,
    { isValue = false, isKey = false }: { readonly isValue?: boolean; readonly isKey?: boolean } = {},
  ): YamlNode {
    if (this.#issues.length < MAX_ISSUES)
      this.#issues.push({ path: listSteps(trail), message, offset, isValue, isKey });
    return { ...makeNull(offset), isBroken: true };
  }
}

function makeNull(offset: number): YamlNode {
  return { kind: 'scalar', type: 'null', json: 'null', offset, size: 4, levels: 0 };
}

function nextToken(parent: Trail | undefined, step: string | number): Trail {
  return { parent, step, depth: (parent?.depth ?? 0) + 1 };
}

function listSteps(trail: Trail | undefined): (string | number)[] {
  const path: (string | number)[] = [];
  for (let at = trail; at !== undefined; at = at.parent) path.unshift(at.step);
  return path;
}

/** The size and levels of a list or mapping of `nodes`. */
function extent(nodes: readonly YamlNode[]): { size: number; levels: number } {
  let size = 2;
  let levels = 0;
  for (const node of nodes) {
    size += node.size + 1;
    levels = Math.max(levels, node.levels);
  }
  return { size, levels: levels + 1 };
}
