/** Converts the YAML parser's document to values that JSON can represent. Pure. */
import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type ParsedNode, Scalar } from 'yaml';
import { MAX_FILE_BYTES } from '../../files/read.js';
import { MAX_DEPTH } from '../../files/strict-json.js';
import { MAX_ISSUES } from '../../schema/issues.js';
import type { YamlMember, YamlNode } from './node.js';
import { resolveScalar, ScalarError } from './scalar.js';

/** An issue in a document. */
export interface YamlIssue {
  /** The path from the root: keys and indexes. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** The offset in the document, in UTF-16 units. */
  readonly offset: number;
  /**
   * Whether it is valid YAML without a JSON value. The Rust command line silently converts such a node to another
   * value.
   */
  readonly isValue: boolean;
  /** Whether it is a key that is null, a list or a mapping, which JSON cannot represent. */
  readonly isKey: boolean;
}

/** The path to a node, as a linked list. */
interface Trail {
  readonly parent: Trail | undefined;
  readonly step: string | number;
  readonly depth: number;
}

/** A node of the parser's document. */
type Parsed = ParsedNode | Node | null;

/** Converts one document, and collects its issues. */
export class Converter {
  readonly #issues: YamlIssue[] = [];
  /** Values by anchor, in document order; undefined while the value is being converted. */
  readonly #anchors = new Map<string, YamlNode | undefined>();
  /** The number of characters that aliases have expanded to so far. */
  #expanded = 0;
  readonly #text: string;

  /** @param text the source of the document */
  constructor(text: string) {
    this.#text = text;
  }

  /** The issues found so far, at most `MAX_ISSUES`. */
  get issues(): readonly YamlIssue[] {
    return this.#issues;
  }

  /** Converts `node`. If that is not possible, adds an issue and returns null in its place. */
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
      const message = `has the tag ${tag}, which is not supported; remove the tag, or quote the value`;
      return this.#reject(trail, offset, message, { isValue: true });
    }
    if (isScalar(node)) return this.#convertScalar(node, trail, offset);
    if ((trail?.depth ?? 0) >= MAX_DEPTH) {
      return this.#reject(trail, offset, `more than ${MAX_DEPTH} nested levels`);
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
    if (!text.isWellFormed()) return this.#reject(trail, offset, 'the string has a lone surrogate');
    try {
      const scalar = resolveScalar(text, node.type === Scalar.PLAIN, node.tag);
      return { kind: 'scalar', ...scalar, offset, size: scalar.json.length, levels: 0 };
    } catch (error) {
      if (!(error instanceof ScalarError)) throw error;
      return this.#reject(trail, offset, error.message, { isValue: error.isValue });
    }
  }

  /**
   * Returns a scalar's content. The parser adds a line break to a block even if the file ends within the block's last
   * line.
   */
  #textOf({ value, type, range }: Scalar): string {
    const text = String(value ?? '');
    const isBlock = type === Scalar.BLOCK_LITERAL || type === Scalar.BLOCK_FOLDED;
    const isCut = isBlock && range?.[1] === this.#text.length && !/[\r\n]$/.test(this.#text);
    return isCut ? text.replace(/\n$/, '') : text;
  }

  #convertMap(pairs: readonly Pair<Parsed, Parsed>[], trail: Trail | undefined, offset: number): YamlNode {
    const members = new Map<string, YamlMember>();
    /** The keys by type and value: in YAML the keys 1 and "1" differ. */
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
      // At the top level the last duplicate counts, as in the Rust command line.
      if (seen.has(identity) && trail !== undefined) this.#reject(trail, keyOffset, `duplicate key ${key.json}`);
      seen.add(identity);
      members.delete(name);
      members.set(name, { value, keyOffset, keyType: key.type });
    }
    const { size, levels } = extent([...members.values()].map(({ value }) => value));
    return { kind: 'map', members, offset, size: size + [...members.keys()].join('').length, levels, isBroken };
  }

  /**
   * Rejects `{a:, b:[1]}`: YAML 1.2 allows it and few other parsers do, so it is more often a mistake than intended.
   */
  #checkColon(key: Parsed, trail: Trail | undefined): void {
    const end = key?.range?.[1];
    if (end === undefined || !isScalar(key) || key.type !== Scalar.PLAIN) return;
    if (/^:[,[\]{}]$/.test(this.#text.slice(end, end + 2))) {
      this.#reject(trail, end + 1, 'a space is missing after the colon');
    }
  }

  /** Returns a key as JSON represents it, as a string; undefined if it cannot. */
  #nameOf(key: YamlNode, node: Parsed, trail: Trail | undefined, offset: number): string | undefined {
    if (key.kind !== 'scalar' || key.type === 'null') {
      // At the top level the caller rejects it, with a better message.
      if (trail === undefined && key.kind === 'scalar') return '~';
      const kind = key.kind === 'scalar' ? 'null' : `a ${key.kind === 'list' ? 'list' : 'mapping'}`;
      const message = `the key must be a string, a number or a boolean; got ${kind}`;
      this.#reject(trail, offset, message, { isKey: true });
      return undefined;
    }
    if (isScalar(node) && node.type === Scalar.PLAIN && node.value === '<<' && node.tag === undefined) {
      const message = "the merge key '<<' is not supported; write the keys out, or quote '<<' if it is a name";
      this.#reject(trail, offset, message, { isValue: true });
      return undefined;
    }
    return key.type === 'string' ? JSON.parse(key.json) : key.json;
  }

  #resolve(alias: Alias, trail: Trail | undefined, offset: number): YamlNode {
    const { source } = alias;
    const value = this.#anchors.get(source);
    if (value === undefined) {
      const reason = this.#anchors.has(source) ? 'refers to a value that contains it' : 'has no anchor before it';
      return this.#reject(trail, offset, `the alias *${source} ${reason}`);
    }
    const depth = (trail?.depth ?? 0) + value.levels;
    if (depth > MAX_DEPTH) return this.#reject(trail, offset, `more than ${MAX_DEPTH} nested levels`);
    this.#expanded += value.size;
    if (this.#expanded > MAX_FILE_BYTES) {
      return this.#reject(
        trail,
        offset,
        `the aliases up to *${source} expand to more than ${MAX_FILE_BYTES} characters`,
      );
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

/** Returns the size and the levels of a list or mapping of `nodes`. */
function extent(nodes: readonly YamlNode[]): { size: number; levels: number } {
  let size = 2;
  let levels = 0;
  for (const node of nodes) {
    size += node.size + 1;
    levels = Math.max(levels, node.levels);
  }
  return { size, levels: levels + 1 };
}
