/** Tests which bytes a load parses, which verdicts it remembers, and which directories it notes. */
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { EncodedSnapshot } from '../../src/codec/decode.js';
import { alwaysOn } from '../../src/testing/features.js';
import { deriveMemoryLimits } from '../../src/watcher/memory-limits.js';
import { findGoneVolumes } from '../../workers/values/gone-volumes.js';
import { loadValues } from '../../workers/values/load.js';
import { LoadMemory } from '../../workers/values/load-memory.js';
import type { LoadRequest } from '../../workers/values/request.js';
import type { LoadResult, Published } from '../../workers/values/results.js';
import { Verdicts } from '../../workers/values/verdicts.js';
import { Base, integer, patternSchema, valuesText } from '../support/base.js';
import { LIMITS } from '../support/limits.js';
import { makeLoadRequest } from '../support/load-request.js';

/** The files that were parsed and validated, and the namespaces that were encoded, since the last {@link takeWork}. */
const work = vi.hoisted(() => ({ checked: [] as string[], encoded: [] as string[] }));

vi.mock('../../src/schema/check-values.js', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../src/schema/check-values.js')>();
  return {
    checkValues(...args: Parameters<typeof original.checkValues>) {
      work.checked.push(args[0].namespace);
      return original.checkValues(...args);
    },
  };
});

vi.mock('../../src/schema/share-schemas.js', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../src/schema/share-schemas.js')>();
  return {
    ...original,
    encodeNamespace(...args: Parameters<typeof original.encodeNamespace>) {
      work.encoded.push(args[0].namespace);
      return original.encodeNamespace(...args);
    },
  };
});

function takeWork(): { checked: string[]; encoded: string[] } {
  return { checked: work.checked.splice(0), encoded: work.encoded.splice(0) };
}

beforeEach(() => void takeWork());

function open(limits: LoadRequest['limits'] = LIMITS, hooks: Partial<LoadRequest> = {}) {
  const base = new Base({ relay: { number: integer(0) }, seer: { number: integer(0) } });
  base.writeValues('seer', { number: 1 });
  const request = makeLoadRequest(base.directory, { limits, ...hooks });
  return { base, load: (published?: Published) => loadValues(request, published) };
}

/** Returns what is published after a load, as the poller does. */
function publish(result: LoadResult, published?: Published): Published {
  if (result.kind !== 'loaded') throw new Error(result.kind);
  const { payload = published?.payload as Uint8Array, namespaces } = result;
  return { generation: (published?.generation ?? 0) + 1, payload, namespaces };
}

/** Decodes the values of both namespaces, `relay` first. */
function decode({ payload }: Published): unknown[] {
  const snapshot = new EncodedSnapshot(payload, { namespaceCount: 2, optionCount: 2 });
  return [0, 1].map((index) => snapshot.decode(index));
}

function getIssues(result: LoadResult): readonly { namespace: string | undefined; message: string }[] {
  if (result.kind !== 'invalid') throw new Error(result.kind);
  return result.issues;
}

describe('loadValues', () => {
  it('Loads share the memory of two snapshots and of one file, and the published snapshot stays until the next one is', () => {
    const memory = new LoadMemory();
    const files = new Set<ArrayBufferLike>();
    const fileTarget = (length: number) => {
      const buffer = memory.fileTarget(length);
      files.add(buffer.buffer);
      return buffer;
    };
    const takeSnapshot = memory.takeSnapshot.bind(memory);
    const { base, load } = open(LIMITS, { memory: { fileTarget, takeSnapshot } as LoadMemory });
    const snapshots = new Set<ArrayBufferLike>();
    let published = publish(load());
    for (let number = 2; number < 40; number++) {
      base.writeValues('seer', { number, ignored: 'x'.repeat(10_000 + number) });
      const next = publish(load(published), published);
      expect(decode(published)).toEqual([undefined, number - 1]);
      published = next;
      expect(decode(published)).toEqual([undefined, number]);
      snapshots.add(published.payload.buffer);
    }
    expect([snapshots.size, files.size]).toEqual([2, 2]);
  });

  it('A larger snapshot and a larger file get new memory, and a much smaller snapshot does not keep it', () => {
    const memory = new LoadMemory();
    const published = memory.takeSnapshot(1_000, new Uint8Array());
    const larger = memory.takeSnapshot(2_000, published);
    expect([published.buffer.byteLength, larger.buffer.byteLength]).toEqual([1_125, 2_250]);
    published.fill(1);
    expect(memory.takeSnapshot(1_100, larger)).toEqual(new Uint8Array(1_100));
    expect(memory.takeSnapshot(10, larger).buffer.byteLength).toBe(12);
    const [first, second] = [memory.fileTarget(100).buffer, memory.fileTarget(112).buffer];
    expect(second).toBe(first);
    expect(memory.fileTarget(200).length).toBe(200);
    expect(memory.fileTarget(8 * 2 ** 20).buffer).not.toBe(memory.fileTarget(8 * 2 ** 20).buffer);
  });

  it('Only files whose bytes are not published are parsed, validated and encoded', () => {
    const { base, load } = open();
    const first = publish(load());
    expect(takeWork()).toEqual({ checked: ['seer'], encoded: ['relay', 'seer'] });
    base.writeValues('seer', { number: 1 });
    expect(load(first)).toEqual({ kind: 'unchanged', namespaces: first.namespaces });
    expect(takeWork()).toEqual({ checked: [], encoded: [] });
    base.writeValues('relay', { number: 1 });
    const second = publish(load(first), first);
    expect(takeWork()).toEqual({ checked: ['relay'], encoded: ['relay'] });
    expect(decode(second)).toEqual([1, 1]);
    base.removeValues('seer');
    const third = publish(load(second), second);
    expect(takeWork()).toEqual({ checked: [], encoded: ['seer'] });
    expect(decode(third)).toEqual([1, undefined]);
  });

  it('A load in which no option changes has no payload, and names the files that changed', () => {
    const { base, load } = open();
    const first = publish(load());
    base.writeText('seer', JSON.stringify({ options: { number: 1 }, generated_at: '2026-01-21T18:30:00Z' }));
    const result = load(first);
    expect(result).toMatchObject({ kind: 'loaded', payload: undefined, changes: new Map([['seer', []]]) });
    const second = publish(result, first);
    expect(second.namespaces.get('seer')?.generatedAt).toBe('2026-01-21T18:30:00Z');
    base.writeValues('seer', { number: 2 });
    const third = load(second);
    expect(third).toMatchObject({ changes: new Map([['seer', ['number']]]) });
    const snapshot = new EncodedSnapshot(publish(third).payload, { namespaceCount: 2, optionCount: 2 });
    expect([snapshot.generation, ...snapshot.stamps]).toEqual([3, 1, 3]);
  });

  it('A rejected file is parsed once, and so is a valid file beside it, which is not encoded', () => {
    const { base, load } = open();
    const first = publish(load());
    takeWork();
    base.writeValues('relay', { number: 'x' });
    base.writeValues('seer', { number: 2 });
    const rejected = load(first);
    expect(rejected.kind).toBe('invalid');
    expect(takeWork()).toEqual({ checked: ['relay', 'seer'], encoded: [] });
    expect(load(first)).toEqual(rejected);
    expect(takeWork()).toEqual({ checked: [], encoded: [] });
    base.writeValues('relay', { number: 'y' });
    expect(getIssues(load(first)).map(({ message }) => message)).toEqual(['"y" is not of type "integer"']);
    expect(takeWork()).toEqual({ checked: ['relay'], encoded: [] });
    base.writeValues('relay', { number: 3 });
    const second = publish(load(first), first);
    expect(takeWork()).toEqual({ checked: ['relay', 'seer'], encoded: ['relay', 'seer'] });
    expect(decode(second)).toEqual([3, 2]);
    expect([...second.namespaces.keys()]).toEqual(['relay', 'seer']);
  });

  it('A file that changes back to the published bytes is not parsed, whatever was rejected meanwhile', () => {
    const { base, load } = open();
    const first = publish(load());
    base.writeValues('seer', { number: 'x' });
    load(first);
    base.writeValues('relay', { number: 'y' });
    expect(getIssues(load(first)).map(({ namespace }) => namespace)).toEqual(['relay', 'seer']);
    base.removeValues('relay');
    takeWork();
    base.writeValues('seer', { number: 1 });
    expect(load(first).kind).toBe('unchanged');
    expect(takeWork()).toEqual({ checked: [], encoded: [] });
  });

  it('A file that changes between its verdict and its second read is loaded as it is then', () => {
    let write: (() => void) | undefined;
    const { base, load } = open(LIMITS, {
      onFile: (path) => {
        // The file of seer is read a second time, since relay is valid now.
        if (reads++ === 2 && path.includes('seer')) write?.();
      },
    });
    let reads = 0;
    const first = publish(load());
    base.writeValues('relay', { number: 'x' });
    base.writeValues('seer', { number: 2 });
    load(first);
    for (const text of [valuesText({ number: 4 }), valuesText({ number: 'z' })]) {
      base.writeValues('relay', { number: 3 });
      reads = 0;
      write = () => base.writeText('seer', text);
      const result = load(first);
      if (result.kind === 'loaded') expect(decode(publish(result, first))).toEqual([3, 4]);
      else expect(getIssues(result).map(({ message }) => message)).toEqual(['"z" is not of type "integer"']);
      base.writeValues('relay', { number: 'x' });
      base.writeValues('seer', { number: 2 });
      load(first);
    }
  });

  it('A verdict is forgotten once the file has the published bytes, is gone, or cannot be read, beside a rejected file', () => {
    const { base, load } = open({ ...LIMITS, fileBytes: 1_000 });
    const first = publish(load());
    base.writeValues('relay', { number: 'x' });
    const others = [
      () => base.writeValues('seer', { number: 1 }),
      () => base.removeValues('seer'),
      () => base.writeText('seer', ' '.repeat(1_001)),
    ];
    for (const writeOther of others) {
      base.writeValues('seer', { number: 'y' });
      load(first);
      writeOther();
      load(first);
      takeWork();
      // Else the issues of all files that were ever invalid would stay, however many there are.
      base.writeValues('seer', { number: 'y' });
      expect(load(first).kind).toBe('invalid');
      expect(takeWork()).toEqual({ checked: ['seer'], encoded: [] });
    }
  });

  it('A snapshot that is too large is not encoded again', () => {
    const { base, load } = open({ ...LIMITS, payloadBytes: 60 });
    base.writeValues('relay', { number: 12 });
    const rejected = load();
    expect(rejected).toMatchObject({ kind: 'too-large', limit: 60, isTransient: false });
    expect(rejected).toMatchObject({
      namespaces: new Map([
        ['relay', { bytes: 25 }],
        ['seer', { bytes: 24 }],
      ]),
    });
    takeWork();
    expect(load()).toEqual(rejected);
    expect(takeWork()).toEqual({ checked: [], encoded: [] });
  });

  it('A snapshot is too large also because of the names of its flags by pattern, whose values are equal', () => {
    const { base } = open();
    base.writeSchema('open', patternSchema());
    const names = Array.from({ length: 1_000 }, (_, number) => `feature.${'日'.repeat(200)}${number}`);
    base.writeValues('open', Object.fromEntries(names.map((name) => [name, alwaysOn()])));
    const { payload, namespaces } = publish(loadValues(makeLoadRequest(base.directory)));
    expect(payload.length).toBeGreaterThan(400_000);
    const limits = { ...LIMITS, payloadBytes: payload.length - 1 };
    const rejected = loadValues(makeLoadRequest(base.directory, { limits }));
    expect(rejected).toMatchObject({ kind: 'too-large', limit: payload.length - 1, isTransient: false });
    // The measure is an upper bound, but not by much.
    expect(rejected).toHaveProperty(
      'size',
      expect.toSatisfy((size: number) => size < payload.length * 1.2),
    );
    // A published file with the same bytes has the same size.
    const published = { generation: 1, payload, namespaces };
    base.writeValues('seer', { number: 2 });
    expect(loadValues(makeLoadRequest(base.directory, { limits }), published)).toMatchObject({ kind: 'too-large' });
    expect(loadValues(makeLoadRequest(base.directory), published)).toMatchObject({ kind: 'loaded' });
  });

  it('The issues of many files are the same in each load, also if a part of them was not listed before', () => {
    const names = Array.from({ length: 8 }, (_, index) => `n${index}`);
    const keys = Array.from({ length: 200 }, (_, index) => `${'x'.repeat(500)}-${index}`);
    const properties = Object.fromEntries(keys.map((key) => [key, integer(0)]));
    const base = new Base(Object.fromEntries(names.map((name) => [name, properties])));
    const request = makeLoadRequest(base.directory);
    const writeBad = (name: string) =>
      base.writeValues(name, Object.fromEntries(keys.map((key) => [key, `bad in ${name}`])));
    names.forEach(writeBad);
    for (const fixed of [[], names.slice(0, 3), names.slice(0, 7), names.slice(5), []]) {
      for (const name of names) if (!fixed.includes(name)) writeBad(name);
      for (const name of fixed) base.writeValues(name, {});
      const known = loadValues(request);
      takeWork();
      const anew = loadValues({ ...request, verdicts: new Verdicts() });
      expect(getIssues(known)).toEqual(getIssues(anew));
      takeWork();
      expect(loadValues(request)).toEqual(known);
      expect(takeWork()).toEqual({ checked: [], encoded: [] });
    }
  });

  it('A file over the limits is rejected, by its size or by the memory that it takes once parsed', () => {
    const { base, load } = open({ ...LIMITS, fileBytes: 400_000, parsedBytes: 2_000_000 });
    base.writeText('seer', `{"options":{"unknown":[${'{},'.repeat(100_000)}{}]}}`);
    base.writeText('relay', `{"options":{}}${' '.repeat(400_000)}`);
    const result = load();
    expect(result.kind === 'invalid' && result.issues.map(({ message }) => message)).toEqual([
      'values.json must have at most 400000 bytes; got 400014; split the namespace, or raise maxFileBytes',
      'values.json must take at most 1.9 MiB of memory once parsed; got about 7.0 MiB, for its many lists, maps or keys; split the namespace, or give the container more memory',
    ]);
  });

  it.each([
    ['values/seer', 'the first load', false],
    ['values/seer', 'a load of published bytes', true],
    ['values', 'the first load', false],
    ['values', 'a load of published bytes', true],
  ])('If %s is replaced while %s reads a file, the old directory is noted with its bytes', (path, _load, isSecond) => {
    let file = '';
    let replace: (() => void) | undefined;
    const hooks = {
      onFile: (path: string) => {
        file = path;
      },
      onStep: () => {
        if (!file.includes('seer')) return;
        replace?.();
        replace = undefined;
      },
    };
    const { base, load } = open(LIMITS, hooks);
    const published = publish(load());
    replace = () => {
      renameSync(join(base.directory, path), join(base.directory, 'old'));
      mkdirSync(join(base.directory, 'values/seer'), { recursive: true });
    };
    const [during, after] = [load(isSecond ? published : undefined), load(published)];
    if (!('namespaces' in during) || during.kind === 'too-large') throw new Error(during.kind);
    if (!('namespaces' in after) || after.kind === 'too-large') throw new Error(after.kind);
    expect(after.namespaces.get('seer')?.hash).toBe(null);
    // Either the whole load came after the replacement, or it noted the old directory.
    const first = findGoneVolumes(published.namespaces, during.namespaces);
    const gone = first.length > 0 ? first : findGoneVolumes(during.namespaces, after.namespaces);
    expect(gone).toEqual([{ namespace: 'seer', deleted: undefined }]);
  });

  it('A file with the published bytes in another directory is noted with that directory, even if it is replaced again', () => {
    let replace: (() => void) | undefined;
    const { base, load } = open(LIMITS, {
      onFile: (path) => {
        if (!path.includes('seer')) return;
        replace?.();
        replace = undefined;
      },
    });
    const published = publish(load());
    let replacements = 0;
    const replaceDirectory = () => {
      renameSync(join(base.directory, 'values/seer'), join(base.directory, `old-${++replacements}`));
      base.writeValues('seer', { number: 1 });
    };
    const findPlace = () => {
      const result = load(published);
      if (result.kind !== 'unchanged') throw new Error(result.kind);
      return result.namespaces.get('seer')?.places[0]?.identity;
    };
    const before = findPlace();
    expect(before).toBe(published.namespaces.get('seer')?.places[0]?.identity);
    replaceDirectory();
    replace = replaceDirectory;
    const during = findPlace();
    expect(replacements).toBe(2);
    expect(during).not.toBe(before);
    expect(findPlace()).toBe(during);
  });

  it('The advice names maxFileBytes only if the memory of the container is not what limits the parsed size', () => {
    const advise = (memory: number, text: string) => {
      const { limits } = deriveMemoryLimits(LIMITS.fileBytes, memory);
      const { base, load } = open(limits);
      base.writeText('seer', text);
      const result = load();
      return result.kind === 'invalid' && result.issues[0]?.message.replace(/^.*; /, '');
    };
    const lists = `{"options":{"unknown":[${'[],'.repeat(300_000)}[]]}}`;
    expect(advise(128 * 2 ** 20, lists)).toBe('split the namespace, or give the container more memory');
    expect(advise(8 * 2 ** 30, lists)).toBe('split the namespace, or raise maxFileBytes');
    expect(advise(128 * 2 ** 20, ' '.repeat(2 ** 21))).toBe('split the namespace, or raise maxFileBytes');
  });
});
