/** The options that name a running process, which several commands have. */
import type { Client } from '../remote/client.js';
import type { CliCommand } from '../terminal/command.js';
import { UsageError } from '../terminal/errors.js';
import { ValueOption } from '../terminal/options.js';
import type { Output } from '../terminal/output.js';

/** At most one is given. */
export interface RemoteOptions {
  readonly pid?: string;
  readonly socket?: string;
  readonly url?: string;
}

const DESCRIPTIONS = {
  pid: 'ask the running process with this id, as `ps` lists it',
  socket: 'ask the running process that listens on this Unix socket',
  url: 'ask the running process that listens at this URL',
} as const;

/** Adds the options to `command`. */
export function addRemoteOptions(
  command: CliCommand,
  names: readonly (keyof RemoteOptions)[] = ['pid', 'socket', 'url'],
): CliCommand {
  for (const name of names) command.addOption(new ValueOption(name, DESCRIPTIONS[name]));
  return command;
}

/**
 * Returns the process to ask; undefined if no option names one.
 *
 * @param others further options, which a command cannot have when it asks a process, by name
 * @throws {UsageError} if two options contradict each other
 * @throws {CommandError} if no process with that id can be asked
 */
export async function findClient(
  options: RemoteOptions,
  others: Readonly<Record<string, string | undefined>> = {},
): Promise<Client | undefined> {
  const { pid, socket, url } = options;
  const given = Object.entries({ pid, socket, url }).filter(([, value]) => value !== undefined);
  const [first, second = Object.entries(others).find(([, value]) => value !== undefined)] = given;
  if (first === undefined) return undefined;
  if (second !== undefined) {
    throw new UsageError(
      `error: the argument '${formatOption(first[0])}' cannot be used with '${formatOption(second[0])}'\n\n` +
        "For more information, try '--help'.",
    );
  }
  const { selectClient } = await import('../remote/select.js');
  return selectClient({ pid, socket, url });
}

/** Returns the process to ask, as {@link findClient} does, for a command that can do nothing else. */
export async function requireClient(options: RemoteOptions): Promise<Client> {
  const client = await findClient(options);
  if (client !== undefined) return client;
  throw new UsageError(
    "error: one of '--pid <PID>', '--socket <SOCKET>' and '--url <URL>' is required\n\n" +
      "For more information, try '--help'.",
  );
}

/** Says in the first line that a command asks no process: its answer may not be what is live. */
export function announceFiles(output: Output): void {
  output.info('Reading the files, as a service that starts now; --pid asks a running one');
}

function formatOption(name: string): string {
  return `--${name} <${name.toUpperCase()}>`;
}
