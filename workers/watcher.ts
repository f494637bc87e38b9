/**
 * The entry of the watcher thread (`sentry-options-watcher`). Wiring only: it connects the poll loop to the real clock,
 * the real files and the shared memory.
 */

// Before all other imports: from here on, whatever ends the thread is reported.
import './context.js';

import { identifyThread } from '../src/common/kernel-thread.js';
import { isCrossThreadError, toPlain } from '../src/common/plain-error.js';
import { PRODUCTION_DIRECTORY, valuesDirectory } from '../src/config/base-directory.js';
import { CellFullError, CellWriter } from '../src/memory/cell/writer.js';
import { WatcherState } from '../src/memory/control.js';
import { UsageMemory } from '../src/memory/usage-memory.js';
import type { NamespaceSchema } from '../src/schema/namespace-schema.js';
import { shareSchemas } from '../src/schema/share-schemas.js';
import { encodeStatusRecord } from '../src/status/encode.js';
import type { StatusRecord } from '../src/status/record.js';
import type { OwnerMessage } from '../src/watcher/protocol.js';
import { describeSocket } from '../src/watcher/socket-file.js';
import { control, data, failStart, log, post } from './context.js';
import { crash } from './crash.js';
import { openInspection } from './inspect/host.js';
import { systemClock } from './poll/clock.js';
import { runLoop } from './poll/loop.js';
import { Poller } from './poll/poller.js';
import type { Files, Sink } from './poll/ports.js';
import { loadSchemasAtStart } from './poll/schemas.js';
import { findFallback } from './state/fallback.js';
import { Keeper } from './state/keeper.js';
import { StateDirectory } from './state/storage.js';
import { compileShared, describeWarm } from './state/warm.js';
import { ReloadTelemetry } from './telemetry/host.js';
import { describeReload } from './telemetry/reload.js';
import { Guard } from './values/guard.js';
import { loadDefaults, loadValues, notePlaces } from './values/load.js';
import { LoadMemory } from './values/load-memory.js';
import { mountWarnings, readMountInfo } from './values/mounts.js';
import type { LoadRequest } from './values/request.js';
import { Verdicts } from './values/verdicts.js';
import { probe } from './values/volume.js';

const telemetry = data.telemetry && new ReloadTelemetry(data.telemetry.settings, data.telemetry.source, log);

data.port.on('message', (message: OwnerMessage) => {
  switch (message.type) {
    case 'crash':
      return crash(message.how);
    case 'inspect':
      if (data.inspect === undefined) return;
      return void openInspection(data.inspect, message.handle, {
        log,
        onSocket: (path) => post({ type: 'socket', socket: describeSocket(path) }),
      });
    case 'stop':
      return void telemetry?.flush(message.flushMs).then(() => process.exit());
  }
});

const FOREVER = new Promise<never>(() => {});

/** Whether the owner has closed the store. The thread then only sends the rest of its telemetry. */
function isClosed(): boolean {
  return control.state === WatcherState.CLOSED;
}

async function main(): Promise<void> {
  try {
    control.setWatcher(identifyThread());
    control.beginPoll();
    const { warm } = data;
    const schemas = warm === undefined ? await loadSchemas() : compileShared(warm.shared);
    const shared = warm?.shared ?? shareSchemas(schemas);
    if (warm === undefined) post({ type: 'ready', ...shared });
    const optionCount = schemas.reduce((sum, { options }) => sum + options.size, 0);
    const usage = shared.usage === null ? undefined : new UsageMemory(shared.usage, optionCount);
    const state = data.state && new StateDirectory(data.state, { directory: data.directory, schemas, shared });
    const keeper =
      state &&
      new Keeper(systemClock, state, {
        log,
        problem: data.state?.problem ?? null,
        onStatus: (status) => poller.noteState(status),
      });
    const poller = new Poller(systemClock, createFiles(schemas, { state, keeper }), createSink(keeper), {
      valuesDirectory: valuesDirectory(data.directory),
      schemaHashes: new Map(schemas.map(({ namespace, hash }) => [namespace, hash])),
      suppressMissingDirectory: data.suppressMissingDirectory,
      isIsolated: data.isolation === 'namespace',
      state: keeper?.status,
    });
    if (warm === undefined) {
      await poller.start();
      // The values are live, and the owner waits for the next step only.
      if (data.state?.isAwaited) await keeper?.share();
    } else await poller.takeOver(describeWarm(warm), warm.record);
    control.endPoll();
    control.moveState(WatcherState.STARTING, WatcherState.RUNNING);
    await runLoop(
      async (isRequested, accepts) => {
        if (isClosed()) await FOREVER;
        await poller.poll(isRequested, accepts);
        usage?.noteEvaluations();
      },
      control,
      systemClock,
      data.pollInterval,
    );
  } catch (error) {
    if (!isCrossThreadError(error) || control.state !== WatcherState.STARTING) throw error;
    failStart(toPlain(error));
  }
}

function loadSchemas(): Promise<readonly NamespaceSchema[]> {
  return loadSchemasAtStart(
    {
      base: data.directory,
      schemas: data.schemas,
      additionalSchemas: data.additionalSchemas,
      onFile: (path) => control.setReading(path),
    },
    { clock: systemClock, onDelay: postDelay, log },
  );
}

/** Posts why the start waits, for the error of a start that takes too long. */
function postDelay(reason: string): void {
  post({ type: 'delayed', reason });
}

/** The last good values, if the settings name a directory for them. */
interface KeptValues {
  readonly state: StateDirectory | undefined;
  readonly keeper: Keeper | undefined;
}

function createFiles(schemas: readonly NamespaceSchema[], kept: KeptValues): Files {
  const namespaces = schemas.map(({ namespace }) => namespace);
  const request: LoadRequest = {
    directory: data.directory,
    schemas,
    redact: data.redactValues,
    isolation: data.isolation,
    guard: new Guard(data.suspiciousReload),
    limits: data.limits,
    verdicts: new Verdicts(),
    memory: new LoadMemory(),
    onFile: (path) => control.setReading(path),
    onStep: () => control.beat(),
  };
  return {
    probe: () => probe(data.directory, namespaces, () => control.beat()),
    load: (published, accepts) => loadValues(request, published, accepts),
    loadDefaults: () => loadDefaults(schemas),
    loadFallback() {
      const found = findFallback({ policy: data.onInvalidValues, ...kept, loadDefaults: () => loadDefaults(schemas) });
      return found && { ...found, loaded: notePlaces(data.directory, found.loaded) };
    },
    mountWarnings: (known) =>
      mountWarnings({
        directory: data.directory,
        namespaces,
        isProduction: data.directory === PRODUCTION_DIRECTORY,
        readMountInfo,
        known,
      }),
  };
}

function createSink(keeper: Keeper | undefined): Sink {
  const { warm } = data;
  const values = warm ? CellWriter.takeOver(data.values, warm.payload) : new CellWriter(data.values);
  const status = warm ? CellWriter.takeOver(data.status, warm.status) : new CellWriter(data.status);
  const publish = (payload: Uint8Array) => {
    try {
      values.publish(payload);
      return undefined;
    } catch (error) {
      if (!(error instanceof CellFullError)) throw error;
      return { limit: error.availableBytes, isTransient: error.cause !== undefined };
    }
  };
  return {
    log,
    publish,
    areValuesIntact: () => values.isIntact(),
    isStatusIntact: () => status.isIntact(),
    publishAgain(payload) {
      values.restoreHeader();
      return publish(payload) === undefined;
    },
    writeStatus(record: StatusRecord, generation: number) {
      status.restoreHeader();
      status.publish(encodeStatusRecord(record, status.capacity));
      control.rejected = record.rejectedReloads;
      // step:describe
      control.describe(generation);
      // step:wake
      // After the status, although the values are live before it: a thread that is woken must find their status.
      control.signalAll();
    },
    startDelayed: postDelay,
    live: (published) => keeper?.live(published),
    reloaded(before, after) {
      const reload = describeReload(before, after);
      telemetry?.reloaded(reload);
      if (!data.hasPropagationListener) return;
      for (const { name, delaySecs, isNew } of reload.namespaces) {
        if (isNew && delaySecs !== null) post({ type: 'propagation', namespace: name, delaySecs });
      }
    },
  };
}

void main();
