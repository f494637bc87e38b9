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

/** Compares the schemas `base` with the schemas `head`, both of the repository `repo`. */
export function compareVersions(base: Version, head: Version, repo: string): Comparison {
  const result: MutableComparison = { changes: [], errors: [], deletions: [] };
  checkNames(head, repo, result);
  for (const namespace of sortKeys(base)) {
    const now = head.get(namespace);
    if (now === undefined) {
      result.changes.push(`- Namespace:\t ${namespace}`);
      result.errors.push(describeChange(namespace, `Namespace '${namespace}' was removed`));
    } else {
      const was = base.get(namespace) as VersionedSchema;
      if (was.id !== now.id) compareNamespace(namespace, was.readDefinitions(), now.readDefinitions(), result);
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
 * Checks the names of namespaces. All repositories share one set of names, so each name begins with its repository's.
 */
function checkNames(head: Version, repo: string, { errors }: MutableComparison): void {
  for (const namespace of sortKeys(head)) {
    if (namespace === repo || namespace.startsWith(`${repo}-`)) continue;
    const expected = `Expected either '${repo}' or '${repo}-*' (e.g., '${repo}-testing')`;
    errors.push(describeChange(namespace, `Namespace '${namespace}' is invalid. ${expected}`));
  }
}

function compareNamespace(namespace: string, base: Definitions, head: Definitions, result: MutableComparison): void {
  const { changes, errors, deletions } = result;
  const modified: string[] = [];
  for (const name of sortKeys(base)) {
    const option = `${namespace}.${name}`;
    const now = head.get(name);
    if (now === undefined) {
      changes.push(`- Option:\t ${option}`);
      deletions.push(`${namespace}:${name}`);
      continue;
    }
    for (const { change, issue } of compareOption(base.get(name) as Definition, now, option)) {
      modified.push(change);
      errors.push(describeChange(namespace, `Option '${option}' ${issue}`));
    }
  }
  changes.push(...modified);
  for (const name of sortKeys(head)) if (!base.has(name)) changes.push(`+ Option:\t ${namespace}.${name}`);
}

/** A change of an option's meaning, which is never allowed. */
interface OptionChange {
  readonly change: string;
  readonly issue: string;
}

function* compareOption(base: Definition, head: Definition, option: string): Generator<OptionChange> {
  const [was, is] = [base.get('type') as string, head.get('type') as string];
  if (was !== is) {
    yield { change: describeTypeChange(option, was, is), issue: `type changed from '${was}' to '${is}'` };
  } else if (is === 'array') {
    yield* compareItems(readMember(base, 'items'), readMember(head, 'items'), option);
  } else if (is === 'object' && !equalsExactJson(base.get('properties'), head.get('properties'))) {
    yield { change: describeShapeChange(option, 'object'), issue: 'object shape was modified' };
  }
  const [before, after] = [base.get('default') as ExactJson, head.get('default') as ExactJson];
  if (!equalsExactJson(before, after)) {
    const [old, now] = [formatExactJson(before), formatExactJson(after)];
    yield {
      change: `~ Default:\t ${option}: ${old} -> ${now}`,
      issue: `default value changed from ${old} to ${now}`,
    };
  }
}

function* compareItems(base: Definition, head: Definition, option: string): Generator<OptionChange> {
  const [was, is] = [base.get('type') as string, head.get('type') as string];
  if (was !== is) {
    yield {
      change: describeTypeChange(option, `array<${was}>`, `array<${is}>`),
      issue: `array items type changed from '${was}' to '${is}'`,
    };
  }
  // Items without fields may get some, as in the Rust command line.
  if (base.has('properties') && !equalsExactJson(base.get('properties'), head.get('properties'))) {
    yield { change: describeShapeChange(option, 'array<object>'), issue: 'array item object shape was modified' };
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
