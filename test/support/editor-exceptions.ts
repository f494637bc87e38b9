/**
 * Where a language server and our command differ in whether a file of the corpus has an error, and why. The tests fail
 * if a difference is missing here, and if one of these is none.
 */

/** The server has no error where our command has one. */
export const ACCEPTED = 'the server accepts it';

/** The server has an error where our command has none. */
export const REJECTED = 'the server rejects it';

/** A reason, with the verdict of the server and the cases. */
export interface EditorException {
  readonly why: string;
  readonly verdict: typeof ACCEPTED | typeof REJECTED;
  /** `TOPIC: CASE`, or its part before a further colon. */
  readonly cases: readonly string[];
}

/** Of values files, in the YAML language server. */
export const YAML_EXCEPTIONS: readonly EditorException[] = [
  {
    why: 'The server applies merge keys (<<) before it checks a mapping',
    verdict: ACCEPTED,
    cases: [
      'definitions: merge key with an alias in a struct is not merged',
      'definitions: merge key with an alias in a map is an ordinary key',
      'definitions: merge key among the options is an unknown option',
      'write: yaml: anchors, aliases, merge keys',
    ],
  },
  {
    why: 'All keys are text for a schema',
    verdict: ACCEPTED,
    cases: [
      'validate-values: option key is a number',
      'validate-values: option key is null',
      'validate-values: keys of a map: null',
      'validate-values: keys of a map: a list',
    ],
  },
  {
    why: 'The server reads a number as a double, which has no limit of 64 bits, and has infinity',
    verdict: ACCEPTED,
    cases: [
      'validate-values: integers: 2^64 cannot be read',
      'write: yaml: what is no JSON number',
      'write: yaml: below -2^63',
      'write: yaml: hexadecimal 2^64',
    ],
  },
  {
    why: 'The server does not check what aliases lead to, and only notes an alias without an anchor',
    verdict: ACCEPTED,
    cases: [
      'definitions: an alias of itself',
      'definitions: aliases of aliases that grow beyond measure',
      'validate-values: alias without anchor',
    ],
  },
  {
    why: 'The server checks each document by itself, and no document if the file has none',
    verdict: ACCEPTED,
    cases: ['validate-values: only a comment', 'validate-values: two documents'],
  },
  {
    why: 'At the top, our command accepts a key twice, as the Rust command line does',
    verdict: REJECTED,
    cases: ['definitions: twice: both are mappings', 'validate-values: options twice: the last one counts'],
  },
  {
    why: 'The server rejects tags that its setting yaml.customTags does not list',
    verdict: REJECTED,
    cases: ['definitions: with an own tag'],
  },
  {
    why: 'For the server, 0b11 is text, and 017 is a number',
    verdict: REJECTED,
    cases: ['validate-values: integers: which are', 'validate-values: texts: which are'],
  },
];

/** A reason, and the lines where only one has an error. */
export interface LineException {
  readonly why: string;
  readonly ours: readonly number[];
  readonly server: readonly number[];
}

/** Of files that both reject, by case. */
export const YAML_LINES: Readonly<Record<string, LineException>> = {
  'definitions: not a mapping: an alias of a list': {
    why: 'The server names the place of the anchor',
    ours: [2],
    server: [1],
  },
  'definitions: other keys beside definitions': {
    why: 'The command names all keys at the first one',
    ours: [],
    server: [4, 5],
  },
  'validate-values: tab as indentation': {
    why: 'After an error of syntax, the server checks what it could read',
    ours: [],
    server: [1],
  },
  'validate-values: unclosed bracket': {
    why: 'After an error of syntax, the server checks what it could read',
    ours: [],
    server: [2],
  },
  'write: yaml: tags': {
    why: 'The server rejects tags of YAML that its setting yaml.customTags does not list, and joins equal errors of lines in a row',
    ours: [13],
    server: [5, 8, 18],
  },
};

/** Of `schema.json`, in the JSON language server. */
export const JSON_EXCEPTIONS: readonly EditorException[] = [
  {
    why: 'The server does not check an empty file',
    verdict: ACCEPTED,
    cases: ['validate-schema: empty schema.json'],
  },
  {
    why: 'A schema cannot compare a default with the names of fields, or with types that are nested deeper',
    verdict: ACCEPTED,
    cases: ['validate-schema: struct default without a field', 'validate-schema: fault deep in a default'],
  },
];

/** Of files that both reject, by case. */
export const JSON_LINES: typeof YAML_LINES = {
  'validate-schema: trailing comma': { why: 'The server names the comma, not what follows', ours: [4], server: [3] },
};
