/**
 * Starts from a kept snapshot: publishes it before the watcher's thread runs, without validation. Runs in the owner. The
 * thread then continues the store, from generation 1.
 */
import { id as WATCHER_ID } from 'watcher-source';
import { monotonicTime, wallTime } from '../common/host-time.js';
import type { Log } from '../common/log.js';
import type { ResolvedConfig } from '../config/config.js';
import { CellFullError, CellWriter } from '../memory/cell/writer.js';
import { type Control, WatcherState } from '../memory/control.js';
import { type SharedSchemas, shareBytes } from '../memory/shared-schemas.js';
import { createUsageMemory } from '../memory/usage-memory.js';
import { describeProblem, type StateError } from '../state/access.js';
import { type KeptSnapshot, stateFile } from '../state/kept.js';
import { lockStart, releaseStart } from '../state/lock.js';
import { findMatch, type Match } from '../state/match.js';
import { describeNamespace } from '../status/describe-namespace.js';
import { EMPTY_STATUS_RECORD, type StateStatus, type StatusRecord } from '../status/record.js';
import type { StateData, WarmData, WatcherData } from './protocol.js';

/** The most bytes of the first status. The watcher writes it again, with all names that schemas do not declare. */
const MAX_STATUS_BYTES = 2 ** 18;
/** The generation that a start publishes. */
const GENERATION = 1;

/** The shared memory of a new store. */
interface NewMemory {
  readonly control: Control;
  readonly values: SharedArrayBuffer;
  readonly status: SharedArrayBuffer;
}

/** What the watcher is to do with a state directory; and what is published already, if anything is. */
interface StateStart {
  readonly state: StateData | undefined;
  readonly warm: WarmData | undefined;
  /** Releases the lock that this start holds, if it does. Other processes then go on. */
  readonly release: () => void;
}

const NO_STATE: StateStart = { state: undefined, warm: undefined, release: () => {} };

/**
 * Publishes the kept snapshot if the files on disk are its files. Without a state directory, does nothing at all. Never
 * throws: the watcher can load the files in any case.
 */
export function startFromState(
  config: ResolvedConfig,
  limits: WatcherData['limits'],
  memory: NewMemory,
  log: Log,
): StateStart {
  const { stateDirectory } = config;
  if (stateDirectory === undefined) return NO_STATE;
  const startedAt = monotonicTime();
  const state = { directory: stateDirectory, validator: WATCHER_ID, problem: null, isAwaited: false };
  const sources = { ...config, stateDirectory, limits, validator: WATCHER_ID };
  let lock: string | undefined;
  const release = (): void => {
    if (lock !== undefined) releaseStart(lock);
  };
  try {
    let match = findMatch(sources);
    if (match.kept === undefined && match.key !== undefined) {
      lock = lockStart(stateDirectory, match.key, config.startTimeout, log);
      // Also with the lock: its former holder may have written the file since.
      match = findMatch(sources);
    }
    return {
      state: { ...state, isAwaited: lock !== undefined },
      warm: publish(match, stateDirectory, memory, startedAt),
      release,
    };
  } catch (error) {
    const { message } = error as StateError;
    log('state-failed', describeProblem(message));
    release();
    return { ...NO_STATE, state: { ...state, problem: message } };
  }
}

/** Publishes a kept snapshot as generation 1. If there is none, or it does not fit, publishes nothing, and returns undefined. */
function publish(
  { kept, isProved }: Match,
  directory: string,
  { control, values, status }: NewMemory,
  startedAt: number,
): WarmData | undefined {
  if (kept === undefined) return undefined;
  const { head, parts } = kept;
  const shared = shareKept(head, parts);
  const statusWriter = new CellWriter(status);
  const record = makeRecord(head, monotonicTime() - startedAt, {
    file: stateFile(directory, head.key),
    keptAt: isProved ? head.keptAt : null,
    problem: null,
  });
  const bytes = encode(record);
  if (bytes.length > statusWriter.capacity) return undefined;
  control.beginPoll();
  try {
    new CellWriter(values).publish(parts.payload);
  } catch (error) {
    if (error instanceof CellFullError) return undefined;
    throw error;
  }
  statusWriter.publish(bytes);
  control.describe(GENERATION);
  control.endPoll();
  // On behalf of the thread, whose first poll begins when it has started: until then, it is not overdue.
  control.beginPoll();
  control.moveState(WatcherState.STARTING, WatcherState.RUNNING);
  return { payload: parts.payload, status: bytes, record, namespaces: head.namespaces, shared };
}

function shareKept(
  { flags, optionCount, hasPatternFlags }: KeptSnapshot['head'],
  { catalog, defaults, schemas }: KeptSnapshot['parts'],
): SharedSchemas {
  const areFlags = new Array<boolean>(optionCount).fill(false);
  for (const index of flags) areFlags[index] = true;
  return {
    catalog: shareBytes(catalog),
    defaults: shareBytes(defaults),
    schemas: shareBytes(schemas),
    usage: createUsageMemory(areFlags, hasPatternFlags) ?? null,
  };
}

function makeRecord({ schemas, namespaces }: KeptSnapshot['head'], reloadMs: number, state: StateStatus): StatusRecord {
  const hashes = new Map(schemas);
  return {
    ...EMPTY_STATUS_RECORD,
    generation: GENERATION,
    appliedAt: new Date(wallTime()).toISOString(),
    reloadMs,
    namespaces: Object.fromEntries(
      namespaces.map(([name, kept]) => [name, describeNamespace(kept, hashes.get(name) ?? '')]),
    ),
    state,
  };
}

function encode(record: StatusRecord): Uint8Array<ArrayBuffer> {
  const toBytes = (each: StatusRecord) => new Uint8Array(Buffer.from(JSON.stringify(each)));
  const bytes = toBytes(record);
  if (bytes.length <= MAX_STATUS_BYTES) return bytes;
  const bare = Object.entries(record.namespaces).map(([name, namespace]) => [name, { ...namespace, unknownKeys: [] }]);
  return toBytes({ ...record, namespaces: Object.fromEntries(bare) });
}
