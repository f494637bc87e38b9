/** Continues a store whose first values the owner has published from a kept snapshot. Runs in the watcher thread. */
import { copyBytes, type SharedSchemas } from '../../src/memory/shared-schemas.js';
import { loadSchemas } from '../../src/schema/load-schemas.js';
import type { NamespaceSchema } from '../../src/schema/namespace-schema.js';
import type { WarmData } from '../../src/watcher/protocol.js';
import type { Published } from '../values/results.js';
import { restoreKept } from './encode.js';

/** Compiles the schemas of the store: not those on disk, which may have changed since. */
export function compileShared({ schemas }: SharedSchemas): readonly NamespaceSchema[] {
  const texts: readonly [string, string][] = JSON.parse(Buffer.from(copyBytes(schemas)).toString());
  return loadSchemas({ directory: '', schemas: Object.fromEntries(texts) });
}

/** Describes what the owner has published. */
export function describeWarm({ payload, namespaces }: WarmData): Published {
  return { generation: 1, payload, namespaces: restoreKept(namespaces) };
}
