/**
 * Measures the guard of suspicious reloads: how many changes of a plausible history of values it would have flagged, and
 * how many planted outages it finds. `test/support/plausible-history.ts` says what is plausible. Prints the figures.
 */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { OptionValue } from '../../src/common/value.js';
import type { Isolation } from '../../src/config/config.js';
import { findSuspicion } from '../../src/schema/suspicious-change.js';
import { Guard } from '../../workers/values/guard.js';
import { Random } from '../fuzz/random.js';
import { Base, integer } from '../support/base.js';
import { History, SIZES, type Values } from '../support/plausible-history.js';
import { PolledFiles } from '../support/polled-files.js';

/** `npm run test:property -- --runs 1000` makes longer histories. */
const { SENTRY_OPTIONS_TEST_RUNS = '10' } = process.env;
const CHANGES = 50 * Number(SENTRY_OPTIONS_TEST_RUNS);
const RUNS = 2 * Number(SENTRY_OPTIONS_TEST_RUNS);
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

/** The options of each namespace, and what one step of a story does. */
const OPTIONS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const NAMESPACES = ['m', 'n'];
const step = fc.record({
  /** How many options each namespace sets; undefined: its file stays. */
  counts: fc.tuple(fc.option(fc.nat({ max: OPTIONS.length })), fc.option(fc.nat({ max: OPTIONS.length }))),
  isBad: fc.boolean(),
  accepts: fc.boolean(),
});

/** Runs a story on real files, beside a model of what must be live and what must be held back. */
async function tell(steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[], isolation: Isolation) {
  const base = new Base(
    Object.fromEntries(NAMESPACES.map((name) => [name, Object.fromEntries(OPTIONS.map((o) => [o, integer(0)]))])),
  );
  const files = new PolledFiles(base.directory, { guard: new Guard('hold'), isolation });
  let number = 0;
  const make = (count: number) => Object.fromEntries(OPTIONS.slice(0, count).map((option) => [option, ++number]));
  const disk: (Record<string, number> | 'bad')[] = NAMESPACES.map(() => make(OPTIONS.length));
  const write = (index: number) => {
    const values = disk[index];
    base.writeValues(
      NAMESPACES[index] as string,
      values === 'bad' ? { a: 'bad' } : (values as object as Record<string, number>),
    );
  };
  for (const index of disk.keys()) write(index);
  await files.start();
  const live = [...disk] as Record<string, number>[];
  const accepted = new Set<unknown>();
  for (const { counts, isBad, accepts } of steps) {
    for (const [index, count] of counts.entries()) {
      if (count === null) continue;
      disk[index] = isBad && index === 1 ? 'bad' : make(count);
      write(index);
    }
    await files.poll(true, accepts);
    const states = disk.map((values, index) => {
      if (values === 'bad') return 'bad';
      const before = new Map(Object.entries(live[index] as Record<string, number>));
      const isLost = values !== live[index] && isSuspicious(before, new Map(Object.entries(values)));
      if (isLost && accepts) accepted.add(values);
      return isLost && !accepted.has(values) ? 'held' : 'good';
    });
    const isRejected = isolation === 'all' && states.some((state) => state !== 'good');
    for (const [index, state] of states.entries()) {
      if (state === 'good' && !isRejected) live[index] = disk[index] as Record<string, number>;
      expect(files.read(NAMESPACES[index] as string)).toEqual(live[index]);
      if (state === 'held') held++;
    }
    const code = states.includes('bad') ? 'VALUES_INVALID' : states.includes('held') ? 'RELOAD_SUSPICIOUS' : undefined;
    expect(files.record?.rejection?.code).toBe(code);
  }
}

let held = 0;

it.each(['all', 'namespace'] as const)(
  "With suspiciousReload: 'hold' and isolation: '%s', exactly the suspicious files are held back that nobody has accepted",
  async (isolation) => {
    held = 0;
    const story = fc.array(step, { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(story, (steps) => tell(steps, isolation)),
      { numRuns: RUNS },
    );
    expect(held).toBeGreaterThan(0);
  },
  RUNS * 10_000,
);
