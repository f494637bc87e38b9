/** Asks the family's answers: names, schemas, values and values files, each case of each file in test/vectors. */
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { findNodeAtLocation, type Node, parseTree } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import type { OptionValue } from '../../src/common/value.js';
import { checkValues } from '../../src/schema/check-values.js';
import { checkNamespaceName } from '../../src/schema/namespace-name.js';
import { compileSchema, type NamespaceSchema } from '../../src/schema/namespace-schema.js';

/** Where this library differs on purpose. Nothing else may differ. */
const DIFFERENCES = {
  plainFeatureOption: 'a name that begins with "feature." may be a plain option',
  unsafeInteger: 'an integer beyond ±(2^53 - 1) is refused, because a JavaScript number would round it',
} as const;

type Difference = keyof typeof DIFFERENCES;

interface Answer {
  readonly valid: boolean;
  readonly error?: string;
}

/** What this library says: nothing for valid, else a line for each issue as the family writes them. */
interface Said {
  readonly valid: boolean;
  readonly lines: readonly string[];
}

/** One file of vectors: its text, and its cases as parsed. */
function load<T>(file: string): { text: string; tree: Node; cases: readonly T[] } {
  const text = readFileSync(new URL(`../vectors/${file}.json`, import.meta.url), 'utf8');
  const tree = parseTree(text);
  if (tree === undefined) throw new Error(`${file}.json cannot be parsed`);
  return { text, tree, cases: (JSON.parse(text) as { cases: T[] }).cases };
}

/** The text of a part of a case, because `JSON.parse` loses what a number was written as. */
function rawText({ text, tree }: { text: string; tree: Node }, path: (string | number)[]): string {
  const node = findNodeAtLocation(tree, path);
  if (node === undefined) throw new Error(`no ${path.join('/')} in the vectors`);
  return text.slice(node.offset, node.offset + node.length);
}

/** Counts what was asked, and keeps what does not agree. */
class Tally {
  readonly disagreements: string[] = [];
  readonly #onPurpose = new Map<Difference, number>();
  #asked = 0;

  constructor(private readonly subject: string) {}

  /** `disagreement`: what is not the same, or undefined; `difference`: why that is meant, where it is. */
  add(question: string, disagreement: string | undefined, difference: Difference | undefined): void {
    this.#asked++;
    if (disagreement === undefined) return;
    if (difference === undefined) this.disagreements.push(`${question.slice(0, 400)}\n    ${disagreement}`);
    else this.#onPurpose.set(difference, (this.#onPurpose.get(difference) ?? 0) + 1);
  }

  finish(): void {
    const onPurpose = [...this.#onPurpose.values()].reduce((sum, count) => sum + count, 0);
    const agree = this.#asked - onPurpose - this.disagreements.length;
    console.log(`${this.subject}: ${this.#asked} cases asked, ${agree} agree, ${onPurpose} differ on purpose`);
    for (const [difference, count] of this.#onPurpose) console.log(`  ${count}: ${DIFFERENCES[difference]}`);
    expect(this.disagreements).toEqual([]);
    expect(this.#asked).toBeGreaterThan(0);
  }
}

/** Whether this library says nothing but that there are integers that it cannot hold. */
function refusesUnsafeIntegers({ valid, lines }: Said): boolean {
  return !valid && lines.every((line) => line.includes(' is beyond ±(2^53 - 1)'));
}

/** The schema of a case, which is good. */
function mustCompile(text: string): NamespaceSchema {
  const result = compileSchema('ns', '<embedded>', Buffer.from(text));
  if ('issues' in result) throw new Error(`${text}: ${JSON.stringify(result.issues)}`);
  return result.schema;
}

/** `line` of the family with whole numbers as JavaScript has them: it does not know `1.0` from `1`. */
function wholeNumbers(line: string): string {
  const token = /"(?:[^"\\]|\\.)*"|-0\.0|(?<whole>\d+)\.0(?!\d)/gsu;
  return line.replace(token, (text, ...rest) => (rest.at(-1) as { whole?: string }).whole ?? text);
}

/** The longest that a value is shown; the family shows all of it. */
const SHOWN = 100;

/** `line` of the family with its value cut as this library cuts it. */
function cutValue(line: string): string {
  const match = /^(?<place>\t\S* )(?<value>.*)(?<rest> is (?:not|shorter|less|greater) .*?)$/su.exec(line);
  const characters = [...(match?.groups?.value ?? '')];
  if (match?.groups === undefined || characters.length <= SHOWN) return line;
  return `${match.groups.place}${characters.slice(0, SHOWN).join('')}…${match.groups.rest}`;
}

/** The family's lines of a values error, each once. */
function valuesLines(error: string): string[] {
  const [heading, ...lines] = error.split('\n');
  if (heading === 'Value error for ns: ') return [...new Set(lines.map((line) => cutValue(wholeNumbers(line))))];
  return [(heading ?? '').replace(/^Value error for ns: /, '')];
}

function sayValues(schema: NamespaceSchema, text: string): Said & { result: ReturnType<typeof checkValues> } {
  const result = checkValues(schema, '/values.json', Buffer.from(text), { redact: false });
  if (result.ok) return { valid: true, lines: [], result };
  return { valid: false, lines: result.issues.map(({ pointer, message }) => `\t${pointer} ${message}`), result };
}

function compare(answer: Answer, said: Said, same: (error: string, lines: readonly string[]) => boolean) {
  if (answer.valid !== said.valid)
    return `family: ${answer.error ?? 'valid'}; here: ${said.lines.join('\n') || 'valid'}`;
  if (answer.error === undefined || same(answer.error, said.lines)) return undefined;
  return `family: ${answer.error}\n    here: ${said.lines.join('\n')}`;
}

function sameLists(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

describe('the answers of the family', () => {
  it('namespace names', () => {
    const tally = new Tally('namespace-names');
    for (const { name, valid, error } of load<Answer & { name: string }>('namespace-names').cases) {
      const problem = checkNamespaceName(name);
      const lines = problem === undefined ? [] : [`Invalid namespace name '${name}': ${problem}`];
      const disagreement = compare(
        { valid, ...(error && { error }) },
        { valid: problem === undefined, lines },
        (text, [line]) => text === line,
      );
      tally.add(name, disagreement, undefined);
    }
    tally.finish();
  });

  it('schemas', () => {
    const vectors = load<Answer>('schemas');
    const tally = new Tally('schemas');
    vectors.cases.forEach((answer, index) => {
      const text = rawText(vectors, ['cases', index, 'schema']);
      const result = compileSchema('ns', '<embedded>', Buffer.from(text));
      const issues = 'issues' in result ? result.issues : [];
      const said = { valid: issues.length === 0, lines: issues.map(({ pointer, message }) => `${pointer} ${message}`) };
      const disagreement = compare(answer, said, (error) => sameSchemaFaults(error, issues));
      tally.add(text, disagreement, schemaDifference(answer, said));
    });
    tally.finish();
  });

  it('values', () => {
    const vectors = load<{ values: readonly (Answer & { key: string; value: OptionValue })[] }>('values');
    const tally = new Tally('values');
    vectors.cases.forEach(({ values }, index) => {
      const schema = mustCompile(rawText(vectors, ['cases', index, 'schema']));
      values.forEach((answer, number) => {
        const text = `{"options":{${JSON.stringify(answer.key)}:${rawText(vectors, ['cases', index, 'values', number, 'value'])}}}`;
        const said = sayValues(schema, text);
        const disagreement =
          compare(answer, said, (error, lines) => sameLists(valuesLines(error), lines)) ??
          (said.result.ok ? different(said.result.values.get(answer.key), answer.value) : undefined);
        tally.add(text, disagreement, answer.valid && refusesUnsafeIntegers(said) ? 'unsafeInteger' : undefined);
      });
    });
    tally.finish();
  });

  it('files', () => {
    interface FileCase extends Answer {
      readonly values_json: string;
      readonly get?: Readonly<Record<string, OptionValue>>;
      readonly isset?: Readonly<Record<string, OptionValue>>;
    }
    const vectors = load<FileCase>('files');
    const tally = new Tally('files');
    vectors.cases.forEach((answer, index) => {
      const schema = mustCompile(rawText(vectors, ['cases', index, 'schema']));
      const said = sayValues(schema, answer.values_json);
      const disagreement =
        compare(answer, said, (error, lines) => sameFileFaults(error, lines, answer.values_json)) ??
        (said.result.ok
          ? readsDifferently(schema, said.result.values, answer.get ?? {}, answer.isset ?? {})
          : undefined);
      tally.add(
        answer.values_json,
        disagreement,
        answer.valid && refusesUnsafeIntegers(said) ? 'unsafeInteger' : undefined,
      );
    });
    tally.finish();
  });
});

/** Why a schema's answer differs, where that is meant. */
function schemaDifference({ valid, error }: Answer, said: Said): Difference | undefined {
  if (valid) return refusesUnsafeIntegers(said) ? 'unsafeInteger' : undefined;
  return said.valid && error === PLAIN_FEATURE_OPTION ? 'plainFeatureOption' : undefined;
}

/** What the family says of a good plain option whose name begins with `feature.`. */
const PLAIN_FEATURE_OPTION = [
  'Schema error in <embedded>: Schema validation failed:',
  "Error: Additional properties are not allowed ('default', 'description', 'type' were unexpected)",
  'Error: "$ref" is a required property',
].join('\n');

/** Whether the issues of a schema say what the family says, which knows no places. */
function sameSchemaFaults(error: string, issues: readonly { pointer: string; message: string }[]): boolean {
  // What the family does not say: the place, and what to do.
  const plain = issues.map(({ pointer, message }) => ({
    pointer,
    message: message
      .replace(/^"(?:version|type|properties|additionalProperties)" (?!is a)/, '')
      .replace(/; the name of .*| \(at .*/, ''),
  }));
  const [heading, ...lines] = error.split('\n');
  if (heading === 'Schema error in <embedded>: Schema validation failed:') {
    const messages = lines.map((line) => wholeNumbers(line.replace(/^Error: /, '')));
    // It has come to take patterns in place of names, which is no part of what is promised here.
    const theirs = messages.filter((message) => message !== '"patternProperties" is a required property');
    // The family looks at defaults only where there are no other issues.
    const ours = plain.filter(({ message }) => !message.startsWith('default value')).map(({ message }) => message);
    return sameLists([...new Set(theirs)].sort(), [...new Set(ours)].sort());
  }
  const property = /^Schema error in <embedded>: Property '(?<name>.*)': (?<message>.*)$/su.exec(error)?.groups;
  if (property !== undefined) {
    // The family tells the first issue of the first faulty default, and the first name that is not expected.
    const first = /^(?<before>.*not allowed \()(?<name>'.*') was unexpected\)$/su.exec(property.message ?? '')?.groups;
    return plain.some(
      ({ pointer, message }) =>
        pointer === property.name &&
        (first === undefined
          ? message === property.message
          : message.startsWith(first.before ?? '') && message.includes(first.name ?? '')),
    );
  }
  return error.startsWith('Schema error in <embedded>: Failed to compile validator') && issues.length === 1;
}

/** Faults of JSON that have words of their own here, or the place where the issue begins and not where it was seen. */
const OWN_WORDS: ReadonlyMap<string, string> = new Map([
  ['number out of range at line 1 column 22', 'number out of range at line 1 column 17'],
  ['invalid number at line 1 column 19', 'invalid number at line 1 column 17'],
  ['unexpected end of hex escape at line 1 column 24', 'lone surrogate in a string at line 1 column 17'],
  ['lone leading surrogate in hex escape at line 1 column 23', 'lone surrogate in a string at line 1 column 17'],
  ['invalid escape at line 1 column 19', 'invalid escape at line 1 column 18'],
]);

/** Whether the issues of a values file say what the family says. */
function sameFileFaults(error: string, lines: readonly string[], text: string): boolean {
  const json = /^Failed to parse JSON: (?<issue>.*)$/su.exec(error)?.groups?.issue;
  if (json !== undefined) return sameLists([`\t Failed to parse JSON: ${expectedFault(json, text)}`], lines);
  if (error === "Value error for ns: values.json must have an 'options' key") {
    return sameLists([`\t ${valuesLines(error)[0]}`], lines);
  }
  // The family does not name the key where all options are something else.
  return sameLists(
    valuesLines(error),
    lines.map((line) => line.replace('\t "options" ', '\t ')),
  );
}

/** The words and the place that a issue of JSON in `text` has here. */
function expectedFault(theirs: string, text: string): string {
  if (text.startsWith('\ufeff')) return 'byte-order mark (save the file without one) at line 1 column 1';
  // Columns are counted from 1 here also after the end of the text.
  if (theirs.startsWith('EOF')) return theirs.replace(/\d+$/, (column) => String(Number(column) + 1));
  return OWN_WORDS.get(theirs) ?? theirs;
}

function readsDifferently(
  schema: NamespaceSchema,
  values: ReadonlyMap<string, OptionValue>,
  get: Readonly<Record<string, OptionValue>>,
  isset: Readonly<Record<string, OptionValue>>,
): string | undefined {
  for (const name of Object.keys(get)) {
    const option = schema.options.get(name);
    const value = values.get(name) ?? option?.defaultValue;
    const got = value === undefined ? { '!error': 'UnknownOptionError' } : value;
    const set = option === undefined ? { '!error': 'UnknownOptionError' } : values.has(name);
    const problem = different(got, get[name]) ?? different(set, isset[name]);
    if (problem !== undefined) return `${name}: ${problem}`;
  }
  return undefined;
}

/** How two values differ, −0 and 0 among what does. */
function different(here: OptionValue | undefined, family: OptionValue | undefined): string | undefined {
  if (isDeepStrictEqual(here, family)) return undefined;
  return `family: ${JSON.stringify(family)}; here: ${JSON.stringify(here)}`;
}
