/** Reads and checks one file of values. Runs in the command line's main thread. */
import { compareCodePoints, escapeControlChars, formatRest, truncate } from '../../common/text.js';
import type { Position } from '../../files/text-position.js';
import { findOption, type NamespaceSchema } from '../../schema/namespace-schema.js';
import { toPointer } from '../../schema/pointer.js';
import { describeIssues, describeNodeIssues, formatLocation, type LocatedIssue } from '../terminal/format-issues.js';
import type { Output } from '../terminal/output.js';
import { suggestSimilar } from '../terminal/suggest.js';
import { findBlankAfterMark } from '../yaml/blanks.js';
import { adviseOnKey } from '../yaml/key-advice.js';
import type { YamlMap, YamlMember, YamlNode } from '../yaml/node.js';
import type { ParsedYaml } from '../yaml/parse.js';
import { checkOptions } from './check-options.js';
import { adviseOnTests } from './list-files.js';
import { readYamlFile } from './read-file.js';
import type { ValuesFile } from './tree.js';
import { describeUndeclared, type UndeclaredOption } from './undeclared.js';

/** The options that a file sets, by name. */
export type Options = ReadonlyMap<string, YamlNode>;

/** The result of reading a file. */
export interface ReadFile {
  readonly path: string;
  /** The options that could be read. Use them only if no file has an issue. */
  readonly options: Options;
  /** Returns the place of the key of one of the options. */
  readonly locate: (name: string) => Position;
  /** The issues, each a whole message. */
  readonly issues: readonly string[];
}

/** The top-level key of the options. */
const OPTIONS = 'options';

/** The other top-level key: a mapping of anything, for anchors. No schema describes it, and nothing of it is written. */
const DEFINITIONS = 'definitions';

/** How strictly a file is checked. */
export interface FileSettings {
  /** Whether to warn of what only a Node.js service rejects. */
  readonly isForNode: boolean;
  /** Whether that, and an option that the schema does not declare, is an issue instead of a warning. */
  readonly isStrict: boolean;
}

/** Reads the file and checks it against the namespace's schema. Prints warnings immediately, and returns issues. */
export function readValuesFile(
  { path, namespace }: ValuesFile,
  schema: NamespaceSchema,
  output: Output,
  { isForNode, isStrict }: FileSettings,
): ReadFile {
  const issues: string[] = [];
  const yaml = parseFile(path, issues);
  if (yaml === undefined) return { path, options: new Map(), locate: () => ({ line: 1, column: 1 }), issues };
  for (const { message, place } of findDoubtful(yaml, path)) {
    if (isStrict) issues.push(`${escapeControlChars(`Invalid YAML structure in ${path}`)}: ${message} (${place})`);
    else output.warn(`Probably not meant: ${message}`, { place });
  }
  const map = findOptions(yaml, path, issues, schema);
  const members = [...(map?.members ?? [])].filter(([, { keyType }]) => keyType === 'string');
  const options = new Map(members.map(([name, { value }]) => [name, value]));
  const { issues: invalid, rejectedByNode, unknown } = checkOptions(options, schema, path);
  const unconverted = yaml.issues
    .filter((issue) => issue.isValue && issue.path[0] === OPTIONS)
    .map(({ path: steps, message, offset }) => ({ pointer: toPointer(steps.slice(1).map(String)), message, offset }));
  const undeclared = describeUndeclared(unknown, options, schema).map((each) => ({
    ...each,
    offset: map?.members.get(each.name)?.keyOffset ?? 0,
  }));
  const strict = isStrict ? [...undeclared.map(toIssue), ...rejectedByNode] : [];
  const wrong = [...unconverted, ...invalid, ...strict].sort((a, b) => compareCodePoints(toOption(a), toOption(b)));
  const toLocated = (issue: { readonly offset: number } & Omit<LocatedIssue, 'position'>): LocatedIssue => {
    return { ...issue, position: yaml.positionOf(issue.offset) };
  };
  for (const { name, advice, isMistake, offset } of isStrict ? [] : undeclared) {
    const place = formatLocation(path, yaml.positionOf(offset));
    const expected = isMistake ? '' : ` ${EXPECTED}`;
    output.warn(`Ignoring unknown option${advice || '.'}${expected}`, { key: name, namespace, place });
  }
  if (isForNode && !isStrict && rejectedByNode.length > 0)
    output.warn(describeNodeIssues(path, rejectedByNode.map(toLocated)));
  if (wrong.length > 0) {
    issues.push(describeIssues(`In file ${path}: Value error for ${namespace}:`, path, wrong.map(toLocated)));
  }
  const locate = (name: string): Position => yaml.positionOf(map?.members.get(name)?.keyOffset ?? 0);
  return { path, options, locate, issues };
}

/** What is valid and probably not meant, and where. */
interface Doubtful {
  readonly message: string;
  readonly place: string;
}

function findDoubtful(yaml: ParsedYaml, path: string): readonly Doubtful[] {
  const lost = findLost(yaml, path);
  const moved = yaml.movedEntries.map((offset) => ({
    message: MOVED_ENTRY,
    place: formatLocation(path, yaml.positionOf(offset)),
  }));
  return lost === undefined ? moved : [lost, ...moved];
}

const MOVED_ENTRY =
  '"- " begins no entry here, since the line continues the text above; correct its indentation, or put the text in quotes';

/** Describes the key of the options if an earlier one has options, too, which are lost; undefined if there is none. */
function findLost({ root, positionOf }: ParsedYaml, path: string): Doubtful | undefined {
  const { keyOffset, overridden } = (root?.kind === 'map' ? root.members.get(OPTIONS) : undefined) ?? {};
  if (keyOffset === undefined || overridden === undefined) return undefined;
  const first = formatLocation(path, positionOf(overridden));
  const message = `the key '${OPTIONS}' is there twice, and only the last one counts: move here what is below the one at ${first}`;
  return { message, place: formatLocation(path, positionOf(keyOffset)) };
}

function toOption({ pointer }: { readonly pointer: string }): string {
  return pointer.split('/')[0] ?? '';
}

const EXPECTED = 'This is expected during deployments when values are updated before schemas.';

/** Makes an issue of an option that the schema does not declare. */
function toIssue({ name, advice, offset }: UndeclaredOption & { readonly offset: number }) {
  return {
    pointer: toPointer([name]),
    message: `is not declared in the schema${advice || '; declare it first, or remove it'}`,
    offset,
  };
}

/** Reads and parses the file, and adds issues; undefined if the file cannot be read or its syntax is invalid. */
function parseFile(path: string, issues: string[]): ParsedYaml | undefined {
  const yaml = readYamlFile(path);
  if ('issue' in yaml) {
    issues.push(yaml.issue);
    return undefined;
  }
  const malformed = yaml.issues.filter((issue) => !issue.isValue || issue.path[0] !== OPTIONS);
  const located = malformed.map(({ path: steps, message, offset }) => {
    const place = steps.length === 0 ? '' : `${formatDotted(steps)}: `;
    return { pointer: '', message: `${place}${message}`, position: yaml.positionOf(offset) };
  });
  if (located.length > 0) issues.push(describeIssues(`YAML parse error in ${path}:`, path, located));
  return yaml.isMalformed ? undefined : yaml;
}

/** @example formatDotted(['options', 'hosts', 0, 'port']) // 'options.hosts[0].port' */
export function formatDotted(path: readonly (string | number)[]): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index > 0 ? '.' : ''}${step}`))
    .join('');
}

/** The maximum number of names that a message lists, and of characters of each. */
const MAX_LISTED = { names: 10, characters: 100 };

function formatList(names: readonly string[]): string {
  const shown = names.slice(0, MAX_LISTED.names).map((name) => JSON.stringify(truncate(name, MAX_LISTED.characters)));
  const rest = names.length - shown.length;
  return `[${shown.join(', ')}]${rest > 0 ? ` ${formatRest(rest)}` : ''}`;
}

/** What to write if a file has no options. */
const EMPTY = "; write 'options: {}' if it has none";

/** What to do about a file without any key. */
const NO_OPTIONS = "; if it has no options, write 'options: {}' or delete the file";

/** Returns the mapping of the options; adds issues if the document has another form. */
function findOptions(yaml: ParsedYaml, path: string, issues: string[], schema: NamespaceSchema): YamlMap | undefined {
  const { root } = yaml;
  const reject = (offset: number, message: string): undefined => {
    const structure = escapeControlChars(`Invalid YAML structure in ${path}: ${message}`);
    issues.push(`${structure} (${formatLocation(path, yaml.positionOf(offset))})`);
  };
  if (root !== undefined && root.kind !== 'map')
    return isKnown(root)
      ? undefined
      : reject(root.offset, `expected a mapping with the key '${OPTIONS}'${isNull(root) ? NO_OPTIONS : ''}`);
  const members = root?.members ?? new Map<string, YamlMember>();
  const options = members.get(OPTIONS)?.value;
  const unexpected = [...members.keys()].filter((key) => key !== OPTIONS && key !== DEFINITIONS);
  if (unexpected.length > 0) {
    const [first = ''] = unexpected;
    const offset = members.get(first)?.keyOffset ?? 0;
    const tests = unexpected.includes('tests') ? adviseOnTests(path) : '';
    const isBeside =
      unexpected.some((key) => findOption(schema, key) !== undefined) || (isNull(options) && tests === '');
    const similar = options === undefined ? suggestSimilar(first, [OPTIONS]) : '';
    const advice = adviseOnKey(first) || (isBeside ? `; indent options below '${OPTIONS}:'` : tests || similar);
    const found = `found unexpected keys ${formatList(unexpected.sort(compareCodePoints))}${advice}`;
    reject(offset, `expected only top-level keys '${OPTIONS}' and optional '${DEFINITIONS}', ${found}`);
  }
  const definitions = members.get(DEFINITIONS)?.value;
  if (definitions !== undefined && definitions.kind !== 'map' && !isKnown(definitions)) {
    reject(definitions.offset, `expected '${DEFINITIONS}' to be a mapping`);
  }
  if (options === undefined) {
    // Of a file with other keys, one issue says both: it probably misspells this one.
    if (unexpected.length > 0 || root?.isBroken === true) return undefined;
    const advice = members.size === 0 ? NO_OPTIONS : EMPTY;
    return reject(0, `expected top-level key '${OPTIONS}', found ${formatList([...members.keys()])}${advice}`);
  }
  if (options.kind !== 'map') {
    // Of options that are not indented, the issue of the other keys says it.
    return isKnown(options) || (isNull(options) && unexpected.length > 0)
      ? undefined
      : reject(options.offset, `expected '${OPTIONS}' to be a mapping${adviseOnOptions(options)}`);
  }
  for (const [name, { keyType, keyOffset }] of options.members) {
    if (keyType === 'string') continue;
    const place = formatLocation(path, yaml.positionOf(keyOffset));
    const found = `option key must be a string, found the ${keyType} ${name}; quote it`;
    issues.push(`${escapeControlChars(`Invalid YAML in ${path}: ${found}`)} (${place})`);
  }
  return options;
}

/** Says what to do about options that are not a mapping. */
function adviseOnOptions(options: YamlNode): string {
  if (options.kind === 'list') return "; write each option as 'name: value', without '- '";
  if (options.kind !== 'scalar') return '';
  if (isNull(options)) return EMPTY;
  const blank = options.type === 'string' ? findBlankAfterMark(JSON.parse(options.json)) : undefined;
  const instead = blank === undefined ? '' : ` instead of ${blank}`;
  return `; write each option as 'name: value', with a colon and a space${instead}`;
}

function isNull(node: YamlNode | undefined): boolean {
  return node?.kind === 'scalar' && node.type === 'null';
}

/** Whether an issue says what is wrong with the node. */
function isKnown({ isBroken, hasFaults }: YamlNode): boolean {
  return isBroken === true && hasFaults !== true;
}
