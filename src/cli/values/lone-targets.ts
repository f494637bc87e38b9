/** Warns of targets that only one namespace has. Runs in the command line's main thread. */
import { joinFirst } from '../../common/text.js';
import { MAX_FILE_BYTES, readWhole } from '../../files/read.js';
import type { Output } from '../terminal/output.js';
import { similarNames } from '../terminal/suggest.js';
import { LONE_TARGET, Suppressions } from './suppressions.js';
import { DEFAULT_TARGET, type ValuesFile } from './tree.js';

/** The maximum number of targets that a message lists. */
const MAX_LISTED = 10;

const COMMENT = `the comment '# sentry-options-ignore ${LONE_TARGET}'`;

/**
 * Warns of targets that only one namespace has, although others have targets besides `default`: probably the name of a
 * folder is misspelled, and its values reach no service. Of two such targets with similar names, one is misspelled, and
 * nothing here says which: one warning names both.
 *
 * @param files all files of values, also those that are ignored by their name
 */
export function warnOfLoneTargets(files: readonly ValuesFile[], root: string, output: Output): void {
  const owners = groupByTarget(files.filter(({ target }) => target !== DEFAULT_TARGET));
  const targets = [...owners.keys()].sort();
  const filesOf = (target: string): readonly ValuesFile[] => [...(owners.get(target)?.values() ?? [])].flat();
  const isLone = (target: string): boolean => owners.get(target)?.size === 1 && !filesOf(target).some(isMeant);
  /** The targets that a warning has named. */
  const named = new Set<string>();
  for (const target of targets) {
    if (named.has(target) || !isLone(target)) continue;
    const [first] = filesOf(target) as [ValuesFile];
    const others = targets.filter((name) => [...(owners.get(name)?.keys() ?? [])].some((n) => n !== first.namespace));
    if (others.length === 0) continue;
    const similar = findSimilar(target, others);
    if (similar !== undefined && isLone(similar)) {
      named.add(similar);
      const [second] = filesOf(similar) as [ValuesFile];
      const places = `${toFolder(root, first)} and ${toFolder(root, second)}`;
      output.warn(
        `Only ${first.namespace} has the target '${target}', and only ${second.namespace} has '${similar}': one of ${places} is probably misspelled. ` +
          `Rename that one. If both are meant, write ${COMMENT} into a file in each`,
        {},
        [first.path, second.path],
      );
      continue;
    }
    const advice =
      similar === undefined
        ? `; the others have ${joinFirst(others.slice(0, MAX_LISTED), others.length)}. Rename the folder if it is misspelled.`
        : `; did you mean '${similar}'?`;
    output.warn(
      `No other namespace has the target '${target}' of ${toFolder(root, first)}${advice} If it is meant, write ${COMMENT} into a file in it`,
      {},
      [first.path],
    );
  }
}

function toFolder(root: string, { namespace, target }: ValuesFile): string {
  return `${root.replace(/\/$/, '')}/${namespace}/${target}`;
}

/** Groups files by target, and those by namespace. */
function groupByTarget(files: readonly ValuesFile[]): ReadonlyMap<string, ReadonlyMap<string, readonly ValuesFile[]>> {
  const groups = new Map<string, Map<string, ValuesFile[]>>();
  for (const file of files) {
    const byNamespace = groups.get(file.target) ?? new Map<string, ValuesFile[]>();
    groups.set(file.target, byNamespace);
    byNamespace.set(file.namespace, [...(byNamespace.get(file.namespace) ?? []), file]);
  }
  return groups;
}

/** Returns the most similar one of `names`; also one with the same letters, which short names share when two are swapped. */
function findSimilar(name: string, names: readonly string[]): string | undefined {
  const sort = (text: string): string => [...text].sort().join('');
  return names.find((other) => sort(other) === sort(name)) ?? similarNames(name, names)[0];
}

/** Whether a comment in a file says that no other namespace has its target. */
function isMeant({ path }: ValuesFile): boolean {
  return new Suppressions(Buffer.from(readWhole(path, MAX_FILE_BYTES).bytes).toString()).isLoneTargetMeant;
}
