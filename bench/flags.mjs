/** Measures the cost of evaluating a flag, and compares it with other libraries on the same rules. */
import { fileURLToPath } from 'node:url';
import { allFlagsRows, measureAllFlags } from './lib/all-flags.mjs';
import { openGrowthBook, openLaunchDarkly, openOpenFeature, openUnleash } from './lib/flag-peers.mjs';
import { CONTEXTS, LISTED, LISTED_COUNT } from './lib/flag-rules.mjs';
import { openOwn } from './lib/flags-own.mjs';
import { addSamples, answer, fork, inputOf } from './lib/fork.mjs';
import { measurePatternFlags, patternFlagRows } from './lib/pattern-flags.mjs';
import { timeInTurn } from './lib/rounds.mjs';
import { compared, measured } from './lib/rows.mjs';
import { summarize } from './lib/statistics.mjs';

const FILE = fileURLToPath(import.meta.url);

export const title = 'What does it cost to evaluate a feature flag?';

export const full = {
  rules: { processes: 8, rounds: 20, hasPeers: true },
  patterns: { processes: 4, rounds: 20, sizes: [10, 10_000], names: 10_000 },
  all: { processes: 2, rounds: 20, flags: 1_000 },
};
export const tiny = {
  rules: { processes: 1, rounds: 2, hasPeers: false, warmUpNs: 1 },
  patterns: { processes: 1, rounds: 2, sizes: [10, 20], names: 20, warmUpNs: 1 },
  all: { processes: 1, rounds: 2, flags: 20, warmUpNs: 1 },
};

/** The cases, each with the target against the fastest library that has its own targeting rules. */
const CASES = {
  list: { what: `\`in\` a list of ${LISTED.length}, context reused`, target: { atMost: 0.1, isHeadline: true } },
  fresh: { what: 'rollout of 50 %, fresh context', target: { atMost: 0.6, isHeadline: true } },
  reused: { what: 'rollout of 50 %, context reused', target: { atMost: 0.1 } },
};
const OPENERS = {
  GrowthBook: openGrowthBook,
  Unleash: openUnleash,
  LaunchDarkly: openLaunchDarkly,
  'OpenFeature in memory': openOpenFeature,
};
/** The libraries with targeting rules. OpenFeature's in-memory provider has none: the service writes a function. */
const RIVALS = ['GrowthBook', 'Unleash', 'LaunchDarkly'];

/** Measures in fresh processes, one after the other. */
export async function run({ rules, patterns, all }, progress) {
  const samples = {};
  const inputs = [{ rules }, { patterns }, { all }].flatMap((input) => {
    const [{ processes }] = Object.values(input);
    return Array(processes).fill(input);
  });
  for (const [done, input] of inputs.entries()) {
    progress(done, inputs.length);
    addSamples(samples, await fork(FILE, input));
  }
  const names = Object.keys(rules.hasPeers ? OPENERS : {});
  const rows = Object.entries(CASES).flatMap(([name, { what, target }]) => {
    const own = samples[`own|${name}`];
    const others = names.filter((peer) => samples[`${peer}|${name}`] !== undefined);
    if (others.length === 0) return [measured({ what: `has, ${what}`, unit: 'ns', samples: own })];
    const median = (peer) => summarize(samples[`${peer}|${name}`]).median;
    const [fastest] = RIVALS.toSorted((a, b) => median(a) - median(b));
    const row = (peer, against, target) =>
      compared({
        what: `has, ${what}`,
        against,
        unit: 'ns',
        samples: own,
        partners: samples[`${peer}|${name}`],
        target,
      });
    return [row(fastest, 'the fastest of the peers', target), ...others.map((peer) => row(peer, peer))];
  });
  return {
    rows: [...rows, ...patternFlagRows(patterns, samples), ...allFlagsRows(all, samples)],
    pictures: [picture(samples, names)],
  };
}

function picture(samples, peers) {
  const dots = Object.entries(CASES).flatMap(([name, { what }]) => [
    { name: what.replaceAll('`', '') },
    ...['own', ...peers]
      .filter((each) => samples[`${each}|${name}`] !== undefined)
      .map((each) => ({
        name: each === 'own' ? 'sentry-options' : each,
        series: each === 'own' ? 0 : 1,
        ...summarize(samples[`${each}|${name}`]),
      })),
  ]);
  return {
    kind: 'dots',
    name: 'peers',
    title: 'Evaluating a feature flag',
    note: 'The same rule everywhere. Median of all rounds, with the range of 80 % of them. Lower is better.',
    x: { label: 'nanoseconds per evaluation (logarithmic)' },
    dots,
  };
}

/** Measures all contestants in one process. Returns nanoseconds by name, a figure for each round. */
async function measure({ rounds, hasPeers, warmUpNs }) {
  const openers = { own: openOwn, ...(hasPeers && OPENERS) };
  const contestants = {};
  const closing = [];
  for (const [library, open] of Object.entries(openers)) {
    const { loops, close } = await open();
    closing.push(close);
    for (const [name, loop] of Object.entries(loops)) {
      await requireSameAnswers(library, name, loop);
      contestants[`${library}|${name}`] = loop;
    }
  }
  const samples = await timeInTurn(contestants, { operations: CONTEXTS, rounds, warmUpNs });
  for (const close of closing) await close();
  return samples;
}

/** A list matches the same users in every library. A rollout matches about half: each library hashes differently. */
async function requireSameAnswers(library, name, loop) {
  const share = (await loop(1)) / CONTEXTS;
  const [low, high] = name === 'list' ? [LISTED_COUNT / CONTEXTS, LISTED_COUNT / CONTEXTS] : [0.4, 0.6];
  if (share < low || share > high)
    throw new Error(`${library} must enable ${name} for ${low} to ${high} of all users; got ${share}`);
}

const input = inputOf(FILE);
if (input?.rules) answer(await measure(input.rules));
else if (input?.patterns) answer(await measurePatternFlags(input.patterns));
else if (input) answer(await measureAllFlags(input.all));
