/** Flags and stores with one flag, for tests. */
import type { Feature, OptionsStore } from 'sentry-options';
import { createTestOptions } from 'sentry-options/testing';

/** The schema of an option that is a flag. */
export const FLAG = { $ref: '#/definitions/Feature' };

/** A store in memory, with the flag `x` in the namespace `seer`. */
export function storeWith(flag: Feature): OptionsStore {
  const schema = { version: '1.0', type: 'object', properties: { 'feature.x': FLAG } };
  return createTestOptions({ schemas: { seer: schema }, values: { seer: { 'feature.x': flag } } });
}
