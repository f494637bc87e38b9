/** Reports what has been read of a store, in all threads together. Runs in readers, and in the watcher for the server. */
import type { EncodedSnapshot } from '../codec/decode.js';
import { wallTime } from '../common/host-time.js';
import { FLAG_PREFIX } from '../features/feature.js';
import { type FlagCounts, MAX_COUNTED_PATTERN_FLAGS, UsageMemory } from '../memory/usage-memory.js';
import { MAX_COUNTING_THREADS } from '../memory/usage-rows.js';
import type { CatalogNamespace } from '../names/catalog.js';
import { makePatternFlagId } from '../names/option-id.js';
import type { FlagUsage, OptionUsage, Usage } from '../status/usage.js';
import type { StoreView } from '../view/view.js';

/** A flag to report. */
interface Flag extends Pick<FlagUsage, 'namespace' | 'flag'> {
  /** Its place in the tables; undefined if it is not counted. */
  readonly place: number | undefined;
}

const NO_COUNTS: FlagCounts = { on: 0, off: 0, errors: 0, lastAt: undefined };

/**
 * See `OptionsStore.usage`.
 *
 * @param buffer of the store's handle; a view that counts nothing has none
 */
export function readUsage(view: StoreView, buffer: SharedArrayBuffer | null): Usage {
  const memory = buffer === null ? undefined : new UsageMemory(buffer, view.catalog.optionCount);
  // The watcher's last poll is seconds ago, or it has crashed.
  memory?.noteEvaluations();
  const snapshot = view.adopt();
  const namespaces = view.names.read((catalog) => catalog.names().map((_, ordinal) => catalog.at(ordinal)));
  const flags = namespaces.flatMap((namespace) => [
    ...listFlags(view, namespace),
    ...listPatternFlags(namespace, snapshot, memory),
  ]);
  return {
    since: formatTime(memory?.since ?? wallTime()),
    options: namespaces.flatMap((namespace) => listOptions(view, namespace, memory)),
    flags: describeFlags(flags, memory),
    problem: findProblem(flags, memory),
  };
}

function listOptions(view: StoreView, namespace: CatalogNamespace, memory: UsageMemory | undefined): OptionUsage[] {
  return listKeys(view, namespace, false).map(({ key, index }) => ({
    namespace: namespace.name,
    key,
    firstReadAt: formatTimeOrNull(memory?.firstReadAt(index)),
  }));
}

function listFlags(view: StoreView, namespace: CatalogNamespace): Flag[] {
  return listKeys(view, namespace, true).map(({ key, index }) => makeFlag(namespace, key, index));
}

/** Lists what the schema lists: the flags, or all else. */
function listKeys(view: StoreView, namespace: CatalogNamespace, areFlags: boolean): { key: string; index: number }[] {
  const keys = view.names.read(() => namespace.keys());
  return keys
    .map((key, place) => ({ key, index: namespace.firstIndex + place }))
    .filter(({ index }) => view.isFlag(index) === areFlags);
}

function listPatternFlags(namespace: CatalogNamespace, snapshot: EncodedSnapshot, memory?: UsageMemory): Flag[] {
  return snapshot.flags.keys(namespace.ordinal).map((key) => {
    const number = snapshot.flags.number(makePatternFlagId(namespace.ordinal, key));
    return makeFlag(namespace, key, number === undefined ? undefined : memory?.placeOf(number));
  });
}

function makeFlag({ name }: CatalogNamespace, key: string, place: number | undefined): Flag {
  return { namespace: name, flag: key.slice(FLAG_PREFIX.length), place };
}

function describeFlags(flags: readonly Flag[], memory: UsageMemory | undefined): FlagUsage[] {
  const numbers = flags.map(({ place }) => (place === undefined ? undefined : memory?.flagOf(place)));
  const counted = memory?.read(numbers.filter((number) => number !== undefined)) ?? [];
  let next = 0;
  return flags.map(({ namespace, flag, place }, at) => {
    const { on, off, errors, lastAt } = (numbers[at] === undefined ? undefined : counted[next++]) ?? NO_COUNTS;
    return {
      namespace,
      flag,
      on,
      off,
      errors,
      lastEvaluatedAt: formatTimeOrNull(lastAt),
      firstReadAt: formatTimeOrNull(place === undefined ? undefined : memory?.firstReadAt(place)),
    };
  });
}

/** Says why the counts may be too low; null if they are exact. */
function findProblem(flags: readonly Flag[], memory: UsageMemory | undefined): string | null {
  if (memory === undefined) {
    return 'Nothing is counted: the setting `usage` is off, or the system grants no address space.';
  }
  if (memory.uncountedThreads > 0) {
    return `The evaluations of ${memory.uncountedThreads} threads are not counted: at most ${MAX_COUNTING_THREADS} threads count at a time.`;
  }
  if (flags.some(({ place }) => place === undefined)) {
    return `Some flags by pattern are not counted: only the first ${MAX_COUNTED_PATTERN_FLAGS} that were set are.`;
  }
  return null;
}

function formatTime(time: number): string {
  return new Date(time).toISOString();
}

function formatTimeOrNull(time: number | undefined): string | null {
  return time === undefined ? null : formatTime(time);
}
