/** Where a running process can be asked. Pure. */
import { UsageError } from '../terminal/errors.js';

/** A Unix socket, or the URL of a server. */
export interface Address {
  /** The name in messages: `process 1234`, a path or a URL. */
  readonly name: string;
  /** The path of the socket; undefined if `url` leads to a TCP server. */
  readonly socketPath: string | undefined;
  /** The URL that the paths of requests are relative to; ends with a slash. */
  readonly url: URL;
}

/** The URL of a socket. The server requires a loopback name as the host. */
const SOCKET_URL = 'http://localhost/';

/** Returns the option that names an address to a command, for messages that advise to run one. */
export function toOption({ name, socketPath }: Address): string {
  if (socketPath === undefined) return `--url ${name}`;
  return name === socketPath ? `--socket ${socketPath}` : `--pid ${name.replace(/^process /, '')}`;
}

/** Returns the address of a socket. */
export function socketAddress(path: string, name: string = path): Address {
  return { name, socketPath: path, url: new URL(SOCKET_URL) };
}

/**
 * Returns the address of a URL, or of `HOST:PORT`.
 *
 * @throws {UsageError} if the text is neither
 */
export function urlAddress(text: string): Address {
  const whole = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    // A password belongs into no message.
    const end = text.lastIndexOf('@');
    const shown = end < 0 ? text : `…${text.slice(end)}`;
    throw new UsageError(
      `error: '--url <URL>' must be http://HOST:PORT or https://HOST, without a query or a fragment; got '${shown}'`,
    );
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  const shown = new URL(url);
  shown.password = '';
  return { name: shown.href, socketPath: undefined, url };
}
