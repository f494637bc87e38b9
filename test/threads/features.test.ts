/** Tests flags as a service uses them: on real files, from several threads, with reloads and overrides. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import {
  type ContextData,
  close,
  type Feature,
  FeatureContext,
  FeatureReason,
  features,
  init,
  type Logger,
  type OptionsStore,
  openOptions,
  options,
  refresh,
  snapshot,
} from 'sentry-options';
import {
  alwaysOff,
  alwaysOn,
  createTestOptions,
  enabledWhen,
  firstMatchOf,
  overrideOptions,
  rolloutTo,
} from 'sentry-options/testing';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { StoreView } from '../../src/view/view.js';
import { Base, integer } from '../support/base.js';
import { FLAG, QUIET } from '../support/flags.js';

const ON_BUSINESS = enabledWhen({ property: 'plan', operator: 'in', value: ['Business', 'enterprise'] });
const BUSINESS = new FeatureContext({ plan: 'business' });

function makeBase(flag: Feature | null = ON_BUSINESS): Base {
  const base = new Base({
    seer: { 'feature.x': FLAG, 'feature.unset': FLAG, 'feature.rate-limit': integer(10), number: integer(1) },
  });
  base.writeValues('seer', flag === null ? {} : { 'feature.x': flag });
  return base;
}

afterEach(() => close());

describe('features()', () => {
  it('has() evaluates a flag, and get() returns its definition', () => {
    init({ directory: makeBase().directory, pollInterval: null });
    const checker = features('seer');
    expect([checker.has('x', BUSINESS), checker.has('x', { plan: 'free' }), checker.has('x')]).toEqual([
      true,
      false,
      false,
    ]);
    expect(options('seer').get('feature.x')).toEqual(ON_BUSINESS);
  });

  it('A flag follows each reload, but a pinned flag does not', async () => {
    const base = makeBase();
    const store = init({ directory: base.directory, pollInterval: null });
    const checker = store.features('seer');
    const before = snapshot();
    const pinned = before.features('seer');
    expect([checker.has('x', BUSINESS), pinned.has('x', BUSINESS)]).toEqual([true, true]);
    base.writeValues('seer', { 'feature.x': alwaysOff() });
    await refresh();
    expect([checker.has('x', BUSINESS), features('seer').has('x', BUSINESS)]).toEqual([false, false]);
    expect([pinned.has('x', BUSINESS), before.features('seer').has('x', BUSINESS)]).toEqual([true, true]);
    expect(pinned.evaluate('x', { plan: 'free' }).reason).toBe(FeatureReason.NO_SEGMENT_MATCHED);
    expect(snapshot().features('seer').evaluate('x', BUSINESS).reason).toBe(FeatureReason.NO_SEGMENT_MATCHED);
    base.writeValues('seer', {});
    await refresh();
    expect(checker.evaluate('x', BUSINESS).reason).toBe(FeatureReason.NOT_SET);
    expect(pinned.has('x', BUSINESS)).toBe(true);
  });

  it('Every thread evaluates a flag by the newest generation', async () => {
    const base = makeBase();
    init({ directory: base.directory, pollInterval: null });
    const worker = new Worker(new URL('../fixtures/answering-worker.mjs', import.meta.url));
    onTestFinished(() => void worker.terminate());
    const ask = async () => {
      worker.postMessage(['has', 'x']);
      return (await once(worker, 'message'))[0];
    };
    expect(await ask()).toEqual({ value: true });
    base.writeValues('seer', { 'feature.x': alwaysOff() });
    await refresh();
    expect(await ask()).toEqual({ value: false });
    base.writeValues('seer', { 'feature.x': alwaysOn() });
    await refresh();
    expect(await ask()).toEqual({ value: true });
  });

  it('A checker created before init() works with each store that is initialized later', async () => {
    const checker = features('seer');
    expect([checker.has('x', BUSINESS), checker.evaluate('x', BUSINESS)]).toEqual([
      false,
      { enabled: false, reason: FeatureReason.NO_STORE },
    ]);
    init({ directory: makeBase().directory, pollInterval: null });
    expect(checker.has('x', BUSINESS)).toBe(true);
    // Like all reads it keeps the last values; a checker created now has no store.
    await close();
    expect([checker.has('x', BUSINESS), features('seer').has('x', BUSINESS)]).toEqual([true, false]);
    init({ directory: makeBase(alwaysOff()).directory, pollInterval: null });
    expect(checker.has('x', BUSINESS)).toBe(false);
  });
});

describe('an unknown flag', () => {
  it('An unknown or unset flag is off, with a reason', () => {
    const store = init({ directory: makeBase().directory, pollInterval: null });
    const reasons = ['unset', 'rate-limit', 'number', 'nope', 'feature.x', '__proto__', ''].map(
      (name) => store.features('seer').evaluate(name, BUSINESS).reason,
    );
    const { NOT_SET, NOT_A_FLAG, UNKNOWN_FLAG, UNKNOWN_NAMESPACE } = FeatureReason;
    expect(reasons).toEqual([NOT_SET, NOT_A_FLAG, ...Array(5).fill(UNKNOWN_FLAG)]);
    for (const namespace of ['relay', '__proto__', '']) {
      expect(features(namespace).evaluate('x').reason).toBe(UNKNOWN_NAMESPACE);
      expect(snapshot().features(namespace).evaluate('x').reason).toBe(UNKNOWN_NAMESPACE);
      expect(features(namespace).has('x')).toBe(false);
    }
  });

  it('A logger receives one debug message for each unknown name', () => {
    const lines: string[] = [];
    const logger: Logger = { ...QUIET, debug: (message) => lines.push(message) };
    vi.stubEnv('NODE_ENV', 'production');
    onTestFinished(() => void vi.unstubAllEnvs());
    init({ directory: makeBase().directory, pollInterval: null, logger });
    lines.length = 0;
    for (let time = 0; time < 3; time++) {
      for (const name of ['x', 'unset', 'rate-limit', 'nope']) features('seer').has(name, BUSINESS);
      features('relay').has('x', BUSINESS);
      snapshot().features('seer').has('unset', BUSINESS);
    }
    expect(lines).toEqual([
      "The flag 'unset' of namespace 'seer' is off: no values file sets it.",
      "The flag 'rate-limit' of namespace 'seer' is off: it is a plain option, not a flag.",
      "The flag 'nope' of namespace 'seer' is off: the namespace's schema does not declare it.",
      "The flag 'x' of namespace 'relay' is off: no schema declares the namespace.",
    ]);
    // Names may come from outside, so only a limited number of them is remembered.
    for (let name = 0; name < 5_000; name++) features('seer').has(`name-${name}`);
    expect(lines.length).toBeLessThan(1_100);
  });

  it('Outside production, a name that no schema declares is a warning, once, also without a logger', () => {
    const lines: string[] = [];
    const logger: Logger = { ...QUIET, warn: (message) => lines.push(message) };
    const store = init({ directory: makeBase().directory, pollInterval: null, logger });
    lines.length = 0;
    for (let time = 0; time < 3; time++) {
      for (const name of ['unset', 'unsett', 'feature.unset', 'rate-limit', 'zzz'])
        features('seer').has(name, BUSINESS);
    }
    expect(lines).toEqual([
      "The flag 'unsett' of namespace 'seer' is off: the namespace's schema does not declare it; did you mean 'unset'?",
      "The flag 'feature.unset' of namespace 'seer' is off: here, names of flags have no 'feature.'; write 'unset'.",
      "The flag 'rate-limit' of namespace 'seer' is off: it is a plain option, not a flag.",
      "The flag 'zzz' of namespace 'seer' is off: the namespace's schema does not declare it.",
    ]);
    // Of all the names that were compared, the thread keeps those that it was asked for.
    expect((store as unknown as { view: StoreView }).view.cacheOf('seer').size).toBe(2);
    for (let name = 0; name < 100; name++) features('seer').has(`name-${name}`);
    expect(lines).toHaveLength(20);
  });

  it('A context without any of its identity fields is a warning, once for each list of fields', () => {
    const lines: string[] = [];
    const logger: Logger = { ...QUIET, warn: (message) => lines.push(message) };
    init({
      directory: makeBase({ ...alwaysOn(), segments: [{ name: 'a', rollout: 50, conditions: [] }] }).directory,
      pollInterval: null,
      logger,
    });
    lines.length = 0;
    const fields = ['user_id', 'organization_id'];
    const has = (data: ContextData, identityFields: readonly string[]) =>
      features('seer').has('x', new FeatureContext(data, { identityFields }));
    for (let time = 0; time < 3; time++) has({ plan: 'team' }, fields);
    has({ user_id: 1 }, fields);
    has({ plan: 'team' }, []);
    has({ plan: 'team' }, ['id']);
    expect(lines).toEqual([
      "A context has none of its identity fields, so all of its properties decide rollouts. Missing: 'user_id', 'organization_id'.",
      "A context has none of its identity fields, so all of its properties decide rollouts. Missing: 'id'.",
    ]);
  });

  it('The store whose flag is evaluated warns of the context, not another one of the thread', async () => {
    const lines: string[] = [];
    const { directory } = makeBase({ ...alwaysOn(), segments: [{ name: 'a', rollout: 50, conditions: [] }] });
    const open = (name: string) => {
      const logger: Logger = { ...QUIET, warn: (message) => lines.push(`${name}: ${message}`) };
      const store = openOptions({ directory, pollInterval: null, logger });
      onTestFinished(() => store.close());
      return store;
    };
    const [first, second] = [open('first'), open('second')];
    lines.length = 0;
    const evaluate = (store: OptionsStore, field: string) =>
      store.features('seer').evaluate('x', new FeatureContext({ plan: 'team' }, { identityFields: [field] }));
    for (let time = 0; time < 2; time++) evaluate(first, 'user_id');
    expect(lines).toEqual([expect.stringMatching(/^first: A context has none .* Missing: 'user_id'\.$/)]);
    evaluate(second, 'user_id');
    await second.close();
    evaluate(first, 'organization_id');
    expect(lines.slice(1)).toEqual([
      expect.stringMatching(/^second: A context has none .* Missing: 'user_id'\.$/),
      expect.stringMatching(/^first: A context has none .* Missing: 'organization_id'\.$/),
    ]);
  });

  it('No message is built without a logger, and a logger that throws does not make has() throw', async () => {
    init({ directory: makeBase().directory, pollInterval: null });
    let conversions = 0;
    const name = {
      toString() {
        conversions++;
        return 'nope';
      },
    } as unknown as string;
    expect([features('seer').has(name), conversions]).toEqual([false, 0]);
    await close();
    const fail = () => {
      throw new Error('the logger is broken');
    };
    init({ directory: makeBase().directory, pollInterval: null, logger: { ...QUIET, debug: fail } });
    expect([features('seer').has(name), conversions]).toEqual([false, 0]);
  });
});

describe('an override', () => {
  it('An override applies to has(), evaluate() and pinned flags until it is disposed of', async () => {
    init({ directory: makeBase(null).directory, pollInterval: null });
    const checker = features('seer');
    const reason = () => checker.evaluate('x', BUSINESS).reason;
    expect([checker.has('x', BUSINESS), reason()]).toEqual([false, FeatureReason.NOT_SET]);
    const on = overrideOptions('seer', { 'feature.x': alwaysOn() });
    expect([checker.has('x', BUSINESS), reason()]).toEqual([true, FeatureReason.SEGMENT_ON]);
    const pinned = snapshot().features('seer');
    const off = overrideOptions('seer', { 'feature.x': alwaysOff() });
    expect([checker.has('x', BUSINESS), reason()]).toEqual([false, FeatureReason.NO_SEGMENT_MATCHED]);
    off[Symbol.dispose]();
    expect(checker.has('x', BUSINESS)).toBe(true);
    on[Symbol.dispose]();
    expect([checker.has('x', BUSINESS), reason()]).toEqual([false, FeatureReason.NOT_SET]);
    expect(pinned.has('x', BUSINESS)).toBe(true);
  });

  it('An override by callback applies to what the callback awaits, and to nothing that runs beside it', async () => {
    init({ directory: makeBase().directory, pollInterval: null });
    const checker = features('seer');
    const evaluateWith = async (flag: Feature) =>
      overrideOptions('seer', { 'feature.x': flag }, async () => {
        const answers: boolean[] = [];
        for (let step = 0; step < 4; step++) {
          answers.push(checker.has('x', { plan: 'free' }));
          await sleep(1);
        }
        return answers;
      });
    const outside = sleep(2).then(() => checker.has('x', BUSINESS));
    expect(await Promise.all([evaluateWith(alwaysOn()), evaluateWith(alwaysOff()), outside])).toEqual([
      Array(4).fill(true),
      Array(4).fill(false),
      true,
    ]);
    expect(checker.has('x', { plan: 'free' })).toBe(false);
  });

  it('An override accepts the flags of the builders and rejects flags that the schema rejects', () => {
    createTestOptions({
      schemas: { seer: { version: '1.0', type: 'object', properties: { 'feature.x': FLAG } } },
      install: true,
    });
    const has = (flag: Feature, data: object) =>
      overrideOptions('seer', { 'feature.x': flag }, () => features('seer').has('x', { ...data }));
    expect([has(alwaysOn(), {}), has(alwaysOff(), {})]).toEqual([true, false]);
    // The bucket of `a:1` is 59.
    expect([has(rolloutTo(59), { a: 1 }), has(rolloutTo(58), { a: 1 }), has(rolloutTo(0), { a: 1 })]).toEqual([
      true,
      false,
      false,
    ]);
    const both = enabledWhen([
      { property: 'a', operator: 'equals', value: 1 },
      { property: 'b', operator: 'matches', value: ['*.example.com'] },
    ]);
    expect([has(both, { a: 1, b: 'www.Example.com' }), has(both, { a: 1 }), has(both, { b: 'x.example.com' })]).toEqual(
      [true, false, false],
    );
    const part = enabledWhen({ property: 'a', operator: 'equals', value: 1 }, { rollout: 58 });
    expect([has(part, { a: 1 }), has(firstMatchOf(part, alwaysOn()), { a: 1 })]).toEqual([false, false]);
    expect(has(firstMatchOf(part, alwaysOn()), { a: 2 })).toBe(true);
    expect(() => has(rolloutTo(101), {})).toThrow(expect.objectContaining({ code: 'VALUES_INVALID' }));
    expect(() => has(rolloutTo(0.5), {})).toThrow(expect.objectContaining({ code: 'VALUES_INVALID' }));
  });
});
