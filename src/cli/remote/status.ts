/** Formats the status of a running process. Runs in the command line's main thread. */
import { formatStatus } from 'sentry-options';
import { formatDuration } from '../../common/duration.js';
import { escapeControlChars } from '../../common/text.js';
import type { ProcessAnswer } from '../../status/answers.js';
import { formatJson } from '../terminal/format.js';
import type { Client } from './client.js';

/** Returns the output of `status`: the process, and what its `status()` returns. */
export async function describeStatus(client: Client, isJson: boolean): Promise<string> {
  const { process, status } = await client.status();
  // The fields of the status are where they are without a process.
  if (isJson) return formatJson({ process, ...status });
  const now = Date.now();
  // Else the status says what is kept.
  const kept = status.state === null ? 'last good   not kept: no state directory is set\n' : '';
  return `${formatProcess(process, now)}\n${kept}${formatStatus(status, now)}\n`;
}

function formatProcess({ pid, program, node, library, host, startedAt }: ProcessAnswer, now: number): string {
  const age = now - Date.parse(startedAt);
  const since = Number.isNaN(age) ? startedAt : `${startedAt} (${formatDuration(age)} ago)`;
  return [
    `process     ${pid} on ${host}, since ${since}`,
    `program     ${program}`,
    `versions    sentry-options ${library}, Node.js ${node.replace(/^v/, '')}`,
  ]
    .map(escapeControlChars)
    .join('\n');
}
