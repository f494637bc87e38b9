/** Tests compiling a namespace's schema: its options, their defaults, and every issue of an invalid schema. */

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MAX_ISSUES } from '../../src/schema/issues.js';
import { compileSchema, type NamespaceSchema } from '../../src/schema/namespace-schema.js';

const OPTION = { type: 'integer', default: 1, description: 'd' };
const FLAG = { $ref: '#/definitions/Feature' };

function compile(source: object | string) {
  return compileSchema('ns', '/schema.json', Buffer.from(typeof source === 'string' ? source : JSON.stringify(source)));
}

function compileOptions(properties: object | string) {
  const text = typeof properties === 'string' ? properties : JSON.stringify(properties);
  return compile(`{"version":"1.0","type":"object","properties":${text}}`);
}

/** Compiles a schema whose options are valid. */
function mustCompile(properties: object | string): NamespaceSchema {
  const result = compileOptions(properties);
  if ('issues' in result) throw new Error(JSON.stringify(result.issues));
  return result.schema;
}

/** Lists the issues as `POINTER MESSAGE`. Expects all of them in the same file. */
function listIssues(result: ReturnType<typeof compile>): string[] {
  const issues = 'issues' in result ? result.issues : [];
  for (const { file, namespace } of issues)
    expect({ file, namespace }).toEqual({ file: '/schema.json', namespace: 'ns' });
  return issues.map(({ pointer, message }) => `${pointer} ${message}`);
}

describe('compileSchema', () => {
  it('compileSchema lists the options in the order of the schema, with their defaults', () => {
    const text = JSON.stringify({
      version: '10.20',
      type: 'object',
      additionalProperties: true,
      properties: { z: OPTION, 'feature.f': FLAG, a: { type: 'string', default: '', description: '' } },
    });
    const result = compile(text);
    if ('issues' in result) throw new Error(JSON.stringify(result.issues));
    const { namespace, file, hash, options } = result.schema;
    expect({ namespace, file }).toEqual({ namespace: 'ns', file: '/schema.json' });
    expect(hash).toBe(createHash('sha256').update(text).digest('hex'));
    expect([...options.values()].map(({ name, isFlag, defaultValue }) => [name, isFlag, defaultValue])).toEqual([
      ['z', false, 1],
      ['feature.f', true, undefined],
      ['a', false, ''],
    ]);
  });

  it('compileSchema reports invalid JSON with line and column', () => {
    expect(listIssues(compile('{"version":\n1.}'))).toEqual([
      ' Failed to parse JSON: invalid number at line 2 column 1',
    ]);
  });

  it('compileSchema reports all issues at once, each with its option', () => {
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
    expect(listIssues(compile(source))).toEqual([
      " Additional properties are not allowed ('definitions' was unexpected); allowed: 'version', 'type', 'properties', 'patternProperties', 'additionalProperties'",
      ' "version" "x" is not two numbers with a point between them, as "1.0"',
      ' "type" is a required property',
      'a/type "integr" is not one of "string", "integer", "number", "boolean", "array" or "object"; did you mean "integer"?',
      `b [] is not of type "object"; write an object with 'type', 'default', 'description'`,
      'c/items/properties/x~1y "type" is a required property',
      'd default value does not match schema: "x" is not of type "integer"',
      'feature.f "$ref" is a required property',
    ]);
    expect(listIssues(compile('[]'))).toEqual([` [] is not of type "object"; write an object with 'version', 'type'`]);
    expect(listIssues(compile({ version: '1.0', type: 'object', properties: [] }))).toEqual([
      ' "properties" [] is not of type "object"; write an object',
    ]);
  });

  it('The issue of a default names the place inside the default', () => {
    const type = { type: 'object', properties: { a: { type: 'array', items: { type: 'string' } } }, description: '' };
    expect(listIssues(compileOptions({ o: { ...type, default: { a: ['x', 1] } } }))).toEqual([
      'o default value does not match schema: 1 is not of type "string"; quote it: "1" (at default/a/1)',
    ]);
  });

  it.each([1, 'x', [], true])('A flag declared as %j is an issue, not a crash', (definition) => {
    expect(listIssues(compileOptions({ 'feature.a': definition as never }))).toEqual([
      `feature.a ${JSON.stringify(definition)} is not of type "object"; write {"$ref": "#/definitions/Feature"}`,
    ]);
  });

  it('A flag declared as null is an issue, not a crash', () => {
    expect(listIssues(compileOptions({ 'feature.a': null as never }))).toEqual([
      'feature.a null is not of type "object"; write {"$ref": "#/definitions/Feature"}',
    ]);
  });

  it('A name that begins with "feature." belongs to a flag or to an option', () => {
    const { options } = mustCompile({ 'feature.limit': OPTION, 'feature.on': FLAG });
    expect(options.get('feature.limit')).toMatchObject({ isFlag: false, defaultValue: 1 });
    expect(options.get('feature.on')).toMatchObject({ isFlag: true, defaultValue: undefined });
    expect(listIssues(compileOptions({ 'feature.a': { type: 'integer' } }))).toContain(
      'feature.a "default" is a required property',
    );
    expect(listIssues(compileOptions({ 'feature.a': { ...FLAG, default: 1 } }))).toEqual([
      "feature.a Additional properties are not allowed ('default' was unexpected); a feature flag has only a " +
        '"$ref", and is off until values set it',
    ]);
    expect(listIssues(compileOptions({ 'feature.a': { $ref: '#/definitions/Other' } }))).toEqual([
      'feature.a/$ref "#/definitions/Other" is not "#/definitions/Feature"',
    ]);
    expect(listIssues(compileOptions({ 'feature.a': { $ref: 'x#/definitions/Features' } }))).toEqual([
      'feature.a/$ref "x#/definitions/Features" must be exactly "#/definitions/Feature"',
    ]);
    expect(listIssues(compileOptions({ a: FLAG }))).toEqual([
      'a only a feature flag has a "$ref": rename this to "feature.a", or declare its "type", "default" and "description"',
    ]);
  });

  it('A flag named experiment.* has one issue, which names the right prefix', () => {
    for (const $ref of ['#/definitions/Feature', '#/definitions/Experiment']) {
      expect(listIssues(compileOptions({ 'experiment.checkout': { $ref } }))).toEqual([
        'experiment.checkout only a feature flag has a "$ref": rename this to "feature.checkout", or declare its "type", ' +
          '"default" and "description"',
      ]);
    }
    // An option with a reference is an option.
    expect(listIssues(compileOptions({ 'experiment.checkout': { ...OPTION, ...FLAG } }))).toContain(
      'experiment.checkout Additional properties are not allowed (\'$ref\' was unexpected); only a feature flag has a "$ref", ' +
        'and its name must begin with "feature."',
    );
  });

  it.each([
    ['features.checkout', 'feature.checkout'],
    ['feature:checkout', 'feature.checkout'],
    ['Feature.checkout', 'feature.checkout'],
    ['feature_new-cart', 'feature.new-cart'],
    ['flags.checkout', 'feature.checkout'],
    ['featured', 'feature.featured'],
    ['feature:', 'feature.feature:'],
  ])('A flag whose name begins with something like the prefix gets the prefix in its place: %s', (name, meant) => {
    expect(listIssues(compileOptions({ [name]: FLAG })).join('\n')).toContain(`: rename this to "${meant}", or`);
  });

  it('compileSchema rejects every other keyword', () => {
    for (const key of ['enum', 'minimum', 'optional', '$ref', '__proto__', 'required']) {
      const text = `{"o":{"type":"integer","default":1,"description":"","${key}":1}}`;
      expect(listIssues(compileOptions(text)).join('\n')).toContain(`('${key}' was unexpected)`);
    }
  });

  it('compileSchema rejects an integer that a number cannot hold, anywhere in an option', () => {
    const beyond =
      'is beyond ±(2^53 - 1), the integers that a JavaScript number can hold; lower it, or declare a string';
    const text = (type: string, value: string) => `{"a/b":{"type":"${type}","default":${value},"description":""}}`;
    const message = (value: string) => `a~1b default value does not match schema: ${value} ${beyond}`;
    expect(listIssues(compileOptions(text('integer', '9007199254740993')))).toEqual([message('9007199254740993')]);
    expect(listIssues(compileOptions(text('number', '-9007199254740993')))).toEqual([message('-9007199254740993')]);
    expect(listIssues(compileOptions(text('integer', '1e300')))).toEqual([message('1e300')]);
    expect(listIssues(compileOptions(text('integer', '9007199254740991')))).toEqual([]);
    expect(listIssues(compileOptions(text('number', '1e300')))).toEqual([]);
    const list = '{"l":{"type":"array","items":{"type":"number"},"default":[1,9007199254740993],"description":""}}';
    expect(listIssues(compileOptions(list))).toEqual([
      `l default value does not match schema: 9007199254740993 ${beyond} (at default/1)`,
    ]);
  });

  it('compileSchema compiles 10 000 options, and lists up to 1 000 issues', () => {
    const options = (option: unknown) =>
      Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`o${i}`, option]));
    expect(mustCompile(options(OPTION)).options.size).toBe(10_000);
    const issues = listIssues(compileOptions(options(1)));
    expect(issues).toHaveLength(MAX_ISSUES + 1);
    expect(issues[0]).toBe(`o0 1 is not of type "object"; write an object with 'type', 'default', 'description'`);
    expect(issues.at(-1)).toBe(' and 9000 more');
  });
});
