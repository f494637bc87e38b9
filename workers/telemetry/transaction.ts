/** Builds the Sentry transactions of a reload, one for each namespace. Runs in the watcher thread. */
import { randomBytes } from 'node:crypto';
import type { Event } from '@sentry/node';
import type { Reload } from './reload.js';

/** The fields that all transactions of a store share. */
interface EventOrigin {
  readonly environment: string;
  /** The machine's name, which in Kubernetes is the pod's name: it identifies a pod that lags behind. */
  readonly serverName: string;
}

/**
 * Builds the transactions of `reload`. They contain these fields only: the client sends them unmodified, and no scope
 * adds tags, users or a release.
 */
export function buildTransactions(reload: Reload, { environment, serverName }: EventOrigin): Event[] {
  const end = Date.parse(reload.appliedAt) / 1000;
  const start = end - reload.durationMs / 1000;
  return reload.namespaces.map(({ name, generatedAt, delaySecs }) => ({
    type: 'transaction',
    event_id: randomBytes(16).toString('hex'),
    platform: 'node',
    environment,
    server_name: serverName,
    transaction: name,
    transaction_info: { source: 'custom' },
    start_timestamp: start,
    timestamp: end,
    contexts: {
      trace: {
        trace_id: randomBytes(16).toString('hex'),
        span_id: randomBytes(8).toString('hex'),
        op: 'sentry_options.reload',
        origin: 'manual',
        status: 'ok',
        data: {
          reload_duration_ms: reload.durationMs,
          applied_at: reload.appliedAt,
          ...(generatedAt !== null && { generated_at: generatedAt }),
          ...(delaySecs !== null && { propagation_delay_secs: delaySecs }),
        },
      },
      runtime: { name: 'node', version: process.version },
    },
    // Sentry must not store the IP address of this machine.
    sdk: { settings: { infer_ip: 'never' } },
  }));
}
