/**
 * The torture: one thread publishes at full speed, the main thread and three workers read at full speed, and each copy
 * is looked at word by word. Used by a short test and by the command line, which runs it for as long as it is asked.
 */

import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { createCell } from '../../src/memory/cell/layout.js';
import { Board, type Counts } from './board.js';
import { TortureReader } from './reader.js';
import type { ThreadData } from './thread.js';

/** Readers of a run: the first is the main thread, the others are workers. */
export const READERS = 4;

/** The entry of the threads, from the repository's root: what `threadText` is bundled from. */
export const THREAD_ENTRY = 'test/torture/thread.ts';

/** What a run has come to, at any time. */
export interface Progress {
  /** Generations published. */
  readonly published: number;
  /** By reader; the first is the main thread. */
  readonly readers: readonly Counts[];
  /** What was wrong with verified copies: the first {@link MAX_FAULTS}. */
  readonly issues: readonly string[];
}

const MAX_FAULTS = 20;

/** Steps that the main thread takes before it turns to its event loop: signals, timers, and what workers report. */
const STEPS_PER_TURN = 16;

/**
 * Runs threads of `threadText` over a fresh cell until `enough` says so, which is asked every few milliseconds.
 * Rejects with what a thread failed with, if one does. No thread is left when it settles.
 */
export async function torture(threadText: string, enough: (progress: Progress) => boolean): Promise<Progress> {
  const buffer = createCell();
  const board = new Board(READERS);
  const issues: string[] = [];
  const report = (issue: string, reader: number) => {
    if (issues.length < MAX_FAULTS) issues.push(`reader ${reader}: ${issue}`);
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
    // Not `once`, which rejects at an error: all threads have to be gone before this function says anything.
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

/** The counts of all readers of `progress` together. */
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
