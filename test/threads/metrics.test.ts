/** Tests `sentry-options/metrics` with the OpenTelemetry SDK. */

import { readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { metrics } from '@opentelemetry/api';
import { type DataPoint, DataPointType, type Histogram, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import {
  close,
  init,
  NotInitializedError,
  type OpenConfig,
  type OptionsStore,
  openOptions,
  refresh,
} from 'sentry-options';
import { instrument } from 'sentry-options/metrics';
import { crashWatcher } from 'sentry-options/testing';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { STATUS_MEASUREMENTS } from '../../src/status/measurements.js';
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

function open(
  pollInterval: number | null = null,
  config: Partial<Exclude<OpenConfig, { handle: unknown }>> = {},
  base = makeBase(),
): { base: Base; store: OptionsStore } {
  const store = openOptions({ directory: base.directory, pollInterval, logger: QUIET, ...config });
  onTestFinished(() => store.close());
  return { base, store };
}

function makeBase(): Base {
  const base = new Base({ relay: { on: integer(0) }, seer: { number: integer(1) } });
  base.writeValues('seer', { number: 2 });
  return base;
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

  it('The metrics show which values are live, and of which commit', async () => {
    const { base, store } = open();
    const measurements = measure(store);
    base.writeText('seer', '{"options":{"number":3},"commit_sha":"9f8e7d6"}');
    await store.refresh();
    const { namespaces } = store.status();
    expect(namespaces).toMatchObject({ relay: { commit: null }, seer: { commit: '9f8e7d6' } });
    const collected = await measurements.collect();
    const infos = Object.keys(collected).filter((name) => name.startsWith('values.info'));
    expect(infos).toEqual(['values.info relay,,', `values.info seer,${namespaces.seer?.valuesHash},9f8e7d6`]);
    expect(collected).toMatchObject({
      'values.fingerprint relay': 0,
      'values.fingerprint seer': Number(`0x${namespaces.seer?.valuesHash?.slice(0, 12)}`),
    });
  });

  it('Values that are no longer live are 0, and 1 when they are live again', async () => {
    const { base, store } = open();
    const measurements = measure(store);
    const collectInfos = async () => {
      const values = Object.entries(await measurements.collect()).filter(([name]) => /^values.info seer/.test(name));
      return Object.fromEntries(values.map(([name, value]) => [name.split(',')[2], value]));
    };
    for (const [commit, infos] of [
      ['one', { one: 1 }],
      ['two', { one: 0, two: 1 }],
      ['three', { one: 0, two: 0, three: 1 }],
      ['one', { one: 1, two: 0, three: 0 }],
    ] as const) {
      base.writeText('seer', `{"options":{"number":3},"commit_sha":"${commit}"}`);
      await store.refresh();
      expect(await collectInfos()).toEqual(infos);
    }
  });

  it('The metrics show in which state the watcher is', async () => {
    const { store } = open();
    const measurements = measure(store);
    const states = { 'watcher.state running': 0, 'watcher.state stalled': 0, 'watcher.state closed': 0 };
    expect(await measurements.collect()).toMatchObject({
      ...states,
      'watcher.state running': 1,
      'watcher.state crashed': 0,
    });
    await crashWatcher(store);
    expect(await measurements.collect()).toMatchObject({ ...states, 'watcher.state crashed': 1 });
  });

  it('The metrics count what is wrong with the mounts', async () => {
    const { store } = open();
    expect(await measure(store).collect()).toMatchObject({ mount_warnings: 0 });
    const measurement = STATUS_MEASUREMENTS.find(({ name }) => name === 'sentry_options.mount_warnings');
    expect(measurement?.read({ ...store.status(), mountWarnings: ['one', 'another'] })).toEqual([{ value: 2 }]);
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

  it('The metrics show which namespaces are held back, and that they follow their files again', async () => {
    const { base, store } = open(null, { isolation: 'namespace' });
    const measurements = measure(store);
    base.writeValues('seer', { number: 'bad' });
    base.writeValues('relay', { on: 1 });
    await expect(store.refresh()).rejects.toThrow();
    const held = { generation: 2, 'last_reload.successful': 0, 'namespace.held relay': 0, 'namespace.held seer': 1 };
    expect(await measurements.collect()).toMatchObject({ ...held, fallback: 0 });
    base.writeValues('seer', { number: 2 });
    await store.refresh();
    expect(await measurements.collect()).toMatchObject({ 'last_reload.successful': 1, 'namespace.held seer': 0 });
  });

  it('The metrics show which namespaces have lost their file, and that they have it again', async () => {
    const { base, store } = open();
    const measurements = measure(store);
    expect(await measurements.collect()).toMatchObject({ 'namespace.lost relay': 0, 'namespace.lost seer': 0 });
    rmSync(base.valuesFile('seer'));
    await store.refresh();
    const lost = { 'namespace.lost relay': 0, 'namespace.lost seer': 1, 'last_reload.successful': 1 };
    expect(await measurements.collect()).toMatchObject(lost);
    base.writeValues('seer', { number: 2 });
    await store.refresh();
    expect(await measurements.collect()).toMatchObject({ 'namespace.lost seer': 0 });
  });

  it('The metrics show a start on other values than those of the files, until the files are valid', async () => {
    const base = new Base({ seer: { number: integer(1) } });
    base.writeValues('seer', { number: 'bad' });
    const { store } = open(null, { onInvalidValues: 'defaults' }, base);
    const measurements = measure(store);
    expect(await measurements.collect()).toMatchObject({ fallback: 1, 'namespace.held seer': 0 });
    base.writeValues('seer', { number: 2 });
    await store.refresh();
    expect(await measurements.collect()).toMatchObject({ fallback: 0, 'last_reload.successful': 1 });
  });

  it('The metrics show a suspicious reload that is held back as one that is not successful', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `option-${index}`);
    const base = new Base({ seer: Object.fromEntries(names.map((name) => [name, integer(1)])) });
    base.writeValues('seer', Object.fromEntries(names.map((name) => [name, 2])));
    const { store } = open(null, { suspiciousReload: 'hold' }, base);
    const measurements = measure(store);
    base.writeValues('seer', {});
    await expect(store.refresh()).rejects.toThrow('Held back');
    expect(await measurements.collect()).toMatchObject({ 'last_reload.successful': 0, 'reloads.rejected': 1 });
    await store.refresh({ accept: true });
    expect(await measurements.collect()).toMatchObject({ 'last_reload.successful': 1 });
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

describe('the metrics of use', () => {
  const FLAG = { $ref: '#/definitions/Feature' };
  const forTeams = {
    owner: { team: 'shop' },
    created_at: '2026-01-01',
    segments: [{ name: 'team', conditions: [{ property: 'plan', operator: 'in', value: ['team'] }] }],
  };

  function openUsed(): OptionsStore {
    const base = new Base({ shop: { size: integer(1), title: integer(2), 'feature.new': FLAG, 'feature.old': FLAG } });
    base.writeValues('shop', { 'feature.new': forTeams });
    const store = openOptions({ directory: base.directory, pollInterval: null, logger: QUIET });
    onTestFinished(() => store.close());
    return store;
  }

  function evaluateNew(store: OptionsStore): void {
    const features = store.features('shop');
    for (const plan of ['team', 'team', 'free']) features.has('new', { plan });
    features.has('new', {
      get plan(): string {
        throw new Error('no plan');
      },
    });
  }

  it('An option is used once any thread has read it, and each answer of a flag is counted', async () => {
    const store = openUsed();
    const measurements = measure(store);
    expect(await measurements.collect()).toMatchObject({ 'option.used shop,size': 0, 'option.used shop,title': 0 });
    store.namespace('shop').get('title');
    evaluateNew(store);
    const used = Object.entries(await measurements.collect()).filter(([name]) => /^(?:option|feature_flag)/.test(name));
    expect(Object.fromEntries(used)).toEqual({
      'option.used shop,size': 0,
      'option.used shop,title': 1,
      'feature_flag.evaluations new,sentry-options,shop,on': 2,
      'feature_flag.evaluations new,sentry-options,shop,off': 1,
      'feature_flag.evaluations new,sentry-options,shop,off,invalid_context': 1,
    });
  });

  it('The attributes have the names of the conventions of OpenTelemetry', async () => {
    const store = openUsed();
    const measurements = measure(store);
    evaluateNew(store);
    const { resourceMetrics } = await measurements.reader.collect();
    const evaluations = resourceMetrics.scopeMetrics
      .flatMap(({ metrics }) => metrics)
      .find(({ descriptor }) => descriptor.name === 'feature_flag.evaluations');
    expect(evaluations).toMatchObject({
      descriptor: { unit: '{evaluation}', type: 'OBSERVABLE_COUNTER' },
      isMonotonic: true,
    });
    expect(evaluations?.dataPoints.at(-1)?.attributes).toEqual({
      'feature_flag.key': 'new',
      'feature_flag.provider.name': 'sentry-options',
      'feature_flag.result.variant': 'off',
      'error.type': 'invalid_context',
      'sentry_options.namespace': 'shop',
    });
  });

  it.each([
    ['of the measurement', {}, { usage: false }],
    ['of the store', { usage: false }, {}],
  ])('They are off by the setting usage %s', async (_whose, config, settings) => {
    const { base } = open();
    const store = openOptions({ directory: base.directory, pollInterval: null, logger: QUIET, ...config });
    onTestFinished(() => store.close());
    const { meter, reader } = new Measurements();
    const measured = instrument({ store, meter, ...settings });
    onTestFinished(() => measured[Symbol.dispose]());
    const { resourceMetrics } = await reader.collect();
    const names = resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
      metrics.filter(({ dataPoints }) => dataPoints.length > 0).map(({ descriptor }) => descriptor.name),
    );
    expect(names).toContain('sentry_options.generation');
    expect(names.filter((name) => /option\.used|feature_flag/.test(name))).toEqual([]);
    expect(() => instrument({ store, usage: 1 as never })).toThrow('usage must be a boolean; got 1.');
  });
});

describe('instrument()', () => {
  it('docs/monitoring.md lists all instruments and no others', async () => {
    const base = new Base({ seer: { number: integer(1), 'feature.new': { $ref: '#/definitions/Feature' } } });
    const store = openOptions({ directory: base.directory, pollInterval: null, logger: QUIET });
    onTestFinished(() => store.close());
    const measurements = measure(store);
    store.features('seer').has('new', {});
    base.writeText('seer', makeValues(1, { number: 3 }));
    await store.refresh();
    await measurements.waitFor('reload.duration');
    const { resourceMetrics } = await measurements.reader.collect();
    const data = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
    const names = new Set(data.map(({ descriptor }) => descriptor.name));
    const attributes = data.flatMap(({ dataPoints }) => {
      return dataPoints.flatMap((point) => Object.keys(point.attributes));
    });
    const page = readFileSync(new URL('../../docs/monitoring.md', import.meta.url), 'utf8');
    const named = [...page.matchAll(/`((?:sentry_options|feature_flag)\.[\w.]+)`/g)].map((match) => match[1] as string);
    expect(new Set(named.filter((name) => !attributes.includes(name)))).toEqual(names);
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
