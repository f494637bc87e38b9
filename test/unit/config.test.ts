/** What `init()` is told: checked, completed, and refused with a reason. */
import { resolve } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ConfigError } from '../../src/common/errors.js';
import { type OptionsConfig, resolveConfig } from '../../src/config/config.js';
import { temporaryDirectory } from '../support/base.js';

const originalDirectory = process.cwd();

afterEach(() => {
  process.chdir(originalDirectory);
  vi.restoreAllMocks();
});

describe('the base directory', () => {
  it('is the argument, else the environment, else ./sentry-options; absolute', () => {
    const here = temporaryDirectory();
    process.chdir(here);
    const env = { SENTRY_OPTIONS_DIR: 'from-environment' };
    const cwd = process.cwd();
    expect(resolveConfig({ directory: 'from-argument' }, env).directory).toBe(resolve(cwd, 'from-argument'));
    expect(resolveConfig({}, env).directory).toBe(resolve(cwd, 'from-environment'));
    expect(resolveConfig({}, { SENTRY_OPTIONS_DIR: '' }).directory).toBe(cwd);
    expect(resolveConfig({}, {}).directory).toBe(resolve(cwd, 'sentry-options'));
  });
});

describe('settings', () => {
  it('have defaults', () => {
    expect(resolveConfig({ directory: '/base' }, {})).toEqual({
      directory: '/base',
      schemas: undefined,
      additionalSchemas: undefined,
      pollInterval: 5_000,
      startTimeout: 30_000,
      logger: undefined,
      redactValues: false,
      suppressMissingDirectory: false,
    });
  });

  it.each([
    ['1', true],
    ['true', true],
    ['TRUE', true],
    ['0', false],
    ['yes', false],
  ])('SENTRY_OPTIONS_SUPPRESS_MISSING_DIR=%s', (value, expected) => {
    const env = { SENTRY_OPTIONS_SUPPRESS_MISSING_DIR: value };
    expect(resolveConfig({ directory: '/base' }, env).suppressMissingDirectory).toBe(expected);
  });

  it('hand schemas on as JSON texts', () => {
    const { schemas } = resolveConfig({ directory: '/base', schemas: { a: { version: '1.0' }, b: '{}' } }, {});
    expect(schemas).toEqual({ a: '{"version":"1.0"}', b: '{}' });
  });

  const circular: Record<string, unknown> = {};
  circular.self = circular;

  it.each<[string, unknown, RegExp]>([
    ['a poll interval that is too short', { pollInterval: 9 }, /pollInterval is 9;.* from 10 to 3600000/],
    ['a poll interval that is too long', { pollInterval: 3_600_001 }, /pollInterval is 3600001/],
    ['a poll interval that is no number', { pollInterval: '5s' }, /pollInterval is 5s/],
    ['NaN', { pollInterval: Number.NaN }, /pollInterval is NaN/],
    ['a start timeout of nothing', { startTimeout: 0 }, /startTimeout is 0/],
    ['a start timeout that no timer takes', { startTimeout: 2 ** 31 }, /startTimeout is 2147483648/],
    ['an empty directory', { directory: '' }, /directory must be a path/],
    ['a logger that lacks a level', { logger: { info() {}, warn() {}, error() {} } }, /lacks the functions debug/],
    ['an unknown setting', { pollIntervall: 10 }, /Unknown setting 'pollIntervall'. There are: .*pollInterval/],
    ['a schema that is no schema', { schemas: { seer: () => {} } }, /schemas\.seer/],
    [
      'a schema that cannot be written as JSON',
      { schemas: { seer: circular } },
      /schemas\.seer cannot be written as JSON/,
    ],
    ['no object', 'directory', /not an object/],
  ])('refuse %s', (_name, config, message) => {
    const whole = typeof config === 'string' ? config : { directory: '/base', ...(config as object) };
    expect(() => resolveConfig(whole as OptionsConfig, {})).toThrow(ConfigError);
    expect(() => resolveConfig(whole as OptionsConfig, {})).toThrow(message);
  });
});
