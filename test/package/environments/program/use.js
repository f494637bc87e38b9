/**
 * The program of every environment: reads values, receives changes in the main thread and a worker, and exits by
 * itself. `host.mjs` writes the values and checks the output.
 */
import { once } from 'node:events';

/**
 * Prints a line for each of the option's three values once both threads have read it.
 *
 * @param {typeof import('sentry-options')} library as loaded by the environment
 * @param {() => import('node:worker_threads').Worker} startWorker starts `worker.js`, or its build
 */
export async function use({ close, init, onReload, options, refresh }, startWorker) {
  init({ pollInterval: 50 });
  const seer = options('seer');
  let changeCount = 0;
  onReload(({ changes }) => {
    changeCount += changes.length;
  });
  const worker = startWorker();
  for (const number of [1, 2, 3]) {
    while (seer.get('number') !== number || changeCount < number - 1)
      await new Promise((resolve) => setTimeout(resolve, 5));
    while ((await ask(worker)) !== number) await new Promise((resolve) => setTimeout(resolve, 5));
    console.log(`both threads read ${number}`);
  }
  if (await refresh()) throw new Error('refresh() must find no change; got a new generation.');
  await worker.terminate();
  await close();
  console.log('closed');
}

async function ask(worker) {
  const answer = once(worker, 'message');
  worker.postMessage('read');
  return (await answer)[0];
}
