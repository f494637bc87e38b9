/** A store in memory, for tests that want values and no files. */
import { randomUUID } from 'node:crypto';
import { SnapshotEncoder } from '../codec/encode.js';
import { createCell, LAYOUT_VERSION } from '../memory/cell/layout.js';
import { CellWriter } from '../memory/cell/writer.js';
import { Control, WatcherState } from '../memory/control.js';
import { loadSchemas } from '../schema/load-schemas.js';
import { countOptions, encodeNamespace, indexNamespaces, shareSchemas } from '../schema/share-schemas.js';
import { EMPTY_STATUS_RECORD, encodeStatusRecord } from '../status/record.js';
import { forget, install } from '../store/current.js';
import { makeUnknownNamespaceError } from '../store/namespace.js';
import { OptionsStore } from '../store/options-store.js';
import { StoreView } from '../store/view.js';
import { validateValues } from './validate.js';

/** What a store in memory is made of. */
export interface TestOptionsConfig {
  /** Schemas by namespace, as objects or JSON texts. */
  schemas: Readonly<Record<string, object | string>>;
  /** Values by namespace and key; what is left out has its default. */
  values?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;
  /** Makes the store this thread's, so that `options()` and the other named exports find it. Default false. */
  install?: boolean | undefined;
}

/** Where a store in memory says that it comes from. */
const DIRECTORY = '<memory>';
/** Address space, not memory; small, since a test suite makes many of them. */
const RESERVES = [16 * 2 ** 20];

/**
 * A store with the values that it is given, validated: without a thread, without files, and always at generation 1.
 * Everything else is as in any store; `overrideOptions` changes what it says, `refresh()` finds nothing new.
 *
 * @throws {SchemaError} where a schema is not valid
 * @throws {UnknownNamespaceError | UnknownOptionError | ValuesError} where the values do not fit them
 * @throws {AlreadyInitializedError} with `install`, where this thread has a store
 * @example
 * const store = createTestOptions({ schemas: { seer: schema }, values: { seer: { 'max-retries': 0 } }, install: true });
 */
export function createTestOptions({
  schemas: given,
  values = {},
  install: isInstalled = false,
}: TestOptionsConfig): OptionsStore {
  const schemas = loadSchemas({ directory: DIRECTORY, schemas: given });
  const control = Control.create(null);
  const cell = createCell(RESERVES);
  const status = createCell(RESERVES);
  const handle = {
    version: LAYOUT_VERSION,
    id: randomUUID(),
    directory: DIRECTORY,
    control: control.buffer,
    values: cell,
    status,
    ...shareSchemas(schemas),
    isInMemory: true,
  };
  const encoder = new SnapshotEncoder(countOptions(schemas));
  for (const [schema, firstIndex] of indexNamespaces(schemas)) {
    encodeNamespace(encoder, schema, firstIndex, validateValues(schema, values[schema.namespace] ?? {}));
  }
  new CellWriter(cell).publish(encoder.finish());
  const namespaces = schemas.map(({ namespace, hash }) => [
    namespace,
    { generatedAt: null, delaySecs: null, unknownKeys: [], unknownCount: 0, valuesHash: null, schemaHash: hash },
  ]);
  new CellWriter(status).publish(
    encodeStatusRecord({
      ...EMPTY_STATUS_RECORD,
      appliedAt: new Date().toISOString(),
      reloadMs: 0,
      namespaces: Object.fromEntries(namespaces),
    }),
  );
  control.moveState(WatcherState.STARTING, WatcherState.RUNNING);

  const view = new StoreView(handle);
  const unknown = Object.keys(values).find((namespace) => !schemas.some((schema) => schema.namespace === namespace));
  if (unknown !== undefined) throw makeUnknownNamespaceError(view, unknown);
  const store: OptionsStore = new OptionsStore(view, undefined, () => {
    control.moveState(WatcherState.RUNNING, WatcherState.CLOSED, 'The store was closed.');
    forget(store);
  });
  if (isInstalled) install(store);
  return store;
}
