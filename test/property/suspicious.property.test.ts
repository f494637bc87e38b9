/**
 * Measures the guard of suspicious reloads: how many changes of a plausible history of values it would have flagged, and
 * how many planted outages it finds. `test/support/plausible-history.ts` says what is plausible. Prints the figures.
 */
import { expect, it } from 'vitest';
import type { OptionValue } from '../../src/common/value.js';
import { findSuspicion } from '../../src/schema/suspicious-change.js';
import { Random } from '../fuzz/random.js';
import { History, SIZES, type Values } from '../support/plausible-history.js';

/** `npm run test:property -- --runs 1000` makes longer histories. */
const { SENTRY_OPTIONS_TEST_RUNS = '10' } = process.env;
const CHANGES = 50 * Number(SENTRY_OPTIONS_TEST_RUNS);
/** The fewest options or flags of a suspicious change: literally, as it is, and as for a blank file. */
const LEASTS = [1, 2, 5];

const isFlag = (name: string) => name.startsWith('feature.');

function isSuspicious(before: Values, after: Values, least?: number): boolean {
  return findSuspicion(before, after, isFlag, least) !== undefined;
}

/** Outages of the last years: the values before, and what was deployed by mistake. */
const OUTAGES: Readonly<Record<string, (before: Values) => Values>> = {
  'a blank file': () => new Map(),
  'the first third of a file': (before) => new Map([...before].slice(0, before.size / 3)),
  "another service's file": (before) => new Map([...before].map(([name, value]) => [`other-${name}`, value])),
  'all flags off': (before) =>
    new Map([...before].map(([name, value]) => [name, isFlag(name) ? turnOff(value) : value])),
};

function turnOff(value: OptionValue): OptionValue {
  return { ...(value as object), enabled: false };
}

/** Counts by the fewest changed options: what is suspicious. */
type Counts = Map<number, number>;

function count(counts: Counts, before: Values, after: Values): void {
  for (const least of LEASTS) {
    if (isSuspicious(before, after, least)) counts.set(least, (counts.get(least) ?? 0) + 1);
  }
}

function format(counts: Counts): string {
  return LEASTS.map((least) => `${((100 * (counts.get(least) ?? 0)) / CHANGES).toFixed(2)} %`).join(' / ');
}

it(
  'Few changes of a plausible history are suspicious, and nearly all planted outages are',
  () => {
    console.log(
      `${CHANGES} changes of each service; figures for at least ${LEASTS.join(' / ')} changed options or flags`,
    );
    for (const [name, size] of Object.entries(SIZES)) {
      const history = new History(size, new Random(1));
      const flagged: Counts = new Map();
      const kinds = new Map<string, Counts>();
      const outages = new Map(Object.keys(OUTAGES).map((outage): [string, Counts] => [outage, new Map()]));
      for (let change = 0; change < CHANGES; change++) {
        const before = history.values;
        const kind = history.change();
        const ofKind = kinds.get(kind) ?? new Map<number, number>();
        kinds.set(kind, ofKind);
        count(flagged, before, history.values);
        count(ofKind, before, history.values);
        for (const [outage, plant] of Object.entries(OUTAGES))
          count(outages.get(outage) as Counts, before, plant(before));
      }
      const list = (all: ReadonlyMap<string, Counts>) =>
        [...all].filter(([, counts]) => counts.size > 0).map(([key, counts]) => `    ${key}: ${format(counts)}`);
      const head = `${name} (at first ${size.options} options, ${size.flags} flags): flagged ${format(flagged)}`;
      console.log([head, '  of these', ...list(kinds), '  outages found', ...list(outages)].join('\n'));
      expect((flagged.get(2) ?? 0) / CHANGES).toBeLessThan(0.02);
      for (const [outage, found] of outages) {
        // Often, fewer than two flags are on for everybody.
        expect((found.get(2) ?? 0) / CHANGES).toBeGreaterThan(outage === 'all flags off' ? 0.1 : 0.95);
      }
    }
  },
  CHANGES * 100,
);
