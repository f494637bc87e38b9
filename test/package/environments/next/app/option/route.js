/** Returns what the server and its worker read now. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { options } from 'sentry-options';

export const dynamic = 'force-dynamic';

let worker;

export async function GET() {
  worker ??= new Worker(new URL('./worker.js', import.meta.url));
  const answer = once(worker, 'message');
  worker.postMessage('read');
  const [read] = await answer;
  return Response.json({ server: options('seer').get('number'), worker: read });
}
