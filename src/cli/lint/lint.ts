/** The work of `sentry-options lint`. Runs in the command line's main thread. */

import { compileFlag } from '../../features/compile.js';
import { parseCreatedAt } from '../../features/created-at.js';
import { isOffForEverybody, isOnForEverybody } from '../../features/everybody.js';
import { type Feature, FLAG_PREFIX } from '../../features/feature.js';
import { MAX_FILE_BYTES, readWhole } from '../../files/read.js';
import { findOption, type NamespaceSchema } from '../../schema/namespace-schema.js';
import { readDefaults } from '../inspect/effective.js';
import { readSchemas } from '../schemas/read.js';
import { formatLocation } from '../terminal/format-issues.js';
import type { Output } from '../terminal/output.js';
import { deployTo, listTargets, type RootValues } from '../values/deployed.js';
import { loadTargetValues } from '../values/load.js';
import { readYamlFile } from '../values/read-file.js';
import { Suppressions } from '../values/suppressions.js';
import { DEFAULT_TARGET, findValues, type ValuesFile } from '../values/tree.js';
import { type ExactJson, equalsExactJson, toExactJson, toOptionValue } from '../yaml/exact-json.js';
import { findNode, type YamlMap, type YamlNode } from '../yaml/node.js';
import type { ParsedYaml } from '../yaml/parse.js';
import type { Finding, OptionFinding } from './findings.js';
import { findInFlag } from './flag-rules.js';
import { findInTexts } from './text-rules.js';

/** What to look at. */
export interface LintOptions {
  readonly schemas: string;
  readonly root: string;
  /** The values before a change; undefined if there is none. */
  readonly base: string | undefined;
  /** The age in milliseconds from which on a flag that says the same to everybody is a finding; undefined for none. */
  readonly maxAge: number | undefined;
  /** In milliseconds since 1970. */
  readonly now: number;
}

/** The result of {@link lint}. */
export interface LintResult {
  /** Sorted by file and place. */
  readonly findings: readonly Finding[];
  /** How many findings a comment suppressed. */
  readonly suppressed: number;
  readonly files: number;
}

const DAY_MS = 86_400_000;

/**
 * Validates all schemas and values, and finds values that are probably not what somebody meant.
 *
 * @throws {CommandError} if a schema or a file has an issue
 */
export function lint({ schemas: directory, root, base, maxAge, now }: LintOptions, output: Output): LintResult {
  const schemas = readSchemas(directory, output.withoutAnnotations);
  const { values } = loadTargetValues(root, schemas, output.withoutAnnotations);
  const before =
    base === undefined ? undefined : loadTargetValues(base, schemas, output, { option: '--base', isSide: true }).values;
  const { files } = findValues(root, schemas, '--root');
  const findings: Finding[] = [];
  let suppressed = 0;
  const settled = new Set<string>();
  for (const file of files) {
    const schema = schemas.get(file.namespace) as NamespaceSchema;
    const document = new ValuesDocument(file);
    for (const { line, column, message } of document.mistakes) {
      output.warn(message, { place: formatLocation(file.path, { line, column }) });
    }
    for (const [key, node] of document.options) {
      const context = { key, node, file, schema, values, before };
      const found = [
        ...findSame(context),
        ...findInTexts(node),
        ...(isFlag(schema, key) ? [...findInFlag(toFeature(node), now), ...findCreatedAt(context)] : []),
        ...(maxAge === undefined ? [] : findSettled(context, maxAge, now, settled)),
      ];
      for (const each of found) {
        const finding = document.locate(key, node, each);
        if (document.isSuppressed(key, finding)) suppressed++;
        else findings.push(finding);
      }
    }
  }
  findings.sort((a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.code, b.code));
  return { findings, suppressed, files: files.length };
}

/** An option of a file, and what it is compared with. */
interface OptionContext {
  readonly key: string;
  readonly node: YamlNode;
  readonly file: ValuesFile;
  readonly schema: NamespaceSchema;
  readonly values: RootValues;
  readonly before: RootValues | undefined;
}

/** A file of values, with its places. */
class ValuesDocument {
  readonly options: ReadonlyMap<string, YamlNode>;
  readonly #file: ValuesFile;
  readonly #yaml: ParsedYaml;
  readonly #members: YamlMap['members'];
  readonly #suppressions: Suppressions;

  constructor(file: ValuesFile) {
    this.#file = file;
    // It was valid a moment ago.
    this.#yaml = readYamlFile(file.path) as ParsedYaml;
    const { members } = this.#yaml.root as YamlMap;
    this.#members = (members.get('options') as { readonly value: YamlMap }).value.members;
    this.options = new Map([...this.#members].map(([key, { value }]) => [key, value]));
    this.#suppressions = new Suppressions(Buffer.from(readWhole(file.path, MAX_FILE_BYTES).bytes).toString());
  }

  /** The comments that suppress nothing. */
  get mistakes(): Suppressions['mistakes'] {
    return this.#suppressions.mistakes;
  }

  locate(key: string, node: YamlNode, { path, ...finding }: OptionFinding): Finding {
    const { namespace, target, path: file } = this.#file;
    // The option itself, if the finding is about all of it; else what is nearest to the place.
    const offset = path.length === 0 ? this.#keyOffset(key) : findNode(node, path).node.offset;
    return { ...finding, namespace, target, key, file, ...this.#yaml.positionOf(offset) };
  }

  isSuppressed(key: string, { code, line }: Finding): boolean {
    const { line: keyLine } = this.#yaml.positionOf(this.#keyOffset(key));
    return this.#suppressions.has(code, [line, line - 1, keyLine, keyLine - 1]);
  }

  #keyOffset(key: string): number {
    return this.#members.get(key)?.keyOffset ?? 0;
  }
}

/** Finds a value that is the same without it. */
function findSame({ key, node, file: { namespace, target }, schema, values }: OptionContext): OptionFinding[] {
  const value = toExactJson(node);
  const inherited = target === DEFAULT_TARGET ? undefined : values.get(namespace)?.get(DEFAULT_TARGET)?.get(key);
  const other = inherited === undefined ? readDefault(schema, key) : toExactJson(inherited);
  if (other === undefined || !equalsExactJson(value, other)) return [];
  const what = inherited === undefined ? "the schema's default" : `the value of the target '${DEFAULT_TARGET}'`;
  return [{ severity: 'warning', code: 'same-as-default', message: `It is equal to ${what}: remove it`, path: [] }];
}

function readDefault(schema: NamespaceSchema, key: string): ExactJson | undefined {
  return schema.options.get(key)?.isFlag === false ? readDefaults(schema).get(key) : undefined;
}

/** Finds a `created_at` that differs from the base: it decides how the flag is hashed. */
function findCreatedAt({ key, node, file: { namespace, target }, before }: OptionContext): OptionFinding[] {
  const old = before?.get(namespace)?.get(target)?.get(key);
  if (old === undefined) return [];
  const [from, to] = [toFeature(old), toFeature(node)];
  if (from.created_at === to.created_at) return [];
  const name = key.slice(FLAG_PREFIX.length);
  const isReshuffled = compileFlag(name, from).prefix !== compileFlag(name, to).prefix;
  const message = isReshuffled
    ? `created_at changes from ${from.created_at} to ${to.created_at}, and with it the bucket of every context: a rollout lets in others`
    : `created_at changes from ${from.created_at} to ${to.created_at}. No bucket changes`;
  return [{ severity: isReshuffled ? 'warning' : 'note', code: 'created-at-changed', message, path: ['created_at'] }];
}

/** Finds a flag that is old, and on or off for everybody in all targets. Reports it once. */
function findSettled(
  { key, node, file: { namespace }, schema, values }: OptionContext,
  maxAge: number,
  now: number,
  settled: Set<string>,
): OptionFinding[] {
  const id = `${namespace}/${key}`;
  if (!isFlag(schema, key) || settled.has(id)) return [];
  const createdAt = parseCreatedAt(toFeature(node).created_at);
  if (createdAt === undefined || now - createdAt < maxAge) return [];
  const byTarget = values.get(namespace);
  const nodes = listTargets(new Map(byTarget === undefined ? [] : [[namespace, byTarget]])).map((target) =>
    deployTo(target, byTarget).get(key),
  );
  const features = nodes.map((each) => each && toFeature(each));
  const isOn = features.every((feature) => feature !== undefined && isOnForEverybody(feature));
  const isOff = features.every((feature) => feature === undefined || isOffForEverybody(feature));
  if (!isOn && !isOff) return [];
  settled.add(id);
  const days = Math.floor((now - createdAt) / DAY_MS);
  const message = `It is ${days} days old, and ${isOn ? 'on' : 'off'} for everybody in all targets: remove it from the code, and then from here`;
  return [{ severity: 'warning', code: 'settled', message, path: [] }];
}

function isFlag(schema: NamespaceSchema, key: string): boolean {
  return findOption(schema, key)?.isFlag === true;
}

function toFeature(node: YamlNode): Feature {
  return toOptionValue(node) as Feature;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
