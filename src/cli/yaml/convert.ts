/** Converts the YAML parser's document to values that JSON can represent. Pure. */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type ParsedNode,
  Scalar,
} from 'yaml';
import { MAX_DEPTH } from '../../files/strict-json.js';
import { MAX_ISSUES } from '../../schema/issues.js';
import { Anchors, TOO_DEEP } from './anchors.js';
import { addStep, type IssueKind, listSteps, type Trail, type YamlIssue } from './issue.js';
import {
  Extent,
  identifyKey,
  makeBroken,
  makeNull,
  toJson,
  type YamlFault,
  type YamlMember,
  type YamlNode,
} from './node.js';
import { findMovedEntry, readScalar, resolveScalar, ScalarError } from './scalar.js';
import { SeenKeys } from './seen-keys.js';

/** The key of a file of values that holds its options. */
const OPTIONS = 'options';

/** The key of a file of values that holds anchors: only what an alias takes from there becomes JSON. */
const DEFINITIONS = 'definitions';

/** A node of the parser's document. */
type Parsed = ParsedNode | Node | null;

/** Converts one document, and collects its issues. */
export class Converter {
  readonly #issues: YamlIssue[] = [];
  readonly #unused: YamlIssue[] = [];
  readonly #movedEntries: number[] = [];
  readonly #anchors: Anchors;
  readonly #text: string;
  readonly #document: Parsed;
  readonly #isLenient: boolean;
  readonly #lineOf: (offset: number) => number;
  /** Whether the current node is a part of the document that has no JSON itself. */
  #isUnused = false;

  /**
   * @param text the source of the document
   * @param isLenient see `parseYaml`
   * @param lineOf returns the line of an offset, from 1
   */
  constructor(
    document: Document.Parsed['contents'],
    text: string,
    isLenient: boolean,
    lineOf: (offset: number) => number,
  ) {
    this.#document = document;
    this.#text = text;
    this.#anchors = new Anchors(document);
    this.#isLenient = isLenient;
    this.#lineOf = lineOf;
  }

  /** The issues found so far, at most `MAX_ISSUES`. */
  get issues(): readonly YamlIssue[] {
    return this.#issues;
  }

  /**
   * What JSON cannot represent of the definitions, at most `MAX_ISSUES`. An issue only if an alias makes it part of an
   * option: then {@link issues} has it, with the path of the alias.
   */
  get unused(): readonly YamlIssue[] {
    return this.#unused;
  }

  /** See `movedEntries` of `ParsedYaml`. */
  get movedEntries(): readonly number[] {
    return this.#movedEntries;
  }

  /** Converts the document. Use it once. If a node cannot be converted, adds an issue and puts null in its place. */
  convert(): YamlNode {
    return this.#convert(this.#document, undefined, 0);
  }

  #convert(node: Parsed, trail: Trail | undefined, offset: number): YamlNode {
    if (node === null) return makeNull(offset);
    const at = node.range?.[0] ?? offset;
    if (isAlias(node)) return this.#resolve(node, trail, at);
    const { anchor: name } = node as { anchor?: string };
    const anchor = name === undefined ? undefined : this.#anchors.open(name);
    const value = this.#convertNode(node, trail, at);
    if (anchor !== undefined) anchor.value = value;
    return value;
  }

  #convertNode(node: Node, trail: Trail | undefined, offset: number): YamlNode {
    const { tag } = node as { tag?: string };
    if (!tag?.startsWith('!')) return this.#convertContent(node, trail, offset);
    const message = `has the tag ${tag}, which is not supported; remove the tag, or quote the value`;
    const rejected = this.#reject(trail, offset, message, { isValue: true });
    // Anchors within it count. And definitions with a tag are a mapping all the same.
    const content = this.#convertContent(node, trail, offset);
    if (!this.#isUnused) return rejected;
    const faults = [...(rejected.faults ?? []), ...(content.faults ?? [])];
    return { ...content, isBroken: true, faults, hasFaults: true };
  }

  #convertContent(node: Node, trail: Trail | undefined, offset: number): YamlNode {
    if (isScalar(node)) return this.#convertScalar(node, trail, offset);
    if ((trail?.depth ?? 0) >= MAX_DEPTH) {
      return this.#reject(trail, offset, TOO_DEEP);
    }
    if (isSeq(node)) {
      const items = node.items.map((item, index) => this.#convert(item as Parsed, addStep(trail, index), offset));
      const extent = new Extent();
      for (const item of items) extent.add(item);
      return { kind: 'list', items, offset, ...extent.toFields() };
    }
    if (isMap(node)) return this.#convertMap(node.items as Pair<Parsed, Parsed>[], trail, offset);
    return makeNull(offset);
  }

  #convertScalar(node: Scalar, trail: Trail | undefined, offset: number): YamlNode {
    const text = readScalar(node, this.#text);
    const moved = this.#movedEntries.length < MAX_ISSUES ? findMovedEntry(node, text, this.#text) : undefined;
    if (moved !== undefined) this.#movedEntries.push(moved);
    if (!text.isWellFormed()) return this.#reject(trail, offset, 'the string has a lone surrogate');
    try {
      const scalar = resolveScalar(text, node.type === Scalar.PLAIN, node.tag);
      const note = text === '' && scalar.type === 'null' ? this.#explainEmpty(node, offset) : undefined;
      return { kind: 'scalar', ...scalar, offset, size: scalar.json.length, levels: 0, aliases: 0, note };
    } catch (error) {
      if (!(error instanceof ScalarError)) throw error;
      if (this.#isLenient && error.isValue) return makeNull(offset);
      return this.#reject(trail, offset, error.message, { isValue: error.isValue });
    }
  }

  /** Says why nothing of what is written counts as a value; undefined if nothing is written. */
  #explainEmpty({ anchor }: Scalar, offset: number): string | undefined {
    if (anchor !== undefined) return 'quote the value, since "&" begins an anchor';
    return /^#\S/.test(this.#text.slice(offset, offset + 2))
      ? 'quote the value, since "#" begins a comment'
      : undefined;
  }

  #convertMap(pairs: readonly Pair<Parsed, Parsed>[], trail: Trail | undefined, offset: number): YamlNode {
    const members = new Map<string, YamlMember>();
    const seen = new SeenKeys(this.#text, typeof trail?.step === 'number', this.#lineOf);
    const isRoot = trail === undefined;
    const lastOptions = isRoot ? pairs.findLastIndex(({ key }) => isScalar(key) && key.value === OPTIONS) : -1;
    const faults: YamlFault[] = [];
    const extent = new Extent();
    let isBroken = false;
    for (const [index, pair] of pairs.entries()) {
      const keyOffset = pair.key?.range?.[0] ?? offset;
      this.#checkColon(pair.key, trail);
      const key = this.#convert(pair.key, trail, keyOffset);
      const name = this.#nameOf(key, pair.key, trail, keyOffset, faults);
      if (isRoot && !this.#isLenient) {
        this.#isUnused = name === DEFINITIONS || (name === OPTIONS && index < lastOptions);
      }
      const value = this.#convert(pair.value, addStep(trail, name ?? '?'), pair.key?.range?.[1] ?? offset);
      extent.add(key);
      extent.add(value);
      isBroken ||= name === undefined;
      // At the top level the last duplicate counts, as in the Rust command line.
      const identity = isRoot || (name === undefined && !this.#isUnused) ? undefined : identifyKey(key);
      if (identity !== undefined) {
        const issue = seen.add(identity, () => toJson(key), keyOffset);
        if (issue !== undefined && !this.#isLenient) this.#reject(trail, keyOffset, issue);
      }
      if (isRoot) this.#isUnused = false;
      if (name === undefined || key.kind !== 'scalar') continue;
      const overridden = members.get(name)?.keyOffset;
      members.delete(name);
      members.set(name, { value, keyOffset, keyType: key.type, overridden });
    }
    const hasFaults = faults.length > 0 || extent.hasFaults;
    return { kind: 'map', members, offset, ...extent.toFields(), isBroken, faults, hasFaults };
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

  /** Returns a key as JSON represents it, as a string; undefined, and adds to `faults`, if it cannot. */
  #nameOf(
    key: YamlNode,
    node: Parsed,
    trail: Trail | undefined,
    offset: number,
    faults: YamlFault[],
  ): string | undefined {
    const reject = (message: string, kind: IssueKind): undefined => {
      faults.push(...(this.#reject(trail, offset, message, kind).faults ?? []));
    };
    if (key.kind === 'scalar' && key.isBroken === true) {
      faults.push(...(key.faults ?? []));
      return undefined;
    }
    if (key.kind !== 'scalar' || key.type === 'null') {
      // At the top level the caller rejects it, with a better message.
      if (trail === undefined && key.kind === 'scalar' && !this.#isLenient) return '~';
      const kind = key.kind === 'scalar' ? 'null' : `a ${key.kind === 'list' ? 'list' : 'mapping'}`;
      const template = key.kind === 'map' ? '. Quote the value if it is a template' : '';
      return reject(`the key must be a string, a number or a boolean; got ${kind}${template}`, { isKey: true });
    }
    const isMerge = isScalar(node) && node.type === Scalar.PLAIN && node.value === '<<' && node.tag === undefined;
    if (isMerge && !this.#isLenient) {
      const message = "the merge key '<<' is not supported; write the keys out, or quote '<<' if it is a name";
      return reject(message, { isValue: true });
    }
    return key.type === 'string' ? JSON.parse(key.json) : key.json;
  }

  #resolve({ source }: Alias, trail: Trail | undefined, offset: number): YamlNode {
    const value = this.#anchors.resolve(source, trail?.depth ?? 0);
    if (value === undefined) return makeBroken(offset);
    if (typeof value === 'string') return this.#reject(trail, offset, value);
    const alias = { ...value, offset, aliases: value.aliases + 1 };
    if (this.#isUnused) return alias;
    this.#addFaults(value, trail);
    return { ...alias, hasFaults: false };
  }

  /** Adds an issue for each fault of `node`, which an alias at `trail` makes part of an option. */
  #addFaults(node: YamlNode, trail: Trail | undefined): void {
    if (node.hasFaults !== true || this.#issues.length >= MAX_ISSUES) return;
    for (const { message, offset, isKey } of node.faults ?? []) {
      this.#reject(trail, offset, message, { isValue: !isKey, isKey });
    }
    if (node.kind === 'scalar') return;
    const children = node.kind === 'list' ? node.items.entries() : node.members.entries();
    for (const [step, child] of children) this.#addFaults('value' in child ? child.value : child, addStep(trail, step));
  }

  /** Adds an issue, and returns null in place of the node. */
  #reject(
    trail: Trail | undefined,
    offset: number,
    message: string,
    { isValue = false, isKey = false }: IssueKind = {},
  ): YamlNode {
    const isFault = this.#isUnused && (isValue || isKey);
    const issues = isFault ? this.#unused : this.#issues;
    if (issues.length < MAX_ISSUES) issues.push({ path: listSteps(trail), message, offset, isValue, isKey });
    const broken = makeBroken(offset);
    return isFault ? { ...broken, faults: [{ message, offset, isKey }], hasFaults: true } : broken;
  }
}
