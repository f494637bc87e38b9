/** Makes base directories with many flags, which schemas list or declare by pattern. All have a rule of `flag-rules.mjs`. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { LISTED } from './flag-rules.mjs';

/** The settings of a store with 10 000 of these flags in one file. */
export const SETTINGS = { pollInterval: null, maxFileBytes: 8 * 2 ** 20 };

const PREFIX = 'feature.';
const REFERENCE = { $ref: '#/definitions/Feature' };
const HEAD_COUNT = 100;

/** The parts of all names: each name is a head, a middle and a tail. */
export const HEADS = Array.from({ length: HEAD_COUNT }, (_, index) => `organizations:${(index * 31) % 101}-`);
export const TAILS = Array.from({ length: HEAD_COUNT }, (_, index) => `-view-${(index * 37) % 101}`);

/** Makes the names of `count` flags, without `feature.`. Those with different middles are different. */
export function makeNames(middle, count) {
  return Array.from(
    { length: count },
    (_, index) => `${HEADS[Math.floor(index / HEAD_COUNT) % HEAD_COUNT]}${middle}${TAILS[index % HEAD_COUNT]}`,
  );
}

/** Makes a flag that is on for a context with a listed organization. Flags with different rollouts differ. */
export function makeFlag(rollout = 100) {
  const condition = { property: 'organization_id', operator: 'in', value: LISTED };
  const segment = { name: 'listed', rollout, conditions: [condition] };
  return { owner: { team: 'bench' }, created_at: '2024-01-01', segments: [segment] };
}

/** Makes a base directory with one namespace for each of `namespaces`: `{ names, isPattern }`. The caller removes it. */
export function makeFlagBase(namespaces) {
  const directory = mkdtempSync(join(tmpdir(), 'sentry-options-bench-'));
  for (const [namespace, { names, isPattern }] of Object.entries(namespaces)) {
    const declared = isPattern
      ? { patternProperties: { '^feature\\.': REFERENCE } }
      : { properties: toOptions(names, () => REFERENCE) };
    write(join(directory, 'schemas', namespace, 'schema.json'), { version: '1.0', type: 'object', ...declared });
    writeFlags(directory, namespace, names);
  }
  return directory;
}

/** Writes a values file that sets the flags `names`; `changed`: the one whose rollout is another one. */
export function writeFlags(directory, namespace, names, { changed, rollout } = {}) {
  const options = toOptions(names, (name) => makeFlag(name === changed ? rollout : undefined));
  write(join(directory, 'values', namespace, 'values.json'), { options });
}

function toOptions(names, make) {
  return Object.fromEntries(names.map((name) => [PREFIX + name, make(name)]));
}

function write(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(content));
}
