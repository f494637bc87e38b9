/** Formats the threads of a running process. Runs in the command line's main thread. */
import { setTimeout as sleep } from 'node:timers/promises';
import { formatDuration } from '../../common/duration.js';
import type { ThreadAnswer, ThreadsAnswer } from '../../status/answers.js';
import { formatJson, formatTable } from '../terminal/format.js';
import type { Client } from './client.js';

/** How long a thread is silent before it counts as blocked, in milliseconds; as on the page. */
const PATIENCE = 1_000;

/** Returns the output of `threads`: a row for each thread that holds the store. */
export async function describeThreads(client: Client, isJson: boolean): Promise<string> {
  const answer = await ask(client);
  if (isJson) return formatJson(answer);
  const rows = answer.threads.map((thread) => [
    String(thread.threadId),
    formatRole(thread),
    String(thread.generation),
    thread.adoptedAt ?? '-',
    thread.isBehind ? `yes, ${answer.generation} is live` : 'no',
    formatLoop(thread),
  ]);
  const table = formatTable([['THREAD', 'ROLE', 'GENERATION', 'ADOPTED', 'BEHIND', 'EVENT LOOP'], ...rows]);
  return answer.isFull ? `${table}The list is full: there may be further threads.\n` : table;
}

/** Asks again if a thread has been silent for a moment only: it may be busy, and not blocked. */
async function ask(client: Client): Promise<ThreadsAnswer> {
  const answer = await client.threads();
  const isUnsure = answer.threads.some(
    ({ responds, silentMs }) => !responds && silentMs !== null && silentMs < PATIENCE,
  );
  if (!isUnsure) return answer;
  await sleep(PATIENCE);
  return await client.threads();
}

function formatRole({ isMain, isOwner }: ThreadAnswer): string {
  return [...(isMain ? ['main'] : []), ...(isOwner ? ['owner'] : [])].join(', ') || 'worker';
}

/** Says whether the thread's event loop turns. A thread that is blocked either computes or waits. */
function formatLoop({ responds, silentMs, activity }: ThreadAnswer): string {
  if (responds) return 'turns';
  const since = silentMs === null ? '' : ` for ${formatDuration(silentMs)}`;
  return `blocked${since}${activity === null ? '' : `, ${activity}`}`;
}
