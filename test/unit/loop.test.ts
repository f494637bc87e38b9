/** Tests the poller and its loop on a clock and files that the test controls: every decision, without a thread. */

import { describe, expect, it } from 'vitest';
import type { LogCode } from '../../src/common/log.js';
import { GenerationsExhaustedError } from '../../src/memory/cell/writer.js';
import { EMPTY_STATUS_RECORD, type StatusRecord } from '../../src/status/record.js';
import type { Clock } from '../../workers/poll/clock.js';
import { type Requests, runLoop } from '../../workers/poll/loop.js';
import { Poller } from '../../workers/poll/poller.js';
import type { Fallback } from '../../workers/poll/ports.js';
import type { Loaded, LoadedNamespace, LoadResult, Published } from '../../workers/values/results.js';
import { NO_NAMES, summarizeNames } from '../../workers/values/unknown-names.js';
import { collectPolls } from '../support/log-lines.js';

const GENERATED_AT = '2026-01-21T18:30:00.123456+00:00';
const NOW = Date.parse('2026-01-21T18:31:00.123Z');
/** The coarsest granularity of a file system's timestamps, in milliseconds. */
const GRANULARITY = 2_000;

function makeNamespace(hash: string | null, more: Partial<LoadedNamespace> = {}): LoadedNamespace {
  return {
    hash,
    bytes: 10,
    generatedAt: undefined,
    generatedAtIssue: undefined,
    commit: undefined,
    unknown: NO_NAMES,
    places: [],
    ...more,
  };
}

function makeLoaded(namespaces: Record<string, LoadedNamespace>): Loaded {
  return {
    kind: 'loaded',
    payload: new Uint8Array(4),
    namespaces: new Map(Object.entries(namespaces)),
    changes: new Map(),
  };
}

/** Returns what the loader returns: it finds out itself whether the bytes are the published ones. */
function recognize(result: LoadResult, published: Published | undefined): LoadResult {
  if (result.kind !== 'loaded' || published === undefined) return result;
  const { namespaces } = result;
  const isSame = [...namespaces].every(([name, { hash }]) => hash === published.namespaces.get(name)?.hash);
  return isSame ? { kind: 'unchanged', namespaces, held: result.held } : result;
}

function makeRejected(message: string, mayChange = false): LoadResult {
  const issue = { file: '/base/values/seer/values.json', namespace: 'seer', pointer: 'port', message };
  return { kind: 'invalid', issues: [issue], mayChange };
}

const NO_DIRECTORY: LoadResult = {
  kind: 'no-directory',
  isMissing: true,
  isTransient: false,
  reason: 'The values directory is gone',
};

/** A clock, files and a sink. Time passes only when the test or a timer of the loop advances it. */
class World {
  /** What the probe returns; undefined if the system cannot probe. */
  signature: string | undefined = 'first';
  /** The results of the next loads; the last one repeats. */
  results: LoadResult[] = [makeLoaded({ seer: makeNamespace('a') })];
  loads = 0;
  /** Called before each load. */
  beforeLoad = () => {};
  /** Called with the status after each message. */
  onLog = (_: StatusRecord) => {};
  now = NOW;
  rejectPublication = false;
  isOutOfMemory = false;
  areValuesIntact = true;
  isStatusIntact = true;
  canPublishAgain = true;
  verifications = 0;
  publicationsAgain = 0;
  statusWrites = 0;
  mountWarnings: readonly string[] | undefined = [];
  /** What is served instead of invalid values at startup. */
  fallback: Fallback | undefined;
  /** The hashes of the files that were offered to be kept. */
  readonly live: (string | null | undefined)[] = [];
  /** How often what was offered must not be kept any more. */
  withdrawals = 0;
  readonly delays: string[] = [];
  readonly publications: Uint8Array[] = [];
  readonly reloads: [before: StatusRecord, after: StatusRecord][] = [];
  /** All messages but those of reloads. */
  readonly log: string[] = [];
  /** The messages of reloads. */
  readonly reloadLog: string[] = [];
  readonly timers: { at: number; callback: () => void }[] = [];
  record: StatusRecord | undefined;
  /** What the poller takes for published. */
  published: Published | undefined;
  /** The generation of the last status. */
  generation: number | undefined;
  readonly poller: Poller;
  readonly clock: Clock;

  constructor(suppressMissingDirectory = false, isIsolated = false) {
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
      probe: () => this.signature,
      load: (published: Published | undefined) => {
        this.loads++;
        this.published = published;
        this.beforeLoad();
        const [result, ...rest] = this.results;
        if (rest.length > 0) this.results = rest;
        return recognize(result as LoadResult, published);
      },
      loadDefaults: () => makeLoaded({ seer: makeNamespace(null) }),
      loadFallback: () => this.fallback,
      mountWarnings: () => this.mountWarnings,
    };
    const log = collectPolls(this.log, this.reloadLog);
    const sink = {
      publish: (payload: Uint8Array) => {
        if (this.rejectPublication) return { limit: 1, isTransient: this.isOutOfMemory };
        this.publications.push(payload);
        return undefined;
      },
      areValuesIntact: () => {
        this.verifications++;
        return this.areValuesIntact;
      },
      isStatusIntact: () => this.isStatusIntact,
      publishAgain: (payload: Uint8Array) => {
        this.publicationsAgain++;
        if (payload !== this.publications.at(-1)) throw new Error('Other values would be published again');
        this.areValuesIntact = this.canPublishAgain;
        return this.canPublishAgain;
      },
      writeStatus: (record: StatusRecord, generation: number) => {
        if (record.generation !== generation) throw new Error('The record describes another generation');
        this.record = record;
        this.generation = generation;
        this.statusWrites++;
        this.isStatusIntact = true;
      },
      live: (published: Published | undefined) => {
        if (published === undefined) this.withdrawals++;
        else this.live.push(published.namespaces.get('seer')?.hash);
      },
      startDelayed: (reason: string) => void this.delays.push(reason),
      reloaded: (before: StatusRecord, after: StatusRecord) => void this.reloads.push([before, after]),
      log: (code: LogCode, message: string) => {
        log(code, message);
        this.onLog(this.record as StatusRecord);
      },
    };
    this.clock = clock;
    this.poller = new Poller(clock, files, sink, {
      valuesDirectory: '/base/values',
      schemaHashes: new Map([['seer', 'schema-hash']]),
      suppressMissingDirectory,
      isIsolated,
    });
  }

  /** Runs `work` to its end, and fires the timers that it waits for. */
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

  /** Polls once; the probe returns `signature`, and the loads return the queued results. */
  poll(signature: string | undefined, isRequested = false): Promise<void> {
    this.signature = signature;
    return this.run(this.poller.poll(isRequested));
  }
}

/** Waits until every promise that can settle has settled. */
async function settle(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}

describe('Poller.start', () => {
  it('The first load publishes generation 1 and reports its files', async () => {
    const world = new World();
    world.results = [
      makeLoaded({
        seer: makeNamespace('a', { generatedAt: GENERATED_AT, commit: '9f8e7d6', unknown: summarizeNames(['x']) }),
      }),
    ];
    await world.start();
    expect(world.publications).toHaveLength(1);
    expect(world.record?.namespaces.seer).toEqual({
      generatedAt: GENERATED_AT,
      delaySecs: null,
      commit: '9f8e7d6',
      unknownKeys: ['x'],
      unknownCount: 1,
      valuesHash: 'a',
      schemaHash: 'schema-hash',
      held: null,
      lost: null,
    });
    expect(world.record?.appliedAt).toBe('2026-01-21T18:31:00.123Z');
  });

  it('The first load throws the error of invalid values, and publishes nothing', async () => {
    const world = new World();
    world.results = [makeRejected('"x" is not of type "integer"')];
    await expect(world.start()).rejects.toThrow('port "x" is not of type "integer"');
    expect(world.publications).toHaveLength(0);
  });

  it('The first load reads a file again that may be half-written', async () => {
    const world = new World();
    world.results = [makeRejected('half', true), makeLoaded({ seer: makeNamespace('a') })];
    await world.start();
    expect(world.publications).toHaveLength(1);
    expect(world.now).toBeGreaterThan(NOW);
  });

  it('The first load repeats until the volume stops changing', async () => {
    const world = new World();
    world.results = [
      { kind: 'unsettled' },
      { kind: 'unsettled' },
      { kind: 'unsettled' },
      makeLoaded({ seer: makeNamespace('a') }),
    ];
    await world.start();
    expect(world.publications).toHaveLength(1);
  });

  it('The first load publishes the defaults if there is no values directory, and warns once', async () => {
    const world = new World();
    world.results = [NO_DIRECTORY];
    await world.start();
    await world.poll('first');
    await world.poll('first');
    expect(world.loads).toBe(1);
    expect(world.publications).toHaveLength(1);
    expect(world.log).toEqual(['warn The values directory is gone; the defaults are in use until it can be read.']);
    expect(world.record?.accessError).toBe('The values directory is gone');
  });

  it('The first load repeats if the values directory appears during it', async () => {
    const world = new World();
    world.results = [NO_DIRECTORY, makeLoaded({ seer: makeNamespace('a') })];
    world.beforeLoad = () => {
      world.signature = 'mounted';
    };
    await world.start();
    expect(world.record?.namespaces.seer?.valuesHash).toBe('a');
    expect(world.generation).toBe(1);
    expect(world.log).toEqual([]);
  });

  it('The first load throws if the values directory exists and cannot be read', async () => {
    const world = new World();
    world.results = [{ ...NO_DIRECTORY, isMissing: false, reason: '/base/values is not a directory' }];
    await expect(world.start()).rejects.toThrow(
      'Failed to load values from /base/values: /base/values is not a directory.',
    );
    expect(world.publications).toHaveLength(0);
  });

  it('The first load logs nothing about a missing directory if suppressMissingDirectory is set', async () => {
    const world = new World(true);
    world.results = [NO_DIRECTORY];
    await world.start();
    expect(world.log).toEqual([]);
    expect(world.publications).toHaveLength(1);
  });
});

describe('Poller.start on invalid values', () => {
  const LAST_GOOD: Fallback = {
    loaded: makeLoaded({ seer: makeNamespace('kept') }),
    status: { kind: 'lastGood', keptAt: '2026-01-21T15:31:00.000Z' },
  };
  const SERVED =
    'The last good values, kept at 2026-01-21T15:31:00.000Z (3 h ago), are in use until the values are valid.';

  function open(result: LoadResult, fallback = LAST_GOOD): World {
    const world = new World();
    world.fallback = fallback;
    world.results = [result];
    return world;
  }

  it('The last good values are published, with one error that says so, and nothing is logged again', async () => {
    const world = open(makeRejected('bad'));
    await world.start();
    await world.poll('first');
    await world.poll('touched');
    const issue = 'Value error for seer:\n\tport bad\n  in /base/values/seer/values.json';
    expect(world.publications).toEqual([LAST_GOOD.loaded.payload]);
    expect(world.log).toEqual([`error Failed to load values from /base/values: ${issue}\n${SERVED}`]);
    expect(world.record).toMatchObject({
      fallback: LAST_GOOD.status,
      rejection: { message: `Failed to reload values from /base/values: ${issue}` },
      rejectedReloads: 2,
      namespaces: { seer: { valuesHash: 'kept' } },
    });
    expect(world.live).toEqual([]);
  });

  it.each<[string, LoadResult, Partial<StatusRecord> | object]>([
    [
      'a directory that cannot be read',
      { ...NO_DIRECTORY, isMissing: false, reason: '/base/values is not a directory' },
      { accessError: '/base/values is not a directory', rejection: null },
    ],
    [
      'a file without permission',
      {
        kind: 'unavailable',
        isTransient: false,
        issue: { file: '/base/values/seer/values.json', namespace: 'seer', pointer: '', message: 'cannot be read' },
      },
      { rejection: { code: 'VALUES_INVALID' }, accessError: null },
    ],
    [
      'a snapshot that is too large',
      { kind: 'too-large', size: 2 ** 27, limit: 2 ** 26, isTransient: false, namespaces: new Map() },
      { rejection: { code: 'SNAPSHOT_TOO_LARGE' }, accessError: null },
    ],
  ])('The last good values are published for %s, with one error', async (_, result, record) => {
    const world = open(result);
    await world.start();
    await world.poll('first');
    expect(world.log).toHaveLength(1);
    expect(world.log[0]).toMatch(/^error Failed to load values from /);
    expect(world.log[0]).toContain(SERVED);
    expect(world.record).toMatchObject({ ...record, fallback: LAST_GOOD.status });
  });

  it('A file that cannot be read is loaded again by the next poll, however long the start took', async () => {
    const issue = { file: '/base/values/seer/values.json', namespace: 'seer', pointer: '', message: 'cannot be read' };
    const world = open({ kind: 'unavailable', isTransient: false, issue });
    // Longer than the granularity of timestamps.
    world.results = [...new Array<LoadResult>(60).fill({ kind: 'unsettled' }), ...world.results];
    await world.start();
    const { loads } = world;
    await world.poll('first');
    expect(world.loads).toBe(loads + 1);
  });

  it('Valid values are published as the next generation, and end the fallback', async () => {
    const world = open(makeRejected('bad'));
    await world.start();
    world.results = [makeLoaded({ seer: makeNamespace('good') })];
    await world.poll('good');
    expect(world.generation).toBe(2);
    expect(world.record).toMatchObject({ fallback: null, rejection: null });
    expect(world.log.slice(1)).toEqual(['info The values in /base/values are valid again.']);
    expect(world.live).toEqual(['good']);
  });

  it('The files of the last good values end the fallback without a generation', async () => {
    const world = open(makeRejected('bad'));
    await world.start();
    world.results = [makeLoaded({ seer: makeNamespace('kept') })];
    await world.poll('kept');
    expect(world.generation).toBe(1);
    expect(world.record).toMatchObject({ fallback: null, rejection: null });
  });

  it('The defaults are published, with one error that says so', async () => {
    const loaded = makeLoaded({ seer: makeNamespace(null) });
    const world = open(makeRejected('bad'), { loaded, status: { kind: 'defaults', keptAt: null } });
    await world.start();
    await world.poll('first');
    expect(world.log).toHaveLength(1);
    expect(world.log[0]).toMatch(/The defaults are in use until the values are valid\.$/);
    expect(world.record).toMatchObject({ fallback: { kind: 'defaults', keptAt: null } });
  });

  it.each<[Fallback['status']['kind'], string[]]>([
    ['lastGood', ['kept', 'kept', 'good']],
    ['defaults', ['good']],
  ])('Beside a bad file that is held back, values are offered to be kept, but no defaults: %s', async (kind, live) => {
    const world = new World(false, true);
    world.fallback = { ...LAST_GOOD, status: { kind, keptAt: null } };
    const loaded = makeLoaded({ seer: makeNamespace('kept'), relay: makeNamespace('good') });
    const why = { cause: 'invalid', reason: 'bad', hash: 'bad', mayChange: false } as const;
    const issue = { file: '/base/values/seer/values.json', namespace: 'seer', pointer: 'port', message: 'bad' };
    const held = { namespaces: new Map([['seer', why]]), issues: [issue] };
    world.results = [makeRejected('bad'), { ...loaded, held }];
    await world.start();
    expect(world.loads).toBe(2);
    expect(world.record).toMatchObject({ fallback: { kind }, rejectedReloads: 1 });
    await world.poll('touched');
    expect(world.log).toHaveLength(1);
    world.results = [makeLoaded({ seer: makeNamespace('good'), relay: makeNamespace('good') })];
    await world.poll('good');
    expect(world.record).toMatchObject({ fallback: null });
    expect(world.live).toEqual(live);
  });

  it('Only values that the files hold are offered to be kept', async () => {
    const world = open(NO_DIRECTORY);
    await world.start();
    expect(world.live).toEqual([]);
    world.results = [makeLoaded({ seer: makeNamespace('a') })];
    await world.poll('a');
    world.results = [makeRejected('bad')];
    await world.poll('bad');
    world.results = [makeLoaded({ seer: makeNamespace('a') })];
    await world.poll('again');
    expect(world.live).toEqual(['a', 'a']);
  });

  it('Once the mount of a namespace without a file is deleted, what was offered before is not kept any more', async () => {
    const place = { directory: '/base/values/relay', identity: '1', isVolume: false, isMount: true };
    const load = (hash: string, isDeleted: boolean) => {
      const relay = makeNamespace(null, { places: [{ ...place, isDeleted }] });
      return [makeLoaded({ seer: makeNamespace(hash), relay })];
    };
    const world = new World();
    world.results = load('a', false);
    await world.start();
    expect(world).toMatchObject({ live: ['a'], withdrawals: 0 });
    world.results = load('b', true);
    await world.poll('b');
    expect(world).toMatchObject({ live: ['a'], withdrawals: 1 });
    world.results = load('c', false);
    await world.poll('c');
    expect(world).toMatchObject({ live: ['a', 'c'], withdrawals: 1 });
  });
});

describe('Sink.reloaded', () => {
  it('Each published reload is reported with the records before and after it, and the first load is not', async () => {
    const world = new World();
    world.results = [makeLoaded({ seer: makeNamespace('a', { generatedAt: GENERATED_AT }) })];
    await world.start();
    expect(world.reloads).toEqual([]);
    const before = world.record;
    world.results = [makeLoaded({ seer: makeNamespace('b') })];
    await world.poll('second');
    expect(world.reloads).toEqual([[before, world.record]]);
    expect(world.record?.namespaces.seer?.valuesHash).toBe('b');
  });

  it('Each published reload is logged once, and no other poll is', async () => {
    const world = new World();
    await world.start();
    await world.poll('first');
    await world.poll('touched');
    world.results = [makeRejected('bad')];
    await world.poll('rejected');
    expect(world.reloadLog).toEqual([]);
    const changes = new Map([['seer', ['number']]]);
    world.results = [{ ...makeLoaded({ seer: makeNamespace('b') }), changes }];
    await world.poll('second');
    await world.poll('second');
    await world.poll('touched again');
    world.results = [
      { ...makeLoaded({ seer: makeNamespace('c') }), payload: undefined, changes: new Map([['seer', []]]) },
    ];
    await world.poll('third');
    expect(world.reloadLog).toEqual([
      'info Generation 2 is live: seer/number (1 option)',
      'info Generation 3 is live: seer (no option changed)',
    ]);
  });

  it('No reload is reported if the files are rejected, do not fit, or are unchanged', async () => {
    const world = new World();
    await world.start();
    await world.poll('touched');
    world.results = [makeRejected('"x" is not of type "integer"')];
    await world.poll('rejected');
    world.results = [makeLoaded({ seer: makeNamespace('b') })];
    world.rejectPublication = true;
    await world.poll('too large');
    expect(world.reloads).toEqual([]);
  });
});

describe('Poller.poll', () => {
  it('A poll reads nothing if the probe shows no change', async () => {
    const world = new World();
    await world.start();
    world.now += GRANULARITY + 1;
    await world.poll('first');
    expect(world.loads).toBe(2);
    world.now += 60_000;
    await world.poll('first');
    expect(world.loads).toBe(2);
  });

  it('A poll publishes changed bytes', async () => {
    const world = new World();
    await world.start();
    world.results = [makeLoaded({ seer: makeNamespace('b') })];
    await world.poll('second');
    expect(world.publications).toHaveLength(2);
    expect(world.record?.namespaces.seer?.valuesHash).toBe('b');
  });

  it('A poll publishes nothing if a touch left the bytes unchanged', async () => {
    const world = new World();
    await world.start();
    await world.poll('touched');
    expect(world.loads).toBe(2);
    expect(world.publications).toHaveLength(1);
  });

  it('A reload in which no option changed is reported as a generation, and publishes no values', async () => {
    const world = new World();
    await world.start();
    const [payload] = world.publications;
    const changes = new Map([['seer', []]]);
    world.results = [{ ...makeLoaded({ seer: makeNamespace('b') }), payload: undefined, changes }];
    await world.poll('second');
    expect(world.publications).toEqual([payload]);
    expect(world.generation).toBe(2);
    expect(world.record).toMatchObject({
      namespaces: { seer: { valuesHash: 'b' } },
      reloads: [{ generation: 2, namespaces: ['seer'], keys: [], error: null }],
    });
    expect(world.reloads).toHaveLength(1);
    // It fits in any case.
    world.rejectPublication = true;
    world.results = [{ ...makeLoaded({ seer: makeNamespace('c') }), payload: undefined, changes }];
    await world.poll('third');
    expect(world.generation).toBe(3);
    // The next one finds these files published, and the values of the first generation.
    await world.poll('touched');
    expect(world.generation).toBe(3);
    world.areValuesIntact = false;
    await world.run(world.poller.poll(true));
    expect(world.publicationsAgain).toBe(1);
    expect(world.generation).toBe(4);
  });

  it('After the last generation, a reload ends the watcher, also one in which no option changed', async () => {
    const world = new World();
    await world.start();
    world.areValuesIntact = false;
    await world.run(world.poller.poll(true));
    expect(world.generation).toBe(2);
    for (const payload of [new Uint8Array(4), undefined]) {
      world.results = [{ ...makeLoaded({ seer: makeNamespace('b') }), payload }];
      world.beforeLoad = () => Object.assign(world.published as object, { generation: 2 ** 31 - 1 });
      await expect(world.poll('second')).rejects.toThrow(GenerationsExhaustedError);
    }
    world.areValuesIntact = false;
    await expect(world.run(world.poller.poll(true))).rejects.toThrow(GenerationsExhaustedError);
    expect([world.publications.length, world.publicationsAgain, world.generation]).toEqual([1, 1, 2]);
  });

  it('A poll reads files again until no other write can share the times at which it first saw them', async () => {
    const world = new World();
    await world.start();
    await world.poll('second');
    // Two more writes in the same second of the file system.
    world.now += GRANULARITY / 2;
    world.results = [makeLoaded({ seer: makeNamespace('b') })];
    await world.poll('second');
    world.now += GRANULARITY / 2;
    world.results = [makeLoaded({ seer: makeNamespace('c') })];
    await world.poll('second');
    expect(world.publications).toHaveLength(3);
    world.now++;
    await world.poll('second');
    await world.poll('second');
    expect(world.loads).toBe(5);
  });

  it('A poll keeps the delay of a namespace that did not change', async () => {
    const world = new World();
    const relay = makeNamespace('r', { generatedAt: GENERATED_AT });
    await world.start();
    world.results = [makeLoaded({ relay, seer: makeNamespace('a') })];
    await world.poll('second');
    world.now += 100_000;
    world.results = [makeLoaded({ relay, seer: makeNamespace('b') })];
    await world.poll('third');
    expect(world.record?.namespaces.relay?.delaySecs).toBe(60);
  });

  it('Only a reload after the start has a delay: values that the start finds may be of any age', async () => {
    const make = (hash: string) => makeLoaded({ seer: makeNamespace(hash, { generatedAt: GENERATED_AT }) });
    const delay = (world: World) => world.record?.namespaces.seer?.delaySecs;
    // The first load; the load that follows a start on old values; the first poll after a start from kept values.
    const first = new World();
    first.results = [make('a')];
    await first.start();
    const second = new World(false, true);
    second.results = [makeRejected('bad'), make('a')];
    second.fallback = { loaded: make('old'), status: { kind: 'lastGood', keptAt: GENERATED_AT } };
    await second.start();
    const warm = new World();
    warm.results = [make('a')];
    const record = { ...EMPTY_STATUS_RECORD, generation: 1 };
    const published = { generation: 1, payload: new Uint8Array(4), namespaces: make('old').namespaces };
    await warm.run(warm.poller.takeOver(published, record));
    for (const world of [first, second, warm]) {
      expect([world.record?.namespaces.seer?.valuesHash, delay(world)]).toEqual(['a', null]);
      world.results = [make('b')];
      await world.poll('second');
      expect(delay(world)).toBe((world.now - Date.parse(GENERATED_AT)) / 1_000);
    }
  });

  it('A namespace is lost from when its file goes away until it is back; one without a file at the start is not', async () => {
    const world = new World();
    const load = (hash: string | null, relay = 'a') =>
      makeLoaded({ relay: makeNamespace(relay), seer: makeNamespace(hash), toolbox: makeNamespace(null) });
    const lost = () => Object.values(world.record?.namespaces ?? {}).map((namespace) => namespace.lost?.since ?? null);
    world.results = [load(null)];
    await world.start();
    expect(lost()).toEqual([null, null, null]);
    world.results = [load('b')];
    await world.poll('second');
    expect(lost()).toEqual([null, null, null]);
    world.results = [load(null)];
    await world.poll('third');
    const since = new Date(world.now).toISOString();
    expect(lost()).toEqual([null, since, null]);
    expect(world.record).toMatchObject({ accessError: null, rejection: null });
    // What happens to other namespaces changes nothing.
    world.now += 60_000;
    world.results = [load(null, 'c')];
    await world.poll('fourth');
    expect(lost()).toEqual([null, since, null]);
    world.results = [load('b', 'c')];
    await world.poll('fifth');
    expect(lost()).toEqual([null, null, null]);
  });

  it('A poll loads again if the volume kept changing during the previous poll', async () => {
    const world = new World();
    await world.start();
    world.results = [{ kind: 'unsettled' }, { kind: 'unsettled' }, makeLoaded({ seer: makeNamespace('b') })];
    await world.poll('second');
    expect(world.publications).toHaveLength(1);
    await world.poll('second');
    expect(world.publications).toHaveLength(2);
  });

  it('A poll reads a missing file again before it accepts that the file is gone', async () => {
    const world = new World();
    await world.start();
    world.results = [makeLoaded({ seer: makeNamespace(null) }), makeLoaded({ seer: makeNamespace('b') })];
    await world.poll('second');
    expect(world.record?.namespaces.seer?.valuesHash).toBe('b');
    world.results = [makeLoaded({ seer: makeNamespace(null) })];
    await world.poll('third');
    expect(world.record?.namespaces.seer?.valuesHash).toBe(null);
    expect(world.log).toEqual(['warn The values file of seer was deleted from /base/values; its defaults are in use.']);
  });

  it('A poll keeps the last values if the directory is gone, and logs one warning', async () => {
    const world = new World();
    await world.start();
    world.results = [NO_DIRECTORY];
    await world.poll('gone');
    await world.poll('gone');
    await world.poll('gone in another way');
    expect(world.publications).toHaveLength(1);
    expect(world.log).toEqual(['warn The values directory is gone; the last values stay in use.']);
    world.results = [makeLoaded({ seer: makeNamespace('a') })];
    await world.poll('back');
    expect(world.log.at(-1)).toBe('info The values in /base/values are valid again.');
    expect(world.record?.accessError).toBe(null);
  });

  it('A poll logs once that a file is back', async () => {
    const world = new World();
    await world.start();
    for (const hash of [null, 'b', 'c']) {
      world.results = [makeLoaded({ seer: makeNamespace(hash) })];
      await world.poll(`now ${hash}`);
    }
    expect(world.log).toEqual([
      'warn The values file of seer was deleted from /base/values; its defaults are in use.',
      'info The values of seer are back in /base/values.',
    ]);
  });

  it('A poll logs each mount warning once, and once that there are no more', async () => {
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

describe('a logger that reacts to a message', () => {
  it('It finds the status that the message is about', async () => {
    const world = new World();
    await world.start();
    const seen: unknown[] = [];
    world.onLog = ({ rejection, accessError, mountWarnings }) => {
      seen.push([rejection?.code ?? null, accessError, mountWarnings.length]);
    };
    const steps: [LoadResult, readonly string[]][] = [
      [makeRejected('bad'), []],
      // The published bytes, and others.
      [makeLoaded({ seer: makeNamespace('a') }), []],
      [NO_DIRECTORY, []],
      [makeLoaded({ seer: makeNamespace('b') }), []],
      [makeLoaded({ seer: makeNamespace('b') }), ['One is mounted so.']],
      [makeLoaded({ seer: makeNamespace('b') }), []],
    ];
    for (const [place, [result, mountWarnings]] of steps.entries()) {
      world.results = [result];
      world.mountWarnings = mountWarnings;
      await world.poll(`signature ${place}`);
    }
    expect(seen).toEqual([
      ['VALUES_INVALID', null, 0],
      [null, null, 0],
      [null, 'The values directory is gone', 0],
      // The reload, and the end of the problem.
      [null, null, 0],
      [null, null, 0],
      [null, null, 1],
      [null, null, 0],
    ]);
  });
});

describe('Poller.poll of rejected files', () => {
  it('A file that is replaced between the probe and the load is counted once', async () => {
    const world = new World();
    await world.run(world.start());
    world.beforeLoad = () => {
      world.signature = 'replaced';
    };
    world.results = [makeRejected('bad')];
    await world.poll('probed');
    await world.poll('replaced');
    expect(world.record?.rejectedReloads).toBe(1);
    world.beforeLoad = () => {};
    await world.poll('touched');
    expect(world.record?.rejectedReloads).toBe(2);
  });

  it('A rejection keeps the old values, is logged once, and stays in the status until a valid load', async () => {
    const world = new World();
    await world.start();
    world.results = [makeRejected('"x" is not of type "integer"')];
    await world.poll('bad');
    await world.poll('bad, touched');
    expect(world.publications).toHaveLength(1);
    const message =
      'Failed to reload values from /base/values: Value error for seer:\n' +
      '\tport "x" is not of type "integer"\n  in /base/values/seer/values.json';
    expect(world.log).toEqual([`error ${message}`]);
    expect(world.record?.rejection).toMatchObject({ code: 'VALUES_INVALID', message, key: 'port' });

    world.results = [makeLoaded({ seer: makeNamespace('a') })];
    await world.poll('good again');
    expect(world.publications).toHaveLength(1);
    expect(world.record?.rejection).toBe(null);
    expect(world.log.slice(1)).toEqual(['info The values in /base/values are valid again.']);
  });

  it('A rejection is counted and listed once for each touch of the files, not for each poll', async () => {
    const world = new World();
    await world.start();
    world.results = [makeRejected('"x" is not of type "integer"')];
    for (const signature of ['bad', 'bad', 'bad, touched', 'bad, touched']) await world.poll(signature);
    expect(world.loads).toBe(5);
    expect(world.record?.rejectedReloads).toBe(2);
    expect(world.record?.reloads.map(({ error }) => error)).toEqual(Array(2).fill(world.record?.rejection?.message));
    // Valid files with the published bytes are not a reload, but invalid files after them are another rejection.
    world.results = [makeLoaded({ seer: makeNamespace('a') })];
    await world.poll('good');
    world.results = [makeRejected('"x" is not of type "integer"')];
    await world.poll('bad, touched');
    expect(world.record?.rejectedReloads).toBe(3);
  });

  it('A rejection is logged again if its message differs', async () => {
    const world = new World();
    await world.start();
    for (const value of ['"x"', '"x"', '"y"']) {
      world.results = [makeRejected(`${value} is not of type "integer"`)];
      await world.poll(`bad ${world.loads}`);
    }
    expect(world.log).toHaveLength(2);
  });

  it('A rejection keeps the time at which it began', async () => {
    const world = new World();
    await world.start();
    world.results = [makeRejected('"x" is not of type "integer"')];
    await world.poll('bad');
    const { rejectedAt } = world.record as StatusRecord;
    world.now += 60_000;
    world.results = [makeRejected('"y" is not of type "integer"')];
    await world.poll('worse');
    expect(world.record?.rejectedAt).toBe(rejectedAt);
  });

  it('A rejection of a requested poll is not logged, because the caller gets an exception', async () => {
    const world = new World();
    await world.start();
    world.results = [makeRejected('"x" is not of type "integer"')];
    await world.poll('bad', true);
    await world.poll('bad, touched');
    expect(world.log).toEqual([]);
    expect(world.record?.rejection).not.toBe(null);
  });

  it('A snapshot that does not fit is rejected', async () => {
    const world = new World();
    await world.start();
    world.rejectPublication = true;
    world.results = [makeLoaded({ seer: makeNamespace('b') })];
    await world.poll('large');
    expect(world.record?.rejection?.code).toBe('SNAPSHOT_TOO_LARGE');
    expect(world.record?.namespaces.seer?.valuesHash).toBe('a');
  });
});

describe('Poller without memory', () => {
  it('A snapshot for which there is no memory is published by the next poll that finds some', async () => {
    const world = new World();
    await world.start();
    world.rejectPublication = world.isOutOfMemory = true;
    world.results = [makeLoaded({ seer: makeNamespace('b') })];
    world.now += GRANULARITY + 1;
    for (let poll = 0; poll < 3; poll++) await world.poll('large');
    expect(world.record).toMatchObject({
      rejection: { code: 'SNAPSHOT_TOO_LARGE', message: expect.stringContaining('the next poll tries again') },
      rejectedReloads: 0,
    });
    expect(world.log).toHaveLength(1);
    world.rejectPublication = false;
    await world.poll('large');
    expect(world.record).toMatchObject({ rejection: null, namespaces: { seer: { valuesHash: 'b' } } });
  });

  it('A start waits for the memory of the first snapshot', async () => {
    const world = new World();
    world.rejectPublication = world.isOutOfMemory = true;
    const start = world.poller.start();
    for (let wait = 0; wait < 3; wait++) {
      await settle();
      world.fire();
    }
    expect(new Set(world.delays)).toEqual(new Set(['There is no memory for a snapshot of 0.0 MiB']));
    world.rejectPublication = false;
    await world.run(start);
    expect(world.publications).toHaveLength(1);
  });
});

describe('namespace warnings', () => {
  it('A warning names the first ten unknown options and counts the rest, once for each set of them', async () => {
    const world = new World();
    const names = Array.from({ length: 12 }, (_, index) => `unknown-${index}`);
    world.results = [makeLoaded({ seer: makeNamespace('a', { unknown: summarizeNames(names) }) })];
    await world.start();
    world.results = [makeLoaded({ seer: makeNamespace('b', { unknown: summarizeNames([...names].reverse()) }) })];
    await world.poll('the same names');
    expect(world.log).toHaveLength(1);
    expect(world.log[0]).toContain('"unknown-9" and 2 more');
    expect(world.log[0]).not.toContain('"unknown-10"');
    world.results = [makeLoaded({ seer: makeNamespace('c', { unknown: summarizeNames(['other']) }) })];
    await world.poll('another name');
    expect(world.log).toHaveLength(2);
  });

  it('A warning says which declared name the first unknown ones are similar to', async () => {
    const world = new World();
    const unknown = summarizeNames(['max-retrys', 'zzz', 'a', 'host'], ['hosts', 'max-retries']);
    world.results = [makeLoaded({ seer: makeNamespace('a', { unknown }) })];
    await world.start();
    expect(world.log[0]).toContain(
      'which are ignored: "max-retrys" (did you mean "max-retries"?), "zzz", "a", "host". This is expected',
    );
  });

  it('A generated_at that is not a timestamp is logged once', async () => {
    const world = new World();
    const generatedAtIssue = '"yesterday" is no RFC 3339 timestamp';
    world.results = [makeLoaded({ seer: makeNamespace('a', { generatedAtIssue }) })];
    await world.start();
    world.results = [makeLoaded({ seer: makeNamespace('b', { generatedAtIssue }) })];
    await world.poll('second');
    expect(world.log).toHaveLength(1);
    expect(world.log[0]).toContain(generatedAtIssue);
  });
});

/** Draws tickets as the control words do. */
class FakeRequests implements Requests {
  requested = 0;
  acceptances = 0;
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

describe('runLoop', () => {
  async function startLoop(interval: number | null): Promise<{ world: World; requests: FakeRequests }> {
    const world = new World();
    await world.start();
    const requests = new FakeRequests();
    void runLoop((isRequested) => world.poller.poll(isRequested), requests, world.clock, interval);
    await settle();
    return { world, requests };
  }

  it('The loop polls when the interval has passed', async () => {
    const { world, requests } = await startLoop(5_000);
    expect(requests.polls).toBe(0);
    world.fire();
    await settle();
    expect(requests.polls).toBe(1);
    expect(world.now).toBe(NOW + 5_000);
  });

  it('The loop polls at once on a request, and serves all requests from before the poll', async () => {
    const { world, requests } = await startLoop(5_000);
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

  it('The loop serves a request that comes during a poll by another poll', async () => {
    const { world, requests } = await startLoop(5_000);
    world.signature = 'second';
    world.results = [makeRejected('half', true), makeLoaded({ seer: makeNamespace('b') })];
    requests.draw();
    await settle();
    // The poll now waits for its second load.
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

  it('A poll accepts suspicious values if a request that does so began before it, and the poll of that request does', async () => {
    const world = new World();
    await world.start();
    const requests = new FakeRequests();
    const polls: [isRequested: boolean, accepts: boolean][] = [];
    void runLoop(async (...reasons) => void polls.push(reasons), requests, world.clock, 5_000);
    await settle();
    requests.acceptances++;
    requests.draw();
    await settle();
    requests.draw();
    await settle();
    // A poll of the interval begins between the two steps of a request.
    requests.acceptances++;
    world.fire();
    await settle();
    requests.draw();
    await settle();
    world.fire();
    await settle();
    expect(polls).toEqual([
      [true, true],
      [true, false],
      [false, true],
      [true, true],
      [false, false],
    ]);
  });

  it('The loop registers for requests once, however many polls run', async () => {
    const { world, requests } = await startLoop(5_000);
    for (let poll = 0; poll < 10; poll++) {
      world.fire();
      await settle();
    }
    expect(requests.polls).toBe(10);
    expect(requests.listeners).toHaveLength(1);
    expect(world.timers).toHaveLength(1);
  });

  it('The loop polls only on request if there is no interval', async () => {
    const { world, requests } = await startLoop(null);
    world.fire();
    await settle();
    expect(requests.polls).toBe(0);
    requests.draw();
    await settle();
    expect(requests.polls).toBe(1);
  });
});

describe('the verification of the shared memory', () => {
  const isOverwritten = (line: string) => line.includes('has overwritten the published values');

  it('Overwritten values are published again as the next generation, and logged once', async () => {
    const world = new World();
    await world.start();
    world.areValuesIntact = false;
    world.now += 5_000;
    await world.run(world.poller.poll(false));
    expect(world.log.filter(isOverwritten)).toEqual([expect.stringContaining('error ')]);
    expect(world.log.filter(isOverwritten)).toEqual([expect.stringContaining('as generation 2')]);
    for (let poll = 0; poll < 3; poll++) {
      world.areValuesIntact = false;
      world.now += 5_000;
      await world.run(world.poller.poll(false));
    }
    expect(world.log.filter(isOverwritten)).toHaveLength(1);
    world.now += 5_000;
    await world.run(world.poller.poll(false));
    world.areValuesIntact = false;
    world.now += 5_000;
    await world.run(world.poller.poll(false));
    expect(world.log.filter(isOverwritten)).toHaveLength(2);
  });

  it('Each poll tries again to publish values for which the system has no memory, and says so once', async () => {
    const world = new World();
    await world.start();
    world.areValuesIntact = false;
    world.canPublishAgain = false;
    const before = world.statusWrites;
    for (let poll = 0; poll < 3; poll++) await world.run(world.poller.poll(true));
    expect(world.log.filter(isOverwritten)).toEqual([expect.stringContaining('has no memory to publish them again')]);
    expect(world.publicationsAgain).toBe(3);
    expect(world.statusWrites).toBe(before);
    world.canPublishAgain = true;
    await world.run(world.poller.poll(true));
    expect(world.log.filter(isOverwritten)).toEqual([expect.anything(), expect.stringContaining('as generation 2')]);
    expect(world.statusWrites).toBe(before + 1);
  });

  it('The status is written again with the values: threads wait for the status of each generation', async () => {
    const world = new World();
    await world.start();
    const before = world.statusWrites;
    world.areValuesIntact = false;
    await world.run(world.poller.poll(true));
    expect(world.statusWrites).toBe(before + 1);
  });

  it('An overwritten status is written again, without a new generation of the values', async () => {
    const world = new World();
    await world.start();
    const before = world.statusWrites;
    for (let poll = 0; poll < 3; poll++) {
      world.isStatusIntact = false;
      await world.run(world.poller.poll(true));
    }
    expect(world.statusWrites).toBe(before + 3);
    expect(world.publicationsAgain).toBe(0);
    expect(world.log).toEqual([expect.stringContaining('error Other code of this process has overwritten the status')]);
  });

  it('The watcher verifies once a second with a short interval, and at each request', async () => {
    const world = new World();
    await world.start();
    for (let poll = 0; poll < 100; poll++) {
      world.now += 10;
      await world.run(world.poller.poll(false));
    }
    expect(world.verifications).toBe(1);
    await world.run(world.poller.poll(true));
    expect(world.verifications).toBe(2);
  });
});
