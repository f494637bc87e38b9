/** Helpers for tests of flags. */
import { type Feature, type Logger, type OptionsConfig, type OptionsStore, openOptions } from 'sentry-options';
import { createTestOptions } from 'sentry-options/testing';
import { onTestFinished } from 'vitest';
import type { Base } from './base.js';

/** The schema of a flag. */
export const FLAG = { $ref: '#/definitions/Feature' };

/** A logger that drops all messages. */
export const QUIET: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** Opens a store on `base` that logs nothing, and reloads only on request. The end of the test closes it. */
export function openQuietly(base: Base, config: OptionsConfig = {}): OptionsStore {
  const store = openOptions({ directory: base.directory, pollInterval: null, logger: QUIET, ...config });
  onTestFinished(() => store.close());
  return store;
}

/** Creates an in-memory store with the flag `x` in the namespace `seer`. */
export function createStoreWith(flag: Feature): OptionsStore {
  const schema = { version: '1.0', type: 'object', properties: { 'feature.x': FLAG } };
  return createTestOptions({ schemas: { seer: schema }, values: { seer: { 'feature.x': flag } } });
}
