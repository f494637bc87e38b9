/**
 * Tests that no schema injects code. ajv generates code from schemas; the only part of a schema.json in that code is
 * the names of a struct's fields, as string literals. Names that try to break out of a literal must not succeed.
 * No part of a values file ever gets into the code.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { compileSchema } from '../../src/schema/namespace-schema.js';
import { getValidator } from '../../src/schema/value-validator.js';

const pwned = globalThis as { pwned?: unknown };

afterEach(() => {
  delete pwned.pwned;
});

const CODE = 'globalThis.pwned = 1';
const ESCAPES = [
  `"]; ${CODE}; //`,
  `"]; ${CODE}; /*`,
  `']; ${CODE}; //`,
  `\`; ${CODE}; //`,
  `\${${CODE}}`,
  `\\"]; ${CODE}; //`,
  `\\u0022]; ${CODE}; //`,
  `\n${CODE}\n`,
  `\u2028${CODE}\u2029`,
  `*/ ${CODE} /*`,
  `--> ${CODE}`,
  `" + (${CODE}) + "`,
  `data0["x"]`,
  `errors`,
  `vErrors = null; ${CODE}`,
  `constructor.constructor("${CODE}")()`,
  '__proto__',
];

/** Validates objects against a struct whose only field has that name, in every way that they can be valid or not. */
function validateField(name: string): unknown {
  const validate = getValidator({
    type: 'object',
    properties: Object.fromEntries([[name, { type: 'integer' }]]),
  });
  const makeObject = (field: string, value: number | string) =>
    JSON.parse(`{${JSON.stringify(field)}:${JSON.stringify(value)}}`);
  return {
    good: validate(makeObject(name, 1)).length,
    bad: validate(makeObject(name, 'x')).map(({ keyword }) => keyword),
    missing: validate({}).map(({ keyword }) => keyword),
    other: validate(makeObject(`${name}x`, 1))
      .map(({ keyword }) => keyword)
      .sort(),
    code: pwned.pwned,
  };
}

const EXPECTED = {
  good: 0,
  bad: ['type'],
  missing: ['required'],
  other: ['additionalProperties', 'required'],
  code: undefined,
};

it.each(ESCAPES)('The field name %j stays a name and runs no code', (name) => {
  expect(validateField(name)).toEqual(EXPECTED);
});

// Except lone surrogates, which are not JSON.
it('Any field name stays a name and runs no code', () => {
  const character = fc.constantFrom(
    '"',
    "'",
    '`',
    '\\',
    '$',
    '{',
    '}',
    '\n',
    '\r',
    '\u2028',
    '*',
    '/',
    ';',
    ']',
    'u',
    '\0',
  );
  fc.assert(
    fc.property(
      fc.string({ unit: character, maxLength: 12 }),
      (name) => void expect(validateField(name)).toEqual(EXPECTED),
    ),
    {
      numRuns: 200,
    },
  );
});

it.each(ESCAPES)('%j as a type, version, description, default or keyword runs no code', (text) => {
  const compile = (option: object, more: object = {}) => {
    const schema = { version: '1.0', type: 'object', properties: { o: option }, ...more };
    return compileSchema('seer', 'schema.json', Buffer.from(JSON.stringify(schema)));
  };
  const option = { type: 'string', default: text, description: text };
  const compiled = compile(option);
  expect('schema' in compiled && compiled.schema.options.get('o')?.validate(text)).toEqual([]);
  const rejected = [
    compile({ ...option, type: text }),
    compile(option, { version: text }),
    compile({ ...option, pattern: text }),
    compile({ ...option, [`${text}x`]: {} }),
    compile({ $ref: text }),
    compile({ ...option, $ref: text }),
    compile({ ...option, type: 'integer' }),
  ];
  expect(rejected.map((result) => 'issues' in result)).toEqual(rejected.map(() => true));
  expect(pwned.pwned).toBeUndefined();
});

it('No source of the library starts a process, or evaluates any string but its own three scripts', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const sources = ['src', 'workers'].flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  );
  const makesCode = /\beval\b|\bFunction\(|\bnew Function\b|node:vm|child_process|\bset(?:Timeout|Interval)\(['"`]/;
  const found = sources
    .filter((name) => name.endsWith('.ts') && !name.startsWith('src/cli/'))
    .flatMap((name) =>
      readFileSync(root + name, 'utf8')
        .split('\n')
        .map((line) => ({ name, line })),
    )
    .filter(({ line }) => makesCode.test(line) && !/^\s*(?:\*|\/\/|\/\*)/.test(line))
    .map(({ name, line }) => `${name}: ${line.trim()}`);
  // The scripts are part of the package and made at build time: of the watcher thread, its server and its telemetry.
  expect(found.filter((line) => !line.includes('--disallow-code-generation')).sort()).toEqual([
    'src/watcher/start.ts: eval: true,',
    "workers/inspect/host.ts: import { compileFunction } from 'node:vm';",
    "workers/telemetry/host.ts: import { compileFunction } from 'node:vm';",
  ]);
});
