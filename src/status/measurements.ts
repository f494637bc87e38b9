/**
 * What is measured of a store: the names, units and meanings of its metrics, for OpenTelemetry and for Prometheus. Runs in
 * any thread. Pure.
 */
import type { NamespaceStatus } from './record.js';
import type { Status } from './status.js';
import type { Usage } from './usage.js';

/** One value, with what distinguishes it from the other values of its metric, by the names of OpenTelemetry. */
export interface Measured {
  readonly value: number;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** One metric of a `Subject`. */
export interface Measurement<Subject> {
  /** As OpenTelemetry has it, with dots. */
  readonly name: string;
  readonly kind: 'gauge' | 'counter';
  readonly description: string;
  /** A unit of UCUM, as OpenTelemetry names them; undefined for a number without one. */
  readonly unit?: string;
  /** Whether the attributes are what is measured: a reload changes them. The value is 1. */
  readonly isInfo?: true;
  /** Returns the values; none if there is none yet. */
  read(subject: Subject): Iterable<Measured>;
}

/** Not `namespace`: in Prometheus, that label is the Kubernetes namespace. */
export const NAMESPACE_ATTRIBUTE = 'sentry_options.namespace';
const VARIANT = 'feature_flag.result.variant';
/** All of them at each collection: a rule on a state that has not occurred yet finds a series, and sees its end. */
const WATCHER_STATES: readonly Status['watcher'][] = ['running', 'stalled', 'crashed', 'closed'];

/** All metrics that follow from a status. */
export const STATUS_MEASUREMENTS: readonly Measurement<Status>[] = [
  {
    name: 'sentry_options.generation',
    kind: 'gauge',
    description: 'The number of the last accepted reload.',
    read: ({ generation }) => [{ value: generation }],
  },
  {
    name: 'sentry_options.last_reload.successful',
    kind: 'gauge',
    description: '1 if the files are valid and readable, 0 if not.',
    read: (status) => [{ value: Number(isLastReloadGood(status)) }],
  },
  {
    name: 'sentry_options.last_reload.success_timestamp',
    kind: 'gauge',
    description: 'When the live values were published, in Unix time.',
    unit: 's',
    read: ({ appliedAt }) => toSeconds(appliedAt),
  },
  {
    name: 'sentry_options.watcher.up',
    kind: 'gauge',
    description: '1 if the watcher polls, 0 if it is stalled, crashed or closed.',
    read: ({ watcher }) => [{ value: Number(watcher === 'running') }],
  },
  {
    name: 'sentry_options.watcher.state',
    kind: 'gauge',
    description: '1 for the state that the watcher is in, 0 for all others.',
    read: ({ watcher }) =>
      WATCHER_STATES.map((state) => ({
        value: Number(state === watcher),
        attributes: { 'sentry_options.state': state },
      })),
  },
  {
    name: 'sentry_options.last_poll.timestamp',
    kind: 'gauge',
    description: 'When the last poll ended, in Unix time.',
    unit: 's',
    read: ({ lastPollAt }) => toSeconds(lastPollAt),
  },
  {
    name: 'sentry_options.polls',
    kind: 'counter',
    description: 'Completed polls.',
    unit: '{poll}',
    read: ({ polls }) => [{ value: polls }],
  },
  {
    name: 'sentry_options.reloads.rejected',
    kind: 'counter',
    description: 'Rejected reloads. The last values stayed in use.',
    unit: '{reload}',
    read: ({ rejectedReloads }) => [{ value: rejectedReloads }],
  },
  {
    name: 'sentry_options.fallback',
    kind: 'gauge',
    description:
      '1 if values that were invalid at the start are replaced by the last good ones or the defaults, 0 if not.',
    read: ({ fallback }) => [{ value: Number(fallback !== null) }],
  },
  {
    name: 'sentry_options.namespace.held',
    kind: 'gauge',
    description: '1 if the namespace keeps its last values while others follow their files, 0 if not.',
    read: ({ namespaces }) => readNamespaces(namespaces, ({ held }) => Number(held !== null)),
  },
  {
    name: 'sentry_options.namespace.lost',
    kind: 'gauge',
    description:
      '1 if the namespace serves its defaults because its values file was deleted since the start, 0 if not.',
    read: ({ namespaces }) => readNamespaces(namespaces, ({ lost }) => Number(lost !== null)),
  },
  {
    name: 'sentry_options.values.info',
    kind: 'gauge',
    description: '1 for the values that are live, 0 for those that were. Its attributes say which.',
    isInfo: true,
    read: ({ namespaces }) =>
      Object.entries(namespaces).map(([namespace, { valuesHash, commit }]) => ({
        value: 1,
        attributes: {
          [NAMESPACE_ATTRIBUTE]: namespace,
          'sentry_options.values_hash': valuesHash ?? '',
          'sentry_options.commit': commit ?? '',
        },
      })),
  },
  {
    name: 'sentry_options.values.fingerprint',
    kind: 'gauge',
    description: 'The first 48 bits of the hash of the live values, to compare processes; 0 without a file.',
    // As many bits as make a safe integer of whole hex digits.
    read: ({ namespaces }) =>
      readNamespaces(namespaces, ({ valuesHash }) => Number.parseInt(valuesHash?.slice(0, 12) ?? '0', 16)),
  },
  {
    name: 'sentry_options.unknown_keys',
    kind: 'gauge',
    description: 'Keys in the values file that the schema does not declare.',
    unit: '{key}',
    read: ({ namespaces }) => readNamespaces(namespaces, ({ unknownCount }) => unknownCount),
  },
  {
    name: 'sentry_options.mount_warnings',
    kind: 'gauge',
    description: 'What is wrong with the mounts of the values files.',
    unit: '{warning}',
    read: ({ mountWarnings }) => [{ value: mountWarnings.length }],
  },
];

/**
 * All metrics of what is used. They have a series for each option, and up to three for each flag that was evaluated.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/registry/attributes/feature-flag/
 */
export const USAGE_MEASUREMENTS: readonly Measurement<Usage>[] = [
  {
    name: 'sentry_options.option.used',
    kind: 'gauge',
    description: '1 if a thread has read the option since the start, 0 if not.',
    *read({ options }) {
      for (const { namespace, key, firstReadAt } of options) {
        const attributes = { [NAMESPACE_ATTRIBUTE]: namespace, 'sentry_options.option': key };
        yield { value: Number(firstReadAt !== null), attributes };
      }
    },
  },
  {
    name: 'feature_flag.evaluations',
    kind: 'counter',
    description: 'Evaluations of the feature flag.',
    unit: '{evaluation}',
    *read({ flags }) {
      for (const { namespace, flag, on, off, errors } of flags) {
        const attributes = {
          'feature_flag.key': flag,
          'feature_flag.provider.name': 'sentry-options',
          [NAMESPACE_ATTRIBUTE]: namespace,
        };
        if (on > 0) yield { value: on, attributes: { ...attributes, [VARIANT]: 'on' } };
        if (off > 0) yield { value: off, attributes: { ...attributes, [VARIANT]: 'off' } };
        // The answer was off, too.
        const failed = { [VARIANT]: 'off', 'error.type': 'invalid_context' };
        if (errors > 0) yield { value: errors, attributes: { ...attributes, ...failed } };
      }
    },
  },
];

/** Whether the files are valid and readable. If a watcher that runs is degraded, they are rejected or unreadable. */
function isLastReloadGood({ health, watcher, lastError }: Status): boolean {
  return lastError === null && !(health === 'degraded' && watcher === 'running');
}

function readNamespaces(
  namespaces: Status['namespaces'],
  read: (status: NamespaceStatus) => number,
): readonly Measured[] {
  return Object.entries(namespaces).map(([namespace, status]) => {
    return { value: read(status), attributes: { [NAMESPACE_ATTRIBUTE]: namespace } };
  });
}

function toSeconds(time: string | null): readonly Measured[] {
  return time === null ? [] : [{ value: Date.parse(time) / 1_000 }];
}
