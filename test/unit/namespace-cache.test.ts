/** Tests what a thread keeps of a namespace's flags by pattern. */
import { describe, expect, it } from 'vitest';
import { composeSnapshot } from '../../src/codec/compose.js';
import { EncodedSnapshot } from '../../src/codec/decode.js';
import { Catalog } from '../../src/names/catalog.js';
import { encodeCatalog } from '../../src/names/catalog-writer.js';
import { NO_STORE } from '../../src/view/live.js';
import { NamespaceCache } from '../../src/view/namespace-cache.js';
import { encodeSegment } from '../support/encoded.js';

const catalog = new Catalog(encodeCatalog([{ name: 'n', keys: ['feature.listed'], hasPatternFlags: true }]), 0);

describe('NamespaceCache', () => {
  it('A thread keeps nothing for a flag by pattern that it finds: the name may come from a request', () => {
    const cache = new NamespaceCache(NO_STORE, catalog.at(0));
    expect(cache.find('feature.0')).toEqual({ key: 'feature.0', id: '0:feature.0', value: undefined });
    expect(cache.find('feature.0')).not.toBe(cache.find('feature.0'));
    expect(cache.size).toBe(0);
    expect(cache.find('feature.listed')).toBe(cache.find('feature.listed'));
    expect(cache.size).toBe(1);
  });

  it('A thread keeps the names of all flags only after it has read several that are not set', () => {
    const flags = Object.fromEntries(Array.from({ length: 9 }, (_, number) => [`feature.${number}`, number]));
    const bytes = composeSnapshot({ generation: 1, segments: [encodeSegment([undefined], flags)] });
    const snapshot = new EncodedSnapshot(bytes, catalog);
    const cache = new NamespaceCache(NO_STORE, catalog.at(0));
    let reads = 0;
    while (!cache.isUnset('none') && reads < 100) {
      cache.countUnset(snapshot);
      reads++;
    }
    expect(reads).toBe(5);
    expect(['listed', '0', '8', '9', 'feature.0', ''].map((name) => cache.isUnset(name))).toEqual([
      ...[false, false, false, true, true, true],
    ]);
  });
});
