/** Tests the list of the last reloads in `status()`. */
import { describe, expect, it } from 'vitest';
import { compileSchema, type NamespaceSchema } from '../../src/schema/namespace-schema.js';
import { ReloadHistory } from '../../workers/report/reload-history.js';
import { digestValues, findChangedKeys } from '../../workers/values/digests.js';
import type { LoadedNamespace } from '../../workers/values/load.js';
import { NO_NAMES } from '../../workers/values/unknown-names.js';
import { integer, string } from '../support/base.js';

const TIME = { at: '2026-01-21T18:31:00.123Z', reloadMs: 1.5 };
const FLAG = { $ref: '#/definitions/Feature' };

function mustCompile(properties: Record<string, object>): NamespaceSchema {
  const compiled = compileSchema(
    'seer',
    '<test>',
    Buffer.from(JSON.stringify({ version: '1.0', type: 'object', properties })),
  );
  if ('issues' in compiled) throw new Error(JSON.stringify(compiled.issues));
  return compiled.schema;
}

/** Makes loaded namespaces from the digests of their options; a file's hash is made of them. */
function makeLoaded(namespaces: Record<string, Record<string, number>>): Map<string, LoadedNamespace> {
  const entries = Object.entries(namespaces).map(([name, digests]): [string, LoadedNamespace] => [
    name,
    {
      hash: JSON.stringify(digests),
      bytes: 1,
      generatedAt: undefined,
      generatedAtIssue: undefined,
      unknown: NO_NAMES,
      digests: new Map(Object.entries(digests)),
      places: [],
    },
  ]);
  return new Map(entries);
}

describe('changes of a reload', () => {
  it('The changed keys are the options that read as another value, in the order of the schema', () => {
    const schema = mustCompile({ 'feature.f': FLAG, number: integer(1), text: string('a'), other: integer(3) });
    const digests = (values: Record<string, unknown>) => digestValues(schema, new Map(Object.entries(values)) as never);
    const changes = (a: Record<string, unknown>, b: Record<string, unknown>) => findChangedKeys(digests(a), digests(b));
    expect(changes({}, { other: 4, text: 'b', number: 2 })).toEqual(['number', 'text', 'other']);
    // Set, but to the value that it had.
    expect(changes({}, { number: 1, text: 'a' })).toEqual([]);
    expect(changes({ number: 2 }, {})).toEqual(['number']);
    expect(changes({}, { 'feature.f': { segments: [] } })).toEqual(['feature.f']);
    expect(changes({ 'feature.f': { segments: [] } }, {})).toEqual(['feature.f']);
  });

  it('A reload names the first ten namespaces and options, truncates long names, and counts all', () => {
    const many = (digest: number) =>
      Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`n${i}`, { a: digest, b: 0 }]));
    const history = new ReloadHistory();
    const { reloads } = history.published(2, makeLoaded(many(1)), makeLoaded({ ...many(2), n0: { a: 1, b: 0 } }), TIME);
    expect(reloads).toEqual([
      {
        ...TIME,
        generation: 2,
        namespaces: ['n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7', 'n8', 'n9', 'n10'],
        namespaceCount: 11,
        keys: ['n1/a', 'n2/a', 'n3/a', 'n4/a', 'n5/a', 'n6/a', 'n7/a', 'n8/a', 'n9/a', 'n10/a'],
        keyCount: 11,
        error: null,
      },
    ]);
    const long = 'x'.repeat(2_000);
    const record = history.published(3, makeLoaded({ a: { [long]: 1 } }), makeLoaded({ a: { [long]: 2 } }), TIME);
    expect(Buffer.byteLength(record.reloads[1]?.keys[0] as string)).toBe(1024);
  });
});

describe('ReloadHistory', () => {
  it('The history keeps the last ten reloads, the newest last, and counts the rejected ones', () => {
    const history = new ReloadHistory();
    for (let generation = 2; generation <= 13; generation++) {
      history.published(generation, makeLoaded({}), makeLoaded({}), TIME);
    }
    const { reloads, rejectedReloads } = history.rejected('seen', `bad ${'ü'.repeat(1_000)}`, TIME);
    expect(rejectedReloads).toBe(1);
    expect(reloads.map(({ generation }) => generation)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, null]);
    expect(reloads.at(-1)?.error).toMatch(/^bad ü+…$/);
    expect(Buffer.byteLength(reloads.at(-1)?.error as string)).toBeLessThanOrEqual(1024);
  });
});
