/**
 * The logs of Sentry's isolation scopes, of which each request has its own. Runs in the thread that evaluates.
 *
 * A scope that forks from another, such as a job that a request starts, has its own log, and knows those that it descends
 * from: Sentry copies what a scope has in `sdkProcessingMetadata` to its forks, and never sends it.
 */
import { runWithoutContext } from '../common/async-context.js';
import type { AnswerLog } from '../features/recording.js';

/** The part of Sentry's scopes that is used here, the same from version 8 to 11. */
export interface IsolationScope {
  setSDKProcessingMetadata(metadata: Record<string, unknown>): unknown;
  getScopeData(): { sdkProcessingMetadata?: Record<string, unknown> };
}

/** So that a scope that forks from the one before, again and again, does not keep all of them: its own log, and eight. */
const MAX_LOGS = 9;
const METADATA = 'sentryOptions';
const NO_LOGS: readonly AnswerLog[] = [];

/** The log of a scope, and before it those of the scopes from which it forked. */
class ScopeEntry {
  readonly log: AnswerLog;
  readonly #logs: readonly AnswerLog[];

  constructor(log: AnswerLog, parent: ScopeEntry | undefined) {
    this.log = log;
    this.#logs = [...listLogs(parent), log].slice(-MAX_LOGS);
  }

  /** Returns the logs of what may be an entry. */
  static logsOf(entry: object): readonly AnswerLog[] {
    return #logs in entry ? entry.#logs : NO_LOGS;
  }
}

/** The logs of all scopes of this thread. */
export class ScopeLogs {
  readonly #getScope: () => IsolationScope;
  readonly #makeLog: () => AnswerLog;
  readonly #entries = new WeakMap<IsolationScope, ScopeEntry>();
  /** The scope outside of any request. */
  #outside: IsolationScope | undefined;

  /** `getScope`: returns the isolation scope of the code that runs. */
  constructor(getScope: () => IsolationScope, makeLog: () => AnswerLog) {
    this.#getScope = getScope;
    this.#makeLog = makeLog;
  }

  /** Returns the log of the request that runs; undefined outside of any. */
  findOfRequest(): AnswerLog | undefined {
    const scope = this.#getScope();
    return this.#isOutside(scope) ? undefined : this.#enter(scope).log;
  }

  /** Returns the log of the scope that runs now. */
  findCurrent(): AnswerLog {
    return this.#enter(this.#getScope()).log;
  }

  /** Returns the logs of the scope that runs now and of those from which it forked, the nearest last. */
  list(): readonly AnswerLog[] {
    const scope = this.#getScope();
    return listLogs(this.#entries.get(scope) ?? findParent(scope));
  }

  #enter(scope: IsolationScope): ScopeEntry {
    const known = this.#entries.get(scope);
    if (known !== undefined) return known;
    const entry = new ScopeEntry(this.#makeLog(), findParent(scope));
    this.#entries.set(scope, entry);
    // Requests do not descend from it: what a program evaluates besides is of none of them. In an object of its own, because
    // Sentry copies this one, but not what is in it.
    if (!this.#isOutside(scope)) scope.setSDKProcessingMetadata({ [METADATA]: { entry } });
    return entry;
  }

  #isOutside(scope: IsolationScope): boolean {
    // Not in the constructor: Sentry decides how it finds scopes only after its integrations are set up.
    this.#outside ??= runWithoutContext(this.#getScope);
    return scope === this.#outside;
  }
}

/** Finds the entry that a scope without its own has from the one from which it forked. */
function findParent(scope: IsolationScope): ScopeEntry | undefined {
  const metadata = scope.getScopeData().sdkProcessingMetadata?.[METADATA];
  return (metadata as { entry?: ScopeEntry } | undefined)?.entry;
}

function listLogs(entry: ScopeEntry | undefined): readonly AnswerLog[] {
  return entry === undefined ? NO_LOGS : ScopeEntry.logsOf(entry);
}
