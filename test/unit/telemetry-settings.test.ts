/** The settings of reload telemetry: which are taken, which refused, and that a rejection gives no secret away. */
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/common/errors.js';
import { resolveTelemetry } from '../../src/config/telemetry.js';

const DSN = 'https://0123abc@o1.ingest.sentry.io/42';
const OFF = { telemetry: undefined, telemetryWarning: undefined };

describe('telemetry', () => {
  it('is off without a DSN, whatever the environment is called', () => {
    expect(resolveTelemetry({}, {})).toEqual(OFF);
    expect(resolveTelemetry({ environment: 'canary' }, { dsn: '', environment: 'a b' })).toEqual(OFF);
  });

  it.each([null, ''])('is off where the argument is %j, whatever the variables say', (dsn) => {
    expect(resolveTelemetry({ dsn }, { dsn: DSN })).toEqual(OFF);
    expect(resolveTelemetry({ dsn }, { dsn: 'none' })).toEqual(OFF);
  });

  it('takes arguments before variables, and has a default for the environment', () => {
    const other = 'http://key@localhost:9000/1';
    const variables = { dsn: other, environment: 'staging' };
    expect(resolveTelemetry({}, { dsn: other })).toMatchObject({
      telemetry: { dsn: other, environment: 'production' },
    });
    expect(resolveTelemetry({}, variables)).toMatchObject({ telemetry: { dsn: other, environment: 'staging' } });
    const { telemetry } = resolveTelemetry({ dsn: DSN, environment: 'canary' }, { dsn: 'none', environment: '/' });
    expect(telemetry).toEqual({ dsn: DSN, environment: 'canary' });
  });
});

describe('a DSN', () => {
  it.each([
    DSN,
    'http://key:secret@relay:3000/1',
    'https://key@[2001:db8::1]:443/1',
    'https://key@host.example/a/path/1',
  ])('may be %s', (dsn) => {
    expect(resolveTelemetry({ dsn }, {}).telemetry?.dsn).toBe(dsn);
  });

  it.each([
    ['SECRET', 'does not begin with http'],
    ['ftp://SECRET@host/1', 'does not begin with http'],
    ['https://host/1', 'no public key'],
    ['https://SECRET@host', 'does not end in the number'],
    ['https://SECRET@host/', 'does not end in the number'],
    ['https://SECRET@host/project', 'does not end in the number'],
    ['https://SECRET@host/1/', 'does not end in the number'],
    ['https://SECRET@host/1?SECRET=2', 'does not end in the number'],
    ['https://SECRET@host:99999/1', 'its key, its host or its port'],
    ['https://SEC RET@host/1', 'its key, its host or its port'],
    ['https://SECRET@ho st/1', 'its key, its host or its port'],
    [' https://SECRET@host/1', 'does not begin with http'],
    ['https://SECRET@host/1\n', 'its key, its host or its port'],
    [42, 'it is no text'],
    [false, 'it is no text'],
  ])('may not be %j', (dsn, problem) => {
    const thrown = catchOf(() => resolveTelemetry({ dsn: dsn as string }, {}));
    expect(thrown).toBeInstanceOf(ConfigError);
    expect(thrown).toMatchObject({ key: 'dsn', message: expect.stringContaining('dsn cannot be used: ') });
    expect(thrown.message).toContain(problem);
    expect(thrown.message).not.toContain('SECRET');
    if (typeof dsn !== 'string') return;
    const { telemetry, telemetryWarning } = resolveTelemetry({}, { dsn });
    expect(telemetry).toBeUndefined();
    expect(telemetryWarning).toMatch(/^SENTRY_OPTIONS_DSN cannot be used: .*Reload telemetry is off\.$/);
    expect(telemetryWarning).toContain(problem);
    expect(telemetryWarning).not.toContain('SECRET');
  });
});

describe('an environment', () => {
  it.each(['', 'a b', 'a/b', 'a\nb', 'None', 'x'.repeat(65), 5])('may not be %j', (environment) => {
    const thrown = catchOf(() => resolveTelemetry({ environment: environment as string }, {}));
    expect(thrown).toBeInstanceOf(ConfigError);
    expect(thrown).toMatchObject({ key: 'environment' });
    if (environment === '' || typeof environment !== 'string') return;
    expect(resolveTelemetry({}, { dsn: DSN, environment })).toEqual({
      telemetry: undefined,
      telemetryWarning: expect.stringMatching(/^SENTRY_OPTIONS_ENVIRONMENT cannot be used: /),
    });
  });
});

function catchOf(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
