/** Resolves host names without `dns.lookup` (see {@link lookUp} for the reason). Runs in the watcher thread. */
import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { isIP, type LookupFunction } from 'node:net';

/** Paths of the files that configure the system's resolver: the hosts, and the name servers. */
interface NameFiles {
  readonly hosts: string;
  readonly resolver: string;
}

const SYSTEM: NameFiles = { hosts: '/etc/hosts', resolver: '/etc/resolv.conf' };
const TIMEOUT_MS = 3_000;
const TRIES = 2;

/** Queries in progress, by host name: sockets that open at the same time share one query. */
const pending = new Map<string, Promise<LookupAddress[]>>();

/**
 * Resolves a host name, with the signature that sockets expect.
 *
 * `dns.lookup` blocks a thread of the pool that runs the file operations of the whole process. While a name server is
 * silent (about ten seconds), the thread that called it cannot end: the process would hang at exit. This function
 * queries the name servers itself, and its caller can abandon the query.
 */
export const lookUp: LookupFunction = (hostname, options, callback) => {
  let addresses = pending.get(hostname);
  if (addresses === undefined) {
    addresses = resolveHost(hostname).finally(() => pending.delete(hostname));
    pending.set(hostname, addresses);
  }
  addresses.then(
    (addresses) => {
      const [first] = addresses;
      if (options.all === true) callback(null, addresses);
      else callback(null, first?.address ?? '', first?.family);
    },
    (error: NodeJS.ErrnoException) => callback(error, []),
  );
};

/**
 * Resolves `hostname` to all its addresses, IPv4 first. Reads the hosts file; if that does not list the name, queries
 * the name servers for `hostname` and for its combinations with the search domains.
 *
 * @throws {Error} the error of the last query, if no name has an address
 */
export async function resolveHost(
  hostname: string,
  files: NameFiles = SYSTEM,
  resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES }),
): Promise<LookupAddress[]> {
  const listed = findHostsEntries(readIfPresent(files.hosts), hostname);
  if (listed.length > 0) return listed;
  let failure: unknown = new Error(`No name server knows an address of ${hostname}.`);
  for (const name of listCandidates(hostname, readIfPresent(files.resolver))) {
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length > 0) return addresses.map(toAddress);
    for (const answer of answers) if (answer.status === 'rejected') failure = answer.reason;
  }
  throw failure;
}

/** Returns the addresses that the content of a hosts file lists for `hostname`. */
function findHostsEntries(hosts: string, hostname: string): LookupAddress[] {
  const wanted = hostname.toLowerCase();
  return hosts
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/))
    .filter(([address = '', ...names]) => isIP(address) !== 0 && names.includes(wanted))
    .map(([address = '']) => toAddress(address))
    .sort((one, other) => one.family - other.family);
}

/**
 * Lists the names to query, by the search domains and `ndots` in the content of a `resolv.conf`. A name with fewer dots
 * than `ndots` is tried as a relative name first. Source: resolv.conf(5).
 */
function listCandidates(hostname: string, config: string): string[] {
  if (hostname.endsWith('.')) return [hostname];
  const search = /^[ \t]*(?:search|domain)[ \t]+(.*)$/m.exec(config)?.[1]?.trim().split(/\s+/) ?? [];
  const ndots = Number(/^[ \t]*options\b.*\bndots:(\d+)/m.exec(config)?.[1] ?? 1);
  const relative = search.filter((domain) => domain !== '.').map((domain) => `${hostname}.${domain}`);
  return hostname.split('.').length > ndots ? [hostname, ...relative] : [...relative, hostname];
}

function toAddress(address: string): LookupAddress {
  return { address, family: isIP(address) };
}

/** Returns the content of a file; empty if the file cannot be read. */
function readIfPresent(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
