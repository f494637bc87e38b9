/** Explains how a feature flag decides for a context, segment by segment. Runs in the command line's main thread. */

import { type ContextData, type Feature, FeatureContext } from 'sentry-options';
import { FLAG_PREFIX } from '../../features/feature.js';
import { findOption } from '../../schema/namespace-schema.js';
import { CommandError } from '../terminal/errors.js';
import { formatJson } from '../terminal/format.js';
import { suggestNames, suggestSimilar } from '../terminal/suggest.js';
import { formatAnswer, parseContext, parseIdentity, type Question, stripFlagPrefix } from './explanation.js';
import { type OpenStore, requireSchema } from './store.js';

/**
 * Returns the output of `explain`.
 *
 * @throws {CommandError} if no schema declares the namespace or the flag, or if the context is not a JSON object
 */
export function explainFlag(open: OpenStore, question: Question, isJson: boolean): string {
  const { namespace } = question;
  const schema = requireSchema(open, namespace);
  const flag = stripFlagPrefix(question.flag);
  const key = FLAG_PREFIX + flag;
  const values = open.store.namespace(namespace);
  const others = (): readonly string[] => {
    const names = values.keys().filter((name) => findOption(schema, name)?.isFlag === true && name !== key);
    return names.map((name) => name.slice(FLAG_PREFIX.length));
  };
  if (findOption(schema, key)?.isFlag !== true) {
    throw new CommandError(`namespace '${namespace}' has no feature flag '${flag}'${suggestNames(flag, others())}`);
  }
  const data = parseContext(question.context) as ContextData;
  const context = new FeatureContext(data, { identityFields: parseIdentity(question.identity) });
  const evaluation = open.store.features(namespace).evaluate(flag, context);
  if (isJson) return formatJson({ namespace, flag, ...evaluation });
  const feature = values.isset(key) ? (values.get(key) as unknown as Feature) : undefined;
  const [answer = '', ...segments] = formatAnswer(flag, namespace, evaluation, feature);
  // Any name is a flag by pattern: it may be misspelt.
  const hint = schema.options.has(key) || feature !== undefined ? '' : suggestSimilar(flag, others());
  return [answer + hint, ...segments].join('\n').concat('\n');
}
