/** Explains how a feature flag of a running process decides. Runs in the command line's main thread. */

import { FLAG_PREFIX } from '../../features/feature.js';
import { type ContextData, FeatureContext } from '../../features/feature-context.js';
import { formatAnswer, parseContext, parseIdentity, type Question, stripFlagPrefix } from '../inspect/explanation.js';
import { CommandError } from '../terminal/errors.js';
import { formatJson } from '../terminal/format.js';
import type { Output } from '../terminal/output.js';
import { suggestNames, suggestSimilar } from '../terminal/suggest.js';
import type { Client } from './client.js';
import { readNamespace } from './get.js';

/**
 * Returns the output of `explain` for a running process.
 *
 * @throws {CommandError} if the process has no such namespace or flag, if the context is not a JSON object, or if the
 *   process does not answer
 */
export async function explainLiveFlag(
  client: Client,
  question: Question,
  isJson: boolean,
  output: Output,
): Promise<string> {
  const { namespace, identity } = question;
  const flag = stripFlagPrefix(question.flag);
  const context = parseContext(question.context);
  const identityFields = parseIdentity(identity);
  const answer = await client.explain({ namespace, flag, context, ...(identityFields && { identityFields }) });
  const isUnknown = answer.reason === 'UNKNOWN_FLAG' || answer.reason === 'NOT_A_FLAG';
  if (isUnknown || answer.reason === 'UNKNOWN_NAMESPACE') {
    const names = await listFlags(client, namespace);
    throw new CommandError(`namespace '${namespace}' has no feature flag '${flag}'${suggestNames(flag, names)}`);
  }
  // If no bucket was computed, the answer does not depend on the fields.
  if (answer.identity !== undefined) warnOfMissingIdentity(context, identityFields, output);
  if (isJson) return formatJson(answer);
  const [first = '', ...segments] = formatAnswer(flag, namespace, answer, answer);
  // Any name may be a flag by pattern, and misspelt.
  const hint = answer.reason === 'NOT_SET' ? await suggestFlag(client, namespace, flag) : '';
  return [first + hint, ...segments].join('\n').concat('\n');
}

/** Warns as the library does in a service: all properties then decide, which is another bucket. */
function warnOfMissingIdentity(data: object, fields: readonly string[] = [], output: Output): void {
  const context = new FeatureContext(data as ContextData);
  if (fields.length === 0 || fields.some((field) => context.value(field) !== undefined)) return;
  output.warn(
    `The context has none of the fields of --identity (${fields.join(', ')}), so all of its properties decide the ` +
      'rollout: a request that has one of them may get another answer',
  );
}

/** Returns the end of the answer about a flag that is not set; empty if the schema declares the flag by its name. */
async function suggestFlag(client: Client, namespace: string, flag: string): Promise<string> {
  const names = await listFlags(client, namespace);
  return names.includes(flag) ? '' : suggestSimilar(flag, names);
}

async function listFlags(client: Client, namespace: string): Promise<readonly string[]> {
  const { found } = await readNamespace(client, namespace);
  return found.options.filter(({ kind }) => kind === 'flag').map(({ key }) => key.slice(FLAG_PREFIX.length));
}
