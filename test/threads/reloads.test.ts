/** Tests that after each step of a sequence of edits the store serves the same values as the Rust core. */
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { OptionsError, type OptionsStore, openOptions } from 'sentry-options';
import { expect, it, onTestFinished } from 'vitest';
import { Base, type Properties } from '../support/base.js';

interface Sequence {
  readonly schemas: Record<string, { readonly properties: Properties }>;
  readonly steps: readonly Step[];
}

interface Step {
  /** The new content of each namespace's values file; null if the file is deleted. */
  readonly files: Record<string, string | null>;
  /** The result of `refresh()`; absent in the first step, which is the start, and if the refresh failed. */
  readonly refreshed?: boolean;
  readonly error?: string;
  readonly get: Record<string, Record<string, unknown>>;
  /** The keys that are set, by namespace. */
  readonly isset: Record<string, readonly string[]>;
}

const { cases } = JSON.parse(readFileSync(new URL('../vectors/reloads.json', import.meta.url), 'utf8')) as {
  cases: Sequence[];
};

it('A store agrees with the Rust core at every step of every sequence', async () => {
  let steps = 0;
  const disagreements: string[] = [];
  for (const [number, sequence] of cases.entries()) {
    const base = new Base(Object.fromEntries(Object.entries(sequence.schemas).map(([name]) => [name, {}])));
    for (const [namespace, schema] of Object.entries(sequence.schemas)) {
      base.writeSchema(namespace, stringifyExactly(schema));
    }
    let store: OptionsStore | undefined;
    for (const [place, step] of sequence.steps.entries()) {
      steps++;
      edit(base, step);
      const answer = await advance(store, base);
      store ??= answer.store;
      const expected = place === 0 ? undefined : step.refreshed;
      const context = `sequence ${number}, step ${place}`;
      if (answer.refreshed !== expected) {
        disagreements.push(
          `${context}: refreshed ${answer.refreshed}, not ${expected} (${answer.error ?? step.error})`,
        );
      }
      if ((answer.error === undefined) !== (step.error === undefined)) {
        disagreements.push(`${context}: ${answer.error ?? 'no error'} instead of ${step.error ?? 'none'}`);
      }
      if (store === undefined) break;
      const actual = read(store, step);
      // Distinguishes -0 from 0, and an own `__proto__` from none.
      if (!isDeepStrictEqual(actual, { get: step.get, isset: step.isset })) {
        disagreements.push(`${context}: ${JSON.stringify(actual)} instead of ${JSON.stringify(step)}`);
      }
    }
    await store?.close();
  }
  console.log(`${cases.length} sequences, ${steps} steps compared, ${disagreements.length} disagreements`);
  expect(disagreements).toEqual([]);
  expect(steps).toBeGreaterThan(300);
});

function edit(base: Base, { files }: Step): void {
  for (const [namespace, text] of Object.entries(files)) {
    if (text === null) base.removeValues(namespace);
    else base.writeText(namespace, text);
  }
}

/** Starts the store, or refreshes it. */
async function advance(
  store: OptionsStore | undefined,
  base: Base,
): Promise<{ store?: OptionsStore; refreshed?: boolean; error?: string }> {
  try {
    if (store !== undefined) return { refreshed: await store.refresh() };
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const opened = openOptions({ directory: base.directory, pollInterval: null, logger });
    onTestFinished(() => opened.close());
    return { store: opened };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

/** Reads the values that `step` expects. */
function read(store: OptionsStore, step: Step): Pick<Step, 'get' | 'isset'> {
  const get = mapEntries(step.get, (keys, namespace) =>
    mapEntries(keys, (_, key) => attempt(() => store.namespace(namespace).get(key))),
  );
  const isset = mapEntries(step.isset, (_, namespace) => {
    const options = store.namespace(namespace);
    return options.keys().filter((key) => options.isset(key));
  });
  return { get, isset };
}

/** Returns what `read` returns, or the error that it throws in the form of the vectors. */
function attempt(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return { '!error': error instanceof OptionsError ? error.name : String(error) };
  }
}

function mapEntries<T, R>(object: Record<string, T>, map: (value: T, key: string) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value, key)]));
}

/** Returns JSON that keeps -0, which `JSON.stringify` writes as 0. */
function stringifyExactly(value: unknown): string {
  const mark = 'minus zero, to be replaced';
  const text = JSON.stringify(value, (_, member) => (Object.is(member, -0) ? mark : member));
  return text.replaceAll(JSON.stringify(mark), '-0.0');
}
