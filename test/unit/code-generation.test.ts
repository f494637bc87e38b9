/**
 * ajv generates code from schemas. All of a schema.json that gets into it is the names of a struct's fields, as string
 * literals: names that are made to break out of one must not. Nothing of a values file ever gets there.
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

/** All that can become of a struct whose only field has that name. */
function judge(name: string): unknown {
  const validate = getValidator({
    type: 'object',
    properties: Object.fromEntries([[name, { type: 'integer' }]]),
  });
  const objectOf = (field: string, value: number | string) =>
    JSON.parse(`{${JSON.stringify(field)}:${JSON.stringify(value)}}`);
  return {
    good: validate(objectOf(name, 1)).length,
    bad: validate(objectOf(name, 'x')).map(({ keyword }) => keyword),
    missing: validate({}).map(({ keyword }) => keyword),
    other: validate(objectOf(`${name}x`, 1))
      .map(({ keyword }) => keyword)
      .sort(),
    code: pwned.pwned,
  };
}

const JUDGED = {
  good: 0,
  bad: ['type'],
  missing: ['required'],
  other: ['additionalProperties', 'required'],
  code: undefined,
};

it.each(ESCAPES)('the name %j of a field is a name, and no code', (name) => {
  expect(judge(name)).toEqual(JUDGED);
});

// But for lone surrogates, which are no JSON.
it('any name of a field is a name, and no code', () => {
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
    fc.property(fc.string({ unit: character, maxLength: 12 }), (name) => void expect(judge(name)).toEqual(JUDGED)),
    {
      numRuns: 200,
    },
  );
});

it.each(ESCAPES)('%j is no type, version, description, default or keyword that does more', (text) => {
  const compile = (option: object, more: object = {}) => {
    const schema = { version: '1.0', type: 'object', properties: { o: option }, ...more };
    return compileSchema('seer', 'schema.json', Buffer.from(JSON.stringify(schema)));
  };
  const option = { type: 'string', default: text, description: text };
  const compiled = compile(option);
  expect('schema' in compiled && compiled.schema.options.get('o')?.validate(text)).toEqual([]);
  const refused = [
    compile({ ...option, type: text }),
    compile(option, { version: text }),
    compile({ ...option, pattern: text }),
    compile({ ...option, [`${text}x`]: {} }),
    compile({ $ref: text }),
    compile({ ...option, $ref: text }),
    compile({ ...option, type: 'integer' }),
  ];
  expect(refused.map((result) => 'issues' in result)).toEqual(refused.map(() => true));
  expect(pwned.pwned).toBeUndefined();
});

it('no source of the library runs a command, or makes code of a text but those that are its own', () => {
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
  // Both texts are part of the package, made when it was built: the thread's, and that of the telemetry.
  expect(found.filter((line) => !line.includes('--disallow-code-generation')).sort()).toEqual([
    'src/watcher/start.ts: eval: true,',
    "workers/telemetry/host.ts: import { compileFunction } from 'node:vm';",
  ]);
});
