/**
 * Logs what happens to the values files: once when a condition begins, once when it ends, never in between. Runs in the
 * watcher thread.
 */
import { formatDuration } from '../../src/common/duration.js';
import type { Log } from '../../src/common/log.js';
import { findErrorSubject, findNamespaceSubject } from '../../src/common/log-subject.js';
import { escapeControlChars, joinFirst, truncate } from '../../src/common/text.js';
import { describeSuspicion, type Suspicion } from '../../src/schema/suspicious-change.js';
import type { FallbackStatus } from '../../src/status/record.js';
import type { Loaded, LoadedNamespace } from '../values/results.js';
import { NO_NAMES, type UnknownNames } from '../values/unknown-names.js';
import { describeGeneration } from './generation-message.js';
import type { HeldReport } from './held-report.js';
import type { ReloadError } from './rejection.js';

/** The maximum number of unknown names that a warning lists. */
const NAMES_LISTED = 10;
/** The maximum length of a listed name, in characters. */
const NAME_LENGTH = 100;

/** How a problem ended. */
const VALID = 'are valid again';
const RELEASED = 'are not held back any more';

/** Logs new conditions, and remembers which ones it has logged. */
export class MessageLog {
  readonly #log: Log;
  readonly #valuesDirectory: string;
  /** The error that currently holds; undefined while the files are valid. */
  #currentError: string | undefined;
  /** Whether that error is of values that are valid, and only suspicious. */
  #isSuspicious = false;
  /** Whether the system or a permission prevents reading. Besides the error, which holds again afterwards. */
  #isUnavailable = false;
  /** The digest of the unknown names that were logged last; by namespace. */
  readonly #loggedUnknown = new Map<string, string>();
  /** The issue with `generated_at` that was logged last; by namespace. */
  readonly #generatedAtIssues = new Map<string, string>();
  /** Namespaces whose file was logged as deleted. */
  readonly #deleted = new Set<string>();
  #mountWarnings: readonly string[] = [];

  constructor(log: Log, valuesDirectory: string) {
    this.#log = log;
    this.#valuesDirectory = valuesDirectory;
  }

  /** Logs a rejection of the files. If a thread requested the poll, that thread throws the error: no need to log it. */
  rejected(error: ReloadError, isRequested: boolean): void {
    this.#isUnavailable = false;
    this.#isSuspicious = error.code === 'RELOAD_SUSPICIOUS';
    if (error.message === this.#currentError) return;
    this.#currentError = error.message;
    if (!isRequested) this.#logRejection(error);
  }

  #logRejection(error: ReloadError): void {
    const code = error.code === 'RELOAD_SUSPICIOUS' ? 'values-held-back' : 'values-rejected';
    this.#log(code, error.message, findErrorSubject(error));
  }

  /**
   * Logs that the system or a permission prevents reading a file: once, although the file and the reason may differ at
   * each poll. If a thread requested the poll, that thread throws the error.
   */
  unavailable(error: ReloadError, isRequested: boolean): void {
    if (this.#isUnavailable) return;
    this.#isUnavailable = true;
    if (!isRequested) this.#log('values-unreadable', error.message, findErrorSubject(error));
  }

  /** Logs that there is no directory or no volume to read, unless another message has just said so. */
  unreadable(
    code: 'values-missing' | 'volume-gone',
    message: string,
    namespaces: readonly string[] = [],
    isLogged = false,
  ): void {
    this.#isUnavailable = false;
    this.#isSuspicious = false;
    if (message === this.#currentError) return;
    this.#currentError = message;
    if (!isLogged) this.#log(code, message, findNamespaceSubject(namespaces));
  }

  /** Logs that the values were invalid at startup, and what is served instead. */
  fellBack(error: ReloadError, { kind, keptAt }: FallbackStatus, now: number): void {
    const age = keptAt === null ? '' : formatDuration(now - Date.parse(keptAt));
    const served =
      kind === 'defaults'
        ? 'The defaults are in use until the values are valid.'
        : `The last good values, kept at ${keptAt} (${age} ago), are in use until the values are valid.`;
    this.#log('values-fallback', `${error.message}\n${served}`, findErrorSubject(error));
  }

  /**
   * Logs that an error of all files is over, if one held.
   *
   * @param areValid false if some namespaces are held back
   */
  recovered(areValid: boolean): void {
    if (this.#currentError === undefined && !this.#isUnavailable) return;
    this.#currentError = undefined;
    this.#isUnavailable = false;
    const valid = this.#isSuspicious ? RELEASED : VALID;
    this.#isSuspicious = false;
    this.#log(
      'values-recovered',
      `The values in ${this.#valuesDirectory} ${areValid ? valid : 'can be loaded again'}.`,
    );
  }

  /** Logs which namespaces are held back for a new reason, and which are not any more. See {@link rejected}. */
  heldBack({ news, newlyGone, released, recovered }: HeldReport, isRequested: boolean): void {
    if (news !== undefined && !isRequested) this.#logRejection(news);
    if (newlyGone !== undefined) {
      const message = `${newlyGone.reason}; the last values stay in use.`;
      this.#log('volume-gone', message, findNamespaceSubject(newlyGone.namespaces));
    }
    this.#logEnd(recovered, VALID);
    this.#logEnd(released, RELEASED);
  }

  #logEnd(namespaces: readonly string[], state: string): void {
    if (namespaces.length === 0) return;
    const listed = joinFirst(namespaces.slice(0, NAMES_LISTED), namespaces.length);
    const message = `The values of ${listed} in ${this.#valuesDirectory} ${state}.`;
    this.#log('values-recovered', message, findNamespaceSubject(namespaces));
  }

  /** Logs once that values are live although they are suspicious. Of a deleted file, another message has just said so. */
  suspicious(
    suspicions: ReadonlyMap<string, Suspicion> | undefined,
    loaded: ReadonlyMap<string, LoadedNamespace>,
  ): void {
    const shown = [...(suspicions ?? [])].filter(([namespace]) => loaded.get(namespace)?.hash !== null);
    if (shown.length === 0) return;
    const listed = shown.map(([namespace, suspicion]) => `${namespace} ${describeSuspicion(suspicion)}`);
    this.#log(
      'values-suspicious',
      `The new values are live, but suspicious: those of ${joinFirst(listed.slice(0, NAMES_LISTED), listed.length)}. ` +
        'If that is a mistake, roll back the files; `suspiciousReload` can hold such values back.',
      findNamespaceSubject(shown.map(([namespace]) => namespace)),
    );
  }

  /** Logs new mount warnings, and the end of the last one. */
  mounts(warnings: readonly string[]): void {
    for (const warning of warnings) if (!this.#mountWarnings.includes(warning)) this.#log('mounts-wrong', warning);
    if (warnings.length === 0 && this.#mountWarnings.length > 0) {
      this.#log('mounts-recovered', `The mount warnings for ${this.#valuesDirectory} are resolved.`);
    }
    this.#mountWarnings = warnings;
  }

  /** Logs that a reload is live, and what it changed. */
  live(generation: number, changes: Loaded['changes']): void {
    this.#log('values-live', describeGeneration(generation, changes), {
      generation,
      ...findNamespaceSubject(changes.keys()),
    });
  }

  /** Logs the conditions that a new generation begins or ends. */
  published(before: ReadonlyMap<string, LoadedNamespace>, after: ReadonlyMap<string, LoadedNamespace>): void {
    for (const [namespace, loaded] of after) {
      const hadFile = (before.get(namespace)?.hash ?? null) !== null;
      this.#logPresence(namespace, hadFile, loaded.hash !== null);
      this.#logUnknownNames(namespace, loaded.unknown);
      this.#logGeneratedAtIssue(namespace, loaded.generatedAtIssue);
    }
  }

  #logPresence(namespace: string, hadFile: boolean, hasFile: boolean): void {
    if (hadFile && !hasFile) {
      this.#deleted.add(namespace);
      const message = `The values file of ${namespace} was deleted from ${this.#valuesDirectory}; its defaults are in use.`;
      this.#log('values-deleted', message, { namespace });
    } else if (hasFile && this.#deleted.delete(namespace)) {
      this.#log('values-recovered', `The values of ${namespace} are back in ${this.#valuesDirectory}.`, { namespace });
    }
  }

  #logUnknownNames(namespace: string, { first, similar = [], count, digest }: UnknownNames): void {
    if (digest === (this.#loggedUnknown.get(namespace) ?? NO_NAMES.digest)) return;
    this.#loggedUnknown.set(namespace, digest);
    if (count === 0) return;
    const listed = first.slice(0, NAMES_LISTED).map((name, index) => {
      const meant = similar[index];
      return quote(name) + (meant === undefined ? '' : ` (did you mean ${quote(meant)}?)`);
    });
    this.#log(
      'values-undeclared',
      `The values of ${namespace} set options that its schema does not declare, which are ignored: ` +
        `${joinFirst(listed, count)}. This is expected while values are deployed before the schema.`,
      { namespace },
    );
  }

  #logGeneratedAtIssue(namespace: string, issue: string | undefined): void {
    if (issue === this.#generatedAtIssues.get(namespace)) return;
    if (issue === undefined) {
      this.#generatedAtIssues.delete(namespace);
      return;
    }
    this.#generatedAtIssues.set(namespace, issue);
    const message = `The values of ${namespace} are used, but their delay cannot be measured: ${issue}`;
    this.#log('values-undated', message, { namespace });
  }
}

function quote(name: string): string {
  return escapeControlChars(JSON.stringify(truncate(name, NAME_LENGTH)));
}
