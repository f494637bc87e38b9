/** A poller on real files, with a clock that a test controls, and a sink that keeps what it receives. No thread. */
import { join } from 'node:path';
import { EncodedSnapshot } from '../../src/codec/decode.js';
import type { LogCode, LogSubject } from '../../src/common/log.js';
import type { OptionValue } from '../../src/common/value.js';
import { loadSchemas } from '../../src/schema/load-schemas.js';
import { encodeNamespace } from '../../src/schema/share-schemas.js';
import type { StatusRecord } from '../../src/status/record.js';
import { Poller } from '../../workers/poll/poller.js';
import { loadDefaults, loadValues } from '../../workers/values/load.js';
import type { LoadRequest } from '../../workers/values/request.js';
import { probe } from '../../workers/values/volume.js';
import { makeLoadRequest } from './load-request.js';
import { collectPolls } from './log-lines.js';

/** Longer than the granularity of timestamps, in milliseconds: a verdict counts for good then. */
const INTERVAL = 5_000;

export class PolledFiles {
  readonly request: LoadRequest;
  readonly log: string[] = [];
  /** What each message means, and what it is about. */
  readonly logged: { readonly code: LogCode; readonly subject: LogSubject | undefined }[] = [];
  readonly reloads: [before: StatusRecord, after: StatusRecord][] = [];
  /** How many loads ran. */
  loads = 0;
  record: StatusRecord | undefined;
  generation = 0;
  now = Date.parse('2026-01-21T18:30:00Z');
  /** The largest payload that the sink takes, and whether it takes a larger one later. */
  capacity = { limit: Number.POSITIVE_INFINITY, isTransient: false };
  /** Called between the two loads of a poll that may have met a writer. */
  onPause = () => {};
  readonly #poller: Poller;
  #payload = new Uint8Array();

  constructor(directory: string, parts: Partial<LoadRequest> = {}) {
    const schemas = loadSchemas({ directory: join(directory, 'schemas') });
    this.request = makeLoadRequest(directory, { schemas, ...parts });
    const clock = {
      wallTime: () => this.now,
      monotonicTime: () => this.now,
      timer: (milliseconds: number, callback: () => void) => {
        this.now += milliseconds;
        this.onPause();
        queueMicrotask(callback);
        return () => {};
      },
    };
    const names = schemas.map(({ namespace }) => namespace);
    const files = {
      probe: () => probe(directory, names),
      load: (...args: Parameters<typeof loadValues> extends [unknown, ...infer Rest] ? Rest : never) => {
        this.loads++;
        return loadValues(this.request, ...args);
      },
      loadDefaults: () => loadDefaults(schemas),
      loadFallback: () => undefined,
      mountWarnings: () => [],
    };
    const collect = collectPolls(this.log);
    const sink = {
      publish: (payload: Uint8Array) => {
        if (payload.length > this.capacity.limit) return this.capacity;
        this.#payload = payload as Uint8Array<ArrayBuffer>;
        return undefined;
      },
      areValuesIntact: () => true,
      isStatusIntact: () => true,
      publishAgain: () => true,
      writeStatus: (record: StatusRecord, generation: number) => {
        this.record = record;
        this.generation = generation;
      },
      startDelayed: () => {},
      live: () => {},
      reloaded: (before: StatusRecord, after: StatusRecord) => void this.reloads.push([before, after]),
      log: (code: LogCode, message: string, subject?: LogSubject) => {
        this.logged.push({ code, subject });
        collect(code, message);
      },
    };
    this.#poller = new Poller(clock, files, sink, {
      valuesDirectory: join(directory, 'values'),
      schemaHashes: new Map(schemas.map(({ namespace, hash }) => [namespace, hash])),
      suppressMissingDirectory: true,
    });
  }

  start(): Promise<void> {
    return this.#poller.start();
  }

  async poll(isRequested = false, accepts = false): Promise<void> {
    this.now += INTERVAL;
    await this.#poller.poll(isRequested, accepts);
  }

  /** Returns what was logged since the last call. */
  takeLog(): string[] {
    return this.log.splice(0);
  }

  /** Returns the published values of one namespace: those that are set. */
  read(namespace: string): Record<string, OptionValue> {
    const { schemas } = this.request;
    const optionCount = schemas.reduce((sum, { options }) => sum + options.size, 0);
    const snapshot = new EncodedSnapshot(this.#payload, { namespaceCount: schemas.length, optionCount });
    const set: Record<string, OptionValue> = {};
    let index = 0;
    for (const schema of schemas) {
      for (const key of schema.options.keys()) {
        const value = snapshot.decode(index++);
        if (schema.namespace === namespace && value !== undefined) set[key] = value;
      }
    }
    return set;
  }

  /** Returns the bytes of a namespace's values in the snapshot. */
  measure(namespace: string, values: Record<string, OptionValue>): number {
    const schema = this.request.schemas.find((each) => each.namespace === namespace);
    if (schema === undefined) throw new Error(namespace);
    return encodeNamespace(schema, new Map(Object.entries(values))).bytes.length;
  }
}
