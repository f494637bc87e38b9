/** Tests what a compiled schema accepts as the value of an option, and its messages for everything else. */

import { describe, expect, it } from 'vitest';
import { compileSchema, type NamespaceSchema } from '../../src/schema/namespace-schema.js';

const FLAG = { $ref: '#/definitions/Feature' };

/** Compiles a schema whose options are valid. */
function mustCompile(properties: object | string): NamespaceSchema {
  const text = typeof properties === 'string' ? properties : JSON.stringify(properties);
  const source = `{"version":"1.0","type":"object","properties":${text}}`;
  const result = compileSchema('ns', '/schema.json', Buffer.from(source));
  if ('issues' in result) throw new Error(JSON.stringify(result.issues));
  return result.schema;
}

/** Lists the issues of `value` as the option `o` of `type`, each as `POINTER MESSAGE`. */
function listIssues(type: object, value: unknown, redact = false): string[] {
  const option = mustCompile({ o: { description: '', ...type } }).options.get('o');
  return (option?.validate(value as never, redact) ?? []).map(({ pointer, message }) => `${pointer} ${message}`);
}

describe('validate of an option', () => {
  const checkStruct = (properties: object, value: unknown, more: object = {}) =>
    listIssues({ type: 'object', properties, default: value, ...more }, value);

  it('A value must have the type of its option', () => {
    const check = (type: object, value: unknown) => listIssues({ ...type }, value);
    expect(check({ type: 'integer', default: 1 }, 1.5)).toEqual([
      'o 1.5 is not of type "integer"; write a whole number',
    ]);
    expect(check({ type: 'integer', default: 1 }, 1)).toEqual([]);
    expect(check({ type: 'integer', default: 1 }, -1e300)).toEqual([
      'o -1e300 is beyond ±(2^53 - 1), the integers that a JavaScript number can hold; lower it, or declare a string',
    ]);
    expect(check({ type: 'number', default: 1 }, 1e300)).toEqual([]);
    expect(check({ type: 'number', default: 1 }, '1')).toEqual([
      'o "1" is not of type "number"; write 1 without quotes',
    ]);
    expect(check({ type: 'boolean', default: true }, 0)).toEqual(['o 0 is not of type "boolean"; write false']);
    expect(check({ type: 'string', default: '' }, null)).toEqual([
      'o null is not of type "string"; write a string, or leave it out',
    ]);
    expect(check({ type: 'array', default: [], items: { type: 'integer' } }, { 0: 1 })).toEqual([
      'o {"0":1} is not of type "array"; write a list',
    ]);
    expect(check({ type: 'object', default: {}, properties: {} }, [])).toEqual([
      'o [] is not of type "object"; write an object',
    ]);
  });

  it('A struct must have its required fields and no undeclared ones, at every depth', () => {
    const inner = { type: 'object', properties: { a: { type: 'string' }, b: { type: 'string', optional: true } } };
    const good = { list: [{ a: '' }], map: { x: { a: '', b: '' } } };
    const type = {
      type: 'object',
      default: good,
      properties: {
        list: { type: 'array', items: inner },
        map: { type: 'object', additionalProperties: inner, optional: true },
      },
    };
    expect(listIssues(type, good)).toEqual([]);
    expect(listIssues(type, { list: [] })).toEqual([]);
    expect(listIssues(type, { list: [{ b: '', d: 1, c: 1 }, { a: 1 }], map: { 'x/~': {} } })).toEqual([
      "o/list/0 Additional properties are not allowed ('c', 'd' were unexpected); allowed: 'a', 'b'",
      'o/list/0 "a" is a required property',
      'o/list/1/a 1 is not of type "string"; quote it: "1"',
      'o/map/x~1~0 "a" is a required property',
    ]);
  });

  it('A struct that is also a map may have more fields', () => {
    const type = {
      type: 'object',
      default: { a: 1 },
      properties: { a: { type: 'integer' } },
      additionalProperties: { type: 'string' },
    };
    expect(listIssues(type, { a: 1, b: 'x' })).toEqual([]);
    expect(listIssues(type, { a: 'x', b: 1 })).toEqual([
      'o/b 1 is not of type "string"; quote it: "1"',
      'o/a "x" is not of type "integer"',
    ]);
  });

  it('A field may have any name', () => {
    for (const name of [
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
      '',
      '~/%5E',
      'length',
      '0',
      "'",
      '"',
      '\\',
      '\u2028',
    ]) {
      const key = JSON.stringify(name);
      const shown = name.replace('\u2028', '\\u2028');
      const text = `{"o":{"type":"object","properties":{${key}:{"type":"integer"}},"default":{${key}:1},"description":""}}`;
      const option = mustCompile(text).options.get('o');
      const pointer = `o/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      expect(option?.validate(JSON.parse(`{${key}:2}`))).toEqual([]);
      expect(option?.validate({})).toEqual([
        { pointer: 'o', message: `${JSON.stringify(name)} is a required property` },
      ]);
      expect(option?.validate(JSON.parse(`{${key}:"x"}`))).toEqual([
        { pointer, message: '"x" is not of type "integer"' },
      ]);
      expect(
        mustCompile('{"o":{"type":"object","properties":{},"default":{},"description":""}}')
          .options.get('o')
          ?.validate(JSON.parse(`{${key}:2}`)),
      ).toEqual([
        {
          pointer: 'o',
          message: `Additional properties are not allowed ('${shown}' was unexpected); no name is allowed here`,
        },
      ]);
      const map = `{"o":{"type":"object","additionalProperties":{"type":"integer"},"default":{},"description":""}}`;
      expect(
        mustCompile(map)
          .options.get('o')
          ?.validate(JSON.parse(`{${key}:"x"}`)),
      ).toEqual([{ pointer, message: '"x" is not of type "integer"' }]);
    }
    expect(({} as { type?: unknown }).type).toBeUndefined();
  });

  it('An option may have any name', () => {
    const { options } = mustCompile(
      '{"__proto__":{"type":"integer","default":1,"description":""},"":{"type":"string","default":"","description":""}}',
    );
    expect([...options.keys()]).toEqual(['__proto__', '']);
    expect(options.get('__proto__')?.validate('x')).toEqual([
      { pointer: '__proto__', message: '"x" is not of type "integer"' },
    ]);
  });

  it('Options share a validator only if they have the same shape', () => {
    const makeStruct = (properties: object) => ({ type: 'object', default: {}, description: '', properties });
    const makeField = (type: string) => ({ type, optional: true });
    const { options } = mustCompile({
      a: makeStruct({ x: makeField('string') }),
      b: makeStruct({ x: makeField('integer') }),
      c: makeStruct({ x: makeField('string') }),
    });
    expect(options.get('a')?.validate({ x: 1 })).toHaveLength(1);
    expect(options.get('b')?.validate({ x: 1 })).toEqual([]);
    expect(options.get('c')?.validate({ x: 1 })).toEqual([
      { pointer: 'c/x', message: '1 is not of type "string"; quote it: "1"' },
    ]);
  });

  it('Messages show no part of a redacted value', () => {
    const type = {
      type: 'object',
      default: { s: '' },
      properties: { s: { type: 'string' }, l: { type: 'array', items: { type: 'integer' }, optional: true } },
    };
    expect(listIssues(type, { s: 1, l: ['secret', null, [], {}, true, 1.5, 1e300], x: 'secret' }, true)).toEqual([
      "o Additional properties are not allowed ('x' was unexpected); allowed: 'l', 's'",
      'o/l/0 <string> is not of type "integer"',
      'o/l/1 <null> is not of type "integer"',
      'o/l/2 <array> is not of type "integer"',
      'o/l/3 <object> is not of type "integer"',
      'o/l/4 <boolean> is not of type "integer"',
      'o/l/5 <number> is not of type "integer"',
      'o/l/6 <number> is beyond ±(2^53 - 1), the integers that a JavaScript number can hold; lower it, or declare a string',
      'o/s <number> is not of type "string"',
    ]);
    const flag = mustCompile({ 'feature.f': FLAG }).options.get('feature.f');
    const secret = {
      owner: { team: 'secret', email: 1 },
      created_at: 'secret',
      segments: 'secret',
      experiment_mode: 'secret',
    };
    expect(JSON.stringify(flag?.validate(secret as never, true))).not.toContain('secret');
  });

  it('Validation lists at most 500 issues of an option, and at most 100 undeclared fields', () => {
    const list = { type: 'array', default: [], items: { type: 'array', items: { type: 'integer' } } };
    const lines = listIssues(
      list,
      Array.from({ length: 100_000 }, () => ['x']),
    );
    expect(lines).toHaveLength(501);
    expect(lines[500]).toBe('o has more issues than this message lists');
    const map = { type: 'object', default: {}, additionalProperties: { type: 'integer' } };
    const entries = listIssues(map, Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, 'x'])));
    expect(entries).toHaveLength(501);
    expect(entries[500]).toBe('o has more issues than this message lists');
    const unexpected = checkStruct({}, {}).concat(
      listIssues(
        { type: 'object', default: {}, properties: {} },
        Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, 'x'])),
      ),
    );
    expect(unexpected).toHaveLength(1);
    expect(unexpected[0]).toMatch(
      /^o Additional properties are not allowed \('k0', .* and 200 more were unexpected\); no name is allowed here$/,
    );
  });
});
