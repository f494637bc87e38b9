/** Tests `sentry-options/metrics` with the OpenTelemetry SDK. */

import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { metrics } from '@opentelemetry/api';
import { type DataPoint, DataPointType, type Histogram, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { close, init, NotInitializedError, type OptionsStore, openOptions, refresh } from 'sentry-options';
import { instrument } from 'sentry-options/metrics';
import { crashWatcher } from 'sentry-options/testing';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Base, integer } from '../support/base.js';

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

afterEach(close);

class Reader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

/** The exported values by name, followed by the attributes if there are any. */
type Measured = Record<string, unknown>;

class Measurements {
  readonly reader = new Reader();
  readonly provider = new MeterProvider({ readers: [this.reader] });
  readonly meter = this.provider.getMeter('test');

  async collect(): Promise<Measured> {
    const { resourceMetrics, errors } = await this.reader.collect();
    expect(errors).toEqual([]);
    const measured: Measured = {};
    for (const { descriptor, dataPoints, dataPointType } of resourceMetrics.scopeMetrics.flatMap(
      ({ metrics }) => metrics,
    )) {
      for (const { attributes, value } of dataPoints as DataPoint<unknown>[]) {
        const labels = Object.values(attributes).join();
        const name = descriptor.name.replace(/^sentry_options\./, '') + (labels === '' ? '' : ` ${labels}`);
        measured[name] = dataPointType === DataPointType.HISTOGRAM ? summarize(value as Histogram) : value;
      }
    }
    return measured;
  }

  /** Collects until `name` is recorded: listeners run on a later turn. */
  async waitFor(name: string): Promise<Measured> {
    await vi.waitUntil(async () => name in (await this.collect()), 30_000);
    return this.collect();
  }
}

function summarize({ count, sum }: Histogram): { count: number; sum: number } {
  return { count, sum: sum ?? Number.NaN };
}

function open(pollInterval: number | null = null): { base: Base; store: OptionsStore } {
  const base = new Base({ relay: { on: integer(0) }, seer: { number: integer(1) } });
  base.writeValues('seer', { number: 2 });
  const store = openOptions({ directory: base.directory, pollInterval, logger: QUIET });
  onTestFinished(() => store.close());
  return { base, store };
}

function measure(store: OptionsStore): Measurements {
  const measurements = new Measurements();
  const measured = instrument({ store, meter: measurements.meter });
  onTestFinished(async () => {
    measured[Symbol.dispose]();
    await measurements.provider.shutdown();
  });
  return measurements;
}

function makeValues(secondsAgo: number, options: Record<string, unknown>): string {
  return JSON.stringify({ options, generated_at: new Date(Date.now() - secondsAgo * 1_000).toISOString() });
}

describe('the status metrics', () => {
  it('Each collection measures the current status', async () => {
    const { base, store } = open();
    const measurements = measure(store);
    base.writeValues('seer', { number: 3, unknown: 1, other: 2 });
    await store.refresh();
    const { appliedAt, lastPollAt, polls } = store.status();
    expect(await measurements.collect()).toMatchObject({
      generation: 2,
      'last_reload.successful': 1,
      'last_reload.success_timestamp': Date.parse(appliedAt as string) / 1_000,
      'last_poll.timestamp': Date.parse(lastPollAt as string) / 1_000,
      'watcher.up': 1,
      polls,
      'reloads.rejected': 0,
      'unknown_keys relay': 0,
      'unknown_keys seer': 2,
    });
  });

  it('The metrics show rejected files, and that they are valid again', async () => {
    const { base, store } = open();
    const measurements = measure(store);
    base.writeValues('seer', { number: 'bad' });
    await expect(store.refresh()).rejects.toThrow();
    const rejected = { generation: 1, 'last_reload.successful': 0, 'reloads.rejected': 1, 'watcher.up': 1 };
    expect(await measurements.collect()).toMatchObject(rejected);
    base.writeValues('seer', { number: 2 });
    await store.refresh();
    expect(await measurements.collect()).toMatchObject({ ...rejected, 'last_reload.successful': 1 });
  });

  it('The metrics show a missing values directory', async () => {
    const { base, store } = open();
    const measurements = measure(store);
    renameSync(join(base.directory, 'values'), join(base.directory, 'elsewhere'));
    await store.refresh();
    expect(await measurements.collect()).toMatchObject({ 'last_reload.successful': 0, 'watcher.up': 1 });
  });

  it('The metrics show a dead watcher without changing the result of the last reload', async () => {
    const { store } = open();
    const measurements = measure(store);
    await crashWatcher(store);
    expect(await measurements.collect()).toMatchObject({ 'last_reload.successful': 1, 'watcher.up': 0 });
  });
});

describe('the reload metrics', () => {
  it('Each reload after the first load is recorded with its duration and delay', async () => {
    const { base, store } = open();
    const measurements = measure(store);
    expect(Object.keys(await measurements.collect())).not.toContain('reload.duration');
    base.writeText('seer', makeValues(400, { number: 3 }));
    await store.refresh();
    const measured = await measurements.waitFor('reload.duration');
    const { reloadMs, namespaces } = store.status();
    expect(measured).toMatchObject({
      'reload.duration': { count: 1, sum: (reloadMs as number) / 1_000 },
      'propagation.delay seer': { count: 1, sum: namespaces.seer?.delaySecs },
    });
    expect(namespaces.seer?.delaySecs).toBeGreaterThanOrEqual(400);
    expect(measured).not.toHaveProperty('propagation.delay relay');
  });

  it('Reloads noticed together are all recorded, and delays only for new values', async () => {
    const { base, store } = open();
    const measurements = measure(store);
    const text = makeValues(10, { number: 3 });
    base.writeText('seer', text);
    store.refreshSync();
    base.writeText('seer', `${text} `);
    store.refreshSync();
    base.writeValues('relay', { on: 1 });
    store.refreshSync();
    const measured = await measurements.waitFor('reload.duration');
    expect(measured).toMatchObject({ 'reload.duration': { count: 3 }, 'propagation.delay seer': { count: 1 } });
    base.writeText('relay', makeValues(10, { on: 2 }));
    await store.refresh();
    expect(await measurements.waitFor('propagation.delay relay')).toMatchObject({
      'reload.duration': { count: 4 },
      'propagation.delay seer': { count: 1 },
    });
  });
});

describe('instrument()', () => {
  it('docs/monitoring.md lists all instruments and no others', async () => {
    const { base, store } = open();
    const measurements = measure(store);
    base.writeText('seer', makeValues(1, { number: 3 }));
    await store.refresh();
    const measured = Object.keys(await measurements.waitFor('reload.duration'));
    const names = new Set(measured.map((name) => `sentry_options.${name.split(' ')[0]}`));
    const page = readFileSync(new URL('../../docs/monitoring.md', import.meta.url), 'utf8');
    expect(new Set([...page.matchAll(/`(sentry_options\.[\w.]+)`/g)].map((match) => match[1]))).toEqual(names);
  });

  it('A disposed instrument measures nothing', async () => {
    const { base, store } = open();
    const { meter, ...measurements } = new Measurements();
    const measured = instrument({ store, meter });
    measured[Symbol.dispose]();
    const reloaded = new Promise((resolve) => store.onReload(resolve));
    base.writeValues('seer', { number: 3 });
    await store.refresh();
    await reloaded;
    expect(await Measurements.prototype.collect.call(measurements)).toEqual({});
  });

  it('Attributes distinguish two stores', async () => {
    const measurements = new Measurements();
    for (const name of ['one', 'two']) {
      const measured = instrument({ store: open().store, meter: measurements.meter, attributes: { store: name } });
      onTestFinished(() => measured[Symbol.dispose]());
    }
    expect(await measurements.collect()).toMatchObject({ 'generation one': 1, 'generation two': 1 });
  });

  it('instrument() uses the store of this thread and the global meter by default', async () => {
    expect(() => instrument()).toThrow(NotInitializedError);
    const { provider, reader } = new Measurements();
    metrics.setGlobalMeterProvider(provider);
    onTestFinished(() => metrics.disable());
    init({ directory: open().base.directory, pollInterval: null, logger: QUIET });
    const measured = instrument();
    onTestFinished(() => measured[Symbol.dispose]());
    const { resourceMetrics } = await reader.collect();
    expect(resourceMetrics.scopeMetrics.map(({ scope }) => scope.name)).toEqual(['sentry-options']);
  });

  it('instrument() follows the thread to its next store', async () => {
    const measurements = new Measurements();
    const first = open();
    init({ directory: first.base.directory, pollInterval: null, logger: QUIET });
    const measured = instrument({ meter: measurements.meter });
    onTestFinished(() => measured[Symbol.dispose]());
    first.base.writeValues('seer', { number: 3 });
    await refresh();
    expect(await measurements.collect()).toMatchObject({ generation: 2, 'watcher.up': 1 });
    await close();
    expect(await measurements.collect()).toMatchObject({ generation: 2, 'watcher.up': 0 });
    const second = open();
    init({ directory: second.base.directory, pollInterval: null, logger: QUIET });
    expect(await measurements.collect()).toMatchObject({ generation: 1, 'watcher.up': 1 });
    second.base.writeText('seer', makeValues(60, { number: 4 }));
    await refresh();
    const { 'propagation.delay seer': delay } = await measurements.waitFor('propagation.delay seer');
    expect(delay).toMatchObject({ count: 1 });
  });
});
