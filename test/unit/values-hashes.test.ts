/** Tests at which moments a thread knows the hash of the values that it has adopted. */
import { describe, expect, it } from 'vitest';
import { ValuesHashes } from '../../src/openfeature/values-hashes.js';
import { EMPTY_STATUS_RECORD, type NamespaceStatus, type StatusRecord } from '../../src/status/record.js';

function makeRecord(generation: number, valuesHash: string | null): StatusRecord {
  const seer: NamespaceStatus = {
    generatedAt: null,
    commit: null,
    delaySecs: null,
    unknownKeys: [],
    unknownCount: 0,
    valuesHash,
    schemaHash: 'schema',
    held: null,
    lost: null,
  };
  return { ...EMPTY_STATUS_RECORD, generation, namespaces: Object.assign(Object.create(null), { seer }) };
}

describe('ValuesHashes', () => {
  it('The hash of a generation is found only in a status of that generation, and then stays known', () => {
    let record: StatusRecord | undefined = makeRecord(1, 'one');
    let reads = 0;
    const hashes = new ValuesHashes(() => {
      reads++;
      return record;
    });
    expect(hashes.find('seer', 1)).toBe('one');
    // The watcher has published values, and not yet their status.
    expect(hashes.find('seer', 2)).toBe(undefined);
    expect(hashes.find('seer', 1)).toBe('one');
    record = makeRecord(2, 'two');
    // This thread has not adopted them yet, or cannot.
    expect(hashes.find('seer', 1)).toBe('one');
    expect(reads).toBe(2);
    expect(hashes.find('seer', 2)).toBe('two');
    expect(hashes.find('seer', 2)).toBe('two');
    expect(reads).toBe(3);
    expect(hashes.find('seer', 1)).toBe(undefined);
    record = undefined;
    expect(hashes.find('seer', 3)).toBe(undefined);
    expect(hashes.find('seer', 2)).toBe('two');
  });

  it('A namespace without a values file has no hash, nor has an unknown one', () => {
    const hashes = new ValuesHashes(() => makeRecord(1, null));
    expect(hashes.find('seer', 1)).toBe(undefined);
    expect(hashes.find('constructor', 1)).toBe(undefined);
    expect(hashes.find('relay', 1)).toBe(undefined);
  });
});
