/**
 * Where a language server and our command differ in whether a file of the corpus has an error, and why. The tests fail
 * if a difference is missing here, and if one of these is none.
 */

/** The server has no error where our command has one. */
export const ACCEPTED = 'the server accepts it';

/** The server has an error where our command has none. */
export const REJECTED = 'the server rejects it';

/** What differs, with the verdict of the server and the cases. */
export interface EditorException {
  /** What is in the file, as docs/cli.md says it. */
  readonly what: string;
  readonly verdict: typeof ACCEPTED | typeof REJECTED;
  /** `TOPIC: CASE`, or its part before a further colon. */
  readonly cases: readonly string[];
}

/** Of values files, in the YAML language server. */
export const YAML_EXCEPTIONS: readonly EditorException[] = [
  {
    what: 'A merge key, `<<`: the server applies it before it checks the mapping',
    verdict: ACCEPTED,
    cases: [
      'definitions: merge key with an alias in a struct is not merged',
      'definitions: merge key with an alias in a map is an ordinary key',
      'definitions: merge key among the options is an unknown option',
      'write: yaml: anchors, aliases, merge keys',
    ],
  },
  {
    what: 'A key that is not text, such as `1` or `~`: for a schema, all keys are text',
    verdict: ACCEPTED,
    cases: [
      'validate-values: option key is a number',
      'validate-values: option key is null',
      'validate-values: keys of a map: null',
      'validate-values: keys of a map: a list',
    ],
  },
  {
    what: 'An integer of more than 64 bits, and `.inf`: the server reads numbers as doubles',
    verdict: ACCEPTED,
    cases: [
      'validate-values: integers: 2^64 cannot be read',
      'write: yaml: what is no JSON number',
      'write: yaml: below -2^63',
      'write: yaml: hexadecimal 2^64',
    ],
  },
  {
    what: 'An alias without an anchor, of itself, or of so many aliases that the file grows beyond measure',
    verdict: ACCEPTED,
    cases: [
      'definitions: an alias of itself',
      'definitions: aliases of aliases that grow beyond measure',
      'validate-values: alias without anchor',
    ],
  },
  {
    what: 'Two documents, or none: the server checks each document by itself',
    verdict: ACCEPTED,
    cases: ['validate-values: only a comment', 'validate-values: two documents'],
  },
  {
    what: '`options` or `definitions` twice: for the commands, the last one counts',
    verdict: REJECTED,
    cases: ['definitions: twice: both are mappings', 'validate-values: options twice: the last one counts'],
  },
  {
    what: 'A tag below `definitions`, unless the setting `yaml.customTags` lists it',
    verdict: REJECTED,
    cases: ['definitions: with an own tag'],
  },
  {
    what: '`0b11`, which is text for the server, and `017`, which is a number',
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
    why: 'The server has an error where the bracket should end, too',
    ours: [],
    server: [3],
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
    what: 'An empty file',
    verdict: ACCEPTED,
    cases: ['validate-schema: empty schema.json'],
  },
  {
    what: 'A default with wrong fields, or with a wrong entry at a deeper level: a schema cannot compare these',
    verdict: ACCEPTED,
    cases: ['validate-schema: struct default without a field', 'validate-schema: fault deep in a default'],
  },
];

/** Of files that both reject, by case. */
export const JSON_LINES: typeof YAML_LINES = {
  'validate-schema: trailing comma': { why: 'The text of ours also names what follows', ours: [4], server: [] },
};
