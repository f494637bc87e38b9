/**
 * What the watcher says of its files: once when something begins, once when it ends, never again in between. Runs in
 * the watcher thread.
 */
import type { Log } from '../../src/common/log.js';
import { escapeControlChars, joinFirst, truncate } from '../../src/common/text.js';
import type { LoadedNamespace } from '../values/load.js';

/** How many unknown names a warning lists. */
const NAMES_LISTED = 10;
/** Of a longer name only so many characters are told. */
const NAME_LENGTH = 100;

/** Remembers what has been said, and says what is new. */
export class MessageLog {
  readonly #log: Log;
  readonly #valuesDirectory: string;
  /** The refusal or problem that holds; undefined while all is well. */
  #currentError: string | undefined;
  /** By namespace, the unknown names that were told last, sorted. */
  readonly #loggedUnknown = new Map<string, string>();
  /** By namespace, what is wrong with its `generated_at`. */
  readonly #generatedAt = new Map<string, string>();
  /** Namespaces whose file is gone, and that was told. */
  readonly #gone = new Set<string>();
  #mountWarnings: readonly string[] = [];

  constructor(log: Log, valuesDirectory: string) {
    this.#log = log;
    this.#valuesDirectory = valuesDirectory;
  }

  /** The files are refused. Whoever asked for the poll is told by an exception, and that is enough. */
  rejected(message: string, isRequested: boolean): void {
    if (message === this.#currentError) return;
    this.#currentError = message;
    if (!isRequested) this.#log('error', message);
  }

  /** The files cannot be looked at. */
  unreadable(message: string): void {
    if (message === this.#currentError) return;
    this.#currentError = message;
    this.#log('warn', message);
  }

  /** The files are good again. */
  recovered(): void {
    if (this.#currentError === undefined) return;
    this.#currentError = undefined;
    this.#log('info', `The values in ${this.#valuesDirectory} are valid again.`);
  }

  /** What is wrong with the mounts now. */
  mounts(warnings: readonly string[]): void {
    for (const warning of warnings) if (!this.#mountWarnings.includes(warning)) this.#log('warn', warning);
    if (warnings.length === 0 && this.#mountWarnings.length > 0) {
      this.#log('info', `Nothing is wrong any more with how ${this.#valuesDirectory} is mounted.`);
    }
    this.#mountWarnings = warnings;
  }

  /** A new generation is out. */
  published(before: ReadonlyMap<string, LoadedNamespace>, after: ReadonlyMap<string, LoadedNamespace>): void {
    this.recovered();
    for (const [namespace, loaded] of after) {
      const hadFile = (before.get(namespace)?.hash ?? null) !== null;
      this.#logPresence(namespace, hadFile, loaded.hash !== null);
      this.#logUnknownNames(namespace, loaded.unknown);
      this.#logGeneratedAtIssue(namespace, loaded.generatedAtIssue);
    }
  }

  #logPresence(namespace: string, hadFile: boolean, hasFile: boolean): void {
    if (hadFile && !hasFile) {
      this.#gone.add(namespace);
      this.#log('warn', `The values of ${namespace} are gone from ${this.#valuesDirectory}; its defaults are in use.`);
    } else if (hasFile && this.#gone.delete(namespace)) {
      this.#log('info', `The values of ${namespace} are back in ${this.#valuesDirectory}.`);
    }
  }

  #logUnknownNames(namespace: string, names: readonly string[]): void {
    const known = JSON.stringify([...names].sort());
    if (known === (this.#loggedUnknown.get(namespace) ?? '[]')) return;
    this.#loggedUnknown.set(namespace, known);
    if (names.length === 0) return;
    const listed = names
      .slice(0, NAMES_LISTED)
      .map((name) => escapeControlChars(JSON.stringify(truncate(name, NAME_LENGTH))));
    this.#log(
      'warn',
      `The values of ${namespace} set options that its schema does not declare, which are ignored: ` +
        `${joinFirst(listed, names.length)}. This is expected while values are deployed before the schema.`,
    );
  }

  #logGeneratedAtIssue(namespace: string, issue: string | undefined): void {
    if (issue === this.#generatedAt.get(namespace)) return;
    if (issue === undefined) {
      this.#generatedAt.delete(namespace);
      return;
    }
    this.#generatedAt.set(namespace, issue);
    this.#log('warn', `The values of ${namespace} are used, but their delay cannot be measured: ${issue}`);
  }
}
