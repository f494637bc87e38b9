/** Tests that the catalog finds exactly the names that it was made with, whatever they are. */
import { crc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Catalog } from '../../src/names/catalog.js';
import { encodeCatalog } from '../../src/names/catalog-writer.js';

/** Names of every width, prefixes of each other, halves of characters, and names that objects have anyway. */
const name = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', 'feature.', '\u0000'), maxLength: 4 }),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 4 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom('__proto__', 'constructor', 'toString', '0', '-1'),
);
const namespaces = fc.uniqueArray(fc.record({ name, keys: fc.uniqueArray(name, { maxLength: 40 }) }), {
  selector: (namespace) => namespace.name,
  maxLength: 8,
});

it('A catalog finds a name if and only if it was made with it, at its index', () => {
  fc.assert(
    fc.property(namespaces, fc.array(name), (schemas, others) => {
      const buffer = encodeCatalog(schemas);
      const catalog = new Catalog(buffer, crc32(new Uint8Array(buffer)));
      expect(catalog.names()).toEqual(schemas.map((schema) => schema.name));
      let firstIndex = 0;
      for (const schema of schemas) {
        const found = catalog.find(schema.name);
        const first = firstIndex;
        const indexes = new Map(schema.keys.map((key, offset) => [key, first + offset]));
        expect(found?.keys()).toEqual(schema.keys);
        const keys = [...others, ...schemas.flatMap((each) => each.keys)];
        expect(keys.map((key) => found?.indexOf(key))).toEqual(keys.map((key) => indexes.get(key)));
        for (const [key, index] of indexes) expect(catalog.namespaceOf(index).keyOf(index)).toBe(key);
        firstIndex += schema.keys.length;
      }
      const known = new Set(schemas.map((schema) => schema.name));
      for (const other of others) expect(catalog.find(other) !== undefined).toBe(known.has(other));
    }),
  );
});
