/** Reports what many processes have read. Runs in the command line's main thread. */
import { formatText, joinFirst } from '../../common/text.js';
import { announceMissing, NO_PROCESS } from '../remote/ps.js';
import { CommandError, CommandErrors } from '../terminal/errors.js';
import { formatJson } from '../terminal/format.js';
import type { Output } from '../terminal/output.js';
import { suggestNames } from '../terminal/suggest.js';
import { type AskedProcess, askProcesses, type Selection } from './ask.js';
import { formatReport } from './format.js';
import { buildReport, type UsageReport } from './judge.js';
import { UsageMerge } from './merge.js';

/** The arguments of `usage`. */
interface UsageRequest extends Selection {
  /** The only namespace; undefined for all. */
  readonly namespace: string | undefined;
  /** Whether the text also has what is used. */
  readonly showsAll: boolean;
  readonly isJson: boolean;
}

/** How many processes a message names. */
const MAX_NAMED = 10;

/**
 * Prints what the processes have read.
 *
 * @throws {CommandError} unless all processes have answered, with exact counts
 */
export async function reportUsage(request: UsageRequest, output: Output): Promise<void> {
  const { namespace, showsAll, isJson, ...selection } = request;
  const merge = new UsageMerge(namespace);
  const { processes, endedSockets, otherUsers, namespaces } = await askProcesses(selection, merge);
  const silent = processes.filter(({ error }) => error !== null);
  if (silent.length === processes.length) {
    announceMissing({ endedSockets, otherUsers }, output);
    if (silent.length === 0) throw new CommandError(NO_PROCESS);
    throw new CommandErrors(silent.map(({ error }) => error ?? ''));
  }
  if (namespace !== undefined && !namespaces.has(namespace)) {
    const unknown = `no process that answered has a namespace '${namespace}'${suggestNames(namespace, [...namespaces].sort())}`;
    // One of those that did not answer may have it.
    throw new CommandErrors([...silent.map(({ error }) => error ?? ''), unknown]);
  }
  const report = buildReport(processes, merge);
  await output.data(isJson ? formatJson({ ...report, endedSockets, otherUsers }) : formatReport(report, showsAll));
  announceMissing({ endedSockets, otherUsers }, output);
  announceUnknownLines(report, selection.directory, output);
  if (!report.isComplete) throw new CommandError(describeIncomplete(processes, silent));
}

/** Says what to do if no line is known. */
function announceUnknownLines({ options, flags }: UsageReport, directory: string | undefined, output: Output): void {
  const found = [...options, ...flags].filter(({ state }) => state !== 'used');
  if (found.length === 0 || found.some(({ places }) => places.length > 0)) return;
  if (directory === undefined)
    output.info('No line is known: the files are not here; name their base directory by --dir');
  else output.warn(`No line is known: no schema and no values in ${directory} have any of these names`);
}

/** Says why something that looks unused may be used. The output has the reasons. */
function describeIncomplete(processes: readonly AskedProcess[], silent: readonly AskedProcess[]): string {
  const inexact = processes.filter(({ problem }) => problem !== null);
  return [
    ...(silent.length === 0
      ? []
      : [`${silent.length} of ${processes.length} processes could not be asked: ${listNames(silent)}`]),
    ...(inexact.length === 0 ? [] : [`the counts of ${listNames(inexact)} may be too low`]),
  ].join('; ');
}

function listNames(processes: readonly AskedProcess[]): string {
  return joinFirst(
    processes.slice(0, MAX_NAMED).map(({ name }) => formatText(name)),
    processes.length,
  );
}
