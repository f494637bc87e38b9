/**
 * Reload telemetry: the entry of a text of its own, which the watcher evaluates only where there is a DSN. The one place
 * that holds Sentry's client. Runs in the watcher.
 */
import { hostname } from 'node:os';
import { NodeClient } from '@sentry/node';
import type { TelemetrySettings } from '../../src/config/telemetry.js';
import type { Reload } from './reload.js';
import { buildTransactions } from './transaction.js';
import { makeTransport } from './transport.js';

/** What sends the transactions of reloads. */
export interface Telemetry {
  /** Sends the transactions of `reload`, and waits for nothing. What cannot be sent is dropped without a word. */
  send(reload: Reload): void;
  /** Resolves when all that was sent has been answered, or has failed; after `milliseconds` at the latest. */
  flush(milliseconds: number): Promise<void>;
}

/** Sentry's own size, for a store with few namespaces. A reload has as many transactions as there are namespaces. */
const LEAST_BUFFER = 64;

/** The telemetry of one store, with a client that is made at its first reload. */
export function createTelemetry(settings: TelemetrySettings): Telemetry {
  const origin = { environment: settings.environment, serverName: hostname() };
  let client: NodeClient | undefined;
  return {
    send(reload) {
      client ??= createClient(settings, reload.namespaces.length);
      for (const transaction of buildTransactions(reload, origin)) client.sendEvent(transaction);
    },
    async flush(milliseconds) {
      await client?.flush(milliseconds);
    },
  };
}

/**
 * A client that belongs to nobody but this store: not `Sentry.init`, which patches what the whole thread uses; no
 * integrations, no scope and no spans, by which something of another client could get in.
 */
function createClient({ dsn, environment }: TelemetrySettings, namespaceCount: number): NodeClient {
  return new NodeClient({
    dsn,
    environment,
    integrations: [],
    stackParser: () => [],
    transport: makeTransport,
    // Room for two reloads in one round trip.
    transportOptions: { bufferSize: Math.max(LEAST_BUFFER, 2 * namespaceCount) },
    traceLifecycle: 'static',
    enableRuntimeChannelInjection: false,
    includeServerName: false,
    sendClientReports: false,
  });
}
