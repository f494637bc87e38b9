/** The Kubernetes ConfigMap that brings values into a pod. Pure. */
import { checkNamespaceName } from '../../schema/namespace-name.js';
import { CommandError } from '../terminal/errors.js';
import { emitText } from '../yaml/emit.js';

/** What Kubernetes stores of one object, 1 MiB, less a margin for what it adds. */
const MAX_BYTES = 1024 * 1024 - 1000;

/** What a ConfigMap says beside its values. */
interface ConfigMapSettings {
  readonly name: string;
  readonly annotations: Readonly<Record<string, string | undefined>>;
  /** The text of `values.json`. */
  readonly values: string;
}

/**
 * The name of the ConfigMap of `namespace`. A suffix tells those of several targets in one cluster apart.
 *
 * @throws {CommandError} where Kubernetes would not take it as the name of a volume
 */
export function buildConfigMapName(namespace: string, suffix: string | undefined): string {
  const name = `sentry-options-${namespace}${suffix === undefined ? '' : `-${suffix}`}`;
  const problem = checkNamespaceName(name);
  if (problem !== undefined) throw new CommandError(`Invalid ConfigMap name '${name}': ${problem}`);
  return name;
}

/**
 * The ConfigMap as YAML.
 *
 * @throws {CommandError} where it is larger than Kubernetes takes
 */
export function buildConfigMap({ name, annotations, values }: ConfigMapSettings): string {
  const lines = Object.entries(annotations)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `    ${key}: ${emitText(value, 4)}\n`);
  const yaml = `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${emitText(name, 2)}
  labels:
    app.kubernetes.io/managed-by: sentry-options
  annotations:
${lines.join('')}data:
  values.json: ${emitText(values, 2)}
`;
  const size = Buffer.byteLength(yaml);
  if (size <= MAX_BYTES) return yaml;
  const limit = `Kubernetes (1MiB - 1000B margin) limit (currently ${size} bytes, at most ${MAX_BYTES})`;
  throw new CommandError(`ConfigMap '${name}' exceeds ${limit}; move options into a namespace of their own`);
}
