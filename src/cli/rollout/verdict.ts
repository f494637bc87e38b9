/** Judges whether a process has the expected values, by its status. Pure. */
import { truncate } from '../../common/text.js';
import type { StatusAnswer } from '../../status/answers.js';

/**
 * `live`: the process has the values; `differs`: it has others; `no answer`: it may have them; `ended`: it will never
 * answer.
 */
export type State = 'live' | 'differs' | 'no answer' | 'ended';

/** Whether one process has the values. */
export interface Verdict {
  /** The process: a pid, a URL, or a pod with the pid in it. */
  readonly target: string;
  readonly state: State;
  /** The SHA-256 of the values that the process has; null if it has no file, or if that is unknown. */
  readonly valuesHash: string | null;
  readonly generation: number | null;
  /** Since when the process has its values, RFC 3339; null if that is unknown. */
  readonly since: string | null;
  /** Why it does not have the expected values; null if it has them. */
  readonly reason: string | null;
}

/** The most characters of an error of the process. */
const MAX_SHOWN = 300;
/** The characters of a hash that are enough for people. */
const HASH_DIGITS = 12;

/** Returns the verdict about a process that does not answer. */
export function makeSilentVerdict(target: string, state: 'no answer' | 'ended', reason: string): Verdict {
  return { target, state, valuesHash: null, generation: null, since: null, reason };
}

/** Returns the verdict about a process with this status. */
export function judge(
  target: string,
  status: StatusAnswer['status'],
  namespace: string,
  expectedHash: string,
): Verdict {
  const { generation, namespaces } = status;
  const found = Object.hasOwn(namespaces, namespace) ? namespaces[namespace] : undefined;
  if (found === undefined) {
    const reason = `its schemas do not declare '${namespace}'`;
    return { target, state: 'differs', valuesHash: null, generation, since: null, reason };
  }
  const { valuesHash } = found;
  const since = findSince(status, namespace);
  const isLive = valuesHash === expectedHash;
  const reason = isLive ? null : explain(status, found);
  return { target, state: isLive ? 'live' : 'differs', valuesHash, generation, since, reason };
}

/** Returns since when the values of a namespace are live; null if the status does not reach back so far. */
function findSince({ reloads, generation, appliedAt }: StatusAnswer['status'], namespace: string): string | null {
  const reload = reloads.findLast((one) => one.generation !== null && one.namespaces.includes(namespace));
  if (reload !== undefined) return reload.at;
  // The first load is not among the reloads.
  return generation === 1 ? appliedAt : null;
}

type NamespaceStatus = StatusAnswer['status']['namespaces'][string];

function explain(status: StatusAnswer['status'], namespace: NamespaceStatus): string {
  const { valuesHash, generatedAt, commit, held, lost } = namespace;
  const { health, reason, directory, lastError, lastErrorAt, lastPollAt } = status;
  if (health === 'crashed' || health === 'closed') return `its store is ${health}: ${toLine(reason ?? '')}`;
  if (held !== null) return `it rejects the file of this namespace since ${held.since}: ${toLine(held.reason)}`;
  // What holds back other namespaces does not keep this one from its values.
  const isIsolated = Object.values(status.namespaces).some((one) => one.held !== null);
  if (lastError !== null && !isIsolated) return `it rejects its files since ${lastErrorAt}: ${toLine(lastError)}`;
  if (health !== 'ok' && !isIsolated) return toLine(reason ?? health);
  if (lost !== null) return `its values file was deleted from ${directory} at ${lost.since}; the defaults are in use`;
  if (valuesHash === null) return `there is no values file in ${directory}; the defaults are in use`;
  const generated = generatedAt === null ? '' : `, generated at ${generatedAt}`;
  const from = commit === null ? '' : `, commit ${commit}`;
  const what = `it has other values (${valuesHash.slice(0, HASH_DIGITS)}…${from}${generated})`;
  return `${what}, and polled ${directory} last at ${lastPollAt}`;
}

function toLine(text: string): string {
  return truncate(text.split(/\s+/).join(' '), MAX_SHOWN);
}
