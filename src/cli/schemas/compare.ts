/**
 * Compares two versions of a repository's schemas, and finds changes that are not allowed. Pure.
 *
 * During a deployment, services run with either version of the schemas, but values match only one of them. So options
 * may be added and removed, but the meaning of a name must not change: its type, its shape, its default.
 */
import { posix } from 'node:path';
import { compareCodePoints, joinFirst } from '../../common/text.js';
import type { FileError } from '../terminal/errors.js';
import { type ExactJson, equalsExactJson, formatExactJson } from '../yaml/exact-json.js';

/** The definition of one option, or of a list's items, in a valid schema. */
export type Definition = ReadonlyMap<string, ExactJson>;

/** The definitions of one namespace's plain options, by name; without its flags. */
export type Definitions = ReadonlyMap<string, Definition>;

/** A valid schema in one version. */
export interface VersionedSchema {
  /** Equal for equal contents. */
  readonly id: string;
  /** The file, from the root of the repository. */
  readonly path: string;
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
  readonly errors: readonly (string | FileError)[];
  /** Each removed option as `namespace:option`, sorted. */
  readonly deletions: readonly string[];
  /** The namespaces whose schemas differ only in what is not compared, sorted. */
  readonly uncompared: readonly string[];
}

/** Compares the schemas `base` with the schemas `head`, both of the repository or the services `names`. */
export function compareVersions(base: Version, head: Version, names: readonly string[]): Comparison {
  const result: MutableComparison = { changes: [], errors: [], deletions: [], uncompared: [] };
  const renamed = findRenamed(base, head);
  checkNames(head, names, new Set(renamed.values()), result);
  const isGone = head.size === 0 && base.size > 1;
  if (isGone) result.errors.push(describeGone(base));
  for (const namespace of sortKeys(base)) {
    const now = head.get(namespace);
    if (now === undefined) {
      result.changes.push(`- Namespace:\t ${namespace}`);
      if (!isGone) result.errors.push(describeRemoved(namespace, base, renamed.get(namespace)));
    } else {
      const was = base.get(namespace) as VersionedSchema;
      if (was.id === now.id) continue;
      const count = result.changes.length;
      compareNamespace(namespace, was.readDefinitions(), now, result);
      if (result.changes.length === count) result.uncompared.push(namespace);
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
  readonly errors: (string | FileError)[];
  readonly deletions: string[];
  readonly uncompared: string[];
}

/** Returns the namespaces that are gone, each with a new one that has the same schema: a folder was renamed. */
function findRenamed(base: Version, head: Version): ReadonlyMap<string, string> {
  const added = new Map(
    [...head].filter(([namespace]) => !base.has(namespace)).map(([namespace, { id }]) => [id, namespace]),
  );
  const gone = [...base].filter(([namespace, { id }]) => !head.has(namespace) && added.has(id));
  return new Map(gone.map(([namespace, { id }]) => [namespace, added.get(id) as string]));
}

function describeRemoved(namespace: string, base: Version, to: string | undefined): FileError {
  const keep = 'services may still read it. Keep its schema.json, with empty "properties" if need be';
  const advice =
    to === undefined
      ? keep
      : `its schema is in '${to}' now, and running services still read '${namespace}'. Rename the folder back, or keep both`;
  return describeChange(base.get(namespace), `Namespace '${namespace}' was removed; ${advice}`);
}

/** Describes a commit without any schema: rather a directory that was renamed than so many removed namespaces. */
function describeGone(base: Version): string {
  const namespaces = sortKeys(base);
  const directory = posix.dirname(posix.dirname(base.get(namespaces[0] as string)?.path ?? ''));
  const listed = joinFirst(
    namespaces.slice(0, MAX_LISTED).map((name) => `'${name}'`),
    namespaces.length,
  );
  return `All namespaces were removed, ${listed}: the new commit has no schema in ${directory}. If the directory was renamed, rename it back: services may still read the schemas`;
}

/** The maximum number of namespaces that a message lists. */
const MAX_LISTED = 10;

/**
 * Checks the names of namespaces. All repositories share one set of names, so each name begins with its repository's, or
 * with that of one of its services.
 */
function checkNames(
  head: Version,
  names: readonly string[],
  renamed: ReadonlySet<string>,
  { errors }: MutableComparison,
): void {
  for (const namespace of sortKeys(head)) {
    if (names.some((name) => namespace === name || namespace.startsWith(`${name}-`))) continue;
    // The error that a namespace was removed names the new one.
    if (renamed.has(namespace)) continue;
    const forms = names.map((name) => `'${name}' or '${name}-*' (e.g., '${name}-testing')`);
    const expected = `Expected either ${forms.join(' or ')}`;
    const all = [...names, namespace].join(',');
    const advice = `Rename its folder, or correct --repo; of a repository with several services, list them: --repo ${all}`;
    errors.push(describeChange(head.get(namespace), `Namespace '${namespace}' is invalid. ${expected}. ${advice}`));
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
    const found = [...compareOption(base.get(name) as Definition, now, option)];
    modified.push(...found.map(({ change }) => change));
    const [first, ...more] = found;
    if (first === undefined) continue;
    // One error: what helps against one change does not help against another, but another option does against all.
    const advice = more.length === 0 ? first.advice : ADD_ANOTHER;
    const issues = found.map(({ issue }) => issue).join(', and ');
    const place = schema.locate(['properties', name, first.key]);
    errors.push(describeChange(schema, `Option '${option}' ${issues}; ${advice} (${place})`));
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

function describeChange(schema: VersionedSchema | undefined, issue: string): FileError {
  const file = schema?.path ?? '';
  return { message: `Schema error in ${file}: ${issue}`, file };
}

function readMember(definition: Definition, key: string): Definition {
  return definition.get(key) as Definition;
}

function sortKeys(map: ReadonlyMap<string, unknown>): string[] {
  return [...map.keys()].sort(compareCodePoints);
}
