/**
 * Compares the values that reach each target in two roots: what the target sets, else what the target `default` sets,
 * else the schema's default. Pure.
 */
import { compareCodePoints } from '../../common/text.js';
import type { NamespaceSchema } from '../../schema/namespace-schema.js';
import type { NamespaceValues } from '../values/load.js';
import { DEFAULT_TARGET } from '../values/tree.js';
import { type ExactJson, equalsExactJson, parseExactJson, toExactJson } from '../yaml/exact-json.js';
import type { YamlNode } from '../yaml/node.js';

/** Where a value comes from; `unset`: a flag, or an option that no schema declares, and no file sets it. */
export type ValueSource = 'target' | 'default' | 'schema-default' | 'unset';

/** What a key has in one root. */
export interface Effective {
  /** Undefined only if the source is `unset`. */
  readonly value: ExactJson | undefined;
  readonly source: ValueSource;
}

/** A key whose value or source differs. */
export interface EffectiveChange {
  readonly namespace: string;
  readonly target: string;
  readonly key: string;
  readonly before: Effective;
  readonly after: Effective;
}

/** A target that only the base has. */
export interface RemovedTarget {
  readonly namespace: string;
  readonly target: string;
}

/** The result of {@link compareRoots}; both lists are sorted by code point. */
export interface RootDifferences {
  readonly changes: readonly EffectiveChange[];
  readonly removedTargets: readonly RemovedTarget[];
}

/** The values of a root, by namespace. */
export type RootValues = ReadonlyMap<string, NamespaceValues>;

const UNSET: Effective = { value: undefined, source: 'unset' };

/**
 * Compares `base` with `head`, for each target of `head` except `default`.
 *
 * @param schemas those of all namespaces with values
 */
export function compareRoots(
  base: RootValues,
  head: RootValues,
  schemas: ReadonlyMap<string, NamespaceSchema>,
): RootDifferences {
  const changes: EffectiveChange[] = [];
  const removedTargets: RemovedTarget[] = [];
  const reader = new ValueReader();
  for (const namespace of sort([...base.keys(), ...head.keys()])) {
    const [before, after] = [base.get(namespace), head.get(namespace)];
    const defaults = after === undefined ? new Map() : readDefaults(schemas.get(namespace) as NamespaceSchema);
    for (const target of sort([...(before?.keys() ?? []), ...(after?.keys() ?? [])])) {
      if (target === DEFAULT_TARGET) continue;
      if (!after?.has(target)) {
        removedTargets.push({ namespace, target });
        continue;
      }
      for (const change of compareTarget({ namespace, target }, before, after, defaults, reader)) changes.push(change);
    }
  }
  return { changes, removedTargets };
}

function* compareTarget(
  place: { readonly namespace: string; readonly target: string },
  base: NamespaceValues | undefined,
  head: NamespaceValues,
  defaults: Defaults,
  reader: ValueReader,
): Generator<EffectiveChange> {
  const [before, after] = [new Layers(base, place.target, defaults), new Layers(head, place.target, defaults)];
  for (const key of sort([...defaults.keys(), ...before.keys(), ...after.keys()])) {
    const [from, to] = [before.resolve(key, reader), after.resolve(key, reader)];
    if (from.source === to.source && equalsExactJson(from.value, to.value)) continue;
    yield { ...place, key, before: from, after: to };
  }
}

/** The defaults of a namespace's schema, by option. */
type Defaults = ReadonlyMap<string, ExactJson>;

/** What may set the keys of one target. */
class Layers {
  readonly #own: ReadonlyMap<string, YamlNode>;
  readonly #inherited: ReadonlyMap<string, YamlNode>;
  readonly #defaults: Defaults;

  /** A namespace that does not have the target has only the schema's defaults, whatever its target `default` sets. */
  constructor(values: NamespaceValues | undefined, target: string, defaults: Defaults) {
    const own = values?.get(target);
    this.#own = own ?? new Map();
    this.#inherited = (own && values?.get(DEFAULT_TARGET)) ?? new Map();
    this.#defaults = defaults;
  }

  /** Lists the keys that files set; some may be listed twice. */
  keys(): string[] {
    return [...this.#own.keys(), ...this.#inherited.keys()];
  }

  resolve(key: string, reader: ValueReader): Effective {
    const own = this.#own.get(key);
    if (own !== undefined) return { value: reader.read(own), source: 'target' };
    const inherited = this.#inherited.get(key);
    if (inherited !== undefined) return { value: reader.read(inherited), source: 'default' };
    const preset = this.#defaults.get(key);
    return preset === undefined ? UNSET : { value: preset, source: 'schema-default' };
  }
}

/** Converts each value once, though many targets may inherit it. */
class ValueReader {
  readonly #known = new WeakMap<YamlNode, ExactJson>();

  read(node: YamlNode): ExactJson {
    let value = this.#known.get(node);
    if (value === undefined) {
      value = toExactJson(node);
      this.#known.set(node, value);
    }
    return value;
  }
}

/** Reads the defaults of options as they are written: the parsed schema does not distinguish `1` and `1.0`. */
export function readDefaults(schema: NamespaceSchema): Defaults {
  const known = defaults.get(schema) ?? parseDefaults(schema);
  defaults.set(schema, known);
  return known;
}

/** The defaults of each schema: parsed once, though each option may ask. */
const defaults = new WeakMap<NamespaceSchema, Defaults>();

function parseDefaults({ source, options }: NamespaceSchema): Defaults {
  const document = parseExactJson(new TextDecoder().decode(source)) as ReadonlyMap<string, ExactJson>;
  const properties = document.get('properties') as ReadonlyMap<string, ReadonlyMap<string, ExactJson>> | undefined;
  const plain = [...options.values()].filter(({ isFlag }) => !isFlag);
  return new Map(plain.map(({ name }) => [name, properties?.get(name)?.get('default') as ExactJson]));
}

function sort(names: readonly string[]): string[] {
  return [...new Set(names)].sort(compareCodePoints);
}
