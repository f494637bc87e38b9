/** Records the answers of flags, for the events of the scope in which they were given. Runs in the thread that evaluates. */
import { truncate } from '../common/text.js';
import { type AnswerLog, type AnswerRecorder, type FlagAnswer, NO_SLOT, tryAdd } from '../features/recording.js';
import { MAX_FLAGS } from './flags.js';
import { type IsolationScope, ScopeLogs } from './scope-logs.js';

/** How many flags have a number, and so a place in each log: 8 KiB for each request at most. */
const MAX_SLOTS = 1_024;
/** How many of these may be names that are neither listed nor set: requests could use them all up. */
const MAX_UNKNOWN_SLOTS = 512;
/** The longest part of a flag's name, as in messages. */
const MAX_CHARACTERS = 200;

/** Records the answers of one thread. */
export class ScopeRecorder implements AnswerRecorder {
  readonly current: AnswerLog = [];
  readonly #scopes: ScopeLogs;
  /** The numbers of flags, by namespace and name. */
  readonly #slots = new Map<string, Map<string, number>>();
  /** The names of flags by number, as Sentry shows them. */
  readonly #names: string[] = [''];
  /** An empty log with a place for each flag that has a number: to copy it takes less time than to fill a new one. */
  #empty: AnswerLog = [0];
  /** The last answers of flags without a number, the last one last: as in a log. */
  readonly #unnumbered = new WeakMap<AnswerLog, Map<string, number>>();

  /** `getScope`: returns the isolation scope of the code that runs. */
  constructor(getScope: () => IsolationScope) {
    this.#scopes = new ScopeLogs(getScope, () => this.#empty.slice());
  }

  logOfContext(): AnswerLog {
    return this.#scopes.findOfRequest() ?? this.current;
  }

  slotOf(namespace: string, name: string, isKnown: boolean): number {
    const known = this.#slots.get(namespace)?.get(name);
    if (known !== undefined) return known;
    const slot = this.#names.length;
    if (slot > (isKnown ? MAX_SLOTS : MAX_UNKNOWN_SLOTS)) return NO_SLOT;
    if (!isShort(namespace) || !isShort(name)) return NO_SLOT;
    const [ownNamespace, ownName] = [copy(namespace), copy(name)];
    const slots = this.#slots.get(ownNamespace) ?? new Map<string, number>();
    this.#slots.set(ownNamespace, slots.set(ownName, slot));
    this.#names.push(`${ownNamespace}/${ownName}`);
    // Element by element: all logs must be packed arrays of small integers, which have one form.
    this.#empty = this.#empty.slice();
    this.#empty.push(0);
    return slot;
  }

  add(log: AnswerLog, slot: number, isOn: boolean): void {
    const target = this.#resolve(log);
    while (target.length <= slot) target.push(0);
    tryAdd(target, slot, isOn);
  }

  addByName(log: AnswerLog, namespace: string, name: string, isOn: boolean): void {
    const target = this.#resolve(log);
    let answers = this.#unnumbered.get(target);
    if (answers === undefined) {
      answers = new Map();
      this.#unnumbered.set(target, answers);
    }
    const key = `${truncate(namespace, MAX_CHARACTERS)}/${truncate(name, MAX_CHARACTERS)}`;
    // At the end, where the newest are.
    answers.delete(key);
    target[0] = (target[0] as number) + 2;
    answers.set(key, (target[0] as number) + Number(isOn));
    if (answers.size > MAX_FLAGS) answers.delete(answers.keys().next().value as string);
  }

  list(): FlagAnswer[] {
    // By name: the last answer counts, of this scope or else of one from which it forked.
    const answers = new Map<string, boolean>();
    for (const log of this.#scopes.list()) {
      for (const [name, isOn] of this.#listLog(log)) {
        answers.delete(name);
        answers.set(name, isOn);
      }
    }
    return [...answers].slice(-MAX_FLAGS).map(([flag, result]) => ({ flag, result }));
  }

  /** Lists the answers in one log, oldest first. */
  #listLog(log: AnswerLog): readonly (readonly [name: string, isOn: boolean])[] {
    const answers: [string, number][] = [...(this.#unnumbered.get(log) ?? [])];
    for (let slot = 1; slot < log.length; slot++) {
      const answer = log[slot] as number;
      if (answer > 0) answers.push([this.#names[slot] as string, answer]);
    }
    return answers.sort(([, one], [, other]) => one - other).map(([name, answer]) => [name, answer % 2 === 1]);
  }

  #resolve(log: AnswerLog): AnswerLog {
    return log === this.current ? this.#scopes.findCurrent() : log;
  }
}

function isShort(name: string): boolean {
  return name.length <= MAX_CHARACTERS;
}

/** Copies a text: a part of the body of a request would keep the whole body in memory. */
function copy(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}
