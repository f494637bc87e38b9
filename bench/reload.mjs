/** Measures a reload in the watcher: from the detected change to its publication, and the parts of that time. */
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { openOptions } from '../dist/index.js';
import { makeBase, removeBase, sizesOf, values, writeValues } from './lib/base.mjs';
import { importBundled } from './lib/bundle.mjs';
import { measureFlagReloads } from './lib/flag-reloads.mjs';
import { addSamples, answer, fork, inputOf } from './lib/fork.mjs';
import { openNaive } from './lib/naive.mjs';
import { compared, growth, line, measured } from './lib/rows.mjs';
import { quantile } from './lib/statistics.mjs';
import { number } from './lib/table.mjs';
import { undisturbed } from './lib/undisturbed.mjs';

const FILE = fileURLToPath(import.meta.url);

export const title = 'How long does a change take from the file to the readers?';

/** The bases by name: the number of namespaces, and of options in each. */
const BASES = {
  '1 × 10': [1, 10],
  '1 × 100': [1, 100],
  '1 × 1 000': [1, 1_000],
  '1 × 10 000': [1, 10_000],
  '10 × 100': [10, 100],
  '100 × 100': [100, 100],
};
const BY_OPTIONS = ['1 × 10', '1 × 100', '1 × 1 000', '1 × 10 000'];
const BY_NAMESPACES = ['1 × 100', '10 × 100', '100 × 100'];

export const full = {
  processes: 4,
  rounds: 8,
  bases: Object.keys(BASES),
  usual: '10 × 100',
  partial: '100 × 100',
  flags: { processes: 2, rounds: 8, flags: 10_000, warmUp: 1 },
};
export const tiny = {
  processes: 1,
  rounds: 2,
  bases: ['1 × 10', '1 × 100', '10 × 100'],
  usual: '1 × 10',
  partial: '10 × 100',
  flags: { processes: 1, rounds: 2, flags: 20, warmUp: 1 },
};

/** The limit for a reload of {@link full}'s usual base, in milliseconds. */
const TARGET = { atMost: 10, isHeadline: true };

/** Measures in fresh processes, one after the other. */
export async function run({ processes, rounds, bases, usual, partial, flags }, progress) {
  const samples = {};
  const total = processes + flags.processes;
  for (let done = 0; done < total; done++) {
    progress(done, total);
    addSamples(samples, await fork(FILE, done < processes ? { rounds, bases, partial } : { flags }));
  }
  // A service reloads a few times a day, with code that V8 has not compiled, as in the first reload of a process.
  const firsts = samples[`${usual}|reload`].filter((_, index) => index % rounds === 0);
  const unit = 'ms';
  const rows = [
    measured({
      what: `change seen to published, ${usual} options`,
      unit,
      samples: samples[`${usual}|reload`],
      target: { ...TARGET, isHeadline: false },
    }),
    measured({
      what: `change seen to published, ${usual} options, the first of a process`,
      unit,
      samples: firsts,
      target: TARGET,
    }),
    compared({
      what: `change of 1 namespace seen to published, ${partial} options`,
      against: 'change of all of them',
      unit,
      samples: samples[`${partial}|one`],
      partners: samples[`${partial}|reload`],
      target: { atMost: 0.15 },
    }),
    compared({
      what: `change of 1 of ${number(flags.flags)} flags by pattern seen to published`,
      against: 'change of 1 of as many listed flags',
      unit,
      samples: samples['pattern|reload'],
      partners: samples['listed|reload'],
      target: { atMost: 1.5 },
    }),
    ...bases.map((base) =>
      compared({
        what: `change seen to published, ${base} options`,
        against: 'reload in the reading thread',
        unit,
        samples: samples[`${base}|reload`],
        partners: samples[`${base}|naive`],
      }),
    ),
    measured({ what: `refreshSync() as a whole, ${usual} options`, unit, samples: samples[`${usual}|refresh`] }),
    measured({
      what: `a poll that finds no change, ${bases.at(-1)} options`,
      unit,
      samples: samples[`${bases.at(-1)}|probe`],
    }),
  ];
  const lines = [
    ...makeLines('by options', bases, BY_OPTIONS, samples, ([, options]) => options),
    ...makeLines('by namespaces', bases, BY_NAMESPACES, samples, ([namespaces, options]) => namespaces * options),
  ];
  return {
    rows,
    growths: lines.map((each) => growth(each, 'linear', { x: 'options' })),
    pictures: [growthPicture(lines), await partsPicture(samples, bases)],
  };
}

function makeLines(what, bases, wanted, samples, countOptions) {
  const present = wanted.filter((base) => bases.includes(base));
  if (present.length < 2) return [];
  const points = (name) => present.map((base) => [countOptions(BASES[base]), samples[`${base}|${name}`]]);
  return [line(`watcher, ${what}`, points('reload')), line(`reading thread, ${what}`, points('naive'))];
}

function growthPicture(lines) {
  return {
    kind: 'lines',
    name: 'growth',
    title: 'A reload, by the number of options',
    note: 'By options: one namespace of 10 to 10 000. By namespaces: 1, 10 and 100 of 100 options each. Lower is better.',
    x: { label: 'options in all namespaces together', scale: 'log' },
    y: { label: 'milliseconds', scale: 'log' },
    lines,
  };
}

async function partsPicture(samples, bases) {
  const { PARTS } = await importBundled('./reload-parts.mjs');
  const shown = bases.filter((base) => BASES[base][0] * BASES[base][1] <= 1_000);
  const median = (base, part) => quantile(samples[`${base}|${part}`], 0.5);
  return {
    kind: 'stacks',
    name: 'parts',
    title: 'The parts of a reload',
    note: 'Medians of the watcher’s own functions, called one after the other; namespaces × options.',
    x: { label: 'milliseconds' },
    parts: PARTS,
    bars: shown.map((base) => ({ name: base, values: PARTS.map((part) => median(base, part)) })),
  };
}

/** Measures all bases in one process, in turn. Returns milliseconds by base and part, a figure for each round. */
async function measure({ rounds, bases, partial }) {
  const { openParts } = await importBundled('./reload-parts.mjs');
  const contestants = bases.map((base) => {
    const [count, options] = BASES[base];
    const sizes = sizesOf(count, options);
    const directory = makeBase(sizes);
    const store = openOptions({ directory, pollInterval: null });
    const naive = openNaive(directory);
    // Both have their first values before anything changes.
    naive();
    return { base, sizes, directory, store, naive, parts: openParts(directory), generation: 0 };
  });
  const samples = {};
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const contestant = contestants[(round + turn) % contestants.length];
      const { base } = contestant;
      // The first reload of a process happens only once. A long reload is rarely undisturbed on a busy machine.
      const attempts = round === 0 ? 1 : 3;
      const figures = {
        ...(await undisturbed(() => reloadOnce(contestant), attempts)),
        ...(await undisturbed(() => loadOnce(contestant), attempts)),
        ...(await undisturbed(contestant.parts, attempts)),
        ...(base === partial && (await undisturbed(() => reloadOne(contestant), attempts))),
      };
      addSamples(samples, Object.fromEntries(Object.entries(figures).map(([name, ms]) => [`${base}|${name}`, ms])));
    }
  }
  for (const { directory, store } of contestants) {
    await store.close();
    removeBase(directory);
  }
  return samples;
}

/** Changes all files, and times the reload in the watcher. */
function reloadOnce(contestant) {
  return reload(contestant, Object.keys(contestant.sizes));
}

/** Changes one file, and times the reload in the watcher. */
function reloadOne(contestant) {
  const names = Object.keys(contestant.sizes);
  const { reload: one } = reload(contestant, [names[contestant.generation % names.length]]);
  return { one };
}

function reload(contestant, namespaces) {
  const { sizes, directory, store } = contestant;
  contestant.generation++;
  for (const namespace of namespaces) {
    writeValues(directory, namespace, values(sizes[namespace], contestant.generation));
  }
  const begun = performance.now();
  if (!store.refreshSync()) throw new Error('The watcher did not detect the change');
  return { refresh: performance.now() - begun, reload: store.status().reloadMs };
}

/** Times the reload of the same change in this thread. Both find the files in the page cache. */
function loadOnce({ naive, store }) {
  const begun = performance.now();
  const loaded = naive();
  const elapsed = performance.now() - begun;
  requireSame(loaded, store);
  return { naive: elapsed };
}

/** @throws {Error} if the two have not loaded the same values, so that neither can leave anything out */
function requireSame(loaded, store) {
  for (const [namespace, options] of loaded) {
    const live = store.namespace(namespace);
    for (const [key, value] of options) {
      if (!isDeepStrictEqual(value, live.get(key))) throw new Error(`${namespace}: ${key} differs`);
    }
  }
}

const input = inputOf(FILE);
if (input?.flags) answer(await measureFlagReloads(input.flags));
else if (input) answer(await measure(input));
