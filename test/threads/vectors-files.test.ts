/** Tests that schemas and values files give the same results as in the Rust core, through the public interface. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  type Issue,
  type NamespaceOptions,
  type OpenConfig,
  OptionsError,
  type OptionsStore,
  openOptions,
  SchemaError,
  ValuesError,
} from 'sentry-options';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Base, integer } from '../support/base.js';
import { type Answer, readVectors } from '../support/vectors.js';

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

/** Opens a store that polls only on `refresh()`. */
function open(config: OpenConfig): OptionsStore {
  const store = openOptions({ pollInterval: null, logger: QUIET, ...config });
  onTestFinished(() => store.close());
  return store;
}

/** Counts the cases; a disagreement is either intended, for one reason, or listed. */
class Tally {
  readonly #disagreements: string[] = [];
  readonly #intended: string[] = [];
  #cases = 0;

  /** @param isIntended whether `docs/compatibility.md` lists the difference */
  add(question: string, disagreement: string | undefined, isIntended = false): void {
    this.#cases++;
    if (disagreement !== undefined)
      (isIntended ? this.#intended : this.#disagreements).push(`${question}: ${disagreement}`);
  }

  /** Prints the counts, and fails if a case disagrees or the number of intended differences is not `intended`. */
  finish(subject: string, intended: number): void {
    const agree = this.#cases - this.#intended.length - this.#disagreements.length;
    console.log(
      `${subject}: ${this.#cases} cases compared, ${agree} agree, ${this.#intended.length} differ on purpose`,
    );
    expect(this.#disagreements).toEqual([]);
    expect(this.#intended.length, this.#intended.join('\n')).toBe(intended);
    expect(this.#cases).toBeGreaterThan(intended);
  }
}

/** Groups the issues of an error by namespace. */
function groupByNamespace(issues: readonly Issue[]): Map<string, Issue[]> {
  const groups = new Map<string, Issue[]>();
  for (const issue of issues) {
    const group = groups.get(issue.namespace);
    if (group === undefined) groups.set(issue.namespace, [issue]);
    else group.push(issue);
  }
  return groups;
}

/** Returns the issues that `action` throws, or none. */
function collectIssues(action: () => unknown, kind: typeof SchemaError | typeof ValuesError): readonly Issue[] {
  try {
    action();
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(kind);
    return (error as SchemaError | ValuesError).issues;
  }
}

/** Describes how the verdict differs from that of the Rust core; undefined if it does not. */
function compareVerdict({ valid, error }: Answer, issues: readonly Issue[]): string | undefined {
  if (valid === (issues.length === 0)) return undefined;
  return `Rust core: ${error ?? 'valid'}; here: ${issues.map(({ message }) => message).join('; ') || 'valid'}`;
}

/** Whether all issues are integers that a JavaScript number cannot hold. */
function isUnsafeIntegers(issues: readonly Issue[]): boolean {
  return issues.length > 0 && issues.every(({ message }) => message.includes(' is beyond ±(2^53 - 1)'));
}

/** Returns what `read` returns, or the error that it throws in the form of the vectors. */
function attempt(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return { '!error': error instanceof OptionsError ? error.name : String(error) };
  }
}

/** Describes how `expected` differs from the values read, −0 from 0 included; undefined if it does not. */
function compareValues(
  expected: Readonly<Record<string, unknown>>,
  read: (key: string) => unknown,
): string | undefined {
  for (const [key, value] of Object.entries(expected)) {
    const actual = attempt(() => read(key));
    if (!isDeepStrictEqual(actual, value)) return `${key} ${JSON.stringify(actual)}, not ${JSON.stringify(value)}`;
  }
  return undefined;
}

describe('openOptions() compared with the Rust core', () => {
  it('Namespace names are valid or invalid as in the Rust core', () => {
    const { cases } = readVectors<Answer & { name: string }>('namespace-names');
    const schema = { version: '1.0', type: 'object', properties: {} };
    const base = new Base({});
    // Names that a directory can have are tested as directories, all others as keys of `additionalSchemas`.
    const isDirectoryName = (name: string) => !['', '.', '..', 'x/y'].includes(name);
    for (const { name } of cases.filter(({ name }) => isDirectoryName(name))) {
      base.writeSchema(name, JSON.stringify(schema));
    }
    const others = cases.filter(({ name }) => !isDirectoryName(name)).map(({ name }) => [name, schema]);
    const config = { directory: base.directory, additionalSchemas: Object.fromEntries(others) };
    const issues = groupByNamespace(collectIssues(() => open(config), SchemaError));
    const tally = new Tally();
    for (const answer of cases) {
      const found = issues.get(answer.name) ?? [];
      const message = answer.error === found[0]?.message ? undefined : `${found[0]?.message}, not ${answer.error}`;
      tally.add(answer.name, compareVerdict(answer, found) ?? message);
    }
    tally.finish('namespace names', 0);
  });

  it('Schemas are valid or invalid as in the Rust core', () => {
    const vectors = readVectors<Answer & { schema: { properties: object } }>('schemas');
    const base = new Base({});
    vectors.cases.forEach((_, index) => {
      base.writeSchema(`case-${index}`, vectors.textOf(['cases', index, 'schema']));
    });
    // One start reports the issues of all schemas; a second start opens the valid ones.
    const issues = groupByNamespace(collectIssues(() => open({ directory: base.directory }), SchemaError));
    for (const namespace of issues.keys()) {
      rmSync(join(base.directory, 'schemas', namespace), { recursive: true });
    }
    const store = open({ directory: base.directory });
    const tally = new Tally();
    vectors.cases.forEach((answer, index) => {
      const found = issues.get(`case-${index}`) ?? [];
      const keys = found.length > 0 || declares(store.namespace(`case-${index}`), answer.schema.properties);
      const isIntended = answer.valid ? isUnsafeIntegers(found) : isPlainFeatureOption(answer);
      tally.add(`schema ${index}`, compareVerdict(answer, found) ?? (keys ? undefined : 'other keys'), isIntended);
    });
    tally.finish('schemas', 33);
  });

  it('additionalSchemas need no schemas directory', () => {
    const base = new Base({});
    base.writeValues('seer', { number: 2 });
    const schema = { version: '1.0', type: 'object', properties: { number: integer(1) } };
    const store = open({ directory: base.directory, additionalSchemas: { seer: schema } });
    expect(store.namespace('seer').get('number')).toBe(2);
    expect(() => open({ directory: base.directory })).toThrow(SchemaError);
  });

  it('Values are valid or invalid as in the Rust core', () => {
    interface ValueCase {
      readonly values: readonly (Answer & { key: string; value: unknown })[];
    }
    const vectors = readVectors<ValueCase>('values');
    const base = new Base({});
    vectors.cases.forEach((_, index) => {
      base.writeSchema(`case-${index}`, vectors.textOf(['cases', index, 'schema']));
    });
    const store = open({ directory: base.directory });
    const tally = new Tally();
    // A file holds one value of each key, so the values are tested in rounds: all first ones, all second ones …
    const byKey = vectors.cases.map(({ values }) => groupByKey(values));
    for (let round = 0; byKey.some((keys) => [...keys.values()].some((places) => round < places.length)); round++) {
      const members = byKey.flatMap((keys, index) =>
        [...keys].flatMap(([key, places]) => {
          const place = places[round];
          const answer = vectors.cases[index]?.values[place ?? -1];
          if (place === undefined || answer === undefined) return [];
          const text = vectors.textOf(['cases', index, 'values', place, 'value']);
          return [{ namespace: `case-${index}`, key, answer, text }];
        }),
      );
      // The first refresh reports all issues; the second publishes the valid values.
      writeMembers(base, byKey.length, members);
      const issues = collectIssues(() => store.refreshSync(), ValuesError);
      const at = new Map(members.map((one) => [one, issues.filter((issue) => isAbout(issue, one))]));
      const good = members.filter((one) => at.get(one)?.length === 0);
      writeMembers(base, byKey.length, good);
      if (issues.length > 0) store.refreshSync();
      for (const one of members) {
        const found = at.get(one) ?? [];
        const options = store.namespace(one.namespace);
        const read =
          found.length === 0 ? compareValues({ [one.key]: one.answer.value }, (key) => options.get(key)) : undefined;
        const isset = options.isset(one.key) === (found.length === 0) ? undefined : 'isset';
        tally.add(
          `${one.key} = ${one.text}`,
          compareVerdict(one.answer, found) ?? read ?? isset,
          isUnsafeIntegers(found),
        );
      }
    }
    tally.finish('values', 1);
  });

  it('Values files are valid or invalid as in the Rust core', () => {
    interface FileCase extends Answer {
      readonly values_json: string;
      readonly get?: Readonly<Record<string, unknown>>;
      readonly isset?: Readonly<Record<string, unknown>>;
    }
    const vectors = readVectors<FileCase>('files');
    const base = new Base({});
    vectors.cases.forEach((_, index) => {
      base.writeSchema(`case-${index}`, vectors.textOf(['cases', index, 'schema']));
    });
    const store = open({ directory: base.directory });
    vectors.cases.forEach((answer, index) => {
      base.writeText(`case-${index}`, answer.values_json);
    });
    const issues = groupByNamespace(collectIssues(() => store.refreshSync(), ValuesError));
    expect(store.generation).toBe(1);
    for (const namespace of issues.keys()) base.removeValues(namespace);
    expect(store.refreshSync()).toBe(true);
    const tally = new Tally();
    vectors.cases.forEach((answer, index) => {
      const found = issues.get(`case-${index}`) ?? [];
      const options = store.namespace(`case-${index}`);
      const read =
        found.length > 0
          ? undefined
          : (compareValues(answer.get ?? {}, (key) => options.get(key)) ??
            compareValues(answer.isset ?? {}, (key) => options.isset(key)));
      tally.add(answer.values_json, compareVerdict(answer, found) ?? read, answer.valid && isUnsafeIntegers(found));
    });
    tally.finish('files', 1);
  });
});

/** Whether the namespace has these keys, in this order. */
function declares(options: NamespaceOptions, properties: object): boolean {
  return isDeepStrictEqual([...options.keys()], Object.keys(properties));
}

/** Whether the Rust core's only complaint is that an option whose name begins with `feature.` is no flag. */
function isPlainFeatureOption({ error }: Answer): boolean {
  return (
    error ===
    [
      'Schema error in <embedded>: Schema validation failed:',
      "Error: Additional properties are not allowed ('default', 'description', 'type' were unexpected)",
      'Error: "$ref" is a required property',
    ].join('\n')
  );
}

/** Groups the indexes of the values by key. */
function groupByKey(values: readonly { readonly key: string }[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  values.forEach(({ key }, place) => {
    places.set(key, [...(places.get(key) ?? []), place]);
  });
  return places;
}

/** An option's value as written in the file. */
interface Member {
  readonly namespace: string;
  readonly key: string;
  readonly text: string;
}

/** Writes the values files of the first `cases` cases with only `members` in them. */
function writeMembers(base: Base, cases: number, members: readonly Member[]): void {
  const texts = new Map<string, string[]>(Array.from({ length: cases }, (_, index) => [`case-${index}`, []]));
  for (const { namespace, key, text } of members) texts.get(namespace)?.push(`${JSON.stringify(key)}: ${text}`);
  for (const [namespace, options] of texts) base.writeText(namespace, `{"options": {${options.join(', ')}}}`);
}

function isAbout({ namespace, pointer }: Issue, member: Member): boolean {
  const key = (pointer.split('/')[0] ?? '').replaceAll('~1', '/').replaceAll('~0', '~');
  return namespace === member.namespace && key === member.key;
}
