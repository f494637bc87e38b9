/** Formats the last reloads of a running process. Runs in the command line's main thread. */
import { formatDuration } from '../../common/duration.js';
import { escapeControlChars, formatRest } from '../../common/text.js';
import type { ChangeAnswer, ReloadAnswer } from '../../status/answers.js';
import { formatChange, formatJson } from '../terminal/format.js';
import type { Client } from './client.js';

/** Returns the output of `history`: the newest reload first, each with its changes, or with why it was rejected. */
export async function describeHistory(client: Client, isJson: boolean): Promise<string> {
  const answer = await client.history();
  if (isJson) return formatJson(answer);
  if (answer.reloads.length === 0) return 'no reload since the start\n';
  const now = Date.now();
  return answer.reloads.map((reload) => formatReload(reload, now)).join('');
}

function formatReload({ at, reloadMs, generation, error, changes, changeCount }: ReloadAnswer, now: number): string {
  const age = now - Date.parse(at);
  const since = Number.isNaN(age) ? at : `${at} (${formatDuration(age)} ago)`;
  const outcome = generation === null ? 'rejected' : `generation ${generation}`;
  const details =
    error === null ? formatChanges(changes, changeCount) : error.split('\n').map((line) => line.replaceAll('\t', '  '));
  return [`${since}  ${outcome}, in ${formatDuration(reloadMs)}`, ...details.map((line) => `  ${line}`)]
    .map((line) => `${escapeControlChars(line)}\n`)
    .join('');
}

function formatChanges(changes: readonly ChangeAnswer[], count: number): readonly string[] {
  if (count === 0) return ['no option changed'];
  const lines = changes.map((change) => `${change.namespace} ${change.key}: ${formatChange(change.old, change.new)}`);
  return count > changes.length ? [...lines, `… ${formatRest(count - changes.length)}`] : lines;
}
