/** The schemas of `editor-schemas` in the JSON language server: all schemas and values that differ in one place. */
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../support/base.js';
import { mutateSchemas, mutateValues } from '../support/editor-mutations.js';
import { compareSchemas, compareValues } from '../support/json-server.js';

it('Each schema with one change has an error if and only if ours has one, except in a nested default', async () => {
  const texts = mutateSchemas();
  const { different, defaults } = await compareSchemas(texts);
  console.log(`${texts.length} schemas`);
  expect(different).toEqual([]);
  // A list of lists, and two objects with fields.
  expect(defaults).toEqual(['db', 'grid', 'mixed']);
});

it('Values with one change have an error if and only if ours have one', async () => {
  const texts = mutateValues();
  const { different, rejected } = await compareValues(temporaryDirectory(), texts);
  console.log(`${texts.length} values files, ${rejected} with errors`);
  expect(different).toEqual([]);
  expect(rejected).toBeGreaterThan(500);
  expect(texts.length - rejected).toBeGreaterThan(100);
});
