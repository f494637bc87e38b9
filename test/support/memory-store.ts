/** A store whose memory is real, and whose watcher is the test. */
import { composeSnapshot } from '../../src/codec/compose.js';
import { EncodedSnapshot } from '../../src/codec/decode.js';
import { isSameValue, type OptionValue } from '../../src/common/value.js';
import { createCell } from '../../src/memory/cell/layout.js';
import { CellWriter } from '../../src/memory/cell/writer.js';
import { Control, WatcherState } from '../../src/memory/control.js';
import { makeHandle, makeStoreId, type StoreHandle, sealCell } from '../../src/memory/handle.js';
import { makePatternFlagId, type OptionId } from '../../src/names/option-id.js';
import { loadSchemas } from '../../src/schema/load-schemas.js';
import { encodeNamespace, shareSchemas } from '../../src/schema/share-schemas.js';
import { encodeStatusRecord } from '../../src/status/encode.js';
import { EMPTY_STATUS_RECORD } from '../../src/status/record.js';
import { patternSchema } from './base.js';

const RESERVES = [2 ** 20];

/** The memory of a store, and the steps of its watcher. */
export interface MemoryStore {
  readonly handle: StoreHandle;
  readonly control: Control;
  readonly writer: CellWriter;
  /** Publishes `values`, by namespace and key. Returns the generation. */
  publish(values: Record<string, Record<string, OptionValue>>): number;
  /** Completes a reload that changed no option. Returns the generation. */
  confirm(): number;
  /** Publishes the last snapshot again, as the watcher does if other code has overwritten it. */
  republish(): void;
}

/**
 * Makes a store with the options in `properties`, by namespace, and with its first generation, `values`. `open`: the
 * namespaces that declare flags by pattern.
 */
export function makeMemoryStore(
  properties: Record<string, Record<string, object>>,
  values: Record<string, Record<string, OptionValue>>,
  open: readonly string[] = [],
): MemoryStore {
  const sources = Object.entries(properties).map(([namespace, options]) => [
    namespace,
    open.includes(namespace)
      ? patternSchema(options)
      : JSON.stringify({ version: '1.0', type: 'object', properties: options }),
  ]);
  const schemas = loadSchemas({ directory: '/nowhere', schemas: Object.fromEntries(sources) });
  const id = makeStoreId();
  const control = Control.create(5_000);
  const cells = { values: createCell(RESERVES), status: createCell(RESERVES) };
  sealCell(cells.values, id, 'values');
  sealCell(cells.status, id, 'status');
  const writer = new CellWriter(cells.values);
  let previous: EncodedSnapshot | undefined;
  const publish: MemoryStore['publish'] = (given) => {
    const segments = schemas.map((schema) =>
      encodeNamespace(schema, new Map(Object.entries(given[schema.namespace] ?? {}))),
    );
    const shape = {
      namespaceCount: segments.length,
      optionCount: segments.reduce((sum, { count }) => sum + count, 0),
    };
    const generation = control.described + 1;
    const after = new EncodedSnapshot(composeSnapshot({ generation, segments }), shape);
    const changed = previous && findChanged(previous, after, segments.length);
    const bytes = composeSnapshot({ generation, segments, previous, changed });
    previous = new EncodedSnapshot(bytes, shape);
    writer.publish(bytes);
    control.describe(generation);
    control.signalAll();
    return generation;
  };
  const confirm = () => {
    control.describe(control.described + 1);
    control.signalAll();
    return control.described;
  };
  const republish = () => {
    if (previous !== undefined) writer.publish(previous.bytes);
    control.signalAll();
  };
  publish(values);
  const status = new CellWriter(cells.status);
  status.publish(encodeStatusRecord(EMPTY_STATUS_RECORD, status.capacity));
  control.beginPoll();
  control.endPoll();
  control.moveState(WatcherState.STARTING, WatcherState.RUNNING);
  const rest = { directory: '/nowhere', control: control.buffer, isInMemory: false, threads: null };
  const handle = makeHandle({ id, ...rest, ...cells, ...shareSchemas(schemas) });
  return { handle, control, writer, publish, confirm, republish };
}

/** Lists the options that differ, in their value or in whether they are set. */
function findChanged(before: EncodedSnapshot, after: EncodedSnapshot, namespaceCount: number): OptionId[] {
  const flags = Array.from({ length: namespaceCount }, (_, ordinal) => {
    const names = new Set([before, after].flatMap((snapshot) => snapshot.segment(ordinal).patternFlags));
    return [...names].map((name) => makePatternFlagId(ordinal, name));
  });
  const ids: OptionId[] = [...after.stamps.keys(), ...flags.flat()];
  return ids.filter((id) => !isSameValue(before.decode(id), after.decode(id)));
}
