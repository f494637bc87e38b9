/** Helpers for tests of flags. */
import type { Feature, OptionsStore } from 'sentry-options';
import { createTestOptions } from 'sentry-options/testing';

/** The schema of a flag. */
export const FLAG = { $ref: '#/definitions/Feature' };

/** Creates an in-memory store with the flag `x` in the namespace `seer`. */
export function createStoreWith(flag: Feature): OptionsStore {
  const schema = { version: '1.0', type: 'object', properties: { 'feature.x': FLAG } };
  return createTestOptions({ schemas: { seer: schema }, values: { seer: { 'feature.x': flag } } });
}
