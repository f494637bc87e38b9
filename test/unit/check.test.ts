/** Tests checking a values file against its schema: the values, the unknown names, and every issue. */

import { describe, expect, it } from 'vitest';
import { toValuesError } from '../../src/common/errors.js';
import { MAX_FILE_BYTES } from '../../src/files/read.js';
import { checkValues } from '../../src/schema/check-values.js';
import { compileSchema, type NamespaceSchema } from '../../src/schema/namespace-schema.js';

const BEYOND = 'is beyond ±(2^53 - 1), the integers that a JavaScript number can hold; lower it, or declare a string';
/** Far above what any of these tests takes: it only stops a runaway. */
const HOSTILE = { timeout: 60_000 };

function mustCompile(properties: string): NamespaceSchema {
  const result = compileSchema(
    'ns',
    '/schema.json',
    Buffer.from(`{"version":"1.0","type":"object","properties":${properties}}`),
  );
  if ('issues' in result) throw new Error(JSON.stringify(result.issues));
  return result.schema;
}

const schema = mustCompile(`{
  "int": { "type": "integer", "default": 1, "description": "" },
  "num": { "type": "number", "default": 1, "description": "" },
  "text": { "type": "string", "default": "", "description": "" },
  "a/b": { "type": "array", "items": { "type": "integer" }, "default": [], "description": "" },
  "map": { "type": "object", "additionalProperties": { "type": "integer" }, "default": {}, "description": "" },
  "__proto__": { "type": "object", "properties": { "__proto__": { "type": "integer" } }, "default": { "__proto__": 1 }, "description": "" },
  "feature.f": { "$ref": "#/definitions/Feature" }
}`);

function check(text: string, redact = false) {
  return checkValues(schema, '/values.json', Buffer.from(text), { redact });
}

function mustCheck(text: string) {
  const result = check(text);
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result;
}

/** Lists the issues as `POINTER MESSAGE`. */
function listIssues(text: string, redact = false): string[] {
  const result = check(text, redact);
  if (result.ok) return [];
  for (const { file, namespace } of result.issues)
    expect({ file, namespace }).toEqual({ file: '/values.json', namespace: 'ns' });
  return result.issues.map(({ pointer, message }) => `${pointer} ${message}`);
}

describe('checkValues', () => {
  it('checkValues returns the options that the file sets, and the unknown names', () => {
    const result = mustCheck('{"options":{"z":1,"text":"x","int":1.0,"a":{},"feature.x":null},"other":[]}');
    expect(result.values).toEqual(
      new Map<string, unknown>([
        ['text', 'x'],
        ['int', 1],
      ]),
    );
    expect(result.unknown).toEqual(['z', 'a', 'feature.x']);
    expect(mustCheck('{"options":{}}')).toEqual({
      ok: true,
      values: new Map(),
      unknown: [],
      generatedAt: undefined,
      generatedAtIssue: undefined,
    });
  });

  it('checkValues rejects a file without options', () => {
    const missing = [" values.json must have an 'options' key"];
    for (const text of ['{}', '[]', '1', 'null', '"options"', '{"Options":{}}', '{"__proto__":{"options":{}}}']) {
      expect(listIssues(text)).toEqual(missing);
    }
    expect(listIssues('{"options":1}')).toEqual([' "options" 1 is not of type "object"']);
    expect(listIssues('{"options":null}')).toEqual([' "options" null is not of type "object"']);
    expect(listIssues('{"options":["secret"]}', true)).toEqual([' "options" <array> is not of type "object"']);
    expect(check('{"options":1}')).toMatchObject({ ok: false, isMalformed: false });
  });

  it('checkValues says whether the file is malformed JSON', () => {
    expect(check('{"options":{"int":')).toEqual({
      ok: false,
      isMalformed: true,
      issues: [
        {
          file: '/values.json',
          namespace: 'ns',
          pointer: '',
          message: 'Failed to parse JSON: EOF while parsing a value at line 1 column 19',
        },
      ],
    });
    expect(check('{"options":{"int":"x"}}')).toMatchObject({ ok: false, isMalformed: false });
  });

  it('checkValues reports all issues, ordered by option', () => {
    expect(listIssues('{"options":{"text":1,"zzz":1,"a/b":[1,"x",1.5],"int":"invalid","feature.f":{}}}')).toEqual([
      'a~1b/1 "x" is not of type "integer"',
      'a~1b/2 1.5 is not of type "integer"; write a whole number',
      'feature.f "owner" is a required property',
      'feature.f "segments" is a required property',
      'feature.f "created_at" is a required property',
      'int "invalid" is not of type "integer"',
      'text 1 is not of type "string"; quote it: "1"',
    ]);
  });

  it('Messages show types instead of values if redact is set', () => {
    expect(listIssues('{"options":{"text":9007199254740993,"a/b":["secret"],"int":"secret"}}', true)).toEqual([
      'a~1b/0 <string> is not of type "integer"',
      'int <string> is not of type "integer"',
      'text <number> is not of type "string"',
      `text <number> ${BEYOND}`,
    ]);
  });

  it('Messages show 100 characters of a value', () => {
    expect(listIssues(`{"options":{"int":"${'😀'.repeat(200)}"}}`)).toEqual([
      `int "${'😀'.repeat(99)}… is not of type "integer"`,
    ]);
    expect(listIssues(`{"options":{"int":"${'x'.repeat(98)}"}}`)).toEqual([
      `int "${'x'.repeat(98)}" is not of type "integer"`,
    ]);
    expect(listIssues('{"options":{"int":[1e21,1e-7,-0,0.00001,0.000001,1e16,{"a":[null,"\\n"]}]}}')).toEqual([
      'int [1e21,1e-7,-0.0,0.00001,1e-6,1e16,{"a":[null,"\\n"]}] is not of type "integer"',
    ]);
  });

  it('checkValues rejects an integer that a number cannot hold, in a known option', () => {
    const value = '9007199254740993';
    expect(listIssues(`{"options":{"int":${value}}}`)).toEqual([`int ${value} ${BEYOND}`]);
    expect(listIssues(`{"options":{"int":1e300}}`)).toEqual([`int 1e300 ${BEYOND}`]);
    expect(listIssues(`{"options":{"num":-${value}}}`)).toEqual([`num -${value} ${BEYOND}`]);
    expect(listIssues(`{"options":{"a/b":[1,${value}],"map":{"x/y":${value}}}}`)).toEqual([
      `a~1b/1 ${value} ${BEYOND}`,
      `map/x~1y ${value} ${BEYOND}`,
    ]);
    const flag = (text: string) =>
      `{"options":{"feature.f":{"owner":{"team":"t"},"created_at":"2024-01-01","segments":[{"name":"s","conditions":[{"property":"p","operator":"in","value":[${text}]}]}]}}}`;
    expect(listIssues(flag(value))).toEqual([`feature.f/segments/0/conditions/0/value/0 ${value} ${BEYOND}`]);
    expect(listIssues(flag('1e300'))).toEqual([]);
    expect(listIssues(`{"options":{"unknown":${value}},"int":${value},"generated_at":${value}}`)).toEqual([]);
    expect(listIssues(`{"options":{"int":${value},"int":1,"num":1e300}}`)).toEqual([]);
    expect(listIssues(`{"options":{"int":1},"other":{"int":${value}}}`)).toEqual([]);
  });

  it('checkValues changes no prototype', () => {
    const { values } = mustCheck('{"options":{"__proto__":{"__proto__":5}}}');
    const value = values.get('__proto__') as object;
    expect(Object.entries(value)).toEqual([['__proto__', 5]]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(listIssues('{"options":{"__proto__":{"__proto__":{}}}}')).toEqual([
      '__proto__/__proto__ {} is not of type "integer"',
    ]);
    expect(mustCheck('{"options":{"constructor":1,"toString":{},"hasOwnProperty":[]}}').unknown).toEqual([
      'constructor',
      'toString',
      'hasOwnProperty',
    ]);
    expect(mustCheck('{"options":{}}').values.get('constructor')).toBeUndefined();
  });
});

describe('checkValues: commit_sha', () => {
  const read = (text: string) => mustCheck(`{"options":{},"commit_sha":${text}}`).commit;

  it('It is what git and other systems name a commit by', () => {
    for (const commit of ['9f8e7d6c5b4a', 'f'.repeat(64), 'v1.2.3+4', 'release/2026-01_a', '0123456']) {
      expect(read(JSON.stringify(commit))).toBe(commit);
    }
  });

  it('Anything else is ignored, and never shown', () => {
    for (const text of [
      '""',
      '1234567',
      'null',
      '{}',
      '["a"]',
      '"a b"',
      '"a\\nb"',
      '"<b>"',
      '"é"',
      `"${'f'.repeat(65)}"`,
    ]) {
      expect(read(text)).toBe(undefined);
    }
    expect(mustCheck('{"options":{}}').commit).toBe(undefined);
    expect(mustCheck('{"options":{},"__proto__":{"commit_sha":"a"}}').commit).toBe(undefined);
  });

  it('Issues name it, and their error has it behind the file', () => {
    const commits = (text: string) => {
      const checked = check(text);
      return checked.ok
        ? []
        : [checked.issues.map(({ commit }) => commit), toValuesError('', checked.issues).message.split('\n').at(-1)];
    };
    expect(commits('{"options":[],"commit_sha":"9f8e7d6"}')).toEqual([
      ['9f8e7d6'],
      '  in /values.json, commit 9f8e7d6',
    ]);
    expect(commits('{"options":{"int":"a"},"commit_sha":"a b"}')).toEqual([[undefined], '  in /values.json']);
    expect(commits('{"options":{"int":"a"},"commit_sha":"v1"}')).toEqual([['v1'], '  in /values.json, commit v1']);
  });
});

describe('checkValues: generated_at', () => {
  const read = (text: string, redact = false) => {
    const result = check(`{"options":{},"generated_at":${text}}`, redact);
    return result.ok ? (result.generatedAt ?? result.generatedAtIssue) : result.issues;
  };

  it('generated_at is a timestamp of RFC 3339', () => {
    for (const text of [
      '2026-01-21T18:30:00.123456+00:00',
      '2026-01-21T18:30:00Z',
      '2024-02-29T23:59:59.999999999-23:59',
      '2000-02-29T00:00:00Z',
    ]) {
      expect(mustCheck(`{"options":{},"generated_at":"${text}"}`)).toMatchObject({
        generatedAt: text,
        generatedAtIssue: undefined,
      });
      expect(Date.parse(text)).not.toBeNaN();
    }
  });

  it('generated_at may have forms of RFC 3339 that Date cannot parse', () => {
    for (const [text, understood] of [
      ['2026-01-21t18:30:00z', '2026-01-21T18:30:00Z'],
      ['2026-01-21 18:30:00.5-01:00', '2026-01-21T18:30:00.5-01:00'],
      ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
      ['2016-12-31 18:59:60.25-05:00', '2017-01-01T00:00:00.250Z'],
    ]) {
      expect(read(`"${text}"`)).toBe(understood);
    }
  });

  it('Any other generated_at is reported, and does not reject the file', () => {
    for (const text of [
      '"yesterday"',
      '"2026-01-21"',
      '"2026-01-21T18:30:00"',
      '"2026-02-29T18:30:00Z"',
      '"2026-02-30T18:30:00Z"',
      '"1900-02-29T18:30:00Z"',
      '"2026-04-31T18:30:00Z"',
      '"2026-13-01T18:30:00Z"',
      '"2026-00-01T18:30:00Z"',
      '"2026-01-00T18:30:00Z"',
      '"2026-01-21T24:00:00Z"',
      '"2026-01-21T18:60:00Z"',
      '"2026-01-21T18:30:61Z"',
      '"2026-02-30T23:59:60Z"',
      '"2026-01-21T18:30:00+24:00"',
      '"2026-01-21T18:30:00+0000"',
      '"2026-01-21T18:30Z"',
      '"2026-01-21T18:30:00.Z"',
      '"2026-01-21T18:30:00Z\\n"',
      '""',
      '5',
      'null',
    ]) {
      expect(read(text)).toBe(`"generated_at" ${text} is not an RFC 3339 timestamp`);
    }
    expect(read('"secret"', true)).toBe('"generated_at" <string> is not an RFC 3339 timestamp');
  });
});

describe('checkValues: hostile values', () => {
  const fill = (before: string, entry: string, after: string) =>
    before + entry.repeat(Math.floor((MAX_FILE_BYTES - before.length - after.length) / entry.length)) + after;

  it('A values file has at most 8 MiB', () => {
    expect(MAX_FILE_BYTES).toBe(8_388_608);
  });

  it('checkValues returns 10 000 unknown names', () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `u${i}`);
    const text = JSON.stringify({ options: { ...Object.fromEntries(names.map((name) => [name, 1])), int: 2 } });
    const result = mustCheck(text);
    expect(result.unknown).toEqual(names);
    expect([...result.values]).toEqual([['int', 2]]);
  });

  it('checkValues stops listing after 500 of millions of issues', HOSTILE, () => {
    const list = listIssues(fill('{"options":{"a/b":[', '{},', '1]}}'));
    expect(list).toHaveLength(501);
    expect(list[0]).toBe('a~1b/0 {} is not of type "integer"');
    expect(list[500]).toBe('a~1b has more issues than this message lists');
    const conditions = listIssues(
      fill(
        '{"options":{"feature.f":{"owner":{"team":"t"},"created_at":"2024-01-01","segments":[{"name":"s","conditions":[',
        '{},',
        '{}]}]}}}',
      ),
    );
    expect(conditions.at(-1)).toBe('feature.f/segments/0/conditions has more issues than this message lists');
  });

  it('checkValues handles half a million integers that a number cannot hold', HOSTILE, () => {
    const lines = listIssues(fill('{"options":{"unknown":[', '9007199254740993,', '1],"int":9007199254740995}}'));
    expect(lines).toEqual([`int 9007199254740995 ${BEYOND}`]);
    expect(listIssues(fill('{"options":{"a/b":[', '9007199254740993,', '1]}}'))).toHaveLength(1_001);
  });

  it('checkValues rejects 100 000 nested lists', () => {
    expect(listIssues(`{"options":{"int":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`)).toEqual([
      ' Failed to parse JSON: recursion limit exceeded at line 1 column 144',
    ]);
  });
});
