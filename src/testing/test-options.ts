/** Makes an in-memory store, for tests that need values but no files. Runs in the test's thread. */
import { composeSnapshot } from '../codec/compose.js';
import { ConfigError } from '../common/errors.js';
import { readEntries, readSettings } from '../common/settings.js';
import { describeArgument } from '../common/value.js';
import { toSchemaStrings } from '../config/schema-strings.js';
import { createCell } from '../memory/cell/layout.js';
import { CellWriter } from '../memory/cell/writer.js';
import { Control, WatcherState } from '../memory/control.js';
import { makeHandle, makeStoreId, sealCell } from '../memory/handle.js';
import { makeUnknownNamespaceError } from '../reading/unknown-names.js';
import { loadSchemas } from '../schema/load-schemas.js';
import { encodeNamespace, shareSchemas } from '../schema/share-schemas.js';
import { encodeStatusRecord } from '../status/encode.js';
import { EMPTY_STATUS_RECORD } from '../status/record.js';
import { OptionsStore } from '../store/options-store.js';
import { forget, install } from '../store/thread-store.js';
import { StoreView } from '../view/view.js';
import { validateValues } from './validate.js';

/** The settings of {@link createTestOptions}. */
export interface TestOptionsConfig {
  /** Schemas by namespace, as objects or JSON strings. */
  schemas: Readonly<Record<string, object | string>>;
  /** Values by namespace and key. Omitted options have their defaults. */
  values?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;
  /** Whether it becomes this thread's store, which `options()` and the other named exports use. Default: false. */
  install?: boolean | undefined;
}

const SUBJECT = 'The configuration of createTestOptions()';
/** The base directory that an in-memory store reports. */
const DIRECTORY = '<memory>';
/** In bytes of address space, not of memory. Small, because a test suite makes many stores. */
const RESERVES = [16 * 2 ** 20];

/**
 * Makes a validated in-memory store, without a watcher thread and without files. It stays at generation 1: `refresh()`
 * finds nothing new. If installed, `overrideOptions` overrides its values. In all else it is like any store.
 *
 * @throws {SchemaError} if a schema is invalid
 * @throws {UnknownNamespaceError | UnknownOptionError} if no schema declares a namespace or a key of the values
 * @throws {ValuesError | ConfigError} if a value does not satisfy its schema, or is not JSON
 * @throws {ConfigError} if a setting is unknown or invalid
 * @throws {AlreadyInitializedError} if `install` is true and this thread already has a store
 * @example
 * const store = createTestOptions({ schemas: { seer: schema }, values: { seer: { 'max-retries': 0 } }, install: true });
 */
export function createTestOptions(config: TestOptionsConfig): OptionsStore {
  const settings = readSettings<TestOptionsConfig>(SUBJECT, config, ['schemas', 'values', 'install']);
  const { install: isInstalled = false } = settings;
  const given = toSchemaStrings('schemas', settings.schemas);
  if (given === undefined) {
    throw new ConfigError('schemas must be an object with a schema for each namespace; got undefined.', {
      key: 'schemas',
    });
  }
  if (typeof isInstalled !== 'boolean') {
    throw new ConfigError(`install must be a boolean; got ${describeArgument(isInstalled)}.`, { key: 'install' });
  }
  const values = new Map(settings.values === undefined ? [] : readEntries('values', 'values', settings.values));
  // All of them, so that none is inherited: this runs in the host's realm, and other code may change its prototypes.
  const schemas = loadSchemas({
    directory: DIRECTORY,
    schemas: given,
    additionalSchemas: undefined,
    onFile: undefined,
    isSourceTree: false,
    integers: 'safe',
  });
  const control = Control.create(null);
  const cell = createCell(RESERVES);
  const status = createCell(RESERVES);
  const id = makeStoreId();
  sealCell(cell, id, 'values');
  sealCell(status, id, 'status');
  const segments = schemas.map((schema) =>
    encodeNamespace(schema, validateValues(schema, values.get(schema.namespace))),
  );
  new CellWriter(cell).publish(composeSnapshot({ generation: 1, segments }));
  const namespaces = schemas.map(({ namespace, hash }) => [
    namespace,
    {
      generatedAt: null,
      delaySecs: null,
      commit: null,
      unknownKeys: [],
      unknownCount: 0,
      valuesHash: null,
      schemaHash: hash,
      held: null,
      lost: null,
    },
  ]);
  const record = {
    ...EMPTY_STATUS_RECORD,
    generation: 1,
    appliedAt: new Date().toISOString(),
    reloadMs: 0,
    namespaces: Object.fromEntries(namespaces),
  };
  const writer = new CellWriter(status);
  writer.publish(encodeStatusRecord(record, writer.capacity));
  control.moveState(WatcherState.STARTING, WatcherState.RUNNING);

  const handle = makeHandle({
    id,
    directory: DIRECTORY,
    control: control.buffer,
    values: cell,
    status,
    ...shareSchemas(schemas),
    isInMemory: true,
    threads: null,
  });
  const view = new StoreView(handle);
  const unknown = [...values.keys()].find((namespace) => !schemas.some((schema) => schema.namespace === namespace));
  if (unknown !== undefined) throw makeUnknownNamespaceError(view, unknown);
  const store: OptionsStore = new OptionsStore(view, undefined, () => {
    control.moveState(WatcherState.RUNNING, WatcherState.CLOSED, 'The store was closed.');
    forget(store);
  });
  if (isInstalled) install(store);
  return store;
}
