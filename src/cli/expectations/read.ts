/** Reads the files of expectations: `*.test.yaml` beside the values. Runs in the command line's main thread. */
import { formatName } from '../../common/text.js';
import { FLAG_PREFIX } from '../../features/feature.js';
import { findOption, type NamespaceSchema } from '../../schema/namespace-schema.js';
import { adviseOnType } from '../../schema/value-advice.js';
import { CommandErrors, type FileError } from '../terminal/errors.js';
import { formatLocation } from '../terminal/format-issues.js';
import { suggestSimilar } from '../terminal/suggest.js';
import { listFilesBelow } from '../values/list-files.js';
import { readYamlFile } from '../values/read-file.js';
import { type ExactJson, toExactJson, toOptionValue } from '../yaml/exact-json.js';
import type { YamlMap, YamlNode } from '../yaml/node.js';
import type { ParsedYaml } from '../yaml/parse.js';

/** One expectation, for one target. */
export interface Expectation {
  readonly name: string;
  readonly namespace: string;
  readonly target: string;
  /** The option, or the flag with `feature.`. */
  readonly key: string;
  readonly isFlag: boolean;
  readonly context: ReadonlyMap<string, ExactJson>;
  readonly identityFields: readonly string[];
  readonly expected: ExactJson;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The only top-level key. */
const TESTS = 'tests';
const MEMBERS = ['name', 'target', 'flag', 'option', 'context', 'identityFields', 'expect'];
const ARTICLES = { flag: 'a', option: 'an' } as const;
const EMPTY: ReadonlyMap<string, ExactJson> = new Map();

/**
 * Reads all files of expectations below `root`: NAMESPACE/FILE.test.yaml, or NAMESPACE/TARGET/FILE.test.yaml, whose
 * expectations are of that target.
 *
 * @throws {CommandErrors} if any file has an issue; with the issues of all files
 */
export function readExpectations(
  root: string,
  schemas: ReadonlyMap<string, NamespaceSchema>,
  targets: readonly string[],
): readonly Expectation[] {
  const tests: { readonly path: string; readonly relative: readonly string[] }[] = [];
  listFilesBelow(root, { issues: new Map(), others: [], tests });
  tests.sort((a, b) => (a.path < b.path ? -1 : 1));
  const issues: (string | FileError)[] = [];
  const expectations = tests.flatMap(({ path, relative }) => {
    const [namespace = '', target] = relative;
    const schema = schemas.get(namespace);
    if (relative.length < 2 || relative.length > 3 || schema === undefined) {
      const message = `${path} must be in NAMESPACE/ or NAMESPACE/TARGET/ below ${root}, with a namespace that has a schema`;
      issues.push({ message, file: path });
      return [];
    }
    const reader = new FileReader(path, schema, { targets, target: relative.length === 3 ? target : undefined });
    const read = reader.read();
    issues.push(...reader.issues);
    return read;
  });
  if (issues.length > 0) throw new CommandErrors(issues);
  return expectations;
}

/** Where the expectations of a file apply. */
interface Scope {
  readonly targets: readonly string[];
  /** The target of all of the file's expectations; undefined if each names its own. */
  readonly target: string | undefined;
}

/** Reads one file. */
class FileReader {
  readonly issues: string[] = [];
  readonly #path: string;
  readonly #schema: NamespaceSchema;
  readonly #scope: Scope;
  #yaml!: ParsedYaml;

  constructor(path: string, schema: NamespaceSchema, scope: Scope) {
    this.#path = path;
    this.#schema = schema;
    this.#scope = scope;
  }

  read(): readonly Expectation[] {
    const yaml = readYamlFile(this.#path);
    if ('issue' in yaml) {
      this.issues.push(yaml.issue);
      return [];
    }
    this.#yaml = yaml;
    for (const { message, offset } of yaml.issues) this.#reject(offset, message);
    if (yaml.issues.length > 0) return [];
    const list = yaml.root?.kind === 'map' ? yaml.root.members.get(TESTS)?.value : undefined;
    if (list?.kind !== 'list' || (yaml.root as YamlMap).members.size > 1) {
      this.#reject(
        yaml.root?.offset ?? 0,
        `expected one top-level key, '${TESTS}', with a list${adviseOnRoot(yaml.root, list)}`,
      );
      return [];
    }
    return list.items.flatMap((item, index) => this.#readOne(item, index) ?? []);
  }

  #readOne(item: YamlNode, index: number): Expectation | undefined {
    if (item.kind !== 'map') return this.#reject(item.offset, 'an expectation must be a mapping');
    const { members } = item;
    for (const [name, { keyOffset }] of members) {
      if (MEMBERS.includes(name)) continue;
      return this.#reject(
        keyOffset,
        `unknown key ${formatName(name)}${suggestSimilar(name, MEMBERS) || `; the keys are ${MEMBERS.join(', ')}`}`,
      );
    }
    const key = this.#readKey(item);
    const target = this.#readTarget(item);
    const expected = members.get('expect')?.value;
    if (key === undefined || target === undefined) return undefined;
    if (expected === undefined) return this.#reject(item.offset, "the key 'expect' is missing");
    const isFlag = findOption(this.#schema, key)?.isFlag === true;
    if (isFlag && !isType(expected, 'boolean')) {
      const value = expected.kind === 'scalar' ? (toOptionValue(expected) as string | number | null) : '';
      const advice = value === null ? '' : adviseOnType(value, 'boolean');
      return this.#reject(expected.offset, `a flag is expected to be true or false${advice}`);
    }
    const context = members.get('context')?.value;
    if (context !== undefined && context.kind !== 'map')
      return this.#reject(context.offset, 'a context must be a mapping');
    const fields = members.get('identityFields')?.value;
    if (fields !== undefined && !(fields.kind === 'list' && fields.items.every((field) => isType(field, 'string')))) {
      return this.#reject(fields.offset, 'identityFields must be a list of property names');
    }
    const { line, column } = this.#yaml.positionOf(item.offset);
    return {
      name: this.#readName(item) ?? `${key} #${index + 1}`,
      namespace: this.#schema.namespace,
      target,
      key,
      isFlag,
      context: context === undefined ? EMPTY : (toExactJson(context) as ReadonlyMap<string, ExactJson>),
      identityFields: fields === undefined ? [] : (toExactJson(fields) as readonly string[]),
      expected: toExactJson(expected),
      file: this.#path,
      line,
      column,
    };
  }

  /** Reads which option or flag is meant. */
  #readKey(item: YamlMap): string | undefined {
    const [flag, option] = ['flag', 'option'].map((name) => item.members.get(name)?.value);
    if ((flag === undefined) === (option === undefined)) {
      return this.#reject(item.offset, "an expectation needs either 'flag' or 'option'");
    }
    const node = (flag ?? option) as YamlNode;
    if (!isType(node, 'string')) return this.#reject(node.offset, 'a name must be a string');
    const name = toExactJson(node) as string;
    const key = flag === undefined || name.startsWith(FLAG_PREFIX) ? name : FLAG_PREFIX + name;
    const kind = flag === undefined ? 'option' : 'flag';
    if (this.#kindOf(key) === kind) return key;
    const other = kind === 'flag' ? 'option' : 'flag';
    // By a pattern, any name with the prefix is a flag: only a declared one was meant.
    const isOther =
      this.#kindOf(name) === other || this.#schema.options.get(FLAG_PREFIX + name)?.isFlag === (other === 'flag');
    if (isOther)
      return this.#reject(node.offset, `${formatName(name)} is ${ARTICLES[other]} ${other}: write \`${other}:\``);
    const names = [...this.#schema.options.keys()].filter((each) => this.#kindOf(each) === kind);
    return this.#reject(node.offset, `the schema declares no ${kind} ${formatName(key)}${suggestSimilar(key, names)}`);
  }

  /** Returns what the schema declares by this name; undefined if it declares nothing. */
  #kindOf(key: string): 'flag' | 'option' | undefined {
    const found = findOption(this.#schema, key);
    return found && (found.isFlag ? 'flag' : 'option');
  }

  #readTarget(item: YamlMap): string | undefined {
    const node = item.members.get('target')?.value;
    const { target: own, targets } = this.#scope;
    if (node === undefined) {
      return own ?? this.#reject(item.offset, "the key 'target' is missing; in a folder of a target, it is not needed");
    }
    if (own !== undefined)
      return this.#reject(node.offset, `this file is in the folder of the target '${own}'; remove 'target'`);
    if (!isType(node, 'string'))
      return this.#reject(node.offset, 'a target is one name; write an expectation for each');
    const target = toExactJson(node) as string;
    if (targets.includes(target)) return target;
    return this.#reject(
      node.offset,
      `there are no values of the target ${formatName(target)}; there are those of ${targets.join(', ')}`,
    );
  }

  #readName(item: YamlMap): string | undefined {
    const node = item.members.get('name')?.value;
    return node !== undefined && isType(node, 'string') ? (toExactJson(node) as string) : undefined;
  }

  #reject(offset: number, message: string): undefined {
    this.issues.push(`${message} (${formatLocation(this.#path, this.#yaml.positionOf(offset))})`);
  }
}

/** Says what to do about a file that is not a mapping with a list of expectations alone. */
function adviseOnRoot(root: YamlNode | undefined, list: YamlNode | undefined): string {
  if (root?.kind === 'list') return `; write '${TESTS}:' in a line above it`;
  if (root?.kind !== 'map') return '';
  const other = [...root.members.keys()].find((name) => name !== TESTS);
  if (other === undefined) return list?.kind === 'map' ? "; begin each expectation with '- '" : '';
  return `; found ${formatName(other)}${list === undefined ? suggestSimilar(other, [TESTS]) : '; remove it'}`;
}

function isType(node: YamlNode, type: 'boolean' | 'string'): boolean {
  return node.kind === 'scalar' && node.type === type;
}
