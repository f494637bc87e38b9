/** The values that processes should have, as the hash of their file. Runs in the command line's main thread. */
import { createHash } from 'node:crypto';
import { isObject, type OptionValue } from '../../common/value.js';
import { VALUES_FILE } from '../../config/base-directory.js';
import { JsonError, parseJson } from '../../files/strict-json.js';
import { readInput } from '../inspect/input.js';
import { readDocument, stripPrefix } from '../inspect/manifest.js';
import { parseDocument } from '../inspect/sources.js';
import { anything } from '../remote/parse.js';
import { CommandError } from '../terminal/errors.js';
import { type ClusterNamespace, runKubectl } from './kubectl.js';

/** The file whose values processes should have. */
export interface ExpectedValues {
  /** The name in messages. */
  readonly source: string;
  /** SHA-256 of `values.json`, in hex, as `status()` has it. */
  readonly hash: string;
}

type Fields = { readonly [key: string]: OptionValue };

/**
 * Reads a `values.json`, or the manifest of a ConfigMap that holds one, or of a List of ConfigMaps.
 *
 * @throws {CommandError} if the file cannot be read or is neither
 */
export function readExpectedFile(file: string, namespace: string): ExpectedValues {
  const bytes = readInput(file);
  const document = parseDocument(file, bytes);
  // Throws if the document has another form.
  readDocument(file, namespace, document);
  const isManifest = isObject(document) && Object.hasOwn(document, 'kind');
  if (!isManifest && !isJson(bytes)) {
    // No process has YAML, so none would ever have the hash.
    throw new CommandError(
      `${file} must be a values.json or the manifest of a ConfigMap; got other YAML. Pass what \`write\` writes of it`,
    );
  }
  return {
    source: file === '-' ? 'stdin' : file,
    hash: hash(isManifest ? findText(file, namespace, document) : bytes),
  };
}

/**
 * Reads a ConfigMap of the cluster.
 *
 * @throws {CommandError} if there is none with that name, or if it has no `values.json`
 */
export async function readConfigMap(
  name: string,
  namespace: string,
  clusterNamespace: ClusterNamespace,
): Promise<ExpectedValues> {
  const document = await runKubectl(['get', 'configmap', name, '--output=json'], clusterNamespace, anything);
  const source = `ConfigMap ${name}`;
  return { source, hash: hash(findText(source, namespace, document)) };
}

/** Returns the text of `values.json` in a manifest. */
function findText(source: string, namespace: string, document: OptionValue): string {
  const all =
    isObject(document) && Array.isArray(document.items) ? (document.items as readonly OptionValue[]) : [document];
  const found = all.filter((item) => isObject(item) && item.kind === 'ConfigMap') as readonly Fields[];
  // A single ConfigMap may have any name, as with a suffix.
  const chosen = found.length === 1 ? found : found.filter((item) => nameOf(item) === namespace);
  const [text] = chosen.flatMap(({ data = null }) => {
    const value = isObject(data) && Object.hasOwn(data, VALUES_FILE) ? data[VALUES_FILE] : undefined;
    return typeof value === 'string' ? [value] : [];
  });
  if (text !== undefined) return text;
  throw new CommandError(`${source} has no ConfigMap of '${namespace}' with the key '${VALUES_FILE}' in its data`);
}

function isJson(bytes: Uint8Array): boolean {
  try {
    parseJson(bytes);
    return true;
  } catch (error) {
    if (error instanceof JsonError) return false;
    throw error;
  }
}

function nameOf({ metadata = null }: Fields): string {
  const name = isObject(metadata) ? metadata.name : undefined;
  return typeof name === 'string' ? stripPrefix(name) : '';
}

function hash(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
