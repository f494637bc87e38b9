/** The family's answers again, asked as a service asks: files on a real disk, and the public interface. */
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

/** A store that polls only when it is asked to. */
function open(config: OpenConfig): OptionsStore {
  const store = openOptions({ pollInterval: null, logger: QUIET, ...config });
  onTestFinished(() => store.close());
  return store;
}

/** Counts what was asked; what does not agree is either meant, for one reason, or listed. */
class Tally {
  readonly #disagreements: string[] = [];
  readonly #meant: string[] = [];
  #asked = 0;

  /** `isMeant`: the difference is one of those in `docs/compatibility.md`. */
  add(question: string, disagreement: string | undefined, isMeant = false): void {
    this.#asked++;
    if (disagreement !== undefined) (isMeant ? this.#meant : this.#disagreements).push(`${question}: ${disagreement}`);
  }

  /** Prints the counts, and fails where something does not agree, or other than `meant` cases differ on purpose. */
  finish(subject: string, meant: number): void {
    const agree = this.#asked - this.#meant.length - this.#disagreements.length;
    console.log(`${subject}: ${this.#asked} cases asked, ${agree} agree, ${this.#meant.length} differ on purpose`);
    expect(this.#disagreements).toEqual([]);
    expect(this.#meant.length, this.#meant.join('\n')).toBe(meant);
    expect(this.#asked).toBeGreaterThan(meant);
  }
}

/** The issues of an error by their namespace. */
function byNamespace(issues: readonly Issue[]): Map<string, Issue[]> {
  const groups = new Map<string, Issue[]>();
  for (const issue of issues) {
    const group = groups.get(issue.namespace);
    if (group === undefined) groups.set(issue.namespace, [issue]);
    else group.push(issue);
  }
  return groups;
}

/** The issues that `action` throws; none where it goes through. */
function issuesOf(action: () => unknown, kind: typeof SchemaError | typeof ValuesError): readonly Issue[] {
  try {
    action();
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(kind);
    return (error as SchemaError | ValuesError).issues;
  }
}

/** What is not as the family says, where it says whether something is valid; undefined for nothing. */
function disagreement({ valid, error }: Answer, issues: readonly Issue[]): string | undefined {
  if (valid === (issues.length === 0)) return undefined;
  return `family: ${error ?? 'valid'}; here: ${issues.map(({ message }) => message).join('; ') || 'valid'}`;
}

/** Whether all that is wrong are integers that a JavaScript number cannot hold. */
function isUnsafeIntegers(issues: readonly Issue[]): boolean {
  return issues.length > 0 && issues.every(({ message }) => message.includes(' is beyond ±(2^53 - 1)'));
}

/** What `read` returns, or the error that it throws, in the form of the answers. */
function answerOf(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return { '!error': error instanceof OptionsError ? error.name : String(error) };
  }
}

/** How the values in `expected` differ from what is read, −0 and 0 among what does; undefined where they do not. */
function different(expected: Readonly<Record<string, unknown>>, read: (key: string) => unknown): string | undefined {
  for (const [key, value] of Object.entries(expected)) {
    const actual = answerOf(() => read(key));
    if (!isDeepStrictEqual(actual, value)) return `${key} ${JSON.stringify(actual)}, not ${JSON.stringify(value)}`;
  }
  return undefined;
}

describe('the answers of the family, from files', () => {
  it('namespace names', () => {
    const { cases } = readVectors<Answer & { name: string }>('namespace-names');
    const schema = { version: '1.0', type: 'object', properties: {} };
    const base = new Base({});
    // What a folder can be called is asked as a folder, the rest as a name that is handed in.
    const isFolder = (name: string) => !['', '.', '..', 'x/y'].includes(name);
    for (const { name } of cases.filter(({ name }) => isFolder(name))) {
      base.writeSchema(name, JSON.stringify(schema));
    }
    const others = cases.filter(({ name }) => !isFolder(name)).map(({ name }) => [name, schema]);
    const config = { directory: base.directory, additionalSchemas: Object.fromEntries(others) };
    const issues = byNamespace(issuesOf(() => open(config), SchemaError));
    const tally = new Tally();
    for (const answer of cases) {
      const found = issues.get(answer.name) ?? [];
      const words = answer.error === found[0]?.message ? undefined : `${found[0]?.message}, not ${answer.error}`;
      tally.add(answer.name, disagreement(answer, found) ?? words);
    }
    tally.finish('namespace names', 0);
  });

  it('schemas', () => {
    const vectors = readVectors<Answer & { schema: { properties: object } }>('schemas');
    const base = new Base({});
    vectors.cases.forEach((_, index) => {
      base.writeSchema(`case-${index}`, vectors.textOf(['cases', index, 'schema']));
    });
    // One start names the issues of all schemas; a second one takes those that have none.
    const issues = byNamespace(issuesOf(() => open({ directory: base.directory }), SchemaError));
    for (const namespace of issues.keys()) {
      rmSync(join(base.directory, 'schemas', namespace), { recursive: true });
    }
    const store = open({ directory: base.directory });
    const tally = new Tally();
    vectors.cases.forEach((answer, index) => {
      const found = issues.get(`case-${index}`) ?? [];
      const keys = found.length > 0 || declares(store.namespace(`case-${index}`), answer.schema.properties);
      const isMeant = answer.valid ? isUnsafeIntegers(found) : isPlainFeatureOption(answer);
      tally.add(`schema ${index}`, disagreement(answer, found) ?? (keys ? undefined : 'other keys'), isMeant);
    });
    tally.finish('schemas', 33);
  });

  it('schemas that are handed in need no directory', () => {
    const base = new Base({});
    base.writeValues('seer', { number: 2 });
    const schema = { version: '1.0', type: 'object', properties: { number: integer(1) } };
    const store = open({ directory: base.directory, additionalSchemas: { seer: schema } });
    expect(store.namespace('seer').get('number')).toBe(2);
    expect(() => open({ directory: base.directory })).toThrow(SchemaError);
  });

  it('values', () => {
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
    // A file has room for one value of each key, so the values are asked in rounds: all first ones, all second ones …
    const byKey = vectors.cases.map(({ values }) => placesByKey(values));
    for (let round = 0; byKey.some((keys) => [...keys.values()].some((places) => round < places.length)); round++) {
      const asked = byKey.flatMap((keys, index) =>
        [...keys].flatMap(([key, places]) => {
          const place = places[round];
          const answer = vectors.cases[index]?.values[place ?? -1];
          if (place === undefined || answer === undefined) return [];
          const text = vectors.textOf(['cases', index, 'values', place, 'value']);
          return [{ namespace: `case-${index}`, key, answer, text }];
        }),
      );
      // The first refresh names all issues; the second one takes the values that have none.
      writeMembers(base, byKey.length, asked);
      const issues = issuesOf(() => store.refreshSync(), ValuesError);
      const at = new Map(asked.map((one) => [one, issues.filter((issue) => isAbout(issue, one))]));
      const good = asked.filter((one) => at.get(one)?.length === 0);
      writeMembers(base, byKey.length, good);
      if (issues.length > 0) store.refreshSync();
      for (const one of asked) {
        const found = at.get(one) ?? [];
        const options = store.namespace(one.namespace);
        const read =
          found.length === 0 ? different({ [one.key]: one.answer.value }, (key) => options.get(key)) : undefined;
        const isset = options.isset(one.key) === (found.length === 0) ? undefined : 'isset';
        tally.add(
          `${one.key} = ${one.text}`,
          disagreement(one.answer, found) ?? read ?? isset,
          isUnsafeIntegers(found),
        );
      }
    }
    tally.finish('values', 1);
  });

  it('files', () => {
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
    const issues = byNamespace(issuesOf(() => store.refreshSync(), ValuesError));
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
          : (different(answer.get ?? {}, (key) => options.get(key)) ??
            different(answer.isset ?? {}, (key) => options.isset(key)));
      tally.add(answer.values_json, disagreement(answer, found) ?? read, answer.valid && isUnsafeIntegers(found));
    });
    tally.finish('files', 1);
  });
});

/** Whether the namespace has these keys, in this order. */
function declares(options: NamespaceOptions, properties: object): boolean {
  return isDeepStrictEqual([...options.keys()], Object.keys(properties));
}

/** Whether all that the family says is that an option whose name begins with `feature.` is no flag. */
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

/** Where the values of each key stand. */
function placesByKey(values: readonly { readonly key: string }[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  values.forEach(({ key }, place) => {
    places.set(key, [...(places.get(key) ?? []), place]);
  });
  return places;
}

/** One option's value, as it is written. */
interface Member {
  readonly namespace: string;
  readonly key: string;
  readonly text: string;
}

/** Writes the values files of the cases from 0, with nothing but `members` in them. */
function writeMembers(base: Base, cases: number, members: readonly Member[]): void {
  const texts = new Map<string, string[]>(Array.from({ length: cases }, (_, index) => [`case-${index}`, []]));
  for (const { namespace, key, text } of members) texts.get(namespace)?.push(`${JSON.stringify(key)}: ${text}`);
  for (const [namespace, options] of texts) base.writeText(namespace, `{"options": {${options.join(', ')}}}`);
}

function isAbout({ namespace, pointer }: Issue, member: Member): boolean {
  const key = (pointer.split('/')[0] ?? '').replaceAll('~1', '/').replaceAll('~0', '~');
  return namespace === member.namespace && key === member.key;
}
