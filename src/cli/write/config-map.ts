/** Builds the Kubernetes ConfigMap that carries values into a pod. Pure. */
import { checkNamespaceName } from '../../schema/namespace-name.js';
import { CommandError } from '../terminal/errors.js';
import { emitText } from '../yaml/emit.js';

/** The maximum size in bytes: 1 MiB, the limit of Kubernetes for one object, less a margin for what it adds. */
const MAX_BYTES = 1024 * 1024 - 1000;

/** The maximum size in bytes of all annotations of an object of Kubernetes, with their names. */
const MAX_ANNOTATIONS = 256 * 1024;

/** The annotation to which `kubectl apply` adds the object as JSON, unless `--server-side` is given. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The size of what kubectl adds to that JSON: at most a namespace of 63 characters. */
const ADDED_BYTES = 100;

const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'sentry-options' };

/** The contents of a ConfigMap. */
export interface ConfigMapSettings {
  readonly name: string;
  /** Besides those that each ConfigMap has. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string | undefined>>;
  /** The content of `values.json`. */
  readonly values: string;
}

/**
 * Returns the name of the ConfigMap of `namespace`. A suffix distinguishes several targets in one cluster.
 *
 * @throws {CommandError} if the name is not valid as the name of a Kubernetes volume
 */
export function buildConfigMapName(namespace: string, suffix: string | undefined): string {
  const name = `sentry-options-${namespace}${suffix === undefined ? '' : `-${suffix}`}`;
  const issue = checkNamespaceName(name);
  if (issue !== undefined) throw new CommandError(`Invalid ConfigMap name '${name}': ${issue}`);
  return name;
}

/**
 * Returns the ConfigMap as YAML.
 *
 * @throws {CommandError} if it is larger than {@link MAX_BYTES}
 */
export function buildConfigMap({ name, labels: more, annotations, values }: ConfigMapSettings): string {
  const labels = Object.entries({ ...MANAGED_BY, ...more }).map(
    ([key, value]) => `    ${key}: ${emitText(value, 4)}\n`,
  );
  const lines = listAnnotations(annotations)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `    ${key}: ${emitText(value, 4)}\n`);
  const yaml = `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${emitText(name, 2)}
  labels:
${labels.join('')}  annotations:
${lines.join('')}data:
  values.json: ${emitText(values, 2)}
`;
  const size = Buffer.byteLength(yaml);
  if (size <= MAX_BYTES) return yaml;
  const limit = `Kubernetes (1MiB - 1000B margin) limit (currently ${size} bytes, at most ${MAX_BYTES})`;
  throw new CommandError(`ConfigMap '${name}' exceeds ${limit}; move options to another namespace`);
}

/**
 * Whether the ConfigMap is too large for `kubectl apply` without `--server-side`, which copies the object to an
 * annotation.
 *
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
export function needsServerSideApply({ name, labels, annotations, values }: ConfigMapSettings): boolean {
  const entries = listAnnotations(annotations);
  const metadata = { annotations: Object.fromEntries(entries), labels: { ...MANAGED_BY, ...labels }, name };
  const object = { apiVersion: 'v1', data: { 'values.json': values }, kind: 'ConfigMap', metadata };
  // Go escapes these characters in JSON, too.
  const json = JSON.stringify(object).replaceAll(/[<>&\u2028\u2029]/g, '\\u0000');
  const texts = [...entries.flat(), LAST_APPLIED, json];
  const size = texts.reduce((bytes, text) => bytes + Buffer.byteLength(text), ADDED_BYTES);
  return size > MAX_ANNOTATIONS;
}

function listAnnotations(annotations: ConfigMapSettings['annotations']): [string, string][] {
  return Object.entries(annotations).filter((entry): entry is [string, string] => entry[1] !== undefined);
}
