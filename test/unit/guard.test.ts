/** Tests which valid reloads are suspicious, and what happens to them, on real files, without a thread. */
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { OptionValue } from '../../src/common/value.js';
import { isOffForEverybody, isOnForEverybody } from '../../src/features/everybody.js';
import type { Feature, FeatureSegment } from '../../src/features/feature.js';
import { describeSuspicion, findSuspicion } from '../../src/schema/suspicious-change.js';
import { alwaysOff, alwaysOn, rolloutTo } from '../../src/testing/features.js';
import { Guard } from '../../workers/values/guard.js';
import { Base, integer, patternSchema } from '../support/base.js';
import { PolledFiles } from '../support/polled-files.js';

const flag = (segments: FeatureSegment[], enabled = true) => ({ ...alwaysOn(), enabled, segments }) as Feature;
const conditions = [{ property: 'plan', operator: 'in', value: ['paid'] }] as const;

describe('a flag for everybody', () => {
  it.each([
    ['one segment that lets in everyone', flag([{ name: 'a', conditions: [] }]), true, false],
    ['a rollout of 99', flag([{ name: 'a', conditions: [], rollout: 99 }]), false, false],
    ['a rollout of 0', flag([{ name: 'a', conditions: [], rollout: 0 }]), false, true],
    ['no segments', flag([]), false, true],
    ['a flag that is not enabled', flag([{ name: 'a', conditions: [] }], false), false, true],
    ['conditions only', flag([{ name: 'a', conditions }]), false, false],
    [
      'conditions, then everyone',
      flag([
        { name: 'a', conditions },
        { name: 'b', conditions: [] },
      ]),
      true,
      false,
    ],
    [
      'a part of some, then everyone',
      flag([
        { name: 'a', conditions, rollout: 50 },
        { name: 'b', conditions: [] },
      ]),
      false,
      false,
    ],
    [
      'nobody, then a segment that is never tried',
      flag([
        { name: 'a', conditions: [], rollout: 0 },
        { name: 'b', conditions: [] },
      ]),
      false,
      true,
    ],
  ])('%s: on for everybody, off for everybody', (_name, value, isOn, isOff) => {
    expect([isOnForEverybody(value), isOffForEverybody(value)]).toEqual([isOn, isOff]);
  });
});

/** Makes the values `o0`, `o1`, …: `count` options. */
function makeOptions(count: number): Map<string, OptionValue> {
  return new Map(Array.from({ length: count }, (_, index) => [`o${index}`, index]));
}

function judge(before: Map<string, OptionValue>, after: Map<string, OptionValue>) {
  const found = findSuspicion(before, after, (name) => name.startsWith('feature.'));
  return found && describeSuspicion(found);
}

/** Makes a map of flags: so many that are on for everybody, then so many that are off. */
function makeFlags(on: number, off: number, value: unknown = alwaysOff()): Map<string, OptionValue> {
  const values = Array.from({ length: on + off }, (_, index) => [`feature.${index}`, index < on ? alwaysOn() : value]);
  return new Map(values as [string, OptionValue][]);
}

describe('findSuspicion', () => {
  it.each([
    [5, 0, 'set nothing, and the last ones set 5 options'],
    [12, 0, 'set nothing, and the last ones set 12 options'],
    // Fewer than five: still more than half, if that is two or more.
    [4, 0, 'unset 4 of 4 options'],
    [2, 0, 'unset 2 of 2 options'],
    [1, 0, undefined],
    [0, 0, undefined],
    [3, 1, 'unset 2 of 3 options'],
    [2, 1, undefined],
    [10, 4, 'unset 6 of 10 options'],
    [10, 5, undefined],
    [11, 5, 'unset 6 of 11 options'],
    [11, 6, undefined],
    [5, 1, 'unset 4 of 5 options'],
  ])('Of %d set options, %d stay set: %s', (before, after, expected) => {
    expect(judge(makeOptions(before), makeOptions(after))).toBe(expected);
  });

  it('Options that are set to other values or to their defaults, and new ones, do not count', () => {
    const values = [...makeOptions(10)].map(([name]): [string, OptionValue] => [name, 0]);
    expect(judge(makeOptions(10), new Map([...values, ['more', 1]]))).toBe(undefined);
    // A rename of all options looks like the loss of all.
    const renamed = new Map([...makeOptions(10)].map(([name, value]): [string, OptionValue] => [`new-${name}`, value]));
    expect(judge(makeOptions(10), renamed)).toBe('unset 10 of 10 options');
  });

  it.each([
    // The kill switch that is the only flag on for everybody.
    [1, 0, undefined],
    [2, 0, 'turn off 2 of 2 flags that are on for everybody'],
    [2, 1, undefined],
    [3, 1, 'turn off 2 of 3 flags that are on for everybody'],
    [4, 2, undefined],
    [4, 1, 'turn off 3 of 4 flags that are on for everybody'],
    [9, 5, undefined],
    [9, 4, 'turn off 5 of 9 flags that are on for everybody'],
  ])('Of %d flags that are on for everybody, %d stay on: %s', (before, after, expected) => {
    const off = makeFlags(before, 3);
    expect(judge(off, makeFlags(after, before - after + 3))).toBe(expected);
    // Not enabled is off, too.
    expect(judge(off, makeFlags(after, before - after + 3, { ...alwaysOn(), enabled: false }))).toBe(expected);
    // A smaller rollout is no end.
    expect(judge(off, makeFlags(after, before - after + 3, rolloutTo(1)))).toBe(undefined);
  });

  it('A flag that is not set any more is off, and counts for both rules', () => {
    const before = makeFlags(3, 0);
    expect(judge(before, makeFlags(1, 0))).toBe(
      'unset 2 of 3 options, and turn off 2 of 3 flags that are on for everybody',
    );
    expect(judge(new Map([...before, ...makeOptions(9)]), makeOptions(9))).toBe(
      'turn off 3 of 3 flags that are on for everybody',
    );
    expect(judge(new Map([...before, ...makeOptions(9)]), new Map())).toBe(
      'set nothing, and the last ones set 12 options, and turn off 3 of 3 flags that are on for everybody',
    );
  });
});

const OPTIONS = Object.fromEntries([...makeOptions(6).keys()].map((name) => [name, integer(0)]));
const ALL = Object.fromEntries(makeOptions(6));

async function setUp(policy: 'warn' | 'hold', isolation: 'all' | 'namespace' = 'all') {
  const base = new Base({ relay: OPTIONS, seer: OPTIONS });
  base.writeSchema('flags', patternSchema());
  for (const name of ['relay', 'seer']) base.writeValues(name, ALL);
  base.writeValues('flags', Object.fromEntries(makeFlags(3, 0)));
  const files = new PolledFiles(base.directory, { guard: new Guard(policy), isolation });
  await files.start();
  const sizes = () => ['relay', 'seer'].map((name) => Object.keys(files.read(name)).length);
  return { base, files, sizes };
}

describe("suspiciousReload: 'warn'", () => {
  it('A suspicious reload is live, with one warning that has the counts', async () => {
    const { base, files, sizes } = await setUp('warn');
    base.writeValues('seer', {});
    base.writeValues('relay', { o0: 0, o1: 1 });
    await files.poll();
    await files.poll();
    expect(sizes()).toEqual([2, 0]);
    expect(files.record).toMatchObject({ rejection: null, rejectedReloads: 0 });
    expect(files.takeLog()).toEqual([
      'warn The new values are live, but suspicious: those of relay unset 4 of 6 options, seer set nothing, and the last ' +
        'ones set 6 options. If that is a mistake, roll back the files; `suspiciousReload` can hold such values back.',
    ]);
  });

  it('The first load is never suspicious, nor is a change after an empty file', async () => {
    const { base, files } = await setUp('warn');
    base.writeValues('seer', {});
    await files.poll();
    files.takeLog();
    base.writeValues('seer', ALL);
    await files.poll();
    expect(files.takeLog()).toEqual([]);
  });
});

describe("suspiciousReload: 'hold'", () => {
  const HELD =
    /^error Held back the reload of .*\/values: Suspicious values for seer:\n\tthe new values set nothing, and the last ones set 6 options\n {2}in .*seer\/values\.json\n/;

  it('The old values of all namespaces stay, and the error says how to accept the new ones', async () => {
    const { base, files, sizes } = await setUp('hold');
    base.writeValues('seer', {});
    base.writeValues('relay', { ...ALL, o0: 9 });
    await files.poll();
    expect(sizes()).toEqual([6, 6]);
    expect(files.read('relay').o0).toBe(0);
    const [message = '', ...rest] = files.takeLog();
    expect(rest).toEqual([]);
    expect(message).toMatch(HELD);
    expect(message).toMatch(
      /\nAll namespaces keep their last values\. To accept the new values, call refresh\(\{ accept: true \}\) or restart; to reject them, roll back the files\.$/,
    );
    expect(files.record).toMatchObject({ rejection: { code: 'RELOAD_SUSPICIOUS' }, rejectedReloads: 1 });
    // It holds, however many polls there are.
    await files.poll(true);
    await files.poll();
    expect(sizes()).toEqual([6, 6]);
    expect(files.takeLog()).toEqual([]);
  });

  it('The error has the commit of the file that is held back', async () => {
    const { base, files } = await setUp('hold');
    base.writeText('seer', '{"options":{},"commit_sha":"9f8e7d6"}');
    await files.poll();
    expect(files.takeLog()).toEqual([expect.stringContaining('/seer/values.json, commit 9f8e7d6\nAll namespaces ')]);
  });

  it('An accepted reload is live, and nothing of it is held back later', async () => {
    const { base, files, sizes } = await setUp('hold');
    base.writeValues('seer', {});
    await files.poll();
    await files.poll();
    files.takeLog();
    const { loads } = files;
    await files.poll();
    expect(files.loads).toBe(loads);
    await files.poll(true, true);
    expect(sizes()).toEqual([6, 0]);
    expect(files.record).toMatchObject({ rejection: null });
    expect(files.takeLog()).toEqual([`info The values in ${base.directory}/values are not held back any more.`]);
    await files.poll();
    base.writeValues('relay', { ...ALL, o0: 9 });
    await files.poll();
    expect(files.read('relay').o0).toBe(9);
  });

  it('Only what is on disk when somebody accepts is accepted', async () => {
    const { base, files, sizes } = await setUp('hold');
    await files.poll(true, true);
    base.writeValues('seer', {});
    await files.poll();
    expect(sizes()).toEqual([6, 6]);
    await files.poll(true, true);
    base.writeValues('relay', {});
    await files.poll();
    expect(sizes()).toEqual([6, 0]);
  });

  it('What somebody accepted while another file was bad is not held back once that file is good', async () => {
    const { base, files, sizes } = await setUp('hold');
    base.writeValues('seer', {});
    base.writeValues('relay', { o0: 'bad' });
    await files.poll(true, true);
    expect(files.record).toMatchObject({ rejection: { code: 'VALUES_INVALID' } });
    base.writeValues('relay', ALL);
    await files.poll();
    expect(sizes()).toEqual([6, 0]);
    expect(files.record).toMatchObject({ rejection: null });
  });

  it('What somebody accepted once is held back another time, whether or not it was published', async () => {
    const { base, files, sizes } = await setUp('hold');
    for (const accepts of [true, false]) {
      base.removeValues('seer');
      await files.poll(true, accepts);
      expect(sizes()).toEqual([6, accepts ? 0 : 6]);
      base.writeValues('seer', ALL);
      await files.poll();
    }
    // A bad file keeps it from being published, and it is rolled back before that file is good.
    base.writeValues('relay', { o0: 'bad' });
    base.writeValues('seer', {});
    await files.poll(true, true);
    base.writeValues('seer', ALL);
    base.writeValues('relay', ALL);
    await files.poll();
    base.writeValues('seer', {});
    await files.poll();
    expect(sizes()).toEqual([6, 6]);
  });

  it('Beside a bad file, suspicious values are a part of its error', async () => {
    const { base, files, sizes } = await setUp('hold');
    base.writeValues('seer', {});
    base.writeValues('relay', { o0: 'bad' });
    await files.poll();
    expect(files.record).toMatchObject({ rejection: { code: 'VALUES_INVALID', issues: { length: 2 } } });
    expect(sizes()).toEqual([6, 6]);
  });

  it('The next change of the files is judged anew, and a rollback ends the hold', async () => {
    const { base, files, sizes } = await setUp('hold');
    base.writeValues('seer', {});
    await files.poll();
    base.writeValues('seer', { o0: 0 });
    await files.poll();
    expect(sizes()).toEqual([6, 6]);
    expect(files.takeLog().at(-1)).toContain('the new values unset 5 of 6 options');
    base.writeValues('seer', { o0: 0, o1: 1, o2: 2 });
    await files.poll();
    expect(sizes()).toEqual([6, 3]);
    base.writeValues('relay', {});
    await files.poll();
    base.writeValues('relay', ALL);
    await files.poll();
    expect(files.record).toMatchObject({ rejection: null });
    expect(sizes()).toEqual([6, 3]);
  });

  it('A deleted file is suspicious like an empty one, and a namespace without values before is not', async () => {
    const { base, files, sizes } = await setUp('hold');
    base.removeValues('seer');
    await files.poll();
    expect(sizes()).toEqual([6, 6]);
    await files.poll(true, true);
    expect(sizes()).toEqual([6, 0]);
    rmSync(dirname(base.valuesFile('relay')), { recursive: true });
    await files.poll();
    expect(sizes()).toEqual([6, 0]);
  });

  it.each(['all', 'namespace'] as const)(
    "With isolation: '%s', a file that is missing while it is replaced is not held back",
    async (isolation) => {
      const { base, files, sizes } = await setUp('hold', isolation);
      base.removeValues('seer');
      files.onPause = () => base.writeValues('seer', { ...ALL, o0: 9 });
      await files.poll();
      expect(sizes()).toEqual([6, 6]);
      expect(files.read('seer').o0).toBe(9);
      expect(files.takeLog()).toEqual([]);
    },
  );

  it('Flags by pattern count like other flags', async () => {
    const { base, files } = await setUp('hold');
    base.writeValues('flags', Object.fromEntries(makeFlags(1, 2)));
    await files.poll();
    expect(files.takeLog()[0]).toContain('turn off 2 of 3 flags that are on for everybody');
  });

  it("With isolation: 'namespace', only the suspicious namespace is held back", async () => {
    const { base, files, sizes } = await setUp('hold', 'namespace');
    base.writeValues('seer', {});
    base.writeValues('relay', { o0: 9, o1: 1, o2: 2, o3: 3 });
    await files.poll();
    expect(sizes()).toEqual([4, 6]);
    const [message = '', ...rest] = files.takeLog();
    expect(rest).toEqual([]);
    expect(message).toMatch(HELD);
    expect(message).toContain('These namespaces keep their last values; all others do not wait for them. To accept');
    expect(files.record?.namespaces.seer?.held?.reason).toMatch(/^the new values set nothing/);
    expect(files.record).toMatchObject({ rejection: { code: 'RELOAD_SUSPICIOUS' } });
    await files.poll(true, true);
    expect(sizes()).toEqual([4, 0]);
    const directory = join(base.directory, 'values');
    expect(files.takeLog()).toEqual([`info The values of seer in ${directory} are not held back any more.`]);
  });

  it('Beside a bad namespace, suspicious values are a part of its error, and are accepted without it', async () => {
    const { base, files, sizes } = await setUp('hold', 'namespace');
    base.writeValues('seer', {});
    base.writeValues('relay', { o0: 'bad' });
    await files.poll();
    expect(files.record).toMatchObject({ rejection: { code: 'VALUES_INVALID', issues: { length: 2 } } });
    await files.poll(true, true);
    expect(sizes()).toEqual([6, 0]);
    expect(files.record).toMatchObject({ rejection: { issues: [{ namespace: 'relay' }] } });
  });

  it('Held values are parsed once, until somebody accepts them', async () => {
    const { base, files } = await setUp('hold');
    let steps = 0;
    Object.assign(files.request, { onStep: () => steps++ });
    base.writeValues('seer', {});
    await files.poll();
    steps = 0;
    // The times of the file are new, so that this poll reads it again.
    base.writeValues('seer', {});
    await files.poll();
    // One step for each file that is read.
    expect(steps).toBe(3);
    expect(files.record?.rejectedReloads).toBe(2);
  });
});
