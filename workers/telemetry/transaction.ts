/** Sentry's transactions of a reload, one for each namespace. Pure; runs in the watcher. */
import { randomBytes } from 'node:crypto';
import type { Event } from '@sentry/node';
import type { Reload } from './reload.js';

/** What stands in every transaction of a store. */
interface EventOrigin {
  readonly environment: string;
  /** The name of the machine, which is the pod's: whoever lags behind is to be found. */
  readonly serverName: string;
}

/**
 * The transactions of `reload`. Nothing is in them but what stands here: they are sent as they are, and no scope is
 * asked for tags, users or a release.
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
    // No address of this machine is to be stored with it.
    sdk: { settings: { infer_ip: 'never' } },
  }));
}
