/**
 * The work of `sentry-options impact`: for each flag that a change of values changes, which contexts gain and lose it. Pure
 * but for the contexts, which may be millions: each is evaluated once and forgotten.
 */
import { formatName, joinFirst, truncate } from '../../common/text.js';
import { type CompiledFlag, compileFlag } from '../../features/compile.js';
import { ContextLimitError } from '../../features/context-limits.js';
import { decide } from '../../features/evaluate.js';
import { type Feature, FLAG_PREFIX } from '../../features/feature.js';
import { FeatureContext } from '../../features/feature-context.js';
import { findOption, type NamespaceSchema } from '../../schema/namespace-schema.js';
import { deployTo, listTargets, type RootValues } from '../values/deployed.js';
import { formatExactJson, toExactJson, toOptionValue } from '../yaml/exact-json.js';
import type { YamlNode } from '../yaml/node.js';
import type { ContextLine } from './contexts.js';

/** How many contexts of each kind are shown. */
const SHOWN = 10;
/** The maximum number of characters of a context that is shown. */
const MAX_SHOWN = 100;

/** Contexts whose decision changes. */
export interface Moved {
  readonly count: number;
  /** The first ones: the line in the file, and the identity. */
  readonly first: readonly { readonly line: number; readonly identity: string }[];
}

/** What a change does to a flag in a target. */
export interface FlagImpact {
  readonly namespace: string;
  readonly target: string;
  /** Without `feature.`. */
  readonly flag: string;
  /** For how many of the contexts the flag is on. */
  readonly before: number;
  readonly after: number;
  readonly gains: Moved;
  readonly loses: Moved;
}

/** The result of {@link Impact.result}. */
export interface ImpactResult {
  /** How many contexts were evaluated. */
  readonly contexts: number;
  /** Sorted by namespace, flag and target. */
  readonly flags: readonly FlagImpact[];
}

/** A flag whose definition differs. */
interface ChangedFlag {
  readonly namespace: string;
  readonly target: string;
  readonly flag: string;
  /** Undefined if it is not set: then it is off. */
  readonly from: CompiledFlag | undefined;
  readonly to: CompiledFlag | undefined;
  before: number;
  after: number;
  readonly gains: { count: number; first: { line: number; identity: string }[] };
  readonly loses: { count: number; first: { line: number; identity: string }[] };
}

/** Compares two roots, context by context. */
export class Impact {
  readonly #flags: readonly ChangedFlag[];
  readonly #identityFields: readonly string[];
  /** The properties that the flags test, and that no context has had so far. */
  readonly #unseen: Set<string>;
  #contexts = 0;
  #identified = 0;

  /** @param identityFields the properties that decide rollouts, as the service passes them to `FeatureContext` */
  constructor(
    base: RootValues,
    head: RootValues,
    schemas: ReadonlyMap<string, NamespaceSchema>,
    identityFields: readonly string[],
  ) {
    this.#flags = findChangedFlags(base, head, schemas);
    this.#identityFields = identityFields;
    const segments = this.#flags.flatMap(({ from, to }) => [...(from?.segments ?? []), ...(to?.segments ?? [])]);
    this.#unseen = new Set(segments.flatMap(({ conditions }) => conditions.map(({ property }) => property)));
  }

  /** What may be wrong with the contexts, or with what they are asked for: sentences. */
  get warnings(): readonly string[] {
    const missing = [...this.#unseen].map((name) => formatName(name)).sort();
    const fields = this.#identityFields.map((name) => formatName(name)).join(', ');
    return [
      ...(this.#identityFields.length > 0 && this.#identified === 0
        ? [
            `No context has ${fields}, so all properties of each decided rollouts. Correct --identity-fields or the contexts`,
          ]
        : []),
      ...(missing.length > 0
        ? [`No context has ${joinFirst(missing.slice(0, SHOWN), missing.length)}, which the flags test`]
        : []),
    ];
  }

  /** Evaluates all changed flags for a context, as a Node.js service does. */
  add({ line, data }: ContextLine): void {
    this.#contexts++;
    if (this.#identityFields.some((field) => Object.hasOwn(data, field))) this.#identified++;
    for (const property of this.#unseen) if (Object.hasOwn(data, property)) this.#unseen.delete(property);
    const context = new FeatureContext(data, { identityFields: this.#identityFields });
    for (const flag of this.#flags) {
      const was = isOn(flag.from, context);
      const is = isOn(flag.to, context);
      if (was) flag.before++;
      if (is) flag.after++;
      if (was === is) continue;
      const moved = is ? flag.gains : flag.loses;
      moved.count++;
      if (moved.first.length < SHOWN) moved.first.push({ line, identity: this.#describe(data) });
    }
  }

  result(): ImpactResult {
    const flags = this.#flags.map(({ from: _, to: __, ...impact }) => impact);
    return { contexts: this.#contexts, flags };
  }

  /** Describes a context by its identity; by all of its properties if it has no identity field. */
  #describe(data: ContextLine['data']): string {
    const fields = this.#identityFields.filter((field) => Object.hasOwn(data, field));
    const shown = fields.length === 0 ? data : Object.fromEntries(fields.map((field) => [field, data[field]]));
    return truncate(JSON.stringify(shown), MAX_SHOWN);
  }
}

function isOn(flag: CompiledFlag | undefined, context: FeatureContext): boolean {
  if (flag === undefined) return false;
  try {
    return decide(flag, context);
  } catch (error) {
    // The answer of a service.
    if (error instanceof ContextLimitError) return false;
    throw error;
  }
}

function findChangedFlags(
  base: RootValues,
  head: RootValues,
  schemas: ReadonlyMap<string, NamespaceSchema>,
): readonly ChangedFlag[] {
  const changed: ChangedFlag[] = [];
  const targets = listTargets(base, head);
  for (const namespace of [...new Set([...base.keys(), ...head.keys()])].sort()) {
    const schema = schemas.get(namespace) as NamespaceSchema;
    for (const target of targets) {
      const [before, after] = [deployTo(target, base.get(namespace)), deployTo(target, head.get(namespace))];
      for (const key of new Set([...before.keys(), ...after.keys()])) {
        if (findOption(schema, key)?.isFlag !== true) continue;
        const [from, to] = [before.get(key), after.get(key)];
        if (from === to || (from !== undefined && to !== undefined && format(from) === format(to))) continue;
        const flag = key.slice(FLAG_PREFIX.length);
        const counts = { before: 0, after: 0, gains: { count: 0, first: [] }, loses: { count: 0, first: [] } };
        changed.push({ namespace, flag, target, from: compile(flag, from), to: compile(flag, to), ...counts });
      }
    }
  }
  const order = ({ namespace, flag, target }: ChangedFlag): string => `${namespace}\n${flag}\n${target}`;
  return changed.sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

function compile(name: string, node: YamlNode | undefined): CompiledFlag | undefined {
  return node && compileFlag(name, toOptionValue(node) as Feature);
}

function format(node: YamlNode): string {
  return formatExactJson(toExactJson(node));
}
