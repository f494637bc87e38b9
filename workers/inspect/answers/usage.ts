/** `GET /usage`: which options any thread has read, and what flags have answered. Asking counts as no use. */
import type { ServerResponse } from 'node:http';
import type { EncodedSnapshot } from '../../../src/codec/decode.js';
import { type Feature, FLAG_PREFIX } from '../../../src/features/feature.js';
import type { FlagUsageAnswer } from '../../../src/status/answers.js';
import type { FlagUsage, Usage } from '../../../src/status/usage.js';
import { LongAnswers } from '../parts.js';
import type { Subject } from '../subject.js';

const answers = new LongAnswers();

export function answerUsage(subject: Subject, response: ServerResponse): Promise<void> {
  return answers.send(response, 'application/json', () => {
    const usage = subject.usage();
    return subject.listParts((snapshot) => listParts(subject, usage, snapshot));
  });
}

/** Lists the parts of the answer, a JSON text. */
function* listParts(subject: Subject, usage: Usage, snapshot: EncodedSnapshot): Generator<string> {
  const { since, options, flags, problem } = usage;
  yield `{"since":${JSON.stringify(since)},"options":[`;
  for (const [place, option] of options.entries()) yield (place === 0 ? '' : ',') + JSON.stringify(option);
  yield '],"flags":[';
  for (const [place, flag] of flags.entries()) {
    yield (place === 0 ? '' : ',') + JSON.stringify(describeFlag(subject, flag, snapshot));
  }
  yield `],"problem":${JSON.stringify(problem)}}`;
}

/** Adds what the values file says. From the snapshot: nothing that is decoded stays in memory. */
function describeFlag({ view, showsValues }: Subject, usage: FlagUsage, snapshot: EncodedSnapshot): FlagUsageAnswer {
  const id = view.catalog.find(usage.namespace)?.idOf(FLAG_PREFIX + usage.flag);
  // The names can be overwritten while the answer is sent.
  if (id === undefined) view.names.check();
  const feature = id === undefined ? undefined : (snapshot.decode(id) as Feature | undefined);
  if (feature === undefined) return { ...usage, isset: false };
  if (!showsValues) return { ...usage, isset: true };
  return { ...usage, isset: true, owner: feature.owner, createdAt: feature.created_at };
}
