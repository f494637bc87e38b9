/** The torture test as a command: its duration, progress on a terminal, a table at the end. `run.mjs` starts it. */

import { parseArgs } from 'node:util';
import type { Counts } from './board.js';
import { type Progress, READERS, torture, total } from './engine.js';

const DEFAULT_SECONDS = 60;

/** Each round has a new cell with new threads, because regions only grow in the first publications of a cell. */
const SECONDS_PER_ROUND = 10;

const USAGE = `Usage: torture [--seconds N]

Publishes and reads at full speed from ${READERS + 1} threads for N seconds (default ${DEFAULT_SECONDS}), and
detects torn reads. Ctrl-C ends the run early, with the same report.

Exit code: 0 no verified copy was torn; 1 one was torn; 2 the run proves nothing, or the arguments are invalid.`;

/** Runs the command with `args`; `threadText`: the bundle of `thread.ts`. Returns the exit code. */
export async function main(args: string[], threadText: string): Promise<number> {
  const seconds = parse(args);
  if (seconds === undefined) {
    console.error(USAGE);
    return 2;
  }

  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
  };
  process.once('SIGINT', interrupt);

  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  const over = (sum: Progress) => interrupted || elapsed() >= seconds || total(sum).torn > 0;

  let sum: Progress = { published: 0, readers: [], issues: [] };
  let rounds = 0;
  while (rounds === 0 || !over(sum)) {
    const roundEnds = elapsed() + SECONDS_PER_ROUND;
    const before = sum;
    const enough = (progress: Progress) => {
      const now = add(before, progress);
      show(now, elapsed());
      return over(now) || elapsed() >= roundEnds;
    };
    sum = add(before, await torture(threadText, enough));
    rounds++;
  }
  process.off('SIGINT', interrupt);
  return conclude(sum, rounds, elapsed());
}

/** Parses `args` into seconds; undefined if they are invalid. */
function parse(args: string[]): number | undefined {
  try {
    const { values } = parseArgs({ args, options: { seconds: { type: 'string', default: `${DEFAULT_SECONDS}` } } });
    const seconds = Number(values.seconds);
    return seconds > 0 ? seconds : undefined;
  } catch {
    return undefined;
  }
}

/** Adds the counts of two rounds, reader by reader. */
function add(a: Progress, b: Progress): Progress {
  return {
    published: a.published + b.published,
    issues: [...a.issues, ...b.issues],
    readers: b.readers.map((counts, reader) => {
      const others = a.readers[reader];
      return others === undefined ? counts : total({ ...a, readers: [counts, others] });
    }),
  };
}

let shownAt = Number.NEGATIVE_INFINITY;

/** Shows one line that overwrites itself, once a second, and only on a terminal. */
function show(progress: Progress, seconds: number): void {
  if (!process.stderr.isTTY || seconds < shownAt + 1) return;
  shownAt = seconds;
  const { verified, torn, unverified, unverifiedTorn } = total(progress);
  process.stderr.write(
    `\r\x1b[K${seconds.toFixed(0)} s: ${progress.published} published, ${verified} verified (${torn} torn), ` +
      `${unverified} unverified (${unverifiedTorn} torn)`,
  );
}

function conclude(progress: Progress, rounds: number, seconds: number): number {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  const all = total(progress);
  const table: Record<string, Counts> = {};
  progress.readers.forEach((counts, reader) => {
    table[reader === 0 ? 'main thread' : `worker ${reader}`] = counts;
  });
  console.table({ ...table, total: all });
  console.log(`${progress.published} generations in ${rounds} cells, ${seconds.toFixed(1)} s, Node ${process.version}`);
  for (const issue of progress.issues) console.log(`TORN ${issue}`);
  if (all.torn > 0) return 1;
  if (all.unverifiedTorn > 0) return 0;
  console.log('No unverified copy was torn either, so this run proves nothing.');
  return 2;
}
