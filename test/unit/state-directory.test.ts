/** Tests the state directory: what is written, and what is read under which conditions. Real files. */
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { endianness } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { composeSnapshot } from '../../src/codec/compose.js';
import { EncodedSnapshot } from '../../src/codec/decode.js';
import { Layout } from '../../src/codec/generated/layout.js';
import { LAYOUT_VERSION } from '../../src/memory/cell/layout.js';
import { loadSchemas } from '../../src/schema/load-schemas.js';
import { shareSchemas } from '../../src/schema/share-schemas.js';
import { StateError, toStateError } from '../../src/state/access.js';
import { computeKey, DIGEST_BYTES, decodeState, type KeptSnapshot, stateFolder } from '../../src/state/kept.js';
import { systemClock } from '../../workers/poll/clock.js';
import { restoreKept } from '../../workers/state/encode.js';
import { findFallback } from '../../workers/state/fallback.js';
import { Keeper } from '../../workers/state/keeper.js';
import { StateDirectory } from '../../workers/state/storage.js';
import { loadDefaults as loadDefaultValues, loadValues } from '../../workers/values/load.js';
import type { Published } from '../../workers/values/results.js';
import { Base, integer, temporaryDirectory } from '../support/base.js';
import { makeLoadRequest } from '../support/load-request.js';
import { collectLines } from '../support/log-lines.js';

const isRoot = process.getuid?.() === 0;

/** A store without a thread: its files, and a state directory. */
class World {
  readonly base = new Base({ relay: { number: integer(0) }, seer: { number: integer(0), other: integer(5) } });
  readonly directory = temporaryDirectory();
  readonly schemas = loadSchemas({ directory: join(this.base.directory, 'schemas') });

  constructor() {
    this.base.writeValues('seer', { number: 1 });
  }

  open({ directory = this.directory, base = this.base.directory, validator = 1 } = {}): StateDirectory {
    const data = { directory, validator, problem: null, isAwaited: false };
    return new StateDirectory(data, { directory: base, schemas: this.schemas, shared: shareSchemas(this.schemas) });
  }

  load(): Published {
    const result = loadValues(makeLoadRequest(this.base.directory, { schemas: this.schemas }));
    if (result.kind !== 'loaded') throw new Error(result.kind);
    return { generation: 1, payload: result.payload as Uint8Array, namespaces: result.namespaces };
  }

  async keep(state = this.open()): Promise<StateDirectory> {
    await state.prepare();
    await state.write(this.load());
    return state;
  }

  /** Reads the option `number` of `seer` from what a start would serve. */
  readNumber(state: StateDirectory): unknown {
    const kept = state.readSync();
    return kept && new EncodedSnapshot(kept.parts.payload, { namespaceCount: 2, optionCount: 3 }).decode(1);
  }
}

describe('the file of a kept snapshot', () => {
  it('A start reads exactly what was written: the values, and what is known of their files', async () => {
    const world = new World();
    const state = await world.keep();
    expect(world.readNumber(state)).toBe(1);
    const { head } = state.readSync() as KeptSnapshot;
    const places = { places: [] };
    expect([...restoreKept(head.namespaces)]).toEqual(
      [...world.load().namespaces].map(([name, loaded]) => [name, { ...loaded, ...places }]),
    );
    expect(lstatSync(state.file).mode & 0o777).toBe(0o600);
    expect(lstatSync(stateFolder(world.directory)).mode & 0o777).toBe(0o700);
    expect(readdirSync(stateFolder(world.directory))).toEqual([basename(state.file)]);
  });

  it('The snapshot is kept as generation 1, whatever its generation was', async () => {
    const world = new World();
    const state = world.open();
    await state.prepare();
    const { payload, namespaces } = world.load();
    const snapshot = new EncodedSnapshot(payload, { namespaceCount: 2, optionCount: 3 });
    const segments = [snapshot.segment(0), snapshot.segment(1)];
    const later = composeSnapshot({ generation: 7, segments, previous: snapshot, changed: [1] });
    await state.write({ generation: 7, payload: later, namespaces });
    expect(state.readSync()?.parts.payload).toEqual(payload);
  });

  it('Every flipped bit, every shorter file and every longer file is found', async () => {
    const world = new World();
    const state = await world.keep();
    const bytes = new Uint8Array(readFileSync(state.file));
    const key = basename(state.file, '.state');
    expect(decodeState(bytes, key)).toMatchObject({ head: { key } });
    const survivors: string[] = [];
    for (let place = 0; place < bytes.length; place++) {
      for (let bit = 0; bit < 8; bit++) {
        (bytes[place] as number) ^= 1 << bit;
        if (decodeState(bytes, key) !== 'its checksum differs') survivors.push(`bit ${bit} of byte ${place}`);
        (bytes[place] as number) ^= 1 << bit;
      }
      if (typeof decodeState(bytes.subarray(0, place), key) !== 'string') survivors.push(`${place} bytes`);
    }
    expect(survivors).toEqual([]);
    expect(decodeState(Buffer.concat([bytes, Buffer.alloc(1)]), key)).toBe('its checksum differs');
    expect(bytes.length).toBeGreaterThan(1_000);
  });

  it('Other schemas, another base directory and another version have other files', async () => {
    const world = new World();
    const state = await world.keep();
    expect(world.open({ base: '/elsewhere' }).readSync()).toBeUndefined();
    const other = new World();
    other.base.writeSchema('seer', JSON.stringify({ version: '1.0', type: 'object', properties: {} }));
    const schemas = loadSchemas({ directory: join(other.base.directory, 'schemas') });
    const keys = [world, { schemas }].map(({ schemas: some }) =>
      computeKey(
        world.base.directory,
        some.map(({ namespace, hash }) => [namespace, hash]),
      ),
    );
    expect(keys[0]).toBe(basename(state.file, '.state'));
    const hashes = world.schemas.map(({ namespace, hash }) => [namespace, hash]);
    const versions = [2, LAYOUT_VERSION, Layout.Version, endianness()];
    expect(keys[0]).toBe(hash('sha256', JSON.stringify([...versions, world.base.directory, hashes]), 'hex'));
    expect(keys[1]).not.toBe(keys[0]);
    // A file of another key under this name, as one of another version of the layout.
    const bytes = readFileSync(state.file);
    renameSync(state.file, join(stateFolder(world.directory), `${keys[1]}.state`));
    expect(decodeState(bytes, keys[1] as string)).toBe('it is of other schemas');
    // Another program's file, whole.
    bytes.write('OTHER', DIGEST_BYTES);
    hash('sha256', bytes.subarray(DIGEST_BYTES), 'buffer').copy(bytes);
    expect(decodeState(bytes, keys[0] as string)).toBe('it is another file');
  });

  it('The watcher takes what other code has validated for a fallback, but writes it anew', async () => {
    const world = new World();
    await world.keep();
    const state = world.open({ validator: 2 });
    expect(world.readNumber(state)).toBe(1);
    expect(await state.read()).toBeUndefined();
    await world.keep(state);
    expect((await state.read())?.head.validator).toBe(2);
  });
});

describe('the state directory', () => {
  /** Each obstacle is found by a start, which then fails as without a directory. */
  const obstacles: [string, (file: string, folder: string) => void, string][] = [
    ['a folder that its group may write to', (_, folder) => chmodSync(folder, 0o770), 'other users may write to …'],
    ['a folder that others may write to', (_, folder) => chmodSync(folder, 0o707), 'other users may write to …'],
    ['a file that its group may write to', (file) => chmodSync(file, 0o620), 'other users may write to …'],
    ['a file that others may write to', (file) => chmodSync(file, 0o602), 'other users may write to …'],
    [
      'a link instead of the file',
      (file) => {
        renameSync(file, `${file}.moved`);
        symlinkSync(`${file}.moved`, file);
      },
      '… is a symbolic link; remove it',
    ],
    [
      'a link instead of the folder',
      (_, folder) => {
        renameSync(folder, `${folder}.moved`);
        symlinkSync(`${folder}.moved`, folder);
      },
      '… is a symbolic link; remove it',
    ],
    [
      'a FIFO instead of the file',
      (file) => {
        rmSync(file);
        execFileSync('mkfifo', ['-m', '600', file]);
      },
      '… is not a file; remove it',
    ],
    [
      'a file instead of the folder',
      (_, folder) => {
        rmSync(folder, { recursive: true });
        writeFileSync(folder, '');
      },
      '… is not a folder; remove it',
    ],
    [
      'a truncated file',
      (file) => truncateSync(file, 900),
      '… is damaged (its checksum differs); the next write replaces it',
    ],
    ['an empty file', (file) => truncateSync(file), '… is damaged (its checksum differs); the next write replaces it'],
    ['a huge file', (file) => truncateSync(file, 2 ** 30), '… is damaged (it is too large); remove it'],
  ];

  it.each(obstacles)('Neither a start nor a write uses %s', async (_, spoil, message) => {
    const world = new World();
    const state = await world.keep();
    spoil(state.file, stateFolder(world.directory));
    expect(() => state.readSync()).toThrow(StateError);
    expect(() => state.readSync()).toThrow(toPattern(message));
    // Whatever a write finds wrong with the file, it replaces the file.
    const find = async () => {
      await state.prepare();
      await state.read();
    };
    const error = await find().catch((thrown: unknown) => toStateError(state.file, thrown));
    expect(error).toBeInstanceOf(StateError);
    expect((error as StateError).message).toMatch(toPattern(message));
  });

  it.runIf(isRoot)('A start uses neither a file nor a folder of another user', async () => {
    for (const pick of [
      (state: StateDirectory) => state.file,
      (_: StateDirectory, { directory }: World) => stateFolder(directory),
    ]) {
      const world = new World();
      const state = await world.keep();
      chownSync(pick(state, world), 65_534, 65_534);
      expect(() => state.readSync()).toThrow(/ belongs to user 65534, not to user 0; remove it$/);
    }
  });

  it('The directory itself may be open to all, as an emptyDir is, and may be reached by a link', async () => {
    const world = new World();
    chmodSync(world.directory, 0o777);
    const link = join(temporaryDirectory(), 'link');
    symlinkSync(world.directory, link);
    const state = await world.keep(world.open({ directory: link }));
    expect(world.readNumber(state)).toBe(1);
  });

  it('A directory that does not exist is not created', async () => {
    const world = new World();
    const directory = join(world.directory, 'missing');
    const state = world.open({ directory });
    expect(() => state.readSync()).toThrow(`${directory} does not exist; create it`);
    await expect(state.prepare()).rejects.toThrow(`${directory} does not exist; create it`);
    expect(readdirSync(world.directory)).toEqual([]);
  });

  it('Without a file, there is nothing to read', () => {
    expect(new World().open().readSync()).toBeUndefined();
  });

  it('Stores that make the folder at the same time all succeed', async () => {
    const world = new World();
    await Promise.all(Array.from({ length: 4 }, () => world.open().prepare()));
    expect(readdirSync(world.directory)).toEqual([basename(stateFolder(world.directory))]);
  });

  it('A write that fails leaves no temporary file', async () => {
    const world = new World();
    const state = world.open();
    mkdirSync(state.file, { recursive: true, mode: 0o700 });
    await expect(state.write(world.load())).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(readdirSync(stateFolder(world.directory))).toEqual([basename(state.file)]);
  });

  it('A file that is found in use counts as new, so that no other store removes it', async () => {
    const state = await new World().keep();
    utimesSync(state.file, 1, 1);
    await state.read();
    expect(lstatSync(state.file).mtimeMs).toBeGreaterThan(1_000_000);
  });

  it('A write removes temporary files that nobody writes any more, and all but the last 32 files in use', async () => {
    const world = new World();
    const state = await world.keep();
    const folder = stateFolder(world.directory);
    const create = (name: string, age: number) => {
      writeFileSync(join(folder, name), '');
      const time = Date.now() / 1_000 - age;
      utimesSync(join(folder, name), time, time);
    };
    create('old.tmp', 700);
    create('new.tmp', 500);
    create('foreign.txt', 10_000);
    for (let number = 0; number < 40; number++) create(`${number}.state`, 1_000 + number);
    await world.keep(state);
    const left = readdirSync(folder);
    expect(left).toContain(basename(state.file));
    expect(left.filter((name) => name.endsWith('.state'))).toHaveLength(32);
    expect(left).toContain('30.state');
    expect(left).not.toContain('31.state');
    expect(left.filter((name) => !name.endsWith('.state')).sort()).toEqual(['foreign.txt', 'new.tmp']);
  });
});

describe('findFallback', () => {
  async function find(policy: 'throw' | 'lastGood', spoil = (_: string) => {}) {
    const world = new World();
    const state = await world.keep();
    spoil(state.file);
    const logs: string[] = [];
    const keeper = new Keeper(systemClock, state, {
      log: collectLines(logs),
      onStatus: () => {},
      problem: null,
    });
    const loadDefaults = () => loadDefaultValues(world.schemas);
    return { found: findFallback({ policy, state, keeper, loadDefaults }), status: keeper.status, logs };
  }

  it('The kept values are served, and the status says since when they are kept', async () => {
    const { found, status, logs } = await find('lastGood');
    const { keptAt } = found?.status ?? {};
    expect(found?.status).toEqual({ kind: 'lastGood', keptAt: expect.stringMatching(/^20.*Z$/) });
    expect(status).toMatchObject({ keptAt, problem: null });
    expect(logs).toEqual([]);
  });

  it("With 'throw', nothing is served although values are kept", async () => {
    expect((await find('throw')).found).toBeUndefined();
  });

  it('A damaged file serves nothing, with a warning', async () => {
    const { found, status, logs } = await find('lastGood', (file) => truncateSync(file, 900));
    expect(found).toBeUndefined();
    expect(status.problem).toContain('is damaged (its checksum differs)');
    expect(logs).toEqual([expect.stringMatching(/^warn: The last good values are not kept: .* is damaged/)]);
  });
});

function toPattern(message: string): RegExp {
  const pieces = message.split('…').map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(pieces.join('/.*'));
}
