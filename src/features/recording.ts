/**
 * Where the answers of flags are recorded, if anything records them: `sentry-options/sentry` does. Runs in readers; imports
 * no store. All copies of the library in a realm share it, because each of them evaluates flags.
 */

/**
 * The last answer of each flag in one scope, such as a request. A plain array, so that `has` adds an answer by two writes,
 * whichever copy of the library made it. At 0: how many answers there were, doubled. At the number of a flag: what 0 had
 * after its last answer, and 1 more if the flag was on; or 0. An array that is too short goes to {@link AnswerRecorder.add}.
 */
export type AnswerLog = number[];

/** Of a flag that has no number yet, or gets none. Beyond the end of any log. */
export const NO_SLOT = 2 ** 30;

/** The answer of a flag, in Sentry's form. */
export interface FlagAnswer {
  /** `namespace/name`, without `feature.`. */
  readonly flag: string;
  /** Whether it was on. */
  readonly result: boolean;
}

/** What records the answers of this thread. */
export interface AnswerRecorder {
  /** Returns the log for a context that is made now: that of the request that runs, or {@link current}. */
  logOfContext(): AnswerLog;
  /** An empty log: each answer goes to {@link add}, which looks for the scope that runs then. */
  readonly current: AnswerLog;
  /**
   * Returns the number of a flag, 1 or more, or else {@link NO_SLOT}.
   *
   * @param isKnown whether a schema lists the flag, or the values set it: other names may come from requests
   */
  slotOf(namespace: string, name: string, isKnown: boolean): number;
  /** Adds an answer to a log that has no place for it yet, or to that of the scope that runs now. */
  add(log: AnswerLog, slot: number, isOn: boolean): void;
  /** Adds an answer of a flag without a number. */
  addByName(log: AnswerLog, namespace: string, name: string, isOn: boolean): void;
  /** Lists the last answer of each flag in the scope that runs now, in Sentry's form: oldest first, 100 at most. */
  list(): FlagAnswer[];
}

interface Recording {
  /** Undefined as long as nothing records. */
  recorder: AnswerRecorder | undefined;
}

/** A registered symbol, so that all copies find the same property. Its number covers the interfaces above. */
const KEY = Symbol.for('sentry-options/recording@1');

/** The recording of this realm. */
export const recording: Recording = findRecording();

function findRecording(): Recording {
  const made: Recording = { recorder: undefined };
  try {
    const known = (globalThis as { [KEY]?: Recording })[KEY];
    if (typeof known === 'object' && known !== null) return known;
    Object.defineProperty(globalThis, KEY, { value: made });
  } catch {
    // The global object is frozen, or other code has overwritten the property: this copy records for itself.
  }
  return made;
}

/** Adds an answer of the flag number `slot`. Returns false if the log has no place for it. */
export function tryAdd(log: AnswerLog, slot: number, isOn: boolean): boolean {
  if (slot >= log.length) return false;
  const count = (log[0] as number) + 2;
  log[0] = count;
  log[slot] = isOn ? count + 1 : count;
  return true;
}
