/** `GET /values`: every option, its value, and since when. Sent in parts: one value may have 8 MiB. */
import type { ServerResponse } from 'node:http';
import type { EncodedSnapshot } from '../../../src/codec/decode.js';
import { isList, type OptionValue } from '../../../src/common/value.js';
import { valuesFile } from '../../../src/config/base-directory.js';
import type { CatalogNamespace } from '../../../src/names/catalog.js';
import type { OptionId } from '../../../src/names/option-id.js';
import type { OptionAnswer } from '../../../src/status/answers.js';
import { LongAnswers } from '../parts.js';
import { RequestError } from '../respond.js';
import type { Subject } from '../subject.js';

const answers = new LongAnswers();

/** @throws {RequestError} if no schema declares `only` */
export function answerValues(subject: Subject, response: ServerResponse, only: string | null): Promise<void> {
  return answers.send(response, 'application/json', () => {
    const { view } = subject;
    const names = only === null ? view.names.read((catalog) => catalog.names()) : [only];
    const namespaces = names.map((name) => {
      const namespace = view.catalog.find(name);
      if (namespace !== undefined) return namespace;
      view.names.check();
      throw new RequestError(404, `No schema declares the namespace ${JSON.stringify(name.slice(0, 200))}.`);
    });
    return subject.listParts((snapshot) => listParts(subject, namespaces, snapshot));
  });
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
