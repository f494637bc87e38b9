/** The messages of one thread's view of a store, each logged once. Runs in readers. */
import { type Log, type LogCode, type LogSubject, logToStderr } from '../common/log.js';
import { findErrorSubject } from '../common/log-subject.js';
import { formatName, formatText, joinFirst } from '../common/text.js';
import type { ContextWarnings } from '../features/feature-context.js';

/** The most flags whose debug message is logged: their names are remembered, and may come from requests. */
const MAX_LOGGED_NAMES = 1_000;
/** How many messages are not logged again. Several causes may alternate. */
const MAX_LOGGED = 20;
/** How many identity fields a warning names. */
const MAX_FIELDS = 5;
/** The longest namespace and name, together, that are logged. */
const MAX_NAME_LENGTH = 200;

/** Logs what no caller receives. */
export class ViewLog implements ContextWarnings {
  readonly #log: Log;
  /** The last messages, the oldest first. */
  readonly #logged = new Set<unknown>();
  readonly #loggedNames = new Set<string>();
  /** What was warned of: a few mistakes of the program. Names may come from requests, in any number. */
  readonly #warned = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Whether messages at level debug go anywhere: not to stderr. */
  get hasLogger(): boolean {
    return this.#log !== logToStderr;
  }

  /** Logs an error that no caller receives, once in this thread as long as few other messages come. */
  once(code: LogCode, error: unknown, subject?: LogSubject): void {
    const message = error instanceof Error ? error.message : String(error);
    if (this.#logged.has(message)) return;
    const [oldest] = this.#logged;
    if (this.#logged.size >= MAX_LOGGED) this.#logged.delete(oldest);
    this.#logged.add(message);
    this.#log(code, message, subject ?? findErrorSubject(error));
  }

  /** Warns that a context had none of its identity fields, once for each list of them. */
  missingIdentity(identityFields: readonly string[]): void {
    this.#warnOnce('context-incomplete', `identity ${identityFields.join(' ')}`, () => {
      const names = identityFields.slice(0, MAX_FIELDS).map((name) => formatName(name));
      return (
        'A context has none of its identity fields, so all of its properties decide rollouts. ' +
        `Missing: ${joinFirst(names, identityFields.length)}.`
      );
    });
  }

  /** Warns of a flag that no code can mean, once for each name. */
  unknownFlag(namespace: string, name: string, advise: () => string): void {
    this.#warnOnce(
      'flag-unknown',
      `flag ${namespace}/${name}`,
      () => {
        const advice = advise();
        const end = advice.endsWith('?') ? '' : '.';
        return `The flag ${formatName(name)} of namespace '${formatText(namespace)}' is off: ${advice}${end}`;
      },
      { namespace },
    );
  }

  #warnOnce(code: LogCode, key: string, describe: () => string, subject?: LogSubject): void {
    if (key.length > MAX_NAME_LENGTH || this.#warned.size >= MAX_LOGGED || this.#warned.has(key)) return;
    this.#warned.add(key);
    this.#log(code, describe(), subject);
  }

  /**
   * Logs at level debug why the flag `name` of `namespace` is off, once for each name, for a limited number of names.
   * Does nothing without a logger. `name` comes from the host: it may be anything.
   */
  skippedFlag(namespace: string, name: unknown, why: () => string): void {
    if (!this.hasLogger || this.#loggedNames.size >= MAX_LOGGED_NAMES) return;
    const key = `${namespace}/${typeof name === 'string' ? name : typeof name}`;
    if (key.length > MAX_NAME_LENGTH || this.#loggedNames.has(key)) return;
    this.#loggedNames.add(key);
    this.#log('flag-off', `The flag ${formatName(name)} of namespace '${formatText(namespace)}' is off: ${why()}.`, {
      namespace,
    });
  }
}
