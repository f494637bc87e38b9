/** What `status()` says of each namespace. Runs in the watcher thread. */
import { listUnknownKeys, type NamespaceStatus } from '../../src/status/record.js';
import type { LoadedNamespace } from '../values/load.js';

/** Of a published generation: what was live before, when it was published, and the schemas' hashes by namespace. */
interface Publication {
  readonly before: ReadonlyMap<string, LoadedNamespace>;
  readonly previous: Readonly<Record<string, NamespaceStatus>>;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly schemaHashes: ReadonlyMap<string, string>;
}

/** A namespace whose file is the same keeps what was said of it, its delay among it. */
export function describeNamespaces(
  loaded: ReadonlyMap<string, LoadedNamespace>,
  { before, previous, now, schemaHashes }: Publication,
): Record<string, NamespaceStatus> {
  const namespaces: Record<string, NamespaceStatus> = {};
  for (const [name, namespace] of loaded) {
    const last = previous[name];
    const isSame = last !== undefined && namespace.hash === (before.get(name)?.hash ?? null);
    namespaces[name] = isSame ? last : describeNamespace(namespace, now, schemaHashes.get(name) ?? '');
  }
  return namespaces;
}

function describeNamespace(
  { generatedAt, unknown, hash }: LoadedNamespace,
  now: number,
  schemaHash: string,
): NamespaceStatus {
  return {
    generatedAt: generatedAt ?? null,
    delaySecs: generatedAt === undefined ? null : Math.max(0, now - Date.parse(generatedAt)) / 1000,
    unknownKeys: listUnknownKeys(unknown),
    unknownCount: unknown.length,
    valuesHash: hash,
    schemaHash,
  };
}
