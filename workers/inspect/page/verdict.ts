/** Judges whether all is well: one headline, and the checks that it stands on. Pure. */
import type { StatusAnswer, ThreadAnswer, ThreadsAnswer } from '../../../src/status/answers.js';
import type { Status } from '../../../src/status/status.js';
import { count, formatDuration, formatNumber, type Phrase } from './format.js';
import { escapeInvisible, escapeLines } from './text.js';

/** From best to worst. `note`: worth knowing, and nobody has to do anything. */
export const LEVELS = ['ok', 'note', 'warn', 'bad'] as const;
export type Level = (typeof LEVELS)[number];

/** One question about the process, with its answer. */
export interface Check {
  readonly level: Level;
  /** The answer, as a headline if it is the worst one. */
  readonly title: string;
  readonly detail: Phrase;
  /** A message of several lines. */
  readonly message?: string;
}

/** The judgment. */
export interface Verdict {
  /** `unknown`: the page has no answer, or no connection. */
  readonly level: Level | 'unknown';
  readonly headline: string;
  readonly detail: Phrase;
  readonly checks: readonly Check[];
}

/** What the page knows. */
export interface Known {
  readonly status: StatusAnswer | undefined;
  readonly threads: ThreadsAnswer | undefined;
  /** When the last answer came, RFC 3339. */
  readonly asOf: string | undefined;
  readonly isLost: boolean;
  /** What the server says instead of an answer. */
  readonly problem: string | undefined;
}

/** Judges what is known. Without a connection, the last answers say nothing about now. */
export function judge({ status, threads, asOf, isLost, problem }: Known): Verdict {
  const checks = status === undefined ? [] : listChecks(status.status, threads);
  if (problem !== undefined) checks.push({ level: 'warn', title: 'The server cannot answer', detail: [problem] });
  if (isLost) {
    const detail: Phrase =
      asOf === undefined ? ['Trying again.'] : ['What you see is of ', { at: asOf }, '. Trying again.'];
    return { level: 'unknown', headline: 'No connection to the process', detail, checks };
  }
  if (status === undefined) return { level: 'unknown', headline: problem ?? 'Loading', detail: [], checks };
  const worst = checks.reduce((a, b) => (LEVELS.indexOf(b.level) > LEVELS.indexOf(a.level) ? b : a));
  if (worst.level === 'ok' || worst.level === 'note') {
    return { level: 'ok', headline: 'All is well', detail: describeLive(status.status), checks };
  }
  const others = checks.filter(({ level }) => level === 'warn' || level === 'bad').length - 1;
  const more = others > 0 ? ` And ${count(others, 'further issue')}.` : '';
  return { level: worst.level, headline: worst.title, detail: [...worst.detail, more], checks };
}

function describeLive({ generation, appliedAt }: Status): Phrase {
  return [`Generation ${formatNumber(generation)} is live`, ...since(appliedAt), '.'];
}

function since(at: string | null): Phrase {
  return at === null ? [] : [' since ', { at }];
}

function listChecks(status: Status, threads: ThreadsAnswer | undefined): Check[] {
  return [
    checkFiles(status),
    ...checkLost(status),
    checkWatcher(status),
    ...(threads === undefined ? [] : [checkResponses(threads), checkGenerations(threads)]),
    checkMounts(status),
    ...checkState(status),
    checkNames(status),
    checkRejections(status),
  ];
}

function checkFiles(status: Status): Check {
  const { health, watcher, reason, lastError, lastErrorAt, generation, reloadMs, namespaces, fallback } = status;
  const live: Phrase = [`The values of generation ${formatNumber(generation)} stay live`];
  const isRunning = watcher === 'running';
  // If the watcher does not run, the reason is why, which its own check says.
  const message = (isRunning ? reason : lastError) ?? '';
  const started = `The process started on ${fallback?.kind === 'defaults' ? 'the defaults' : 'its last good values'}`;
  const held = Object.entries(namespaces).flatMap(([name, namespace]) => (namespace.held === null ? [] : [name]));
  if (held.length > 0) {
    const title = `${count(held.length, 'namespace')} ${held.length === 1 ? 'keeps its' : 'keep their'} last values`;
    const names = held.slice(0, 5).map(escapeInvisible).join(', ');
    const more = held.length > 5 ? ` and ${formatNumber(held.length - 5)} more` : '';
    const others = isRunning ? ' The values of all others follow their files.' : '';
    const start = fallback === null ? '' : ` ${started}.`;
    return { level: 'warn', title, detail: [`${names}${more}: see below.${others}${start}`], message };
  }
  if (fallback !== null) {
    const { keptAt } = fallback;
    const kept: Phrase = keptAt === null ? [] : [' These values have been kept', ...since(keptAt), '.'];
    const invalid = `The files on disk were invalid${isRunning ? ', and still are' : ''}.`;
    return { level: 'warn', title: started, detail: [invalid, ...kept], message };
  }
  if (lastError !== null) {
    const isSuspicious = lastError.startsWith('Held back ');
    const title = isSuspicious ? 'The files on disk are suspicious, and held back' : 'The files on disk are rejected';
    return {
      level: 'warn',
      title,
      detail: [...live, isSuspicious ? '. Held back' : '. Rejected', ...since(lastErrorAt), '.'],
      message: lastError,
    };
  }
  if (health === 'degraded' && isRunning) {
    return { level: 'warn', title: 'The files may differ from what is live', detail: [...live, '.'], message };
  }
  if (!isRunning) {
    return { level: 'note', title: 'Nothing compares the files with what is live', detail: [...live, '.'] };
  }
  const loaded = reloadMs === null ? '' : `, loaded in ${formatDuration(reloadMs)}`;
  const title = 'The files on disk are live';
  return { level: 'ok', title, detail: [`Generation ${formatNumber(generation)}${loaded}.`] };
}

function checkLost({ namespaces }: Status): Check[] {
  const lost = Object.keys(namespaces).filter((name) => namespaces[name]?.lost != null);
  if (lost.length === 0) return [];
  const title = lost.length === 1 ? '1 namespace has lost its file' : `${lost.length} namespaces have lost their files`;
  const names = lost.slice(0, 5).map(escapeInvisible).join(', ');
  const more = lost.length > 5 ? ` and ${formatNumber(lost.length - 5)} more` : '';
  return [{ level: 'warn', title, detail: [`${names}${more}: the defaults are live. Was the deletion meant?`] }];
}

function checkWatcher({ watcher, reason, lastPollAt, polls, heartbeatAt }: Status): Check {
  const message = reason === null ? {} : { message: reason };
  switch (watcher) {
    case 'running': {
      const last: Phrase = lastPollAt === null ? [] : [', the last ', { at: lastPollAt }];
      return { level: 'ok', title: 'The watcher is running', detail: [count(polls, 'poll'), ...last, '.'] };
    }
    case 'stalled': {
      const detail: Phrase = ['The live values may be old. The last sign of life', ...since(heartbeatAt), '.'];
      return { level: 'warn', title: 'The watcher is stalled', detail, ...message };
    }
    case 'crashed': {
      const detail = ['The live values no longer follow the files. Restart the process.'];
      return { level: 'bad', title: 'The watcher has crashed', detail, ...message };
    }
    case 'closed': {
      return { level: 'bad', title: 'The store is closed', detail: ['The values no longer follow the files.'] };
    }
  }
}

/** From when on a silent thread counts as blocked, in milliseconds. A busy one is silent for a moment now and then. */
const BLOCKED_MS = 1_000;

/** What the event loop of a thread does. `late`: silent, but not for long enough to call it blocked. */
export function judgeThread({ responds, silentMs }: ThreadAnswer): 'turns' | 'late' | 'blocked' {
  if (responds) return 'turns';
  return silentMs !== null && silentMs < BLOCKED_MS ? 'late' : 'blocked';
}

/** Names a thread as the page shows it. */
export function nameThread({ threadId, isMain }: ThreadAnswer): string {
  return isMain ? 'the main thread' : `thread ${threadId}`;
}

function checkResponses({ threads, isFull }: ThreadsAnswer): Check {
  const silent = threads.filter((thread) => judgeThread(thread) === 'blocked');
  const late = threads.filter((thread) => judgeThread(thread) === 'late').length;
  const rest = isFull ? ' Further threads may hold the store, and cannot be asked.' : '';
  if (silent.length === 0 && late > 0) {
    const title = `${count(late, 'thread')} ${late === 1 ? 'is' : 'are'} slow to respond`;
    return { level: 'note', title, detail: [`Busy, or blocked since a moment ago.${rest}`] };
  }
  if (silent.length === 0) {
    const isOne = threads.length === 1;
    const title = isOne ? 'The only thread responds' : `All ${threads.length} threads respond`;
    return { level: 'ok', title, detail: [`${isOne ? 'Its event loop turns' : 'Their event loops turn'}.${rest}`] };
  }
  const names = silent.slice(0, 5).map((thread) => {
    return `${nameThread(thread)}${thread.silentMs === null ? '' : ` for ${formatDuration(thread.silentMs)}`}`;
  });
  const more = silent.length > names.length ? ` and ${silent.length - names.length} more` : '';
  const title = silent.length === 1 ? '1 thread is blocked' : `${silent.length} threads are blocked`;
  return { level: 'warn', title, detail: [`No response from ${names.join(', ')}${more}.${rest}`] };
}

function checkGenerations({ threads, generation }: ThreadsAnswer): Check {
  const behind = threads.filter(({ isBehind }) => isBehind);
  if (behind.length === 0) {
    return {
      level: 'ok',
      title: 'No thread is behind',
      detail: [`The newest values are of generation ${formatNumber(generation)}.`],
    };
  }
  const title = `${count(behind.length, 'thread')} ${behind.length === 1 ? 'has' : 'have'} not read the newest values`;
  return { level: 'note', title, detail: ['A thread adopts them with its next read.'] };
}

function checkMounts({ mountWarnings }: Status): Check {
  if (mountWarnings.length === 0) return { level: 'ok', title: 'The mounts have no issues', detail: [] };
  const title = count(mountWarnings.length, 'issue of the mounts', 'issues of the mounts');
  return { level: 'warn', title, detail: [], message: mountWarnings.join('\n') };
}

function checkState({ state }: Status): Check[] {
  if (state === null) return [];
  const { keptAt, problem } = state;
  if (problem !== null) {
    const detail = ['If the values are invalid at the next start, the process fails.'];
    return [{ level: 'warn', title: 'The last good values are not kept', detail, message: escapeLines(problem) }];
  }
  const title = keptAt === null ? 'The live values are not kept yet' : 'The last good values are kept';
  const detail: Phrase =
    keptAt === null ? ['They are as soon as they have been live for 15 s.'] : ['Kept', ...since(keptAt), '.'];
  return [{ level: 'ok', title, detail }];
}

function checkNames({ namespaces }: Status): Check {
  const unknown = Object.entries(namespaces).filter(([, { unknownCount }]) => unknownCount > 0);
  if (unknown.length === 0) return { level: 'ok', title: 'The schemas declare every name in the files', detail: [] };
  const total = unknown.reduce((sum, [, { unknownCount }]) => sum + unknownCount, 0);
  const lines = unknown.map(([name, { unknownKeys, unknownCount }]) => {
    const names = unknownKeys.slice(0, 10);
    const more = unknownCount > names.length ? ` and ${formatNumber(unknownCount - names.length)} more` : '';
    return `${escapeInvisible(name)}: ${names.map(escapeInvisible).join(', ')}${more}`;
  });
  return {
    level: 'note',
    title: `No schema declares ${count(total, 'name')} in the files`,
    detail: ['They have no effect.'],
    message: escapeLines(lines.join('\n')),
  };
}

function checkRejections({ rejectedReloads, lastError }: Status): Check {
  if (rejectedReloads === 0) return { level: 'ok', title: 'No reload was rejected since the start', detail: [] };
  const title = `${count(rejectedReloads, 'reload')} ${rejectedReloads === 1 ? 'was' : 'were'} rejected since the start`;
  return { level: 'note', title, detail: [lastError === null ? 'The files are valid again.' : ''] };
}
