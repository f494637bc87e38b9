/**
 * The work of `sentry-options budget`: finds changes that look like a mistake, before they are deployed. By the rules of a
 * running service, and by two more, which need all targets or a person who looks. Pure.
 */
import type { OptionValue } from '../../common/value.js';
import { findOption, type NamespaceSchema } from '../../schema/namespace-schema.js';
import { describeSuspicion, findSuspicion } from '../../schema/suspicious-change.js';
import { formatJson } from '../terminal/format.js';
import { deployTo, listTargets, type RootValues, toOptionValues } from '../values/deployed.js';
import type { NamespaceValues } from '../values/load.js';
import { DEFAULT_TARGET } from '../values/tree.js';
import { membersToJson } from '../yaml/node.js';

/** A namespace and a target whose change is suspicious. */
export interface SuspiciousChange {
  readonly namespace: string;
  readonly target: string;
  /** The target that has, in a new folder, the values that this one has lost; undefined if there is none. */
  readonly movedTo?: string;
  /** At least one. */
  readonly reasons: readonly Reason[];
  /** Whether the command line allows it. */
  readonly isAllowed: boolean;
}

/** Why a change is suspicious. */
export interface Reason {
  /**
   * `guard`: a running service would doubt the reload. `emptied`: the target has no values of its own any more. `growth`: an
   * option became much larger. `other-target`: a mix-up.
   */
  readonly code: 'guard' | 'emptied' | 'growth' | 'other-target';
  /** A clause whose subject is the new values. */
  readonly message: string;
}

/** The result of {@link findSuspiciousChanges}. */
export interface Budget {
  /** Sorted by namespace and target. */
  readonly changes: readonly SuspiciousChange[];
  /** How many pairs of a namespace and a target were compared. */
  readonly compared: number;
}

/** The options that a service reads, by name. */
type Values = ReadonlyMap<string, OptionValue>;

/** A list that was written twice has a little less than twice its size. */
const GROWTH = 1.9;
/** In bytes of JSON. Less is a usual change, such as a second entry of a list. */
const LEAST_GROWTH = 1_024;
/** People remove the only value of a target on purpose. */
const LEAST_EMPTIED = 2;
/** A change of one option may make the values of two targets equal. */
const LEAST_MIXED_UP = 2;

/**
 * Compares what `base` and `head` deploy, for each namespace and target.
 *
 * @param allowed namespaces, and targets as NAMESPACE/TARGET, whose changes a person has accepted
 */
export function findSuspiciousChanges(
  base: RootValues,
  head: RootValues,
  schemas: ReadonlyMap<string, NamespaceSchema>,
  allowed: readonly string[],
): Budget {
  const changes: SuspiciousChange[] = [];
  const namespaces = [...new Set([...base.keys(), ...head.keys()])].sort();
  const targets = listTargets(base, head);
  for (const namespace of namespaces) {
    const schema = schemas.get(namespace) as NamespaceSchema;
    const before = readTargets(base, targets, schema);
    const after = readTargets(head, targets, schema);
    const moved = findMoved(base.get(namespace), head.get(namespace));
    const renamed = new Set(moved.values());
    for (const target of targets) {
      const [from, to] = [before.get(target) as Values, after.get(target) as Values];
      const guard = findGuardReasons(from, to, schema);
      const movedTo = moved.get(target);
      const reasons = [
        // Nothing twice: values that are gone are unset, too, unless `default` has them.
        ...(guard.length > 0 ? guard : findEmptied(target, base.get(namespace), head.get(namespace))),
        ...findGrowth(from, to),
        // A new folder with the values of one that is gone is reported there.
        ...(renamed.has(target) ? [] : findOtherTarget(target, before, to)),
      ];
      const isAllowed = allowed.includes(namespace) || allowed.includes(`${namespace}/${target}`);
      if (reasons.length > 0)
        changes.push({ namespace, target, ...(movedTo === undefined ? {} : { movedTo }), reasons, isAllowed });
    }
  }
  return { changes, compared: namespaces.length * targets.length };
}

/** Returns the first of `allowed` that is neither a namespace nor NAMESPACE/TARGET of a root; undefined if all are. */
export function findUnknownPlace(allowed: readonly string[], ...roots: readonly RootValues[]): string | undefined {
  const targets = listTargets(...roots);
  const namespaces = new Set(roots.flatMap((root) => [...root.keys()]));
  return allowed.find((place) => {
    const [namespace = '', target, ...rest] = place.split('/');
    return !namespaces.has(namespace) || rest.length > 0 || (target !== undefined && !targets.includes(target));
  });
}

/** Returns the targets that are gone, each with a new target that has exactly its values: a folder was renamed. */
function findMoved(
  before: NamespaceValues | undefined,
  after: NamespaceValues | undefined,
): ReadonlyMap<string, string> {
  const added = [...(after ?? [])].filter(([target]) => before?.has(target) !== true);
  const gone = [...(before ?? [])].filter(([target, { size }]) => size > 0 && after?.has(target) !== true);
  const moved = gone.flatMap(([target, values]) => {
    const json = membersToJson(values);
    const [to] = added.find(([, others]) => membersToJson(others) === json) ?? [];
    return to === undefined ? [] : [[target, to] as const];
  });
  return new Map(moved);
}

/** Returns the options that a service reads in each target: without those that no schema declares. */
function readTargets(
  root: RootValues,
  targets: readonly string[],
  schema: NamespaceSchema,
): ReadonlyMap<string, Values> {
  const read = (target: string): Values => {
    const values = deployTo(target, root.get(schema.namespace));
    return toOptionValues(new Map([...values].filter(([name]) => findOption(schema, name) !== undefined)));
  };
  return new Map(targets.map((target) => [target, read(target)]));
}

function findGuardReasons(before: Values, after: Values, schema: NamespaceSchema): Reason[] {
  const suspicion = findSuspicion(before, after, (name) => findOption(schema, name)?.isFlag === true);
  return suspicion === undefined ? [] : [{ code: 'guard', message: describeSuspicion(suspicion) }];
}

/** Finds out whether a target loses all values of its own, so that it has those of `default`. */
function findEmptied(
  target: string,
  before: NamespaceValues | undefined,
  after: NamespaceValues | undefined,
): Reason[] {
  const count = before?.get(target)?.size ?? 0;
  const isLeft = (after?.get(target)?.size ?? 0) > 0;
  if (target === DEFAULT_TARGET || after === undefined || isLeft || count < LEAST_EMPTIED) return [];
  const message = `are those of '${DEFAULT_TARGET}' alone: its own ${count} options are gone`;
  return [{ code: 'emptied', message }];
}

/** Finds options that became much larger: a list that was appended to itself, a file that another program filled. */
function findGrowth(before: Values, after: Values): Reason[] {
  const grown: string[] = [];
  for (const [name, value] of after) {
    const old = before.get(name);
    if (old === undefined) continue;
    const [from, to] = [measure(old), measure(value)];
    if (to < GROWTH * from || to - from < LEAST_GROWTH) continue;
    grown.push(`'${name}' from ${from} to ${to} bytes`);
  }
  return grown.length === 0 ? [] : [{ code: 'growth', message: `enlarge ${grown.join(', ')}` }];
}

/** Finds out whether the new values are those of another target; not of `default`, which any target may come back to. */
function findOtherTarget(target: string, before: ReadonlyMap<string, Values>, after: Values): Reason[] {
  const own = before.get(target) as Values;
  const names = new Set([...own.keys(), ...after.keys()]);
  const changed = [...names].filter((name) => !equals(own.get(name), after.get(name)));
  if (changed.length < LEAST_MIXED_UP) return [];
  const isSame = (other: Values): boolean =>
    other.size === after.size && [...after].every(([name, value]) => equals(value, other.get(name)));
  const other = [...before].find(([name, values]) => name !== target && name !== DEFAULT_TARGET && isSame(values))?.[0];
  return other === undefined
    ? []
    : [{ code: 'other-target', message: `change ${changed.length} options, and are those of '${other}' now` }];
}

function measure(value: OptionValue): number {
  return Buffer.byteLength(format(value) ?? '');
}

function equals(a: OptionValue | undefined, b: OptionValue | undefined): boolean {
  return format(a) === format(b);
}

/** Formats a value as JSON; integers that a number cannot hold, too. */
function format(value: OptionValue | undefined): string | undefined {
  return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part));
}

/** Describes a change as a message. */
export function describeChange({ namespace, target, movedTo, reasons }: SuspiciousChange): string {
  const moved =
    movedTo === undefined
      ? ''
      : `, since the folder ${namespace}/${movedTo} has them now: rename it back unless the target itself is renamed`;
  return `The new values of ${namespace}/${target} ${reasons.map(({ message }) => message).join('; they ')}${moved}`;
}

/** Formats the result as JSON. */
export function formatBudgetJson(budget: Budget): string {
  return formatJson(budget);
}
