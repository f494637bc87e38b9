/**
 * Compares two versions of a repository's schemas, and finds changes that are not allowed. Pure.
 *
 * During a deployment, services run with either version of the schemas, but values match only one of them. So options
 * may be added and removed, but the meaning of a name must not change: its type, its shape, its default.
 */
import { compareCodePoints } from '../../common/text.js';
import { type ExactJson, equalsExactJson, formatExactJson } from '../yaml/exact-json.js';

/** The definition of one option, or of a list's items, in a valid schema. */
export type Definition = ReadonlyMap<string, ExactJson>;

/** The definitions of one namespace's plain options, by name; without its flags. */
export type Definitions = ReadonlyMap<string, Definition>;

/** A valid schema in one version. */
export interface VersionedSchema {
  /** Equal for equal contents. */
  readonly id: string;
  /** Returns the file, line and column of the value at a path from the root of the schema. */
  locate(path: readonly string[]): string;
  /** Parses the schema. Not kept: the parsed schemas of all namespaces may need too much memory. */
  readDefinitions(): Definitions;
}

/** All schemas of one version, by namespace. */
export type Version = ReadonlyMap<string, VersionedSchema>;

/** The result of {@link compareVersions}. */
export interface Comparison {
  /** One line for each change: by namespace, first removals, then changes, then additions; new namespaces come last. */
  readonly changes: readonly string[];
  /** The changes that are not allowed; invalid names of namespaces come first. */
  readonly errors: readonly string[];
  /** Each removed option as `namespace:option`, sorted. */
  readonly deletions: readonly string[];
}

/** Compares the schemas `base` with the schemas `head`, both of the repository or the services `names`. */
export function compareVersions(base: Version, head: Version, names: readonly string[]): Comparison {
  const result: MutableComparison = { changes: [], errors: [], deletions: [] };
  checkNames(head, names, result);
  for (const namespace of sortKeys(base)) {
    const now = head.get(namespace);
    if (now === undefined) {
      result.changes.push(`- Namespace:\t ${namespace}`);
      const advice = 'services may still read it. Keep its schema.json, with empty "properties" if need be';
      result.errors.push(describeChange(namespace, `Namespace '${namespace}' was removed; ${advice}`));
    } else {
      const was = base.get(namespace) as VersionedSchema;
      if (was.id !== now.id) compareNamespace(namespace, was.readDefinitions(), now, result);
    }
  }
  for (const namespace of sortKeys(head)) {
    if (base.has(namespace)) continue;
    result.changes.push(`+ Namespace:\t ${namespace}`);
    for (const name of sortKeys((head.get(namespace) as VersionedSchema).readDefinitions())) {
      result.changes.push(`+ Option:\t ${namespace}.${name}`);
    }
  }
  return result;
}

interface MutableComparison {
  readonly changes: string[];
  readonly errors: string[];
  readonly deletions: string[];
}

/**
 * Checks the names of namespaces. All repositories share one set of names, so each name begins with its repository's, or
 * with that of one of its services.
 */
function checkNames(head: Version, names: readonly string[], { errors }: MutableComparison): void {
  for (const namespace of sortKeys(head)) {
    if (names.some((name) => namespace === name || namespace.startsWith(`${name}-`))) continue;
    const forms = names.map((name) => `'${name}' or '${name}-*' (e.g., '${name}-testing')`);
    const expected = `Expected either ${forms.join(' or ')}`;
    const all = [...names, namespace].join(',');
    const advice = `Rename its folder, or correct --repo; of a repository with several services, list them: --repo ${all}`;
    errors.push(describeChange(namespace, `Namespace '${namespace}' is invalid. ${expected}. ${advice}`));
  }
}

function compareNamespace(
  namespace: string,
  base: Definitions,
  schema: VersionedSchema,
  result: MutableComparison,
): void {
  const { changes, errors, deletions } = result;
  const head = schema.readDefinitions();
  const modified: string[] = [];
  for (const name of sortKeys(base)) {
    const option = `${namespace}.${name}`;
    const now = head.get(name);
    if (now === undefined) {
      changes.push(`- Option:\t ${option}`);
      deletions.push(`${namespace}:${name}`);
      continue;
    }
    for (const { change, issue, key, advice } of compareOption(base.get(name) as Definition, now, option)) {
      modified.push(change);
      const place = schema.locate(['properties', name, key]);
      errors.push(describeChange(namespace, `Option '${option}' ${issue}; ${advice} (${place})`));
    }
  }
  changes.push(...modified);
  for (const name of sortKeys(head)) if (!base.has(name)) changes.push(`+ Option:\t ${namespace}.${name}`);
}

/** A change of an option's meaning, which is never allowed. */
interface OptionChange {
  readonly change: string;
  readonly issue: string;
  /** The key of the definition that has changed. */
  readonly key: string;
  /** What to do instead. */
  readonly advice: string;
}

const ADD_ANOTHER =
  'running services expect the old one. Add an option with another name instead, and remove this one later';

function* compareOption(base: Definition, head: Definition, option: string): Generator<OptionChange> {
  const [was, is] = [base.get('type') as string, head.get('type') as string];
  if (was !== is) {
    yield {
      change: describeTypeChange(option, was, is),
      issue: `type changed from '${was}' to '${is}'`,
      key: 'type',
      advice: ADD_ANOTHER,
    };
  } else if (is === 'array') {
    yield* compareItems(readMember(base, 'items'), readMember(head, 'items'), option);
  } else if (is === 'object' && !equalsExactJson(base.get('properties'), head.get('properties'))) {
    yield {
      change: describeShapeChange(option, 'object'),
      issue: 'object shape was modified',
      key: 'properties',
      advice: ADD_ANOTHER,
    };
  }
  const [before, after] = [base.get('default') as ExactJson, head.get('default') as ExactJson];
  if (!equalsExactJson(before, after)) {
    const [old, now] = [formatExactJson(before), formatExactJson(after)];
    yield {
      change: `~ Default:\t ${option}: ${old} -> ${now}`,
      issue: `default value changed from ${old} to ${now}`,
      key: 'default',
      advice: 'keep the old default, and set the new one in the values; or add an option with another name',
    };
  }
}

function* compareItems(base: Definition, head: Definition, option: string): Generator<OptionChange> {
  const [was, is] = [base.get('type') as string, head.get('type') as string];
  if (was !== is) {
    yield {
      change: describeTypeChange(option, `array<${was}>`, `array<${is}>`),
      issue: `array items type changed from '${was}' to '${is}'`,
      key: 'items',
      advice: ADD_ANOTHER,
    };
  }
  // Items without fields may get some, as in the Rust command line.
  if (base.has('properties') && !equalsExactJson(base.get('properties'), head.get('properties'))) {
    yield {
      change: describeShapeChange(option, 'array<object>'),
      issue: 'array item object shape was modified',
      key: 'items',
      advice: ADD_ANOTHER,
    };
  }
}

function describeTypeChange(option: string, was: string, is: string): string {
  return `~ Type:\t\t ${option}: ${was} -> ${is}`;
}

function describeShapeChange(option: string, type: string): string {
  return `~ Shape:\t ${option} (${type}) shape changed`;
}

function describeChange(namespace: string, issue: string): string {
  return `Schema error in schemas/${namespace}/schema.json: ${issue}`;
}

function readMember(definition: Definition, key: string): Definition {
  return definition.get(key) as Definition;
}

function sortKeys(map: ReadonlyMap<string, unknown>): string[] {
  return [...map.keys()].sort(compareCodePoints);
}
