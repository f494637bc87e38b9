/** Tests the integration for Sentry with Sentry's own SDK: which flags and values an event carries. */
import { OpenFeature } from '@openfeature/server-sdk';
import * as Sentry from '@sentry/node';
import { close, FeatureContext, features, init, openOptions, snapshot } from 'sentry-options';
import { SentryOptionsProvider } from 'sentry-options/openfeature';
import { sentryOptionsIntegration } from 'sentry-options/sentry';
import { alwaysOff, alwaysOn, overrideOptions } from 'sentry-options/testing';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { Base, integer, patternSchema } from '../support/base.js';
import { loadOther } from '../support/copies.js';
import { FLAG } from '../support/flags.js';
import { makeDomain } from '../support/openfeature.js';
import { captureEvent, flagsOf, initSentry, takeEvents } from '../support/sentry.js';

/** Before Sentry is initialized. */
const early = new FeatureContext({ user_id: 1 });
let beforeSend = (event: Sentry.ErrorEvent): Sentry.ErrorEvent => event;
/** What each event waits for, before it comes to this library's integration. */
let held: Promise<void> | undefined;
initSentry({
  beforeSend: (event) => beforeSend(event),
  integrations: [
    { name: 'Slow', processEvent: (event) => held?.then(() => event) ?? event },
    sentryOptionsIntegration(),
    Sentry.featureFlagsIntegration(),
  ],
});
const outside = new FeatureContext({ user_id: 1 });

const NAMES = Array.from({ length: 130 }, (_, index) => `flag-${index}`);

/** Makes a base directory with `on`, `off`, `unset`, flags by pattern, and `flag-0` to `flag-129`, which are on. */
function makeBase(): Base {
  const base = new Base({ relay: { number: integer(1) } });
  base.writeSchema('seer', patternSchema({ number: integer(1), 'feature.unset': FLAG }));
  const many = NAMES.map((name) => [`feature.${name}`, alwaysOn()]);
  base.writeValues('seer', { 'feature.on': alwaysOn(), 'feature.off': alwaysOff(), ...Object.fromEntries(many) });
  return base;
}

function start(base = makeBase()) {
  return init({ directory: base.directory, pollInterval: null });
}

/** Runs `action` as Sentry runs a request: in an isolation scope of its own. */
function inRequest<T>(action: () => T): T {
  return Sentry.withIsolationScope(action);
}

function makeContext(user = 1): FeatureContext {
  return new FeatureContext({ user_id: user }, { identityFields: ['user_id'] });
}

afterEach(async () => {
  beforeSend = (event) => event;
  await close();
  await takeEvents();
});

describe('the flags of an event', () => {
  it('An event has each flag once, in the order of the last evaluations, and what beforeSend sees is what is sent', async () => {
    start();
    const seen: unknown[] = [];
    beforeSend = (event) => {
      seen.push(structuredClone(event.contexts));
      return event;
    };
    await inRequest(async () => {
      const context = makeContext();
      for (const name of ['on', 'off', 'unset', 'by-pattern', 'on', 'unset']) features('seer').has(name, context);
      const { contexts } = await captureEvent();
      expect(contexts.flags).toEqual({
        values: [
          { flag: 'seer/off', result: false },
          { flag: 'seer/by-pattern', result: false },
          { flag: 'seer/on', result: true },
          { flag: 'seer/unset', result: false },
        ],
      });
      expect(seen).toEqual([
        expect.objectContaining({ flags: contexts.flags, sentry_options: contexts.sentry_options }),
      ]);
    });
  });

  it('Of more than 100 flags, an event has the last 100', async () => {
    start();
    await inRequest(async () => {
      const context = makeContext();
      for (const name of NAMES) features('seer').has(name, context);
      for (const name of NAMES.slice(0, 3)) features('seer').has(name, context);
      const last = [...NAMES.slice(33), ...NAMES.slice(0, 3)];
      expect(flagsOf(await captureEvent())).toEqual(last.map((name) => `seer/${name}=true`));
    });
  });

  it('Every way to evaluate a flag counts: has, evaluate, all, snapshots, OpenFeature, overrides, failed contexts', async () => {
    const store = start();
    await OpenFeature.setProviderAndWait(makeDomain(), new SentryOptionsProvider());
    const client = OpenFeature.getClient('domain-1');
    await inRequest(async () => {
      const context = makeContext();
      features('seer').evaluate('on', context);
      snapshot().features('seer').has('flag-1', context);
      store.features('seer').evaluate('off', context);
      await client.getBooleanValue('seer/flag-2', false, { targetingKey: 'user' });
      overrideOptions('seer', { 'feature.flag-3': alwaysOff() }, () => features('seer').has('flag-3', context));
      const failing = {
        get user_id(): never {
          throw new Error('hostile');
        },
      };
      features('seer').has('flag-4', failing);
      features('seer').all(context, { only: ['flag-5'] });
      features('nowhere').has('no-flag', context);
      expect(flagsOf(await captureEvent())).toEqual([
        'seer/on=true',
        'seer/flag-1=true',
        'seer/off=false',
        'seer/flag-2=true',
        'seer/flag-3=false',
        'seer/flag-4=true',
        'seer/flag-5=true',
        'nowhere/no-flag=false',
      ]);
    });
  });

  it('Transactions carry neither flags nor values', async () => {
    start();
    await inRequest(async () => {
      Sentry.startSpan({ name: 'work' }, () => features('seer').has('on', makeContext()));
      const [transaction, ...more] = await takeEvents();
      expect(more).toEqual([]);
      expect(transaction).toMatchObject({ type: 'transaction', transaction: 'work' });
      expect(Object.keys(transaction?.contexts ?? {})).not.toContain('flags');
      expect(JSON.stringify(transaction)).not.toMatch(/sentry_options|seer/);
      // The error of the same request does.
      expect(flagsOf(await captureEvent())).toEqual(['seer/on=true']);
    });
  });
});

describe('the scope of an answer', () => {
  it('Requests at the same time have their own flags, and so have those that start after them', async () => {
    start();
    const run = (name: string, user: number) =>
      inRequest(async () => {
        const context = makeContext(user);
        features('seer').has(name, context);
        await null;
        features('seer').has('on', context);
        await null;
        Sentry.captureMessage(name);
      });
    await Promise.all([run('flag-1', 1), run('flag-2', 2)]);
    await run('flag-3', 3);
    const events = await takeEvents();
    expect(events.map(({ message }) => message)).toEqual(['flag-1', 'flag-2', 'flag-3']);
    for (const event of events) expect(flagsOf(event)).toEqual([`seer/${event.message}=true`, 'seer/on=true']);
  });

  it('Without a context, with a plain object, and with a context from outside of any request, the scope that runs counts', async () => {
    start();
    features('seer').has('flag-9', outside);
    for (const context of [undefined, { user_id: 1 }, outside]) {
      await inRequest(async () => {
        features('seer').has('on', context);
        expect(flagsOf(await captureEvent())).toEqual(['seer/on=true']);
      });
    }
    await inRequest(async () => {
      features('seer').has('on', early);
      expect(flagsOf(await captureEvent())).toBeUndefined();
    });
    expect(flagsOf(await captureEvent())?.slice(-1)).toEqual(['seer/flag-9=true']);
  });

  it('A context belongs to the request that made it, wherever it is used', async () => {
    start();
    await inRequest(async () => {
      const context = makeContext();
      await inRequest(async () => features('seer').has('off', context));
      expect(flagsOf(await captureEvent())).toEqual(['seer/off=false']);
    });
  });

  it('A scope that forks in a request has its own flags and those of the request, not those of its siblings', async () => {
    start();
    await inRequest(async () => {
      const context = makeContext();
      features('seer').has('flag-1', context);
      features('seer').has('flag-2', context);
      await inRequest(async () => features('seer').has('flag-3', makeContext()));
      await inRequest(async () => {
        expect(flagsOf(await captureEvent())).toEqual(['seer/flag-1=true', 'seer/flag-2=true']);
        features('seer').has('flag-4', makeContext());
        features('seer').has('flag-1', makeContext());
        expect(flagsOf(await captureEvent())).toEqual(['seer/flag-2=true', 'seer/flag-4=true', 'seer/flag-1=true']);
      });
      expect(flagsOf(await captureEvent())).toEqual(['seer/flag-1=true', 'seer/flag-2=true']);
    });
  });
});

describe("the flags of Sentry's own integration", () => {
  const sentry = () => Sentry.getClient()?.getIntegrationByName<Sentry.FeatureFlagsIntegration>('FeatureFlags');

  it('An event keeps them, before the others, and has a flag of both once', async () => {
    start();
    await inRequest(async () => {
      const context = makeContext();
      for (const flag of ['theirs', 'seer/on', 'also-theirs']) sentry()?.addFeatureFlag(flag, false);
      features('seer').has('off', context);
      features('seer').has('on', context);
      expect(flagsOf(await captureEvent())).toEqual([
        'theirs=false',
        'also-theirs=false',
        'seer/off=false',
        'seer/on=true',
      ]);
    });
  });

  it('Of more than 100 together, an event has at least the last 50 of each', async () => {
    start();
    const run = async (theirs: number, own: number) => {
      const flags = await inRequest(async () => {
        const context = makeContext();
        for (let count = 0; count < theirs; count++) sentry()?.addFeatureFlag(`theirs-${count}`, true);
        for (const name of NAMES.slice(0, own)) features('seer').has(name, context);
        return flagsOf(await captureEvent()) ?? [];
      });
      const isTheirs = (flag: string) => flag.startsWith('theirs');
      return [flags.filter(isTheirs), flags.filter((flag) => !isTheirs(flag))].map((each) => [
        each.length,
        each.at(-1),
      ]);
    };
    expect(await run(100, 130)).toEqual([
      [50, 'theirs-99=true'],
      [50, 'seer/flag-129=true'],
    ]);
    expect(await run(100, 20)).toEqual([
      [80, 'theirs-99=true'],
      [20, 'seer/flag-19=true'],
    ]);
    expect(await run(30, 130)).toEqual([
      [30, 'theirs-29=true'],
      [70, 'seer/flag-129=true'],
    ]);
  });
});

describe('the values of an event', () => {
  it('An event describes what was live when it was captured, although a reload came before it was sent', async () => {
    const base = makeBase();
    const store = start(base);
    const { appliedAt, namespaces } = store.status();
    const hash = namespaces.seer?.valuesHash;
    let release = () => {};
    held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await inRequest(async () => {
      const context = makeContext();
      features('seer').has('on', context);
      Sentry.captureMessage('first');
      base.writeValues('seer', { 'feature.on': alwaysOff() });
      await store.refresh();
      features('seer').has('on', context);
      held = undefined;
      release();
      const [first] = await takeEvents();
      expect(first?.contexts.sentry_options).toEqual({
        generation: 1,
        appliedAt,
        health: 'ok',
        values: { relay: null, seer: hash },
      });
      expect(flagsOf(first as never)).toEqual(['seer/on=true']);
      const second = await captureEvent();
      expect(second.contexts.sentry_options).toMatchObject({ generation: 2, health: 'ok' });
      expect(second.contexts.sentry_options?.values.seer).toBe(store.status().namespaces.seer?.valuesHash);
      expect(flagsOf(second)).toEqual(['seer/on=false']);
    });
  });

  it('An event names the generation that its thread last read, if that is an older one', async () => {
    const base = makeBase();
    const store = start(base);
    const sibling = openOptions({ handle: store.handle });
    features('seer').has('on');
    base.writeValues('seer', {});
    await sibling.refresh();
    expect((await captureEvent()).contexts.sentry_options).toMatchObject({ generation: 2, readGeneration: 1 });
    features('seer').has('on');
    expect((await captureEvent()).contexts.sentry_options).not.toHaveProperty('readGeneration');
  });

  it('Events before init and after close have no values; those of the next store have its own', async () => {
    await inRequest(async () => {
      const context = makeContext();
      features('seer').has('on', context);
      const before = await captureEvent();
      expect(before.contexts).not.toHaveProperty('sentry_options');
      expect(flagsOf(before)).toEqual(['seer/on=false']);
      start();
      features('seer').has('on', context);
      expect(flagsOf(await captureEvent())).toEqual(['seer/on=true']);
      await close();
      features('seer').has('off', context);
      const after = await captureEvent();
      expect(after.contexts).not.toHaveProperty('sentry_options');
      expect(flagsOf(after)).toEqual(['seer/on=true', 'seer/off=false']);
      start();
      features('seer').has('on', context);
      const next = await captureEvent();
      expect(next.contexts.sentry_options).toMatchObject({ generation: 1, health: 'ok' });
      expect(flagsOf(next)).toEqual(['seer/off=false', 'seer/on=true']);
    });
  });

  it('Of hundreds of namespaces, an event lists 50, those that its thread has read first', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `namespace-${String(index).padStart(4, '0')}`);
    const base = new Base(Object.fromEntries(names.map((name) => [name, { number: integer(1) }])));
    const store = openOptions({ directory: base.directory, pollInterval: null });
    onTestFinished(() => store.close());
    store.namespace('namespace-0199').get('number');
    store.namespace('namespace-0001').get('number');
    const client = Sentry.getClient() as Sentry.NodeClient;
    initSentry({ integrations: [sentryOptionsIntegration({ store })] });
    onTestFinished(() => Sentry.setCurrentClient(client));
    const { values, omitted } = (await captureEvent()).contexts.sentry_options ?? {};
    expect(Object.keys(values ?? {}).slice(0, 3)).toEqual(['namespace-0199', 'namespace-0001', 'namespace-0000']);
    expect([Object.keys(values ?? {}).length, omitted]).toEqual([50, 150]);
  });
});

describe('hostile hosts', () => {
  it('Names from requests, in any number and of any length, are bounded, and displace no flag that is set', async () => {
    start();
    await inRequest(async () => {
      const context = makeContext();
      for (let count = 0; count < 5_000; count++) features('seer').has(`name-${count}`, context);
      features('seer').has('x'.repeat(1_000_000), context);
      features('seer').has(7 as never, context);
      features(Symbol('namespace') as never).has('on', context);
      features('seer').has('on', context);
      const flags = flagsOf(await captureEvent()) ?? [];
      expect(flags).toHaveLength(100);
      expect(flags.slice(-3)).toEqual(['seer/name-4999=false', `seer/${'x'.repeat(200)}…=false`, 'seer/on=true']);
      expect(flags[0]).toBe('seer/name-4902=false');
    });
  });

  it('What a host has put into the contexts stays, whatever it is', async () => {
    start();
    await inRequest(async () => {
      features('seer').has('on', makeContext());
      const capture = async (contexts: object) => {
        Sentry.captureEvent({ message: 'own', contexts: contexts as never });
        return (await takeEvents())[0]?.contexts;
      };
      const own = { flag: 'seer/on', result: true };
      expect((await capture({ flags: { values: 'none', more: 1 } }))?.flags).toEqual({ values: [own], more: 1 });
      expect((await capture({ flags: 7 }))?.flags).toEqual({ values: [own] });
      expect((await capture({ flags: { values: [null, 'text'] } }))?.flags).toEqual({ values: [null, 'text', own] });
      expect((await capture({ sentry_options: { mine: 1 } }))?.sentry_options).toEqual({ mine: 1 });
      expect((await capture(Object.freeze({ app: { app_name: 'a' } })))?.flags).toEqual({ values: [own] });
    });
  });

  it('A second integration goes on with the answers that the first one recorded', async () => {
    start();
    await inRequest(async () => {
      const context = makeContext();
      features('seer').has('flag-1', context);
      sentryOptionsIntegration().setup(Sentry.getClient() as Sentry.NodeClient);
      features('seer').has('flag-2', context);
      features('seer').has('flag-3', makeContext());
      const expected = ['seer/flag-1=true', 'seer/flag-2=true', 'seer/flag-3=true'];
      expect(flagsOf(await captureEvent())).toEqual(expected);
    });
  });

  it('An integration with a wrong setting throws', () => {
    expect(() => sentryOptionsIntegration({ stores: 1 } as never)).toThrow("Unknown setting 'stores'");
    expect(() => sentryOptionsIntegration({ store: {} } as never)).toThrow('store must be a store');
  });
});

// Last: a second copy follows this thread from store to store.
describe('two copies of the library', () => {
  it('Another copy of the library records its answers for the same scope', async () => {
    const other = await loadOther(['index.js']);
    start();
    await inRequest(async () => {
      const context = makeContext();
      other.features('seer').has('flag-1', context);
      other.features('seer').has('flag-2', new other.FeatureContext({ user_id: 1 }));
      features('seer').has('off', new other.FeatureContext({ user_id: 1 }));
      other.features('seer').evaluate('on');
      const expected = ['seer/flag-1=true', 'seer/flag-2=true', 'seer/off=false', 'seer/on=true'];
      expect(flagsOf(await captureEvent())).toEqual(expected);
    });
  });
});
