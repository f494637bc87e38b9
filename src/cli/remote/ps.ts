/** Lists the processes of this machine that can be asked. Runs in the command line's main thread. */
import { basename } from 'node:path';
import type { StatusAnswer } from '../../status/answers.js';
import { formatCount, formatJson, formatTable } from '../terminal/format.js';
import type { Output } from '../terminal/output.js';
import { socketAddress } from './address.js';
import { Client } from './client.js';
import { mapLimited } from './map-limited.js';
import { RemoteError } from './request.js';
import { listSockets, type ProcessSocket } from './sockets.js';

/** The time for the answer of one process, in milliseconds. */
const TIMEOUT = 2_000;
/** What a command says that asks all processes and finds none. */
export const NO_PROCESS = 'No process of this user can be asked; start one with SENTRY_OPTIONS_INSPECT=1';
/** How many processes are asked at a time. */
const PARALLEL = 16;

/** A process, as `ps --json` prints it. */
export interface ListedProcess {
  /** What `--pid` takes. */
  readonly name: string;
  readonly socket: string;
  /** Null if the process did not answer; `error` says why. */
  readonly process: StatusAnswer['process'] | null;
  readonly status: StatusAnswer['status'] | null;
  readonly error: string | null;
}

/** What `ps --json` prints. */
export interface ProcessList {
  readonly processes: readonly ListedProcess[];
  /** The sockets of processes that have ended. */
  readonly endedSockets: readonly string[];
  /** The ids of other users with processes that only they can ask. */
  readonly otherUsers: readonly number[];
}

/** Prints the output of `ps`. */
export async function listProcesses(isJson: boolean, output: Output): Promise<void> {
  const { sockets, otherUsers } = listSockets();
  const found = await mapLimited(sockets, PARALLEL, ask);
  const processes = found.filter((one) => one !== undefined);
  const endedSockets = sockets.filter((_, index) => found[index] === undefined).map(({ path }) => path);
  const list: ProcessList = { processes, endedSockets, otherUsers };
  if (isJson) await output.data(formatJson(list));
  else if (processes.length > 0) await output.data(formatProcesses(processes));
  else output.info(NO_PROCESS);
  const unwell = isJson ? undefined : processes.find(({ status }) => status !== null && status.health !== 'ok');
  if (unwell !== undefined) {
    output.info(`Why ${unwell.name} is ${unwell.status?.health}: sentry-options status --pid ${unwell.name}`);
  }
  announceMissing(list, output);
}

/** Says which processes are not in the output, and why. */
export function announceMissing(
  { endedSockets, otherUsers }: Pick<ProcessList, 'endedSockets' | 'otherUsers'>,
  output: Output,
): void {
  if (endedSockets.length > 0) {
    // Of any age: nothing removes the socket of a process that was killed, so it does not say that a service is down.
    const count = formatCount(endedSockets.length, 'socket');
    output.info(`Not shown: ${count} left behind when processes were killed, perhaps long ago; harmless`);
  }
  if (otherUsers.length > 0) {
    output.info(`Not shown: processes of ${describeUsers(otherUsers)}; only that user can open their sockets`);
  }
}

/** Asks for the status; undefined if the process has ended. */
async function ask({ name, path }: ProcessSocket): Promise<ListedProcess | undefined> {
  try {
    const { process, status } = await new Client(socketAddress(path, `process ${name}`), TIMEOUT).status();
    return { name, socket: path, process, status, error: null };
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    if (error.failure === 'ended') return undefined;
    return { name, socket: path, process: null, status: null, error: error.message };
  }
}

function formatProcesses(processes: readonly ListedProcess[]): string {
  const rows = processes.map(({ name, process, status }) =>
    process === null || status === null
      ? [name, '-', '-', 'no answer', '-']
      : [name, basename(process.program), String(status.generation), formatHealth(status), status.directory],
  );
  return formatTable([['PROCESS', 'PROGRAM', 'GENERATION', 'HEALTH', 'DIRECTORY'], ...rows]);
}

function formatHealth({ health, namespaces }: StatusAnswer['status']): string {
  const all = Object.values(namespaces);
  const held = all.filter((namespace) => namespace.held !== null).length;
  const lost = all.filter((namespace) => namespace.lost !== null).length;
  return `${health}${held === 0 ? '' : `, ${held} held`}${lost === 0 ? '' : `, ${lost} lost`}`;
}

function describeUsers(users: readonly number[]): string {
  return users.length === 1 ? `user ${users[0]}` : `the users ${users.join(', ')}`;
}
