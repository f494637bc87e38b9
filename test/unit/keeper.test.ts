/** Tests when the watcher keeps values, and what it reports. The clock and the storage are the test's. */
import { beforeEach, describe, expect, it } from 'vitest';
import { StateError } from '../../src/state/access.js';
import type { KeptSnapshot } from '../../src/state/kept.js';
import type { StateStatus } from '../../src/status/record.js';
import { Keeper } from '../../workers/state/keeper.js';
import type { Published } from '../../workers/values/results.js';
import { NO_NAMES } from '../../workers/values/unknown-names.js';
import { collectLines } from '../support/log-lines.js';

let now = 0;
let timers: { readonly at: number; readonly callback: () => void }[] = [];
let kept: Published | undefined;
let writes: Published[] = [];
let shared: Published[] = [];
let failure: Error | undefined;
let readFailure: Error | undefined;
/** Released by the test, if it is set. */
let gate: Promise<void> | undefined;
let logs: string[] = [];
let statuses: StateStatus[] = [];

const clock = {
  monotonicTime: () => now,
  timer(milliseconds: number, callback: () => void) {
    const timer = { at: now + milliseconds, callback };
    timers.push(timer);
    return () => {
      timers = timers.filter((each) => each !== timer);
    };
  },
};

const storage = {
  file: '/state/file',
  async prepare() {
    if (failure !== undefined) throw failure;
  },
  async read() {
    if (readFailure !== undefined) throw readFailure;
    if (kept === undefined) return undefined;
    return { head: { namespaces: [...kept.namespaces], keptAt: 'before' } } as unknown as KeptSnapshot;
  },
  async write(published: Published) {
    await gate;
    writes.push(published);
    kept = published;
    return `at ${now}`;
  },
  async writeValidated(published: Published) {
    await gate;
    shared.push(published);
  },
};

function makeKeeper(problem: string | null = null, onStatus = () => {}): Keeper {
  return new Keeper(clock, storage, {
    log: collectLines(logs),
    onStatus: (status) => {
      statuses.push(status);
      onStatus();
    },
    problem,
  });
}

/** Makes what a load publishes. The same payload means that no option has changed. */
function load(hash: string, payload: Uint8Array = new Uint8Array()): Published {
  const namespace = {
    hash,
    bytes: 1,
    generatedAt: undefined,
    generatedAtIssue: undefined,
    commit: undefined,
    unknown: NO_NAMES,
    places: [],
  };
  return { generation: 1, payload, namespaces: new Map([['seer', namespace]]) };
}

/** Lets time pass, and everything run that is due. */
async function pass(milliseconds: number): Promise<void> {
  now += milliseconds;
  const due = timers.filter(({ at }) => at <= now);
  timers = timers.filter(({ at }) => at > now);
  for (const { callback } of due) callback();
  await settle();
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await undefined;
}

beforeEach(() => {
  now = 1_000;
  timers = [];
  kept = failure = readFailure = gate = undefined;
  writes = [];
  shared = [];
  logs = [];
  statuses = [];
});

describe('the trial', () => {
  it('Values are kept after 15 seconds, not before, and only once', async () => {
    const keeper = makeKeeper();
    const published = load('a');
    keeper.live(published);
    await pass(14_999);
    expect(writes).toEqual([]);
    await pass(1);
    expect(writes).toEqual([published]);
    expect(statuses).toEqual([{ file: '/state/file', keptAt: 'at 16000', problem: null }]);
    keeper.live(load('a', published.payload));
    expect(timers).toEqual([]);
  });

  it('Values on trial are not kept once what is live must not be: later loads reuse their memory', async () => {
    const keeper = makeKeeper();
    keeper.live(load('a'));
    await pass(10_000);
    keeper.live(undefined);
    await pass(15_000);
    expect(writes).toEqual([]);
    keeper.live(load('b'));
    await pass(14_999);
    expect(writes).toEqual([]);
    await pass(1);
    expect(writes).toMatchObject([load('b')]);
  });

  it('A write that takes its time keeps the values that it began with, although later loads reuse their memory', async () => {
    const keeper = makeKeeper();
    let release = () => {};
    gate = new Promise((resolve) => {
      release = resolve;
    });
    const payload = Uint8Array.of(1, 2, 3);
    keeper.live(load('a', payload));
    await pass(15_000);
    payload.fill(0);
    release();
    await settle();
    expect(writes.map((published) => [...published.payload])).toEqual([[1, 2, 3]]);
  });

  it('Each change of an option begins the trial anew', async () => {
    const keeper = makeKeeper();
    keeper.live(load('a'));
    await pass(14_000);
    const second = load('b');
    keeper.live(second);
    await pass(14_000);
    expect(writes).toEqual([]);
    await pass(1_000);
    expect(writes).toEqual([second]);
  });

  it('Files that change no option do not begin the trial anew, and are kept as soon as it is over', async () => {
    const keeper = makeKeeper();
    const { payload } = load('');
    for (const hash of ['a', 'b', 'c']) {
      keeper.live(load(hash, payload));
      await pass(6_000);
    }
    expect(writes.map(({ namespaces }) => namespaces.get('seer')?.hash)).toEqual(['c']);
    keeper.live(load('d', payload));
    await pass(0);
    expect(writes).toHaveLength(2);
  });

  it('What another process has kept of the same files is not written again', async () => {
    kept = load('a');
    const keeper = makeKeeper();
    keeper.live(load('a'));
    await pass(15_000);
    expect(writes).toEqual([]);
    expect(statuses.at(-1)?.keptAt).toBe('before');
  });

  it('A write that takes long is followed by one of the newest values, not by one of each', async () => {
    let release = () => {};
    gate = new Promise((resolve) => {
      release = resolve;
    });
    const keeper = makeKeeper();
    keeper.live(load('a'));
    await pass(15_000);
    for (const hash of ['b', 'c']) {
      keeper.live(load(hash));
      await pass(15_000);
    }
    expect(writes).toEqual([]);
    release();
    await settle();
    await pass(0);
    expect(writes.map(({ namespaces }) => namespaces.get('seer')?.hash)).toEqual(['a', 'c']);
  });
});

describe('what a start has validated', () => {
  it('It is written for other starts before the start goes on', async () => {
    const keeper = makeKeeper();
    const published = load('a');
    keeper.live(published);
    await keeper.share();
    expect(shared).toEqual([published]);
  });

  it('A disk that is slow delays the start for a second, and one with an error not at all, without a message', async () => {
    let isOver = false;
    gate = new Promise(() => {});
    const keeper = makeKeeper();
    keeper.live(load('a'));
    void keeper.share().then(() => {
      isOver = true;
    });
    await pass(999);
    expect(isOver).toBe(false);
    await pass(1);
    expect(isOver).toBe(true);
    gate = Promise.reject(new Error('EIO'));
    await keeper.share();
    expect([logs, statuses]).toEqual([[], []]);
  });

  it('A start without valid values shares nothing', async () => {
    await makeKeeper().share();
    expect(shared).toEqual([]);
  });
});

describe('a directory that cannot be used', () => {
  it('It costs one warning, whatever is wrong at which attempt, and a message when it can be used again', async () => {
    const keeper = makeKeeper();
    failure = new StateError('/state does not exist; create it');
    keeper.live(load('a'));
    await pass(15_000);
    failure = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    keeper.live(load('b'));
    await pass(15_000);
    const warning =
      'warn: The last good values are not kept: /state does not exist; create it. A start with invalid values fails until they are.';
    expect(logs).toEqual([warning]);
    // Not tried again before the next change.
    expect(timers).toEqual([]);
    expect(statuses.map(({ problem }) => problem)).toEqual([
      '/state does not exist; create it',
      '/state/file cannot be used (ENOSPC: no space left on device, write)',
    ]);
    failure = undefined;
    keeper.live(load('c'));
    await pass(15_000);
    expect(logs).toEqual([warning, 'info: The last good values are kept again, in /state/file.']);
    expect(statuses.at(-1)).toEqual({ file: '/state/file', keptAt: 'at 46000', problem: null });
  });

  it('Whoever sees the problem in the status finds the warning in the log', async () => {
    failure = new StateError('/state does not exist; create it');
    const seen: string[][] = [];
    const keeper = makeKeeper(null, () => void seen.push([...logs]));
    keeper.live(load('a'));
    await pass(15_000);
    expect(seen).toEqual([[expect.stringContaining('/state does not exist')]]);
    failure = undefined;
    keeper.live(load('b'));
    await pass(15_000);
    expect(seen.at(-1)?.at(-1)).toContain('The last good values are kept again');
  });

  it('The watcher does not repeat the warning of its owner', async () => {
    const keeper = makeKeeper('/state does not exist; create it');
    failure = new StateError('/state does not exist; create it');
    keeper.live(load('a'));
    await pass(15_000);
    expect(logs).toEqual([]);
  });

  it('A damaged file is replaced', async () => {
    const keeper = makeKeeper();
    readFailure = new StateError('/state/file is damaged');
    keeper.live(load('a'));
    await pass(15_000);
    expect(writes).toHaveLength(1);
    expect(logs.map((line) => line.slice(0, 4))).toEqual(['warn', 'info']);
  });
});
