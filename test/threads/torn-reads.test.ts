/** Tests that no reader on any thread gets a torn copy, however fast the writer is and while the cell grows. */

import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { createCell, HEADER_BYTES } from '../../src/memory/cell/layout.js';
import { CellReader } from '../../src/memory/cell/reader.js';
import { bundleText } from '../support/bundle.js';
import { THREAD_ENTRY, torture, total } from '../torture/engine.js';
import type { GrowthTask } from '../torture/growth-thread.js';
import { faultOf } from '../torture/payload.js';

describe('CellReader', () => {
  it('Under full-speed writes, unverified copies are torn and verified copies never', async () => {
    const GENERATIONS_PER_READER = 50;
    // Readers make as many verified as unverified copies: without P, about as many of them would be torn.
    const UNVERIFIED_TORN = 40;
    // Far more than needed: reaching it means that tears are no longer detected, or that readers no longer succeed.
    const LAST_GENERATION = 200_000;
    const result = await torture(await bundleText(THREAD_ENTRY), (progress) => {
      const { torn, unverifiedTorn } = total(progress);
      if (torn > 0 || progress.published >= LAST_GENERATION) return true;
      const allRead = progress.readers.every(({ generations }) => generations >= GENERATIONS_PER_READER);
      return allRead && unverifiedTorn >= UNVERIFIED_TORN;
    });
    expect(result.issues).toEqual([]);
    expect(total(result).torn).toBe(0);
    expect(total(result).unverifiedTorn).toBeGreaterThanOrEqual(UNVERIFIED_TORN);
    for (const { generations } of result.readers) expect(generations).toBeGreaterThanOrEqual(GENERATIONS_PER_READER);
  }, 120_000);

  it('Readers get whole payloads while regions move and the buffer grows', async () => {
    const CELLS = 40;
    const GENERATIONS = 24;
    const thread = new Worker(await bundleText('test/torture/growth-thread.ts'), { eval: true });
    const failed = new Promise<never>((_, reject) => thread.once('error', reject));
    const issues: string[] = [];
    try {
      for (let i = 0; i < CELLS; i++) {
        const buffer = createCell();
        thread.postMessage({ buffer, generations: GENERATIONS } satisfies GrowthTask);
        await Promise.race([readUntil(GENERATIONS, buffer, issues), failed]);
        expect(buffer.byteLength).toBeGreaterThan(HEADER_BYTES + 2 ** 20);
      }
      expect(issues).toEqual([]);
    } finally {
      await thread.terminate();
    }
  }, 60_000);
});

/** Reads the cell in `buffer` until it reaches `generation`, and adds torn payloads to `issues`. */
async function readUntil(generation: number, buffer: SharedArrayBuffer, issues: string[]): Promise<void> {
  const reader = new CellReader(buffer);
  let last = 0;
  while (last < generation) {
    // Yields to the event loop now and then to notice the thread's death.
    for (let i = 0; i < 1000 && last < generation; i++) {
      const acquired = reader.acquire(last);
      if (acquired === undefined) continue;
      const issue = faultOf(acquired.bytes, acquired.generation);
      if (issue !== undefined) issues.push(`generation ${acquired.generation}: ${issue}`);
      last = acquired.generation;
    }
    await new Promise(setImmediate);
  }
}
