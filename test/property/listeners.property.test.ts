/**
 * Tests what listeners of flags by pattern get over random reloads, of which a thread misses some: each the old and the new
 * value of exactly what differs since its last call, as the same objects that reads return.
 */
import * as fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import type { OptionValue } from '../../src/common/value.js';
import type { Change } from '../../src/events/reload-event.js';
import { attach, close, onReload, options } from '../../src/store/current.js';
import { alwaysOff, alwaysOn } from '../../src/testing/features.js';
import { integer } from '../support/base.js';
import { makeMemoryStore } from '../support/memory-store.js';
import { waitForSignals } from '../support/signals.js';

// The watcher is the test. The real one is text that only a bundle has.
vi.mock('../../src/watcher/watcher-thread.js', () => ({}));

const { SENTRY_OPTIONS_TEST_RUNS = '20' } = process.env;
const RUNS = Number(SENTRY_OPTIONS_TEST_RUNS);

/** In the order of an event: the schema's, then by code point. */
const KEYS = ['number', 'feature.listed', 'feature.', 'feature.__proto__', 'feature.a', 'feature.\uffff', 'feature.💥'];
const FLAG_VALUES = [alwaysOn(), alwaysOff()] as unknown as OptionValue[];

type Content = Readonly<Record<string, OptionValue>>;
const content: fc.Arbitrary<Content> = fc
  .array(fc.constantFrom<OptionValue | undefined>(undefined, undefined, 0, 1), {
    minLength: KEYS.length,
    maxLength: KEYS.length,
  })
  .map((picks) => {
    const set = KEYS.flatMap((key, place): [string, OptionValue][] => {
      const pick = picks[place];
      if (pick === undefined) return [];
      return [[key, key === 'number' ? pick : (FLAG_VALUES[Number(pick)] as OptionValue)]];
    });
    return Object.fromEntries(set);
  });
/** Values of two namespaces that declare the same, and whether the thread handles its signals before the next reload. */
const steps = fc.array(fc.record({ open: content, other: content, isHandled: fc.boolean() }), {
  minLength: 1,
  maxLength: 12,
});

it(
  'Listeners of flags by pattern get what differs since their last call, in the order of options and names',
  async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const properties = { number: integer(0), 'feature.listed': { $ref: '#/definitions/Feature' } };
        const namespaces = ['open', 'other'] as const;
        const memory = makeMemoryStore({ open: properties, other: properties }, {}, namespaces);
        attach(memory.handle);
        try {
          const calls: unknown[] = [];
          for (const namespace of namespaces) {
            for (const key of KEYS) {
              options(namespace)
                .option(key)
                .onChange((value, previous) => void calls.push([namespace, key, value, previous]));
            }
            options(namespace).onChange([...KEYS].reverse(), (changes) => void calls.push(changes));
          }
          const events: (readonly Change[])[] = [];
          onReload(({ changes }) => void events.push(changes));
          let known: Record<string, Content> = { open: {}, other: {} };
          for (const [place, { isHandled, ...values }] of sequence.entries()) {
            memory.publish(values);
            if (!isHandled && place < sequence.length - 1) continue;
            await waitForSignals(memory.control);
            const readFile = (all: Record<string, Content>, namespace: string, key: string) =>
              all[namespace]?.[key] ?? (key === 'number' ? 0 : undefined);
            const changes = namespaces.flatMap((namespace) =>
              KEYS.flatMap((key) => {
                const [oldValue, newValue] = [known, values].map((all) => readFile(all, namespace, key));
                return oldValue === newValue ? [] : [{ namespace, key, oldValue, newValue }];
              }),
            );
            const own = namespaces.flatMap((namespace) => {
              const list = changes.filter((change) => change.namespace === namespace);
              const single = list.map(({ key, newValue, oldValue }) => [namespace, key, newValue, oldValue]);
              return list.length === 0 ? single : [...single, list];
            });
            expect(calls.splice(0)).toEqual(own);
            const last = events.splice(0).at(-1) ?? [];
            expect(last).toEqual(changes);
            for (const { namespace, key, newValue } of last) {
              if (newValue !== undefined) expect(newValue).toBe(options(namespace).get(key));
            }
            known = values;
          }
        } finally {
          await close();
        }
      }),
      { numRuns: RUNS },
    );
  },
  RUNS * 10_000,
);
