/** Tests what records the answers of flags, on real scopes of Sentry, and what an event makes of them. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Scope } from '@sentry/node';
import { alwaysOn } from 'sentry-options/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FeatureContext } from '../../src/features/feature-context.js';
import { type AnswerLog, type AnswerRecorder, NO_SLOT, recording, tryAdd } from '../../src/features/recording.js';
import { mergeFlags } from '../../src/sentry/flags.js';
import { ScopeRecorder } from '../../src/sentry/recorder.js';
import { createStoreWith } from '../support/flags.js';

const outside = new Scope();
let scope = outside;

function makeRecorder(): ScopeRecorder {
  scope = outside;
  const recorder = new ScopeRecorder(() => scope);
  recorder.logOfContext();
  scope = new Scope();
  return recorder;
}

/** Adds an answer as `has` does. */
function answer(recorder: ScopeRecorder, log: AnswerLog, name: string, isOn = true, isKnown = true): void {
  const slot = recorder.slotOf('seer', name, isKnown);
  if (slot === NO_SLOT) recorder.addByName(log, 'seer', name, isOn);
  else if (!tryAdd(log, slot, isOn)) recorder.add(log, slot, isOn);
}

function list(recorder: ScopeRecorder): string[] {
  return recorder.list().map(({ flag, result }) => `${flag}=${result}`);
}

describe('the recorder', () => {
  it('At most 1024 flags have a number, of which 512 may be names that are not known, and all are listed alike', () => {
    const recorder = makeRecorder();
    const log = recorder.logOfContext();
    for (let count = 0; count < 2_000; count++) answer(recorder, log, `unknown-${count}`, false, false);
    expect(log.length).toBe(513);
    expect(recorder.slotOf('seer', 'unknown-512', false)).toBe(NO_SLOT);
    for (let count = 0; count < 2_000; count++) answer(recorder, log, `known-${count}`);
    expect(log.length).toBe(1_025);
    expect(recorder.slotOf('seer', 'known-512', true)).toBe(NO_SLOT);
    expect(recorder.slotOf('seer', 'x'.repeat(201), true)).toBe(NO_SLOT);

    // Numbered, and not: in the order of the answers.
    for (const name of ['known-1', 'known-1999', 'unknown-1', 'known-1999', 'known-2'])
      answer(recorder, log, name, false);
    expect(list(recorder).slice(-4)).toEqual([
      'seer/known-1=false',
      'seer/unknown-1=false',
      'seer/known-1999=false',
      'seer/known-2=false',
    ]);
    expect(list(recorder)).toHaveLength(100);
  });

  it('Of flags without a number, a scope keeps the last 100 that were answered, and no more in memory', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const usedBytes = () => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    const recorder = makeRecorder();
    const log = recorder.logOfContext();
    const name = (count: number) => `${'x'.repeat(150)}-${count}`;
    for (let count = 0; count < 100; count++) recorder.addByName(log, 'seer', name(count), true);
    recorder.addByName(log, 'seer', name(0), false);
    recorder.addByName(log, 'seer', name(100), true);
    const listed = list(recorder);
    expect(listed).toHaveLength(100);
    expect(listed[0]).toBe(`seer/${name(2)}=true`);
    expect(listed.slice(-2)).toEqual([`seer/${name(0)}=false`, `seer/${name(100)}=true`]);
    const before = usedBytes();
    for (let count = 0; count < 50_000; count++) recorder.addByName(log, 'seer', name(count), true);
    // All of them would take 8 MB.
    expect(usedBytes() - before).toBeLessThan(2_000_000);
    expect(list(recorder)).toHaveLength(100);
  });

  it('The order stays right after more answers than a small integer can count', () => {
    const recorder = makeRecorder();
    const log = recorder.logOfContext();
    for (const name of ['a', 'b', 'c']) answer(recorder, log, name);
    log[0] = 2 ** 31 - 4;
    for (const name of ['b', 'a', 'd', 'b']) answer(recorder, log, name, false);
    expect(list(recorder)).toEqual(['seer/c=true', 'seer/a=false', 'seer/d=false', 'seer/b=false']);
  });

  it('A scope knows the answers of the last eight scopes from which it descends, however many there were', () => {
    const recorder = makeRecorder();
    for (let depth = 0; depth < 20; depth++) {
      answer(recorder, recorder.logOfContext(), `flag-${depth}`);
      scope = scope.clone();
    }
    answer(recorder, recorder.logOfContext(), 'own');
    const expected = [12, 13, 14, 15, 16, 17, 18, 19].map((depth) => `seer/flag-${depth}=true`);
    expect(list(recorder)).toEqual([...expected, 'seer/own=true']);
  });

  it('Scopes do not descend from the one outside of any request', () => {
    const recorder = makeRecorder();
    scope = outside;
    expect(recorder.logOfContext()).toBe(recorder.current);
    answer(recorder, recorder.current, 'outside');
    expect(list(recorder)).toEqual(['seer/outside=true']);
    scope = outside.clone();
    expect(list(recorder)).toEqual([]);
  });

  it('What finds the scope may fail, and answers stay the same', () => {
    const fail = () => {
      throw new Error('hostile');
    };
    const recorder: AnswerRecorder = {
      current: [],
      logOfContext: fail,
      slotOf: fail,
      add: fail,
      addByName: fail,
      list: fail,
    };
    recording.recorder = recorder;
    onTestFinished(() => {
      recording.recorder = undefined;
    });
    const store = createStoreWith(alwaysOn());
    onTestFinished(() => store.close());
    const flags = store.features('seer');
    expect(new FeatureContext({ user_id: 1 }).log).toBeUndefined();
    for (const context of [undefined, { user_id: 1 }]) {
      expect([flags.has('x', context), flags.evaluate('x', context).enabled, flags.has('y', context)]).toEqual([
        true,
        true,
        false,
      ]);
    }
  });
});

describe('mergeFlags', () => {
  it('No flags make no context, and the context is sent without what is only for the SDK', () => {
    expect(mergeFlags({ values: [{ flag: 'theirs', result: true }] }, [])).toBeUndefined();
    const merged = mergeFlags(undefined, [{ flag: 'seer/on', result: true }]);
    expect(JSON.stringify(merged)).toBe('{"values":[{"flag":"seer/on","result":true}]}');
    expect(Reflect.get(merged ?? {}, '__sentry_skip_normalization__')).toBe(true);
  });
});
