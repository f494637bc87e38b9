/**
 * The torture test: one thread publishes at full speed, the main thread and three workers read at full speed, and each
 * copy is checked word by word. A short test uses it, and so does the command line, for any length of time.
 */

import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { createCell } from '../../src/memory/cell/layout.js';
import { Board, type Counts } from './board.js';
import { TortureReader } from './reader.js';
import type { ThreadData } from './thread.js';

/** The number of readers: the first is the main thread, the others are workers. */
export const READERS = 4;

/** The entry of the threads, relative to the repository's root; `threadText` is its bundle. */
export const THREAD_ENTRY = 'test/torture/thread.ts';

/** The counts of a run so far. */
export interface Progress {
  /** The number of generations published. */
  readonly published: number;
  /** The counts by reader; the first is the main thread. */
  readonly readers: readonly Counts[];
  /** The issues of verified copies: the first {@link MAX_ISSUES}. */
  readonly issues: readonly string[];
}

const MAX_ISSUES = 20;

/** Steps that the main thread takes before it yields to its event loop: signals, timers, and reports of workers. */
const STEPS_PER_TURN = 16;

/**
 * Runs threads of `threadText` on a new cell until `enough`, called every few milliseconds, returns true. Rejects with
 * the error of a thread if one fails. No thread is left when the promise settles.
 */
export async function torture(threadText: string, enough: (progress: Progress) => boolean): Promise<Progress> {
  const buffer = createCell();
  const board = new Board(READERS);
  const issues: string[] = [];
  const report = (issue: string, reader: number) => {
    if (issues.length < MAX_ISSUES) issues.push(`reader ${reader}: ${issue}`);
  };
  const progress = (): Progress => ({
    published: board.published,
    readers: Array.from({ length: READERS }, (_, reader) => board.counts(reader)),
    issues,
  });

  let failure: { error: unknown } | undefined;
  const threads = Array.from({ length: READERS }, (_, i) => {
    const data: ThreadData = { buffer, board: board.words, ...(i > 0 && { reader: i }) };
    const thread = new Worker(threadText, { eval: true, workerData: data });
    thread.on('message', (issue: string) => report(issue, i));
    thread.on('error', (error) => {
      failure ??= { error };
    });
    // Not `once`, which rejects on an error: all threads must be gone before this promise settles.
    return new Promise((resolve) => thread.on('exit', resolve));
  });

  const reader = new TortureReader(buffer, board, 0, (issue) => report(issue, 0));
  board.arrive();
  try {
    while (failure === undefined && !enough(progress())) {
      for (let step = 0; step < STEPS_PER_TURN; step++) reader.step();
      await setImmediate();
    }
  } finally {
    board.stop();
    await Promise.all(threads);
  }
  if (failure !== undefined) throw failure.error;
  return progress();
}

/** Adds the counts of all readers. */
export function total({ readers }: Progress): Counts {
  const sum = (field: keyof Counts) => readers.reduce((all, counts) => all + counts[field], 0);
  return {
    generations: sum('generations'),
    verified: sum('verified'),
    torn: sum('torn'),
    unverified: sum('unverified'),
    unverifiedTorn: sum('unverifiedTorn'),
  };
}
