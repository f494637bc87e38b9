/**
 * The entry of the thread `sentry-options-watcher`: wiring only. It connects the poll loop to the real clock, the real
 * files and the shared memory.
 */
// Before all the others, which are sorted: from here on, whatever happens is told.
import './context.js';

import { OptionsError, toPlain } from '../src/common/errors.js';
import { PRODUCTION_DIRECTORY } from '../src/config/config.js';
import { CellFullError, CellWriter } from '../src/memory/cell/writer.js';
import { WatcherState } from '../src/memory/control.js';
import { loadSchemas } from '../src/schema/load-schemas.js';
import type { NamespaceSchema } from '../src/schema/namespace-schema.js';
import { shareSchemas } from '../src/schema/share-schemas.js';
import { encodeStatusRecord, type StatusRecord } from '../src/status/status.js';
import type { OwnerMessage } from '../src/watcher/protocol.js';
import { control, data, failStart, log, post } from './context.js';
import { crash } from './crash.js';
import { systemClock } from './poll/clock.js';
import { runLoop } from './poll/loop.js';
import { type Files, type Outlet, Poller } from './poll/poller.js';
import { ReloadTelemetry } from './telemetry/host.js';
import { reloadOf } from './telemetry/reload.js';
import { type LoadRequest, loadDefaults, loadValues, tooLarge } from './values/load.js';
import { mountWarnings, readMountInfo } from './values/mounts.js';
import { glance, schemasDirectory, valuesDirectory } from './values/volume.js';

const telemetry = data.telemetry && new ReloadTelemetry(data.telemetry, log);

data.port.on('message', (message: OwnerMessage) => {
  switch (message.type) {
    case 'crash':
      return crash(message.how);
    case 'telemetry':
      return telemetry?.load(message.source);
    case 'stop':
      return void telemetry?.flush(message.flushMs).then(() => process.exit());
  }
});

const FOREVER = new Promise<never>(() => {});

/** Whether the thread is only still there to send what is left of its telemetry. */
function isClosed(): boolean {
  return control.state === WatcherState.CLOSED;
}

async function main(): Promise<void> {
  try {
    control.beginPoll();
    const schemas = loadSchemas({
      directory: schemasDirectory(data.directory),
      schemas: data.schemas,
      additionalSchemas: data.additionalSchemas,
      onFile: (path) => control.setReading(path),
    });
    post({ type: 'ready', ...shareSchemas(schemas) });
    const poller = new Poller(systemClock, filesOf(schemas), outletOf(), {
      valuesDirectory: valuesDirectory(data.directory),
      schemaHashes: new Map(schemas.map(({ namespace, hash }) => [namespace, hash])),
      suppressMissingDirectory: data.suppressMissingDirectory,
    });
    await poller.start();
    control.endPoll();
    control.moveState(WatcherState.STARTING, WatcherState.RUNNING);
    await runLoop(
      (isRequested) => (isClosed() ? FOREVER : poller.poll(isRequested)),
      control,
      systemClock,
      data.pollInterval,
    );
  } catch (error) {
    if (!(error instanceof OptionsError) || control.state !== WatcherState.STARTING) throw error;
    failStart(toPlain(error));
  }
}

function filesOf(schemas: readonly NamespaceSchema[]): Files {
  const namespaces = schemas.map(({ namespace }) => namespace);
  const request: Omit<LoadRequest, 'prefix' | 'now'> = {
    directory: data.directory,
    schemas,
    redact: data.redactValues,
    onFile: (path) => control.setReading(path),
  };
  return {
    glance: () => glance(data.directory, namespaces, Date.now()),
    load: (prefix) => loadValues({ ...request, prefix, now: Date.now() }),
    loadDefaults: () => loadDefaults(schemas),
    mountWarnings: () =>
      mountWarnings({
        directory: data.directory,
        namespaces,
        isProduction: data.directory === PRODUCTION_DIRECTORY,
        mountInfo: readMountInfo(),
      }),
  };
}

function outletOf(): Outlet {
  const values = new CellWriter(data.values);
  const status = new CellWriter(data.status);
  return {
    log,
    publish({ snapshot, namespaces }, prefix) {
      try {
        values.publish(snapshot);
        return undefined;
      } catch (error) {
        if (error instanceof CellFullError) return tooLarge(prefix, snapshot.length, namespaces, error.availableBytes);
        throw error;
      }
    },
    writeStatus(record: StatusRecord) {
      try {
        status.publish(encodeStatusRecord(record));
      } catch (error) {
        if (!(error instanceof CellFullError)) throw error;
        // Where address space is scarce, a list of very many faults may not fit: the message alone says them too.
        const refusal = record.refusal && { ...record.refusal, faults: [] };
        status.publish(encodeStatusRecord({ ...record, refusal, reloads: [] }));
      }
      control.refused = record.refusedReloads;
      control.describe(values.generation);
      // After the status, also where values were published before: whoever hears of them finds their status.
      control.announce();
    },
    reloaded(before, after) {
      const reload = reloadOf(before, after);
      telemetry?.reloaded(reload);
      if (!data.hasPropagationListener) return;
      for (const { name, delaySecs, isNew } of reload.namespaces) {
        if (isNew && delaySecs !== null) post({ type: 'propagation', namespace: name, delaySecs });
      }
    },
  };
}

void main();
