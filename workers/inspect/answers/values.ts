/** `GET /values`: every option, its value, and since when. Sent in parts: all values together may not fit into memory. */
import type { ServerResponse } from 'node:http';
import type { EncodedSnapshot } from '../../../src/codec/decode.js';
import { clearTimeout, setTimeout } from '../../../src/common/host-time.js';
import { isList, type OptionValue } from '../../../src/common/value.js';
import { valuesFile } from '../../../src/config/base-directory.js';
import type { CatalogNamespace } from '../../../src/names/catalog.js';
import type { OptionId } from '../../../src/names/option-id.js';
import type { OptionAnswer } from '../../../src/status/answers.js';
import { begin, RequestError, write } from '../respond.js';
import type { Subject } from '../subject.js';

/** The length from which on parts of an answer are sent: one write for each option would take most of the time. */
const CHUNK = 64 * 2 ** 10;
/** The longest time that an answer may take, in milliseconds: others wait for it. */
const ANSWER_MS = 30_000;

/** The answer that is being sent. One at a time: a value may have 8 MiB, and the thread's memory is limited. */
let sending: Promise<void> = Promise.resolve();

/** @throws {RequestError} if no schema declares `only` */
export function answerValues(subject: Subject, response: ServerResponse, only: string | null): Promise<void> {
  const answer = sending.then(async () => {
    // The client may have gone while it waited.
    if (response.destroyed) return;
    const timer = setTimeout(() => response.destroy(), ANSWER_MS);
    try {
      await sendValues(subject, response, only);
    } finally {
      clearTimeout(timer);
    }
  });
  sending = answer.catch(() => {});
  return answer;
}

async function sendValues(subject: Subject, response: ServerResponse, only: string | null): Promise<void> {
  const { view, snapshot } = subject;
  const names = only === null ? view.names.read((catalog) => catalog.names()) : [only];
  const namespaces = names.map((name) => {
    const namespace = view.catalog.find(name);
    if (namespace !== undefined) return namespace;
    view.names.check();
    throw new RequestError(404, `No schema declares the namespace ${JSON.stringify(name.slice(0, 200))}.`);
  });
  begin(response, 200, 'application/json');
  if (response.req.method === 'HEAD') {
    response.end();
    return;
  }
  let text = '';
  for (const part of listParts(subject, namespaces, snapshot)) {
    text += part;
    if (text.length < CHUNK) continue;
    if (!(await write(response, text))) return;
    text = '';
  }
  response.end(text);
}

/** Lists the parts of the answer, a JSON text. */
function* listParts(
  subject: Subject,
  namespaces: readonly CatalogNamespace[],
  snapshot: EncodedSnapshot,
): Generator<string> {
  yield `{"generation":${subject.view.generation},"namespaces":[`;
  for (const [place, namespace] of namespaces.entries()) {
    const file = valuesFile(subject.view.handle.directory, namespace.name);
    const head = JSON.stringify({ namespace: namespace.name, file }).slice(0, -1);
    yield `${place === 0 ? '' : ','}${head},"options":[`;
    for (const [at, key] of listKeys(subject, namespace, snapshot).entries()) {
      yield (at === 0 ? '' : ',') + JSON.stringify(describeOption(subject, namespace, key, snapshot));
    }
    yield ']}';
  }
  yield ']}';
}

function listKeys({ view }: Subject, namespace: CatalogNamespace, snapshot: EncodedSnapshot): readonly string[] {
  return [...view.names.read(() => namespace.keys()), ...snapshot.segment(namespace.ordinal).patternFlags];
}

function describeOption(
  subject: Subject,
  namespace: CatalogNamespace,
  key: string,
  snapshot: EncodedSnapshot,
): OptionAnswer {
  const { view, showsValues, history } = subject;
  const id = namespace.idOf(key) as OptionId;
  const isFlag = view.isFlag(id);
  const set = snapshot.decode(id);
  const preset = isFlag ? undefined : view.defaultOf(id);
  const value = set ?? preset;
  const generation = snapshot.stamp(id);
  return {
    key,
    kind: isFlag ? 'flag' : 'option',
    isset: set !== undefined,
    valueType: isFlag && value !== undefined ? 'feature' : describeType(value),
    ...(showsValues && { value, default: preset }),
    since: { generation, at: history.timeOf(generation) },
  };
}

function describeType(value: OptionValue | undefined): string | null {
  if (value === undefined) return null;
  if (value === null) return 'null';
  return isList(value) ? 'array' : typeof value;
}
