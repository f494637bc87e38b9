import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { compileSchema, MAX_FAULTS, type NamespaceSchema } from '../../src/schema/namespace-schema.js';

const OPTION = { type: 'integer', default: 1, description: 'd' };
const FLAG = { $ref: '#/definitions/Feature' };

function compile(source: object | string) {
  return compileSchema('ns', '/schema.json', Buffer.from(typeof source === 'string' ? source : JSON.stringify(source)));
}

function compileOptions(properties: object | string) {
  const text = typeof properties === 'string' ? properties : JSON.stringify(properties);
  return compile(`{"version":"1.0","type":"object","properties":${text}}`);
}

/** The schema of good options. */
function schemaOf(properties: object | string): NamespaceSchema {
  const result = compileOptions(properties);
  if ('faults' in result) throw new Error(JSON.stringify(result.faults));
  return result.schema;
}

/** `POINTER MESSAGE` of each fault, which are all of that file. */
function faultsOf(result: ReturnType<typeof compile>): string[] {
  const faults = 'faults' in result ? result.faults : [];
  for (const { file, namespace } of faults)
    expect({ file, namespace }).toEqual({ file: '/schema.json', namespace: 'ns' });
  return faults.map(({ pointer, message }) => `${pointer} ${message}`);
}

/** `POINTER MESSAGE` of what is wrong with `value` as the option `o` of `type`. */
function findings(type: object, value: unknown, redact = false): string[] {
  const option = schemaOf({ o: { description: '', ...type } }).options.get('o');
  return (option?.validate(value as never, redact) ?? []).map(({ pointer, message }) => `${pointer} ${message}`);
}

describe('compileSchema', () => {
  it('lists the options in the order of the schema, with their defaults', () => {
    const text = JSON.stringify({
      version: '10.20',
      type: 'object',
      additionalProperties: true,
      properties: { z: OPTION, 'feature.f': FLAG, a: { type: 'string', default: '', description: '' } },
    });
    const result = compile(text);
    if ('faults' in result) throw new Error(JSON.stringify(result.faults));
    const { namespace, file, hash, options } = result.schema;
    expect({ namespace, file }).toEqual({ namespace: 'ns', file: '/schema.json' });
    expect(hash).toBe(createHash('sha256').update(text).digest('hex'));
    expect([...options.values()].map(({ name, isFlag, defaultValue }) => [name, isFlag, defaultValue])).toEqual([
      ['z', false, 1],
      ['feature.f', true, undefined],
      ['a', false, ''],
    ]);
  });

  it('tells bad JSON with line and column', () => {
    expect(faultsOf(compile('{"version":\n1.}'))).toEqual([' Failed to parse JSON: invalid number at line 2 column 1']);
  });

  it('tells all faults at once, each with its option', () => {
    const source = {
      version: 'x',
      properties: {
        d: { type: 'integer', default: 'x', description: '' },
        a: { type: 'integr', default: 1, description: '' },
        c: { type: 'array', default: [], description: '', items: { type: 'object', properties: { 'x/y': {} } } },
        b: [],
        'feature.f': {},
        ok: OPTION,
      },
      definitions: {},
    };
    expect(faultsOf(compile(source))).toEqual([
      " Additional properties are not allowed ('definitions' was unexpected)",
      ' "version" "x" does not match "^[0-9]+\\.[0-9]+$"',
      ' "type" is a required property',
      'a/type "integr" is not one of "string", "integer" or 4 other candidates',
      'b [] is not of type "object"',
      'c/items/properties/x~1y "items" is a required property',
      'c/items/properties/x~1y "properties" is a required property',
      'c/items/properties/x~1y "type" is a required property',
      'd default value does not match schema: "x" is not of type "integer"',
      'feature.f "$ref" is a required property',
    ]);
    expect(faultsOf(compile('[]'))).toEqual([' [] is not of type "object"']);
    expect(faultsOf(compile({ version: '1.0', type: 'object', properties: [] }))).toEqual([
      ' "properties" [] is not of type "object"',
    ]);
  });

  it('names the place inside of a default', () => {
    const type = { type: 'object', properties: { a: { type: 'array', items: { type: 'string' } } }, description: '' };
    expect(faultsOf(compileOptions({ o: { ...type, default: { a: ['x', 1] } } }))).toEqual([
      'o default value does not match schema: 1 is not of type "string" (at default/a/1)',
    ]);
  });

  it('takes a name that begins with "feature." for a flag or for an option', () => {
    const { options } = schemaOf({ 'feature.limit': OPTION, 'feature.on': FLAG });
    expect(options.get('feature.limit')).toMatchObject({ isFlag: false, defaultValue: 1 });
    expect(options.get('feature.on')).toMatchObject({ isFlag: true, defaultValue: undefined });
    expect(faultsOf(compileOptions({ 'feature.a': { type: 'integer' } }))).toContain(
      'feature.a "default" is a required property',
    );
    expect(faultsOf(compileOptions({ 'feature.a': { ...FLAG, default: 1 } }))).toEqual([
      "feature.a Additional properties are not allowed ('default' was unexpected)",
    ]);
    expect(faultsOf(compileOptions({ 'feature.a': { $ref: '#/definitions/Other' } }))).toEqual([
      'feature.a/$ref "#/definitions/Other" does not match "#/definitions/Feature"',
    ]);
    expect(faultsOf(compileOptions({ 'feature.a': { $ref: 'x#/definitions/Features' } }))).toEqual([
      'feature.a/$ref has to be exactly "#/definitions/Feature"',
    ]);
    expect(faultsOf(compileOptions({ a: FLAG }))).toContain(
      'a Additional properties are not allowed (\'$ref\' was unexpected); the name of a feature flag begins with "feature."',
    );
  });

  it('knows no other keywords', () => {
    for (const key of ['enum', 'minimum', 'optional', '$ref', '__proto__', 'required']) {
      const text = `{"o":{"type":"integer","default":1,"description":"","${key}":1}}`;
      expect(faultsOf(compileOptions(text)).join('\n')).toContain(`('${key}' was unexpected)`);
    }
  });

  it('refuses an integer that a number cannot hold by name, wherever it stands in an option', () => {
    const beyond = 'is beyond ±(2^53 - 1), the integers that a JavaScript number can hold; make it a string';
    const text = (type: string, value: string) => `{"a/b":{"type":"${type}","default":${value},"description":""}}`;
    const message = (value: string) => `a~1b default value does not match schema: ${value} ${beyond}`;
    expect(faultsOf(compileOptions(text('integer', '9007199254740993')))).toEqual([message('9007199254740993')]);
    expect(faultsOf(compileOptions(text('number', '-9007199254740993')))).toEqual([message('-9007199254740993')]);
    expect(faultsOf(compileOptions(text('integer', '1e300')))).toEqual([message('1e300')]);
    expect(faultsOf(compileOptions(text('integer', '9007199254740991')))).toEqual([]);
    expect(faultsOf(compileOptions(text('number', '1e300')))).toEqual([]);
    const list = '{"l":{"type":"array","items":{"type":"number"},"default":[1,9007199254740993],"description":""}}';
    expect(faultsOf(compileOptions(list))).toEqual([
      `l default value does not match schema: 9007199254740993 ${beyond} (at default/1)`,
    ]);
  });

  it('compiles 10 000 options, and lists up to 1 000 faults', () => {
    const options = (option: unknown) =>
      Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`o${i}`, option]));
    expect(schemaOf(options(OPTION)).options.size).toBe(10_000);
    const faults = faultsOf(compileOptions(options(1)));
    expect(faults).toHaveLength(MAX_FAULTS + 1);
    expect(faults[0]).toBe('o0 1 is not of type "object"');
    expect(faults.at(-1)).toBe(' and 9000 more');
  });
});

describe('values of an option', () => {
  const struct = (properties: object, value: unknown, more: object = {}) =>
    findings({ type: 'object', properties, default: value, ...more }, value);

  it('have its type', () => {
    const wrong = (type: object, value: unknown) => findings({ ...type }, value);
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
    expect(findings(type, good)).toEqual([]);
    expect(findings(type, { list: [] })).toEqual([]);
    expect(findings(type, { list: [{ b: '', d: 1, c: 1 }, { a: 1 }], map: { 'x/~': {} } })).toEqual([
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
    expect(findings(type, { a: 1, b: 'x' })).toEqual([]);
    expect(findings(type, { a: 'x', b: 1 })).toEqual([
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
      ).toEqual([{ pointer: 'o', message: `Additional properties are not allowed ('${name}' was unexpected)` }]);
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
    expect(findings(type, { s: 1, l: ['secret', null, [], {}, true, 1.5, 1e300], x: 'secret' }, true)).toEqual([
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

  it('are not looked at to the end where there is no end of faults', () => {
    const list = { type: 'array', default: [], items: { type: 'array', items: { type: 'integer' } } };
    const lines = findings(
      list,
      Array.from({ length: 100_000 }, () => ['x']),
    );
    expect(lines).toHaveLength(501);
    expect(lines[500]).toBe('o has so many faults inside that not all are listed');
    const map = { type: 'object', default: {}, additionalProperties: { type: 'integer' } };
    const entries = findings(map, Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, 'x'])));
    expect(entries).toHaveLength(501);
    expect(entries[500]).toBe('o has so many faults inside that not all are listed');
    const unexpected = struct({}, {}).concat(
      findings(
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

describe('values of a flag', () => {
  const FEATURE = { owner: { team: 't' }, created_at: '2024-01-01', segments: [] };
  const { options } = schemaOf({ 'feature.f': FLAG });
  const check = (value: object) =>
    (options.get('feature.f')?.validate(value as never) ?? []).map(({ pointer, message }) => `${pointer} ${message}`);
  const condition = (operator: string, value: unknown) =>
    check({ ...FEATURE, segments: [{ name: 's', conditions: [{ property: 'p', operator, value }] }] });

  it('are Feature objects', () => {
    expect(check(FEATURE)).toEqual([]);
    expect(
      check({
        ...FEATURE,
        name: 'n',
        enabled: false,
        description: '',
        experiment_mode: null,
        owner: { team: 't', email: null },
      }),
    ).toEqual([]);
    for (const [part, faults] of [
      [{ owner: { team: '' } }, ['feature.f/owner/team "" is shorter than 1 character']],
      [{ owner: { team: 't', email: 1 } }, ['feature.f/owner/email 1 is not of types "null", "string"']],
      [{ experiment_mode: 'x' }, ['feature.f/experiment_mode "x" is not one of "simple" or null']],
      [{ enabled: 1 }, ['feature.f/enabled 1 is not of type "boolean"']],
      [{ x: 1 }, ["feature.f Additional properties are not allowed ('x' was unexpected)"]],
      [
        { segments: [{ name: 's', rollout: 101, conditions: [] }] },
        ['feature.f/segments/0/rollout 101 is greater than the maximum of 100'],
      ],
      [
        { segments: [{ name: 's', rollout: -1, conditions: [] }] },
        ['feature.f/segments/0/rollout -1 is less than the minimum of 0'],
      ],
      [
        { segments: [{ name: 's', rollout: 1.5, conditions: [] }] },
        ['feature.f/segments/0/rollout 1.5 is not of type "integer"'],
      ],
      [{ segments: [{ name: 's' }] }, ['feature.f/segments/0 "conditions" is a required property']],
    ] as const) {
      expect(check({ ...FEATURE, ...part })).toEqual(faults);
    }
    for (const key of ['owner', 'created_at', 'segments']) {
      expect(check({ ...FEATURE, [key]: undefined })).toEqual([`feature.f "${key}" is a required property`]);
    }
  });

  it('are dated', () => {
    for (const date of [
      '2024-01-01',
      '2024-01-01T10:00:00',
      '2024-01-01T10:00:00.123456',
      '2024-01-01T10:00:00+01:00',
    ]) {
      expect(check({ ...FEATURE, created_at: date })).toEqual([]);
    }
    for (const date of [
      '2024-1-1',
      '2024-01-01T10:00',
      '2024-01-01 10:00:00',
      '',
      '2024-01-01T10:00:00.',
      '٢٠٢٤-01-01',
    ]) {
      expect(check({ ...FEATURE, created_at: date })).toHaveLength(1);
    }
  });

  it('have conditions that compare with what their operator can', () => {
    const values = {
      list: [1],
      strings: ['a'],
      mixed: [1, 'a'],
      numbers: [1.5],
      integer: 1,
      number: 1.5,
      string: 'a',
      boolean: true,
      null: null,
      object: {},
    };
    const taken = (operator: string) =>
      Object.entries(values)
        .filter(([, value]) => condition(operator, value).length === 0)
        .map(([name]) => name);
    expect(taken('in')).toEqual(['list', 'strings', 'numbers']);
    expect(taken('not_in')).toEqual(taken('in'));
    expect(taken('contains')).toEqual(['integer', 'number', 'string']);
    expect(taken('not_contains')).toEqual(taken('contains'));
    expect(taken('equals')).toEqual(['list', 'strings', 'numbers', 'integer', 'number', 'string', 'boolean']);
    expect(taken('not_equals')).toEqual(taken('equals'));
    expect(taken('matches')).toEqual(['strings']);
    expect(taken('not_matches')).toEqual(taken('matches'));
    expect(taken('IN')).toEqual([]);
  });

  it('may have long lists of strings, though each of them is no integer', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => `org-${i}`);
    expect(condition('in', many)).toEqual([]);
    expect(condition('equals', many)).toEqual([]);
    expect(condition('matches', many)).toEqual([]);
  });

  it('tell each fault once, and where', () => {
    const faults = condition('in', 'x');
    expect(new Set(faults).size).toBe(faults.length);
    expect(faults[0]).toBe('feature.f/segments/0/conditions/0/value "x" is not of type "array"');
    expect(faults.some((line) => line.includes('oneOf') || line.includes('anyOf'))).toBe(false);
  });
});
