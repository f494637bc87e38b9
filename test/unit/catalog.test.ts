/** Tests the catalog: names in shared memory, and memory that other code has overwritten. */
import { crc32 } from 'node:zlib';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { shareBytes } from '../../src/memory/shared-schemas.js';
import { Catalog } from '../../src/names/catalog.js';
import {
  computeCheck,
  ENTRY_CHECK,
  ENTRY_LENGTH,
  ENTRY_OFFSET,
  hashName,
  LONGEST_PROBE,
  locateEntry,
  locateSlots,
  ownerOf,
  SLOT_COUNT,
} from '../../src/names/catalog-layout.js';
import { encodeCatalog, type NamespaceNames } from '../../src/names/catalog-writer.js';
import { CatalogCorruptedError } from '../../src/names/name-table.js';
import { Random } from '../fuzz/random.js';

const SCHEMAS: readonly NamespaceNames[] = [
  { name: 'empty', keys: [] },
  { name: 'relay', keys: ['a', 'ab', 'abc', '', '__proto__', 'constructor', 'feature.on'] },
  { name: 'seer', keys: ['a', 'relay', 'seer', 'é', 'ÿ', 'Ā', '日本', '😀', '\u0000', 'a\u0000', '\ufeffa', '\ufffd'] },
  { name: 'trailing', keys: [] },
];

/** In shared memory, as a store has it. */
function encode(namespaces: readonly NamespaceNames[]): SharedArrayBuffer {
  return shareBytes(encodeCatalog(namespaces));
}

function open(buffer: SharedArrayBuffer): Catalog {
  return new Catalog(new Uint8Array(buffer), crc32(new Uint8Array(buffer)));
}

const makeKeys = (count: number) =>
  Array.from({ length: count }, (_, index) => `section-${index % 100}.option-${index}`);

describe('Catalog', () => {
  it('Each name has the index of its place, in its own namespace', () => {
    const catalog = open(encode(SCHEMAS));
    expect(catalog.names()).toEqual(SCHEMAS.map(({ name }) => name));
    expect(catalog).toMatchObject({ namespaceCount: 4, optionCount: 19, isIntact: true });
    let firstIndex = 0;
    for (const [ordinal, { name, keys }] of SCHEMAS.entries()) {
      const namespace = catalog.find(name);
      expect(namespace).toMatchObject({ ordinal, name, firstIndex, count: keys.length });
      expect(catalog.at(ordinal)).toMatchObject({ ordinal, name, firstIndex, count: keys.length });
      expect(namespace?.keys()).toEqual(keys);
      for (const [offset, key] of keys.entries()) {
        expect(namespace?.indexOf(key)).toBe(firstIndex + offset);
        expect(namespace?.keyOf(firstIndex + offset)).toBe(key);
        expect(catalog.namespaceOf(firstIndex + offset)).toMatchObject({ ordinal, name });
      }
      firstIndex += keys.length;
    }
  });

  it.each([
    ['a longer name', 'abcd'],
    ['a huge name', 'a'.repeat(2 ** 24)],
    ['half of a character', '\ud83d'],
    ['an upper-case name', 'A'],
    ['a name of another namespace', 'é'],
    ['a namespace', 'relay'],
    ['a number', 0],
    ['undefined', undefined],
    ['an object', { toString: () => 'a' }],
    ['a symbol', Symbol('a')],
  ])('No namespace and no option is found for %s', (_what, name) => {
    const catalog = open(encode(SCHEMAS));
    expect(catalog.find('relay')?.indexOf(name)).toBeUndefined();
    if (name !== 'relay') expect(catalog.find(name)).toBeUndefined();
  });

  it('A catalog without namespaces, and one without options, find nothing', () => {
    expect(open(encode([])).names()).toEqual([]);
    expect(open(encode([])).find('seer')).toBeUndefined();
    const empty = open(encode([{ name: '', keys: [] }])).find('');
    expect(empty?.keys()).toEqual([]);
    expect(empty?.indexOf('')).toBeUndefined();
  });

  it.each([
    ['in one namespace', [{ name: 'seer', keys: makeKeys(10_000) }]],
    ['the same in each of 100 namespaces', makeKeys(100).map((name) => ({ name, keys: makeKeys(100) }))],
  ])('Each of 10 000 names, %s, is found within a few slots', (_where, namespaces) => {
    const buffer = encode(namespaces);
    const catalog = open(buffer);
    const expected = namespaces.flatMap(({ name, keys }, ordinal) =>
      keys.map((key, offset) => [name, key, ordinal * keys.length + offset]),
    );
    const found = namespaces.flatMap(({ name, keys }) =>
      keys.map((key) => [name, key, catalog.find(name)?.indexOf(key)]),
    );
    expect(found).toEqual(expected);
    expect(new Int32Array(buffer, 0, 8)[LONGEST_PROBE]).toBeLessThan(32);
  });

  it('A name that is longer than all declared names is not even read', () => {
    const seer = open(encode(SCHEMAS)).find('seer');
    const name = 'a'.repeat(2 ** 24);
    const spy = vi.spyOn(String.prototype, 'charCodeAt');
    onTestFinished(() => spy.mockRestore());
    expect(seer?.indexOf(name)).toBeUndefined();
    expect(spy).not.toHaveBeenCalled();
    expect(seer?.indexOf('a')).toBe(7);
    expect(spy).toHaveBeenCalled();
  });

  it('Names with the same hash are distinct', () => {
    const [declared, other] = ['option-5j39b1', 'option-90bo57'];
    expect(hashName(ownerOf(0), declared)).toBe(hashName(ownerOf(0), other));
    expect(
      open(encode([{ name: 'seer', keys: [declared] }]))
        .find('seer')
        ?.indexOf(other),
    ).toBeUndefined();
    const seer = open(encode([{ name: 'seer', keys: [other, declared] }])).find('seer');
    expect([seer?.indexOf(other), seer?.indexOf(declared)]).toEqual([0, 1]);
  });
});

/** Ways in which other code overwrites memory. */
const DAMAGES: readonly ((bytes: Uint8Array, random: Random) => void)[] = [
  (bytes, random) => {
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
  },
  (bytes, random) => {
    const at = random.below(bytes.length >> 2);
    new Int32Array(bytes.buffer, 0, bytes.length >> 2)[at] = random.pick([0, -1, 1, 2 ** 31 - 1, random.below(64)]);
  },
  (bytes, random) => void bytes.fill(random.pick([0, 7, 255]), random.below(bytes.length), random.below(bytes.length)),
  (bytes, random) => void bytes.copyWithin(...([0, 0, 0].map(() => random.below(bytes.length)) as [number, number])),
  // A whole word onto another one: an entry's offset, or a slot, becomes that of another name.
  (bytes, random) => {
    const words = new Int32Array(bytes.buffer, 0, bytes.length >> 2);
    words[random.below(words.length)] = words[random.below(words.length)] as number;
  },
];

/** Returns the result of `read`; undefined if it throws because of overwritten names, as it may. */
function tryRead<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    expect(error).toBeInstanceOf(CatalogCorruptedError);
    return undefined;
  }
}

describe('overwritten memory', () => {
  it('A name is found in its own place or not at all, whatever other code overwrites', () => {
    let lost = 0;
    for (let seed = 0; seed < 1_000; seed++) {
      const random = new Random(seed);
      const buffer = encode(SCHEMAS);
      const catalog = open(buffer);
      const namespaces = SCHEMAS.map(({ name }) => catalog.find(name));
      for (let times = random.below(4); times >= 0; times--) random.pick(DAMAGES)(new Uint8Array(buffer), random);
      const wrong: unknown[] = [];
      const check = (found: unknown, expected: unknown, what: unknown) => {
        if (found === undefined) lost++;
        else if (found !== expected) wrong.push({ what, found, expected });
      };
      let index = 0;
      for (const [ordinal, { name, keys }] of SCHEMAS.entries()) {
        check(catalog.find(name)?.ordinal, ordinal, name);
        for (const key of keys) {
          check(namespaces[ordinal]?.indexOf(key), index, key);
          const at = index++;
          check(
            tryRead(() => namespaces[ordinal]?.keyOf(at)),
            key,
            at,
          );
          check(tryRead(() => catalog.namespaceOf(at))?.name, name, at);
        }
        check(tryRead(() => namespaces[ordinal]?.keys())?.join(), keys.join(), 'keys');
        for (const unknown of ['b', 'abcd', '\u0001', 'feature.off']) {
          check(namespaces[ordinal]?.indexOf(unknown) ?? 'not found', 'not found', unknown);
        }
      }
      check(tryRead(() => catalog.names())?.join(), SCHEMAS.map(({ name }) => name).join(), 'names');
      expect(wrong, `seed ${seed}`).toEqual([]);
    }
    // Otherwise, nothing was overwritten.
    expect(lost).toBeGreaterThan(500);
  });

  it('A catalog that is overwritten before it is opened finds nothing, and ends each search', () => {
    for (let seed = 0; seed < 500; seed++) {
      const random = new Random(seed);
      const buffer = encode(SCHEMAS);
      const checksum = crc32(new Uint8Array(buffer));
      const bytes = new Uint8Array(buffer);
      for (let times = 0; times < 4; times++) random.pick(DAMAGES)(bytes, random);
      // The header, from which all positions follow.
      const words = new Int32Array(buffer, 0, 12);
      words[random.below(5)] = random.pick([0, -1, 1, 2 ** 31 - 1, -(2 ** 31), 1_000]);
      const catalog = new Catalog(bytes, checksum);
      for (const { name, keys } of SCHEMAS) for (const key of keys) catalog.find(name)?.indexOf(key);
      tryRead(() => catalog.names());
      tryRead(() => catalog.namespaceOf(3).keys());
      expect(catalog.isIntact).toBe(crc32(bytes) === checksum);
    }
  });

  describe('a single entry', () => {
    const buffer = encode(SCHEMAS);
    const catalog = open(buffer);
    const words = new Int32Array(buffer, 0, buffer.byteLength >> 2);
    const [relay, seer] = [catalog.find('relay'), catalog.find('seer')];
    /** Returns the index of the first word of the entry of an option. */
    const locate = (index: number | undefined) => locateEntry(SCHEMAS.length, SCHEMAS.length + (index as number));
    afterEach(() => void new Uint8Array(buffer).set(new Uint8Array(encode(SCHEMAS))));

    it('An entry whose name is that of another entry is not found by it', () => {
      // Two names of which the second one passes the slot of the first one.
      const names = makeKeys(100);
      const mask = 255;
      const slot = (name: string) => hashName(ownerOf(0), name) & mask;
      const [first, second] = names.flatMap((one, at) =>
        names.slice(at + 1).flatMap((other) => (slot(one) === slot(other) ? [one, other] : [])),
      ) as [string, string];
      const other = encode([{ name: 'seer', keys: names }]);
      const options = open(other).find('seer');
      const changed = new Int32Array(other, 0, other.byteLength >> 2);
      expect(changed[SLOT_COUNT]).toBe(mask + 1);
      const [to, from] = [names.indexOf(first), names.indexOf(second)].map((index) => locateEntry(1, 1 + index));
      for (const word of [ENTRY_OFFSET, ENTRY_LENGTH]) {
        changed[(to as number) + word] = changed[(from as number) + word] as number;
      }
      expect(options?.indexOf(second)).toBe(names.indexOf(second));
      expect(options?.indexOf(first)).toBeUndefined();
    });

    it('An entry of another namespace is not found, even with the check of the name', () => {
      const entry = SCHEMAS.length + (seer?.indexOf('a') as number);
      const ownEntry = SCHEMAS.length + (relay?.indexOf('a') as number);
      words[words.indexOf(ownEntry + 1, locateSlots(SCHEMAS.length, catalog.optionCount))] = entry + 1;
      words[locateEntry(SCHEMAS.length, entry) + ENTRY_CHECK] = computeCheck(hashName(ownerOf(1), 'a'), entry);
      expect(relay?.indexOf('a')).toBeUndefined();
    });

    it('An entry of another length, or outside of the memory, is not found', () => {
      const at = locate(seer?.indexOf('a'));
      words[at + ENTRY_LENGTH] = 4;
      expect(seer?.indexOf('a')).toBeUndefined();
      for (const offset of [buffer.byteLength, -1, 2 ** 31 - 1]) {
        // Outside of the memory, a code unit would be 0.
        words[locate(seer?.indexOf('\u0000') ?? 15) + ENTRY_OFFSET] = offset;
        expect(seer?.indexOf('\u0000')).toBeUndefined();
        expect(() => seer?.keyOf(15)).toThrow(CatalogCorruptedError);
      }
    });
  });

  it('A table without a free slot ends each search', () => {
    const buffer = encode(SCHEMAS);
    const catalog = open(buffer);
    new Uint8Array(buffer).fill(1);
    expect(catalog.find('seer')).toBeUndefined();
    expect(catalog.isIntact).toBe(false);
  });
});
