/** Base directories to measure with: schemas and values of any number of namespaces and options. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The kinds of option, in turn: what a service declares, mostly small. `value` of a generation differs from the others'. */
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

/** A schema's `properties` for `count` options. */
export function properties(count) {
  const entries = Array.from({ length: count }, (_, index) => {
    const { schema } = KINDS[index % KINDS.length];
    return [optionName(index), { ...schema, description: `Option ${index} of a service.` }];
  });
  return Object.fromEntries(entries);
}

/** Values for `count` options, all but every third of them, as a values file has them. */
export function values(count, generation = 0) {
  const set = Array.from({ length: count }, (_, index) => index).filter((index) => index % 3 !== 0);
  return Object.fromEntries(
    set.map((index) => [optionName(index), KINDS[index % KINDS.length].value(index, generation)]),
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

/** An option that each base's values files set, whatever their size. */
export const A_KEY = optionName(1);

/** Numbers of options by namespace, for `namespaces` of them. */
export function sizesOf(namespaces, options) {
  return Object.fromEntries(Array.from({ length: namespaces }, (_, index) => [`service-${index}`, options]));
}

/** Writes a namespace's values file. */
export function writeValues(directory, namespace, options) {
  write(join(directory, 'values', namespace, 'values.json'), { options, generated_at: new Date().toISOString() });
}

/** Removes what {@link makeBase} made. */
export function removeBase(directory) {
  rmSync(directory, { recursive: true, force: true });
}

function optionName(index) {
  return `section-${index % 7}.option-${index}`;
}

function write(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(content));
}
