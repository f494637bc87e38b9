/**
 * Tests that all ways to read agree with a plain model, over random schemas, reloads, overrides and pinned snapshots:
 * which values they return, which of these are the same objects, and what is copied and decoded for them.
 */
import * as fc from 'fast-check';
import { it, onTestFinished, vi } from 'vitest';
import { EncodedSnapshot } from '../../src/codec/decode.js';
import type { OptionValue } from '../../src/common/value.js';
import { CellReader } from '../../src/memory/cell/reader.js';
import { close } from '../../src/store/current.js';
import { alwaysOff, alwaysOn } from '../../src/testing/features.js';
import { type Declared, OPEN, ReadingRun, type Work } from './reading-model.js';

// The watcher is the test. The real one is text that only a bundle has.
vi.mock('../../src/watcher/watcher-thread.js', () => ({}));

/** The sequences in the suite; `npm run test:property -- --runs N` runs more. */
const { SENTRY_OPTIONS_TEST_RUNS = '10' } = process.env;
const RUNS = Number(SENTRY_OPTIONS_TEST_RUNS);
/** More options than a snapshot lists as changed. */
const BULK = 1_100;

/** The values of each type. Few, so that they come again; some differ only in the order of members, or in a sign. */
const POOLS: Record<string, Pick<Declared, 'type' | 'values'>> = {
  number: { type: { type: 'number' }, values: [1, 0, -0, 1.5] },
  string: { type: { type: 'string' }, values: ['', 'a', '__proto__'] },
  boolean: { type: { type: 'boolean' }, values: [false, true] },
  list: { type: { type: 'array', items: { type: 'integer' } }, values: [[], [1], [1, 2]] },
  map: {
    type: { type: 'object', additionalProperties: { type: 'integer' } },
    values: [{ a: 1, b: 2 }, { b: 2, a: 1 }, JSON.parse('{ "__proto__": 1 }')],
  },
};
const FLAG = { type: {}, isFlag: true, values: [alwaysOn(), alwaysOff()] as unknown as OptionValue[] };

const key = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'then',
    'toJSON',
    '',
    '0',
    '10',
    '-1',
    'feature.plain',
    'é💥',
  ),
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const option = fc
  .record({
    namespace: fc.constantFrom('relay', 'seer', OPEN),
    key,
    kind: fc.constantFrom(...Object.keys(POOLS)),
    first: fc.nat(3),
  })
  .map(({ namespace, key, kind, first }): Declared => {
    const { type, values } = POOLS[kind] as (typeof POOLS)[string];
    const place = first % values.length;
    return { namespace, key, type, isFlag: false, values: [...values.slice(place), ...values.slice(0, place)] };
  })
  // With the pattern, these names are flags.
  .filter(({ namespace, key }) => namespace !== OPEN || !key.startsWith('feature.'));
const flag = fc
  .record({
    name: fc.constantFrom('on', '', '__proto__', 'é', '\uffff', '💥'),
    how: fc.constantFrom({ namespace: 'seer' }, { namespace: OPEN }, { namespace: OPEN, isByPattern: true }),
  })
  .map(({ name, how }): Declared => ({ ...FLAG, ...how, key: `feature.${name}` }));
const bulk = fc.integer({ min: 0, max: 7 }).map((chosen) =>
  Array.from({ length: chosen === 7 ? BULK : 0 }, (_, index): Declared => {
    return { namespace: 'bulk', key: `${index}`, isFlag: false, type: { type: 'integer' }, values: [-1, 0, 1] };
  }),
);
const declared = fc
  .tuple(
    fc.uniqueArray(fc.oneof({ weight: 4, arbitrary: option }, { weight: 3, arbitrary: flag }), {
      selector: ({ namespace, key }) => `${namespace}/${key}`,
      minLength: 1,
      maxLength: 12,
    }),
    bulk,
  )
  .map((lists) => lists.flat());

/** So many flags by pattern that a reload changes few of those which the thread has read: it drops them one by one. */
const manyFlags = fc
  .subarray(
    Array.from({ length: 24 }, (_, number): Declared => {
      const key = `feature.${number % 3 === 0 ? '💥' : '\uffff'}${number}`;
      return { ...FLAG, namespace: OPEN, key, isByPattern: true };
    }),
    { minLength: 20 },
  )
  .map((flags): Declared[] => {
    const type = { type: 'integer' };
    return [{ namespace: OPEN, key: 'number', isFlag: false, type, values: [0, 1, 2] }, ...flags];
  });

const place = fc.nat(30);
const value = fc.integer({ min: -1, max: 3 });
const sets = fc.array(fc.record({ place, value: fc.integer({ min: -2, max: 3 }) }), { maxLength: 5 });
type Command = (run: ReadingRun) => void;
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 8,
    arbitrary: sets.map(
      (list): Command =>
        (run) =>
          run.publish(list),
    ),
  },
  {
    weight: 8,
    arbitrary: fc.tuple(place, value).map(
      ([at, way]): Command =>
        (run) =>
          run.read(at, way),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(place, value).map(
      ([at, chosen]): Command =>
        (run) =>
          run.override(at, chosen),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(place, value, fc.constantFrom('check', 'pin', 'confirm')).map(
      ([at, chosen, inside]): Command =>
        (run) =>
          run.override(at, chosen, () => run[inside]()),
    ),
  },
  {
    weight: 8,
    arbitrary: fc
      .constantFrom(
        'publishAll',
        'confirm',
        'republish',
        'pin',
        'pin',
        'unpin',
        'hold',
        'release',
        'readLate',
        'restore',
        'check',
      )
      .map(
        (name): Command =>
          (run) =>
            run[name](),
      ),
  },
);

it.each([
  ['All ways to read agree with a model: values, identity, and the work that a reload causes', declared],
  ['All ways to read agree with a model if most names are flags by pattern', manyFlags],
])(
  '%s',
  async (_title, declared) => {
    const work: Work = { decoded: [], copies: 0 };
    const { decode } = EncodedSnapshot.prototype;
    const decodes = vi.spyOn(EncodedSnapshot.prototype, 'decode').mockImplementation(function (
      this: EncodedSnapshot,
      index,
    ) {
      const value = decode.call(this, index);
      // Of the defaults, each is decoded once, too. A flag has none.
      if (value !== undefined) work.decoded.push(`${index}/${this.generation === 0 ? 0 : this.stamp(index)}`);
      return value;
    });
    const { acquire } = CellReader.prototype;
    const copies = vi.spyOn(CellReader.prototype, 'acquire').mockImplementation(function (this: CellReader, newerThan) {
      work.copies++;
      return acquire.call(this, newerThan);
    });
    onTestFinished(() => {
      decodes.mockRestore();
      copies.mockRestore();
    });
    await fc.assert(
      fc.asyncProperty(declared, fc.array(command, { maxLength: 40, size: 'max' }), async (options, commands) => {
        const run = new ReadingRun(options, work);
        try {
          for (const each of commands) each(run);
          await run.end();
        } finally {
          await close();
        }
      }),
      { numRuns: RUNS },
    );
  },
  RUNS * 10_000,
);
