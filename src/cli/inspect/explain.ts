/** How a feature flag decides for a context, segment by segment. */

import {
  type ContextData,
  type FailedCondition,
  type Feature,
  type FeatureCondition,
  FeatureContext,
  type FeatureEvaluation,
} from 'sentry-options';
import { REASON_TEXTS } from '../../features/evaluation.js';
import { FLAG_PREFIX } from '../../features/feature.js';
import { JsonError, parseJson } from '../../files/strict-json.js';
import { CommandError } from '../terminal/errors.js';
import { formatJson, formatValue } from '../terminal/format.js';
import { type OpenStore, requireSchema, suggestNames } from './store.js';

/** What a flag is asked. */
interface Question {
  readonly namespace: string;
  /** With or without `feature.` before it. */
  readonly flag: string;
  /** The context's data, as JSON. */
  readonly context: string;
  /** The identity fields, with commas between them. */
  readonly identity: string | undefined;
}

/**
 * What `explain` prints.
 *
 * @throws {CommandError} for a namespace or a flag that no schema declares, and a context that is no JSON object
 */
export function explainFlag(open: OpenStore, question: Question, isJson: boolean): string {
  const { namespace } = question;
  const schema = requireSchema(open, namespace);
  const names = [...schema.options.values()].filter(({ isFlag }) => isFlag).map(({ name }) => name);
  const flag = question.flag.startsWith(FLAG_PREFIX) ? question.flag.slice(FLAG_PREFIX.length) : question.flag;
  const key = FLAG_PREFIX + flag;
  if (!names.includes(key)) {
    const flags = names.map((name) => name.slice(FLAG_PREFIX.length));
    throw new CommandError(`namespace '${namespace}' has no feature flag '${flag}'${suggestNames(flag, flags)}`);
  }
  const context = buildContext(question);
  const evaluation = open.store.features(namespace).evaluate(flag, context);
  if (isJson) return formatJson({ namespace, flag, ...evaluation });
  const values = open.store.namespace(namespace);
  const feature = values.isset(key) ? (values.get(key) as unknown as Feature) : undefined;
  return formatAnswer(flag, namespace, evaluation, feature).join('\n').concat('\n');
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
        `--context: ${unsafe.path.join('/')} ${unsafe.literal} is beyond ±(2^53 - 1), which this command cannot hold`,
      );
    }
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (error) {
    if (error instanceof JsonError) throw new CommandError(`--context: ${error.message}`, { cause: error });
    throw error;
  }
  throw new CommandError('--context has to be a JSON object, such as \'{"organization_id": 42}\'');
}

function formatAnswer(
  flag: string,
  namespace: string,
  evaluation: FeatureEvaluation,
  feature: Feature | undefined,
): readonly string[] {
  const { enabled, reason, conditions = [] } = evaluation;
  const answer = `${flag} of ${namespace} is ${enabled ? 'on' : 'off'}: ${REASON_TEXTS[reason]}`;
  const segments = (feature?.segments ?? []).map(({ name }, index) => {
    const failed = conditions[index];
    if (failed !== undefined) return `  ${name}: no match, ${describeFailure(failed)}`;
    const decides = evaluation.segment !== undefined && index === conditions.length;
    return `  ${name}: ${decides ? `match, ${rollout(evaluation)}` : 'not tried'}`;
  });
  return [answer, ...segments];
}

function describeFailure({ property, operator, expected, actual }: FailedCondition): string {
  const is = actual === undefined ? `there is no ${property}` : `${property} is ${formatValue(actual as never)}`;
  return `${is}, not ${OPERATORS[operator]} ${formatValue(expected)}`;
}

function rollout({ rollout = 100, bucket, enabled }: FeatureEvaluation): string {
  if (bucket === undefined) return `rollout ${rollout} %`;
  return `rollout ${rollout} %, bucket ${bucket} is ${enabled ? 'in' : 'out'}`;
}

/** What is asked of a property, after "not". */
const OPERATORS: Readonly<Record<FeatureCondition['operator'], string>> = {
  in: 'in',
  not_in: 'outside of',
  contains: 'a list with',
  not_contains: 'a list without',
  equals: 'equal to',
  not_equals: 'another than',
  matches: 'matching any of',
  not_matches: 'matching none of',
};
