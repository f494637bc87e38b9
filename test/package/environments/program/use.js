/**
 * What every environment has to show: values are read, changes arrive in the main thread and in a worker, and the
 * process ends by itself. `host.mjs` writes the values and judges the lines.
 */
import { once } from 'node:events';

/**
 * Prints a line for each of the three values that the option is given, once both threads have read it.
 *
 * @param {typeof import('sentry-options')} library as the environment has loaded it
 * @param {() => import('node:worker_threads').Worker} startWorker starts `worker.js`, or what it was built to
 */
export async function use({ close, init, onReload, options, refresh }, startWorker) {
  init({ pollInterval: 50 });
  const seer = options('seer');
  let heard = 0;
  onReload(({ changes }) => {
    heard += changes.length;
  });
  const worker = startWorker();
  for (const number of [1, 2, 3]) {
    while (seer.get('number') !== number || heard < number - 1) await new Promise((resolve) => setTimeout(resolve, 5));
    while ((await ask(worker)) !== number) await new Promise((resolve) => setTimeout(resolve, 5));
    console.log(`both threads read ${number}`);
  }
  if (await refresh()) throw new Error('A refresh has found a change that nobody has made.');
  await worker.terminate();
  await close();
  console.log('closed');
}

async function ask(worker) {
  const answer = once(worker, 'message');
  worker.postMessage('read');
  return (await answer)[0];
}
