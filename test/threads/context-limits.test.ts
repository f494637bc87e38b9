/** Tests that no context costs more than a bounded amount of work, by any entry point, and what is then reported. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EvaluationContext } from '@openfeature/server-sdk';
import {
  type ContextData,
  FeatureContext,
  FeatureReason,
  type Logger,
  type OptionsStore,
  openOptions,
} from 'sentry-options';
import { SentryOptionsProvider } from 'sentry-options/openfeature';
import { enabledWhen, rolloutTo } from 'sentry-options/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStoreWith, FLAG } from '../support/flags.js';

type Data = Record<string, unknown>;

/** The documented limits. */
const MAX_PARTS = 50_000;
const MAX_VALUES = 1_000_000;
const MAX_PROPERTIES = MAX_VALUES / 4;
const MAX_DEPTH = 127;
const MAX_CHARACTERS = 2 ** 24;

/** An object with 2^`levels` paths. Counts how often a part is read. */
function share(levels: number): { data: Data; reads(): number } {
  let reads = 0;
  let part: Data = { id: 1 };
  for (let level = 0; level < levels; level++) {
    const inner = part;
    const get = () => {
      reads++;
      return inner;
    };
    part = Object.defineProperties({}, { a: { get, enumerable: true }, b: { get, enumerable: true } });
  }
  return { data: { part }, reads: () => reads };
}

function nest(depth: number): Data {
  let inner: unknown = 1;
  for (let level = 0; level < depth; level++) inner = level % 2 === 0 ? [inner] : { inner };
  return { inner };
}

function cycle(): Data {
  const data: Data = { id: 1 };
  data.both = [data, { data }];
  return data;
}

/** Contexts that are too large, each with the limit that its error names. */
const TOO_LARGE: Readonly<Record<string, [make: () => unknown, limit: string]>> = {
  'parts that are shared': [() => share(23).data, 'values'],
  'parts that are shared, 100 levels deep': [() => share(100).data, 'values'],
  'a cycle': [cycle, 'nested deeper'],
  'a cycle of lists': [
    () => {
      const list: unknown[] = [];
      list.push(list, list);
      return { list };
    },
    'nested deeper',
  ],
  'too many levels': [() => nest(MAX_DEPTH + 1), 'nested deeper'],
  'a sparse list of 4e9 entries': [() => ({ list: Object.assign([], { length: 2 ** 32 - 1 }) }), 'values'],
  'a list in a list that is too long': [() => ({ lists: [1, Array(MAX_VALUES)] }), 'values'],
  'a proxy of a list that reports a huge length': [
    () => ({ list: new Proxy([], { get: (_target, name) => (name === 'length' ? 2 ** 53 : 1) }) }),
    'values',
  ],
  'too many objects': [() => ({ list: Array.from({ length: MAX_PARTS }, () => ({})) }), 'values'],
  'a typed array': [() => ({ bytes: new Uint8Array(64 * 2 ** 20) }), 'values'],
  'a typed array as the context': [() => new Uint8Array(64 * 2 ** 20), 'values'],
  'a boxed string': [() => ({ text: Object('x'.repeat(2 ** 26)) }), 'values'],
  'too many properties': [
    () => Object.fromEntries(Array.from({ length: MAX_PROPERTIES + 1 }, (_, id) => [`p${id}`, id])),
    'values',
  ],
  'too long a string': [() => ({ text: 'x'.repeat(MAX_CHARACTERS + 1) }), 'characters'],
  'a long string at many places': [() => ({ texts: Array(1_000).fill('x'.repeat(2 ** 20)) }), 'characters'],
  'many large integers': [() => ({ list: Array(60_000).fill(1e308) }), 'characters'],
  'a huge bigint': [() => ({ id: 2n ** 10_000_000n }), 'bigint'],
};

const rollout = createStoreWith(rolloutTo(50)).features('seer');

describe('a context that is too large', () => {
  const cases = Object.entries(TOO_LARGE);
  const lines: string[] = [];
  let store: OptionsStore;

  beforeAll(() => {
    const names = cases.map((_case, place) => `feature.flag-${place}`);
    const schema = {
      version: '1.0',
      type: 'object',
      properties: Object.fromEntries(names.map((name) => [name, FLAG])),
    };
    const directory = mkdtempSync(join(tmpdir(), 'sentry-options-test-'));
    mkdirSync(join(directory, 'values/seer'), { recursive: true });
    const options = Object.fromEntries(names.map((name) => [name, rolloutTo(99)]));
    writeFileSync(join(directory, 'values/seer/values.json'), JSON.stringify({ options }));
    const logger: Logger = { debug: (message) => void lines.push(message), info() {}, warn() {}, error() {} };
    store = openOptions({ directory, schemas: { seer: schema }, pollInterval: null, logger });
    rmSync(directory, { recursive: true });
  });

  afterAll(() => store.close());

  // A flag for each case: the reason is logged once for each name.
  it.each(cases.map(([name, [make, limit]], place) => [name, make, limit, `flag-${place}`] as const))(
    'has() is false for %s, and says why',
    async (_name, make, limit, flag) => {
      const data = make() as ContextData;
      const context = new FeatureContext(data);
      const checker = store.features('seer');
      lines.length = 0;
      for (const each of [data, context, context]) {
        expect(checker.has(flag, each)).toBe(false);
        expect(checker.evaluate(flag, each)).toEqual({ enabled: false, reason: FeatureReason.CONTEXT_FAILED });
      }
      expect(lines).toEqual([expect.stringMatching(`'${flag}' .* its context threw ContextLimitError: .*${limit}`)]);

      const provider = new SentryOptionsProvider({ store, namespace: 'seer' });
      await provider.initialize();
      const details = await provider.resolveBooleanEvaluation(flag, true, data as EvaluationContext);
      expect(details).toMatchObject({ value: true, errorCode: 'INVALID_CONTEXT' });
      await provider.onClose();
    },
  );

  it('The work does not depend on how many paths a context has', () => {
    const reads = [20, 40, 80].map((levels) => {
      const shared = share(levels);
      expect(rollout.has('x', shared.data as ContextData)).toBe(false);
      return shared.reads();
    });
    expect(Math.max(...reads)).toBeLessThanOrEqual(MAX_PARTS);
  });

  it('A context that is too large is read once, however often it is evaluated', () => {
    const { data, reads } = share(30);
    const context = new FeatureContext(data as ContextData);
    rollout.has('x', context);
    const first = reads();
    for (let time = 0; time < 10; time++) expect(rollout.has('x', context)).toBe(false);
    expect(reads()).toBe(first);
  });

  it('A condition reads only its own property', () => {
    const onFree = createStoreWith(enabledWhen({ property: 'plan', operator: 'in', value: ['free'] })).features('seer');
    const onTags = createStoreWith(enabledWhen({ property: 'tags', operator: 'contains', value: 'x' })).features(
      'seer',
    );
    const context = { ...cycle(), plan: 'free', tags: Object.assign(['x'], { length: 2 ** 32 - 1 }) } as ContextData;
    expect(onFree.has('x', context)).toBe(true);
    expect(onTags.evaluate('x', context)).toEqual({ enabled: false, reason: FeatureReason.CONTEXT_FAILED });
    const texts = { tags: Array(1_000).fill('x'.repeat(2 ** 20)) };
    expect(onTags.evaluate('x', texts)).toEqual({ enabled: false, reason: FeatureReason.CONTEXT_FAILED });
  });
});

describe('a context within the limits', () => {
  it.each<[string, unknown]>([
    ['the most levels', nest(MAX_DEPTH)],
    ['the most lists', { list: Array(MAX_PARTS - 2).fill([]) }],
    ['the most values', { list: Array(MAX_VALUES - 4).fill(1) }],
    ['a buffer of 200 kB', { bytes: Buffer.alloc(200_000) }],
    ['the longest string', { text: 'x'.repeat(MAX_CHARACTERS) }],
    ['the largest bigint', { id: 2n ** 1024n - 1n }],
    ['a part at two places', { a: { id: 1 }, b: [{ id: 1 }, { id: 1 }] }],
  ])('evaluate() computes a bucket for %s', (_name, data) => {
    expect(rollout.evaluate('x', data as ContextData).bucket).toBeDefined();
  });

  it('A part at two places counts as two equal parts', () => {
    const part = { id: [1, 'a'] };
    const shared = rollout.evaluate('x', { a: part, b: [part, part] }).bucket;
    expect(shared).toBe(rollout.evaluate('x', JSON.parse(JSON.stringify({ a: part, b: [part, part] }))).bucket);
  });

  it('A condition reads a list of 200 000 ids, whatever its entries are', () => {
    const onTwo = createStoreWith(enabledWhen({ property: 'list', operator: 'contains', value: 'Two' })).features(
      'seer',
    );
    const ids: unknown[] = Array.from({ length: 200_000 }, (_, id) => `id${id}`);
    expect(onTwo.evaluate('x', { list: ids } as ContextData).reason).toBe(FeatureReason.NO_SEGMENT_MATCHED);
    for (const rest of [['two'], ['TWO'], [Number.NaN, 'two'], [{}, 2n, 'Two']]) {
      expect(onTwo.has('x', { list: [...ids, ...rest] } as ContextData)).toBe(true);
    }
    const own = Object.assign([...ids, 'two'], { includes: () => false });
    expect(onTwo.has('x', { list: own } as ContextData)).toBe(true);
  });

  it('A list with an iterator of its own is read by its indexes', () => {
    const endless = Object.assign([1, 2], {
      *[Symbol.iterator]() {
        for (;;) yield 1;
      },
    });
    expect(rollout.evaluate('x', { list: endless }).bucket).toBe(rollout.evaluate('x', { list: [1, 2] }).bucket);
    const onTwo = createStoreWith(enabledWhen({ property: 'list', operator: 'contains', value: 2 })).features('seer');
    expect(onTwo.has('x', { list: endless })).toBe(true);
  });
});
