/** The question and the answer of `explain`, as texts. Pure. */
import { escapeControlChars, truncate } from '../../common/text.js';
import { REASON_TEXTS } from '../../features/evaluation.js';
import { FLAG_PREFIX } from '../../features/feature.js';
import { JsonError, parseJson } from '../../files/strict-json.js';
import { CommandError } from '../terminal/errors.js';
import { shortenJson } from '../terminal/format.js';
import { describeSegments, type ShownEvaluation } from './segments.js';

/** The maximum number of characters of an argument that a message quotes. */
const MAX_SHOWN = 100;

/** The arguments of `explain`, unparsed. */
export interface Question {
  readonly namespace: string;
  /** The flag's name, with or without the prefix `feature.`. */
  readonly flag: string;
  /** The context's data, as JSON. */
  readonly context: string;
  /** The identity fields, separated by commas; undefined for all fields of the context. */
  readonly identity: string | undefined;
}

/** Returns the name of a flag without the prefix of its key. */
export function stripFlagPrefix(name: string): string {
  return name.startsWith(FLAG_PREFIX) ? name.slice(FLAG_PREFIX.length) : name;
}

/** Returns the identity fields; undefined for all fields of the context. */
export function parseIdentity(identity: string | undefined): readonly string[] | undefined {
  return identity?.split(',').filter((field) => field !== '');
}

/**
 * Returns the data of a context.
 *
 * @throws {CommandError} if `text` is not a JSON object
 */
export function parseContext(text: string): object {
  try {
    const { value, unsafeIntegers } = parseJson(Buffer.from(text));
    const [unsafe] = unsafeIntegers;
    if (unsafe !== undefined) {
      throw new CommandError(
        `--context: ${unsafe.path.join('/')} must be within ±(2^53 - 1), the integers that a JavaScript number can ` +
          `hold; got ${unsafe.literal}`,
      );
    }
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (error) {
    if (error instanceof JsonError) throw new CommandError(`--context: ${error.message}`, { cause: error });
    throw error;
  }
  throw new CommandError(
    `--context must be a JSON object, such as '{"organization_id": 42}'; got ${truncate(text, MAX_SHOWN)}`,
  );
}

/**
 * Formats an evaluation: the answer, then a line for each segment.
 *
 * @param feature the flag; undefined if it is not set
 */
export function formatAnswer(
  flag: string,
  namespace: string,
  evaluation: ShownEvaluation,
  feature: Parameters<typeof describeSegments>[0] | undefined,
): readonly string[] {
  const { enabled, reason } = evaluation;
  const answer = `${flag} of ${namespace} is ${enabled ? 'on' : 'off'}: ${REASON_TEXTS[reason]}`;
  const segments = feature === undefined ? [] : describeSegments(feature, evaluation);
  const identity =
    evaluation.identity === undefined ? [] : [`  identity: ${shortenJson(evaluation.identity, MAX_SHOWN)}`];
  return [answer, ...segments, ...identity].map(escapeControlChars);
}
