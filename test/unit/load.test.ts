/** Tests that a load does not parse bytes again whose verdict is known, and which directories it notes. */
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSchemas } from '../../src/schema/load-schemas.js';
import { deriveMemoryLimits } from '../../src/watcher/memory-limits.js';
import { type LoadedNamespace, type LoadRequest, loadValues } from '../../workers/values/load.js';
import { findLost } from '../../workers/values/lost.js';
import { Base, integer } from '../support/base.js';
import { LIMITS } from '../support/limits.js';

function open(limits: LoadRequest['limits'] = LIMITS, hooks: Partial<LoadRequest> = {}) {
  const base = new Base({ relay: { number: integer(0) }, seer: { number: integer(0) } });
  base.writeValues('seer', { number: 1 });
  const schemas = loadSchemas({ directory: `${base.directory}/schemas` });
  const request = { directory: base.directory, schemas, redact: false, limits, onFile() {}, ...hooks };
  return { base, load: (published?: ReadonlyMap<string, LoadedNamespace>) => loadValues(request, 2, published) };
}

describe('loadValues', () => {
  it('Published bytes are not parsed again, even if they were written again', () => {
    const { base, load } = open();
    const first = load();
    if (first.kind !== 'loaded') throw new Error(first.kind);
    expect(load(first.namespaces)).toEqual({ kind: 'unchanged', namespaces: first.namespaces });
    base.writeValues('seer', { number: 1 });
    expect(load(first.namespaces).kind).toBe('unchanged');
    base.writeValues('relay', { number: 1 });
    expect(load(first.namespaces).kind).toBe('loaded');
    base.removeValues('relay');
    base.removeValues('seer');
    expect(load(first.namespaces).kind).toBe('loaded');
  });

  it('Rejected bytes are not parsed again, until a file changes', () => {
    const { base, load } = open();
    const first = load();
    if (first.kind !== 'loaded') throw new Error(first.kind);
    base.writeValues('seer', { number: 'x' });
    const rejected = load(first.namespaces);
    expect(rejected.kind).toBe('invalid');
    expect(load(first.namespaces)).toBe(rejected);
    base.writeValues('relay', { number: 'y' });
    const both = load(first.namespaces);
    expect(both.kind === 'invalid' && both.issues.length).toBe(2);
    base.removeValues('relay');
    base.writeValues('seer', { number: 1 });
    expect(load(first.namespaces).kind).toBe('unchanged');
    base.writeValues('seer', { number: 2 });
    expect(load(first.namespaces).kind).toBe('loaded');
  });

  it('A snapshot that is too large is not encoded again', () => {
    const { base, load } = open({ ...LIMITS, payloadBytes: 60 });
    base.writeValues('seer', { number: 12 });
    const rejected = load();
    expect(rejected).toMatchObject({ kind: 'too-large', limit: 60 });
    expect(load()).toBe(rejected);
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
    const published = load();
    if (published.kind !== 'loaded') throw new Error(published.kind);
    replace = () => {
      renameSync(join(base.directory, path), join(base.directory, 'old'));
      mkdirSync(join(base.directory, 'values/seer'), { recursive: true });
    };
    const during = load(isSecond ? published.namespaces : undefined);
    const after = load(published.namespaces);
    if (!('namespaces' in during) || !('namespaces' in after)) throw new Error(`${during.kind}, ${after.kind}`);
    expect(after.namespaces.get('seer')?.hash).toBe(null);
    // Either the whole load came after the replacement, or it noted the old directory.
    const first = findLost(published.namespaces, during.namespaces);
    expect(first.length > 0 ? first : findLost(during.namespaces, after.namespaces)).toEqual(['seer']);
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
