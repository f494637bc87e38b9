/** Collects what keeps files of one load from being published. Runs in the watcher thread. Pure. */
import type { Issue } from '../../src/common/errors.js';
import type { GoneVolume } from './gone-volumes.js';
import { describeReason } from './held.js';
import { type Detail, IssueList } from './issue-list.js';
import type { Held, HeldBack, InvalidValues } from './results.js';

export class Findings {
  readonly #isIsolated: boolean;
  readonly #issues = new IssueList();
  readonly #held = new Map<string, Held>();
  readonly #causes = new Set<Held['cause']>();
  #mayChange = false;

  /** @param isIsolated whether a bad file holds back its namespace only */
  constructor(isIsolated: boolean) {
    this.#isIsolated = isIsolated;
  }

  /** Whether the other files can be published. */
  get isPublishable(): boolean {
    return this.#isIsolated || this.#issues.isEmpty;
  }

  /** How many issues of the next file are listed. */
  get detail(): Detail {
    return this.#issues.detail;
  }

  /** Adds the issues of one file, at least one. Returns those that are listed. */
  add(issues: readonly Issue[], why: Omit<Held, 'reason'>): readonly Issue[] {
    const listed = this.#issues.add(issues);
    this.#mayChange ||= why.mayChange;
    this.#causes.add(why.cause);
    const [first] = issues;
    if (this.#isIsolated && first !== undefined) {
      const reason = describeReason(listed.length > 0 ? listed : issues);
      this.#held.set(first.namespace, { ...why, reason });
    }
    return listed;
  }

  /** Adds a namespace whose volume is gone. That is no issue of a file. */
  addGone({ namespace, deleted }: GoneVolume, reason: string): void {
    this.#held.set(namespace, { cause: 'volume-gone', reason, deleted, hash: undefined, mayChange: true });
  }

  /** Returns the result of a load that publishes nothing; undefined if it can publish. */
  toRejection(): InvalidValues | undefined {
    if (this.isPublishable) return undefined;
    const isSuspicious = this.#causes.size === 1 && this.#causes.has('suspicious');
    return { kind: 'invalid', issues: this.#issues.toArray(), mayChange: this.#mayChange, isSuspicious };
  }

  /** Returns the namespaces that are held back; undefined if there are none. */
  toHeldBack(): HeldBack | undefined {
    return this.#held.size === 0 ? undefined : { namespaces: this.#held, issues: this.#issues.toArray() };
  }
}
