/**
 * Decides which addresses git receives: https, ssh, and local repositories. Pure.
 *
 * Git would also accept commands (`ext::`), the name of any program `git-remote-NAME` with arguments for it (`hg::`),
 * and protocols without encryption. We decide before git does, since variables and configuration change its decision.
 */
import { resolve } from 'node:path';

/** The protocols that git may use, also after a redirect and after the user's `insteadOf`. */
const PROTOCOLS = ['https', 'ssh', 'file'];

/** An address for git. */
export interface Address {
  readonly url: string;
  /** Whether the repository is on this machine. */
  readonly isLocal: boolean;
}

/**
 * Returns the address for git, or the reason why `url` is not allowed. The reason does not quote `url`, which may
 * contain a password.
 *
 * @param directory the directory of relative paths
 */
export function parseAddress(url: string, directory: string): Address | { readonly issue: string } {
  const helper = /^([A-Za-z0-9+.-]*)::/.exec(url)?.[1];
  if (helper !== undefined) return { issue: describeProtocol(`${helper}::`) };
  const [, scheme, rest = ''] = /^([^/:]*):\/\/(.*)$/s.exec(url) ?? [];
  if (scheme !== undefined) {
    if (!PROTOCOLS.includes(scheme)) return { issue: describeProtocol(`${scheme}://`) };
    if (scheme === 'file') return { url, isLocal: true };
    const authority = rest.split('/', 1)[0] as string;
    return checkHost(authority) ?? { url, isLocal: false };
  }
  // Git takes a colon before the first slash as `host:path`.
  const host = /^([^/]*):/.exec(url)?.[1];
  if (host !== undefined) return checkHost(host) ?? { url, isLocal: false };
  if (url === '' || url.startsWith('-')) return { issue: "url must not be empty or begin with '-'" };
  return { url: resolve(directory, url), isLocal: true };
}

/**
 * Returns the value of GIT_ALLOW_PROTOCOL for git.
 *
 * @param restriction the user's value: it can allow fewer protocols, but no further ones
 */
export function allowedProtocols(restriction: string | undefined): string {
  const own = restriction?.split(':');
  return PROTOCOLS.filter((protocol) => own?.includes(protocol) ?? true).join(':');
}

function describeProtocol(got: string): string {
  return `url must be https://…, ssh://…, user@host:path, file://… or a path; got one that begins with '${got}'`;
}

/** ssh would take a host or a user that begins with `-` as an option. */
function checkHost(authority: string): { readonly issue: string } | undefined {
  if (authority !== '' && !authority.split('@').some((part) => part === '' || part.startsWith('-'))) return undefined;
  return { issue: "url must have a host, and neither host nor user may begin with '-'" };
}
