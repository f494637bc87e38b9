import { describe, expect, it } from 'vitest';
import { compileSchema, type NamespaceSchema } from '../../src/schema/namespace-schema.js';

const FLAG = { $ref: '#/definitions/Feature' };

/** The schema of good options. */
function schemaOf(properties: object | string): NamespaceSchema {
  const text = typeof properties === 'string' ? properties : JSON.stringify(properties);
  const source = `{"version":"1.0","type":"object","properties":${text}}`;
  const result = compileSchema('ns', '/schema.json', Buffer.from(source));
  if ('issues' in result) throw new Error(JSON.stringify(result.issues));
  return result.schema;
}

/** `POINTER MESSAGE` of what is wrong with `value` as the option `o` of `type`. */
function valueIssues(type: object, value: unknown, redact = false): string[] {
  const option = schemaOf({ o: { description: '', ...type } }).options.get('o');
  return (option?.validate(value as never, redact) ?? []).map(({ pointer, message }) => `${pointer} ${message}`);
}

describe('values of an option', () => {
  const struct = (properties: object, value: unknown, more: object = {}) =>
    valueIssues({ type: 'object', properties, default: value, ...more }, value);

  it('have its type', () => {
    const wrong = (type: object, value: unknown) => valueIssues({ ...type }, value);
    expect(wrong({ type: 'integer', default: 1 }, 1.5)).toEqual(['o 1.5 is not of type "integer"']);
    expect(wrong({ type: 'integer', default: 1 }, 1)).toEqual([]);
    expect(wrong({ type: 'integer', default: 1 }, -1e300)).toEqual([
      'o -1e300 is beyond ±(2^53 - 1), the integers that a JavaScript number can hold; make it a string',
    ]);
    expect(wrong({ type: 'number', default: 1 }, 1e300)).toEqual([]);
    expect(wrong({ type: 'number', default: 1 }, '1')).toEqual(['o "1" is not of type "number"']);
    expect(wrong({ type: 'boolean', default: true }, 0)).toEqual(['o 0 is not of type "boolean"']);
    expect(wrong({ type: 'string', default: '' }, null)).toEqual(['o null is not of type "string"']);
    expect(wrong({ type: 'array', default: [], items: { type: 'integer' } }, { 0: 1 })).toEqual([
      'o {"0":1} is not of type "array"',
    ]);
    expect(wrong({ type: 'object', default: {}, properties: {} }, [])).toEqual(['o [] is not of type "object"']);
  });

  it("have a struct's fields, unless they are optional, and no others, at every depth", () => {
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
    expect(valueIssues(type, good)).toEqual([]);
    expect(valueIssues(type, { list: [] })).toEqual([]);
    expect(valueIssues(type, { list: [{ b: '', d: 1, c: 1 }, { a: 1 }], map: { 'x/~': {} } })).toEqual([
      "o/list/0 Additional properties are not allowed ('c', 'd' were unexpected)",
      'o/list/0 "a" is a required property',
      'o/list/1/a 1 is not of type "string"',
      'o/map/x~1~0 "a" is a required property',
    ]);
  });

  it('may have fields beside those of a struct where it is a map as well', () => {
    const type = {
      type: 'object',
      default: { a: 1 },
      properties: { a: { type: 'integer' } },
      additionalProperties: { type: 'string' },
    };
    expect(valueIssues(type, { a: 1, b: 'x' })).toEqual([]);
    expect(valueIssues(type, { a: 'x', b: 1 })).toEqual([
      'o/b 1 is not of type "string"',
      'o/a "x" is not of type "integer"',
    ]);
  });

  it('may have any name for a field', () => {
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
      const option = schemaOf(text).options.get('o');
      const pointer = `o/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      expect(option?.validate(JSON.parse(`{${key}:2}`))).toEqual([]);
      expect(option?.validate({})).toEqual([{ pointer: 'o', message: `"${name}" is a required property` }]);
      expect(option?.validate(JSON.parse(`{${key}:"x"}`))).toEqual([
        { pointer, message: '"x" is not of type "integer"' },
      ]);
      expect(
        schemaOf('{"o":{"type":"object","properties":{},"default":{},"description":""}}')
          .options.get('o')
          ?.validate(JSON.parse(`{${key}:2}`)),
      ).toEqual([{ pointer: 'o', message: `Additional properties are not allowed ('${shown}' was unexpected)` }]);
      const map = `{"o":{"type":"object","additionalProperties":{"type":"integer"},"default":{},"description":""}}`;
      expect(
        schemaOf(map)
          .options.get('o')
          ?.validate(JSON.parse(`{${key}:"x"}`)),
      ).toEqual([{ pointer, message: '"x" is not of type "integer"' }]);
    }
    expect(({} as { type?: unknown }).type).toBeUndefined();
  });

  it('are options of any name', () => {
    const { options } = schemaOf(
      '{"__proto__":{"type":"integer","default":1,"description":""},"":{"type":"string","default":"","description":""}}',
    );
    expect([...options.keys()]).toEqual(['__proto__', '']);
    expect(options.get('__proto__')?.validate('x')).toEqual([
      { pointer: '__proto__', message: '"x" is not of type "integer"' },
    ]);
  });

  it('share a validator only with options of the same shape', () => {
    const of = (properties: object) => ({ type: 'object', default: {}, description: '', properties });
    const field = (type: string) => ({ type, optional: true });
    const { options } = schemaOf({
      a: of({ x: field('string') }),
      b: of({ x: field('integer') }),
      c: of({ x: field('string') }),
    });
    expect(options.get('a')?.validate({ x: 1 })).toHaveLength(1);
    expect(options.get('b')?.validate({ x: 1 })).toEqual([]);
    expect(options.get('c')?.validate({ x: 1 })).toEqual([{ pointer: 'c/x', message: '1 is not of type "string"' }]);
  });

  it('show nothing of themselves where they are redacted', () => {
    const type = {
      type: 'object',
      default: { s: '' },
      properties: { s: { type: 'string' }, l: { type: 'array', items: { type: 'integer' }, optional: true } },
    };
    expect(valueIssues(type, { s: 1, l: ['secret', null, [], {}, true, 1.5, 1e300], x: 'secret' }, true)).toEqual([
      "o Additional properties are not allowed ('x' was unexpected)",
      'o/l/0 <string> is not of type "integer"',
      'o/l/1 <null> is not of type "integer"',
      'o/l/2 <array> is not of type "integer"',
      'o/l/3 <object> is not of type "integer"',
      'o/l/4 <boolean> is not of type "integer"',
      'o/l/5 <number> is not of type "integer"',
      'o/l/6 <number> is beyond ±(2^53 - 1), the integers that a JavaScript number can hold; make it a string',
      'o/s <number> is not of type "string"',
    ]);
    const flag = schemaOf({ 'feature.f': FLAG }).options.get('feature.f');
    const secret = {
      owner: { team: 'secret', email: 1 },
      created_at: 'secret',
      segments: 'secret',
      experiment_mode: 'secret',
    };
    expect(JSON.stringify(flag?.validate(secret as never, true))).not.toContain('secret');
  });

  it('are not looked at to the end where there is no end of issues', () => {
    const list = { type: 'array', default: [], items: { type: 'array', items: { type: 'integer' } } };
    const lines = valueIssues(
      list,
      Array.from({ length: 100_000 }, () => ['x']),
    );
    expect(lines).toHaveLength(501);
    expect(lines[500]).toBe('o has so many issues inside that not all are listed');
    const map = { type: 'object', default: {}, additionalProperties: { type: 'integer' } };
    const entries = valueIssues(map, Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, 'x'])));
    expect(entries).toHaveLength(501);
    expect(entries[500]).toBe('o has so many issues inside that not all are listed');
    const unexpected = struct({}, {}).concat(
      valueIssues(
        { type: 'object', default: {}, properties: {} },
        Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, 'x'])),
      ),
    );
    expect(unexpected).toHaveLength(1);
    expect(unexpected[0]).toMatch(
      /^o Additional properties are not allowed \('k0', .* and 200 more were unexpected\)$/,
    );
  });
});
