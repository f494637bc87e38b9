/** Compares names, schemas, values and values files with the Rust core: each case of each file in test/vectors. */
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { findNodeAtLocation, type Node, parseTree } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import type { OptionValue } from '../../src/common/value.js';
import { checkValues } from '../../src/schema/check-values.js';
import { checkNamespaceName } from '../../src/schema/namespace-name.js';
import { compileSchema, type NamespaceSchema } from '../../src/schema/namespace-schema.js';
import { hasSameIssues, hasSameSchemaMessages, isSameLine } from '../support/family-issues.js';

/** The intended differences. Nothing else may differ. */
const DIFFERENCES = {
  plainFeatureOption: 'a name that begins with "feature." may be a plain option',
  unsafeInteger: 'an integer beyond ±(2^53 - 1) is rejected, because a JavaScript number would round it',
} as const;

type Difference = keyof typeof DIFFERENCES;

interface Answer {
  readonly valid: boolean;
  readonly error?: string;
}

/** The answer of this library: no lines if valid, else a line for each issue in the format of the Rust core. */
interface Outcome {
  readonly valid: boolean;
  readonly lines: readonly string[];
}

/** Loads one file of vectors: its source, and its parsed cases. */
function load<T, C = object>(file: string): { text: string; tree: Node; cases: readonly T[]; content: C } {
  const text = readFileSync(new URL(`../vectors/${file}.json`, import.meta.url), 'utf8');
  const tree = parseTree(text);
  if (tree === undefined) throw new Error(`${file}.json cannot be parsed`);
  const content = JSON.parse(text) as C & { cases: T[] };
  return { text, tree, cases: content.cases, content };
}

/** Returns the source of a part of a case, because `JSON.parse` loses how a number was written. */
function readSource({ text, tree }: { text: string; tree: Node }, path: (string | number)[]): string {
  const node = findNodeAtLocation(tree, path);
  if (node === undefined) throw new Error(`no ${path.join('/')} in the vectors`);
  return text.slice(node.offset, node.offset + node.length);
}

/** Counts the cases, and keeps those that do not agree. */
class Tally {
  readonly disagreements: string[] = [];
  readonly #onPurpose = new Map<Difference, number>();
  #compared = 0;

  constructor(private readonly subject: string) {}

  /** `disagreement`: what is not the same, or undefined; `difference`: why that is intended, if it is. */
  add(input: string, disagreement: string | undefined, difference: Difference | undefined): void {
    this.#compared++;
    if (disagreement === undefined) return;
    if (difference === undefined) this.disagreements.push(`${input.slice(0, 400)}\n    ${disagreement}`);
    else this.#onPurpose.set(difference, (this.#onPurpose.get(difference) ?? 0) + 1);
  }

  finish(): void {
    const onPurpose = [...this.#onPurpose.values()].reduce((sum, count) => sum + count, 0);
    const agree = this.#compared - onPurpose - this.disagreements.length;
    console.log(`${this.subject}: ${this.#compared} cases compared, ${agree} agree, ${onPurpose} differ on purpose`);
    for (const [difference, count] of this.#onPurpose) console.log(`  ${count}: ${DIFFERENCES[difference]}`);
    expect(this.disagreements).toEqual([]);
    expect(this.#compared).toBeGreaterThan(0);
  }
}

/** Whether every issue is an integer that a JavaScript number cannot hold. */
function rejectsOnlyUnsafeIntegers({ valid, lines }: Outcome): boolean {
  return !valid && lines.every((line) => line.includes(' is beyond ±(2^53 - 1)'));
}

/** Compiles the schema of a case, which is valid. */
function mustCompile(text: string): NamespaceSchema {
  const result = compileSchema('ns', '<embedded>', Buffer.from(text));
  if ('issues' in result) throw new Error(`${text}: ${JSON.stringify(result.issues)}`);
  return result.schema;
}

/** Rewrites whole numbers in `line` as JavaScript has them: it cannot tell `1.0` from `1`. */
function rewriteWholeNumbers(line: string): string {
  const token = /"(?:[^"\\]|\\.)*"|-0\.0|(?<whole>\d+)\.0(?!\d)/gsu;
  return line.replace(token, (text, ...rest) => (rest.at(-1) as { whole?: string }).whole ?? text);
}

/** Characters of a value that a message shows; the Rust core shows all of them. */
const SHOWN_CHARACTERS = 100;

/** Truncates the value in `line` as this library does. */
function truncateValue(line: string): string {
  const match = /^(?<place>\t\S* )(?<value>.*)(?<rest> is (?:not|shorter|less|greater) .*?)$/su.exec(line);
  const characters = [...(match?.groups?.value ?? '')];
  if (match?.groups === undefined || characters.length <= SHOWN_CHARACTERS) return line;
  return `${match.groups.place}${characters.slice(0, SHOWN_CHARACTERS).join('')}…${match.groups.rest}`;
}

/** Splits a values error of the Rust core into its lines, each once. */
function splitValuesError(error: string): string[] {
  const [heading, ...lines] = error.split('\n');
  if (heading === 'Value error for ns: ')
    return [...new Set(lines.map((line) => truncateValue(rewriteWholeNumbers(line))))];
  return [(heading ?? '').replace(/^Value error for ns: /, '')];
}

function checkFile(schema: NamespaceSchema, text: string): Outcome & { result: ReturnType<typeof checkValues> } {
  const result = checkValues(schema, '/values.json', Buffer.from(text), { redact: false });
  if (result.ok) return { valid: true, lines: [], result };
  return { valid: false, lines: result.issues.map(({ pointer, message }) => `\t${pointer} ${message}`), result };
}

function compare(answer: Answer, outcome: Outcome, same: (error: string, lines: readonly string[]) => boolean) {
  if (answer.valid !== outcome.valid)
    return `Rust core: ${answer.error ?? 'valid'}; here: ${outcome.lines.join('\n') || 'valid'}`;
  if (answer.error === undefined || same(answer.error, outcome.lines)) return undefined;
  return `Rust core: ${answer.error}\n    here: ${outcome.lines.join('\n')}`;
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

describe('answers of the Rust core', () => {
  it('checkNamespaceName agrees with the Rust core', () => {
    const tally = new Tally('namespace-names');
    for (const { name, valid, error } of load<Answer & { name: string }>('namespace-names').cases) {
      const issue = checkNamespaceName(name);
      const lines = issue === undefined ? [] : [`Invalid namespace name '${name}': ${issue}`];
      const disagreement = compare(
        { valid, ...(error && { error }) },
        { valid: issue === undefined, lines },
        (text, [line]) => text === line,
      );
      tally.add(name, disagreement, undefined);
    }
    tally.finish();
  });

  it('compileSchema agrees with the Rust core', () => {
    const vectors = load<Answer>('schemas');
    compareSchemas('schemas', vectors.cases, (index) => readSource(vectors, ['cases', index, 'schema']));
  });

  it('compileSchema agrees with the Rust core on flags by pattern', () => {
    const vectors = load<never, { schemas: readonly Answer[] }>('open-features');
    compareSchemas('open-features', vectors.content.schemas, (index) => {
      return readSource(vectors, ['schemas', index, 'schema']);
    });
  });

  it('checkValues agrees with the Rust core on single values', () => {
    const vectors = load<{ values: readonly (Answer & { key: string; value: OptionValue })[] }>('values');
    const tally = new Tally('values');
    vectors.cases.forEach(({ values }, index) => {
      const schema = mustCompile(readSource(vectors, ['cases', index, 'schema']));
      values.forEach((answer, number) => {
        const value = readSource(vectors, ['cases', index, 'values', number, 'value']);
        const text = `{"options":{${JSON.stringify(answer.key)}:${value}}}`;
        const outcome = checkFile(schema, text);
        const disagreement =
          compare(answer, outcome, (error, lines) => hasSameIssues(splitValuesError(error), lines)) ??
          (outcome.result.ok ? compareValues(outcome.result.values.get(answer.key), answer.value) : undefined);
        tally.add(text, disagreement, answer.valid && rejectsOnlyUnsafeIntegers(outcome) ? 'unsafeInteger' : undefined);
      });
    });
    tally.finish();
  });

  it('checkValues agrees with the Rust core on values files', () => {
    interface FileCase extends Answer {
      readonly values_json: string;
      readonly get?: Readonly<Record<string, OptionValue>>;
      readonly isset?: Readonly<Record<string, OptionValue>>;
    }
    const vectors = load<FileCase>('files');
    const tally = new Tally('files');
    vectors.cases.forEach((answer, index) => {
      const schema = mustCompile(readSource(vectors, ['cases', index, 'schema']));
      const outcome = checkFile(schema, answer.values_json);
      const disagreement =
        compare(answer, outcome, (error, lines) => hasSameFileIssues(error, lines, answer.values_json)) ??
        (outcome.result.ok
          ? compareReads(schema, outcome.result.values, answer.get ?? {}, answer.isset ?? {})
          : undefined);
      tally.add(
        answer.values_json,
        disagreement,
        answer.valid && rejectsOnlyUnsafeIntegers(outcome) ? 'unsafeInteger' : undefined,
      );
    });
    tally.finish();
  });
});

function compareSchemas(subject: string, answers: readonly Answer[], read: (index: number) => string): void {
  const tally = new Tally(subject);
  for (const [index, answer] of answers.entries()) {
    const text = read(index);
    const result = compileSchema('ns', '<embedded>', Buffer.from(text));
    const issues = 'issues' in result ? result.issues : [];
    const outcome = {
      valid: issues.length === 0,
      lines: issues.map(({ pointer, message }) => `${pointer} ${message}`),
    };
    const disagreement = compare(answer, outcome, (error) => hasSameSchemaIssues(error, issues));
    tally.add(text, disagreement, findSchemaDifference(answer, outcome));
  }
  tally.finish();
}

/** Returns why the answer to a schema differs, if the difference is intended. */
function findSchemaDifference({ valid, error }: Answer, outcome: Outcome): Difference | undefined {
  if (valid) return rejectsOnlyUnsafeIntegers(outcome) ? 'unsafeInteger' : undefined;
  return outcome.valid && error === PLAIN_FEATURE_OPTION ? 'plainFeatureOption' : undefined;
}

/** The Rust core's error for a valid plain option whose name begins with `feature.`. */
const PLAIN_FEATURE_OPTION = [
  'Schema error in <embedded>: Schema validation failed:',
  "Error: Additional properties are not allowed ('default', 'description', 'type' were unexpected)",
  'Error: "$ref" is a required property',
].join('\n');

/** Whether the issues of a schema match the error of the Rust core, which has no positions. */
function hasSameSchemaIssues(error: string, issues: readonly { pointer: string; message: string }[]): boolean {
  // The position and the advice, which the Rust core leaves out.
  const plain = issues.map(({ pointer, message }) => ({
    pointer,
    message: message
      .replace(/^"(?:version|type|properties|additionalProperties|patternProperties(?:\/[^"]*)?)" (?!is a)/, '')
      .replace(/ \(at .*/, ''),
  }));
  const [heading, ...lines] = error.split('\n');
  if (heading === 'Schema error in <embedded>: Schema validation failed:') {
    const messages = lines.map((line) => rewriteWholeNumbers(line.replace(/^Error: /, '')));
    // The Rust core checks defaults only if there are no other issues.
    const ours = plain.filter(({ message }) => !message.startsWith('default value')).map(({ message }) => message);
    return hasSameSchemaMessages(messages, ours);
  }
  const property = /^Schema error in <embedded>: Property '(?<name>.*)': (?<message>.*)$/su.exec(error)?.groups;
  if (property !== undefined) {
    // The Rust core reports the first issue of the first invalid default, and the first unexpected name.
    const first = /^(?<before>.*not allowed \()(?<name>'.*') was unexpected\)$/su.exec(property.message ?? '')?.groups;
    return plain.some(
      ({ pointer, message }) =>
        pointer === property.name &&
        (first === undefined
          ? isSameLine(property.message ?? '', message)
          : message.startsWith(first.before ?? '') && message.includes(first.name ?? '')),
    );
  }
  return error.startsWith('Schema error in <embedded>: Failed to compile validator') && issues.length === 1;
}

/** Issues of JSON with another message here, or with the position where the issue begins, not where it was found. */
const OWN_MESSAGES: ReadonlyMap<string, string> = new Map([
  ['number out of range at line 1 column 22', 'number out of range at line 1 column 17'],
  ['invalid number at line 1 column 19', 'invalid number at line 1 column 17'],
  ['unexpected end of hex escape at line 1 column 24', 'lone surrogate in a string at line 1 column 17'],
  ['lone leading surrogate in hex escape at line 1 column 23', 'lone surrogate in a string at line 1 column 17'],
  ['invalid escape at line 1 column 19', 'invalid escape at line 1 column 18'],
]);

/** Whether the issues of a values file match the error of the Rust core. */
function hasSameFileIssues(error: string, lines: readonly string[], text: string): boolean {
  const json = /^Failed to parse JSON: (?<issue>.*)$/su.exec(error)?.groups?.issue;
  if (json !== undefined) return isSameList([`\t Failed to parse JSON: ${translateIssue(json, text)}`], lines);
  if (error === "Value error for ns: values.json must have an 'options' key") {
    return isSameList([`\t ${splitValuesError(error)[0]}`], lines);
  }
  // The Rust core does not name the key if "options" is not an object.
  return hasSameIssues(
    splitValuesError(error),
    lines.map((line) => line.replace('\t "options" ', '\t ')),
  );
}

/** Returns the message and the position that the issue of the JSON in `text` has here. */
function translateIssue(theirs: string, text: string): string {
  if (text.startsWith('\ufeff')) return 'byte-order mark (save the file without one) at line 1 column 1';
  // Here, columns count from 1 also after the end of the string.
  if (theirs.startsWith('EOF')) return theirs.replace(/\d+$/, (column) => String(Number(column) + 1));
  return OWN_MESSAGES.get(theirs) ?? theirs;
}

function compareReads(
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
    const disagreement = compareValues(got, get[name]) ?? compareValues(set, isset[name]);
    if (disagreement !== undefined) return `${name}: ${disagreement}`;
  }
  return undefined;
}

/** Returns how two values differ; −0 and 0 differ. */
function compareValues(here: OptionValue | undefined, core: OptionValue | undefined): string | undefined {
  if (isDeepStrictEqual(here, core)) return undefined;
  return `Rust core: ${JSON.stringify(core)}; here: ${JSON.stringify(here)}`;
}
