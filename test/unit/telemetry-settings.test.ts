/** Tests the settings of reload telemetry: which are accepted, which rejected, and that no error leaks a secret. */
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/common/errors.js';
import { resolveTelemetry } from '../../src/config/telemetry.js';

const DSN = 'https://0123abc@o1.ingest.sentry.io/42';
const OFF = { telemetry: undefined, telemetryWarning: undefined };

describe('resolveTelemetry', () => {
  it('Telemetry is off without a DSN, whatever the name of the environment', () => {
    expect(resolveTelemetry({}, {})).toEqual(OFF);
    expect(resolveTelemetry({ environment: 'canary' }, { dsn: '', environment: 'a b' })).toEqual(OFF);
  });

  it.each([null, ''])('Telemetry is off if the argument is %j, whatever the variables are', (dsn) => {
    expect(resolveTelemetry({ dsn }, { dsn: DSN })).toEqual(OFF);
    expect(resolveTelemetry({ dsn }, { dsn: 'none' })).toEqual(OFF);
  });

  it('Arguments take precedence over variables, and the environment has a default', () => {
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

describe('resolveTelemetry: dsn', () => {
  it.each([
    DSN,
    'http://key:secret@relay:3000/1',
    'https://key@[2001:db8::1]:443/1',
    'https://key@host.example/a/path/1',
  ])('The DSN may be %s', (dsn) => {
    expect(resolveTelemetry({ dsn }, {}).telemetry?.dsn).toBe(dsn);
  });

  it.each([`${DSN}\n`, `${DSN}\r\n`, ` \t${DSN} `, `\ufeff${DSN}`])(
    'White space around the DSN is ignored: %j',
    (dsn) => {
      const telemetry = { dsn: DSN, environment: 'staging' };
      expect(resolveTelemetry({ dsn, environment: ' staging\n' }, {}).telemetry).toEqual(telemetry);
      expect(resolveTelemetry({}, { dsn, environment: 'staging\n' }).telemetry).toEqual(telemetry);
      // As empty variables: no DSN, and the default environment.
      expect(resolveTelemetry({}, { dsn: '\n' })).toEqual(OFF);
      expect(resolveTelemetry({}, { dsn, environment: '\n' }).telemetry?.environment).toBe('production');
    },
  );

  it.each([
    ['SECRET', 'does not begin with http'],
    ['ftp://SECRET@host/1', 'does not begin with http'],
    ['https://host/1', 'no public key'],
    ['https://SECRET@host', 'does not end in a project number'],
    ['https://SECRET@host/', 'does not end in a project number'],
    ['https://SECRET@host/project', 'does not end in a project number'],
    ['https://SECRET@host/1/', 'does not end in a project number'],
    ['https://SECRET@host/1?SECRET=2', 'does not end in a project number'],
    ['https://@host/1', 'no public key'],
    ['https://SEC-RET@host/1', 'its public key is malformed'],
    ['https://SECRET:se:cret@host/1', 'its public key is malformed'],
    ['https://SECRET@host:99999/1', 'its port is not a number from 1 to 65535'],
    ['https://SECRET@host:0/1', 'its port is not a number from 1 to 65535'],
    ['https://SECRET@host:/1', 'its port is not a number from 1 to 65535'],
    ['https://SECRET@/1', 'its host is malformed'],
    ['https://SECRET@ho%st/1', 'its host is malformed'],
    ['https://SECRET@1.2.3.999/1', 'its host is malformed'],
    ['https://SEC RET@host/1', 'it contains white space'],
    ['https://SECRET@ho st/1', 'it contains white space'],
    ['https://SECRET@host/1\nhttps://SECRET@host/2', 'it contains white space'],
    ['"https://SECRET@host/1"', 'it has quotes around it; remove them'],
    ["'https://SECRET@host/1'\n", 'it has quotes around it; remove them'],
    ['`https://SECRET@host/1`', 'it has quotes around it; remove them'],
    ['\u201chttps://SECRET@host/1\u201d', 'it has quotes around it; remove them'],
    ['https://SECRET@host/1"', 'it has quotes around it; remove them'],
    ['SENTRY_OPTIONS_DSN=https://SECRET@host/1', 'does not begin with http'],
    [42, 'it is not a string'],
    [false, 'it is not a string'],
  ])('The DSN must not be %j', (dsn, problem) => {
    const thrown = catchError(() => resolveTelemetry({ dsn: dsn as string }, {}));
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

describe('resolveTelemetry: environment', () => {
  it.each(['', 'a b', 'a/b', 'a\nb', 'None', 'x'.repeat(65), 5])('The environment must not be %j', (environment) => {
    const thrown = catchError(() => resolveTelemetry({ environment: environment as string }, {}));
    expect(thrown).toBeInstanceOf(ConfigError);
    expect(thrown).toMatchObject({ key: 'environment' });
    if (environment === '' || typeof environment !== 'string') return;
    expect(resolveTelemetry({}, { dsn: DSN, environment })).toEqual({
      telemetry: undefined,
      telemetryWarning: expect.stringMatching(/^SENTRY_OPTIONS_ENVIRONMENT cannot be used: /),
    });
  });
});

function catchError(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
