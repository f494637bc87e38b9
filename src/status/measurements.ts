/**
 * What is measured of a store: the names, units and meanings of its metrics, for OpenTelemetry and for Prometheus. Runs in
 * any thread. Pure.
 */
import type { Status } from './status.js';

/** One value; `namespace` if there is one for each namespace. */
export interface Measured {
  readonly value: number;
  readonly namespace?: string;
}

/** One metric. */
export interface Measurement {
  /** Without the prefix `sentry_options.`. */
  readonly name: string;
  readonly kind: 'gauge' | 'counter';
  readonly description: string;
  /** A unit of UCUM, as OpenTelemetry names them; undefined for a number without one. */
  readonly unit?: string;
  /** Returns the values; none if there is none yet. */
  read(status: Status): readonly Measured[];
}

/** All metrics that follow from a status. */
export const MEASUREMENTS: readonly Measurement[] = [
  {
    name: 'generation',
    kind: 'gauge',
    description: 'The number of the last accepted reload.',
    read: ({ generation }) => [{ value: generation }],
  },
  {
    name: 'last_reload.successful',
    kind: 'gauge',
    description: '1 if the files are valid and readable, 0 if not.',
    read: (status) => [{ value: Number(isLastReloadGood(status)) }],
  },
  {
    name: 'last_reload.success_timestamp',
    kind: 'gauge',
    description: 'When the live values were published, in Unix time.',
    unit: 's',
    read: ({ appliedAt }) => toSeconds(appliedAt),
  },
  {
    name: 'watcher.up',
    kind: 'gauge',
    description: '1 if the watcher polls, 0 if it is stalled, crashed or closed.',
    read: ({ watcher }) => [{ value: Number(watcher === 'running') }],
  },
  {
    name: 'last_poll.timestamp',
    kind: 'gauge',
    description: 'When the last poll ended, in Unix time.',
    unit: 's',
    read: ({ lastPollAt }) => toSeconds(lastPollAt),
  },
  {
    name: 'polls',
    kind: 'counter',
    description: 'Completed polls.',
    unit: '{poll}',
    read: ({ polls }) => [{ value: polls }],
  },
  {
    name: 'reloads.rejected',
    kind: 'counter',
    description: 'Rejected reloads. The last values stayed in use.',
    unit: '{reload}',
    read: ({ rejectedReloads }) => [{ value: rejectedReloads }],
  },
  {
    name: 'unknown_keys',
    kind: 'gauge',
    description: 'Keys in the values file that the schema does not declare.',
    unit: '{key}',
    read: ({ namespaces }) =>
      Object.entries(namespaces).map(([namespace, { unknownCount }]) => ({ value: unknownCount, namespace })),
  },
];

/** Whether the files are valid and readable. If a watcher that runs is degraded, they are rejected or unreadable. */
function isLastReloadGood({ health, watcher, lastError }: Status): boolean {
  return lastError === null && !(health === 'degraded' && watcher === 'running');
}

function toSeconds(time: string | null): readonly Measured[] {
  return time === null ? [] : [{ value: Date.parse(time) / 1_000 }];
}
