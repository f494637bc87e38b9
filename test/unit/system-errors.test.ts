/**
 * Tests that a system error says nothing about a file: at each call to the file system, of a start and of a reload. The
 * files are real; the calls go through a switch that makes them fail.
 */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { OptionsError } from '../../src/common/errors.js';
import { chooseDirectory, PRODUCTION_DIRECTORY } from '../../src/config/base-directory.js';
import type { Isolation } from '../../src/config/config.js';
import type { StatusRecord } from '../../src/status/record.js';
import { ConfigMapVolume } from '../../src/testing/config-map-volume.js';
import type { Clock } from '../../workers/poll/clock.js';
import { Poller } from '../../workers/poll/poller.js';
import { loadSchemasAtStart } from '../../workers/poll/schemas.js';
import { loadDefaults, loadValues } from '../../workers/values/load.js';
import type { LoadMemory } from '../../workers/values/load-memory.js';
import { mountWarnings, readMountInfo } from '../../workers/values/mounts.js';
import { probe } from '../../workers/values/volume.js';
import { Base, integer } from '../support/base.js';
import { makeLoadRequest } from '../support/load-request.js';
import { collectPolls } from '../support/log-lines.js';

/** Decides whether a call fails, and with which code. */
type Fault = (call: string, path: unknown) => string | undefined;

// Hoisted, as the mock is.
const { CALLS, world } = vi.hoisted(() => ({
  CALLS: [
    'accessSync',
    'closeSync',
    'fstatSync',
    'lstatSync',
    'openSync',
    'readdirSync',
    'readFileSync',
    'readlinkSync',
    'readSync',
    'realpathSync',
    'statSync',
  ] as const,
  world: { fault: undefined as Fault | undefined, coarse: false },
}));

vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs')>();
  const wrapped = CALLS.map((call) => [
    call,
    (...args: unknown[]) => {
      const code = world.fault?.(call, args[0]);
      if (code !== undefined) throw Object.assign(new Error(`${code}: injected, ${call}`), { code });
      const result = (fs[call] as (...args: unknown[]) => unknown)(...args);
      return world.coarse && (call === 'statSync' || call === 'fstatSync') ? coarsen(result) : result;
    },
  ]);
  return { ...fs, ...Object.fromEntries(wrapped) };
});

/** Rounds the times of a file to seconds, as NFS and SMB servers may do. Their clock is ten seconds behind. */
function coarsen(stat: unknown): unknown {
  const { ctimeNs, mtimeNs } = stat as { ctimeNs?: bigint; mtimeNs?: bigint };
  if (ctimeNs === undefined || mtimeNs === undefined) return stat;
  const round = (time: bigint) => (time / 10_000_000_000n) * 10_000_000_000n - 10_000_000_000n;
  return Object.assign(stat as object, { ctimeNs: round(ctimeNs), mtimeNs: round(mtimeNs) });
}

/** Makes the call with this number fail, counted from 1. Returns a function that says whether it was reached. */
function failCall(number: number, code: string): () => boolean {
  let calls = 0;
  world.fault = () => (++calls === number ? code : undefined);
  return () => calls >= number;
}

beforeEach(() => {
  world.fault = undefined;
  world.coarse = false;
});

/** A poller on real files whose clock the test controls, and what it publishes. */
class Watcher {
  readonly base = new Base({ relay: { a: integer(-1) }, seer: { a: integer(-1) } });
  readonly #volume = new ConfigMapVolume(join(this.base.directory, 'values/seer'));
  readonly log: string[] = [];
  record: StatusRecord | undefined;
  now = 0;
  /** Called in the middle of a load. */
  onFile = () => {};
  /** The memory of loads, if it is not new each time. */
  memory: Pick<LoadMemory, 'fileTarget' | 'takeSnapshot'> | undefined;
  #number = 0;
  poller: Poller | undefined;
  readonly #clock: Clock = {
    wallTime: () => Date.now(),
    monotonicTime: () => this.now,
    timer: (milliseconds, callback) => {
      this.now += milliseconds;
      setImmediate(callback);
      return () => {};
    },
  };

  constructor(readonly isolation: Isolation = 'all') {
    mkdirSync(dirname(this.base.valuesFile('relay')), { recursive: true });
    this.change();
  }

  /** Changes both values files; one is in a volume, one is a plain file. */
  change(): void {
    this.#number++;
    this.#volume.writeValues({ a: this.#number }, new Date(0));
    this.base.writeValues('relay', { a: this.#number });
  }

  async start(): Promise<void> {
    const { directory } = this.base;
    const schemas = await loadSchemasAtStart(
      { base: directory, schemas: undefined, additionalSchemas: undefined },
      { clock: this.#clock, onDelay() {}, log: collectPolls(this.log) },
    );
    const request = makeLoadRequest(directory, { schemas, isolation: this.isolation, onFile: () => this.onFile() });
    this.poller = new Poller(
      this.#clock,
      {
        probe: () => probe(directory, ['relay', 'seer']),
        load: (published) => loadValues({ ...request, memory: this.memory as LoadMemory }, published),
        loadDefaults: () => loadDefaults(schemas),
        loadFallback: () => undefined,
        mountWarnings: () =>
          mountWarnings({ directory, namespaces: ['relay', 'seer'], isProduction: true, readMountInfo }),
      },
      {
        publish: () => undefined,
        areValuesIntact: () => true,
        isStatusIntact: () => true,
        publishAgain: () => false,
        writeStatus: (record) => {
          this.record = record;
        },
        reloaded() {},
        startDelayed() {},
        live() {},
        log: collectPolls(this.log),
      },
      { valuesDirectory: join(directory, 'values'), schemaHashes: new Map(), suppressMissingDirectory: false },
    );
    await this.poller.start();
  }

  async poll(): Promise<void> {
    this.now += 100;
    await this.poller?.poll(false);
  }

  /** Polls until no further write can have the same times. */
  async settle(): Promise<void> {
    this.now += 5_000;
    await this.poll();
  }

  /** The hashes of the published files. */
  get hashes(): (string | null)[] {
    return Object.values(this.record?.namespaces ?? {}).map(({ valuesHash }) => valuesHash);
  }
}

/** The hashes of the current files. */
function readExpected({ base }: Watcher): (string | null)[] {
  const loaded = loadValues(makeLoadRequest(base.directory));
  if (loaded.kind !== 'loaded') throw new Error(loaded.kind);
  return [...loaded.namespaces.values()].map(({ hash }) => hash);
}

/** One code of each kind: the system's, and that of a missing permission. */
const KINDS = ['EIO', 'EACCES'];
const CODES = [
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'EIO',
  'ESTALE',
  'EAGAIN',
  'EINTR',
  'ETIMEDOUT',
  'EACCES',
  'EPERM',
  'ENEW',
];

describe('a system error during a reload', () => {
  it.each(KINDS)('A reload that meets %s at any one call is live after the next poll', async (code) => {
    const watcher = new Watcher();
    await watcher.start();
    let number = 1;
    for (; ; number++) {
      await watcher.settle();
      const before = watcher.hashes;
      watcher.change();
      const expected = readExpected(watcher);
      const isReached = failCall(number, code);
      await watcher.poll();
      world.fault = undefined;
      if (!isReached()) break;
      expect([before, expected], `call ${number}`).toContainEqual(watcher.hashes);
      await watcher.poll();
      expect(watcher.hashes, `call ${number}`).toEqual(expected);
      expect(watcher.record, `call ${number}`).toMatchObject({ rejection: null, accessError: null });
      expect(watcher.record?.mountWarnings, `call ${number}`).toHaveLength(1);
    }
    console.log(`${code}: ${number - 1} of ${number - 1} calls`);
    expect(number).toBeGreaterThan(40);
    expect(watcher.record?.rejectedReloads).toBe(0);
  });

  it("With isolation: 'namespace', EIO at any one call holds back a namespace for one poll at most, and no other", async () => {
    const watcher = new Watcher('namespace');
    await watcher.start();
    const partly = new Set<number>();
    for (let number = 1; ; number++) {
      await watcher.settle();
      const before = watcher.hashes;
      watcher.change();
      const expected = readExpected(watcher);
      const isReached = failCall(number, 'EIO');
      await watcher.poll();
      world.fault = undefined;
      if (!isReached()) break;
      const held = Object.values(watcher.record?.namespaces ?? {}).map((namespace) => namespace.held !== null);
      const isNew = watcher.hashes.map((hash, index) => hash === expected[index]);
      for (const [index, hash] of watcher.hashes.entries()) expect([before[index], expected[index]]).toContain(hash);
      // A namespace that is not held back beside one that is has its new values.
      if (held.includes(true)) expect(isNew, `call ${number}`).toEqual(held.map((isHeld) => !isHeld));
      if (new Set(isNew).size > 1) partly.add(number);
      await watcher.poll();
      expect(watcher.hashes, `call ${number}`).toEqual(expected);
      expect(watcher.record, `call ${number}`).toMatchObject({ rejection: null, accessError: null });
    }
    expect(partly.size).toBeGreaterThan(5);
    expect(watcher.record?.rejectedReloads).toBe(0);
  });

  it.each(CODES)('A file that could not be opened because of %s is read by the next poll', async (code) => {
    const watcher = new Watcher();
    await watcher.start();
    await watcher.settle();
    watcher.change();
    world.fault = (call, path) => (call === 'openSync' && String(path).includes('values') ? code : undefined);
    await watcher.settle();
    expect(watcher.record?.rejection?.message).toContain(`values.json cannot be read (${code}: injected`);
    await watcher.settle();
    world.fault = undefined;
    await watcher.poll();
    expect(watcher.hashes).toEqual(readExpected(watcher));
  });

  it.each(CALLS)('An error that lasts for many polls at %s is logged once', async (call) => {
    const watcher = new Watcher();
    await watcher.start();
    await watcher.settle();
    const start = watcher.log.length;
    watcher.change();
    world.fault = (name, path) => (name === call && !String(path).startsWith('/proc') ? 'EIO' : undefined);
    for (let poll = 0; poll < 10; poll++) await watcher.poll();
    world.fault = undefined;
    await watcher.poll();
    expect(watcher.hashes).toEqual(readExpected(watcher));
    const messages = watcher.log.slice(start).map((message) => message.replace(/^(\w+ [^ ]+ [^ ]+).*/s, '$1'));
    expect([[], ['error Failed to', 'info The values'], ['warn The values', 'info The values']]).toContainEqual(
      messages,
    );
  });

  it('The error of an unreadable file says that the next poll tries again, and differs from a rejection', async () => {
    const watcher = new Watcher();
    await watcher.start();
    watcher.change();
    world.fault = (call) => (call === 'openSync' ? 'EMFILE' : undefined);
    await watcher.poll();
    expect(watcher.record).toMatchObject({
      rejectedReloads: 0,
      reloads: [],
      rejection: {
        message: expect.stringMatching(/\n\tvalues\.json cannot be read \(EMFILE: .*\); the next poll tries/),
      },
    });
    // After a rejection, an error in between is one more message, and the rejection is not logged again.
    world.fault = undefined;
    watcher.base.writeText('relay', '{');
    await watcher.poll();
    world.fault = (call) => (call === 'openSync' ? 'EMFILE' : undefined);
    await watcher.poll();
    world.fault = undefined;
    await watcher.poll();
    expect(watcher.record?.rejectedReloads).toBe(1);
    expect(watcher.log.filter((message) => message.includes('Failed to parse JSON'))).toHaveLength(1);
    expect(watcher.log.filter((message) => message.includes('EMFILE'))).toHaveLength(2);
  });
});

describe('memory that is missing for a moment', () => {
  it.each(['the bytes of a file', 'the snapshot'])(
    'A reload without memory for %s is live after the next poll',
    async (of) => {
      const watcher = new Watcher();
      await watcher.start();
      watcher.change();
      const fail = () => {
        throw new RangeError('Array buffer allocation failed');
      };
      if (of === 'the snapshot') watcher.onFile = fail;
      else watcher.memory = { fileTarget: fail, takeSnapshot: fail };
      await watcher.poll();
      vi.restoreAllMocks();
      watcher.onFile = () => {};
      watcher.memory = undefined;
      const reason = `${watcher.record?.rejection?.message} ${watcher.record?.accessError}`;
      expect(reason).toMatch(/cannot be read \(Array buffer allocation failed\)|There is no memory to load/);
      await watcher.poll();
      expect(watcher.hashes).toEqual(readExpected(watcher));
      expect(watcher.record).toMatchObject({ rejection: null, accessError: null });
    },
  );
});

describe('a system error during a start', () => {
  it.each(KINDS)('A start that meets %s at any one call serves the values, or throws', async (code) => {
    let number = 1;
    let thrown = 0;
    for (; ; number++) {
      const watcher = new Watcher();
      const expected = readExpected(watcher);
      const isReached = failCall(number, code);
      const error = await watcher.start().catch((reason: unknown) => reason);
      world.fault = undefined;
      if (!isReached()) break;
      if (error === undefined) {
        expect(watcher.hashes, `call ${number}`).toEqual(expected);
      } else {
        expect(error, `call ${number}`).toBeInstanceOf(OptionsError);
        thrown++;
      }
      // A check of the mounts that failed is repeated; a missing permission is itself a warning.
      await watcher.poll();
      const unexpected = watcher.log.filter(
        (message) => !/is not a ConfigMap volume|no search permission/.test(message),
      );
      expect(unexpected, `call ${number}`).toEqual([]);
    }
    console.log(`${code}: ${number - 1} calls, of which ${thrown} threw`);
    expect(number).toBeGreaterThan(40);
    // Only a missing permission is thrown at once.
    expect(thrown > 0).toBe(code === 'EACCES');
  });
});

describe('chooseDirectory', () => {
  it.each(['EIO', 'EACCES'])('The production directory is chosen if %s hides whether it exists', (code) => {
    expect(chooseDirectory(undefined, {}).origin).toBe('local');
    world.fault = (_call, path) => (path === PRODUCTION_DIRECTORY ? code : undefined);
    expect(chooseDirectory(undefined, {}).origin).toBe('production');
  });
});

describe('timestamps of a file server', () => {
  it('Writes of one size within a second of the server, whose clock differs, are all seen', async () => {
    world.coarse = true;
    const watcher = new Watcher();
    await watcher.start();
    await watcher.settle();
    for (let write = 0; write < 6; write++) {
      watcher.base.writeValues('relay', { a: 100 + write });
      await watcher.poll();
      expect(watcher.hashes).toEqual(readExpected(watcher));
    }
  });
});
