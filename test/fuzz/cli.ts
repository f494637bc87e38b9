/** The fuzzer as a command: its duration, progress on a terminal, the counts at the end. `run.mjs` starts it. */
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { Counts, fuzz } from './engine.js';
import type { RoundData } from './thread.js';

const DEFAULT_SECONDS = 60;
const MS_PER_ROUND = 10_000;
/** A round that runs for so much longer than it should hangs in an input. Milliseconds. */
const HANG_MS = 30_000;

const USAGE = `Usage: fuzz [--seconds N] [--seed S] [--once]

Mutates valid schemas and values for N seconds (default ${DEFAULT_SECONDS}), and checks the result of each.
--seed S starts with the input number S, by default a random one. --once runs only that input.

Exit code: 0 every input passed; 1 an input failed, and its seed is printed; 2 the arguments are invalid.`;

type Round = ReturnType<typeof fuzz>;

/** Runs the command with `args`; `threadText`: the bundle of `thread.ts`. Returns the exit code. */
export async function main(args: string[], threadText: string): Promise<number> {
  const settings = parse(args);
  if (settings === undefined) {
    console.error(USAGE);
    return 2;
  }
  let { seed } = settings;
  console.log(`First seed: ${seed}`);
  const end = Date.now() + settings.seconds * 1000;
  const sum: Record<string, number> = {};
  do {
    const round = await runRound(threadText, seed, Math.min(end, Date.now() + MS_PER_ROUND), settings.isSingle, sum);
    for (const [name, count] of Object.entries(round.counts)) sum[name] = (sum[name] ?? 0) + count;
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    if (round.failure !== undefined) {
      console.log(`FAILED with seed ${round.failure.seed}: ${round.failure.message}`);
      console.log(`Repeat it: node test/fuzz/run.mjs --once --seed ${round.failure.seed}`);
      return 1;
    }
    seed = (seed + round.counts.inputs) >>> 0;
  } while (!settings.isSingle && Date.now() < end);
  console.table(sum);
  console.log(`Next seed: ${seed}. Every input passed.`);
  return 0;
}

/** Parses `args`; undefined if they are invalid. */
function parse(args: string[]): { seconds: number; seed: number; isSingle: boolean } | undefined {
  try {
    const { values } = parseArgs({
      args,
      options: {
        seconds: { type: 'string', default: `${DEFAULT_SECONDS}` },
        seed: { type: 'string', default: `${Math.floor(Math.random() * 2 ** 32)}` },
        once: { type: 'boolean', default: false },
      },
    });
    const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
    if (!(seconds > 0) || !(seed >= 0 && seed < 2 ** 32 && Number.isInteger(seed))) return undefined;
    return { seconds, seed, isSingle: values.once };
  } catch {
    return undefined;
  }
}

/** Runs one round in a thread. If the thread dies or hangs, its current seed has failed. */
async function runRound(
  threadText: string,
  seed: number,
  until: number,
  isSingle: boolean,
  before: Record<string, number>,
): Promise<Round> {
  const words = new Uint32Array(new SharedArrayBuffer(8));
  const workerData: RoundData = { seed, until, words, isSingle };
  const thread = new Worker(threadText, { eval: true, workerData, resourceLimits: { maxOldGenerationSizeMb: 1024 } });
  const progress = setInterval(() => {
    if (!process.stderr.isTTY) return;
    const inputs = (before.inputs ?? 0) + Atomics.load(words, 1);
    process.stderr.write(`\r\x1b[K${inputs} inputs, seed ${Atomics.load(words, 0)}`);
  }, 1000);
  let timer: NodeJS.Timeout | undefined;
  const fail = (message: string): Round => ({
    counts: { ...NO_COUNTS, inputs: Atomics.load(words, 1) },
    failure: { seed: Atomics.load(words, 0), message },
  });
  try {
    return await new Promise<Round>((resolve) => {
      thread.on('message', resolve);
      thread.on('error', (error) => resolve(fail(`the thread died: ${error.stack}`)));
      thread.on('exit', (code) => resolve(fail(`the thread ended with code ${code}`)));
      timer = setTimeout(() => resolve(fail('the input does not finish')), until - Date.now() + HANG_MS);
    });
  } finally {
    clearInterval(progress);
    clearTimeout(timer);
    await thread.terminate();
  }
}

const NO_COUNTS: Counts = {
  inputs: 0,
  schemasAccepted: 0,
  schemasRejected: 0,
  valuesAccepted: 0,
  valuesRejected: 0,
  valuesMalformed: 0,
  patternFlags: 0,
};
