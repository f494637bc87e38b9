/** Hostile values files with the expected results, for hostile.test.ts and the table in docs/compatibility.md. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import type { NamespaceOptions } from 'sentry-options';
import { integer, type Properties, string } from '../support/base.js';

/** One kind of values file. */
export interface HostileInput {
  /** What the file is or contains. */
  readonly input: string;
  /** The namespace, if it is not `seer`. */
  readonly namespace?: 'wide';
  /** Creates the file. */
  make(file: string): void;
  /** Keeps writing to the file from another process, so that some refreshes succeed. */
  keepWriting?(file: string): ChildProcess;
  /**
   * A line of the error, or of the warning if the file is used; undefined for no message. `FILE` stands for the file's
   * path.
   */
  readonly message?: string;
  /** Whether the values are read correctly. If undefined, the file is rejected and the old values stay. */
  readonly verify?: (options: NamespaceOptions) => boolean;
  /** Whether permissions forbid reading the file. They do not stop root. */
  readonly isForbidden?: boolean;
}

const declareStruct = (properties: Properties) => ({ type: 'object', properties });
const declareMap = (additionalProperties: object) => ({ type: 'object', additionalProperties });

/** The options of `seer`. */
export const SEER: Properties = {
  number: integer(0),
  text: string(''),
  list: { type: 'array', items: declareMap({ type: 'integer' }), default: [], description: 'maps' },
  map: { ...declareMap(declareMap({ type: 'string' })), default: {}, description: 'a map' },
  struct: { ...declareStruct({ port: { type: 'integer' } }), default: { port: 1 }, description: 'a struct' },
};

const WIDE_NAMES = Array.from({ length: 10_000 }, (_, index) => `option-${index}`);

/** The options of `wide`. */
export const WIDE: Properties = Object.fromEntries(['number', ...WIDE_NAMES].map((name) => [name, integer(0)]));

const MIB = 2 ** 20;
const FILE_LIMIT = 8 * MIB;

/** Returns a function that writes `bytes` to a file. */
const write = (bytes: string | Uint8Array) => (file: string) => writeFileSync(file, bytes);

/** Returns `before`, `part` as often as fits into `size` bytes, and `after`. */
function fill(size: number, before: string, part: string, after: string): string {
  const count = Math.floor((size - before.length - after.length) / (part.length + 1));
  return before + new Array(count).fill(part).join() + after;
}

const LONG_KEY = 'k'.repeat(MIB);

export const HOSTILE_INPUTS: readonly HostileInput[] = [
  {
    input: 'a file of 200 MiB',
    make(file) {
      writeFileSync(file, '');
      truncateSync(file, 200 * MIB);
    },
    message: 'values.json must have at most 8388608 bytes; got 209715200; split the namespace, or raise maxFileBytes',
  },
  {
    input: 'lists in lists, 100 000 levels deep',
    make: write(`{"options": {"list": ${'['.repeat(100_000)}${']'.repeat(100_000)}}}`),
    message: 'Failed to parse JSON: recursion limit exceeded at line 1 column 147',
  },
  {
    input: 'objects in objects, 128 levels deep',
    make: write(`${'{"options": '.repeat(128)}1${'}'.repeat(128)}`),
    message: 'Failed to parse JSON: recursion limit exceeded at line 1 column 1525',
  },
  {
    input: 'half a file',
    make: write('{"options": {"number": 2'),
    message: 'Failed to parse JSON: EOF while parsing an object at line 1 column 25',
  },
  {
    input: 'an empty file',
    make: write(''),
    message: 'Failed to parse JSON: EOF while parsing a value at line 1 column 1',
  },
  {
    input: 'only NUL bytes, as after a system crash',
    make: write(new Uint8Array(4096)),
    message: 'Failed to parse JSON: expected value at line 1 column 1',
  },
  {
    input: 'a NUL byte in a string',
    make: write('{"options": {"text": "a\0b"}}'),
    message:
      'Failed to parse JSON: control character (\\u0000-\\u001F) found while parsing a string at line 1 column 24',
  },
  {
    input: 'an escaped NUL in a string',
    make: write('{"options": {"text": "a\\u0000b"}}'),
    verify: (options) => options.get('text') === 'a\0b',
  },
  {
    input: 'Latin-1',
    make: write(Buffer.from('{"options": {"text": "Grüße"}}', 'latin1')),
    message: 'Failed to parse JSON: invalid UTF-8 at line 1 column 25',
  },
  {
    input: 'UTF-16',
    make: write(Buffer.from('\ufeff{"options": {}}', 'utf16le')),
    message: 'Failed to parse JSON: invalid UTF-8 at line 1 column 1',
  },
  {
    input: 'a byte-order mark',
    make: write('\ufeff{"options": {}}'),
    message: 'Failed to parse JSON: byte-order mark (save the file without one) at line 1 column 1',
  },
  {
    input: 'a lone surrogate',
    make: write('{"options": {"text": "\\ud83d"}}'),
    message: 'Failed to parse JSON: lone surrogate in a string at line 1 column 22',
  },
  {
    input: '`1e400`',
    make: write('{"options": {"number": 1e400}}'),
    message: 'Failed to parse JSON: number out of range at line 1 column 24',
  },
  {
    input: 'an integer of 30 digits',
    make: write('{"options": {"number": 123456789012345678901234567890}}'),
    message:
      'number 123456789012345678901234567890 is beyond ±(2^53 - 1), the integers that a JavaScript number can hold; lower it, or declare a string',
  },
  { input: 'an array instead of an object', make: write('[1, 2]'), message: "values.json must have an 'options' key" },
  {
    input: 'a directory',
    make: (file) => mkdirSync(file),
    message: 'values.json is a directory, not a regular file',
  },
  {
    input: 'a FIFO',
    make: (file) => execFileSync('mkfifo', [file]),
    message: 'values.json is a FIFO, not a regular file',
  },
  {
    input: 'a broken symbolic link',
    make: (file) => symlinkSync('nowhere', file),
    message: 'values.json is a symbolic link to nowhere, which does not exist',
  },
  {
    input: 'a symbolic link to itself',
    make: (file) => symlinkSync('values.json', file),
    message: "values.json cannot be read (ELOOP: too many symbolic links encountered, open 'FILE')",
  },
  {
    input: 'a file without read permission',
    isForbidden: true,
    make(file) {
      writeFileSync(file, '{"options": {"number": 2}}');
      chmodSync(file, 0);
    },
    message: "values.json cannot be read (EACCES: permission denied, open 'FILE'); the next poll tries again",
  },
  {
    input: 'a file that is written to without pause',
    // Large, so that reading takes a while.
    make: write(`{"options": {}}${' '.repeat(7 * MIB)}`),
    keepWriting(file) {
      // Another process, with the highest priority if allowed: on a busy machine it would otherwise pause for longer
      // than a read takes. Each write changes the size, since the system's clock may not advance during a read.
      const code = `const { ftruncateSync, openSync, writeSync } = require('node:fs');
        try {
          require('node:os').setPriority(-20);
        } catch {}
        const file = openSync(process.argv[1], 'a');
        // Not for ever: an interrupted run would leave it behind.
        for (const parent = process.ppid; process.ppid === parent; ) {
          for (let appended = 0; appended < 10_000; appended++) writeSync(file, ' ');
          ftruncateSync(file, ${7 * MIB});
        }`;
      return spawn(process.execPath, ['-e', code, file], { stdio: 'ignore' });
    },
    message: 'values.json changed during each of 5 reads; write a temporary file and rename it',
  },
  {
    input: 'a duplicate key',
    make: write('{"options": {"number": 1}, "options": {"number": 2, "number": 3}}'),
    verify: (options) => options.get('number') === 3,
  },
  {
    input: '`__proto__` and `constructor` as keys, at every depth',
    make: write(
      `{"__proto__": {"options": {}}, "constructor": {"prototype": {"polluted": 1}}, "options": {
        "__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}},
        "map": {"__proto__": {"polluted": "yes"}, "constructor": {"__proto__": "yes", "prototype": "yes"}}}}`,
    ),
    message:
      'The values of seer set options that its schema does not declare, which are ignored: "__proto__", "constructor". This is expected while values are deployed before the schema.',
    verify(options) {
      const map = options.get('map') as Record<string, Record<string, unknown>>;
      return (
        Object.keys(map).join() === '__proto__,constructor' &&
        Object.keys(map.constructor ?? {}).join() === '__proto__,prototype' &&
        Object.getPrototypeOf(map) === Object.prototype
      );
    },
  },
  {
    input: '`__proto__` instead of a required field',
    make: write('{"options": {"struct": {"__proto__": {"port": 1}}}}'),
    message: "struct Additional properties are not allowed ('__proto__' was unexpected); allowed: 'port'",
  },
  {
    input: '10 000 undeclared options',
    make: write(
      JSON.stringify({ options: { number: 2, ...Object.fromEntries(WIDE_NAMES.map((name) => [name, {}])) } }),
    ),
    message:
      'The values of seer set options that its schema does not declare, which are ignored: "option-0", "option-1", "option-2", "option-3", "option-4", "option-5", "option-6", "option-7", "option-8", "option-9" and 9990 more. This is expected while values are deployed before the schema.',
    verify: (options) => options.get('number') === 2,
  },
  {
    input: '10 000 declared options, all set',
    namespace: 'wide',
    make: write(JSON.stringify({ options: Object.fromEntries(WIDE_NAMES.map((name, index) => [name, index])) })),
    verify: (options) => options.get('option-9999') === 9999,
  },
  {
    input: '10 000 declared options, all invalid',
    namespace: 'wide',
    make: write(JSON.stringify({ options: Object.fromEntries(WIDE_NAMES.map((name) => [name, ''])) })),
    message: 'and 9000 more',
  },
  {
    input: '4 MiB of `{},{},{},…`, valid',
    make: write(fill(4 * MIB, '{"options": {"list": [', '{}', ']}}')),
    verify: (options) => (options.get('list') as unknown[]).length > 1_300_000,
  },
  {
    input: '8 MiB of `{},{},{},…`, undeclared',
    make: write(fill(FILE_LIMIT, '{"options": {"unknown": [', '{}', ']}}')),
    message:
      'values.json must take at most 128.0 MiB of memory once parsed; got about 194.7 MiB, for its many lists, maps or keys; split the namespace, or raise maxFileBytes',
  },
  {
    input: '4 MiB of `[],[],[],…` instead of maps',
    make: write(fill(4 * MIB, '{"options": {"list": [', '[]', ']}}')),
    message: 'list has more issues than this message lists',
  },
  {
    input: 'a string of 8 MiB instead of a number',
    make: write(`{"options": {"number": "${'x'.repeat(FILE_LIMIT - 30)}"}}`),
    message: `number "${'x'.repeat(99)}… is not of type "integer"`,
  },
  {
    input: 'a key of 1 MiB, valid',
    make: write(`{"options": {"map": {"${LONG_KEY}": {"${LONG_KEY}": "x"}}}}`),
    verify: (options) => Object.keys(options.get('map') as object)[0] === LONG_KEY,
  },
  {
    input: 'an undeclared key of 1 MiB',
    make: write(`{"options": {"number": 2, "${LONG_KEY}": 1}}`),
    message: `The values of seer set options that its schema does not declare, which are ignored: "${'k'.repeat(100)}…". This is expected while values are deployed before the schema.`,
    verify: (options) => options.get('number') === 2,
  },
  {
    input: 'a key of 1 MiB with 1 000 issues inside',
    make: write(`{"options": {"map": {"${LONG_KEY}": {${WIDE_NAMES.slice(0, 1000).map((name) => `"${name}": 1`)}}}}}`),
    message: 'and more issues, not listed here',
  },
  {
    input: '`generated_at` with 7 MiB of digits',
    make: write(`{"options": {"number": 2}, "generated_at": "2026-01-21T18:30:00.${'1'.repeat(7 * MIB)}Z"}`),
    message: `The values of seer are used, but their delay cannot be measured: "generated_at" "2026-01-21T18:30:00.${'1'.repeat(79)}… is not an RFC 3339 timestamp`,
    verify: (options) => options.get('number') === 2,
  },
];
