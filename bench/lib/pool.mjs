/** Measures requests in a pool of workers (piscina) that read options. */
import { close, init, options } from '../../dist/index.js';
import { makeBase, removeBase } from './base.mjs';
import { keysToRead } from './pool-task.mjs';

const TASKS = ['bare', 'library', 'passed'];

/** Returns microseconds per task by kind of task, a figure for each round. */
export async function measurePool({ options: count, rounds, batch, threads }) {
  const { Piscina } = await import('piscina');
  const directory = makeBase({ service: count });
  init({ directory, pollInterval: null });
  const live = options('service');
  const keys = keysToRead(live.keys());
  const values = Object.fromEntries(live.keys().map((key) => [key, live.get(key)]));
  const filename = new URL('./pool-task.mjs', import.meta.url).href;
  const pool = new Piscina({ filename, minThreads: threads, maxThreads: threads, concurrentTasksPerWorker: 1 });
  const runBatch = async (name) => {
    const task = name === 'passed' ? { keys, values } : { keys };
    const begun = performance.now();
    const counts = await Promise.all(Array.from({ length: batch }, () => pool.run(task, { name })));
    const elapsed = performance.now() - begun;
    if (counts.some((each) => each !== keys.length))
      throw new Error(`Each task of ${name} must read ${keys.length} keys`);
    return (elapsed * 1_000) / batch;
  };
  const samples = Object.fromEntries(TASKS.map((name) => [name, []]));
  for (const name of TASKS) await runBatch(name);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < TASKS.length; turn++) {
      const name = TASKS[(round + turn) % TASKS.length];
      samples[name].push(await runBatch(name));
    }
  }
  await pool.destroy();
  await close();
  removeBase(directory);
  return samples;
}
