/** Tests the limits of a values file: its size, and the memory that it takes once parsed. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS, describeExcess, estimateParsedBytes } from '../../src/files/values-limits.js';
import { deriveMemoryLimits } from '../../src/watcher/memory-limits.js';
import { VALUES } from '../fuzz/corpus.js';

const MIB = 2 ** 20;

// Not by a flag of the process: the tests of other files share it.
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Repeats what `part` returns for 0, 1, 2, … up to `bytes`, in a list or, if it begins with a key, in a map. */
function repeat(part: (index: number) => string, bytes = MIB): string {
  const parts: string[] = [];
  for (let length = 0, index = 0; length < bytes; index++) {
    const text = part(index);
    parts.push(text);
    length += Buffer.byteLength(text) + 1;
  }
  const [open, close] = /^"[^"]*":/.test(parts[0] ?? '') ? '{}' : '[]';
  return `${open}${parts.join(',')}${close}`;
}

const key = (index: number) => `"${index.toString(36)}"`;

/** Documents of one part each, as wasteful as they can be. */
const DOCUMENTS: Readonly<Record<string, () => string>> = {
  'empty maps': () => repeat(() => '{}'),
  'empty lists': () => repeat(() => '[]'),
  'lists in lists': () => repeat(() => '['.repeat(120) + ']'.repeat(120)),
  'maps in maps': () => repeat(() => `${'{"":'.repeat(120)}0${'}'.repeat(120)}`),
  'maps of one shape': () => repeat(() => '{"":0}'),
  'maps of different shapes': () => repeat((index) => `{${key(index)}:0}`),
  'maps with the same keys in different orders': () =>
    repeat(
      (index) => `{${[0, 5, 10].map((bits) => `"${String.fromCharCode(97 + ((index >> bits) & 31))}":0`).join()}}`,
    ),
  'maps with an index': () => repeat(() => '{"999":0}'),
  'keys of one map': () => repeat((index) => `${key(index)}:0`),
  'indexes of one map': () => repeat((index) => `"${(index * 97) % 4_000_000_007}":0`),
  'lists of one number': () => repeat(() => '[1.5]'),
  'mixed lists': () => repeat(() => '[1,""]'),
  integers: () => repeat(() => '1'),
  fractions: () => `["",${repeat(() => '1.5').slice(1)}`,
  strings: () => repeat((index) => key(index)),
  'a long string': () => JSON.stringify('\u4e00x'.repeat(MIB / 4)),
  escapes: () => `"${'\\n'.repeat(MIB / 2)}"`,
};

describe('estimateParsedBytes', () => {
  it.each(Object.keys(DOCUMENTS))('The estimate is not below what V8 takes for %s', (name) => {
    const text = DOCUMENTS[name]?.() ?? '';
    const bytes = Buffer.from(text);
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    const value: unknown = JSON.parse(text);
    collectGarbage();
    const taken = process.memoryUsage().heapUsed - before;
    expect(value).toBeTruthy();
    expect(estimateParsedBytes(bytes)).toBeGreaterThan(taken);
  });

  it('Structure in strings does not count', () => {
    const text = '{[,:.e\\"';
    expect(estimateParsedBytes(Buffer.from(`"${text}"`))).toBe(
      estimateParsedBytes(Buffer.from(`"${'x'.repeat(text.length)}"`)),
    );
  });
});

describe('describeExcess', () => {
  const excess = (text: string) => describeExcess(Buffer.from(text), DEFAULT_LIMITS);

  it('A file of the largest size, as people write them, is within the limits, compact or indented', () => {
    for (const value of [VALUES, JSON.stringify(JSON.parse(VALUES))]) {
      const text = repeat(() => value, DEFAULT_LIMITS.fileBytes - Buffer.byteLength(value) - 4);
      expect(Buffer.byteLength(text)).toBeGreaterThan(DEFAULT_LIMITS.fileBytes - 10_000);
      expect(excess(text)).toBe(undefined);
      expect(estimateParsedBytes(Buffer.from(text))).toBeLessThan(0.7 * DEFAULT_LIMITS.parsedBytes);
    }
  });

  it('A larger file is rejected, and one with very many maps', () => {
    expect(excess(' '.repeat(1_114_112))).toBe(undefined);
    expect(excess(' '.repeat(1_114_113))).toBe('must have at most 1114112 bytes; got 1114113');
    expect(excess(repeat(() => '{}', 2 ** 19))).toBe(undefined);
    expect(excess(repeat(() => '{}'))).toBe(
      'must take at most 17.0 MiB of memory once parsed; got about 24.3 MiB, for its many lists, maps or keys',
    );
  });
});

describe('deriveMemoryLimits', () => {
  it('With enough memory, the heap has 512 MiB, and a snapshot 64 MiB', () => {
    expect(deriveMemoryLimits(DEFAULT_LIMITS.fileBytes, 8 * 2 ** 30)).toEqual({
      resourceLimits: { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 6 },
      limits: { ...DEFAULT_LIMITS, payloadBytes: 64 * MIB },
    });
  });

  it('In a container of 128 MiB, the heap, a parsed file and a snapshot have a share of it', () => {
    expect(deriveMemoryLimits(8 * MIB, 128 * MIB)).toEqual({
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 6 },
      limits: { fileBytes: 8 * MIB, parsedBytes: Math.floor((32 * MIB) / 3), payloadBytes: 4 * MIB },
    });
  });

  it('The heap has at least 32 MiB', () => {
    expect(deriveMemoryLimits(MIB, 32 * MIB).resourceLimits.maxOldGenerationSizeMb).toBe(32);
  });
});
