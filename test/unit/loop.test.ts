/** The poller and the loop, on a clock and files that the test hands in: every decision that it takes, without a thread. */

import { describe, expect, it } from 'vitest';
import type { StatusRecord } from '../../src/status/record.js';
import type { Clock } from '../../workers/poll/clock.js';
import { type Requests, runLoop } from '../../workers/poll/loop.js';
import { Poller } from '../../workers/poll/poller.js';
import type { Loaded, LoadedNamespace, LoadResult } from '../../workers/values/load.js';

const GENERATED_AT = '2026-01-21T18:30:00.123456+00:00';
const NOW = Date.parse('2026-01-21T18:31:00.123Z');

function namespace(hash: string | null, more: Partial<LoadedNamespace> = {}): LoadedNamespace {
  return {
    hash,
    bytes: 10,
    generatedAt: undefined,
    generatedAtIssue: undefined,
    unknown: [],
    digests: new Map(),
    ...more,
  };
}

function loaded(namespaces: Record<string, LoadedNamespace>): Loaded {
  return { kind: 'loaded', payload: new Uint8Array(4), namespaces: new Map(Object.entries(namespaces)) };
}

function rejected(message: string, isFresh = false): LoadResult {
  const issue = { file: '/base/values/seer/values.json', namespace: 'seer', pointer: 'port', message };
  return { kind: 'invalid', issues: [issue], isFresh };
}

const NO_DIRECTORY: LoadResult = { kind: 'no-directory', isMissing: true, reason: 'The values directory is gone' };

/** A world in which time passes only when the test, or a timer of the loop, says so. */
class World {
  signature = 'first';
  isRecent = false;
  /** What the next loads give; the last one is given again and again. */
  results: LoadResult[] = [loaded({ seer: namespace('a') })];
  loads = 0;
  now = NOW;
  rejectPublication = false;
  mountWarnings: readonly string[] = [];
  readonly publications: Uint8Array[] = [];
  readonly reloads: [before: StatusRecord, after: StatusRecord][] = [];
  readonly log: string[] = [];
  readonly timers: { at: number; callback: () => void }[] = [];
  record: StatusRecord | undefined;
  readonly poller: Poller;
  readonly clock: Clock;

  constructor(suppressMissingDirectory = false) {
    const clock = {
      wallTime: () => this.now,
      monotonicTime: () => this.now,
      timer: (milliseconds: number, callback: () => void) => {
        const timer = { at: this.now + milliseconds, callback };
        this.timers.push(timer);
        return () => void this.timers.splice(this.timers.indexOf(timer), 1);
      },
    };
    const files = {
      probe: () => ({ signature: this.signature, isRecent: this.isRecent }),
      load: () => {
        this.loads++;
        const [result, ...rest] = this.results;
        if (rest.length > 0) this.results = rest;
        return result as LoadResult;
      },
      loadDefaults: () => loaded({ seer: namespace(null) }),
      mountWarnings: () => this.mountWarnings,
    };
    const outlet = {
      publish: (payload: Uint8Array) => {
        if (this.rejectPublication) return 1;
        this.publications.push(payload);
        return undefined;
      },
      writeStatus: (record: StatusRecord) => {
        this.record = record;
      },
      reloaded: (before: StatusRecord, after: StatusRecord) => void this.reloads.push([before, after]),
      log: (level: string, message: string) => void this.log.push(`${level} ${message}`),
    };
    this.clock = clock;
    this.poller = new Poller(clock, files, outlet, {
      valuesDirectory: '/base/values',
      schemaHashes: new Map([['seer', 'schema-hash']]),
      suppressMissingDirectory,
    });
  }

  /** Lets `work` run to its end, firing the timers that it waits for. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const end = work.finally(() => {
      isDone = true;
    });
    end.catch(() => {});
    while (!isDone) {
      await settle();
      if (!isDone) this.fire();
    }
    return end;
  }

  /** Fires the next timer. */
  fire(): void {
    const next = this.timers.sort((a, b) => a.at - b.at).shift();
    if (next === undefined) return;
    this.now = Math.max(this.now, next.at);
    next.callback();
  }

  start(): Promise<void> {
    return this.run(this.poller.start());
  }

  /** A poll that meets `signature`, and whatever loads are queued. */
  poll(signature: string, isRequested = false): Promise<void> {
    this.signature = signature;
    return this.run(this.poller.poll(isRequested));
  }
}

/** All promises that can go on have gone on. */
async function settle(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}

describe('the first load', () => {
  it('publishes, and says since when and of which files', async () => {
    const world = new World();
    world.results = [loaded({ seer: namespace('a', { generatedAt: GENERATED_AT, unknown: ['x'] }) })];
    await world.start();
    expect(world.publications).toHaveLength(1);
    expect(world.record?.namespaces.seer).toEqual({
      generatedAt: GENERATED_AT,
      delaySecs: 60,
      unknownKeys: ['x'],
      unknownCount: 1,
      valuesHash: 'a',
      schemaHash: 'schema-hash',
    });
    expect(world.record?.appliedAt).toBe('2026-01-21T18:31:00.123Z');
  });

  it('fails with the error of bad values, and publishes nothing', async () => {
    const world = new World();
    world.results = [rejected('"x" is not of type "integer"')];
    await expect(world.start()).rejects.toThrow('port "x" is not of type "integer"');
    expect(world.publications).toHaveLength(0);
  });

  it('takes a second look at a file that may be half-written', async () => {
    const world = new World();
    world.results = [rejected('half', true), loaded({ seer: namespace('a') })];
    await world.start();
    expect(world.publications).toHaveLength(1);
    expect(world.now).toBeGreaterThan(NOW);
  });

  it('repeats itself until the volume holds still', async () => {
    const world = new World();
    world.results = [
      { kind: 'unsettled' },
      { kind: 'unsettled' },
      { kind: 'unsettled' },
      loaded({ seer: namespace('a') }),
    ];
    await world.start();
    expect(world.publications).toHaveLength(1);
  });

  it('publishes the defaults without a values directory, and warns once', async () => {
    const world = new World();
    world.results = [NO_DIRECTORY];
    await world.start();
    await world.poll('first');
    expect(world.publications).toHaveLength(1);
    expect(world.log).toEqual(['warn The values directory is gone; the defaults are in use until it can be read.']);
    expect(world.record?.accessError).toBe('The values directory is gone');
  });

  it('fails where the directory is there, and cannot be read', async () => {
    const world = new World();
    world.results = [{ kind: 'no-directory', isMissing: false, reason: '/base/values is not a directory' }];
    await expect(world.start()).rejects.toThrow(
      'Failed to load values from /base/values: /base/values is not a directory.',
    );
    expect(world.publications).toHaveLength(0);
  });

  it('keeps silent about a missing directory where it is told to', async () => {
    const world = new World(true);
    world.results = [NO_DIRECTORY];
    await world.start();
    expect(world.log).toEqual([]);
    expect(world.publications).toHaveLength(1);
  });
});

describe('a reload', () => {
  it('is told of with what was before and after, once it is published; the first load is none', async () => {
    const world = new World();
    world.results = [loaded({ seer: namespace('a', { generatedAt: GENERATED_AT }) })];
    await world.start();
    expect(world.reloads).toEqual([]);
    const before = world.record;
    world.results = [loaded({ seer: namespace('b') })];
    await world.poll('second');
    expect(world.reloads).toEqual([[before, world.record]]);
    expect(world.record?.namespaces.seer?.valuesHash).toBe('b');
  });

  it('is none where the files are refused, do not fit, or hold what they held', async () => {
    const world = new World();
    await world.start();
    await world.poll('touched');
    world.results = [rejected('"x" is not of type "integer"')];
    await world.poll('rejected');
    world.results = [loaded({ seer: namespace('b') })];
    world.rejectPublication = true;
    await world.poll('too large');
    expect(world.reloads).toEqual([]);
  });
});

describe('a poll', () => {
  it('reads nothing where a probe shows no change', async () => {
    const world = new World();
    await world.start();
    await world.poll('first');
    expect(world.loads).toBe(1);
  });

  it('publishes other bytes', async () => {
    const world = new World();
    await world.start();
    world.results = [loaded({ seer: namespace('b') })];
    await world.poll('second');
    expect(world.publications).toHaveLength(2);
    expect(world.record?.namespaces.seer?.valuesHash).toBe('b');
  });

  it('publishes nothing where a touch left the bytes as they were', async () => {
    const world = new World();
    await world.start();
    await world.poll('touched');
    expect(world.loads).toBe(2);
    expect(world.publications).toHaveLength(1);
  });

  it('reads a file again whose times another write could share, until they are old enough', async () => {
    const world = new World();
    world.isRecent = true;
    await world.start();
    world.results = [loaded({ seer: namespace('b') })];
    world.isRecent = false;
    await world.poll('first');
    expect(world.publications).toHaveLength(2);
    await world.poll('first');
    expect(world.loads).toBe(2);
  });

  it('keeps the delay of a namespace that did not change', async () => {
    const world = new World();
    const relay = namespace('r', { generatedAt: GENERATED_AT });
    world.results = [loaded({ relay, seer: namespace('a') })];
    await world.start();
    world.now += 100_000;
    world.results = [loaded({ relay, seer: namespace('b') })];
    await world.poll('second');
    expect(world.record?.namespaces.relay?.delaySecs).toBe(60);
  });

  it('looks again at the next poll where the volume did not hold still', async () => {
    const world = new World();
    await world.start();
    world.results = [{ kind: 'unsettled' }, { kind: 'unsettled' }, loaded({ seer: namespace('b') })];
    await world.poll('second');
    expect(world.publications).toHaveLength(1);
    await world.poll('second');
    expect(world.publications).toHaveLength(2);
  });

  it('takes a second look at a file that is gone, and believes it then', async () => {
    const world = new World();
    await world.start();
    world.results = [loaded({ seer: namespace(null) }), loaded({ seer: namespace('b') })];
    await world.poll('second');
    expect(world.record?.namespaces.seer?.valuesHash).toBe('b');
    world.results = [loaded({ seer: namespace(null) })];
    await world.poll('third');
    expect(world.record?.namespaces.seer?.valuesHash).toBe(null);
    expect(world.log).toEqual(['warn The values of seer are gone from /base/values; its defaults are in use.']);
  });

  it('keeps the last values where the directory is gone, and says so once', async () => {
    const world = new World();
    await world.start();
    world.results = [NO_DIRECTORY];
    await world.poll('gone');
    await world.poll('gone');
    await world.poll('gone in another way');
    expect(world.publications).toHaveLength(1);
    expect(world.log).toEqual(['warn The values directory is gone; the last values stay in use.']);
    world.results = [loaded({ seer: namespace('a') })];
    await world.poll('back');
    expect(world.log.at(-1)).toBe('info The values in /base/values are valid again.');
    expect(world.record?.accessError).toBe(null);
  });

  it('says of a file that is back that it is, once', async () => {
    const world = new World();
    await world.start();
    for (const hash of [null, 'b', 'c']) {
      world.results = [loaded({ seer: namespace(hash) })];
      await world.poll(`now ${hash}`);
    }
    expect(world.log).toEqual([
      'warn The values of seer are gone from /base/values; its defaults are in use.',
      'info The values of seer are back in /base/values.',
    ]);
  });

  it('says what is wrong with the mounts once, at the start as later, and once that nothing is', async () => {
    const world = new World();
    world.mountWarnings = ['One is mounted so.'];
    await world.start();
    expect(world.record?.mountWarnings).toEqual(['One is mounted so.']);
    world.mountWarnings = ['One is mounted so.', 'Another is mounted so.'];
    await world.poll('second');
    await world.poll('third');
    expect(world.record?.mountWarnings).toEqual(world.mountWarnings);
    world.mountWarnings = [];
    await world.poll('fourth');
    await world.poll('fifth');
    expect(world.log).toEqual([
      'warn One is mounted so.',
      'warn Another is mounted so.',
      'info The mount warnings for /base/values are resolved.',
    ]);
    expect(world.record?.mountWarnings).toEqual([]);
  });
});

describe('a rejection', () => {
  it('leaves the old values, is told once, and stays in the status until the files are good', async () => {
    const world = new World();
    await world.start();
    world.results = [rejected('"x" is not of type "integer"')];
    await world.poll('bad');
    await world.poll('bad, touched');
    expect(world.publications).toHaveLength(1);
    const message =
      'Failed to reload values from /base/values: Value error for seer:\n' +
      '\tport "x" is not of type "integer"\n  in /base/values/seer/values.json';
    expect(world.log).toEqual([`error ${message}`]);
    expect(world.record?.rejection).toMatchObject({ code: 'VALUES_INVALID', message, key: 'port' });

    world.results = [loaded({ seer: namespace('a') })];
    await world.poll('good again');
    expect(world.publications).toHaveLength(1);
    expect(world.record?.rejection).toBe(null);
    expect(world.log.slice(1)).toEqual(['info The values in /base/values are valid again.']);
  });

  it('is counted and listed once for each touch of the files, and not for each look at them', async () => {
    const world = new World();
    await world.start();
    world.results = [rejected('"x" is not of type "integer"')];
    world.isRecent = true;
    for (const signature of ['bad', 'bad', 'bad, touched', 'bad, touched']) await world.poll(signature);
    expect(world.loads).toBe(5);
    expect(world.record?.rejectedReloads).toBe(2);
    expect(world.record?.reloads.map(({ error }) => error)).toEqual(Array(2).fill(world.record?.rejection?.message));
    // Good files that hold what is published already are no reload, but what is bad after them is another one.
    world.results = [loaded({ seer: namespace('a') })];
    await world.poll('good');
    world.results = [rejected('"x" is not of type "integer"')];
    await world.poll('bad, touched');
    expect(world.record?.rejectedReloads).toBe(3);
  });

  it('is told again where its text differs', async () => {
    const world = new World();
    await world.start();
    for (const value of ['"x"', '"x"', '"y"']) {
      world.results = [rejected(`${value} is not of type "integer"`)];
      await world.poll(`bad ${world.loads}`);
    }
    expect(world.log).toHaveLength(2);
  });

  it('keeps the time at which it began', async () => {
    const world = new World();
    await world.start();
    world.results = [rejected('"x" is not of type "integer"')];
    await world.poll('bad');
    const { rejectedAt } = world.record as StatusRecord;
    world.now += 60_000;
    world.results = [rejected('"y" is not of type "integer"')];
    await world.poll('worse');
    expect(world.record?.rejectedAt).toBe(rejectedAt);
  });

  it('is not logged where somebody asked for the poll, who is told by an exception', async () => {
    const world = new World();
    await world.start();
    world.results = [rejected('"x" is not of type "integer"')];
    await world.poll('bad', true);
    await world.poll('bad, touched');
    expect(world.log).toEqual([]);
    expect(world.record?.rejection).not.toBe(null);
  });

  it('is what a snapshot meets that does not fit', async () => {
    const world = new World();
    await world.start();
    world.rejectPublication = true;
    world.results = [loaded({ seer: namespace('b') })];
    await world.poll('large');
    expect(world.record?.rejection?.code).toBe('SNAPSHOT_TOO_LARGE');
    expect(world.record?.namespaces.seer?.valuesHash).toBe('a');
  });
});

describe('warnings of a namespace', () => {
  it('name the first ten unknown options and count the rest, once for each set of them', async () => {
    const world = new World();
    const names = Array.from({ length: 12 }, (_, index) => `unknown-${index}`);
    world.results = [loaded({ seer: namespace('a', { unknown: names }) })];
    await world.start();
    world.results = [loaded({ seer: namespace('b', { unknown: [...names].reverse() }) })];
    await world.poll('the same names');
    expect(world.log).toHaveLength(1);
    expect(world.log[0]).toContain('"unknown-9" and 2 more');
    expect(world.log[0]).not.toContain('"unknown-10"');
    world.results = [loaded({ seer: namespace('c', { unknown: ['other'] }) })];
    await world.poll('another name');
    expect(world.log).toHaveLength(2);
  });

  it('tell a generated_at that is no time stamp, once', async () => {
    const world = new World();
    const generatedAtIssue = '"yesterday" is no RFC 3339 timestamp';
    world.results = [loaded({ seer: namespace('a', { generatedAtIssue }) })];
    await world.start();
    world.results = [loaded({ seer: namespace('b', { generatedAtIssue }) })];
    await world.poll('second');
    expect(world.log).toHaveLength(1);
    expect(world.log[0]).toContain(generatedAtIssue);
  });
});

/** Tickets as the control words draw them. */
class FakeRequests implements Requests {
  requested = 0;
  served = 0;
  polls = 0;
  listeners: (() => void)[] = [];

  nextRequest(ticket: number): Promise<unknown> {
    if (this.requested !== ticket) return Promise.resolve();
    return new Promise<void>((resolve) => this.listeners.push(resolve));
  }

  draw(): void {
    this.requested++;
    for (const listener of this.listeners.splice(0)) listener();
  }

  serve(ticket: number): void {
    this.served = ticket;
  }

  beginPoll(): void {
    this.polls++;
  }

  endPoll(): void {}
}

describe('the loop', () => {
  async function running(interval: number | null): Promise<{ world: World; requests: FakeRequests }> {
    const world = new World();
    await world.start();
    const requests = new FakeRequests();
    void runLoop((isRequested) => world.poller.poll(isRequested), requests, world.clock, interval);
    await settle();
    return { world, requests };
  }

  it('polls when the interval has passed', async () => {
    const { world, requests } = await running(5_000);
    expect(requests.polls).toBe(0);
    world.fire();
    await settle();
    expect(requests.polls).toBe(1);
    expect(world.now).toBe(NOW + 5_000);
  });

  it('polls at once when asked, and answers all who asked before it began', async () => {
    const { world, requests } = await running(5_000);
    requests.draw();
    requests.draw();
    await settle();
    expect(requests.polls).toBe(1);
    expect(requests.served).toBe(2);
    expect(world.now).toBe(NOW);
    requests.draw();
    await settle();
    expect(requests.polls).toBe(2);
    expect(requests.served).toBe(3);
  });

  it('answers a request that comes during a poll by another one', async () => {
    const { world, requests } = await running(5_000);
    world.signature = 'second';
    world.results = [rejected('half', true), loaded({ seer: namespace('b') })];
    requests.draw();
    await settle();
    // The poll is at its second look now.
    expect(requests.served).toBe(0);
    requests.draw();
    await settle();
    expect(requests.served).toBe(0);
    while (requests.served === 0) {
      world.fire();
      await settle();
    }
    expect(requests.served).toBe(2);
    expect(requests.polls).toBe(2);
  });

  it('registers for requests once, however many polls go by', async () => {
    const { world, requests } = await running(5_000);
    for (let poll = 0; poll < 10; poll++) {
      world.fire();
      await settle();
    }
    expect(requests.polls).toBe(10);
    expect(requests.listeners).toHaveLength(1);
    expect(world.timers).toHaveLength(1);
  });

  it('polls only when asked where there is no interval', async () => {
    const { world, requests } = await running(null);
    world.fire();
    await settle();
    expect(requests.polls).toBe(0);
    requests.draw();
    await settle();
    expect(requests.polls).toBe(1);
  });
});
