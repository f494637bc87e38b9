/** Measures what a watcher costs while no file changes: CPU time and system calls. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openOptions } from '../dist/index.js';
import { makeBase, removeBase, sizesOf } from './lib/base.mjs';
import { addSamples, answer, fork, inputOf } from './lib/fork.mjs';
import { growth, line, measured } from './lib/rows.mjs';
import { canTrace, MARK, traceCalls } from './lib/syscalls.mjs';

const FILE = fileURLToPath(import.meta.url);

export const title = 'What does a watcher cost while nothing changes?';

/**
 * `polls`: the number of measured polls in each of `processes`, which all run at the same time, because they are mostly
 * idle. The file system's times are so coarse that each poll reads a file again that is younger than `settleMs`.
 */
export const full = {
  namespaces: [1, 10, 100],
  options: 10,
  pollInterval: 5_000,
  polls: 4,
  processes: 3,
  tracedPolls: 10,
  settleMs: 2_100,
};
export const tiny = {
  namespaces: [1, 2],
  options: 6,
  pollInterval: 20,
  polls: 2,
  processes: 1,
  tracedPolls: 0,
  settleMs: 0,
};

const TRACED_INTERVAL_MS = 50;
const NS_PER_MS = 1e6;

/** Measures in all processes at once: an idle watcher does not disturb another one. */
export async function run({ namespaces, options, pollInterval, polls, processes, tracedPolls, settleMs }, progress) {
  progress(0, 2);
  const answers = namespaces.flatMap((count) =>
    Array.from({ length: processes }, () => fork(FILE, { namespaces: count, options, pollInterval, polls, settleMs })),
  );
  const samples = {};
  for (const each of await Promise.all(answers)) addSamples(samples, each);
  progress(1, 2);
  const most = namespaces.at(-1);
  const isTraced = tracedPolls > 0 && canTrace();
  const traced = isTraced ? await tracePolls({ namespaces: most, options, polls: tracedPolls, settleMs }) : undefined;
  const every = `${most} namespaces, a poll every ${pollInterval / 1_000} s`;
  const share = (figures) => figures.map((ms) => (ms / pollInterval) * 100);
  const rows = [
    measured({
      what: `the watcher's processor time, ${every}`,
      unit: '% of a core',
      samples: share(samples[most]),
      target: { atMost: 0.1, isHeadline: true },
    }),
    ...namespaces.map((count) =>
      measured({
        what: `processor time of a poll, ${count} namespace${count === 1 ? '' : 's'}`,
        unit: 'ms',
        samples: samples[count],
      }),
    ),
    ...(traced
      ? [measured({ what: `system calls of a poll, ${most} namespaces`, unit: '', samples: [traced.perPoll] })]
      : []),
  ];
  const polled = line(
    'a poll that finds no change',
    namespaces.map((count) => [count, samples[count]]),
  );
  return {
    rows,
    growths: [growth(polled, 'linear', { x: 'namespaces' })],
    pictures: [growthPicture([polled], pollInterval)],
    remarks: [traced ? traced.text : 'System calls were not counted: strace is not installed here, or not enabled.'],
  };
}

function growthPicture(lines, pollInterval) {
  return {
    kind: 'lines',
    name: 'growth',
    title: 'A poll that finds no change, by the number of namespaces',
    note: `One poll every ${pollInterval / 1_000} s, so with cold caches. Lower is better.`,
    x: { label: 'namespaces', scale: 'log' },
    y: { label: 'milliseconds of processor time', scale: 'log' },
    lines,
  };
}

/** Counts system calls with more frequent polls; their number for each poll does not depend on the interval. */
async function tracePolls(settings) {
  const input = { ...settings, pollInterval: TRACED_INTERVAL_MS, isTraced: true };
  const { calls, result } = await traceCalls(FILE, input);
  const total = Object.values(calls).reduce((sum, count) => sum + count, 0);
  const most = Object.entries(calls).sort(([, a], [, b]) => b - a);
  const list = most.slice(0, 6).map(([name, count]) => `${name} ${(count / result.polls).toFixed(1)}`);
  return {
    perPoll: total / result.polls,
    text: `System calls of a poll, all threads of the process: ${list.join(', ')}.`,
  };
}

/** Measures the CPU time of the watcher, in milliseconds, for each interval between polls. */
async function measure({ namespaces, options, pollInterval, polls, settleMs, isTraced }) {
  const directory = makeBase(sizesOf(namespaces, options));
  await sleep(settleMs);
  const others = listThreads();
  const store = openOptions({ directory, pollInterval });
  const [watcher] = listThreads().filter((thread) => !others.includes(thread));
  // The first poll finds no change either, but its code runs for the first time.
  await waitForPolls(store, store.status().polls + 1, pollInterval);
  const figures = { [namespaces]: [] };
  const begun = store.status().polls;
  if (isTraced) statSync(MARK, { throwIfNoEntry: false });
  for (let poll = 1; poll <= polls; poll++) {
    const before = readCpuMs(watcher);
    await waitForPolls(store, begun + poll, pollInterval);
    figures[namespaces].push(readCpuMs(watcher) - before);
  }
  if (isTraced) statSync(MARK, { throwIfNoEntry: false });
  const counted = store.status().polls - begun;
  await store.close();
  removeBase(directory);
  return isTraced ? { polls: counted } : figures;
}

/** Waits until the watcher has polled `polls` times. Checks rarely, because the check runs in the measured process. */
async function waitForPolls(store, polls, pollInterval) {
  while (store.status().polls < polls) await sleep(pollInterval / 4);
}

/** Lists the thread ids of this process; empty if the system has no /proc. */
function listThreads() {
  return existsSync('/proc/self/task') ? readdirSync('/proc/self/task') : [];
}

/** Reads the CPU time of a thread in milliseconds; of the whole process if `thread` is undefined. */
function readCpuMs(thread) {
  if (thread === undefined) {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  }
  return Number(readFileSync(`/proc/self/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / NS_PER_MS;
}

const input = inputOf(FILE);
if (input !== undefined) answer(await measure(input));
