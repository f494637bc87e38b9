/**
 * The address of a host, without `dns.lookup`. That one blocks a thread of the pool that the whole process has its file
 * operations done by, and while a name server is silent (about ten seconds) the thread that asked cannot be ended: a
 * process would hang at its end. This one asks the name servers by itself, and can be dropped. Runs in the watcher.
 */
import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { isIP, type LookupFunction } from 'node:net';

/** Where names and their servers are told, as the system's own resolver has it. */
interface NameFiles {
  readonly hosts: string;
  readonly resolver: string;
}

const SYSTEM: NameFiles = { hosts: '/etc/hosts', resolver: '/etc/resolv.conf' };
const TIMEOUT_MS = 3_000;
const TRIES = 2;

/** What is being asked for: sockets that are opened at the same time share one answer. */
const pending = new Map<string, Promise<LookupAddress[]>>();

/** {@link resolveHost} in the form that sockets take. */
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
 * All addresses of `hostname`: those of the hosts file, else those that the name servers know for it, or for it in one
 * of the search domains. IPv4 first.
 *
 * @throws the error of the last name that was asked for, where none is known
 */
export async function resolveHost(
  hostname: string,
  files: NameFiles = SYSTEM,
  resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES }),
): Promise<LookupAddress[]> {
  const listed = findHostsEntries(readText(files.hosts), hostname);
  if (listed.length > 0) return listed;
  let failure: unknown = new Error(`No name server knows an address of ${hostname}.`);
  for (const name of listCandidates(hostname, readText(files.resolver))) {
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length > 0) return addresses.map(toAddress);
    for (const answer of answers) if (answer.status === 'rejected') failure = answer.reason;
  }
  throw failure;
}

/** The addresses that a hosts file has for `hostname`. */
function findHostsEntries(text: string, hostname: string): LookupAddress[] {
  const wanted = hostname.toLowerCase();
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/))
    .filter(([address = '', ...names]) => isIP(address) !== 0 && names.includes(wanted))
    .map(([address = '']) => toAddress(address))
    .sort((one, other) => one.family - other.family);
}

/** The names to ask for, by the search domains and `ndots` of a resolver's file: what has fewer dots is relative first. */
function listCandidates(hostname: string, text: string): string[] {
  if (hostname.endsWith('.')) return [hostname];
  const search = /^\s*(?:search|domain)\s+(.*)$/m.exec(text)?.[1]?.trim().split(/\s+/) ?? [];
  const ndots = Number(/^\s*options\b.*\bndots:(\d+)/m.exec(text)?.[1] ?? 1);
  const relative = search.filter((domain) => domain !== '.').map((domain) => `${hostname}.${domain}`);
  return hostname.split('.').length > ndots ? [hostname, ...relative] : [...relative, hostname];
}

function toAddress(address: string): LookupAddress {
  return { address, family: isIP(address) };
}

/** A file that is not there says nothing. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
