/**
 * Entry point `sentry-options/metrics`: exports a store's status as OpenTelemetry instruments. Runs in the thread that
 * calls {@link instrument}, at each collection and after each reload. The host installs `@opentelemetry/api`.
 */
import { type Attributes, type Meter, metrics, type Observable } from '@opentelemetry/api';
import { runWithoutContext } from './common/async-context.js';
import { DISPOSE, disposable } from './common/disposable.js';
import { ConfigError } from './common/errors.js';
import { readEntries, readSettings } from './common/settings.js';
import { describeArgument, describeKind } from './common/value.js';
import type { ReloadEvent } from './events/reload-event.js';
import {
  type Measured,
  type Measurement,
  NAMESPACE_ATTRIBUTE,
  STATUS_MEASUREMENTS,
  USAGE_MEASUREMENTS,
} from './status/measurements.js';
import type { Usage } from './status/usage.js';
import { type OptionsStore, requireStore } from './store/options-store.js';
import { findCurrentStore, getCurrentStore } from './store/thread-store.js';

/** The settings of {@link instrument}. All are optional. */
export interface InstrumentConfig {
  /** The store to measure. Default: this thread's store. */
  readonly store?: OptionsStore | undefined;
  /** Default: the meter `sentry-options` of the global provider. Register that provider first. */
  readonly meter?: Meter | undefined;
  /** Added to every measurement, for example to distinguish two stores in one process. */
  readonly attributes?: Attributes | undefined;
  /**
   * Whether to measure what is used: `sentry_options.option.used`, with a series for each option, and
   * `feature_flag.evaluations`, with up to three series for each flag that was evaluated. Default: true.
   */
  readonly usage?: boolean | undefined;
}

const SUBJECT = 'The configuration of instrument()';
/** In seconds. A reload that takes over a second is worth an alert. */
const RELOAD_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** In seconds. The kubelet takes up to 90 seconds; over five minutes is worth an alert. */
const DELAY_BUCKETS = [1, 5, 10, 30, 60, 90, 120, 180, 240, 300, 600, 1_800, 3_600];

/**
 * Measures a store. Call it once per process, in any thread that has the store: all threads share the watcher. Never
 * keeps the process alive.
 *
 * By default, follows this thread to its next store, at the first collection after `close()` and `init()`.
 *
 * Records each reload separately. If this thread learns of several reloads at once, it records up to ten of them, and
 * the propagation delay of only the newest.
 *
 * @returns a Disposable that ends the measurement
 * @throws {ConfigError} if a setting is unknown or invalid
 * @throws {NotInitializedError} if no store is given and this thread has no store
 * @example
 * init();
 * instrument();
 */
export function instrument(config?: InstrumentConfig): Disposable {
  const settings = readSettings<InstrumentConfig>(SUBJECT, config, ['store', 'meter', 'attributes', 'usage']);
  const store = settings.store === undefined ? getCurrentStore() : requireStore(settings.store);
  const meter = settings.meter === undefined ? metrics.getMeter('sentry-options') : requireMeter(settings.meter);
  const attributes =
    settings.attributes === undefined
      ? undefined
      : (Object.fromEntries(readEntries('attributes', 'attributes', settings.attributes)) as Attributes);
  const measuresUsage = readUsageSetting(settings.usage);
  const record = makeRecorder(meter, attributes);
  let measured = store;
  let stopRecording = record(store);
  const follow = (): OptionsStore => {
    const current = settings.store === undefined ? findCurrentStore() : undefined;
    if (current !== undefined && current !== measured) {
      // The store of before is closed, or its owner has a new one.
      stopRecording();
      measured = current;
      stopRecording = record(current);
    }
    return measured;
  };
  const observations = [
    observe(STATUS_MEASUREMENTS, () => follow().status(), meter, attributes),
    // A callback of its own: if other code has overwritten the names of options, the status is still measured.
    ...(measuresUsage ? [observe(USAGE_MEASUREMENTS, () => findUsage(follow()), meter, attributes)] : []),
  ];
  return disposable(() => {
    stopRecording();
    for (const stop of observations) stop();
  });
}

function readUsageSetting(usage: unknown = true): boolean {
  if (typeof usage === 'boolean') return usage;
  throw new ConfigError(`usage must be a boolean; got ${describeArgument(usage)}.`, { key: 'usage' });
}

function requireMeter(meter: unknown): Meter {
  try {
    const { createObservableGauge, createObservableCounter, createHistogram } = meter as Meter;
    const methods = [createObservableGauge, createObservableCounter, createHistogram];
    if (methods.every((method) => typeof method === 'function')) return meter as Meter;
  } catch {
    // Null, or a getter or a proxy that throws.
  }
  throw new ConfigError(`meter must be a Meter of @opentelemetry/api; got ${describeKind(meter)}.`, { key: 'meter' });
}

/** Returns what is used; undefined if the store counts nothing: a 0 would say that nobody reads an option. */
function findUsage(store: OptionsStore): Usage | undefined {
  return store.handle.usage === null ? undefined : store.usage();
}

/** Observes what `getSubject` returns, at each collection. Returns a function that stops it. */
function observe<Subject>(
  measurements: readonly Measurement<Subject>[],
  getSubject: () => Subject | undefined,
  meter: Meter,
  attributes: Attributes | undefined,
): () => void {
  const instruments = measurements.map(({ name, kind, description, unit }) => {
    const options = { description, ...(unit !== undefined && { unit }) };
    return kind === 'gauge' ? meter.createObservableGauge(name, options) : meter.createObservableCounter(name, options);
  });
  const infos = measurements.map(({ isInfo }) => (isInfo ? new Info() : undefined));
  const callback: Parameters<Meter['addBatchObservableCallback']>[0] = (result) => {
    const subject = getSubject();
    if (subject === undefined) return;
    for (const [place, { read }] of measurements.entries()) {
      const values = read(subject);
      for (const measured of infos[place]?.complete(values) ?? values) {
        result.observe(instruments[place] as Observable, measured.value, { ...attributes, ...measured.attributes });
      }
    }
  };
  meter.addBatchObservableCallback(callback, instruments);
  return () => meter.removeBatchObservableCallback(callback, instruments);
}

/**
 * What the attributes of one metric said at the last collection. The SDK exports each set of attributes that it has seen,
 * with its last value, until the process ends: without a 0, values of before would look live.
 */
class Info {
  #last = new Map<string, Measured>();

  /** Adds a 0 for each set of attributes that is not among the new ones any more. */
  complete(values: Iterable<Measured>): readonly Measured[] {
    const last = this.#last;
    this.#last = new Map([...values].map((measured) => [JSON.stringify(measured.attributes), measured]));
    const former = [...last].filter(([key]) => !this.#last.has(key));
    return [...former.map(([, measured]) => ({ ...measured, value: 0 })), ...this.#last.values()];
  }
}

/** Makes a function that records the duration of each reload of a store, and the delay, until its result is called. */
function makeRecorder(meter: Meter, attributes: Attributes | undefined): (store: OptionsStore) => () => void {
  const duration = meter.createHistogram('sentry_options.reload.duration', {
    description: 'From detecting a change to publishing the values.',
    unit: 's',
    advice: { explicitBucketBoundaries: RELOAD_BUCKETS },
  });
  const delay = meter.createHistogram('sentry_options.propagation.delay', {
    description: 'From generating the values to publishing them in this process.',
    unit: 's',
    advice: { explicitBucketBoundaries: DELAY_BUCKETS },
  });
  return (store) => {
    let known = store.status().namespaces;
    const recordReloads = ({ previousGeneration: previous, generation }: ReloadEvent): void => {
      const { reloads, namespaces } = store.status();
      for (const reload of reloads) {
        if (reload.generation === null || reload.generation <= previous || reload.generation > generation) continue;
        duration.record(reload.reloadMs / 1_000, attributes);
      }
      for (const [namespace, { generatedAt, delaySecs }] of Object.entries(namespaces)) {
        if (delaySecs === null || generatedAt === known[namespace]?.generatedAt) continue;
        delay.record(delaySecs, { ...attributes, [NAMESPACE_ATTRIBUTE]: namespace });
      }
      known = namespaces;
    };
    // The measurement lives longer than the request that may have started it.
    const subscription = runWithoutContext(() => store.onReload(recordReloads));
    return () => subscription[DISPOSE]();
  };
}
