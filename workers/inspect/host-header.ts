/** Whose requests the server answers, by the `Host` header. Runs in the watcher thread. Pure. */
import { isIP } from 'node:net';
import type { InspectSettings } from '../../src/config/inspect.js';

/**
 * Whether `host` is of this machine, an address, or configured. A page of another site can make a browser send requests
 * here under the site's own name, which it lets resolve to this machine (DNS rebinding). It cannot do so under an address.
 */
export function isAllowedHost(host: string, { hosts, address }: InspectSettings): boolean {
  const name = host.replace(/:\d{0,5}$/, '').toLowerCase();
  if (isIP(name.replace(/^\[|\]$/g, '')) !== 0) return true;
  if (name === 'localhost' || name.endsWith('.localhost') || hosts.includes(name)) return true;
  return address.kind === 'tcp' && name === address.host;
}
