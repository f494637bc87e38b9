/** Evaluates a flag of a values file, without a schema. Runs in the command line's main thread. */
import { isUtf8 } from 'node:buffer';
import { escapeControlChars, truncate } from '../../common/text.js';
import { ContextLimitError } from '../../features/context-limits.js';
import { explain } from '../../features/evaluate.js';
import { type FeatureEvaluation, FeatureReason } from '../../features/evaluation.js';
import { type Feature, FLAG_PREFIX } from '../../features/feature.js';
import { FileError } from '../../files/file-error.js';
import { MAX_FILE_BYTES, readWhole } from '../../files/read.js';
import { JsonError, parseJson } from '../../files/strict-json.js';
import { compileSchema, type NamespaceSchema } from '../../schema/namespace-schema.js';
import { CommandError } from '../terminal/errors.js';
import { describeIssues, describeNodeIssues, type LocatedIssue } from '../terminal/format-issues.js';
import type { Output } from '../terminal/output.js';
import { similarNames } from '../terminal/suggest.js';
import { checkOptions } from '../values/check-options.js';
import { formatDotted } from '../values/file.js';
import { parseExactJson, toOptionValue } from '../yaml/exact-json.js';
import type { YamlMap } from '../yaml/node.js';
import { type ParsedYaml, parseYaml } from '../yaml/parse.js';
import { ExactContext, type ExactContextData } from './exact-context.js';
import { compileExactFlag } from './exact-flag.js';
import { isDescriptor, readInput } from './input.js';
import { describeSegments } from './segments.js';

/** The arguments of `eval`, unparsed. */
export interface Question {
  /** The path of the values file. */
  readonly values: string;
  /** The flag's name, with or without the prefix `feature.`. */
  readonly flag: string;
  /** The context's data, as JSON. */
  readonly context: string;
  readonly identityFields: readonly string[];
}

/**
 * Returns the output of `eval`: the lines of the Rust command line, and for a person also how each segment decided.
 *
 * @throws {CommandError} if the file, the flag or the context is invalid, in this order
 */
export function evaluateFlag(question: Question, output: Output): string {
  const name = question.flag.startsWith(FLAG_PREFIX) ? question.flag.slice(FLAG_PREFIX.length) : question.flag;
  const feature = readFlag(question.values, FLAG_PREFIX + name, output);
  const context = new ExactContext(parseContext(question.context), question.identityFields);
  let evaluation: FeatureEvaluation;
  const flag = compileExactFlag(name, feature, context);
  try {
    evaluation = explain(flag, context);
  } catch (error) {
    if (!(error instanceof ContextLimitError)) throw error;
    throw new CommandError(`--context: ${error.message}`, { cause: error });
  }
  const lines = formatAnswer(evaluation);
  if (output.isTerminal) {
    lines.push(...describeSegments(feature, evaluation));
    if (evaluation.bucket !== undefined) {
      lines.push(`  hashed: ${truncate(flag.prefix + context.formatIdentity(), MAX_SHOWN)}`);
    }
  }
  return lines.map((line) => `${output.isTerminal ? escapeControlChars(line) : line}\n`).join('');
}

/** The maximum number of characters of the context that a message or the answer shows. */
const MAX_SHOWN = 100;

function formatAnswer({ enabled, reason, segment, rollout }: FeatureEvaluation): string[] {
  if (reason === FeatureReason.DISABLED) return [`${enabled}`, 'flag is disabled'];
  if (segment === undefined) return [`${enabled}`, 'no segment matched'];
  const lines = [`${enabled}`, `segment: ${segment} (rollout ${rollout}%)`];
  return enabled ? lines : [...lines, 'conditions matched, but the context is outside the rollout'];
}

/** Returns the flag `key` of the file at `path`, with bigints for the integers that a JavaScript number cannot hold. */
function readFlag(path: string, key: string, output: Output): Feature {
  const bytes = readFile(path);
  if (!isUtf8(bytes)) throw new CommandError(`Cannot read ${path}: it must be UTF-8`);
  const yaml = parseYaml(bytes, { isLenient: true });
  const locate = ({ offset, ...issue }: Omit<LocatedIssue, 'position'> & { readonly offset: number }): LocatedIssue => {
    return { ...issue, position: yaml.positionOf(offset) };
  };
  if (yaml.issues.length > 0) {
    const issues = yaml.issues.map(({ path: steps, message, offset }) => {
      const place = steps.length === 0 ? '' : `${formatDotted(steps)}: `;
      return locate({ pointer: '', message: `${place}${message}`, offset });
    });
    throw new CommandError(describeIssues(`YAML parse error in ${path}:`, path, issues));
  }
  const options = findOptions(yaml);
  const node = options?.get(key)?.value;
  if (node === undefined) {
    const flags = [...(options?.keys() ?? [])].filter((other) => other.startsWith(FLAG_PREFIX));
    const names = flags.map((other) => other.slice(FLAG_PREFIX.length));
    const [similar] = similarNames(key.slice(FLAG_PREFIX.length), names);
    const hint = similar === undefined ? '' : `; did you mean ${FLAG_PREFIX}${similar}?`;
    throw new CommandError(escapeControlChars(`${key} not found in ${path}${hint}`));
  }
  const segments = node.kind === 'map' ? node.members.get('segments')?.value : undefined;
  if (segments?.kind !== 'list') throw new CommandError(escapeControlChars(`${key} has no segments list`));
  const { issues, rejectedByNode } = checkOptions(new Map([[key, node]]), makeSchema(), path);
  if (issues.length > 0) {
    throw new CommandError(describeIssues(`Invalid flag definition: In file ${path}:`, path, issues.map(locate)));
  }
  // A program that reads the answer gets no other line than from the Rust command line.
  if (output.isTerminal && rejectedByNode.length > 0) {
    output.warn(describeNodeIssues(path, rejectedByNode.map(locate)));
  }
  return toOptionValue(node) as Feature;
}

function readFile(path: string): Uint8Array {
  // A pipe of the shell has a writer. To read from a FIFO could wait for ever.
  if (isDescriptor(path)) return readInput(path);
  try {
    return readWhole(path, MAX_FILE_BYTES).bytes;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    // The system's message says that it cannot be read as well.
    const reason = error.cause instanceof Error ? error.cause.message : `it ${error.message}`;
    throw new CommandError(`Cannot read ${path}: ${reason}`, { cause: error });
  }
}

function findOptions({ root }: ParsedYaml): YamlMap['members'] | undefined {
  const options = root?.kind === 'map' ? root.members.get('options')?.value : undefined;
  return options?.kind === 'map' ? options.members : undefined;
}

/** Compiles a schema that declares all flags, so that a flag is checked as in a service. */
function makeSchema(): NamespaceSchema {
  const pattern = { '^feature\\.': { $ref: '#/definitions/Feature' } };
  const document = { version: '1.0', type: 'object', patternProperties: pattern };
  const compiled = compileSchema('eval', '', Buffer.from(JSON.stringify(document)));
  if ('issues' in compiled) throw new Error('The schema of eval is invalid.');
  return compiled.schema;
}

function parseContext(text: string): ExactContextData {
  try {
    // Rejects what the exact parser would accept.
    parseJson(Buffer.from(text));
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const message = error.message.replace(/^Failed to parse JSON: /, '');
    const [, name, value] = /^([\w.-]{1,50})[=:]([^={}"]{0,100})$/.exec(text.slice(0, 200)) ?? [];
    const example = name === undefined ? '' : `; write '${JSON.stringify({ [name]: value })}'`;
    throw new CommandError(`--context is not valid JSON: ${message}${example}`, { cause: error });
  }
  const data = parseExactJson(text);
  if (data instanceof Map) return data;
  throw new CommandError(`--context must be a JSON object, got ${truncate(text, MAX_SHOWN)}`);
}
