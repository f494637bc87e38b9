/** Makes base directories for measurements: schemas and values of any number of namespaces and options. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The kinds of options, in turn: mostly small, as in a service. `value` differs in each generation. */
const KINDS = [
  { schema: { type: 'integer', default: 100 }, value: (index, generation) => index + generation },
  { schema: { type: 'string', default: 'standard' }, value: (index, generation) => `variant-${index}-${generation}` },
  { schema: { type: 'boolean', default: false }, value: (index, generation) => (index + generation) % 2 === 0 },
  { schema: { type: 'number', default: 0.5 }, value: (index, generation) => index / 8 + generation },
  {
    schema: { type: 'array', items: { type: 'string' }, default: ['internal'] },
    value: (index, generation) => ['internal', `team-${index}`, `team-${generation}`],
  },
  {
    schema: {
      type: 'object',
      properties: { limit: { type: 'integer' }, window: { type: 'number', optional: true } },
      default: { limit: 10 },
    },
    value: (index, generation) => ({ limit: index + generation, window: 1.5 }),
  },
];

export const KIND_COUNT = KINDS.length;
/** The index of the kind whose values are lists. */
export const LIST = KINDS.findIndex(({ schema }) => schema.type === 'array');

/** Makes a schema's `properties` for `count` options. */
export function properties(count) {
  const entries = Array.from({ length: count }, (_, index) => {
    const { schema } = KINDS[index % KINDS.length];
    return [makeName(index), { ...schema, description: `Option ${index} of a service.` }];
  });
  return Object.fromEntries(entries);
}

/** Makes the values of a values file for `count` options, except every third of them. */
export function values(count, generation = 0) {
  const set = Array.from({ length: count }, (_, index) => index).filter((index) => index % 3 !== 0);
  return Object.fromEntries(
    set.map((index) => [makeName(index), KINDS[index % KINDS.length].value(index, generation)]),
  );
}

/** Makes the values of a values file that sets all of `count` options, each to another value in each generation. */
export function allValues(count, generation) {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      makeName(index),
      KINDS[index % KINDS.length].value(index, generation),
    ]),
  );
}

/** Makes a base directory with `sizes` (numbers of options by namespace). The caller removes it. */
export function makeBase(sizes) {
  const directory = mkdtempSync(join(tmpdir(), 'sentry-options-bench-'));
  for (const [namespace, count] of Object.entries(sizes)) {
    const schema = { version: '1.0', type: 'object', properties: properties(count) };
    write(join(directory, 'schemas', namespace, 'schema.json'), schema);
    writeValues(directory, namespace, values(count));
  }
  return directory;
}

/** An option that every values file sets, whatever its size. */
export const A_KEY = makeName(1);

/** Makes the sizes for {@link makeBase}: `namespaces` namespaces with `options` options each. */
export function sizesOf(namespaces, options) {
  return Object.fromEntries(Array.from({ length: namespaces }, (_, index) => [`service-${index}`, options]));
}

/** Writes a namespace's values file. */
export function writeValues(directory, namespace, options) {
  write(join(directory, 'values', namespace, 'values.json'), { options, generated_at: new Date().toISOString() });
}

/** Removes a directory of {@link makeBase}. */
export function removeBase(directory) {
  rmSync(directory, { recursive: true, force: true });
}

function makeName(index) {
  return `section-${index % 7}.option-${index}`;
}

function write(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(content));
}
