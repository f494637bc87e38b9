/**
 * What changed between two versions of a repository's schemas, and which of it is not allowed. Pure; runs in the command
 * line.
 *
 * A service that runs may have either version of its schemas while values are deployed for one of them. So options may
 * come and go, but what a name means has to stay: its type, its shape, its default.
 */
import { compareCodePoints } from '../../common/text.js';
import { type ExactJson, equalsExactJson, formatExactJson } from '../yaml/exact-json.js';

/** What a schema says of one option, or of the entries of a list: it has passed the rules for schemas. */
export type Definition = ReadonlyMap<string, ExactJson>;

/** The definitions of one namespace's plain options, by name; flags are left out. */
export type Definitions = ReadonlyMap<string, Definition>;

/** The definitions of a version's namespaces, by name. */
export type Version = ReadonlyMap<string, Definitions>;

/** What {@link compareVersions} finds. */
interface Comparison {
  /** A line for each change: by namespace, what went, what changed, what came; new namespaces after all others. */
  readonly changes: readonly string[];
  /** What is not allowed, names of namespaces first. */
  readonly errors: readonly string[];
  /** Each removed option as `namespace:option`, sorted. */
  readonly deletions: readonly string[];
}

/** Compares `base` with `head`, both of them schemas of the repository `repo`. */
export function compareVersions(base: Version, head: Version, repo: string): Comparison {
  const result: MutableComparison = { changes: [], errors: [], deletions: [] };
  checkNames(head, repo, result);
  for (const namespace of sortKeys(base)) {
    const now = head.get(namespace);
    if (now === undefined) {
      result.changes.push(`- Namespace:\t ${namespace}`);
      result.errors.push(describeChange(namespace, `Namespace '${namespace}' was removed`));
    } else {
      compareNamespace(namespace, base.get(namespace) as Definitions, now, result);
    }
  }
  for (const namespace of sortKeys(head)) {
    if (base.has(namespace)) continue;
    result.changes.push(`+ Namespace:\t ${namespace}`);
    for (const name of sortKeys(head.get(namespace) as Definitions)) {
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

/** Namespaces of all repositories live side by side, so each name says which repository it belongs to. */
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

/** One change of one option, none of which is allowed. */
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
  // Entries that had no fields may be given some: so does the family.
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
