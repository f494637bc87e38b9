/** A worker of the service, which posts each value that it reads. */
import { parentPort } from 'node:worker_threads';

if (process.env.PLAIN === '1') {
  setInterval(() => {}, 50);
} else {
  const { options } = await import('sentry-options');
  const key = 'max-retries';
  const option = options('seer').option(key);
  let last;
  setInterval(
    () => {
      const { value } = option;
      if (value === last) return;
      last = value;
      parentPort.postMessage({ event: 'read', thread: 'worker', key, value });
    },
    Number(process.env.READ_MS ?? 50),
  );
}
