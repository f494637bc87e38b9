/** Tests what an evaluation reports: its metadata, and the events that OpenFeature's telemetry makes of it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { EventHook } from '@openfeature/open-telemetry-hooks';
import {
  type Client,
  createEvaluationEvent,
  type EvaluationContext,
  type EvaluationDetails,
  type FlagValue,
  type Hook,
  TelemetryAttribute,
} from '@openfeature/server-sdk';
import { logs } from '@opentelemetry/api-logs';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { type OptionsStore, openOptions } from 'sentry-options';
import { SentryOptionsProvider } from 'sentry-options/openfeature';
import { alwaysOn, createTestOptions, rolloutTo } from 'sentry-options/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Base, boolean, integer, valuesText } from '../support/base.js';
import { createClient } from '../support/openfeature.js';

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };
const FLAG = { $ref: '#/definitions/Feature' };
const PROPERTIES = {
  'feature.half': FLAG,
  'feature.off': FLAG,
  'feature.unset': FLAG,
  number: integer(1),
  switch: boolean(true),
  limits: {
    type: 'object',
    properties: { perMinute: { type: 'integer' } },
    default: { perMinute: 1 },
    description: 'x',
  },
};
const VALUES = {
  'feature.half': rolloutTo(49),
  'feature.off': { ...alwaysOn(), enabled: false },
  number: 7,
  limits: { perMinute: 250 },
};
const USER = { targetingKey: 'u1', email: 'someone@example.com' };

async function open(): Promise<{ base: Base; store: OptionsStore; client: Client; version: string }> {
  const base = new Base({ relay: { number: integer(3) }, seer: PROPERTIES });
  base.writeValues('seer', VALUES);
  const store = openOptions({ directory: base.directory, pollInterval: null, logger: QUIET });
  onTestFinished(() => store.close());
  const client = await createClient(new SentryOptionsProvider({ store, namespace: 'seer' }));
  return { base, store, client, version: hashOf(base) };
}

/** Returns what `sha256sum` prints of the values file. */
function hashOf(base: Base): string {
  return createHash('sha256')
    .update(readFileSync(base.valuesFile('seer')))
    .digest('hex');
}

/** An evaluation, and what its event must have, besides the key. */
type Case = readonly [
  name: string,
  evaluate: (client: Client, context?: EvaluationContext) => Promise<EvaluationDetails<FlagValue>>,
  attributes: Readonly<Record<string, unknown>>,
];

const KEY = TelemetryAttribute.KEY;
const CASES: readonly Case[] = [
  [
    'a flag',
    (client, context) => client.getBooleanDetails('half', false, context),
    { [KEY]: 'half', ...makeResult('split', true, 'on') },
  ],
  [
    'a disabled flag',
    (client, context) => client.getBooleanDetails('off', true, context),
    { [KEY]: 'off', ...makeResult('disabled', true) },
  ],
  [
    'an unset flag',
    (client, context) => client.getBooleanDetails('unset', true, context),
    { [KEY]: 'unset', ...makeResult('default', true) },
  ],
  [
    'a number',
    (client, context) => client.getNumberDetails('number', 0, context),
    { [KEY]: 'number', ...makeResult('static', 7) },
  ],
  [
    'a switch',
    (client, context) => client.getBooleanDetails('switch', false, context),
    { [KEY]: 'switch', ...makeResult('default', true, 'on') },
  ],
  [
    'a struct',
    (client, context) => client.getObjectDetails('limits', {}, context),
    { [KEY]: 'limits', ...makeResult('static', '{"perMinute":250}') },
  ],
  [
    'an unknown key',
    (client, context) => client.getBooleanDetails('hlaf', false, context),
    { [KEY]: 'hlaf', ...makeResult('error', false), ...makeError('flag_not_found', "Unknown flag or option 'hlaf'") },
  ],
  [
    'a wrong type',
    (client, context) => client.getNumberDetails('half', 0, context),
    { [KEY]: 'half', ...makeResult('error', 0), ...makeError('type_mismatch', 'is a feature flag') },
  ],
];

function makeResult(reason: string, value: unknown, variant?: string): Record<string, unknown> {
  return {
    [TelemetryAttribute.REASON]: reason,
    [TelemetryAttribute.VALUE]: value,
    ...(variant !== undefined && { [TelemetryAttribute.VARIANT]: variant }),
  };
}

function makeError(type: string, message: string): Record<string, unknown> {
  return {
    [TelemetryAttribute.ERROR_CODE]: type,
    [TelemetryAttribute.ERROR_MESSAGE]: expect.stringContaining(message),
  };
}

/** Returns the attributes that all events of a provider for `seer` have. */
function makeCommon(version: string, contextId?: string): Record<string, unknown> {
  return {
    [TelemetryAttribute.PROVIDER]: 'sentry-options',
    [TelemetryAttribute.FLAG_SET_ID]: 'seer',
    [TelemetryAttribute.VERSION]: version,
    ...(contextId !== undefined && { [TelemetryAttribute.CONTEXT_ID]: contextId }),
  };
}

it('Each evaluation is a complete event by the conventions, also in the log of the OpenTelemetry hook', async () => {
  const exporter = new InMemoryLogRecordExporter();
  const loggers = new LoggerProvider({ processors: [new SimpleLogRecordProcessor(exporter)] });
  logs.setGlobalLoggerProvider(loggers);
  onTestFinished(() => {
    logs.disable();
    return loggers.shutdown();
  });
  const { client, version } = await open();
  const events: unknown[] = [];
  const hook: Hook = { finally: (context, details) => void events.push(createEvaluationEvent(context, details)) };
  client.addHooks(hook, new EventHook({ excludeExceptions: true }));
  for (const [name, evaluate, attributes] of CASES) {
    await evaluate(client, USER);
    const complete = { ...attributes, ...makeCommon(version, 'u1') };
    expect(events.pop(), name).toEqual({ name: 'feature_flag.evaluation', attributes: complete });
    const record = exporter.getFinishedLogRecords().at(-1);
    expect(record?.eventName, name).toBe('feature_flag.evaluation');
    expect(record?.attributes, name).toEqual(complete);
  }
  expect(exporter.getFinishedLogRecords()).toHaveLength(CASES.length);
});

describe('the metadata of an evaluation', () => {
  it('Every value is a string, a number or a boolean', async () => {
    const { client } = await open();
    for (const [, evaluate] of CASES) {
      for (const context of [USER, { targetingKey: 42 } as unknown as EvaluationContext]) {
        const { flagMetadata } = await evaluate(client, context);
        const types = new Set(Object.values(flagMetadata).map((value) => typeof value));
        expect([...types].filter((type) => !['string', 'number', 'boolean'].includes(type))).toEqual([]);
        expect(flagMetadata).toMatchObject({ flagSetId: 'seer', generation: 1 });
      }
    }
  });

  it('An evaluation without a targeting key has no contextId', async () => {
    const { client } = await open();
    const invalid = { targetingKey: { id: 1 } } as unknown as EvaluationContext;
    for (const context of [undefined, { user_id: '42', email: 'someone@example.com' }, invalid]) {
      for (const [name, evaluate] of CASES) {
        expect(Object.keys((await evaluate(client, context)).flagMetadata), name).not.toContain('contextId');
      }
    }
  });

  it('An evaluation has the targeting key as contextId, also if the context cannot be used', async () => {
    const { client } = await open();
    const cycle: EvaluationContext = { targetingKey: 'u1' };
    cycle.self = cycle;
    const { errorCode, flagMetadata } = await client.getBooleanDetails('half', false, cycle);
    expect({ errorCode, contextId: flagMetadata.contextId }).toEqual({ errorCode: 'INVALID_CONTEXT', contextId: 'u1' });
    // The context's own property decides, but it identifies nobody to OpenFeature.
    const store = createTestOptions({
      schemas: { seer: JSON.stringify({ version: '1.0', type: 'object', properties: PROPERTIES }) },
    });
    onTestFinished(() => store.close());
    const provider = new SentryOptionsProvider({ store, namespace: 'seer', targetingKeyProperty: 'user_id' });
    const details = await (await createClient(provider)).getBooleanDetails('half', false, {
      targetingKey: 'u2',
      user_id: 'u3',
    });
    expect(details.flagMetadata.contextId).toBe('u2');
  });

  it('A direct call without a context has the same metadata', async () => {
    const { store, version } = await open();
    const provider = new SentryOptionsProvider({ store, namespace: 'seer' });
    await provider.initialize();
    onTestFinished(() => provider.onClose());
    const { flagMetadata } = await provider.resolveNumberEvaluation('number', 0);
    expect(flagMetadata).toEqual({ flagSetId: 'seer', generation: 1, version });
  });

  it('The version is the hash of the values file, of each namespace and generation', async () => {
    const { base, store, client, version } = await open();
    expect((await client.getNumberDetails('number', 0)).flagMetadata).toMatchObject({ version, generation: 1 });
    expect(store.status().namespaces.seer?.valuesHash).toBe(version);
    // No file: there are no values that could have a version.
    expect((await client.getNumberDetails('relay/number', 0)).flagMetadata).toEqual({
      flagSetId: 'relay',
      generation: 1,
    });

    // A deployment that changes no option is a generation, too.
    base.writeText('seer', JSON.stringify({ options: VALUES, generated_at: '2026-01-21T18:30:00Z' }));
    await store.refresh();
    const second = (await client.getNumberDetails('number', 0)).flagMetadata;
    expect(second).toMatchObject({ version: hashOf(base), generation: 2 });
    expect(second.version).not.toBe(version);

    base.writeValues('relay', { number: 4 });
    await store.refresh();
    expect((await client.getNumberDetails('number', 0)).flagMetadata).toMatchObject({
      version: second.version,
      generation: 3,
    });
    base.removeValues('seer');
    await store.refresh();
    expect((await client.getNumberDetails('number', 0)).flagMetadata).toEqual({ flagSetId: 'seer', generation: 4 });
  });

  it('Rejected values change no version', async () => {
    const { base, store, client, version } = await open();
    base.writeValues('seer', { number: 'many' });
    await expect(store.refresh()).rejects.toThrow('is not of type "integer"');
    expect((await client.getNumberDetails('number', 0)).flagMetadata).toMatchObject({ version, generation: 1 });
  });

  it('The values that decided have the version that the evaluation names, while values change', async () => {
    const { base, store, client } = await open();
    const numbers = new Map<unknown, number>([[hashOf(base), 7]]);
    let known = 0;
    for (let number = 100; number < 140; number++) {
      base.writeValues('seer', { number });
      numbers.set(createHash('sha256').update(valuesText({ number })).digest('hex'), number);
      let isLoaded = false;
      const loaded = store.refresh().then(() => {
        isLoaded = true;
      });
      while (!isLoaded) {
        const { value, flagMetadata } = await client.getNumberDetails('number', 0);
        await new Promise((resolve) => setImmediate(resolve));
        // Without a version at the moment between the values and their status.
        if (flagMetadata.version === undefined) continue;
        expect(numbers.get(flagMetadata.version)).toBe(value);
        known++;
      }
      await loaded;
      const { value, flagMetadata } = await client.getNumberDetails('number', 0);
      expect({ value, of: numbers.get(flagMetadata.version) }).toEqual({ value: number, of: number });
    }
    expect(known).toBeGreaterThan(0);
  });
});
