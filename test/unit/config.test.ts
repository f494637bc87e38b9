/** Tests the settings of `init()`: their checks, their defaults, and the error of each invalid one. */
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

describe('resolveConfig: directory', () => {
  it('The base directory is the argument, else the variable, else ./sentry-options, as an absolute path', () => {
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

describe('resolveConfig: other settings', () => {
  it('Settings have defaults', () => {
    expect(resolveConfig({ directory: '/base' }, {})).toEqual({
      directory: '/base',
      schemas: undefined,
      additionalSchemas: undefined,
      pollInterval: 5_000,
      maxFileBytes: 1_114_112,
      isolation: 'all',
      suspiciousReload: 'warn',
      startTimeout: 30_000,
      logger: undefined,
      redactValues: false,
      usage: true,
      suppressMissingDirectory: false,
      onInvalidValues: 'throw',
    });
  });

  it.each([
    [{}, {}, undefined, 'throw'],
    [{}, { SENTRY_OPTIONS_STATE_DIR: '/state' }, '/state', 'lastGood'],
    [{ stateDirectory: '/own' }, { SENTRY_OPTIONS_STATE_DIR: '/state' }, '/own', 'lastGood'],
    [{ stateDirectory: 'own' }, {}, resolve('own'), 'lastGood'],
    [{ stateDirectory: null }, { SENTRY_OPTIONS_STATE_DIR: '/state' }, undefined, 'throw'],
    [{ stateDirectory: '' }, {}, undefined, 'throw'],
    [{}, { SENTRY_OPTIONS_STATE_DIR: '' }, undefined, 'throw'],
    [{ onInvalidValues: 'defaults' }, { SENTRY_OPTIONS_STATE_DIR: '/state' }, '/state', 'defaults'],
    [{ onInvalidValues: 'lastGood' }, {}, undefined, 'lastGood'],
  ] as const)('The settings %j and the variables %j determine the state directory and the policy', (...row) => {
    const [settings, env, stateDirectory, onInvalidValues] = row;
    const resolved = resolveConfig({ directory: '/base', ...settings }, env);
    expect([resolved.stateDirectory, resolved.onInvalidValues]).toEqual([stateDirectory, onInvalidValues]);
  });

  it.each([
    [{ stateDirectory: 7 }, 'stateDirectory must be a path or null; got 7.'],
    [{ onInvalidValues: 'ignore' }, `onInvalidValues must be 'throw', 'lastGood' or 'defaults'; got 'ignore'.`],
  ])('The setting %j is rejected', (settings, message) => {
    const load = () => resolveConfig({ directory: '/base', ...settings } as OptionsConfig, {});
    expect(load).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', message }));
  });

  it.each([
    ['1', true],
    ['true', true],
    ['TRUE', true],
    ['0', false],
    ['yes', false],
  ])('SENTRY_OPTIONS_SUPPRESS_MISSING_DIR=%s sets suppressMissingDirectory to %s', (value, expected) => {
    const env = { SENTRY_OPTIONS_SUPPRESS_MISSING_DIR: value };
    expect(resolveConfig({ directory: '/base' }, env).suppressMissingDirectory).toBe(expected);
  });

  it('Schemas are passed on as JSON strings', () => {
    const { schemas } = resolveConfig({ directory: '/base', schemas: { a: { version: '1.0' }, b: '{}' } }, {});
    expect(schemas).toEqual({ a: '{"version":"1.0"}', b: '{}' });
  });

  const circular: Record<string, unknown> = {};
  circular.self = circular;

  it.each<[string, unknown, RegExp]>([
    ['a poll interval that is too short', { pollInterval: 9 }, /pollInterval must be .* from 10 to 3600000; got 9\./],
    ['a poll interval that is too long', { pollInterval: 3_600_001 }, /pollInterval .* got 3600001\./],
    ['a poll interval that is not a number', { pollInterval: '5s' }, /pollInterval .* got '5s'\./],
    ['a poll interval of NaN', { pollInterval: Number.NaN }, /pollInterval .* got NaN\./],
    ['a start timeout of 0', { startTimeout: 0 }, /startTimeout .* got 0\./],
    ['a start timeout that is too long for a timer', { startTimeout: 2 ** 31 }, /startTimeout .* got 2147483648\./],
    ['an unknown isolation', { isolation: 'file' }, /isolation must be 'all' or 'namespace'; got 'file'\./],
    ['an isolation of null', { isolation: null }, /isolation must be 'all' or 'namespace'; got null\./],
    [
      'an unknown suspiciousReload',
      { suspiciousReload: 'reject' },
      /suspiciousReload must be 'warn' or 'hold'; got 'reject'\./,
    ],
    ['an empty directory', { directory: '' }, /directory must be a non-empty path; got empty string\./],
    ['a logger that lacks a level', { logger: { info() {}, warn() {}, error() {} } }, /it lacks debug\./],
    ['an unknown setting', { pollIntervall: 10 }, /Unknown setting 'pollIntervall'. Known settings: .*pollInterval/],
    ['a schema that is a function', { schemas: { seer: () => {} } }, /schemas\.seer must be .*; got function\./],
    [
      'a schema that cannot be written as JSON',
      { schemas: { seer: circular } },
      /schemas\.seer must be an object or a JSON string; JSON\.stringify\(\) threw TypeError/,
    ],
    ['settings that are not an object', 'directory', /must be an object; got string\./],
  ])('resolveConfig rejects %s', (_name, config, message) => {
    const whole = typeof config === 'string' ? config : { directory: '/base', ...(config as object) };
    expect(() => resolveConfig(whole as OptionsConfig, {})).toThrow(ConfigError);
    expect(() => resolveConfig(whole as OptionsConfig, {})).toThrow(message);
  });
});
