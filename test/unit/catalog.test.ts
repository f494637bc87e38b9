/** Tests the catalog: names in shared memory, and memory that other code has overwritten. */
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Catalog } from '../../src/memory/catalog.js';
import { hashName, LONGEST_PROBE, ownerOf } from '../../src/memory/catalog-layout.js';
import { encodeCatalog, type NamespaceNames } from '../../src/memory/catalog-writer.js';
import { CatalogCorruptedError } from '../../src/memory/name-table.js';
import { Random } from '../fuzz/random.js';

const SCHEMAS: readonly NamespaceNames[] = [
  { name: 'empty', keys: [] },
  { name: 'relay', keys: ['a', 'ab', 'abc', '', '__proto__', 'constructor', 'feature.on'] },
  { name: 'seer', keys: ['a', 'relay', 'seer', 'é', 'ÿ', 'Ā', '日本', '😀', '\u0000', 'a\u0000', '\ufeffa', '\ufffd'] },
  { name: 'trailing', keys: [] },
];

function open(namespaces: readonly NamespaceNames[], buffer = encodeCatalog(namespaces)): Catalog {
  return new Catalog(buffer, crc32(new Uint8Array(buffer)));
}

const makeKeys = (count: number) =>
  Array.from({ length: count }, (_, index) => `section-${index % 100}.option-${index}`);

describe('Catalog', () => {
  it('Each name has the index of its place, in its own namespace', () => {
    const catalog = open(SCHEMAS);
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
        expect(namespace?.keyAt(firstIndex + offset)).toBe(key);
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
    const catalog = open(SCHEMAS);
    expect(catalog.find('relay')?.indexOf(name)).toBeUndefined();
    if (name !== 'relay') expect(catalog.find(name)).toBeUndefined();
  });

  it('A catalog without namespaces, and one without options, find nothing', () => {
    expect(open([]).names()).toEqual([]);
    expect(open([]).find('seer')).toBeUndefined();
    const empty = open([{ name: '', keys: [] }]).find('');
    expect(empty?.keys()).toEqual([]);
    expect(empty?.indexOf('')).toBeUndefined();
  });

  it('Each of 10 000 names is found, within a few slots', () => {
    const keys = makeKeys(10_000);
    const buffer = encodeCatalog([{ name: 'seer', keys }]);
    const seer = open([], buffer).find('seer');
    expect(keys.findIndex((key, index) => seer?.indexOf(key) !== index)).toBe(-1);
    expect(seer?.keys()).toEqual(keys);
    expect(new Int32Array(buffer, 0, 8)[LONGEST_PROBE]).toBeLessThan(32);
  });

  it('Names with the same hash are distinct', () => {
    const names = new Map<number, string>();
    const hash = (name: number) => hashName(ownerOf(0), `${name}`);
    let name = 0;
    for (; !names.has(hash(name)); name++) names.set(hash(name), `${name}`);
    const [declared, other] = [`${name}`, names.get(hash(name)) as string];
    expect(
      open([{ name: 'seer', keys: [declared] }])
        .find('seer')
        ?.indexOf(other),
    ).toBeUndefined();
    const seer = open([{ name: 'seer', keys: [other, declared] }]).find('seer');
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
      const buffer = encodeCatalog(SCHEMAS);
      const catalog = open(SCHEMAS, buffer);
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
            tryRead(() => namespaces[ordinal]?.keyAt(at)),
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
      const buffer = encodeCatalog(SCHEMAS);
      const checksum = crc32(new Uint8Array(buffer));
      const bytes = new Uint8Array(buffer);
      for (let times = 0; times < 4; times++) random.pick(DAMAGES)(bytes, random);
      // The header, from which all positions follow.
      const words = new Int32Array(buffer, 0, 12);
      words[random.below(5)] = random.pick([0, -1, 1, 2 ** 31 - 1, -(2 ** 31), 1_000]);
      const catalog = new Catalog(buffer, checksum);
      for (const { name, keys } of SCHEMAS) for (const key of keys) catalog.find(name)?.indexOf(key);
      tryRead(() => catalog.names());
      tryRead(() => catalog.namespaceOf(3).keys());
      expect(catalog.isIntact).toBe(crc32(bytes) === checksum);
    }
  });

  it('A table without a free slot ends each search', () => {
    const buffer = encodeCatalog(SCHEMAS);
    const catalog = open(SCHEMAS, buffer);
    new Uint8Array(buffer).fill(1);
    expect(catalog.find('seer')).toBeUndefined();
    expect(catalog.isIntact).toBe(false);
  });
});
