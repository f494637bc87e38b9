/** Tests what flags and options resolve to through the OpenFeature provider, with the real SDK on real files. */
import { type Client, ErrorCode, type EvaluationContext, StandardResolutionReasons } from '@openfeature/server-sdk';
import { FeatureContext, type OptionsStore, openOptions } from 'sentry-options';
import { SentryOptionsProvider, type SentryOptionsProviderConfig } from 'sentry-options/openfeature';
import { alwaysOff } from 'sentry-options/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Base, boolean, integer, type Properties, string } from '../support/base.js';
import { createClient } from '../support/openfeature.js';
import { readVectors } from '../support/vectors.js';

const { DEFAULT, DISABLED, ERROR, SPLIT, STATIC, TARGETING_MATCH } = StandardResolutionReasons;
const FLAG = { $ref: '#/definitions/Feature' };
const OWNER = { owner: { team: 'search' }, created_at: '2026-01-21' };
const IN_CANADA = { property: 'country', operator: 'in', value: ['ca'] };

const SEER: Properties = {
  'feature.everyone': FLAG,
  'feature.canada': FLAG,
  'feature.nobody': FLAG,
  'feature.never': FLAG,
  'feature.half': FLAG,
  'feature.off': FLAG,
  'feature.unset': FLAG,
  'feature.plain': boolean(true),
  'feature.both': FLAG,
  both: string('an option'),
  switch: boolean(false),
  text: string('default'),
  'a/b': string('with a slash'),
  number: integer(1),
  list: { type: 'array', items: { type: 'string' }, default: ['a'], description: 'a list' },
  limits: {
    type: 'object',
    properties: { perMinute: { type: 'integer' } },
    default: { perMinute: 100 },
    description: 'a struct',
  },
};

const VALUES = {
  'feature.everyone': { ...OWNER, segments: [{ name: 'all', conditions: [] }] },
  'feature.canada': { ...OWNER, segments: [{ name: 'canada', conditions: [IN_CANADA] }] },
  'feature.nobody': { ...OWNER, segments: [{ name: 'nobody', rollout: 0, conditions: [] }] },
  'feature.never': { ...alwaysOff(), ...OWNER },
  'feature.half': { ...OWNER, segments: [{ name: 'half', rollout: 49, conditions: [] }] },
  'feature.off': { ...OWNER, enabled: false, segments: [{ name: 'all', conditions: [] }] },
  'feature.both': { ...OWNER, segments: [{ name: 'all', conditions: [] }] },
  switch: true,
  number: 7,
  limits: { perMinute: 250 },
};

async function open(
  config: SentryOptionsProviderConfig = { namespace: 'seer' },
): Promise<{ base: Base; store: OptionsStore; client: Client; version: string | null | undefined }> {
  const base = new Base({ relay: { number: integer(3) }, seer: SEER });
  base.writeValues('seer', VALUES);
  const store = openOptions({ directory: base.directory, pollInterval: null });
  onTestFinished(() => store.close());
  const client = await createClient(new SentryOptionsProvider({ store, ...config }));
  return { base, store, client, version: store.status().namespaces.seer?.valuesHash };
}

describe('a flag through the provider', () => {
  it.each([
    ['everyone', {}, { value: true, variant: 'on', reason: TARGETING_MATCH }, { segment: 'all', rollout: 100 }],
    ['canada', { country: 'CA' }, { value: true, variant: 'on', reason: TARGETING_MATCH }, { segment: 'canada' }],
    ['canada', { country: 'us' }, { value: false, variant: 'off', reason: DEFAULT }, {}],
    ['never', {}, { value: false, variant: 'off', reason: DEFAULT }, {}],
    ['nobody', {}, { value: false, variant: 'off', reason: TARGETING_MATCH }, { segment: 'nobody', rollout: 0 }],
  ])('The flag %s evaluated for %j is %j', async (key, context, details, metadata) => {
    const { client } = await open();
    // The caller's default is the opposite value, so no result can be the default.
    const actual = await client.getBooleanDetails(key, !details.value, context);
    const { flagMetadata, ...rest } = actual;
    expect(rest).toEqual({ flagKey: key, ...details });
    expect(flagMetadata).toMatchObject({ flagSetId: 'seer', generation: 1, owner: 'search', ...metadata });
    expect(Object.keys(flagMetadata)).not.toContain('bucket');
  });

  it('A flag with a rollout has the reason SPLIT and the bucket that decided', async () => {
    const { client } = await open();
    const seen = new Set<boolean>();
    for (let id = 0; id < 100; id++) {
      const { value, reason, variant, flagMetadata } = await client.getBooleanDetails('half', false, {
        targetingKey: String(id),
      });
      const { bucket, rollout, segment } = flagMetadata;
      expect({ reason, rollout, segment, variant }).toEqual({
        reason: SPLIT,
        rollout: 49,
        segment: 'half',
        variant: value ? 'on' : 'off',
      });
      expect((bucket as number) <= 49).toBe(value);
      seen.add(value);
    }
    expect(seen.size).toBe(2);
  });

  it.each([
    ['An unset flag', 'unset', DEFAULT, {}],
    ['A disabled flag', 'off', DISABLED, { owner: 'search' }],
  ])(
    '%s returns the default of the caller without an error and without a variant',
    async (_, key, reason, metadata) => {
      const { client, store, version } = await open();
      for (const defaultValue of [true, false]) {
        expect(await client.getBooleanDetails(key, defaultValue)).toEqual({
          flagKey: key,
          value: defaultValue,
          reason,
          flagMetadata: { flagSetId: 'seer', generation: 1, version, ...metadata },
        });
      }
      expect(store.features('seer').has(key)).toBe(false);
    },
  );

  it('A boolean evaluation prefers a flag to an option of the same name', async () => {
    const { client } = await open();
    expect(await client.getBooleanDetails('both', false)).toMatchObject({ value: true, reason: TARGETING_MATCH });
    expect(await client.getStringDetails('both', '')).toMatchObject({ value: 'an option', reason: DEFAULT });
  });
});

describe('an option through the provider', () => {
  it('An option has the reason STATIC if the values file sets it, else DEFAULT', async () => {
    const { client, version } = await open();
    const flagMetadata = { flagSetId: 'seer', generation: 1, version };
    expect(await client.getNumberDetails('number', 0)).toEqual({
      flagKey: 'number',
      value: 7,
      reason: STATIC,
      flagMetadata,
    });
    expect(await client.getStringDetails('text', '')).toEqual({
      flagKey: 'text',
      value: 'default',
      reason: DEFAULT,
      flagMetadata,
    });
    expect(await client.getObjectValue('limits', {})).toEqual({ perMinute: 250 });
    expect(await client.getObjectValue('list', [])).toEqual(['a']);
    expect(Object.isFrozen(await client.getObjectValue('limits', {}))).toBe(true);
  });

  it('A boolean option has a variant, even if its name begins like a flag', async () => {
    const { client } = await open();
    expect(await client.getBooleanDetails('switch', false)).toMatchObject({
      value: true,
      reason: STATIC,
      variant: 'on',
    });
    expect(await client.getBooleanDetails('feature.plain', false)).toMatchObject({ value: true, reason: DEFAULT });
  });

  it('The name of an option may contain a slash', async () => {
    const { client } = await open();
    expect(await client.getStringValue('a/b', '')).toBe('with a slash');
    expect(await client.getStringValue('seer/a/b', '')).toBe('with a slash');
  });
});

describe('a flag key', () => {
  it('A key may name a namespace other than that of the provider', async () => {
    const { client } = await open();
    expect(await client.getNumberValue('relay/number', 0)).toBe(3);
    expect(await client.getNumberValue('seer/number', 0)).toBe(7);
    expect(await client.getBooleanValue('seer/everyone', false)).toBe(true);
  });

  it('A key must name its namespace if the provider has none', async () => {
    const { client } = await open({});
    expect(await client.getNumberValue('seer/number', 0)).toBe(7);
    expect(await client.getNumberDetails('number', 5)).toMatchObject({
      value: 5,
      errorCode: ErrorCode.FLAG_NOT_FOUND,
      errorMessage: expect.stringContaining("use 'NAMESPACE/number'"),
    });
    expect(await client.getNumberDetails('saer/number', 5)).toMatchObject({
      value: 5,
      flagMetadata: {},
      errorCode: ErrorCode.FLAG_NOT_FOUND,
      errorMessage: "Unknown namespace 'saer': no schema declares it. Declared namespaces: relay, seer.",
    });
  });

  it.each([
    ['evryone', 'Correct the key, or add it to the schema.'],
    ['feature.everyone', "the keys of flags have no 'feature.', so use 'everyone'."],
    ['plain', "'feature.plain' is a plain option, so use that name."],
    ['relay/everyone', "Unknown flag or option 'everyone' in namespace 'relay'"],
    ['__proto__', 'Correct the key, or add it to the schema.'],
    ['', 'Correct the key, or add it to the schema.'],
  ])('The key %j is not found', async (key, message) => {
    const { client, version } = await open();
    const isOther = key.startsWith('relay/');
    expect(await client.getBooleanDetails(key, true)).toEqual({
      flagKey: key,
      value: true,
      reason: ERROR,
      errorCode: ErrorCode.FLAG_NOT_FOUND,
      errorMessage: expect.stringContaining(message),
      flagMetadata: { flagSetId: isOther ? 'relay' : 'seer', generation: 1, ...(!isOther && { version }) },
    });
  });

  it.each<[string, (client: Client) => Promise<object>, string]>([
    ['a number as a string', (client) => client.getStringDetails('number', 'x'), 'is of type number, not string.'],
    ['a string as a number', (client) => client.getNumberDetails('text', 0), 'is of type string, not number.'],
    ['a string as a boolean', (client) => client.getBooleanDetails('text', true), 'is of type string, not boolean.'],
    ['a string as an object', (client) => client.getObjectDetails('text', {}), 'is of type string, not object.'],
    ['a list as a string', (client) => client.getStringDetails('list', ''), 'is of type object, not string.'],
    ['a boolean as a string', (client) => client.getStringDetails('switch', ''), 'is of type boolean, not string.'],
    [
      'a flag as a string',
      (client) => client.getStringDetails('half', ''),
      'is a feature flag, which is of type boolean',
    ],
    [
      'a flag as an object',
      (client) => client.getObjectDetails('half', {}),
      'is a feature flag, which is of type boolean',
    ],
  ])('Evaluating %s is a type mismatch', async (_, evaluate, message) => {
    const { client } = await open();
    expect(await evaluate(client)).toMatchObject({
      reason: ERROR,
      errorCode: ErrorCode.TYPE_MISMATCH,
      errorMessage: expect.stringContaining(message),
    });
  });
});

describe('the evaluation context', () => {
  const conditions = [
    { property: 'at', operator: 'equals', value: '2026-01-21t18:30:00.000z' },
    { property: 'plans', operator: 'contains', value: 'business' },
  ];
  const VISITOR = { ...OWNER, segments: [{ name: 'visitor', conditions }] };
  const USER = {
    ...OWNER,
    segments: [{ name: 'user', conditions: [{ property: 'user_id', operator: 'in', value: ['42'] }] }],
  };
  const HALF = VALUES['feature.half'];

  async function openContexts(
    config: SentryOptionsProviderConfig = {},
  ): Promise<{ store: OptionsStore; client: Client }> {
    const base = new Base({ seer: { 'feature.visitor': FLAG, 'feature.user': FLAG, 'feature.half': FLAG } });
    base.writeValues('seer', { 'feature.visitor': VISITOR, 'feature.user': USER, 'feature.half': HALF });
    const store = openOptions({ directory: base.directory, pollInterval: null });
    onTestFinished(() => store.close());
    return { store, client: await createClient(new SentryOptionsProvider({ store, namespace: 'seer', ...config })) };
  }

  /** Compares for 200 identities whether `half` is on by the SDK and by `features()`. */
  async function compare(
    { store, client }: { store: OptionsStore; client: Client },
    makeContext: (id: number) => EvaluationContext,
    makeExpected: (id: number) => FeatureContext,
  ): Promise<void> {
    const ids = Array.from({ length: 200 }, (_, id) => id);
    const answers = await Promise.all(ids.map((id) => client.getBooleanValue('half', false, makeContext(id))));
    expect(answers).toEqual(ids.map((id) => store.features('seer').has('half', makeExpected(id))));
    expect(new Set(answers).size).toBe(2);
  }

  it('Dates become strings, and lists and objects stay as they are', async () => {
    const { client } = await openContexts();
    const at = new Date('2026-01-21T18:30:00Z');
    expect(await client.getBooleanValue('visitor', false, { at, plans: ['team', 'business'] })).toBe(true);
    expect(await client.getBooleanValue('visitor', false, { at, plans: ['team'] })).toBe(false);
    const invalid = { at: new Date(Number.NaN), plans: ['business'] };
    expect(await client.getBooleanDetails('visitor', true, invalid)).toMatchObject({ value: false, reason: DEFAULT });
  });

  it('The targeting key alone determines the bucket, or the whole context if there is no key', async () => {
    const contexts = await openContexts();
    await compare(
      contexts,
      (id) => ({ targetingKey: `u${id}`, request: Math.random() }),
      (id) => new FeatureContext({ targetingKey: `u${id}` }),
    );
    await compare(
      contexts,
      (id) => ({ anonymous: id, nested: { at: new Date(id) } }),
      (id) => new FeatureContext({ anonymous: id, nested: { at: new Date(id).toISOString() } }),
    );
  });

  it('targetingKeyProperty gives the same buckets as identityFields of that name', async () => {
    const contexts = await openContexts({ targetingKeyProperty: 'user_id' });
    expect(await contexts.client.getBooleanValue('user', false, { targetingKey: '42' })).toBe(true);
    // A property of that name takes precedence.
    expect(await contexts.client.getBooleanValue('user', true, { targetingKey: '42', user_id: '43' })).toBe(false);
    expect(await contexts.client.getBooleanValue('user', false, { targetingKey: '43', user_id: '42' })).toBe(true);
    await compare(
      contexts,
      (id) => ({ targetingKey: String(id), plan: 'team' }),
      // A number and the string of its digits are the same identity.
      (id) => new FeatureContext({ user_id: id, plan: 'team' }, { identityFields: ['user_id'] }),
    );
  });

  it('identityFields determine the bucket', async () => {
    await compare(
      await openContexts({ identityFields: ['organization_id'] }),
      (id) => ({ targetingKey: 'always the same', organization_id: id }),
      (id) => new FeatureContext({ organization_id: id }),
    );
  });

  it('Any context is accepted unless it is too deep or too large', async () => {
    const contexts = await openContexts();
    const { client } = contexts;
    const expectRejected = async (context: EvaluationContext, message: string) =>
      expect(await client.getBooleanDetails('visitor', true, context)).toMatchObject({
        value: true,
        reason: ERROR,
        errorCode: ErrorCode.INVALID_CONTEXT,
        errorMessage: expect.stringContaining(message),
      });
    const cycle: EvaluationContext = {};
    cycle.self = [cycle];
    await expectRejected(cycle, 'must not be nested deeper than 127 levels, or contain itself');
    const doubled = Array.from({ length: 20 }).reduce<EvaluationContext>((inner) => ({ a: inner, b: inner }), {});
    await expectRejected(doubled, 'at most 50000 lists and objects');
    const throwing = {
      get plans(): string {
        throw new Error('the getter has a bug');
      },
    };
    await expectRejected({ nested: throwing }, 'the getter has a bug');

    const odd = JSON.parse('{"__proto__": {"plans": ["business"], "at": "2026-01-21T18:30:00.000Z"}, "n": null}');
    expect(await client.getBooleanDetails('visitor', true, odd)).toMatchObject({ value: false, reason: DEFAULT });
    const makeProto = (id: number) => JSON.parse(`{"__proto__": ${id}}`);
    await compare(contexts, makeProto, (id) => new FeatureContext(makeProto(id)));
    const unsupported = {
      fn: () => {},
      symbol: Symbol('x'),
      big: 10n,
      undefined: undefined,
    } as unknown as EvaluationContext;
    expect(await client.getBooleanDetails('half', true, unsupported)).toMatchObject({ reason: SPLIT });
  });
});

describe('SentryOptionsProvider', () => {
  it.each([
    [{ namespcae: 'seer' }, "Unknown setting 'namespcae'. Known settings: store,"],
    [{ namespace: '' }, "The provider's namespace must be a non-empty string; got empty string."],
    [{ namespace: 1 }, "The provider's namespace must be a non-empty string; got number."],
    [{ targetingKeyProperty: '' }, "The provider's targetingKeyProperty must be a non-empty string; got empty string."],
    [{ identityFields: 'user_id' }, 'identityFields'],
  ])('The constructor rejects %j', (config, message) => {
    const make = () => new SentryOptionsProvider(config as SentryOptionsProviderConfig);
    expect(make).toThrowError(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(message) }),
    );
  });

  it('The provider has the name sentry-options', async () => {
    const { client } = await open();
    expect(client.metadata.providerMetadata.name).toBe('sentry-options');
  });
});

describe('the Rust core', () => {
  interface FlagCase {
    readonly features: Readonly<Record<string, object>>;
    readonly names: readonly string[];
    readonly contexts: readonly { readonly data: EvaluationContext; readonly identity_fields: string[] | null }[];
    readonly has: readonly (readonly boolean[])[];
  }

  it('OpenFeature evaluations equal those of the Rust core', async () => {
    let count = 0;
    for (const { features, names, contexts, has } of readVectors<FlagCase>('flags').cases) {
      const base = new Base({ flags: Object.fromEntries(names.map((name) => [`feature.${name}`, FLAG])) });
      base.writeValues('flags', Object.fromEntries(Object.entries(features).map(([k, v]) => [`feature.${k}`, v])));
      const store = openOptions({ directory: base.directory, pollInterval: null });
      onTestFinished(() => store.close());
      const clients = new Map<string, Client>();
      for (const [place, { data, identity_fields }] of contexts.entries()) {
        const identityFields = identity_fields ?? undefined;
        const id = JSON.stringify(identityFields);
        const config = { store, namespace: 'flags', identityFields };
        const client = clients.get(id) ?? (await createClient(new SentryOptionsProvider(config)));
        clients.set(id, client);
        const answers = await Promise.all(names.map((name) => client.getBooleanValue(name, false, data)));
        expect(answers).toEqual(has[place]);
        count += answers.length;
      }
    }
    console.log(`${count} evaluations compared with the Rust core through OpenFeature`);
    expect(count).toBeGreaterThan(13_000);
  });
});
