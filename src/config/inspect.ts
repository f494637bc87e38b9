/**
 * Checks the setting `inspect`, and determines where a running process can be asked. Runs in the thread that starts the
 * store. Must not import the code of the server.
 */
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ConfigError } from '../common/errors.js';
import { readSettings } from '../common/settings.js';
import { describeArgument, isArray } from '../common/value.js';

/** How a running process can be asked: the setting `inspect` as an object. */
export interface InspectConfig {
  /** Where the server listens, in the forms of the setting itself. Default: `true`. */
  readonly listen?: boolean | string | number | undefined;
  /** Whether answers over TCP show values. Default: false, they show types. Answers over a socket show values. */
  readonly values?: boolean | undefined;
  /** Names that the `Host` header of a request may have, besides those of the loopback. */
  readonly hosts?: readonly string[] | undefined;
}

/** Where the server listens. */
export type InspectAddress =
  /** A Unix socket. `isOwn`: in the library's own directory, where the name contains the pid. */
  | { readonly kind: 'socket'; readonly path: string; readonly isOwn: boolean }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/** What the watcher needs to open the server. */
export interface InspectSettings {
  readonly address: InspectAddress;
  /** Whether answers show values; otherwise they show types. */
  readonly showsValues: boolean;
  /** Names that the `Host` header may have, besides those of the loopback; in lower case. */
  readonly hosts: readonly string[];
}

const LOOPBACK = '127.0.0.1';
const MAX_PORT = 65_535;

/** The setting, unchecked. */
interface InspectInput {
  readonly argument: boolean | string | number | InspectConfig | undefined;
  readonly variable: string | undefined;
  readonly redactValues: boolean;
}

/**
 * Determines whether and where the server listens. The argument takes precedence over the variable.
 *
 * An invalid argument throws, because its author sees the error. An invalid variable comes with a deployment, and no
 * service must stay down because it cannot be asked: `inspectWarning` is the warning to log, and there is no server.
 *
 * @throws {ConfigError} if the argument is invalid
 */
export function resolveInspect({ argument, variable, redactValues }: InspectInput): {
  readonly inspect: InspectSettings | undefined;
  readonly inspectWarning: string | undefined;
} {
  const settings = readArgument(argument);
  if (settings.listen !== undefined) {
    const address = readAddress(settings.listen);
    if (typeof address !== 'string')
      return { inspect: complete(address, settings, redactValues), inspectWarning: undefined };
    throw new ConfigError(
      `inspect must be true, the path of a socket, a port, or HOST:PORT; got ${describeArgument(settings.listen)}: ${address}.`,
      {
        key: 'inspect',
      },
    );
  }
  const text = variable?.trim() ?? '';
  const address = readVariable(text);
  if (typeof address !== 'string')
    return { inspect: complete(address, settings, redactValues), inspectWarning: undefined };
  const inspectWarning =
    `SENTRY_OPTIONS_INSPECT must be 1, the path of a socket, a port, or HOST:PORT; got ${describeArgument(text)}: ` +
    `${address}. This process cannot be asked.`;
  return { inspect: undefined, inspectWarning };
}

function readArgument(argument: InspectInput['argument']): InspectConfig {
  if (typeof argument !== 'object' || argument === null) {
    if (argument === undefined || ['boolean', 'string', 'number'].includes(typeof argument))
      return { listen: argument };
    throw new ConfigError(
      `inspect must be true, the path of a socket, a port, or HOST:PORT, or an object of settings; got ${describeArgument(argument)}.`,
      {
        key: 'inspect',
      },
    );
  }
  const settings = readSettings<InspectConfig>('The setting inspect', argument, ['listen', 'values', 'hosts']);
  const { listen = true, values, hosts } = settings;
  if (values !== undefined && typeof values !== 'boolean') {
    throw new ConfigError(`inspect.values must be a boolean; got ${describeArgument(values)}.`, { key: 'inspect' });
  }
  if (hosts !== undefined && !(isArray(hosts) && hosts.every((host) => typeof host === 'string'))) {
    throw new ConfigError(`inspect.hosts must be an array of names; got ${describeArgument(hosts)}.`, {
      key: 'inspect',
    });
  }
  return { listen, values, hosts };
}

/** Reads the variable, as {@link readAddress}. A word, such as `yes`, is a mistake, and not the name of a socket. */
function readVariable(text: string): InspectAddress | string | undefined {
  if (/^(?:|0|false)$/i.test(text)) return undefined;
  const address = readAddress(/^(?:1|true)$/i.test(text) || text);
  const isWord = typeof address === 'object' && address.kind === 'socket' && !address.isOwn && !/[\\/]/.test(text);
  return isWord ? 'a path must contain a slash' : address;
}

/** Returns the address; undefined if there is to be no server. If `listen` is invalid, returns why, as a clause. */
function readAddress(listen: unknown): InspectAddress | string | undefined {
  if (listen === false) return undefined;
  if (listen === true) return { kind: 'socket', path: ownSocket(), isOwn: true };
  if (typeof listen === 'number') return readTcp(LOOPBACK, String(listen));
  if (typeof listen !== 'string') return 'it is neither';
  if (/^\d+$/.test(listen)) return readTcp(LOOPBACK, listen);
  const [, host, port] = /^(\[[^\]/]*\]|[^:/]*):(\d+)$/.exec(listen) ?? [];
  if (port !== undefined) return readTcp(host?.replace(/^\[|\]$/g, '') ?? '', port);
  if (listen.trim() === '' || listen.includes('\0')) return 'it is no path';
  return { kind: 'socket', path: resolve(listen), isOwn: false };
}

function readTcp(host: string, text: string): InspectAddress | string {
  const port = Number(text);
  if (!(Number.isInteger(port) && port >= 0 && port <= MAX_PORT))
    return `the port is not a number from 0 to ${MAX_PORT}`;
  if (host === '') return 'it has no host before the port';
  return { kind: 'tcp', host: host.toLowerCase(), port };
}

function complete(
  address: InspectAddress | undefined,
  { values = false, hosts = [] }: InspectConfig,
  redactValues: boolean,
): InspectSettings | undefined {
  if (address === undefined) return undefined;
  const showsValues = !redactValues && (address.kind === 'socket' || values);
  return { address, showsValues, hosts: hosts.map((host) => host.toLowerCase()) };
}

/** The directory of the sockets of this user's processes. */
export function socketDirectory(): string {
  return join(tmpdir(), `sentry-options-${process.getuid?.() ?? 'user'}`);
}

/** The path of the first store's socket of this process. */
function ownSocket(): string {
  return join(socketDirectory(), `${process.pid}.sock`);
}
