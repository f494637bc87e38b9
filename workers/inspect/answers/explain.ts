/** `POST /explain`: whether a flag is on for a context, and why. */
import { REASON_TEXTS } from '../../../src/features/evaluation.js';
import { type Feature, FLAG_PREFIX, getRollout } from '../../../src/features/feature.js';
import { type ContextData, FeatureContext } from '../../../src/features/feature-context.js';
import { FeatureChecker } from '../../../src/reading/feature-checker.js';
import { LiveFlags, PinnedFlags } from '../../../src/reading/flags.js';
import type { ConditionAnswer, ExplainAnswer, ExplainQuestion } from '../../../src/status/answers.js';
import type { Reading, StoreView } from '../../../src/view/view.js';
import { RequestError } from '../respond.js';
import type { Subject } from '../subject.js';

/** The fields of a question. */
const FIELDS: readonly string[] = ['namespace', 'flag', 'context', 'identityFields'] satisfies (keyof Question)[];

/** A question whose context is an object, and whose flag has no prefix. */
type Question = ExplainQuestion & { readonly context: ContextData };

/** @throws {RequestError} if `body` is no question */
export function answerExplain({ view, showsValues }: Subject, body: unknown): ExplainAnswer {
  const question = readQuestion(body);
  const reading = view.pin();
  try {
    return explain(view, reading, question, showsValues);
  } finally {
    view.unpin(reading);
  }
}

/** Evaluates the flag in one snapshot, and keeps nothing of what it decodes. */
function explain(
  view: StoreView,
  { snapshot, generation }: Reading,
  { namespace, flag, context, identityFields }: Question,
  showsValues: boolean,
): ExplainAnswer {
  const flags = new PinnedFlags(new LiveFlags(view, namespace), {
    value: (id) => snapshot.decode(id),
    patternFlagNames: () => [],
    isAdopted: false,
  });
  const evaluation = new FeatureChecker(flags).evaluate(flag, new FeatureContext(context, { identityFields }));
  const id = view.catalog.find(namespace)?.idOf(FLAG_PREFIX + flag);
  const feature = id === undefined || !view.isFlag(id) ? undefined : (snapshot.decode(id) as Feature | undefined);
  const { conditions = [], ...rest } = evaluation;
  return {
    generation,
    namespace,
    flag,
    ...rest,
    text: REASON_TEXTS[evaluation.reason],
    // A condition has the values of the rule.
    conditions: showsValues
      ? (conditions as readonly ConditionAnswer[])
      : conditions.map(({ segment, property, operator }) => ({ segment, property, operator })),
    segments: (feature?.segments ?? []).map((segment) => ({
      name: segment.name,
      rollout: getRollout(segment),
      conditions: segment.conditions.length,
    })),
  };
}

function readQuestion(body: unknown): Question {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new RequestError(
      400,
      'The request must be an object: { "namespace", "flag", "context"?, "identityFields"? }.',
    );
  }
  // A misspelled `identityFields` would give another bucket, and so another answer.
  const unknown = Object.keys(body).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) {
    throw new RequestError(400, `Unknown field ${JSON.stringify(unknown)}. Known fields: ${FIELDS.join(', ')}.`);
  }
  const { namespace, flag, context = {}, identityFields } = body as Partial<Record<keyof Question, unknown>>;
  if (typeof namespace !== 'string') throw new RequestError(400, 'namespace must be a string.');
  if (typeof flag !== 'string') throw new RequestError(400, 'flag must be a string.');
  if (typeof context !== 'object' || context === null || Array.isArray(context)) {
    throw new RequestError(400, 'context must be an object.');
  }
  const isList = Array.isArray(identityFields) && identityFields.every((field) => typeof field === 'string');
  if (identityFields !== undefined && !isList) throw new RequestError(400, 'identityFields must be an array of names.');
  const name = flag.startsWith(FLAG_PREFIX) ? flag.slice(FLAG_PREFIX.length) : flag;
  return {
    namespace,
    flag: name,
    context: context as ContextData,
    identityFields: identityFields as string[] | undefined,
  };
}
