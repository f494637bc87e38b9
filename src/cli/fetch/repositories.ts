/** Parses the list of repositories for `fetch-schemas`: `{"repos": {NAME: {url, path, sha?}}}`. Pure. */

import { type Node, parseTree } from 'jsonc-parser';
import { compareCodePoints } from '../../common/text.js';
import { JsonError, parseJson } from '../../files/strict-json.js';
import { findPosition } from '../../files/text-position.js';
import { CommandErrors } from '../terminal/errors.js';

/** One repository. Its strings are unchecked: they are as the user wrote them. */
export interface RepositorySource {
  /** The name in messages. */
  readonly name: string;
  /** The URL for `git clone`. */
  readonly url: string;
  /** The schemas directory, relative to the repository's root. */
  readonly path: string;
}

const TOP_KEYS = ['repos'];
/** `sha` is allowed and ignored: `fetch-schemas` always takes the newest commit. */
const SOURCE_KEYS = ['url', 'sha', 'path'];

/**
 * Returns the repositories in a configuration, sorted by name. Of duplicate names the last one counts.
 *
 * @throws {CommandErrors} if the configuration is invalid; with all issues
 */
export function parseRepositories(bytes: Uint8Array): readonly RepositorySource[] {
  try {
    parseJson(bytes);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new CommandErrors([`JSON error: ${error.message}`]);
  }
  const reader = new ConfigReader(new TextDecoder().decode(bytes));
  const repositories = reader.repositories();
  if (reader.issues.length > 0) throw new CommandErrors(reader.issues);
  return repositories;
}

class ConfigReader {
  readonly issues: string[] = [];
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  repositories(): RepositorySource[] {
    const root = parseTree(this.#text) as Node;
    const repos = this.#members(root, TOP_KEYS)?.get('repos');
    if (repos === undefined) {
      if (root.type === 'object') this.#missing('repos', root);
      return [];
    }
    if (repos.type !== 'object') {
      this.#wrongType(repos, 'a map');
      return [];
    }
    const sources = new Map<string, Node>();
    for (const [key, value] of listProperties(repos)) sources.set(key.value, value);
    return [...sources]
      .sort(([a], [b]) => compareCodePoints(a, b))
      .map(([name, node]) => {
        const members = this.#members(node, SOURCE_KEYS);
        const [url, path] = [this.#string('url', node, members), this.#string('path', node, members)];
        const sha = members?.get('sha');
        if (sha !== undefined && sha.type !== 'null') this.#string('sha', node, members);
        return { name, url, path };
      });
  }

  /** Returns the members of an object; adds issues for keys that are not `allowed` or that occur twice. */
  #members(node: Node, allowed: readonly string[]): ReadonlyMap<string, Node> | undefined {
    if (node.type !== 'object') {
      this.#wrongType(node, 'an object');
      return undefined;
    }
    const members = new Map<string, Node>();
    for (const [key, value] of listProperties(node)) {
      const name = key.value as string;
      if (!allowed.includes(name)) {
        const names = allowed.map((known) => `\`${known}\``).join(', ');
        const expected = allowed.length === 1 ? names : `one of ${names}`;
        this.#addIssue(`unknown field \`${name}\`, expected ${expected}`, findEnd(key));
      } else if (members.has(name)) {
        this.#addIssue(`duplicate field \`${name}\``, findEnd(key));
      }
      members.set(name, value);
    }
    return members;
  }

  #string(key: string, parent: Node, members: ReadonlyMap<string, Node> | undefined): string {
    const node = members?.get(key);
    if (node?.type === 'string') return node.value;
    if (node !== undefined) this.#wrongType(node, 'a string');
    else if (members !== undefined) this.#missing(key, parent);
    return '';
  }

  #missing(key: string, parent: Node): void {
    this.#addIssue(`missing field \`${key}\``, findEnd(parent));
  }

  #wrongType(node: Node, expected: string): void {
    const isContainer = node.type === 'array' || node.type === 'object';
    const place = isContainer ? node.offset : findEnd(node);
    this.#addIssue(`invalid type: ${describe(node, this.#text)}, expected ${expected}`, place);
  }

  /** @param end the offset after the last character that the Rust command line reads before it detects the issue */
  #addIssue(message: string, end: number): void {
    const { line, column } = findPosition(this.#text, end);
    this.issues.push(`JSON error: ${message} at line ${line} column ${column - 1}`);
  }
}

function listProperties(node: Node): [Node, Node][] {
  return (node.children ?? []).map(({ children }) => children as [Node, Node]);
}

function findEnd(node: Node): number {
  return node.offset + node.length;
}

function describe(node: Node, text: string): string {
  const literal = text.slice(node.offset, findEnd(node));
  switch (node.type) {
    case 'array':
      return 'sequence';
    case 'object':
      return 'map';
    case 'string':
      return `string ${literal}`;
    case 'number':
      return `${/^-?\d+$/.test(literal) ? 'integer' : 'floating point'} \`${literal}\``;
    case 'boolean':
      return `boolean \`${literal}\``;
    default:
      return literal;
  }
}
