/**
 * Reload telemetry: the entry of a separate bundle, which the watcher thread evaluates only if there is a DSN. The only
 * module that holds Sentry's client; nothing else in workers/ may import it, except for its types.
 */
import { hostname } from 'node:os';
import { NodeClient } from '@sentry/node';
import type { TelemetrySettings } from '../../src/config/telemetry.js';
import type { Reload } from './reload.js';
import { buildTransactions } from './transaction.js';
import { makeTransport } from './transport.js';

/** Sends the transactions of reloads. */
export interface Telemetry {
  /** Sends the transactions of `reload` without waiting. Drops silently what it cannot send. */
  send(reload: Reload): void;
  /** Resolves when each sent transaction is answered or has failed; after `milliseconds` at the latest. */
  flush(milliseconds: number): Promise<void>;
}

/** Sentry's default, for a store with few namespaces. A reload sends one transaction for each namespace. */
const MIN_BUFFER_SIZE = 64;

/**
 * Creates the telemetry of one store. It creates its client at the first reload.
 *
 * @param onUntrusted called with the reason, each time that the server's certificate is not trusted
 */
export function createTelemetry(settings: TelemetrySettings, onUntrusted: (reason: string) => void): Telemetry {
  const origin = { environment: settings.environment, serverName: hostname() };
  let client: NodeClient | undefined;
  return {
    send(reload) {
      client ??= createClient(settings, reload.namespaces.length, onUntrusted);
      for (const transaction of buildTransactions(reload, origin)) client.sendEvent(transaction);
    },
    async flush(milliseconds) {
      await client?.flush(milliseconds);
    },
  };
}

/**
 * Creates a client for this store alone. Not by `Sentry.init`, which patches modules that the whole thread uses. It has
 * no integrations, no scope and no spans, through which data of another client could leak in.
 */
function createClient(
  { dsn, environment }: TelemetrySettings,
  namespaceCount: number,
  onUntrusted: (reason: string) => void,
): NodeClient {
  return new NodeClient({
    dsn,
    environment,
    integrations: [],
    stackParser: () => [],
    transport: (options) => makeTransport({ ...options, onUntrusted }),
    // Two reloads fit into one round trip.
    transportOptions: { bufferSize: Math.max(MIN_BUFFER_SIZE, 2 * namespaceCount) },
    traceLifecycle: 'static',
    enableRuntimeChannelInjection: false,
    includeServerName: false,
    sendClientReports: false,
  });
}
