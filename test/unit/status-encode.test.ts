/** Tests that a status record fits into its cell, whatever the files contain. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCell } from '../../src/memory/cell/layout.js';
import { CellWriter } from '../../src/memory/cell/writer.js';
import { encodeStatusRecord, MAX_DETAIL_BYTES } from '../../src/status/encode.js';
import { measureJson, truncateJson } from '../../src/status/json-size.js';
import { EMPTY_STATUS_RECORD, type NamespaceStatus, type StatusRecord } from '../../src/status/record.js';

/** The smallest cell that a store makes for its status. */
const CAPACITY = new CellWriter(createCell([4 * 2 ** 20])).capacity;
const CONTROL = '\u0001';
const NAMESPACE: NamespaceStatus = {
  generatedAt: null,
  delaySecs: null,
  commit: null,
  unknownKeys: [],
  unknownCount: 0,
  valuesHash: 'v'.repeat(64),
  schemaHash: 's'.repeat(64),
  held: null,
  lost: null,
};
const ISSUE = { file: '/base/values/seer/values.json', namespace: 'seer', pointer: 'a', message: 'is wrong' };

/** Encodes and decodes a record. */
function encode(changes: Partial<StatusRecord>, capacity: number = CAPACITY): StatusRecord {
  const bytes = encodeStatusRecord({ ...EMPTY_STATUS_RECORD, ...changes }, capacity);
  expect(bytes.length).toBeLessThanOrEqual(capacity);
  return JSON.parse(Buffer.from(bytes).toString());
}

/** Makes the statuses of `count` namespaces. `names` returns the unknown names of the one with that index. */
function makeNamespaces(count: number, names: (index: number) => readonly string[]): StatusRecord['namespaces'] {
  const entries = Array.from({ length: count }, (_, index) => {
    const unknownKeys = names(index);
    return [`namespace-${index}`, { ...NAMESPACE, unknownKeys, unknownCount: unknownKeys.length }] as const;
  });
  return Object.fromEntries(entries);
}

describe('encodeStatusRecord', () => {
  it('A record whose details are within the limit is written as it is', () => {
    const rejection = { code: 'VALUES_INVALID', message: 'm', stack: 's', key: 'a', issues: [ISSUE] } as const;
    const reload = { at: 't', reloadMs: 1, namespaces: ['seer'], namespaceCount: 1, keys: ['seer/a'], keyCount: 1 };
    const changes: Partial<StatusRecord> = {
      rejection,
      accessError: 'no access',
      namespaces: makeNamespaces(3, () => ['a', CONTROL]),
      reloads: [{ ...reload, generation: 2, error: null }],
      mountWarnings: ['a', 'b'],
    };
    expect(encode(changes)).toEqual({ ...EMPTY_STATUS_RECORD, ...changes });
  });

  it('The unknown names of 300 namespaces are listed in turn, up to the limit, and their counts stay exact', () => {
    const names = Array.from({ length: 100 }, (_, index) => CONTROL.repeat(1020) + index);
    const { namespaces } = encode({ namespaces: makeNamespaces(300, (index) => (index === 0 ? names : ['a', 'b'])) });
    expect(namespaces['namespace-299']).toMatchObject({ unknownKeys: ['a', 'b'], unknownCount: 2 });
    expect(namespaces['namespace-0']?.unknownCount).toBe(100);
    expect(namespaces['namespace-0']?.unknownKeys.length).toBeGreaterThan(5);
    expect(measureJson(namespaces)).toBeLessThan(MAX_DETAIL_BYTES);
  });

  it('Why namespaces are held back is truncated so that all namespaces are listed', () => {
    const held = { since: 't', reason: 'r'.repeat(1_024) };
    const names = Array.from({ length: 500 }, (_, index) => `namespace-${index}`);
    const all = Object.fromEntries(names.map((name) => [name, { ...NAMESPACE, held }]));
    const { namespaces } = encode({ namespaces: all });
    const reasons = names.map((name) => namespaces[name]?.held?.reason ?? '');
    expect(reasons.every((reason) => /^r{20,100}…$/.test(reason))).toBe(true);
    expect(encode({ namespaces: { seer: { ...NAMESPACE, held } } }).namespaces.seer?.held).toEqual(held);
  });

  it('A long rejection loses the frames of its stack first, then a part of its message and issues, but no file', () => {
    const message = 'm'.repeat(MAX_DETAIL_BYTES / 2);
    const frames = '\n    at load'.repeat(20_000);
    const code = 'VALUES_INVALID';
    expect(encode({ rejection: { code, message, frames, issues: [ISSUE] } }).rejection).toEqual({
      code,
      message,
      issues: [ISSUE],
    });
    const issues = Array.from({ length: 5_000 }, (_, index) => ({ ...ISSUE, file: `/${index % 200}` }));
    const { rejection } = encode({ rejection: { code, message: message.repeat(4), frames, issues } });
    expect(rejection?.message).toMatch(/^m{90000,}…$/);
    expect(new Set(rejection?.issues?.map(({ file }) => file)).size).toBe(200);
    expect(rejection?.issues?.at(-1)?.message).toBe('and more issues, not listed here');
  });

  it('More namespaces than fit are left out, and all others are written whole', () => {
    const { namespaces, accessError } = encode({ namespaces: makeNamespaces(5_000, () => []), accessError: 'x' });
    expect(Object.keys(namespaces).length).toBeGreaterThan(1_200);
    expect(namespaces['namespace-1199']).toEqual(NAMESPACE);
    expect(accessError).toBe('x');
  });

  it('Every record fits, whatever its strings and lists contain', () => {
    const long = fc
      .tuple(fc.string({ unit: 'binary', maxLength: 4 }), fc.nat({ max: 300 }))
      .map(([text, times]) => text.repeat(times));
    const list = fc.tuple(fc.array(long, { maxLength: 4 }), fc.nat({ max: 12 })).map(([texts, times]) => {
      return Array.from({ length: times }, () => texts).flat();
    });
    const optional = fc.option(long, { nil: undefined });
    const issue = fc.record({ file: long, namespace: long, pointer: long, message: long });
    const record = fc.record({
      accessError: fc.option(long),
      mountWarnings: list,
      reloads: fc.array(
        fc.record({
          at: fc.constant(''),
          reloadMs: fc.constant(1),
          generation: fc.constant(null),
          namespaces: list,
          namespaceCount: fc.nat(),
          keys: list,
          keyCount: fc.nat(),
          error: fc.option(long),
        }),
        { maxLength: 10 },
      ),
      rejection: fc.option(
        fc.record({
          code: fc.constant('VALUES_INVALID' as const),
          message: long,
          stack: optional,
          file: optional,
          key: optional,
          issues: fc.array(issue, { maxLength: 30 }),
        }),
      ),
      namespaces: fc
        .tuple(fc.nat({ max: 300 }), fc.array(list, { minLength: 1, maxLength: 3 }))
        .map(([count, names]) => {
          const namespaces = Object.entries(makeNamespaces(count, (index) => names[index % names.length] ?? []));
          const held = (keys: readonly string[]) => (keys.length === 0 ? null : { since: 't', reason: keys.join() });
          return Object.fromEntries(namespaces.map(([name, one]) => [name, { ...one, held: held(one.unknownKeys) }]));
        }),
    });
    fc.assert(
      fc.property(record, fc.integer({ min: 2 ** 16, max: CAPACITY }), (changes, capacity) => {
        encode(changes, capacity);
      }),
      { numRuns: 10 },
    );
  });
});

describe('truncateJson', () => {
  it('truncateJson measures as JSON.stringify writes, and keeps as much as fits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.integer({ min: -5, max: 80 }), (text, maxBytes) => {
        const truncated = truncateJson(text, maxBytes);
        if (measureJson(text) <= maxBytes) {
          expect(truncated).toBe(text);
        } else if (truncated !== '') {
          expect(measureJson(truncated)).toBeLessThanOrEqual(maxBytes);
          // One character more, of at most six bytes, would not fit.
          expect(measureJson(truncated)).toBeGreaterThan(maxBytes - 6);
          expect(text.startsWith(truncated.slice(0, -1))).toBe(true);
        }
      }),
    );
  });

  it('A lone surrogate takes six bytes', () => {
    expect(truncateJson('\ud800', 7)).toBe('…');
    expect(truncateJson('\ud800', 8)).toBe('\ud800');
  });
});
