/** Measures the cost of a reload in a reading thread: its first read afterwards, and its event-loop delay meanwhile. */
import { fileURLToPath } from 'node:url';
import { openOptions } from '../dist/index.js';
import { makeBase, removeBase, values, writeValues } from './lib/base.mjs';
import { measureChanges } from './lib/changes.mjs';
import { measureDelays, QUANTILES } from './lib/delays.mjs';
import { measureFlagReloads } from './lib/flag-reloads.mjs';
import { addSamples, answer, fork, inputOf } from './lib/fork.mjs';
import { openNaive } from './lib/naive.mjs';
import { compared, growth, line, measured } from './lib/rows.mjs';
import { number } from './lib/table.mjs';
import { undisturbed } from './lib/undisturbed.mjs';

const FILE = fileURLToPath(import.meta.url);

export const title = 'What does a reload cost the thread that reads?';

export const full = {
  reads: { processes: 4, rounds: 20, sizes: [10, 100, 1_000, 10_000] },
  cold: { processes: 4, rounds: 20, sizes: [1_000] },
  changes: { processes: 4, rounds: 30, options: 1_000, few: 3, warmUp: 2_000 },
  delays: { options: 10_000, rounds: 5, windowMs: 600, changeEveryMs: 100 },
  flags: { processes: 2, rounds: 8, flags: 10_000, warmUp: 20 },
  usual: 1_000,
};
export const tiny = {
  reads: { processes: 1, rounds: 2, sizes: [5, 20] },
  cold: { processes: 1, rounds: 2, sizes: [20] },
  changes: { processes: 1, rounds: 2, options: 20, few: 3, warmUp: 1 },
  delays: { options: 20, rounds: 1, windowMs: 50, changeEveryMs: 20 },
  flags: { processes: 1, rounds: 2, flags: 20, warmUp: 1 },
  usual: 20,
};

/** Measures in fresh processes, one after the other. */
export async function run({ reads, cold, changes, delays, flags, usual }, progress) {
  const samples = {};
  const total = reads.processes + cold.processes + changes.processes + flags.processes + 1;
  let done = 0;
  const measureIn = async (processes, input) => {
    for (let count = 0; count < processes; count++) {
      progress(done++, total);
      addSamples(samples, await fork(FILE, input));
    }
  };
  await measureIn(reads.processes, { reads });
  // A repeated measurement would be another reload, of code that is less cold.
  await measureIn(cold.processes, { reads: { ...cold, attempts: 1, prefix: 'cold|' } });
  await measureIn(changes.processes, { changes });
  await measureIn(flags.processes, { flags });
  progress(total - 1, total);
  const late = await fork(FILE, { delays });
  const unit = 'µs';
  const naive = 'reload in the reading thread';
  const row = (what, name, size, target) =>
    compared({
      what: `${what}, ${number(size)} options`,
      against: naive,
      unit,
      samples: samples[`${size}|${name}`],
      partners: samples[`${size}|naive`],
      target,
    });
  const colds = (what, isWanted, target) => {
    const of = (name) => samples[`cold|${usual}|${name}`].filter((_, index) => isWanted(index % cold.rounds));
    return compared({ what, against: naive, unit, samples: of('first'), partners: of('naive'), target });
  };
  const changed = (what, name, against, partner, target) =>
    compared({
      what: `all reads after a reload, ${what} of ${number(changes.options)} options changed`,
      against,
      unit,
      samples: samples[`changes|${name}`],
      partners: samples[`changes|${partner}`],
      target,
    });
  const flagged = (what, name) =>
    compared({
      what: `${what} after a reload, 1 of ${number(flags.flags)} flags by pattern changed`,
      against: '1 of as many listed flags',
      unit,
      samples: samples[`pattern|${name}`],
      partners: samples[`listed|${name}`],
      target: { atMost: 1.5 },
    });
  const rows = [
    colds(
      `first read after a reload, ${number(usual)} options, the first ${cold.rounds} reloads of a process`,
      () => true,
      { atMost: 0.08, isHeadline: true },
    ),
    colds('  the same, the first reload of a process', (round) => round === 0),
    changed(`${changes.few}`, 'few', 'all changed', 'all', { atMost: 0.1, isHeadline: true }),
    changed('none', 'none', 'without a reload', 'quiet', { atMost: 1.05 }),
    flagged('first `has`', 'first'),
    flagged('`has` of all flags', 'all'),
    row('first read after a reload, code compiled', 'first', usual),
    row('all reads after a reload, together', 'all', usual),
    ...reads.sizes.filter((size) => size !== usual).map((size) => row('first read after a reload', 'first', size)),
    measured({
      what: `for scale: the read after that, ${number(usual)} options`,
      unit,
      samples: samples[`${usual}|second`],
    }),
    ...['99 %', 'longest'].map((quantile) =>
      compared({
        what: `event loop's delay, ${quantile}, ${number(delays.options)} options, a reload every ${delays.changeEveryMs} ms`,
        against: naive,
        unit: 'ms',
        samples: late[`library|${quantile}`],
        partners: late[`naive|${quantile}`],
      }),
    ),
    compared({
      what: "event loop's delay, 99 %, with reloads",
      against: 'without any',
      unit: 'ms',
      samples: late['library|99 %'],
      partners: late['quiet|99 %'],
    }),
  ];
  const lines = [
    ['first read', 'first'],
    ['all reads together', 'all'],
    ['reload in the thread', 'naive'],
  ].map(([name, key]) =>
    line(
      name,
      reads.sizes.map((size) => [size, samples[`${size}|${key}`]]),
    ),
  );
  return {
    rows,
    growths: lines.map((each) => growth(each, 'linear', { x: 'options' })),
    pictures: [growthPicture(lines), delayPicture(late, delays)],
  };
}

function growthPicture(lines) {
  return {
    kind: 'lines',
    name: 'growth',
    title: 'The cost of a reload in the reading thread, by the number of options',
    note: 'One namespace. Median of all rounds, with the range of 80 % of them. Lower is better.',
    x: { label: 'options in the namespace', scale: 'log' },
    y: { label: 'microseconds', scale: 'log' },
    lines,
  };
}

function delayPicture(late, { options, changeEveryMs }) {
  const makeLine = (name, key) =>
    line(
      name,
      QUANTILES.map((quantile, index) => [index, late[`${key}|${quantile}`]]),
    );
  return {
    kind: 'lines',
    name: 'delay',
    title: `Delay of the event loop, with a reload of ${number(options)} options every ${changeEveryMs} ms`,
    note: 'A timer of 1 ms, so 1 ms means no delay. The share of turns with at most this delay; lower is better.',
    x: { label: 'share of turns', scale: 'linear', names: QUANTILES },
    y: { label: 'milliseconds between turns', scale: 'log' },
    lines: [
      makeLine('sentry-options', 'library'),
      makeLine('reload in the thread', 'naive'),
      makeLine('no reload', 'quiet'),
    ],
  };
}

/** Measures all sizes in one process, in turn. Returns microseconds by size and step, a figure for each round. */
async function measure({ rounds, sizes, attempts, prefix = '' }) {
  const contestants = sizes.map((size) => {
    const directory = makeBase({ service: size });
    const store = openOptions({ directory, pollInterval: null });
    const live = store.namespace('service');
    const naive = openNaive(directory);
    // Both have their first values before anything changes.
    naive();
    return { size, directory, store, live, keys: live.keys(), naive, generation: 0 };
  });
  const samples = {};
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < sizes.length; turn++) {
      const contestant = contestants[(round + turn) % sizes.length];
      // The first reload of a process happens only once.
      const limit = round === 0 ? 1 : attempts;
      const own = await undisturbed(() => readOnce(contestant), limit);
      const naive = await undisturbed(() => loadOnce(contestant), limit);
      for (const [name, ms] of Object.entries({ ...own, naive })) {
        addSamples(samples, { [`${prefix}${contestant.size}|${name}`]: ms * 1_000 });
      }
    }
  }
  for (const { store, directory } of contestants) {
    await store.close();
    removeBase(directory);
  }
  return samples;
}

/** Changes the file, and times the reads of this thread after the reload. */
function readOnce(contestant) {
  const { directory, size, store, live, keys } = contestant;
  contestant.generation++;
  writeValues(directory, 'service', values(size, contestant.generation));
  if (!store.refreshSync()) throw new Error('The watcher did not detect the change');
  const [, key] = keys;
  const before = performance.now();
  const value = live.get(key);
  const first = performance.now();
  const again = live.get(key);
  const second = performance.now();
  for (const each of keys) if (live.get(each) === undefined) throw new Error(`${each} is missing`);
  const all = performance.now();
  if (value !== again) throw new Error(`${key} differs on the second read`);
  return { first: first - before, second: second - first, all: first - before + (all - second) };
}

/** Times a reload of the same change in this thread. */
function loadOnce({ naive, live, keys }) {
  const before = performance.now();
  const loaded = naive();
  const elapsed = performance.now() - before;
  const [, key] = keys;
  if (loaded.get('service').get(key) !== live.get(key)) throw new Error(`${key} differs from the written value`);
  return elapsed;
}

const input = inputOf(FILE);
if (input?.reads) answer(await measure(input.reads));
else if (input?.flags) answer(await measureFlagReloads(input.flags));
else if (input?.changes) answer(await measureChanges(input.changes));
else if (input) answer(await measureDelays(input.delays));
