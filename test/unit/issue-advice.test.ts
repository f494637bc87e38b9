/** Tests what messages about invalid values and schemas say to do. */
import { describe, expect, it } from 'vitest';
import { checkValues } from '../../src/schema/check-values.js';
import { compileSchema, type NamespaceSchema } from '../../src/schema/namespace-schema.js';

function makeSchema(properties: object): string {
  return JSON.stringify({ version: '1.0', type: 'object', properties });
}

/** Returns the issues of a schema, each with its place. */
function findSchemaIssues(text: string): readonly string[] {
  const result = compileSchema('shop', 'schema.json', Buffer.from(text));
  if (!('issues' in result)) return [];
  return result.issues.map(({ pointer, message }) => `${pointer} ${message}`.trim());
}

const option = (type: string, defaultValue: unknown, more: object = {}): object => {
  return { type, default: defaultValue, description: 'an option', ...more };
};

const compiled = compileSchema(
  'shop',
  'schema.json',
  Buffer.from(
    makeSchema({
      text: option('string', ''),
      on: option('boolean', false),
      count: option('integer', 0),
      ratio: option('number', 0),
      hosts: option('array', [], { items: { type: 'string' } }),
      ports: option('array', [], { items: { type: 'integer' } }),
      switches: option('array', [], { items: { type: 'boolean' } }),
      shards: option('array', [], { items: { type: 'object', properties: { id: { type: 'integer' } } } }),
      map: option('object', {}, { additionalProperties: { type: 'string' } }),
      db: option('object', { host: '' }, { properties: { host: { type: 'string' } } }),
      'feature.x': { $ref: '#/definitions/Feature' },
    }),
  ),
);
if ('issues' in compiled) throw new Error(JSON.stringify(compiled.issues));
const schema: NamespaceSchema = compiled.schema;

/** Returns the issues of values, each with its place. */
function findIssues(options: object, redact = false): readonly string[] {
  const checked = checkValues(schema, 'values.json', Buffer.from(JSON.stringify({ options })), { redact });
  return checked.ok ? [] : checked.issues.map(({ pointer, message }) => `${pointer} ${message}`);
}

/** Returns the issues of a flag with one condition, without their place before the condition. */
function findConditionIssues(condition: object, redact = false): readonly string[] {
  const segments = [{ name: 's', conditions: [condition] }];
  const flag = { owner: { team: 't' }, created_at: '2026-01-31', segments };
  return findIssues({ 'feature.x': flag }, redact).map((line) => line.replace('feature.x/segments/0/conditions/0', ''));
}

describe('a value of another type', () => {
  it.each([
    ['on', 'yes', '"yes" is not of type "boolean"; write true'],
    ['on', 'True', '"True" is not of type "boolean"; write true without quotes'],
    ['on', 'Off', '"Off" is not of type "boolean"; write false'],
    ['on', 0, '0 is not of type "boolean"; write false'],
    ['on', 'maybe', '"maybe" is not of type "boolean"'],
    ['on', null, 'null is not of type "boolean"; write true or false, or leave it out'],
    ['count', '20', '"20" is not of type "integer"; write 20 without quotes'],
    ['count', '010', '"010" is not of type "integer"; write 10, without the leading zero, or 8 if it is octal'],
    ['count', '089', '"089" is not of type "integer"; write 89, without the leading zero'],
    ['count', '1_000', '"1_000" is not of type "integer"; write 1000'],
    ['count', '1,000,000', '"1,000,000" is not of type "integer"; write 1000000'],
    ['count', '30s', '"30s" is not of type "integer"; write only the number: 30'],
    ['count', '1:30', '"1:30" is not of type "integer"'],
    ['count', 1.5, '1.5 is not of type "integer"; write a whole number'],
    ['count', '10k', '"10k" is not of type "integer"; write 10000'],
    ['count', '10K', '"10K" is not of type "integer"; write 10000'],
    ['count', '+7', '"+7" is not of type "integer"; write 7 without quotes'],
    ['count', '99999999999999999999', '"99999999999999999999" is not of type "integer"'],
    ['count', '1,5', '"1,5" is not of type "integer"'],
    ['count', [7], '[7] is not of type "integer"; write 7, without a list'],
    ['count', {}, '{} is not of type "integer"'],
    ['ratio', '1.5', '"1.5" is not of type "number"; write 1.5 without quotes'],
    ['ratio', '50 %', '"50 %" is not of type "number"; write only the number: 50, or 0.5 for a share of 1'],
    ['ratio', '0,25', '"0,25" is not of type "number"; write 0.25'],
    ['ratio', '.5', '".5" is not of type "number"; write 0.5 without quotes'],
    ['ratio', '1.001k', '"1.001k" is not of type "number"; write 1001'],
    ['ratio', '1e400', '"1e400" is not of type "number"'],
    ['ratio', '1.2.3', '"1.2.3" is not of type "number"'],
    ['text', 1.1, '1.1 is not of type "string"; quote it: "1.1"'],
    ['text', true, 'true is not of type "string"; quote it: "true"'],
    ['text', null, 'null is not of type "string"; write a string, or leave it out'],
    ['text', [], '[] is not of type "string"'],
    ['text', { 'us-1': 8080 }, '{"us-1":8080} is not of type "string"; quote it: "us-1: 8080"'],
    ['text', { a: {} }, '{"a":{}} is not of type "string"'],
    ['text', { a: 1, b: 2 }, '{"a":1,"b":2} is not of type "string"'],
    ['text', ['a'], '["a"] is not of type "string"; write "a", without a list'],
    ['hosts', 'a', '"a" is not of type "array"; write a list: ["a"]'],
    ['hosts', 'a, b', '"a, b" is not of type "array"; write a list: ["a", "b"]'],
    ['hosts', '-a -b', '"-a -b" is not of type "array"; write a space after each "-" of a list'],
    ['hosts', 5, '5 is not of type "array"; write a list: ["5"]'],
    ['hosts', '[a, b]', '"[a, b]" is not of type "array"; write a list'],
    ['ports', 5, '5 is not of type "array"; write a list: [5]'],
    ['ports', '80, 443', '"80, 443" is not of type "array"; write a list: [80, 443]'],
    ['ports', '80, a', '"80, a" is not of type "array"; write a list'],
    ['switches', 'yes, no', '"yes, no" is not of type "array"; write a list: [true, false]'],
    ['shards', 'a', '"a" is not of type "array"; write a list'],
    ['hosts', { a: 1 }, '{"a":1} is not of type "array"; write a list'],
    ['map', 'a', '"a" is not of type "object"; write an object'],
    ['db', 'a', '"a" is not of type "object"; write {"host": "a"}'],
    ['db', ['a'], `["a"] is not of type "object"; write an object with 'host'`],
  ])('The message says what to write: %s: %j', (name, value, message) => {
    expect(findIssues({ [name]: value })).toEqual([`${name} ${message}`]);
  });

  it('Redacted messages contain nothing of the value', () => {
    expect(findIssues({ on: 'yes', count: '010', hosts: 'a' }, true)).toEqual([
      'count <string> is not of type "integer"',
      'hosts <string> is not of type "array"',
      'on <string> is not of type "boolean"',
    ]);
    expect(findConditionIssues({ property: 'p', operator: 'equal', value: 'x' }, true)).toEqual([
      '/operator <string> is not one of "in", "not_in", "contains", "not_contains", "equals", "not_equals", "matches" or "not_matches"',
    ]);
    expect(findConditionIssues({ property: 'p', operator: 'in', value: 'x' }, true)).toEqual([
      '/value <string> is not a list of strings or a list of numbers, which the operator "in" needs',
    ]);
  });

  it('A name that is not declared has the similar one, or all', () => {
    expect(findIssues({ db: { host: '', hst: '' } })).toEqual([
      "db Additional properties are not allowed ('hst' was unexpected); did you mean 'host'?",
    ]);
    expect(findIssues({ db: { host: '', 'host:1': null } })).toEqual([
      "db Additional properties are not allowed ('host:1' was unexpected); write a space after 'host:'",
    ]);
    expect(findIssues({ db: { host: '', x: '' } })).toEqual([
      "db Additional properties are not allowed ('x' was unexpected); allowed: 'host'",
    ]);
  });
});

describe('a condition', () => {
  const operators = '"in", "not_in", "contains", "not_contains", "equals", "not_equals", "matches" or "not_matches"';
  it.each([
    [{ operator: 'equal', value: 'a' }, `/operator "equal" is not one of ${operators}; did you mean "equals"?`],
    [{ operator: 'IN', value: ['a'] }, `/operator "IN" is not one of ${operators}; did you mean "in"?`],
    [{ operator: '=', value: 'a' }, `/operator "=" is not one of ${operators}; did you mean "equals"?`],
    [{ operator: 'regex', value: ['a'] }, `/operator "regex" is not one of ${operators}; did you mean "matches"?`],
    [
      { operator: '>=', value: 3 },
      `/operator ">=" is not one of ${operators}; no operator compares sizes: let the service compare, and put the result into the context`,
    ],
    [{ operator: 'xyz', value: {} }, `/operator "xyz" is not one of ${operators}`],
    [{ operator: 5, value: 'a' }, `/operator 5 is not one of ${operators}`],
    [{ operator: 'toString', value: 'a' }, `/operator "toString" is not one of ${operators}`],
    [{ value: 'a' }, ` "operator" is a required property; one of ${operators}`],
    [{ operator: 'in' }, ' "value" is a required property'],
    [
      { operator: 'in', value: 'a' },
      '/value "a" is not a list of strings or a list of numbers, which the operator "in" needs; write a list: ["a"]',
    ],
    [
      { operator: 'not_in', value: [1, 'a'] },
      '/value [1,"a"] is not a list of strings or a list of numbers, which the operator "not_in" needs; quote the numbers if the property is a string',
    ],
    [
      { operator: 'in', value: [1, true] },
      '/value [1,true] is not a list of strings or a list of numbers, which the operator "in" needs',
    ],
    [
      { operator: 'contains', value: ['a'] },
      '/value ["a"] is not one string or one number, which the operator "contains" needs',
    ],
    [
      { operator: 'equals', value: null },
      '/value null is not a string, a number, a boolean, a list of strings or a list of numbers, which the operator "equals" needs',
    ],
    [{ operator: 'matches', value: 'a*' }, '/value "a*" is not of type "array"; write a list: ["a*"]'],
    [{ operator: 'matches', value: [1] }, '/value/0 1 is not of type "string"; quote it: "1"'],
  ])('A mistake is one line: %j', (condition, message) => {
    expect(findConditionIssues({ property: 'p', ...condition })).toEqual([message]);
  });

  const owner = { team: 't' };
  const dash = 'in YAML, only the first line of an entry begins with "- "';
  const findFlagIssues = (segments: readonly object[]) =>
    findIssues({ 'feature.x': { owner, created_at: '2026-01-31', segments } });

  it.each([
    [
      [{ property: 'p' }, { operator: 'in' }, { value: ['a'] }],
      `"operator" is a required property; the next 2 entries belong to this one: ${dash}`,
    ],
    [
      [{ property: 'p', operator: 'in' }, { value: ['a'] }],
      `"value" is a required property; the next entry belongs to this one: ${dash}`,
    ],
    [
      [{ value: 1 }, { property: 'p', operator: 'equals' }],
      `"property" is a required property; the next entry belongs to this one: ${dash}`,
    ],
  ])('A condition that was split into entries is one line: %j', (conditions, message) => {
    const place = 'feature.x/segments/0/conditions';
    expect(findFlagIssues([{ name: 's', conditions }])).toEqual([`${place}/0 ${message}`]);
    expect(findFlagIssues([{ name: 's', conditions: [...conditions, ...conditions] }])).toEqual([
      `${place}/0 ${message}`,
      `${place}/${conditions.length} ${message}`,
    ]);
  });

  it('So is a segment, and entries that are not parts of one have their own lines', () => {
    expect(findFlagIssues([{ name: 's' }, { conditions: [] }])).toEqual([
      `feature.x/segments/0 "conditions" is a required property; the next entry belongs to this one: ${dash}`,
    ]);
    expect(findFlagIssues([{ name: 's' }, { name: 't', conditions: [] }, { conditions: [] }])).toEqual([
      'feature.x/segments/0 "conditions" is a required property',
      'feature.x/segments/2 "name" is a required property',
    ]);
    expect(findFlagIssues([{ name: 's' }, { rollout: 1 }, {}])).toHaveLength(5);
    expect(findFlagIssues([{ name: 's' }, { name: 't' }, { conditions: [] }])).toEqual([
      'feature.x/segments/0 "conditions" is a required property',
      `feature.x/segments/1 "conditions" is a required property; the next entry belongs to this one: ${dash}`,
    ]);
  });

  it('Two mistakes are two lines', () => {
    expect(findConditionIssues({ operator: 'equal', value: 'a', valeu: 1 })).toEqual([
      " Additional properties are not allowed ('valeu' was unexpected); did you mean 'value'?",
      `/operator "equal" is not one of ${operators}; did you mean "equals"?`,
      ' "property" is a required property',
    ]);
  });
});

describe('a flag', () => {
  it('A date says its form, and a choice lists all candidates', () => {
    const flag = { owner: { team: 't' }, created_at: '2026-01-31T12:00:00Z', segments: [], experiment_mode: 1 };
    expect(findIssues({ 'feature.x': flag })).toEqual([
      'feature.x/created_at "2026-01-31T12:00:00Z" is not a date, as 2026-01-31, or a time, as 2026-01-31T12:00:00 or 2026-01-31T12:00:00+00:00; write "2026-01-31T12:00:00+00:00"',
      'feature.x/experiment_mode 1 is not one of "simple" or null',
    ]);
    expect(findIssues({ 'feature.x': { ...flag, created_at: 20260131, experiment_mode: null } })).toEqual([
      'feature.x/created_at 20260131 is not of type "string"; it must be a date, as 2026-01-31, or a time, as 2026-01-31T12:00:00 or 2026-01-31T12:00:00+00:00',
    ]);
  });
});

describe('a field that is null', () => {
  const flag = { owner: null, created_at: '2026-01-31', segments: [] };
  it('Its fields beside it are one line', () => {
    expect(findIssues({ 'feature.x': { ...flag, team: 't' } })).toEqual([
      "feature.x Additional properties are not allowed ('team' was unexpected); indent what belongs to 'owner'",
    ]);
    expect(findIssues({ 'feature.x': { ...flag, team: 't', email: 'e' } })).toEqual([
      "feature.x Additional properties are not allowed ('email', 'team' were unexpected); indent what belongs to 'owner'",
    ]);
    expect(findIssues({ 'feature.x': { ...flag, team: 't', x: 1 } })).toHaveLength(2);
  });

  it('It may be required, so the message does not say to leave it out', () => {
    expect(findIssues({ 'feature.x': flag })).toEqual([
      `feature.x/owner null is not of type "object"; write an object with 'team'`,
    ]);
    expect(findIssues({ db: { host: null }, hosts: [null], map: { a: null } })).toEqual([
      'db/host null is not of type "string"; write a string',
      'hosts/0 null is not of type "string"; write a string, or leave it out',
      'map/a null is not of type "string"; write a string, or leave it out',
    ]);
  });
});

describe('a rollout', () => {
  it.each([
    [
      0.1,
      '0.1 is not of type "integer"; it is a percentage in whole numbers: write 10 for a share of 0.1; the smallest one is 1',
    ],
    [
      '0,25',
      '"0,25" is not of type "integer"; it is a percentage in whole numbers: write 25 for a share of 0.25; the smallest one is 1',
    ],
    ['50%', '"50%" is not of type "integer"; write only the number: 50'],
    [12.5, '12.5 is not of type "integer"; write a whole number from 0 to 100'],
    ['half', '"half" is not of type "integer"; write a whole number from 0 to 100'],
    [[50], '[50] is not of type "integer"; write 50, without a list'],
    [150, '150 is greater than the maximum of 100'],
  ])('A rollout that is no percentage says what to write: %j', (rollout, message) => {
    const flag = { owner: { team: 't' }, created_at: '2026-01-31', segments: [{ name: 's', conditions: [], rollout }] };
    expect(findIssues({ 'feature.x': flag })).toEqual([`feature.x/segments/0/rollout ${message}`]);
  });

  it('An owner that is only the name of a team says what to write', () => {
    expect(findIssues({ 'feature.x': { owner: 'cart', created_at: '2026-01-31', segments: [] } })).toEqual([
      'feature.x/owner "cart" is not of type "object"; write {"team": "cart"}',
    ]);
  });
});

describe('a date', () => {
  it.each([
    ['2026/01/31', '2026-01-31'],
    ['2026-01-31 12:00:00', '2026-01-31T12:00:00'],
    ['2026-01-31 12:00:00 UTC', '2026-01-31T12:00:00+00:00'],
    ['2026-01-31T12:00:00.123456Z', '2026-01-31T12:00:00.123456+00:00'],
    ['31.1.2026', '2026-01-31'],
    ['2026-1-5', '2026-01-05'],
    ['2026-01-31T12:00', '2026-01-31T12:00:00'],
    ['1/31/2026', undefined],
    ['yesterday', undefined],
  ])('A date in another form is rewritten: %s', (text, meant) => {
    const [issue] = findIssues({ 'feature.x': { owner: { team: 't' }, created_at: text, segments: [] } });
    expect(issue?.split('; ')[1]).toBe(meant === undefined ? undefined : `write "${meant}"`);
  });
});

describe('a schema', () => {
  const plain = option('string', '');
  it.each([
    [
      { a: { ...plain, type: 'text' } },
      'a/type "text" is not one of "string", "integer", "number", "boolean", "array" or "object"; did you mean "string"?',
    ],
    [
      { a: { ...plain, type: 'float' } },
      'a/type "float" is not one of "string", "integer", "number", "boolean", "array" or "object"; did you mean "number"?',
    ],
    [
      { a: { ...plain, type: 'any' } },
      'a/type "any" is not one of "string", "integer", "number", "boolean", "array" or "object"',
    ],
    [
      { a: { ...plain, type: 'int' } },
      'a/type "int" is not one of "string", "integer", "number", "boolean", "array" or "object"; did you mean "integer"?',
    ],
    [
      { a: { type: 'string', description: 'd', defualt: '' } },
      "a Additional properties are not allowed ('defualt' was unexpected); did you mean 'default'?",
    ],
    [
      { a: { ...plain, type: ['string', 'null'] } },
      'a/type ["string","null"] is not one of "string", "integer", "number", "boolean", "array" or "object"; choose one of them',
    ],
    [
      { a: option('array', []) },
      'a "items" is a required property; write the type of the entries, as "items": {"type": "string"}',
    ],
    [
      { a: option('object', {}) },
      'a "properties" is a required property; write the fields, or "additionalProperties" for a map',
    ],
    [
      { a: option('string', null) },
      'a default value does not match schema: null is not of type "string"; write a string',
    ],
    [{ a: { default: 1, description: 'd' } }, 'a "type" is a required property'],
    [
      { seer: { $ref: '#/definitions/Feature' } },
      'seer only a feature flag has a "$ref": rename this to "feature.seer", or declare its "type", "default" and "description"',
    ],
    [
      { 'feature.a': { $ref: '#/definition/Feature' } },
      'feature.a/$ref "#/definition/Feature" is not "#/definitions/Feature"',
    ],
    [
      { a: { ...plain, unit: 'ms' } },
      "a Additional properties are not allowed ('unit' was unexpected); allowed: 'type', 'items', 'additionalProperties', 'properties', 'default', 'description'",
    ],
    [
      { a: { ...plain, title: 'A' } },
      'a Additional properties are not allowed (\'title\' was unexpected); write it into "description"',
    ],
    [
      { a: option('object', {}, { properties: {}, required: [] }) },
      'a Additional properties are not allowed (\'required\' was unexpected); each field of an object is required unless it has "optional": true',
    ],
  ])('The message says what is allowed: %j', (properties, message) => {
    expect(findSchemaIssues(makeSchema(properties))).toEqual([message]);
  });

  it.each(['enum', 'minimum', 'maximum', 'pattern', 'minLength', 'format', 'oneOf'])(
    'A keyword that no client supports is one line that says what to do instead: %s',
    (keyword) => {
      expect(findSchemaIssues(makeSchema({ a: { ...plain, [keyword]: 1 } }))).toEqual([
        `a Additional properties are not allowed ('${keyword}' was unexpected); no client of sentry-options checks more than the type; remove this, and check the value in the service (onChange)`,
      ]);
    },
  );

  it('Several keywords share the advice, and other names keep theirs', () => {
    expect(findSchemaIssues(makeSchema({ a: { ...plain, minimum: 1, maximum: 2, defualt: 1 } }))).toEqual([
      "a Additional properties are not allowed ('defualt', 'maximum', 'minimum' were unexpected); 'maximum', 'minimum': no client of sentry-options checks more than the type; remove this, and check the value in the service (onChange); 'defualt': did you mean 'default'?",
    ]);
  });

  it('A document without `properties`, under the name that values have, says what is meant', () => {
    expect(findSchemaIssues(JSON.stringify({ version: '1.0', type: 'object', options: {} }))).toEqual([
      "Additional properties are not allowed ('options' was unexpected); did you mean 'properties'?",
    ]);
  });

  it('A flag that is declared as an option is one line, even with flags by pattern', () => {
    const patternProperties = { '^feature\\.': { $ref: '#/definitions/Feature' } };
    const document = { version: '1.0', type: 'object', properties: { 'feature.a': plain }, patternProperties };
    expect(findSchemaIssues(JSON.stringify(document))).toEqual([
      "feature.a Additional properties are not allowed ('default', 'description', 'type' were unexpected); a feature flag has only a \"$ref\", and is off until values set it",
    ]);
  });

  it('A field that is meant to be optional is no issue of the default', () => {
    const fields = { a: { type: 'integer' }, b: { type: 'integer', required: false } };
    expect(findSchemaIssues(makeSchema({ a: option('object', { a: 1 }, { properties: fields }) }))).toEqual([
      'a/properties/b Additional properties are not allowed (\'required\' was unexpected); each field of an object is required unless it has "optional": true',
    ]);
  });

  it('A default of another type is an issue beside keys that are not allowed, and a missing description', () => {
    expect(findSchemaIssues(makeSchema({ a: { type: 'number', minimum: 0, default: '0.5' } }))).toEqual([
      "a Additional properties are not allowed ('minimum' was unexpected); no client of sentry-options checks more than the type; remove this, and check the value in the service (onChange)",
      'a "description" is a required property',
      'a default value does not match schema: "0.5" is not of type "number"; write 0.5 without quotes',
    ]);
    expect(findSchemaIssues(makeSchema({ a: { type: 'text', minimum: 0, default: 1, description: '' } }))).toHaveLength(
      2,
    );
  });

  it('The version says its form, and what is meant', () => {
    const find = (version: unknown) => findSchemaIssues(JSON.stringify({ version, type: 'object', properties: {} }));
    expect(find('1')).toEqual(['"version" "1" is not two numbers with a point between them, as "1.0"; write "1.0"']);
    expect(find('1.0.0')).toEqual([
      '"version" "1.0.0" is not two numbers with a point between them, as "1.0"; write "1.0"',
    ]);
    expect(find(1)).toEqual([
      '"version" 1 is not of type "string"; it must be two numbers with a point between them, as "1.0"',
    ]);
  });
});
