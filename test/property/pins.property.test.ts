/**
 * Tests that whatever keeps a generation reads its values, however many later snapshots the thread adopts in the memory that
 * it reuses: over random sequences of adoptions, and of holders that come, read late, and go.
 */
import { setImmediate } from 'node:timers/promises';
import * as fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import type { ReloadEvent } from '../../src/events/reload-event.js';
import type { Snapshot } from '../../src/reading/snapshot.js';
import { attach, close } from '../../src/store/current.js';
import { makeMemoryStore } from '../support/memory-store.js';

// The watcher is the test. The real one is text that only a bundle has.
vi.mock('../../src/watcher/watcher-thread.js', () => ({}));

/** The sequences in the suite; `npm run test:property -- --runs N` runs more. */
const { SENTRY_OPTIONS_TEST_RUNS = '10' } = process.env;
const RUNS = Math.ceil(Number(SENTRY_OPTIONS_TEST_RUNS) / 5);
const ADOPTIONS = 200;
const KEPT = 12;

type Values = { readonly number: number; readonly text: string; readonly list: readonly string[] };

/** What keeps a generation, and the values that it must read. */
type Holder =
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot; readonly values: Values }
  | { readonly kind: 'event'; readonly event: ReloadEvent; readonly before: Values; readonly after: Values };

const PROPERTIES = {
  number: { type: 'integer', default: 0, description: '' },
  text: { type: 'string', default: '', description: '' },
  list: { type: 'array', items: { type: 'string' }, default: [], description: '' },
};

/** The values of one generation. Their size changes by more than the room of the memory, up and down. */
function makeValues(generation: number, size: number): Values {
  return { number: generation, text: `${generation}-`.repeat(size), list: [`${generation}`, 'é'.repeat(size)] };
}

const step = fc.record({
  size: fc.integer({ min: 1, max: 4_000 }),
  /** How the thread adopts the snapshot. */
  adopts: fc.constantFrom('get', 'all', 'events', 'nothing'),
  keeps: fc.constantFrom('snapshot', 'nothing', 'nothing'),
  /** Which holder is read, or dropped. */
  place: fc.nat(KEPT),
  does: fc.constantFrom('read', 'drop', 'drop', 'nothing'),
});

it('What keeps a generation reads its values after hundreds of adoptions', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: ADOPTIONS, maxLength: ADOPTIONS }), async (steps) => {
      let live = makeValues(1, 10);
      const store = makeMemoryStore({ seer: PROPERTIES }, { seer: live });
      const thread = attach(store.handle);
      const seer = thread.namespace('seer' as never) as unknown as { get(key: keyof Values): unknown };
      const known = new Map([[1, live]]);
      const holders: Holder[] = [];
      // One listener keeps its events unread; the other one lets go of the readings at each event.
      const keeping = thread.onReload((event) => {
        const [before, after] = [event.previousGeneration, event.generation].map((each) => known.get(each) as Values);
        holders.push({ kind: 'event', event, before: before as Values, after: after as Values });
      });
      const changed: unknown[] = [];
      const reading = thread.onReload(({ changes }) => changed.push(...changes.map(({ newValue }) => newValue)));
      for (const { size, adopts, keeps, place, does } of steps) {
        const values = makeValues(live.number + 1, size);
        known.set(store.publish({ seer: values }), values);
        live = values;
        if (adopts === 'get') expect(seer.get('number')).toBe(values.number);
        if (adopts === 'all') expect([seer.get('text'), seer.get('list')]).toEqual([values.text, values.list]);
        if (adopts === 'events') {
          while (changed.at(-3) !== values.number) await setImmediate();
        }
        if (keeps === 'snapshot') holders.push({ kind: 'snapshot', snapshot: thread.snapshot(), values });
        const holder = holders[place % holders.length];
        if (holder !== undefined && does === 'read') check(holder);
        if (holders.length > KEPT || does === 'drop') holders.splice(place % holders.length, 1).forEach(check);
      }
      holders.forEach(check);
      for (const each of [keeping, reading]) each[Symbol.dispose]();
      await close();
    }),
    { numRuns: RUNS },
  );
});

function check(holder: Holder): void {
  if (holder.kind === 'event') {
    const { event, before, after } = holder;
    expect(event.changes.map(({ oldValue }) => oldValue)).toEqual([before.number, before.text, before.list]);
    expect(event.changes.map(({ newValue }) => newValue)).toEqual([after.number, after.text, after.list]);
    return;
  }
  expect(holder.snapshot.toJSON().namespaces.seer).toEqual(holder.values);
}
