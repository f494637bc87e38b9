/** Tests where a process can be asked, by the setting and by the variable. */
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/common/errors.js';
import { type InspectConfig, resolveInspect, socketDirectory } from '../../src/config/inspect.js';

type Setting = boolean | string | number | InspectConfig | undefined;

const resolve = (argument: Setting, variable?: string, redactValues = false) =>
  resolveInspect({ argument, variable, redactValues });
const OWN = { kind: 'socket', path: `${socketDirectory()}/${process.pid}.sock`, isOwn: true };

describe('resolveInspect', () => {
  it.each<[Setting, string | undefined, object | undefined]>([
    [undefined, undefined, undefined],
    [undefined, '', undefined],
    [undefined, ' 0 ', undefined],
    [undefined, 'False', undefined],
    [undefined, '1', OWN],
    [undefined, ' TRUE\n', OWN],
    [undefined, '/run/s.sock', { kind: 'socket', path: '/run/s.sock', isOwn: false }],
    [undefined, './yes', { kind: 'socket', path: `${process.cwd()}/yes`, isOwn: false }],
    [undefined, '9229', { kind: 'tcp', host: '127.0.0.1', port: 9229 }],
    [undefined, '0.0.0.0:80', { kind: 'tcp', host: '0.0.0.0', port: 80 }],
    [undefined, '[::1]:80', { kind: 'tcp', host: '::1', port: 80 }],
    [false, '1', undefined],
    [true, '0', OWN],
    [0, undefined, { kind: 'tcp', host: '127.0.0.1', port: 0 }],
    ['s.sock', undefined, { kind: 'socket', path: `${process.cwd()}/s.sock`, isOwn: false }],
    ['/run/a:1', undefined, { kind: 'socket', path: '/run/a:1', isOwn: false }],
    [{}, undefined, OWN],
    [{ listen: false }, '1', undefined],
    [{ listen: 1 }, undefined, { kind: 'tcp', host: '127.0.0.1', port: 1 }],
  ])('The setting %j and the variable %j mean the address %j', (argument, variable, address) => {
    expect(resolve(argument, variable)).toMatchObject({ inspectWarning: undefined });
    expect(resolve(argument, variable).inspect?.address).toEqual(address);
  });

  it('Values are shown over a socket, over TCP if the setting says so, and never if they are redacted', () => {
    const shown = (argument: Setting, isRedacted = false) =>
      resolve(argument, undefined, isRedacted).inspect?.showsValues;
    expect([shown(true), shown(0), shown({ listen: 0, values: true })]).toEqual([true, false, true]);
    expect([shown(true, true), shown({ listen: 0, values: true }, true)]).toEqual([false, false]);
  });

  it.each<[unknown, string]>([
    [-1, 'the port is not a number from 0 to 65535'],
    [1.5, 'the port is not a number'],
    [65_536, 'the port is not a number'],
    [':80', 'no host before the port'],
    ['', 'no path'],
    ['a\0b', 'no path'],
    [null, 'or an object of settings; got null'],
    [Symbol('s'), 'or an object of settings'],
    [{ listen: {} }, 'it is neither'],
    [{ values: 1 }, 'inspect.values must be a boolean; got 1'],
    [{ hosts: 'shop' }, 'inspect.hosts must be an array of names'],
    [{ host: 'shop' }, "Unknown setting 'host'"],
  ])('The setting %s is an error that says what it must be', (argument, message) => {
    const call = () => resolve(argument as Setting);
    expect(call).toThrow(ConfigError);
    expect(call).toThrow(message);
  });

  it('An invalid variable is a warning, and the process cannot be asked', () => {
    expect(resolve(undefined, '99999')).toEqual({
      inspect: undefined,
      inspectWarning:
        "SENTRY_OPTIONS_INSPECT must be 1, the path of a socket, a port, or HOST:PORT; got '99999': " +
        'the port is not a number from 0 to 65535. This process cannot be asked.',
    });
  });

  it.each(['yes', 'on', 'localhost', 'shop:http'])('The variable %s is a warning, and makes no socket', (variable) => {
    expect(resolve(undefined, variable)).toEqual({
      inspect: undefined,
      inspectWarning:
        `SENTRY_OPTIONS_INSPECT must be 1, the path of a socket, a port, or HOST:PORT; got '${variable}': ` +
        'a path must contain a slash. This process cannot be asked.',
    });
  });

  it('Names of hosts compare without regard to case', () => {
    expect(resolve({ listen: 0, hosts: ['Shop.Example'] }).inspect?.hosts).toEqual(['shop.example']);
  });
});
