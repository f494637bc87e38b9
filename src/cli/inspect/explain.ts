/** Explains how a feature flag decides for a context, segment by segment. Runs in the command line's main thread. */

import { type ContextData, type Feature, FeatureContext, type FeatureEvaluation } from 'sentry-options';
import { escapeControlChars, truncate } from '../../common/text.js';
import { REASON_TEXTS } from '../../features/evaluation.js';
import { FLAG_PREFIX } from '../../features/feature.js';
import { JsonError, parseJson } from '../../files/strict-json.js';
import { findOption } from '../../schema/namespace-schema.js';
import { CommandError } from '../terminal/errors.js';
import { formatJson } from '../terminal/format.js';
import { describeSegments } from './segments.js';
import { type OpenStore, requireSchema, suggestNames } from './store.js';

/** The maximum number of characters of an argument that a message quotes. */
const MAX_SHOWN = 100;

/** The arguments of `explain`, unparsed. */
interface Question {
  readonly namespace: string;
  /** The flag's name, with or without the prefix `feature.`. */
  readonly flag: string;
  /** The context's data, as JSON. */
  readonly context: string;
  /** The identity fields, separated by commas; undefined for all fields of the context. */
  readonly identity: string | undefined;
}

/**
 * Returns the output of `explain`.
 *
 * @throws {CommandError} if no schema declares the namespace or the flag, or if the context is not a JSON object
 */
export function explainFlag(open: OpenStore, question: Question, isJson: boolean): string {
  const { namespace } = question;
  const schema = requireSchema(open, namespace);
  const flag = question.flag.startsWith(FLAG_PREFIX) ? question.flag.slice(FLAG_PREFIX.length) : question.flag;
  const key = FLAG_PREFIX + flag;
  const values = open.store.namespace(namespace);
  const suggest = (): string => {
    const names = values.keys().filter((name) => findOption(schema, name)?.isFlag === true && name !== key);
    return suggestNames(
      flag,
      names.map((name) => name.slice(FLAG_PREFIX.length)),
    );
  };
  if (findOption(schema, key)?.isFlag !== true) {
    throw new CommandError(`namespace '${namespace}' has no feature flag '${flag}'${suggest()}`);
  }
  const context = buildContext(question);
  const evaluation = open.store.features(namespace).evaluate(flag, context);
  if (isJson) return formatJson({ namespace, flag, ...evaluation });
  const feature = values.isset(key) ? (values.get(key) as unknown as Feature) : undefined;
  const [answer = '', ...segments] = formatAnswer(flag, namespace, evaluation, feature);
  // Any name is a flag by pattern: it may be misspelt.
  const hint = schema.options.has(key) || feature !== undefined ? '' : escapeControlChars(suggest());
  return [answer + hint, ...segments].join('\n').concat('\n');
}

function buildContext({ context, identity }: Question): FeatureContext {
  const data = parseContext(context);
  const identityFields = identity?.split(',').filter((field) => field !== '');
  return new FeatureContext(data as ContextData, { identityFields });
}

function parseContext(text: string): object {
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

function formatAnswer(
  flag: string,
  namespace: string,
  evaluation: FeatureEvaluation,
  feature: Feature | undefined,
): readonly string[] {
  const { enabled, reason } = evaluation;
  const answer = `${flag} of ${namespace} is ${enabled ? 'on' : 'off'}: ${REASON_TEXTS[reason]}`;
  const segments = feature === undefined ? [] : describeSegments(feature, evaluation);
  return [answer, ...segments].map(escapeControlChars);
}
