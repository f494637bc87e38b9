/** Values files as no one should write them, and what comes of each. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import type { NamespaceOptions } from 'sentry-options';
import { integer, type Properties, string } from '../support/base.js';

/** One sort of values file. */
export interface HostileInput {
  /** What it is. */
  readonly input: string;
  /** The namespace whose file it is, where it is another than `seer`. */
  readonly namespace?: 'wide';
  /** Makes it. */
  make(file: string): void;
  /** Goes on writing to it, in a process; not all refreshes fail then. */
  keepWriting?(file: string): ChildProcess;
  /**
   * A line of what is said: of the error, or of the warning where it is used; undefined for nothing. `FILE` stands for
   * the file's path.
   */
  readonly said?: string;
  /** Looks at what is read; only where the file is used. Else it is refused, and the old values stay. */
  readonly used?: (options: NamespaceOptions) => boolean;
  /** Only a user without privileges is kept from reading it. */
  readonly isForbidden?: boolean;
}

const structOf = (properties: Properties) => ({ type: 'object', properties });
const mapOf = (additionalProperties: object) => ({ type: 'object', additionalProperties });

/** The options of `seer`. */
export const SEER: Properties = {
  number: integer(0),
  text: string(''),
  list: { type: 'array', items: mapOf({ type: 'integer' }), default: [], description: 'maps' },
  map: { ...mapOf(mapOf({ type: 'string' })), default: {}, description: 'a map' },
  struct: { ...structOf({ port: { type: 'integer' } }), default: { port: 1 }, description: 'a struct' },
};

const WIDE_NAMES = Array.from({ length: 10_000 }, (_, index) => `option-${index}`);

/** The options of `wide`. */
export const WIDE: Properties = Object.fromEntries(['number', ...WIDE_NAMES].map((name) => [name, integer(0)]));

const MIB = 2 ** 20;
const FILE_LIMIT = 8 * MIB;

/** Writes a text, or bytes. */
const content = (bytes: string | Uint8Array) => (file: string) => writeFileSync(file, bytes);

/** `before`, as many of `part` as a file of 8 MiB has room for, `after`. */
function filled(before: string, part: string, after: string): string {
  const count = Math.floor((FILE_LIMIT - before.length - after.length) / (part.length + 1));
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
    said: 'values.json has 209715200 bytes; at most 8388608 are read',
  },
  {
    input: 'lists in lists, 100 000 levels deep',
    make: content(`{"options": {"list": ${'['.repeat(100_000)}${']'.repeat(100_000)}}}`),
    said: 'Failed to parse JSON: recursion limit exceeded at line 1 column 147',
  },
  {
    input: 'objects in objects, 128 levels deep',
    make: content(`${'{"options": '.repeat(128)}1${'}'.repeat(128)}`),
    said: 'Failed to parse JSON: recursion limit exceeded at line 1 column 1525',
  },
  {
    input: 'half a file',
    make: content('{"options": {"number": 2'),
    said: 'Failed to parse JSON: EOF while parsing an object at line 1 column 25',
  },
  {
    input: 'an empty file',
    make: content(''),
    said: 'Failed to parse JSON: EOF while parsing a value at line 1 column 1',
  },
  {
    input: 'nothing but NUL bytes, as after a crash of the machine',
    make: content(new Uint8Array(4096)),
    said: 'Failed to parse JSON: expected value at line 1 column 1',
  },
  {
    input: 'a NUL byte in a string',
    make: content('{"options": {"text": "a\0b"}}'),
    said: 'Failed to parse JSON: control character (\\u0000-\\u001F) found while parsing a string at line 1 column 24',
  },
  {
    input: 'an escaped NUL in a string',
    make: content('{"options": {"text": "a\\u0000b"}}'),
    used: (options) => options.get('text') === 'a\0b',
  },
  {
    input: 'Latin-1',
    make: content(Buffer.from('{"options": {"text": "Grüße"}}', 'latin1')),
    said: 'Failed to parse JSON: invalid UTF-8 at line 1 column 25',
  },
  {
    input: 'UTF-16',
    make: content(Buffer.from('\ufeff{"options": {}}', 'utf16le')),
    said: 'Failed to parse JSON: invalid UTF-8 at line 1 column 1',
  },
  {
    input: 'a byte-order mark',
    make: content('\ufeff{"options": {}}'),
    said: 'Failed to parse JSON: byte-order mark (save the file without one) at line 1 column 1',
  },
  {
    input: 'half a surrogate pair',
    make: content('{"options": {"text": "\\ud83d"}}'),
    said: 'Failed to parse JSON: lone surrogate in a string at line 1 column 22',
  },
  {
    input: '`1e400`',
    make: content('{"options": {"number": 1e400}}'),
    said: 'Failed to parse JSON: number out of range at line 1 column 24',
  },
  {
    input: 'an integer of 30 digits',
    make: content('{"options": {"number": 123456789012345678901234567890}}'),
    said: 'number 123456789012345678901234567890 is beyond ±(2^53 - 1), the integers that a JavaScript number can hold; make it a string',
  },
  { input: 'another document', make: content('[1, 2]'), said: "values.json must have an 'options' key" },
  {
    input: 'a directory in its place',
    make: (file) => mkdirSync(file),
    said: 'values.json is a directory, not a regular file',
  },
  {
    input: 'a FIFO in its place',
    make: (file) => execFileSync('mkfifo', [file]),
    said: 'values.json is a FIFO, not a regular file',
  },
  {
    input: 'a link to nowhere',
    make: (file) => symlinkSync('nowhere', file),
    said: 'values.json is a symbolic link to nowhere, which does not exist',
  },
  {
    input: 'a link to itself',
    make: (file) => symlinkSync('values.json', file),
    said: "values.json cannot be read (ELOOP: too many symbolic links encountered, open 'FILE')",
  },
  {
    input: 'a file that the process may not read',
    isForbidden: true,
    make(file) {
      writeFileSync(file, '{"options": {"number": 2}}');
      chmodSync(file, 0);
    },
    said: "values.json cannot be read (EACCES: permission denied, open 'FILE')",
  },
  {
    input: 'a file that is written to without a pause',
    // Large, so that it takes a while to read.
    make: content(`{"options": {}}${' '.repeat(7 * MIB)}`),
    keepWriting(file) {
      // A process of its own, which goes before all others where it may: on a busy machine it would rest for longer than a
      // reading takes. The size is another after each write, since the system's clock may stand still for a reading.
      const code = `const { ftruncateSync, openSync, writeSync } = require('node:fs');
        try {
          require('node:os').setPriority(-20);
        } catch {}
        const file = openSync(process.argv[1], 'a');
        for (;;) {
          for (let appended = 0; appended < 10_000; appended++) writeSync(file, ' ');
          ftruncateSync(file, ${7 * MIB});
        }`;
      return spawn(process.execPath, ['-e', code, file], { stdio: 'ignore' });
    },
    said: 'values.json changed each of the 5 times that it was read; write it elsewhere and rename it',
  },
  {
    input: 'a key that stands there twice',
    make: content('{"options": {"number": 1}, "options": {"number": 2, "number": 3}}'),
    used: (options) => options.get('number') === 3,
  },
  {
    input: '`__proto__` and `constructor` as keys, at every depth',
    make: content(
      `{"__proto__": {"options": {}}, "constructor": {"prototype": {"polluted": 1}}, "options": {
        "__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}},
        "map": {"__proto__": {"polluted": "yes"}, "constructor": {"__proto__": "yes", "prototype": "yes"}}}}`,
    ),
    said: 'The values of seer set options that its schema does not declare, which are ignored: "__proto__", "constructor". This is expected while values are deployed before the schema.',
    used(options) {
      const map = options.get('map') as Record<string, Record<string, unknown>>;
      return (
        Object.keys(map).join() === '__proto__,constructor' &&
        Object.keys(map.constructor ?? {}).join() === '__proto__,prototype' &&
        Object.getPrototypeOf(map) === Object.prototype
      );
    },
  },
  {
    input: '`__proto__` in place of a field that is required',
    make: content('{"options": {"struct": {"__proto__": {"port": 1}}}}'),
    said: "struct Additional properties are not allowed ('__proto__' was unexpected)",
  },
  {
    input: '10 000 names that the schema does not declare',
    make: content(
      JSON.stringify({ options: { number: 2, ...Object.fromEntries(WIDE_NAMES.map((name) => [name, {}])) } }),
    ),
    said: 'The values of seer set options that its schema does not declare, which are ignored: "option-0", "option-1", "option-2", "option-3", "option-4", "option-5", "option-6", "option-7", "option-8", "option-9" and 9990 more. This is expected while values are deployed before the schema.',
    used: (options) => options.get('number') === 2,
  },
  {
    input: '10 000 options, all of them set',
    namespace: 'wide',
    make: content(JSON.stringify({ options: Object.fromEntries(WIDE_NAMES.map((name, index) => [name, index])) })),
    used: (options) => options.get('option-9999') === 9999,
  },
  {
    input: '10 000 options, all of them wrong',
    namespace: 'wide',
    make: content(JSON.stringify({ options: Object.fromEntries(WIDE_NAMES.map((name) => [name, ''])) })),
    said: 'and 9000 more',
  },
  {
    input: '8 MiB of `{},{},{},…`, as the schema allows',
    make: content(filled('{"options": {"list": [', '{}', ']}}')),
    used: (options) => (options.get('list') as unknown[]).length > 2_700_000,
  },
  {
    input: '8 MiB of `[],[],[],…`, where there should be maps',
    make: content(filled('{"options": {"list": [', '[]', ']}}')),
    said: 'list has so many issues inside that not all are listed',
  },
  {
    input: '8 MiB of text, where there should be a number',
    make: content(`{"options": {"number": "${'x'.repeat(FILE_LIMIT - 30)}"}}`),
    said: `number "${'x'.repeat(99)}… is not of type "integer"`,
  },
  {
    input: 'a key of 1 MiB, as the schema allows',
    make: content(`{"options": {"map": {"${LONG_KEY}": {"${LONG_KEY}": "x"}}}}`),
    used: (options) => Object.keys(options.get('map') as object)[0] === LONG_KEY,
  },
  {
    input: 'a key of 1 MiB that no schema declares',
    make: content(`{"options": {"number": 2, "${LONG_KEY}": 1}}`),
    said: `The values of seer set options that its schema does not declare, which are ignored: "${'k'.repeat(100)}…". This is expected while values are deployed before the schema.`,
    used: (options) => options.get('number') === 2,
  },
  {
    input: 'a key of 1 MiB, and 1 000 issues inside',
    make: content(
      `{"options": {"map": {"${LONG_KEY}": {${WIDE_NAMES.slice(0, 1000).map((name) => `"${name}": 1`)}}}}}`,
    ),
    said: `map/${'k'.repeat(200)}… has so many issues inside that not all are listed`,
  },
  {
    input: '`generated_at` with 7 MiB of digits',
    make: content(`{"options": {"number": 2}, "generated_at": "2026-01-21T18:30:00.${'1'.repeat(7 * MIB)}Z"}`),
    said: `The values of seer are used, but their delay cannot be measured: "generated_at" "2026-01-21T18:30:00.${'1'.repeat(79)}… is not an RFC 3339 timestamp`,
    used: (options) => options.get('number') === 2,
  },
];
