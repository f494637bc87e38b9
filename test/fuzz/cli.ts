/** The fuzzing as a command: for how long, progress on a terminal, the counts at the end. Started by `run.mjs`. */
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { Counts, fuzz } from './engine.js';
import type { RoundData } from './thread.js';

const DEFAULT_SECONDS = 60;
const MS_PER_ROUND = 10_000;
/** A round that goes on for so much longer than it should hangs in an input. */
const HANG_MS = 30_000;

const USAGE = `Usage: fuzz [--seconds N] [--seed S] [--once]

Spoils good schemas and values in all kinds of ways for N seconds (default ${DEFAULT_SECONDS}), and checks what is made of them.
--seed S starts with the input number S; without it, with a random one. --once: that input only.

Exit code: 0 nothing was found; 1 something was, and its seed is printed; 2 the command was not understood.`;

type Round = ReturnType<typeof fuzz>;

/** Runs the command with `args`; `threadText` is the bundle of `thread.ts`. Returns the exit code. */
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
      console.log(`Again: node test/fuzz/run.mjs --once --seed ${round.failure.seed}`);
      return 1;
    }
    seed = (seed + round.counts.inputs) >>> 0;
  } while (!settings.isSingle && Date.now() < end);
  console.table(sum);
  console.log(`Next seed: ${seed}. Nothing was found.`);
  return 0;
}

/** What `args` ask for, undefined where they make no sense. */
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

/** One round in a thread. A thread that dies or hangs is a failure of the seed that it was at. */
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
  const failed = (message: string): Round => ({
    counts: { ...NO_COUNTS, inputs: Atomics.load(words, 1) },
    failure: { seed: Atomics.load(words, 0), message },
  });
  try {
    return await new Promise<Round>((resolve) => {
      thread.on('message', resolve);
      thread.on('error', (error) => resolve(failed(`the thread died: ${error.stack}`)));
      thread.on('exit', (code) => resolve(failed(`the thread ended with code ${code}`)));
      timer = setTimeout(() => resolve(failed('the input does not come to an end')), until - Date.now() + HANG_MS);
    });
  } finally {
    clearInterval(progress);
    clearTimeout(timer);
    await thread.terminate();
  }
}

const NO_COUNTS: Counts = {
  inputs: 0,
  schemasTaken: 0,
  schemasRefused: 0,
  valuesTaken: 0,
  valuesRefused: 0,
  valuesNoJson: 0,
};
